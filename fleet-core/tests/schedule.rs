//! The laws of one robot's schedule, against an oracle that walks the plan.

mod common;

use common::{
    Known, NOW, Oracle, Traits, agree, at, close, job, objective, robot, same_terms, schedule, task,
};
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::{Euclidean, PlaceError, Travel};
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    BatterySpec, Decline, Load, Objective, Place, Point, Priority, Robot, RobotId, RobotSpec, Stop, Task,
    TaskSpec, UtcTime,
};
use proptest::prelude::*;
use std::time::Duration;

/// A schedule and its oracle, filled by best insertions.
#[derive(Clone)]
struct Pair {
    plan: Schedule,
    oracle: Oracle,
    next: u32,
    /// What the finished stops of the first task have left on the robot.
    aboard: Load,
}

impl Pair {
    fn new(robot: &Robot, objective: Objective) -> Self {
        Pair {
            plan: schedule(robot, objective),
            oracle: Oracle::new(robot, objective),
            next: 0,
            aboard: Load::ZERO,
        }
    }

    fn job(&mut self, task: &TaskSpec) -> (Job, Known) {
        self.next += 1;
        job(self.next, task, &Scheme::FixedClasses, NOW)
    }

    /// Inserts at the best place, after checking it against all places.
    fn offer(&mut self, task: &TaskSpec) -> Result<(), TestCaseError> {
        let (job, known) = self.job(task);
        let verdicts = self.oracle.verdicts(&known);
        let least = verdicts
            .iter()
            .filter(|v| v.allowed)
            .map(|v| v.cost)
            .fold(f64::INFINITY, f64::min);
        let worth = self.oracle.objective.unserved * job.weight();
        let Ok(insertion) = self.plan.best_insertion(&job, &mut Euclidean) else {
            prop_assert!(least > worth - 1e-6, "refused at a cost of {least}");
            return Ok(());
        };
        prop_assert!(
            close(insertion.terms.total(), least),
            "{} is not {least}",
            insertion.terms.total()
        );
        let before = self.plan.terms();
        self.plan.insert(&job, &insertion);

        let keys: Vec<u32> = self.plan.keys().collect();
        let chosen = verdicts
            .into_iter()
            .find(|v| v.order.tasks.iter().map(|t| t.key).eq(keys.iter().copied()));
        let chosen = chosen.ok_or_else(|| TestCaseError::fail("no such gap"))?;
        prop_assert!(chosen.allowed && close(chosen.cost, least));
        self.oracle = chosen.order;
        agree(&self.plan, &self.oracle)?;

        let mut grown = self.plan.terms() - before;
        let waited = (self.oracle.finish() - known.standing.since.as_micros()) as f64 / 1e6;
        grown.makespan = self.oracle.objective.makespan * waited;
        same_terms(insertion.terms, grown)?;
        prop_assert_eq!(insertion.begin().as_micros(), self.oracle.begin_of(known.key));
        prop_assert_eq!(insertion.end().as_micros(), self.oracle.end_of(known.key));
        Ok(())
    }

    fn complete(&mut self, at: UtcTime) {
        self.plan.complete(at);
        let Some(first) = self.oracle.tasks.first_mut() else {
            return;
        };
        let stop = first.stops.remove(0);
        first.done += 1;
        let load = self.oracle.start.load + stop.load;
        self.aboard = self.aboard + stop.load;
        self.oracle.start = Start {
            place: stop.place,
            at,
            load,
        };
        self.oracle.begun = 1;
        if first.stops.is_empty() {
            self.oracle.tasks.remove(0);
            self.oracle.begun = 0;
            self.aboard = Load::ZERO;
        }
    }

    fn abandon(&mut self, place: usize) {
        let key = self.oracle.tasks.remove(place).key;
        self.oracle.begun -= usize::from(place < self.oracle.begun);
        let aboard = if place == 0 {
            std::mem::take(&mut self.aboard)
        } else {
            Load::ZERO
        };
        self.oracle.start.load = self.oracle.start.load - aboard;
        assert!(self.plan.abandon(key, aboard, &mut Euclidean));
    }
}

#[derive(Clone, Debug)]
enum Op {
    Offer(Box<TaskSpec>),
    Remove(usize),
    Begin,
    Complete { late: u64 },
    Abandon(usize),
    Restart { place: Option<Place>, late: u64 },
}

