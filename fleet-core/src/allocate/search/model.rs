//! A problem in flat arrays.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::charge::Charger;
use super::links::Links;
use super::route::TOLERANCE;
use super::spec::{Rate, Robot, Stop, Task, Weights, check_charger, check_robot, check_task};
use super::ways::Ways;
use crate::invalid::{Invalid, Problem};
use crate::load::Load;

/// No place, no stop.
pub(super) const NONE: u32 = u32::MAX;
/// So many of the nearest stops of each stop are known.
const NEAR: usize = 100;

/// A stop, without what depends on the robot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flat {
    pub(super) at: u32,
    pub(super) leave: u32,
    pub(super) task: u32,
    pub(super) metres: f64,
    pub(super) open: f64,
    pub(super) close: f64,
    /// Which of the windows, if there are several.
    pub(super) windows: (u32, u32),
    pub(super) finish: f64,
    pub(super) load: Load,
    pub(super) peak: Load,
    pub(super) dip: Load,
}

/// What is known of a task besides its stops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) first: u32,
    /// Its second stop, if it is a pair.
    pub(super) second: u32,
    pub(super) prize: f64,
    pub(super) needs: u64,
    pub(super) home: u32,
    /// What it costs to leave it.
    pub(super) leave: f64,
    pub(super) fixed: bool,
    pub(super) since: f64,
    pub(super) waiting: f64,
    pub(super) due: f64,
    pub(super) lateness: f64,
}

/// A problem in flat arrays: places, robots and tasks by number.
#[derive(Clone, Debug)]
pub struct Model {
    pub(super) ways: Ways,
    pub(super) weights: Weights,
    pub(super) robots: Vec<Robot>,
    pub(super) chargers: Vec<Charger>,
    /// What a metre and a second of each costs in all.
    pub(super) rates: Vec<Rate>,
    /// The least that a metre costs.
    pub(super) least_rate: f64,
    /// Robots that are alike have the same.
    pub(super) kind: Vec<u32>,
    pub(super) kinds: usize,
    /// Robots that are as fast, on the way and at work, have the same.
    pub(super) manner: Vec<u32>,
    pub(super) stops: Vec<Flat>,
    pub(super) windows: Vec<(f64, f64)>,
    pub(super) links: Links,
    /// For each task a bit for each robot that may do it, in so many words; none if all may do all.
    pub(super) able: Vec<u64>,
    pub(super) able_words: usize,
    /// By pace, then by stop.
    pub(super) service: Vec<f64>,
    pub(super) tasks: Vec<Terms>,
    /// The nearest stops of other tasks, so many for each stop.
    pub(super) near: Vec<u32>,
    pub(super) near_width: usize,
    /// Whether time costs anything.
    pub(super) timed: bool,
    /// Whether there is more aboard at some time than is loaded in all.
    pub(super) mixed: bool,
    /// Whether anything is put down that its task did not pick up.
    pub(super) draws: bool,
}

pub(super) fn wrong(field: impl Into<String>, what: &'static str) -> Invalid {
    Invalid::new(field, Problem::Other(what))
}

fn named(list: &str, k: usize, field: &str) -> String {
    alloc::format!("{list}[{k}].{field}")
}

impl Model {
    /// A problem.
    ///
    /// # Errors
    /// If a place, a time or a number is out of range, or there are too many of anything.
    pub fn new(ways: Ways, robots: Vec<Robot>, tasks: Vec<Task>, weights: Weights) -> Result<Self, Invalid> {
        let paces = robots.iter().map(|robot| robot.pace + 1).max().unwrap_or(1);
        for (k, robot) in robots.iter().enumerate() {
            check_robot(&ways, robot).map_err(|(field, what)| wrong(named("robots", k, field), what))?;
        }
        for (k, task) in tasks.iter().enumerate() {
            check_task(&ways, task, paces, (robots.len(), tasks.len()))
                .map_err(|(field, what)| wrong(named("tasks", k, field), what))?;
        }
        let terms = [weights.travel, weights.work, weights.makespan];
        if terms.iter().any(|weight| !weight.is_finite() || *weight < 0.0) {
            return Err(wrong("weights", "must be finite and not negative"));
        }
        let mut model = Model {
            ways,
            weights,
            kind: Vec::new(),
            kinds: 0,
            manner: Vec::new(),
            rates: robots.iter().map(|robot| total_rate(robot, &weights)).collect(),
            least_rate: 0.0,
            robots,
            chargers: Vec::new(),
            stops: Vec::new(),
            windows: Vec::new(),
            links: Links::new(&tasks)?,
            able: Vec::new(),
            able_words: 0,
            service: Vec::new(),
            tasks: Vec::new(),
            near: Vec::new(),
            near_width: 0,
            timed: weights.makespan > 0.0,
            mixed: false,
            draws: false,
        };
        let rates = model.rates.iter().map(|rate| rate.metre);
        model.least_rate = rates.fold(f64::INFINITY, f64::min);
        let by_time = |robot: &Robot| robot.cost.second > 0.0 || robot.draw.second > 0.0;
        model.timed |= model.robots.iter().any(by_time);
        model.tell_kinds(&tasks);
        model.tell_able(&tasks);
        tasks.iter().for_each(|task| model.add(task));
        model.fix_what_others_need();
        for pace in 0..paces {
            let stops = tasks.iter().flat_map(|task| &task.stops);
            let own = |stop: &Stop| stop.service.get(pace).or(stop.service.last()).copied();
            model.service.extend(stops.map(|stop| own(stop).unwrap_or(0.0)));
        }
        model.find_near();
        Ok(model)
    }

