//! The improvement search on the schedules of a fleet.
//!
//! The tasks that have not begun are put into a [`Model`] as they are: a task with several stops is one stop that begins at
//! its first place and ends at its last. The more urgent go first: each class of urgency is searched by itself, with all that
//! is more urgent already in its route and bound to be no later than it is there, or than it is due. So a plan that keeps
//! [L1](crate::schedule) is a plan that keeps it afterwards.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::problem::{Plan, Problem, Unserved};
use super::search::{Budget, Model, Rate, Robot, Search, Solution, Stop, Task, Ways, Weights};
use super::sequential::reasons;
use crate::objective::Objective;
use crate::place::Place;
use crate::schedule::job::{Job, Micros, NEVER};
use crate::schedule::{Frozen, Schedule};
use crate::standing::Urgency;
use crate::travel::{Travel, way};

/// Makes `plan` better until the budget is spent; what comes of it costs no more, and keeps [L1](crate::schedule) if `plan`
/// does. Tasks that have begun stay where they are. A task goes to another robot only if that saves more than `stay`, in the
/// unit of the objective.
///
/// Everything is drawn from `seed`. Memory: 8 bytes for each two places. With several classes of urgency each gets its part
/// of the budget, by its tasks.
///
/// # Example
/// ```
/// use fleet_core::allocate::search::Rounds;
/// use fleet_core::allocate::{Problem, Rule, improve, sequential_auction};
/// use fleet_core::travel::Euclidean;
/// use fleet_core::urgency::Scheme;
/// use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};
///
/// let robot = |k, x| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
/// let task = |k, x, y| Task::new(TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(x, y))])).unwrap();
/// let problem = Problem::new(
///     vec![robot(1, 0.0), robot(2, 10.0)],
///     vec![task(1, 4.0, 0.0), task(2, 4.0, 9.0), task(3, 6.0, 9.0), task(4, 6.0, 1.0)],
///     Objective::minisum(),
///     &Scheme::FixedClasses,
///     UtcTime::from_secs(0),
/// );
/// let auction = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
/// let better = improve(&problem, &auction, 0.0, 1, &mut Rounds(1_000), &mut Euclidean);
/// assert!(better.terms(&problem).total() <= auction.terms(&problem).total());
/// ```
pub fn improve<T: Travel + ?Sized>(
    problem: &Problem,
    plan: &Plan,
    stay: f64,
    seed: u64,
    budget: &mut dyn Budget,
    travel: &mut T,
) -> Plan {
    let jobs = problem.jobs(travel);
    let waiting = plan
        .unserved
        .iter()
        .filter_map(|unserved| jobs[unserved.task].as_ref());
    let cluster = Cluster {
        schedules: plan.schedules.iter().collect(),
        waiting: waiting.cloned().collect(),
        able: &|robot, task| problem.unable(robot, task as usize).is_none(),
        room: &|_| usize::MAX,
        objective: problem.objective(),
        stay,
        seed,
        warm: false,
    };
    let Some(schedules) = cluster.improve(budget, travel) else {
        return plan.clone();
    };
    let mut served = vec![false; problem.tasks().len()];
    let keys = schedules.iter().flat_map(Schedule::keys);
    keys.for_each(|key| served[key as usize] = true);
    let before = plan.schedules.iter().flat_map(Schedule::keys);
    let known = before
        .map(|key| key as usize)
        .chain(plan.unserved.iter().map(|left| left.task));
    let mut left: Vec<usize> = known.filter(|task| !served[*task]).collect();
    left.sort_unstable();
    let unserved = left.into_iter().map(|task| Unserved {
        task,
        reasons: reasons(task, &jobs, problem, &schedules, travel),
    });
    Plan {
        unserved: unserved.collect(),
        schedules,
    }
}

/// Some robots, what they have to do, and what is waiting.
pub(crate) struct Cluster<'a> {
    pub(crate) schedules: Vec<&'a Schedule>,
    /// Tasks that no schedule has.
    pub(crate) waiting: Vec<Job>,
    /// Whether the robot with this index is able to do the task with this number.
    pub(crate) able: &'a dyn Fn(usize, u32) -> bool,
    /// How many tasks that have not begun the robot with this index may have.
    pub(crate) room: &'a dyn Fn(usize) -> usize,
    pub(crate) objective: &'a Objective,
    /// What it costs to give a task to another robot.
    pub(crate) stay: f64,
    pub(crate) seed: u64,
    /// Whether the plan is a good one that is only to be mended: then little is tried that costs more at first.
    pub(crate) warm: bool,
}