fn op(traits: Traits) -> impl Strategy<Value = Op> {
    let late = || prop_oneof![Just(0), 0..200_u64];
    prop_oneof![
        8 => task(traits).prop_map(|task| Op::Offer(Box::new(task))),
        2 => any::<usize>().prop_map(Op::Remove),
        1 => Just(Op::Begin),
        2 => late().prop_map(|late| Op::Complete { late }),
        1 => any::<usize>().prop_map(Op::Abandon),
        1 => (prop::option::of(common::place()), late()).prop_map(|(place, late)| Op::Restart { place, late }),
    ]
}

fn run(pair: &mut Pair, op: Op) -> Result<(), TestCaseError> {
    let count = pair.oracle.tasks.len();
    match op {
        Op::Offer(task) => pair.offer(&task)?,
        Op::Remove(_) | Op::Abandon(_) if count == 0 => {}
        Op::Remove(k) => {
            let key = pair.oracle.tasks[k % count].key;
            let removed = pair.plan.remove(key, &mut Euclidean);
            prop_assert_eq!(removed.is_some(), k % count >= pair.oracle.begun);
            if removed.is_some() {
                pair.oracle.tasks.remove(k % count);
            }
        }
        Op::Begin => {
            pair.plan.begin();
            pair.oracle.begun = count.min(1);
        }
        Op::Complete { late } => {
            let end = pair.plan.visits().next().map_or(NOW, |visit| visit.end);
            pair.complete(end + Duration::from_secs(late));
        }
        Op::Abandon(k) => pair.abandon(k % count),
        Op::Restart { place, late } => {
            let old = pair.plan.start();
            let place = place.unwrap_or(old.place);
            let start = Start {
                place,
                at: old.at + Duration::from_secs(late),
                ..old
            };
            prop_assert!(pair.plan.restart(start, &mut Euclidean));
            pair.oracle.start = start;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(15_000) })]

    /// The best insertion is the cheapest allowed one of all gaps, costs what the schedule then costs more, and
    /// happens when it says; and no life of a schedule makes its times differ from a walk along it.
    #[test]
    fn a_schedule_is_what_a_walk_along_it_finds(
        robot in robot(),
        objective in objective(),
        ops in prop_oneof![4 => Just(Traits::ALL), 1 => Just(Traits::PLAIN)]
            .prop_flat_map(|traits| prop::collection::vec(op(traits), 1..24)),
    ) {
        let mut pair = Pair::new(&robot, objective);
        for op in ops {
            run(&mut pair, op)?;
            agree(&pair.plan, &pair.oracle)?;
        }
    }

    #[test]
    fn removing_what_was_inserted_restores_the_schedule(
        robot in robot(),
        objective in objective(),
        tasks in prop::collection::vec(task(Traits::ALL), 1..12),
        new in task(Traits::ALL),
    ) {
        let mut pair = Pair::new(&robot, objective);
        for task in &tasks {
            let (job, _) = pair.job(task);
            if let Ok(insertion) = pair.plan.best_insertion(&job, &mut Euclidean) {
                pair.plan.insert(&job, &insertion);
            }
        }
        let (job, _) = pair.job(&new);
        let before = pair.plan.clone();
        if let Ok(insertion) = pair.plan.best_insertion(&job, &mut Euclidean) {
            pair.plan.insert(&job, &insertion);
            prop_assert_ne!(&pair.plan, &before);
            prop_assert_eq!(pair.plan.remove(job.key(), &mut Euclidean), Some(job));
        }
        prop_assert_eq!(pair.plan, before);
    }

    /// Arriving later by the slack of the first visit misses nothing, and by a microsecond more misses a deadline.
    #[test]
    fn slack_is_exact(
        robot in robot(),
        tasks in prop::collection::vec(task(Traits { loads: false, ..Traits::ALL }), 1..12),
    ) {
        let mut pair = Pair::new(&robot, Objective::balanced());
        for task in &tasks {
            let (job, _) = pair.job(task);
            if let Ok(insertion) = pair.plan.best_insertion(&job, &mut Euclidean) {
                pair.plan.insert(&job, &insertion);
            }
        }
        prop_assert_eq!(pair.plan.missed().count(), 0);
        while let Some(first) = common::first(&pair.plan) {
            let start = pair.plan.start();
            let later = |by: Duration| Start { at: start.at + by, ..start };
            let mut plan = pair.plan.clone();
            if first.slack < Duration::from_secs(1_000_000) {
                plan.restart(later(first.slack), &mut Euclidean);
                prop_assert_eq!(plan.missed().count(), 0);
                plan.restart(later(first.slack + Duration::from_micros(1)), &mut Euclidean);
                prop_assert!(plan.missed().count() > 0);
            } else {
                plan.restart(later(Duration::from_secs(1_000_000)), &mut Euclidean);
                prop_assert_eq!(plan.missed().count(), 0);
            }
            pair.plan.complete(first.end);
        }
    }
}