    /// It with places where robots charge on the way, if their charge does not last for the route.
    ///
    /// # Errors
    /// If one is at no place, or has no dock or no power.
    pub fn with_chargers(mut self, chargers: Vec<Charger>) -> Result<Self, Invalid> {
        for (k, charger) in chargers.iter().enumerate() {
            check_charger(&self.ways, charger)
                .map_err(|(field, what)| wrong(named("chargers", k, field), what))?;
        }
        self.chargers = chargers;
        Ok(self)
    }

    fn tell_kinds(&mut self, tasks: &[Task]) {
        // Where a task tells robots by number, no two are alike.
        let by_number = tasks
            .iter()
            .any(|task| task.robots.is_some() || task.home.is_some() || task.team.is_some());
        (self.kind, self.kinds) = classes(&self.robots, |a, b| !by_number && a == b);
        (self.manner, _) = classes(&self.robots, |a, b| (a.speed, a.pace) == (b.speed, b.pace));
    }

    fn add(&mut self, task: &Task) {
        let (number, first) = (self.tasks.len() as u32, self.stops.len() as u32);
        self.tasks.push(Terms {
            first,
            second: if task.stops.len() == 2 { first + 1 } else { NONE },
            prize: task.prize,
            needs: task.needs,
            home: task.home.map_or(NONE, |home| home.0),
            leave: task.home.map_or(0.0, |home| home.1),
            fixed: task.fixed,
            since: task.since,
            waiting: task.waiting,
            due: task.due,
            lateness: task.lateness,
        });
        self.timed |= task.waiting > 0.0 || (task.lateness > 0.0 && task.due < f64::INFINITY);
        let mut aboard = Load::ZERO;
        for stop in &task.stops {
            let (peak, dip) = (stop.peak.max(&stop.load), stop.dip.min(&stop.load));
            self.draws |= !Load::ZERO.fits(&(aboard + dip));
            self.mixed |= self.draws || !Load::ZERO.fits(&stop.load) || peak != stop.load;
            aboard = aboard + stop.load;
            let windows = if stop.windows.len() > 1 {
                &stop.windows[..]
            } else {
                &[]
            };
            let from = self.windows.len() as u32;
            self.windows.extend(windows);
            self.stops.push(Flat {
                at: stop.place.0,
                leave: stop.place.1,
                task: number,
                metres: stop.metres,
                open: stop.windows.first().map_or(f64::NEG_INFINITY, |window| window.0),
                close: stop.windows.last().map_or(f64::INFINITY, |window| window.1),
                windows: (from, self.windows.len() as u32),
                finish: stop.finish,
                load: stop.load,
                peak,
                dip,
            });
        }
    }

    /// The windows of a stop, if there are several.
    #[inline]
    pub(super) fn windows(&self, stop: &Flat) -> &[(f64, f64)] {
        &self.windows[stop.windows.0 as usize..stop.windows.1 as usize]
    }

    /// What a task that stays waits for, or begins with, stays too.
    fn fix_what_others_need(&mut self) {
        let mut todo: Vec<u32> = (0..self.tasks.len() as u32)
            .filter(|task| self.tasks[*task as usize].fixed)
            .collect();
        while let Some(task) = todo.pop() {
            let others = self.links.before(task).iter().chain(self.links.team(task));
            for other in others {
                if !core::mem::replace(&mut self.tasks[*other as usize].fixed, true) {
                    todo.push(*other);
                }
            }
        }
    }

