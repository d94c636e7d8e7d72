//! Random tasks and robots, and an oracle: a plan that is walked from front to end for every question.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::time::Duration;

use fleet_core::schedule::{Job, Planned, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme, Standing, Urgency};
use fleet_core::{
    BatterySpec, Load, Objective, Place, Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec,
    Terms, UtcTime,
};
use proptest::prelude::*;

/// A moment long after the epoch, so that times before it are no special case.
pub(crate) const NOW: UtcTime = UtcTime::from_secs(1_000_000);

pub(crate) fn at(secs: f64) -> UtcTime {
    UtcTime::from_micros(NOW.as_micros() + (secs * 1e6) as i64)
}

pub(crate) fn spec(key: u32, stops: Vec<Stop>) -> TaskSpec {
    TaskSpec::new(TaskId::from_u128(u128::from(key) + 1), stops)
}

pub(crate) fn place() -> impl Strategy<Value = Place> {
    (0..100_u32, 0..100_u32).prop_map(|(x, y)| Place::at(f64::from(x), f64::from(y)))
}

fn load() -> impl Strategy<Value = Load> {
    (-2..=2_i32, -1..=1_i32).prop_map(|(a, b)| Load::new(&[a.into(), b.into()]).unwrap())
}

fn stop(loads: bool) -> impl Strategy<Value = Stop> {
    let load = if loads {
        load().boxed()
    } else {
        Just(Load::ZERO).boxed()
    };
    (place(), prop_oneof![Just(0), 0..30_u64], load)
        .prop_map(|(place, secs, load)| Stop::at(place).lasting(Duration::from_secs(secs)).loading(load))
}

/// Which of the fields that a task may have, random tasks have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    pub(crate) windows: bool,
    pub(crate) dues: bool,
    pub(crate) deadlines: bool,
    pub(crate) loads: bool,
    pub(crate) classes: bool,
}

impl Traits {
    pub(crate) const ALL: Traits = Traits {
        windows: true,
        dues: true,
        deadlines: true,
        loads: true,
        classes: true,
    };

    /// Places and times of service, no more.
    pub(crate) const PLAIN: Traits = Traits {
        windows: false,
        dues: false,
        deadlines: false,
        loads: false,
        classes: false,
    };
}

fn sometimes(allowed: bool, span: std::ops::Range<u32>) -> BoxedStrategy<Option<f64>> {
    if allowed {
        prop_oneof![2 => Just(None), 1 => span.prop_map(|secs| Some(f64::from(secs)))].boxed()
    } else {
        Just(None).boxed()
    }
}

pub(crate) fn task(traits: Traits) -> impl Strategy<Value = TaskSpec> {
    let classes = if traits.classes { 0..4_usize } else { 0..1 };
    let stops = prop_oneof![2 => Just(1..=1_usize), 1 => Just(2..=4)]
        .prop_flat_map(move |count| prop::collection::vec(stop(traits.loads), count));
    let times = (
        sometimes(traits.windows, 0..400),
        sometimes(traits.dues, 0..500),
        sometimes(traits.deadlines, 100..900),
    );
    (stops, times, classes).prop_map(|(stops, (release, due, deadline), class)| {
        let mut spec = spec(0, stops);
        let service: f64 = spec.stops.iter().map(|stop| stop.service.as_secs_f64()).sum();
        let open = release.unwrap_or(0.0);
        spec.release = release.map(at);
        spec.due = due.map(|secs| at(open + secs));
        spec.deadline = deadline.map(|secs| at(open + service + secs));
        spec.priority = Priority::ALL[class];
        spec
    })
}

pub(crate) fn robot() -> impl Strategy<Value = Robot> {
    let battery = prop_oneof![2 => Just(None), 1 => (100.0..2e3_f64).prop_map(Some)];
    (place(), prop_oneof![Just(1.0), 0.3..5.0_f64], 0..4_u32, battery).prop_map(
        |(place, speed, room, joules)| {
            let mut spec = RobotSpec::new(RobotId::from_u128(1), place);
            spec.speed = speed;
            spec.capacity = vec![room.into(), 1.0];
            spec.battery = joules.map(|capacity| BatterySpec {
                capacity,
                level: 0.9,
                reserve: 0.1,
                per_metre: 1.0,
                per_second: 0.2,
            });
            Robot::new(spec).unwrap()
        },
    )
}

pub(crate) fn objective() -> impl Strategy<Value = Objective> {
    let weight = || prop_oneof![Just(0.0), Just(1.0), 0.01..5.0_f64];
    let mix = (weight(), weight(), weight(), weight(), weight()).prop_map(
        |(travel, flowtime, haste, tardiness, energy)| Objective {
            travel,
            flowtime,
            haste,
            tardiness,
            energy,
            makespan: 0.0,
            unserved: 1e9,
            interruption: 0.0,
        },
    );
    let named = prop::sample::select(vec![
        Objective::minisum(),
        Objective::minimax(),
        Objective::miniave(),
        Objective::punctual(),
        Objective::balanced(),
    ]);
    let stingy = named.clone().prop_map(|named| Objective {
        unserved: 60.0,
        ..named
    });
    prop_oneof![3 => mix, 3 => named, 1 => stingy]
}