/// A task that may be moved, and who has it.
struct Movable {
    job: Job,
    home: Option<u32>,
    places: (u32, u32),
    /// It will miss its deadline where it is, so that it has none any more.
    missed: bool,
    /// When it has to have ended, whatever less urgent tasks come: seconds.
    bound: f64,
}

/// Times as the search reckons with them: seconds since the first robot is free.
#[derive(Clone, Copy)]
struct Clock(Micros);

impl Clock {
    fn seconds(self, time: Micros) -> f64 {
        match time {
            NEVER => f64::INFINITY,
            Micros::MIN => f64::NEG_INFINITY,
            time => (time as f64 - self.0 as f64) / 1e6,
        }
    }
}

/// Routes of tasks by their index in the cluster.
type Routes = Vec<Vec<usize>>;

impl Cluster<'_> {
    /// Better schedules, if any were found.
    pub(crate) fn improve<T: Travel + ?Sized>(
        &self,
        budget: &mut dyn Budget,
        travel: &mut T,
    ) -> Option<Vec<Schedule>> {
        let frozen: Vec<Frozen> = self.schedules.iter().map(|schedule| schedule.frozen()).collect();
        let clock = Clock(frozen.iter().map(|frozen| frozen.at).min()?);
        let mut places = Places::default();
        let starts: Vec<u32> = frozen.iter().map(|frozen| places.number(frozen.place)).collect();
        let (mut movable, given) = self.movable(&mut places);
        let ways = places.ways(travel)?;
        let mut urgencies: Vec<Urgency> = movable.iter().map(|task| task.job.urgency()).collect();
        urgencies.sort_unstable_by(|a, b| b.cmp(a));
        urgencies.dedup();
        let mut robots: Vec<Robot> = Vec::with_capacity(frozen.len());
        for (robot, start) in starts.into_iter().enumerate() {
            robots.push(self.robot(robot, &frozen[robot], start, clock));
        }
        let mut routes: Routes = vec![Vec::new(); frozen.len()];
        let (mut rounds, mut done) = (0, 0);
        for urgency in urgencies {
            let of_tier = movable
                .iter()
                .filter(|task| task.job.urgency() == urgency)
                .count();
            let part = |tasks: usize| tasks as f64 / movable.len() as f64;
            let (from, until) = (part(done), part(done + of_tier));
            done += of_tier;
            let mut spent = |own: u64| (budget.spent(rounds + own) - from) / (until - from);
            let tier = Tier {
                cluster: self,
                movable: &movable,
                urgency,
                clock,
            };
            let (found, own) = tier.search(&ways, &robots, &routes, &given, &mut spent)?;
            (routes, rounds) = (found, rounds + own);
            let bounds = tier.bounds(&ways, &robots, &routes);
            for (task, bound) in bounds {
                movable[task].bound = bound;
            }
        }
        self.schedules_by(&movable, &routes, travel)
    }

    /// All tasks that may be moved, and the routes that they are in.
    fn movable(&self, places: &mut Places) -> (Vec<Movable>, Routes) {
        let (mut movable, mut given) = (Vec::new(), Vec::new());
        let mut add = |job: Job, home: Option<u32>, missed: bool| {
            let places = (places.number(job.first()), places.number(job.last()));
            movable.push(Movable {
                job,
                home,
                places,
                missed,
                bound: f64::INFINITY,
            });
            movable.len() - 1
        };
        for (robot, schedule) in self.schedules.iter().enumerate() {
            let missed: Vec<u32> = schedule.missed().collect();
            let mut add = |job: Job| {
                let late = missed.contains(&job.key());
                add(job, Some(robot as u32), late)
            };
            given.push(schedule.jobs().into_iter().map(&mut add).collect());
        }
        for job in &self.waiting {
            add(job.clone(), None, false);
        }
        (movable, given)
    }

    fn robot(&self, number: usize, frozen: &Frozen, start: u32, clock: Clock) -> Robot {
        let schedule = self.schedules[number];
        let mut robot = Robot::new(start);
        robot.stops = (self.room)(number);
        robot.shift.0 = clock.seconds(frozen.at);
        (robot.capacity, robot.aboard) = (schedule.capacity(), frozen.load);
        robot.speed = schedule.speed();
        if let Some(battery) = schedule.battery() {
            let draw = Rate {
                metre: battery.energy(1.0, 0.0),
                second: battery.energy(0.0, 1.0),
            };
            let before = (frozen.at - schedule.start().at.as_micros()) as f64 / 1e6;
            robot.draw = draw;
            robot.charge = (battery.usable() - battery.energy(frozen.metres, before)).max(0.0);
            robot.cost = Rate {
                metre: self.objective.energy * draw.metre,
                second: self.objective.energy * draw.second,
            };
        }
        robot
    }

    /// The schedules with these routes; `None` if they are no better.
    fn schedules_by<T: Travel + ?Sized>(
        &self,
        movable: &[Movable],
        routes: &Routes,
        travel: &mut T,
    ) -> Option<Vec<Schedule>> {
        let mut schedules = Vec::with_capacity(routes.len());
        for (schedule, route) in self.schedules.iter().zip(routes) {
            let jobs: Vec<&Job> = route.iter().map(|task| &movable[*task].job).collect();
            let new = schedule.rebuilt(&jobs, travel)?;
            // Times are rounded to microseconds there, and not here: what was just in time may be just late.
            let spoilt = new.missed().any(|key| schedule.missed().all(|old| old != key));
            if spoilt || (new.overdrawn() && !schedule.overdrawn()) {
                return None;
            }
            schedules.push(new);
        }
        let planned = |task: &usize| routes.iter().any(|route| route.contains(task));
        let moved = (0..movable.len()).filter(|task| {
            let home = movable[*task].home;
            home.is_some_and(|home| !routes[home as usize].contains(task))
        });
        let worth = |task: usize| self.objective.worth(movable[task].job.weight());
        let left = |routed: &dyn Fn(&usize) -> bool| -> f64 {
            (0..movable.len()).filter(|task| !routed(task)).map(worth).sum()
        };
        let had = |task: &usize| movable[*task].home.is_some();
        let before = total(&self.schedules) + left(&had);
        let new: Vec<&Schedule> = schedules.iter().collect();
        let after = total(&new) + left(&planned) + self.stay * moved.count() as f64;
        (after < before - 1e-9 * before.abs()).then_some(schedules)
    }
}