/// A travel that answers anything.
#[derive(Clone, Debug)]
struct Odd(Vec<f64>);

impl Travel for Odd {
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let sum = |place: Place| place.point().map_or(0, |p| p.x() as usize ^ p.y() as usize);
        Some(self.0[(sum(from).wrapping_mul(31) ^ sum(to)) % self.0.len()])
    }

    fn check(&self, _place: Place) -> Result<(), PlaceError> {
        Ok(())
    }

    fn path(&mut self, _from: Place, _to: Place) -> Option<Vec<Point>> {
        None
    }
}

fn extreme_time() -> impl Strategy<Value = UtcTime> {
    let limit = fleet_core::limits::UTC_MICROS;
    prop_oneof![
        prop::sample::select(vec![-limit, -1, 0, 1, limit - 1, limit]),
        -limit..=limit,
    ]
    .prop_map(UtcTime::from_micros)
}

fn any_time() -> impl Strategy<Value = UtcTime> {
    prop_oneof![
        extreme_time(),
        any::<i64>().prop_map(UtcTime::from_micros),
        Just(UtcTime::MIN),
        Just(UtcTime::MAX)
    ]
}

fn extreme_metres() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![
        0.0,
        -0.0,
        1.0,
        1e9,
        1e12,
        1e300,
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -1.0,
    ])
}

fn extreme_task() -> impl Strategy<Value = TaskSpec> {
    let coordinate = || prop::sample::select(vec![-1e9, -1.0, 0.0, 1e-300, 7.0, 1e9]);
    let service = prop_oneof![
        Just(Duration::ZERO),
        Just(fleet_core::limits::SERVICE),
        Just(Duration::from_nanos(1))
    ];
    let load = prop::sample::select(vec![-1e9, 0.0, 1e9]).prop_map(|a| Load::new(&[a]).unwrap());
    let stop = (coordinate(), coordinate(), service, load)
        .prop_map(|(x, y, service, load)| Stop::at(Place::at(x, y)).lasting(service).loading(load));
    let time = || prop::option::of(extreme_time());
    (
        prop::collection::vec(stop, 1..5),
        time(),
        time(),
        time(),
        0..4_usize,
    )
        .prop_map(|(stops, release, due, deadline, class)| {
            let mut spec = common::spec(0, stops);
            (spec.release, spec.due, spec.deadline) = (release, due, deadline);
            spec.priority = Priority::ALL[class];
            spec
        })
        .prop_filter("a valid task", |spec| Task::new(spec.clone()).is_ok())
}

fn extreme_robot() -> impl Strategy<Value = Robot> {
    let speed = prop::sample::select(vec![f64::MIN_POSITIVE, 1e-12, 1.0, 1e4]);
    let joules = prop::sample::select(vec![0.0, 1e-300, 1.0, 1e11]);
    (speed, prop::option::of((joules.clone(), joules)), 0..3_i32).prop_map(|(speed, rates, room)| {
        let mut spec = RobotSpec::new(RobotId::from_u128(1), Place::at(-1e9, 1e9));
        spec.speed = speed;
        spec.capacity = vec![f64::from(room) * 5e8];
        spec.battery = rates.map(|(per_metre, per_second)| BatterySpec {
            capacity: 1e11,
            level: 1.0,
            reserve: 0.0,
            per_metre,
            per_second,
        });
        Robot::new(spec).unwrap()
    })
}

