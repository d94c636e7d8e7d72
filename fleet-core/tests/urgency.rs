//! What urgency promises: no lateness by less urgent work, an earlier start for more urgency, no starving.

mod common;

use std::time::Duration;

use common::{Known, NOW, Oracle, Traits, agree, at, first, job, objective, robot, schedule, spec, task};
use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::schedule::{Quote, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    Objective, Place, Priority, Robot, RobotId, RobotSpec, Standing, Stop, Task, TaskSpec, Terms, Urgency,
    UtcTime,
};
use proptest::prelude::*;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// A robot that takes tasks as they come, and the tasks that it has.
struct Online {
    plan: Schedule,
    oracle: Oracle,
    known: Vec<Known>,
}

impl Online {
    fn new(robot: &Robot, objective: Objective) -> Self {
        Online {
            plan: schedule(robot, objective),
            oracle: Oracle::new(robot, objective),
            known: Vec::new(),
        }
    }

    fn offer(&mut self, task: &TaskSpec) -> Result<(), TestCaseError> {
        let (job, known) = job(self.known.len() as u32, task, &Scheme::FixedClasses, NOW);
        self.known.push(known.clone());
        let Ok(quote) = self.plan.quote(&job, &mut Euclidean) else {
            return Ok(());
        };
        let before = self.oracle.clone();
        self.plan.accept(&job, quote.clone());
        let tasks = self.plan.keys().map(|key| self.having(key, &before)).collect();
        self.oracle.tasks = tasks;
        agree(&self.plan, &self.oracle)?;
        self.as_quoted(&before, &known, &quote)?;
        self.only_less_urgent_tasks_give_way(&before, &known, &quote)
    }

    /// The task with this number as the plan has it: what is begun has fewer stops left.
    fn having(&self, key: u32, before: &Oracle) -> Known {
        let begun = before.tasks.iter().find(|task| task.key == key);
        begun.unwrap_or(&self.known[key as usize]).clone()
    }

    fn as_quoted(&self, before: &Oracle, new: &Known, quote: &Quote) -> Result<(), TestCaseError> {
        let mut grown = self.oracle.terms() - before.terms();
        let waited = (self.oracle.finish() - new.standing.since.as_micros()) as f64 / 1e6;
        grown.makespan = self.oracle.objective.makespan * waited;
        let lost = quote
            .displaced
            .iter()
            .map(|key| self.known[*key as usize].standing.weight());
        grown.unserved = self.oracle.objective.unserved * lost.sum::<f64>();
        common::same_terms(quote.terms, grown)?;
        prop_assert_eq!(quote.begin.as_micros(), self.oracle.begin_of(new.key));
        prop_assert_eq!(quote.end.as_micros(), self.oracle.end_of(new.key));
        prop_assert_eq!(self.plan.missed().count(), 0);
        Ok(())
    }

    fn only_less_urgent_tasks_give_way(
        &self,
        before: &Oracle,
        new: &Known,
        quote: &Quote,
    ) -> Result<(), TestCaseError> {
        for task in &before.tasks {
            let Some(now) = self.oracle.tasks.iter().find(|now| now.key == task.key) else {
                prop_assert!(quote.displaced.contains(&task.key) && task.urgency() < new.urgency());
                continue;
            };
            if task.urgency() > new.urgency() {
                prop_assert!(
                    before.late(task) || !self.oracle.late(now),
                    "{} is late now",
                    task.key
                );
                let delayed = self.oracle.begin_of(task.key) > before.begin_of(task.key);
                prop_assert!(task.task.due().is_some() || !delayed, "{} is delayed", task.key);
            }
        }
        Ok(())
    }

    /// L1, by its words: who is late would be late without the less urgent tasks as well.
    fn l1(&self) -> Result<(), TestCaseError> {
        for late in self.oracle.tasks.iter().filter(|task| self.oracle.late(task)) {
            let mut without = self.oracle.clone();
            let mut place = 0;
            without.tasks.retain(|task| {
                place += 1;
                place <= self.oracle.begun || task.urgency() >= late.urgency()
            });
            prop_assert!(
                without.late(late),
                "{} is late because of a less urgent task",
                late.key
            );
        }
        Ok(())
    }