pub(crate) fn job(key: u32, task: &TaskSpec, scheme: &Scheme, submitted: UtcTime) -> (Job, Known) {
    let task = Task::new(task.clone()).unwrap();
    let standing = scheme.standing(&task, submitted, submitted);
    let job = Job::new(key, &task, &standing, &mut Euclidean).unwrap();
    (
        job,
        Known {
            key,
            stops: task.stops().to_vec(),
            done: 0,
            standing,
            task,
        },
    )
}

pub(crate) fn schedule(robot: &Robot, objective: Objective) -> Schedule {
    Schedule::new(robot, objective, Start::new(robot.pose().place, NOW))
}

/// The visit that comes next.
pub(crate) fn first(plan: &Schedule) -> Option<Planned> {
    plan.visits().next()
}

/// A task as the oracle knows it.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) key: u32,
    /// Those still to be visited.
    pub(crate) stops: Vec<Stop>,
    /// How many were visited.
    pub(crate) done: usize,
    pub(crate) standing: Standing,
    pub(crate) task: Task,
}

impl Known {
    pub(crate) fn urgency(&self) -> Urgency {
        self.standing.urgency
    }

    fn release(&self) -> Option<UtcTime> {
        self.task.release().filter(|_| self.done == 0)
    }

    fn loads(&self) -> bool {
        self.stops.iter().any(|stop| stop.load != Load::ZERO)
    }
}

/// One stop of a walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) key: u32,
    pub(crate) place: Place,
    pub(crate) arrive: i64,
    pub(crate) begin: i64,
    pub(crate) end: i64,
    pub(crate) load: Load,
}

/// A plan of one robot, as a list of tasks and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct Oracle {
    pub(crate) robot: Robot,
    pub(crate) objective: Objective,
    pub(crate) start: Start,
    pub(crate) tasks: Vec<Known>,
    /// The first tasks that may not be moved.
    pub(crate) begun: usize,
}

fn metres(from: Place, to: Place) -> f64 {
    let (a, b) = (from.point().unwrap(), to.point().unwrap());
    let (dx, dy) = (a.x() - b.x(), a.y() - b.y());
    (dx * dx + dy * dy).sqrt()
}

/// What the oracle says of one gap.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) order: Oracle,
    pub(crate) allowed: bool,
    pub(crate) cost: f64,
}

impl Oracle {
    pub(crate) fn new(robot: &Robot, objective: Objective) -> Self {
        let start = Start::new(robot.pose().place, NOW);
        Oracle {
            robot: robot.clone(),
            objective,
            start,
            tasks: Vec::new(),
            begun: 0,
        }
    }

    pub(crate) fn walk(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        let (mut place, mut free, mut load) = (self.start.place, self.start.at.as_micros(), self.start.load);
        for task in &self.tasks {
            for (k, stop) in task.stops.iter().enumerate() {
                let way = place.point().unwrap().distance(stop.place.point().unwrap());
                let ride = (way / self.robot.speed() * 1e6).ceil() as i64;
                let arrive = free + ride;
                let opens = task
                    .release()
                    .filter(|_| k == 0)
                    .map_or(i64::MIN, UtcTime::as_micros);
                let begin = arrive.max(opens);
                let end = begin + stop.service.as_micros() as i64;
                (place, free, load) = (stop.place, end, load + stop.load);
                seen.push(Seen {
                    key: task.key,
                    place,
                    arrive,
                    begin,
                    end,
                    load,
                });
            }
        }
        seen
    }

    pub(crate) fn metres(&self) -> f64 {
        let mut place = self.start.place;
        let stops = self.tasks.iter().flat_map(|task| &task.stops);
        stops
            .map(|stop| metres(std::mem::replace(&mut place, stop.place), stop.place))
            .sum()
    }

    pub(crate) fn finish(&self) -> i64 {
        self.walk()
            .last()
            .map_or(self.start.at.as_micros(), |seen| seen.end)
    }

    pub(crate) fn begin_of(&self, key: u32) -> i64 {
        self.walk().iter().find(|seen| seen.key == key).unwrap().begin
    }

    pub(crate) fn end_of(&self, key: u32) -> i64 {
        self.walk().iter().rev().find(|seen| seen.key == key).unwrap().end
    }

    fn energy(&self) -> f64 {
        let secs = (self.finish() - self.start.at.as_micros()) as f64 / 1e6;
        self.robot
            .battery()
            .map_or(0.0, |battery| battery.energy(self.metres(), secs))
    }