/// What schedules cost together, with the longest of them.
fn total(schedules: &[&Schedule]) -> f64 {
    let terms = schedules.iter().map(|schedule| schedule.terms());
    let (sum, longest) = terms.fold((0.0, 0.0_f64), |(sum, longest), terms| {
        (sum + terms.total() - terms.makespan, longest.max(terms.makespan))
    });
    sum + longest
}

/// One class of urgency, and all that is more urgent.
struct Tier<'a> {
    cluster: &'a Cluster<'a>,
    movable: &'a [Movable],
    urgency: Urgency,
    clock: Clock,
}

impl Tier<'_> {
    /// Better routes than `routes`, which have what is more urgent, and as `given` what is of this class; and the rounds.
    fn search(
        &self,
        ways: &Ways,
        robots: &[Robot],
        routes: &Routes,
        given: &Routes,
        spent: &mut dyn FnMut(u64) -> f64,
    ) -> Option<(Routes, u64)> {
        // What is more urgent and found no place by itself does not wait for what is less urgent to make one.
        let mut of_tier: Vec<bool> = self
            .movable
            .iter()
            .map(|task| task.job.urgency() == self.urgency)
            .collect();
        routes.iter().flatten().for_each(|task| of_tier[*task] = true);
        let of_tier = |task: &usize| of_tier[*task];
        let tasks: Vec<usize> = (0..self.movable.len()).filter(&of_tier).collect();
        let mut number = vec![u32::MAX; self.movable.len()];
        for (k, task) in tasks.iter().enumerate() {
            number[*task] = k as u32;
        }
        let specs = tasks.iter().map(|task| self.task(*task, robots.len())).collect();
        let weights = Weights {
            travel: self.cluster.objective.travel,
            work: 0.0,
            makespan: self.cluster.objective.makespan,
        };
        let model = Model::new(ways.clone(), robots.to_vec(), specs, weights).ok()?;
        let plan = |routes: &Routes| Solution {
            routes: routes
                .iter()
                .map(|route| route.iter().map(|task| (number[*task], 0)).collect())
                .collect(),
            ..Solution::default()
        };
        // Where what is more urgent stayed as it was, the rest stays in its place too.
        let merged = routes.iter().zip(given).map(|(route, given)| {
            let more_urgent = |task: &&usize| self.movable[**task].job.urgency() > self.urgency;
            if given.iter().filter(more_urgent).eq(route) {
                given.iter().copied().filter(&of_tier).collect()
            } else {
                route.clone()
            }
        });
        let merged: Routes = merged.collect();
        let seed = self.cluster.seed;
        let resumed = Search::resume(&model, seed, &plan(&merged));
        let mut search = resumed
            .or_else(|_| Search::resume(&model, seed, &plan(routes)))
            .ok()?;
        if self.cluster.warm {
            search = search.with_heat(0.1, 0.01);
        }
        search.run(spent);
        let best = search.best();
        let found = best
            .routes
            .iter()
            .map(|route| route.iter().map(|visit| tasks[visit.0 as usize]).collect());
        Some((found.collect(), search.rounds()))
    }

    fn task(&self, number: usize, robots: usize) -> Task {
        let Movable {
            job,
            home,
            places,
            missed,
            bound,
        } = &self.movable[number];
        let objective = self.cluster.objective;
        let mut stop = Stop::new(places.0);
        stop.place.1 = places.1;
        stop.metres = job.metres.0;
        stop.service = vec![job.stops.iter().map(|stop| stop.service as f64 / 1e6).sum()];
        if job.release > Micros::MIN {
            stop.windows = vec![(self.clock.seconds(job.release), f64::INFINITY)];
        }
        let deadline = self.clock.seconds(job.deadline);
        stop.finish = if *missed { *bound } else { deadline.min(*bound) };
        (stop.load, stop.peak, stop.dip) = (job.load, job.peak, job.dip);
        let mut task = Task::new(vec![stop]);
        task.prize = objective.worth(job.weight());
        let able = |robot: &u32| (self.cluster.able)(*robot as usize, job.key());
        if !(0..robots as u32).all(|robot| able(&robot)) {
            task.robots = Some((0..robots as u32).filter(able).collect());
        }
        task.home = home
            .filter(|_| self.cluster.stay > 0.0)
            .map(|home| (home, self.cluster.stay));
        task.fixed = job.urgency() > self.urgency;
        (task.since, task.due) = (self.clock.seconds(job.since), self.clock.seconds(job.due));
        task.waiting = objective.waiting(job.weight(), job.haste.0);
        task.lateness = objective.tardiness * job.weight();
        task
    }

    /// By when each task of this class has to end from now on: by when it is due, or as now if it is late or has no due time.
    fn bounds(&self, ways: &Ways, robots: &[Robot], routes: &Routes) -> Vec<(usize, f64)> {
        let mut bounds = Vec::new();
        for (robot, route) in robots.iter().zip(routes) {
            let (mut place, mut free) = (robot.start, robot.shift.0);
            for task in route {
                let Movable { job, places, .. } = &self.movable[*task];
                let service: f64 = job.stops.iter().map(|stop| stop.service as f64 / 1e6).sum();
                let arrive = free + ways.length(place, places.0) / robot.speed;
                free = arrive.max(self.clock.seconds(job.release)) + service + job.metres.0 / robot.speed;
                place = places.1;
                if job.urgency() == self.urgency {
                    let due = self.clock.seconds(job.due);
                    let bound = if due.is_finite() { due.max(free) } else { free };
                    bounds.push((*task, bound));
                }
            }
        }
        bounds
    }
}

/// Places by number.
#[derive(Default)]
struct Places {
    known: BTreeMap<Place, u32>,
    all: Vec<Place>,
}

impl Places {
    fn number(&mut self, place: Place) -> u32 {
        let next = self.all.len() as u32;
        let number = *self.known.entry(place).or_insert(next);
        if number == next {
            self.all.push(place);
        }
        number
    }

    fn ways<T: Travel + ?Sized>(&self, travel: &mut T) -> Option<Ways> {
        let mut lengths = Vec::with_capacity(self.all.len() * self.all.len());
        for from in &self.all {
            travel.prepare(*from);
            let to = self.all.iter();
            lengths.extend(to.map(|to| way(travel, *from, *to).unwrap_or(f64::INFINITY)));
        }
        Ways::new(self.all.len(), lengths).ok()
    }
}