    fn tell_able(&mut self, tasks: &[Task]) {
        if tasks.iter().all(|task| task.needs == 0 && task.robots.is_none()) {
            return;
        }
        self.able_words = self.robots.len().div_ceil(64);
        self.able = vec![0; tasks.len() * self.able_words];
        for (task, bits) in tasks.iter().zip(self.able.chunks_mut(self.able_words.max(1))) {
            let able = |robot: u32| task.needs & !self.robots[robot as usize].abilities == 0;
            let mut allow = |robot: u32| bits[robot as usize / 64] |= 1 << (robot % 64);
            match &task.robots {
                Some(robots) => robots
                    .iter()
                    .copied()
                    .filter(|robot| able(*robot))
                    .for_each(&mut allow),
                None => (0..self.robots.len() as u32)
                    .filter(|robot| able(*robot))
                    .for_each(&mut allow),
            }
        }
    }

    pub(super) fn find_near(&mut self) {
        let count = self.stops.len();
        self.near_width = NEAR.min(count.saturating_sub(1));
        if self.near_width == 0 {
            return;
        }
        self.near.reserve(count * self.near_width);
        let mut others: Vec<(f64, u32)> = Vec::with_capacity(count);
        for (k, stop) in self.stops.iter().enumerate() {
            let between = |other: &Flat| {
                let there = self.ways.length(stop.leave, other.at);
                there.min(self.ways.length(other.leave, stop.at))
            };
            others.clear();
            others.extend(
                (0..count)
                    .filter(|other| *other != k)
                    .map(|other| (between(&self.stops[other]), other as u32)),
            );
            let closer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            if self.near_width < others.len() {
                others.select_nth_unstable_by(self.near_width, closer);
                others.truncate(self.near_width);
            }
            others.sort_unstable_by(closer);
            self.near.extend(others.iter().map(|(_, other)| *other));
        }
    }

    /// The stops nearest to this one, the nearest first.
    #[inline]
    pub(super) fn near(&self, stop: u32) -> &[u32] {
        let at = stop as usize * self.near_width;
        &self.near[at..at + self.near_width]
    }

    #[inline]
    pub(super) fn services(&self, robot: usize) -> &[f64] {
        let at = self.robots[robot].pace * self.stops.len();
        &self.service[at..at + self.stops.len()]
    }

    #[inline]
    pub(super) fn is_able(&self, robot: usize, task: u32) -> bool {
        if self.able.is_empty() {
            return true;
        }
        let word = self.able[task as usize * self.able_words + robot / 64];
        word >> (robot % 64) & 1 == 1
    }

    /// What it costs that this robot does the task, and not the one that has it.
    #[inline]
    pub(super) fn leaving(&self, robot: usize, task: u32) -> f64 {
        let terms = &self.tasks[task as usize];
        if terms.home == NONE || terms.home == robot as u32 {
            return 0.0;
        }
        terms.leave
    }

    #[inline]
    pub(super) fn has_chargers(&self) -> bool {
        !self.chargers.is_empty()
    }

    /// How many robots there are.
    pub fn robots(&self) -> usize {
        self.robots.len()
    }

    /// How many tasks there are.
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }
}

/// When work begins on a stop that is open first at `open` and has these windows if several, for who is there at `arrive`.
#[inline]
pub(super) fn begin(open: f64, windows: &[(f64, f64)], arrive: f64) -> f64 {
    let arrive = arrive.max(open);
    if windows.is_empty() {
        return arrive;
    }
    let next = windows.iter().find(|window| arrive <= window.1 + TOLERANCE);
    next.map_or(f64::INFINITY, |window| arrive.max(window.0))
}

/// The latest arrival at a stop that lets work on it begin by `latest`.
#[inline]
pub(super) fn last_arrival(stop: &Flat, windows: &[(f64, f64)], latest: f64) -> f64 {
    let latest = latest.min(stop.close);
    if latest + TOLERANCE < stop.open {
        return f64::NEG_INFINITY;
    }
    let last = windows.iter().rev().find(|window| window.0 <= latest + TOLERANCE);
    last.map_or(latest, |window| latest.min(window.1))
}

fn total_rate(robot: &Robot, weights: &Weights) -> Rate {
    Rate {
        metre: robot.cost.metre + weights.travel,
        second: robot.cost.second,
    }
}

/// The class of each robot, from 0, and how many there are.
fn classes(robots: &[Robot], alike: impl Fn(&Robot, &Robot) -> bool) -> (Vec<u32>, usize) {
    let mut first: Vec<&Robot> = Vec::new();
    let mut class = Vec::new();
    for robot in robots {
        let known = first.iter().position(|other| alike(other, robot));
        class.push(known.unwrap_or(first.len()) as u32);
        if known.is_none() {
            first.push(robot);
        }
    }
    (class, first.len())
}