    /// A task that was not begun leaves the plan.
    fn withdraw(&mut self, which: usize) {
        let waiting = self.oracle.tasks.len() - self.oracle.begun;
        if waiting > 0 {
            let place = self.oracle.begun + which % waiting;
            let key = self.oracle.tasks.remove(place).key;
            self.plan.remove(key, &mut Euclidean).unwrap();
        }
    }

    /// Whether the first task was not begun, and a more urgent one ends too late because of it.
    fn first_makes_wait(&self) -> bool {
        let Some(first) = self.oracle.tasks.first().filter(|_| self.oracle.begun == 0) else {
            return false;
        };
        let mut without = self.oracle.clone();
        without.tasks.remove(0);
        let waits = |task: &Known| {
            let due = task.task.due().map_or(i64::MIN, UtcTime::as_micros);
            let in_time = due.max(without.end_of(task.key));
            task.urgency() > first.urgency() && self.oracle.end_of(task.key) > in_time + 1_000
        };
        without.tasks.iter().any(waits)
    }

    fn complete(&mut self) {
        let Some(end) = first(&self.plan).map(|visit| visit.end) else {
            return;
        };
        self.plan.complete(end);
        let first = &mut self.oracle.tasks[0];
        let stop = first.stops.remove(0);
        first.done += 1;
        self.oracle.start = Start {
            place: stop.place,
            at: end,
            load: self.oracle.start.load + stop.load,
        };
        self.oracle.begun = 1;
        if first.stops.is_empty() {
            self.oracle.tasks.remove(0);
            self.oracle.begun = 0;
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    Offer(Box<TaskSpec>),
    Complete,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(8_000) })]

    /// L1, for tasks that come one after another while the robot works.
    #[test]
    fn less_urgent_tasks_make_none_late(
        robot in robot(),
        objective in objective(),
        ops in prop::collection::vec(
            prop_oneof![
                6 => task(Traits::ALL).prop_map(|task| Op::Offer(Box::new(task))),
                1 => Just(Op::Complete),
            ],
            2..20,
        ),
    ) {
        let mut online = Online::new(&robot, objective);
        for op in ops {
            match op {
                Op::Offer(task) => online.offer(&task)?,
                Op::Complete => online.complete(),
            }
            online.l1()?;
        }
    }

    /// What is first when others have left the plan is known to be in the way, or not to be.
    #[test]
    fn what_comes_first_is_looked_at_again(
        robot in robot(),
        objective in objective(),
        tasks in prop::collection::vec(task(Traits::ALL), 2..12),
        leave in prop::collection::vec(any::<usize>(), 1..8),
    ) {
        let mut online = Online::new(&robot, objective);
        for task in &tasks {
            online.offer(task)?;
        }
        for which in leave {
            online.withdraw(which);
            prop_assert_eq!(online.plan.first_is_in_the_way(&mut Euclidean), online.first_makes_wait());
        }
    }
}

#[test]
fn what_was_on_the_way_to_a_task_that_is_gone_is_in_the_way() {
    let mut robot = RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0));
    robot.speed = 1.0; // so that times are not rounded
    let mut plan = schedule(&Robot::new(robot).unwrap(), Objective::minisum());
    for (key, (x, y), priority) in [
        (0, (10.0, 0.0), Priority::Critical),
        (2, (10.0, 10.0), Priority::High),
        (1, (5.0, 0.0), Priority::Low),
    ] {
        let mut spec = spec(key, vec![Stop::at(Place::at(x, y))]);
        spec.priority = priority;
        let (job, _) = job(key, &spec, &Scheme::FixedClasses, NOW);
        let insertion = plan.best_insertion(&job, &mut Euclidean).unwrap();
        plan.insert(&job, &insertion);
    }
    assert_eq!(plan.keys().collect::<Vec<_>>(), [1, 0, 2]);
    assert!(!plan.first_is_in_the_way(&mut Euclidean));
    plan.remove(0, &mut Euclidean).unwrap();
    assert!(plan.first_is_in_the_way(&mut Euclidean));
    let first = plan.remove(1, &mut Euclidean).unwrap();
    let insertion = plan.best_insertion(&first, &mut Euclidean).unwrap();
    plan.insert(&first, &insertion);
    assert_eq!(plan.keys().collect::<Vec<_>>(), [2, 1]);
    assert!(!plan.first_is_in_the_way(&mut Euclidean));
}