fn extreme_scheme() -> impl Strategy<Value = Scheme> {
    prop_oneof![
        Just(Scheme::FixedClasses),
        Just(Scheme::EarliestDue),
        Just(Scheme::Slack),
        prop::sample::select(vec![
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::from_secs(60),
            Duration::MAX
        ])
        .prop_map(|patience| Scheme::Ageing { patience }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(15_000) })]

    /// Nothing that the types admit makes a schedule panic, and no price is anything but a number.
    #[test]
    fn extreme_values_do_no_harm(
        robot in extreme_robot(),
        metres in prop::option::of(prop::collection::vec(extreme_metres(), 1..6)),
        weights in prop::array::uniform7(prop::sample::select(vec![0.0, 1e-12, 1.0, 1e12])),
        scheme in extreme_scheme(),
        start in any_time(),
        tasks in prop::collection::vec((extreme_task(), any_time()), 1..8),
        later in any_time(),
    ) {
        let [travel, flowtime, haste, makespan, tardiness, energy, unserved] = weights;
        let interruption = 0.0;
        let objective = Objective { travel, flowtime, haste, makespan, tardiness, energy, unserved, interruption };
        let mut plan = Schedule::new(&robot, objective, Start::new(robot.pose().place, start));
        let mut way = Box::new(Euclidean) as Box<dyn Travel>;
        if let Some(metres) = metres {
            way = Box::new(Odd(metres));
        }
        let keys = (0..3).chain((0..u32::MAX).rev());
        for ((task, submitted), key) in tasks.iter().zip(keys) {
            let task = Task::new(task.clone()).unwrap();
            let _ = scheme.outranked_until(&task, *submitted);
            let standing = scheme.standing(&task, *submitted, start);
            let Some(job) = Job::new(key, &task, &standing, &mut *way) else { continue };
            if let Ok(quote) = plan.quote(&job, &mut *way) {
                prop_assert!(quote.terms.total().is_finite(), "{:?}", quote.terms);
                plan.accept(&job, quote);
            }
            prop_assert!(plan.terms().total().is_finite());
            let _ = plan.visits().map(|visit| visit.slack).max();
        }
        plan.begin();
        plan.restart(Start::new(Place::at(f64::NAN, f64::INFINITY), later), &mut *way);
        plan.restart(Start::new(Place::Site(u32::MAX), start), &mut *way);
        plan.remove(u32::MAX - 1, &mut *way);
        plan.abandon(1, Load::ZERO, &mut *way);
        plan.complete(later);
        plan.begin();
        let _ = (plan.terms(), plan.missed().count(), plan.finish());
    }
}

/// A task that has missed its deadline already stands in the way of no other that makes it no later.
#[test]
fn a_missed_deadline_blocks_nothing_that_costs_it_no_time() {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0))).unwrap();
    let mut plan = schedule(&robot, Objective::minisum());
    let mut doomed = common::spec(0, vec![Stop::at(Place::at(10.0, 0.0))]);
    doomed.deadline = Some(at(10.0));
    let (doomed, _) = job(0, &doomed, &Scheme::FixedClasses, NOW);
    let insertion = plan.best_insertion(&doomed, &mut Euclidean).unwrap();
    plan.insert(&doomed, &insertion);
    plan.restart(
        Start {
            at: at(60.0),
            ..plan.start()
        },
        &mut Euclidean,
    );
    assert_eq!(plan.missed().collect::<Vec<_>>(), [0]);

    let (on_the_way, _) = job(
        1,
        &common::spec(1, vec![Stop::at(Place::at(5.0, 0.0))]),
        &Scheme::FixedClasses,
        NOW,
    );
    let insertion = plan.best_insertion(&on_the_way, &mut Euclidean).unwrap();
    plan.insert(&on_the_way, &insertion);
    assert_eq!(plan.keys().collect::<Vec<_>>(), [1, 0]);
}

/// A task at (0, 10), and one of 7 s where the robot stands that has to be first.
fn first_of_two(limit: impl Fn(&mut TaskSpec)) -> Result<Vec<u32>, Decline> {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0))).unwrap();
    let mut plan = schedule(&robot, Objective::minisum());
    let mut away = common::spec(0, vec![Stop::at(Place::at(0.0, 10.0))]);
    away.priority = Priority::High;
    limit(&mut away);
    let mut here = common::spec(
        1,
        vec![Stop::at(Place::at(0.0, 0.0)).lasting(Duration::from_secs(7))],
    );
    here.deadline = Some(at(7.0));
    for (key, task) in [(0, &away), (1, &here)] {
        let (job, _) = job(key, task, &Scheme::FixedClasses, NOW);
        let insertion = plan.best_insertion(&job, &mut Euclidean)?;
        plan.insert(&job, &insertion);
    }
    Ok(plan.keys().collect())
}

/// Deadlines and due times are kept to the microsecond, and no further.
#[test]
fn limits_are_exact() {
    let micro = Duration::from_micros(1);
    assert_eq!(
        first_of_two(|task| task.deadline = Some(at(17.0))),
        Err(Decline::MoreUrgent)
    );
    let due = |task: &mut TaskSpec| task.due = Some(at(17.0));
    assert_eq!(first_of_two(due), Ok(vec![1, 0]));
    assert_eq!(
        first_of_two(|task| task.due = Some(at(17.0) - micro)),
        Err(Decline::MoreUrgent)
    );
    let equal = |deadline: UtcTime| {
        move |task: &mut TaskSpec| {
            (task.priority, task.deadline) = (Priority::Normal, Some(deadline));
        }
    };
    assert_eq!(first_of_two(equal(at(17.0))), Ok(vec![1, 0]));
    assert_eq!(first_of_two(equal(at(17.0) - micro)), Err(Decline::Deadline));
}
