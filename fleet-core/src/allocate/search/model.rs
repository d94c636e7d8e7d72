//! A problem in flat arrays.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::invalid::{Invalid, Problem};
use crate::load::Load;

use super::route::TOLERANCE;

/// No place, no stop.
pub(super) const NONE: u32 = u32::MAX;
/// So many of the nearest stops of each stop are known.
const NEAR: usize = 100;

/// Lengths of the ways between numbered places, in metres.
#[derive(Clone, Debug)]
pub struct Ways {
    places: usize,
    /// From the first to all, from the second to all, ...
    from: Vec<f64>,
    /// To the first from all, ...; empty if that is the same.
    to: Vec<f64>,
}

impl Ways {
    /// `lengths[a * places + b]` from `a` to `b`.
    ///
    /// # Errors
    /// If there are not `places` squared lengths, or one is negative or no number. No way is `f64::INFINITY`.
    pub fn new(places: usize, lengths: Vec<f64>) -> Result<Self, Invalid> {
        if lengths.len() != places * places {
            return Err(wrong("ways", "must be as many as places squared"));
        }
        if lengths.iter().any(|length| length.is_nan() || *length < 0.0) {
            return Err(wrong("ways", "must not be negative, or no number"));
        }
        let turned = || (0..places).flat_map(|b| (0..places).map(move |a| (a, b)));
        let symmetric = turned().all(|(a, b)| lengths[a * places + b] == lengths[b * places + a]);
        let to = if symmetric {
            Vec::new()
        } else {
            turned().map(|(a, b)| lengths[a * places + b]).collect()
        };
        Ok(Ways {
            places,
            from: lengths,
            to,
        })
    }

    /// Straight lines between points.
    pub fn straight(points: &[(f64, f64)]) -> Self {
        let far = |a: &(f64, f64), b: &(f64, f64)| {
            let (x, y) = (a.0 - b.0, a.1 - b.1);
            libm::sqrt(x * x + y * y)
        };
        let from = points
            .iter()
            .flat_map(|a| points.iter().map(move |b| far(a, b)))
            .collect();
        Ways {
            places: points.len(),
            from,
            to: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn length(&self, a: u32, b: u32) -> f64 {
        self.from[a as usize * self.places + b as usize]
    }

    /// From `a` to each place.
    #[inline]
    pub(super) fn from(&self, a: u32) -> &[f64] {
        let at = a as usize * self.places;
        &self.from[at..at + self.places]
    }

    /// To `b` from each place.
    #[inline]
    pub(super) fn to(&self, b: u32) -> &[f64] {
        if self.to.is_empty() {
            return self.from(b);
        }
        let at = b as usize * self.places;
        &self.to[at..at + self.places]
    }
}

/// An amount for each metre of a route, and one for each second of it.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Rate {
    /// For a metre.
    pub metre: f64,
    /// For a second, driving or not.
    pub second: f64,
}

impl Rate {
    /// Nothing.
    pub const ZERO: Rate = Rate {
        metre: 0.0,
        second: 0.0,
    };

    /// So many metres in so many seconds.
    #[inline]
    pub(super) fn of(&self, metres: f64, seconds: f64) -> f64 {
        self.metre * metres + self.second * seconds
    }

    fn is_valid(&self) -> bool {
        [self.metre, self.second]
            .iter()
            .all(|amount| amount.is_finite() && *amount >= 0.0)
    }
}

/// A robot, as far as its route is concerned.
#[derive(Clone, PartialEq, Debug)]
pub struct Robot {
    /// Where its route begins.
    pub start: u32,
    /// Where it ends; `None` for wherever its last stop is.
    pub end: Option<u32>,
    /// Its shift: when it is free, and by when it has to be at its end, in seconds.
    pub shift: (f64, f64),
    /// What it can carry.
    pub capacity: Load,
    /// What it carries at the start.
    pub aboard: Load,
    /// Metres a second.
    pub speed: f64,
    /// What it draws from its battery, in joules or what else `charge` is in.
    pub draw: Rate,
    /// What its route may draw.
    pub charge: f64,
    /// What its own metres and seconds cost, beside the [weights](Weights).
    pub cost: Rate,
    /// What it costs to use it at all.
    pub fixed: f64,
    /// Which of the service times of a stop are its own.
    pub pace: usize,
    /// What it can do: a task needs all bits of its own `needs`.
    pub abilities: u64,
}

impl Robot {
    /// One that is at `start`, free from 0 on, one metre a second fast, and without limits.
    pub const fn new(start: u32) -> Self {
        Robot {
            start,
            end: None,
            shift: (0.0, f64::INFINITY),
            capacity: Load::ZERO,
            aboard: Load::ZERO,
            speed: 1.0,
            draw: Rate::ZERO,
            charge: f64::INFINITY,
            cost: Rate::ZERO,
            fixed: 0.0,
            pace: 0,
            abilities: 0,
        }
    }
}

/// A stop of a task.
#[derive(Clone, PartialEq, Debug)]
pub struct Stop {
    /// Where work on it begins, and where it ends.
    pub place: (u32, u32),
    /// Metres driven during it.
    pub metres: f64,
    /// Seconds that it takes, for robots of each [pace](Robot::pace).
    pub service: Vec<f64>,
    /// When work on it may begin: from one time to another, in seconds, in any of these; the earlier ones first, and
    /// apart from each other. At any time if there are none.
    pub windows: Vec<(f64, f64)>,
    /// When it must have ended, in seconds.
    pub finish: f64,
    /// What is loaded; negative if it is put down.
    pub load: Load,
    /// What is aboard meanwhile, more than before, at most; at least the load.
    pub peak: Load,
}

impl Stop {
    /// One that takes no time and may be at any time.
    pub fn new(place: u32) -> Self {
        Stop {
            place: (place, place),
            metres: 0.0,
            service: vec![0.0],
            windows: Vec::new(),
            finish: f64::INFINITY,
            load: Load::ZERO,
            peak: Load::ZERO,
        }
    }
}

/// A task: one stop, or a pickup and then a delivery with anything between.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// Its stops, one or two.
    pub stops: Vec<Stop>,
    /// What it costs to leave it out.
    pub prize: f64,
    /// The bits of the abilities that it needs.
    pub needs: u64,
    /// The only robots that may do it, by number; `None` for all that are able.
    pub robots: Option<Vec<u32>>,
    /// The robot that has it, and what it costs to give it to another one.
    pub home: Option<(u32, f64)>,
    /// Whether it stays in the route that it is in.
    pub fixed: bool,
    /// Seconds: what its end is counted from where waiting costs.
    pub since: f64,
    /// What a second from `since` to its end costs.
    pub waiting: f64,
    /// Seconds: when it should end; later is late.
    pub due: f64,
    /// What a second from `due` to its end costs.
    pub lateness: f64,
}