/// Some robots with one to six tasks each, and one task to be made more urgent.
struct Instance {
    robots: Vec<Robot>,
    tasks: Vec<TaskSpec>,
    raised: usize,
    to: Priority,
    scheme: Scheme,
}

fn instance(seed: u64, dues: bool) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut place = {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xFACE);
        move || Place::at(rng.random_range(0.0..100.0), rng.random_range(0.0..100.0))
    };
    let count = rng.random_range(1..=5_usize);
    let robots = (1..=count as u128)
        .map(|k| Robot::new(RobotSpec::new(RobotId::from_u128(k), place())).unwrap())
        .collect();
    let mut tasks: Vec<TaskSpec> = (0..rng.random_range(2..=count as u32 * 6))
        .map(|key| {
            let stops = (0..rng.random_range(1..=2))
                .map(|_| Stop::at(place()).lasting(Duration::from_secs(rng.random_range(0..60))))
                .collect();
            let mut spec = spec(key, stops);
            spec.priority = Priority::ALL[rng.random_range(0..4)];
            let slack = Duration::from_secs(rng.random_range(20..600));
            spec.due = dues.then(|| NOW + spec.stops.iter().map(|stop| stop.service).sum() + slack);
            spec
        })
        .collect();
    let raised = rng.random_range(0..tasks.len());
    let class = rng.random_range(0..3);
    tasks[raised].priority = Priority::ALL[class];
    let to = Priority::ALL[rng.random_range(class + 1..4)];
    let patience = Duration::from_secs(600);
    let scheme = [Scheme::FixedClasses, Scheme::Ageing { patience }][seed as usize % 2];
    Instance {
        robots,
        tasks,
        raised,
        to,
        scheme,
    }
}

impl Instance {
    fn begin(&self, objective: Objective, rule: Rule) -> UtcTime {
        let tasks = self
            .tasks
            .iter()
            .map(|task| Task::new(task.clone()).unwrap())
            .collect();
        let problem = Problem::new(self.robots.clone(), tasks, objective, &self.scheme, NOW);
        let plan = sequential_auction(&problem, rule, &mut Euclidean);
        let mut visits = plan.schedules.iter().flat_map(Schedule::visits);
        visits
            .find(|visit| visit.key == self.raised as u32)
            .unwrap()
            .begin
    }
}

/// How many of 5,000 tasks begin later once they are more urgent.
fn exceptions(objective: Objective, rule: Rule, dues: bool) -> usize {
    let begins_later = |seed: &u64| {
        let mut instance = instance(*seed, dues);
        let before = instance.begin(objective, rule);
        instance.tasks[instance.raised].priority = instance.to;
        instance.begin(objective, rule) > before
    };
    (0..5_000).filter(begins_later).count()
}

fn raising_brings_forward(name: &str, objective: Objective) {
    for rule in [Rule::LowestBid, Rule::Regret] {
        for dues in [false, true] {
            let count = exceptions(objective, rule, dues);
            println!(
                "{name}, {rule:?}, due times: {dues}: {:.2} %",
                count as f64 / 50.0
            );
            assert!(count < 50, "{name} {rule:?} {dues}: {count} of 5,000");
        }
    }
}