    pub(crate) fn terms(&self) -> Terms {
        let mut terms = Terms {
            travel: self.objective.travel * self.metres(),
            makespan: self.objective.makespan * (self.finish() - self.start.at.as_micros()) as f64 / 1e6,
            energy: self.objective.energy * self.energy(),
            ..Terms::default()
        };
        for task in &self.tasks {
            let end = self.end_of(task.key);
            let secs = |from: UtcTime| (end - from.as_micros()) as f64 / 1e6 * task.standing.weight();
            let waited = (end - task.standing.since.as_micros()) as f64 / 1e6;
            terms.flowtime += self.objective.flowtime * secs(task.standing.since);
            terms.flowtime += self.objective.haste * task.standing.haste() * waited;
            terms.tardiness +=
                self.objective.tardiness * task.task.due().map_or(0.0, |due| secs(due).max(0.0));
        }
        terms
    }

    pub(crate) fn late(&self, task: &Known) -> bool {
        task.task
            .due()
            .is_some_and(|due| self.end_of(task.key) > due.as_micros())
    }

    /// Whether a less urgent task that has not begun is before the task at `place`.
    fn guarded(&self, place: usize) -> bool {
        let before = self.begun.min(place)..place;
        self.tasks[before]
            .iter()
            .any(|other| other.urgency() < self.tasks[place].urgency())
    }

    fn with(&self, place: usize, task: &Known) -> Oracle {
        let mut order = self.clone();
        order.tasks.insert(place, task.clone());
        order
    }

    /// Every gap, from the definitions.
    pub(crate) fn verdicts(&self, new: &Known) -> Vec<Verdict> {
        let rank = (self.begun..self.tasks.len()).find(|k| self.tasks[*k].urgency() < new.urgency());
        (self.begun..=self.tasks.len())
            .map(|place| {
                let order = self.with(place, new);
                let in_rank = rank.filter(|rank| place > *rank).is_none_or(|rank| {
                    let end = order.end_of(new.key);
                    match new.task.due() {
                        Some(due) => end <= due.as_micros(),
                        None => end <= self.with(rank, new).end_of(new.key),
                    }
                });
                let allowed = in_rank
                    && self.keeps_deadlines(&order, place, new)
                    && self.keeps_urgency(&order, place, new)
                    && (!new.loads() || order.carries(place))
                    && self
                        .robot
                        .battery()
                        .is_none_or(|battery| order.energy() <= battery.usable());
                let mut terms = order.terms() - self.terms();
                let since = new.standing.since.as_micros();
                terms.makespan = self.objective.makespan * (order.finish() - since) as f64 / 1e6;
                Verdict {
                    order,
                    allowed,
                    cost: terms.total(),
                }
            })
            .collect()
    }

    fn keeps_deadlines(&self, order: &Oracle, place: usize, new: &Known) -> bool {
        let kept = |task: &Known, before: Option<i64>| {
            let limit = task.task.deadline().map_or(i64::MAX, UtcTime::as_micros);
            order.end_of(task.key) <= before.map_or(limit, |before| before.max(limit))
        };
        kept(new, None)
            && self.tasks[place..]
                .iter()
                .all(|task| kept(task, Some(self.end_of(task.key))))
    }

    fn keeps_urgency(&self, order: &Oracle, place: usize, new: &Known) -> bool {
        (place..self.tasks.len()).all(|k| {
            let task = &self.tasks[k];
            let (before, after) = (self.end_of(task.key), order.end_of(task.key));
            match task.task.due() {
                Some(due) if task.urgency() > new.urgency() || self.guarded(k) => {
                    after <= before.max(due.as_micros())
                }
                None if task.urgency() > new.urgency() => after <= before,
                _ => true,
            }
        })
    }

    /// Whether the robot carries no more than it can, and nothing that it has not got, from the task at `place` on.
    fn carries(&self, place: usize) -> bool {
        let done: usize = self.tasks[..place].iter().map(|task| task.stops.len()).sum();
        let walk = self.walk();
        let before = done.checked_sub(1).map_or(self.start.load, |k| walk[k].load);
        let within = |load: &Load| load.fits(&self.robot.capacity()) && Load::ZERO.fits(load);
        within(&before) && walk[done..].iter().all(|seen| within(&seen.load))
    }
}

/// Whether the schedule's visits are those of the oracle's walk.
pub(crate) fn agree(schedule: &Schedule, oracle: &Oracle) -> Result<(), TestCaseError> {
    let walk = oracle.walk();
    prop_assert_eq!(schedule.len(), walk.len());
    for (visit, seen) in schedule.visits().zip(&walk) {
        let times = [visit.arrive, visit.begin, visit.end].map(UtcTime::as_micros);
        prop_assert_eq!(
            (visit.key, visit.place, times),
            (seen.key, seen.place, [seen.arrive, seen.begin, seen.end])
        );
    }
    prop_assert_eq!(schedule.finish().as_micros(), oracle.finish());
    same_terms(schedule.terms(), oracle.terms())
}

pub(crate) fn same_terms(a: Terms, b: Terms) -> Result<(), TestCaseError> {
    for ((name, a), (_, b)) in a.named().into_iter().zip(b.named()) {
        prop_assert!(close(a, b), "{} {} {}", name, a, b);
    }
    Ok(())
}

pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-4 + 1e-9 * a.abs().max(b.abs())
}