impl Task {
    /// One that has to be done, by anybody, at any time.
    pub const fn new(stops: Vec<Stop>) -> Self {
        Task {
            stops,
            prize: 1e9,
            needs: 0,
            robots: None,
            home: None,
            fixed: false,
            since: 0.0,
            waiting: 0.0,
            due: f64::INFINITY,
            lateness: 0.0,
        }
    }
}

/// What all routes cost, beside what is said of each [robot](Robot) and [task](Task).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Weights {
    /// A metre.
    pub travel: f64,
    /// A second of service.
    pub work: f64,
    /// A second until the last route is over, from 0 on.
    pub makespan: f64,
}

impl Weights {
    /// The metres, and nothing else.
    pub const TRAVEL: Weights = Weights {
        travel: 1.0,
        work: 0.0,
        makespan: 0.0,
    };
}

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
    windows: (u32, u32),
    pub(super) finish: f64,
    pub(super) load: Load,
    pub(super) peak: Load,
}

/// What is known of a task besides its stops.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) first: u32,
    /// Its second stop, if it is a pair.
    pub(super) second: u32,
    pub(super) prize: f64,
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
    /// What a metre and a second of each costs in all.
    pub(super) rates: Vec<Rate>,
    /// Robots that are alike have the same.
    pub(super) kind: Vec<u32>,
    pub(super) kinds: usize,
    /// Robots that are as fast, on the way and at work, have the same.
    pub(super) manner: Vec<u32>,
    pub(super) stops: Vec<Flat>,
    windows: Vec<(f64, f64)>,
    /// For each task a bit for each robot that may do it, in so many words; none if all may do all.
    able: Vec<u64>,
    able_words: usize,
    /// By pace, then by stop.
    pub(super) service: Vec<f64>,
    pub(super) tasks: Vec<Terms>,
    /// The nearest stops of other tasks, so many for each stop.
    near: Vec<u32>,
    near_width: usize,
    /// Whether time costs anything.
    pub(super) timed: bool,
    /// Whether there is more aboard at some time than is loaded in all.
    pub(super) mixed: bool,
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
            check_task(&ways, task, paces, robots.len())
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
            robots,
            stops: Vec::new(),
            windows: Vec::new(),
            able: Vec::new(),
            able_words: 0,
            service: Vec::new(),
            tasks: Vec::new(),
            near: Vec::new(),
            near_width: 0,
            timed: weights.makespan > 0.0,
            mixed: false,
        };
        let by_time = |robot: &Robot| robot.cost.second > 0.0 || robot.draw.second > 0.0;
        model.timed |= model.robots.iter().any(by_time);
        model.tell_kinds(&tasks);
        model.tell_able(&tasks);
        tasks.iter().for_each(|task| model.add(task));
        for pace in 0..paces {
            let stops = tasks.iter().flat_map(|task| &task.stops);
            let own = |stop: &Stop| stop.service.get(pace).or(stop.service.last()).copied();
            model.service.extend(stops.map(|stop| own(stop).unwrap_or(0.0)));
        }
        model.find_near();
        Ok(model)
    }

    fn tell_kinds(&mut self, tasks: &[Task]) {
        // Where a task tells robots by number, no two are alike.
        let by_number = tasks
            .iter()
            .any(|task| task.robots.is_some() || task.home.is_some());
        (self.kind, self.kinds) = classes(&self.robots, |a, b| !by_number && a == b);
        (self.manner, _) = classes(&self.robots, |a, b| (a.speed, a.pace) == (b.speed, b.pace));
    }

    fn add(&mut self, task: &Task) {
        let (number, first) = (self.tasks.len() as u32, self.stops.len() as u32);
        self.tasks.push(Terms {
            first,
            second: if task.stops.len() == 2 { first + 1 } else { NONE },
            prize: task.prize,
            home: task.home.map_or(NONE, |home| home.0),
            leave: task.home.map_or(0.0, |home| home.1),
            fixed: task.fixed,
            since: task.since,
            waiting: task.waiting,
            due: task.due,
            lateness: task.lateness,
        });
        self.timed |= task.waiting > 0.0 || (task.lateness > 0.0 && task.due < f64::INFINITY);
        for stop in &task.stops {
            let peak = stop.peak.max(&stop.load);
            self.mixed |= !Load::ZERO.fits(&stop.load) || peak != stop.load;
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
            });
        }
    }

    /// The windows of a stop, if there are several.
    #[inline]
    pub(super) fn windows(&self, stop: &Flat) -> &[(f64, f64)] {
        &self.windows[stop.windows.0 as usize..stop.windows.1 as usize]
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

    fn find_near(&mut self) {
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

type Wrong = (&'static str, &'static str);

fn check_robot(ways: &Ways, robot: &Robot) -> Result<(), Wrong> {
    let known = |place: u32| (place as usize) < ways.places;
    let rules = [
        (known(robot.start), "start", "must be a place"),
        (robot.end.is_none_or(known), "end", "must be a place"),
        (robot.shift.0.is_finite(), "shift", "must begin"),
        (
            robot.shift.1 >= robot.shift.0,
            "shift",
            "must not end before it begins",
        ),
        (
            robot.speed.is_finite() && robot.speed > 0.0,
            "speed",
            "must be above zero",
        ),
        (robot.draw.is_valid(), "draw", "must be finite and not negative"),
        (robot.charge >= 0.0, "charge", "must not be negative"),
        (robot.cost.is_valid(), "cost", "must be finite and not negative"),
        (
            robot.fixed.is_finite() && robot.fixed >= 0.0,
            "fixed",
            "must not be negative",
        ),
        (robot.pace < 4096, "pace", "must be below 4096"),
    ];
    first_wrong(&rules)
}

fn check_task(ways: &Ways, task: &Task, paces: usize, robots: usize) -> Result<(), Wrong> {
    let known = |place: u32| (place as usize) < ways.places;
    let service = |stop: &Stop| {
        let numbers = stop.service.iter().all(|time| time.is_finite() && *time >= 0.0);
        numbers && (stop.service.len() == 1 || stop.service.len() >= paces)
    };
    let stops = &task.stops;
    let rules = [
        ((1..=2).contains(&stops.len()), "stops", "must be one or two"),
        (
            stops.len() != 2 || stops[0].load + stops[1].load == Load::ZERO,
            "stops.load",
            "must be put down as it was picked up",
        ),
        (
            stops
                .iter()
                .all(|stop| known(stop.place.0) && known(stop.place.1)),
            "stops.place",
            "must be places",
        ),
        (
            stops.iter().all(|stop| stop.metres >= 0.0),
            "stops.metres",
            "must not be negative",
        ),
        (
            stops.iter().all(service),
            "stops.service",
            "must be one for each pace, not negative",
        ),
        (
            stops.iter().all(|stop| are_apart(&stop.windows)),
            "stops.windows",
            "must not end before they begin, and be apart, the earlier first",
        ),
        (
            stops.iter().all(|stop| !stop.finish.is_nan()),
            "stops.finish",
            "must be a number",
        ),
        (
            task.prize.is_finite() && task.prize >= 0.0,
            "prize",
            "must not be negative",
        ),
        (task.since.is_finite(), "since", "must be finite"),
        (!task.due.is_nan(), "due", "must be a number"),
        (
            task.waiting.is_finite() && task.waiting >= 0.0,
            "waiting",
            "must not be negative",
        ),
        (
            task.lateness.is_finite() && task.lateness >= 0.0,
            "lateness",
            "must not be negative",
        ),
        (
            task.robots
                .iter()
                .flatten()
                .all(|robot| (*robot as usize) < robots),
            "robots",
            "must be robots",
        ),
        (
            task.home
                .is_none_or(|(robot, cost)| (robot as usize) < robots && cost.is_finite() && cost >= 0.0),
            "home",
            "must be a robot, at a cost that is not negative",
        ),
    ];
    first_wrong(&rules)
}

fn are_apart(windows: &[(f64, f64)]) -> bool {
    let forward = windows.iter().all(|window| window.0 <= window.1);
    forward && windows.windows(2).all(|pair| pair[0].1 < pair[1].0)
}

fn first_wrong(rules: &[(bool, &'static str, &'static str)]) -> Result<(), Wrong> {
    let wrong = rules.iter().find(|(holds, ..)| !holds);
    wrong.map_or(Ok(()), |(_, field, what)| Err((field, what)))
}