/// Making one task more urgent brings its start forward or leaves it, with less than 1 % of exceptions.
///
/// Shares of exceptions, on 40,000 other instances (lowest bid / regret):
///
/// | objective | without due times | with due times |
/// |---|---|---|
/// | minisum | 0.49 % / 0.41 % | 0.78 % / 0.77 % |
/// | minimax | 0.24 % / 0.10 % | 0.54 % / 0.54 % |
/// | miniave | 0.17 % / 0.07 % | 0.53 % / 0.53 % |
/// | punctual | 0.48 % / 0.41 % | 0.86 % / 0.73 % |
/// | balanced | 0.28 % / 0.15 % | 0.81 % / 0.62 % |
///
/// Those with due times are tasks that others overtake within the due time, which L1 allows.
#[test]
fn more_urgency_means_an_earlier_start() {
    raising_brings_forward("minisum", Objective::minisum());
    raising_brings_forward("minimax", Objective::minimax());
    raising_brings_forward("miniave", Objective::miniave());
    raising_brings_forward("punctual", Objective::punctual());
    raising_brings_forward("balanced", Objective::balanced());
}

/// The test above can fail: without haste, ways alone decide where an urgent task goes.
#[test]
fn without_haste_more_urgency_may_mean_a_later_start() {
    let objective = Objective {
        haste: 0.0,
        ..Objective::minisum()
    };
    assert!(exceptions(objective, Rule::LowestBid, false) > 50);
}

/// A few robots under a stream of critical tasks that ask for `pressure` times what they can do, and one low task.
struct Stream {
    robots: Vec<Schedule>,
    scheme: Scheme,
    /// Submission and length of every task so far.
    submitted: Vec<(UtcTime, Duration)>,
    rng: Xoshiro256PlusPlus,
}

/// The low task's number.
const LOW: u32 = 0;
const SIDE: f64 = 60.0;

impl Stream {
    fn new(count: u128, scheme: Scheme, objective: Objective, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut robot = |k| {
            let place = Place::at(rng.random_range(0.0..SIDE), rng.random_range(0.0..SIDE));
            schedule(
                &Robot::new(RobotSpec::new(RobotId::from_u128(k), place)).unwrap(),
                objective,
            )
        };
        let robots = (1..=count).map(&mut robot).collect();
        Stream {
            robots,
            scheme,
            submitted: Vec::new(),
            rng,
        }
    }

    fn submit(&mut self, priority: Priority, now: UtcTime) {
        let service = Duration::from_secs(self.rng.random_range(20..80));
        let place = Place::at(self.rng.random_range(0.0..SIDE), self.rng.random_range(0.0..SIDE));
        let mut task = spec(
            self.submitted.len() as u32,
            vec![Stop::at(place).lasting(service)],
        );
        task.priority = priority;
        let (job, _) = job(self.submitted.len() as u32, &task, &self.scheme, now);
        self.submitted
            .push((now, service + Duration::from_secs_f64(SIDE * 1.5)));
        for robot in self.robots.iter_mut().filter(|robot| robot.is_empty()) {
            robot.restart(
                Start {
                    at: now,
                    ..robot.start()
                },
                &mut Euclidean,
            );
        }
        let quotes = self
            .robots
            .iter()
            .map(|robot| robot.quote(&job, &mut Euclidean).unwrap());
        let cheapest = |(_, quote): &(usize, Quote)| ordered_float::OrderedFloat(quote.terms.total());
        let (winner, quote) = quotes.enumerate().min_by_key(cheapest).unwrap();
        self.robots[winner].accept(&job, quote);
    }

    /// The robots work until `now`; returns when the low task begins, if it does.
    fn work(&mut self, now: UtcTime) -> Option<UtcTime> {
        let mut low = None;
        for robot in &mut self.robots {
            robot.begin();
            while let Some(visit) = first(robot).filter(|visit| visit.end <= now) {
                low = low.or((visit.key == LOW).then_some(visit.begin));
                robot.complete(visit.end);
                robot.begin();
            }
        }
        low
    }

    /// When the low task begins within `hours`, and the bound that is stated for it.
    fn run(mut self, pressure: f64, hours: f64) -> (Option<UtcTime>, Option<UtcTime>) {
        let mut now = at(0.0);
        let every = Duration::from_secs_f64(80.0 / pressure / self.robots.len() as f64);
        self.submit(Priority::Low, now);
        (0..5 * self.robots.len()).for_each(|_| self.submit(Priority::Critical, now));
        let mut begin = None;
        while begin.is_none() && now < at(hours * 3600.0) {
            self.submit(Priority::Critical, now);
            now = now + every;
            begin = self.work(now);
        }
        let mut low = spec(LOW, vec![Stop::at(Place::at(0.0, 0.0))]);
        low.priority = Priority::Low;
        let moment = self.scheme.outranked_until(&Task::new(low).unwrap(), at(0.0));
        let ahead = self
            .submitted
            .iter()
            .filter(|(when, _)| Some(*when) <= moment)
            .map(|(_, long)| *long);
        (begin, moment.map(|moment| moment + ahead.sum::<Duration>()))
    }
}

fn pressed() -> impl Strategy<Value = (u128, f64, Objective, u64)> {
    let objectives = vec![Objective::minisum(), Objective::miniave(), Objective::balanced()];
    (
        prop::sample::select(vec![1, 3]),
        1.0..1.5_f64,
        prop::sample::select(objectives),
        any::<u64>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Whatever comes later, a low task begins by the bound that its scheme states.
    #[test]
    fn ageing_starves_nobody((robots, pressure, objective, seed) in pressed()) {
        let scheme = Scheme::Ageing { patience: Duration::from_secs(600) };
        let (begin, bound) = Stream::new(robots, scheme, objective, seed).run(pressure, 3.0);
        let begin = begin.ok_or_else(|| TestCaseError::fail("starved"))?;
        prop_assert!(Some(begin) <= bound, "{begin:?} is after {bound:?}");
    }

    /// The same streams starve it where classes are fixed, so the test above can fail.
    #[test]
    fn fixed_classes_starve((robots, pressure, objective, seed) in pressed()) {
        let stream = Stream::new(robots, Scheme::FixedClasses, objective, seed);
        prop_assert_eq!(stream.run(pressure + 0.3, 3.0), (None, None));
    }
}

fn moment() -> impl Strategy<Value = UtcTime> {
    (-1_000_000_000_000_000..1_000_000_000_000_000_i64).prop_map(UtcTime::from_micros)
}

fn scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![
        Just(Scheme::FixedClasses),
        Just(Scheme::EarliestDue),
        Just(Scheme::Slack),
        (0..10_000_000_000_u64).prop_map(|micros| Scheme::Ageing {
            patience: Duration::from_micros(micros)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn the_order_of_two_tasks_never_changes(
        scheme in scheme(),
        (a, b) in (task(Traits::ALL), task(Traits::ALL)),
        (sub_a, sub_b) in (moment(), moment()),
        (now, later) in (moment(), moment()),
    ) {
        let (a, b) = (Task::new(a).unwrap(), Task::new(b).unwrap());
        let order = |now| scheme.urgency(&a, sub_a, now).cmp(&scheme.urgency(&b, sub_b, now));
        prop_assert_eq!(order(now), order(later));
    }

    #[test]
    fn due_times_order_their_schemes(a in task(Traits::ALL), b in task(Traits::ALL)) {
        let (a, b) = (Task::new(a).unwrap(), Task::new(b).unwrap());
        let due = |task: &Task| task.due().or(task.deadline()).unwrap_or(UtcTime::MAX);
        let latest = |task: &Task| task.due().or(task.deadline()).map_or(UtcTime::MAX, |due| due - task.service());
        let urgency = |scheme: Scheme, task: &Task| scheme.urgency(task, NOW, NOW);
        let order = |scheme| urgency(scheme, &a).cmp(&urgency(scheme, &b));
        prop_assert_eq!(order(Scheme::EarliestDue), due(&b).cmp(&due(&a)));
        prop_assert_eq!(order(Scheme::Slack), latest(&b).cmp(&latest(&a)));
        prop_assert_eq!(order(Scheme::FixedClasses), a.priority().cmp(&b.priority()));
    }

    /// Nothing that is submitted after the moment stated goes before, and a critical task a step earlier does.
    #[test]
    fn ageing_outranks_until_the_moment_stated(
        patience in prop_oneof![0..10_u64, 10..10_000_000_000_u64],
        mut tasks in prop::array::uniform2(task(Traits::ALL)),
        submitted in moment(),
        after in prop_oneof![1..10_000_i64, 1..1_000_000_000_000_i64],
    ) {
        let scheme = Scheme::Ageing { patience: Duration::from_micros(patience) };
        tasks[1].priority = Priority::Critical;
        let [mine, critical] = tasks.map(|task| Task::new(task).unwrap());
        let until = scheme.outranked_until(&mine, submitted).unwrap();
        let urgency = |task: &Task, submitted| scheme.urgency(task, submitted, submitted);
        let later = UtcTime::from_micros(until.as_micros() + after);
        prop_assert!(urgency(&critical, later) < urgency(&mine, submitted));
        let step = (patience as i64 / 4).max(1);
        let before = UtcTime::from_micros(until.as_micros() - step);
        prop_assert!(urgency(&critical, before) >= urgency(&mine, submitted));
    }
}

#[test]
fn weights_double_with_each_class() {
    let weights = Priority::ALL.map(|priority| {
        let mut task = spec(0, vec![Stop::at(Place::at(0.0, 0.0))]);
        task.priority = priority;
        Scheme::FixedClasses.weight(&Task::new(task).unwrap())
    });
    assert_eq!(weights, [1.0, 2.0, 4.0, 8.0]);
    // Daily work is in no haste; what weighs more is.
    let haste = weights.map(|weight| Standing::new(Urgency::LEAST, weight, UtcTime::default()).haste());
    assert_eq!(haste, [0.0, 0.0, 2.0, 6.0]);
}

#[test]
fn one_class_is_auctioned_without_haste() {
    let mut instance = instance(7, false);
    instance
        .tasks
        .iter_mut()
        .for_each(|task| task.priority = Priority::Critical);
    let tasks = instance
        .tasks
        .iter()
        .map(|task| Task::new(task.clone()).unwrap())
        .collect();
    let problem = Problem::new(
        instance.robots,
        tasks,
        Objective::minisum(),
        &Scheme::FixedClasses,
        NOW,
    );
    let plan = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
    let terms = plan.terms(&problem);
    assert_eq!(
        terms,
        Terms {
            travel: terms.travel,
            ..Terms::default()
        }
    );
}

/// Room is made at the cost of the least urgent: of two that cannot both stay, the more urgent does.
#[test]
fn the_least_urgent_task_gives_way() {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0))).unwrap();
    let mut plan = schedule(&robot, Objective::minisum());
    let mut offer = |key, priority, deadline| {
        let here = Stop::at(Place::at(0.0, 0.0)).lasting(Duration::from_secs(10));
        let mut task = spec(key, vec![here]);
        (task.priority, task.deadline) = (priority, Some(at(deadline)));
        let (job, _) = job(key, &task, &Scheme::FixedClasses, NOW);
        let quote = plan.quote(&job, &mut Euclidean).unwrap();
        plan.accept(&job, quote.clone());
        quote.displaced
    };
    assert!(offer(0, Priority::Low, 25.0).is_empty());
    assert!(offer(1, Priority::Normal, 25.0).is_empty());
    assert_eq!(offer(2, Priority::Critical, 10.0), [0]);
    assert_eq!(plan.keys().collect::<Vec<_>>(), [2, 1]);
}
