//! Robots and tasks by number, and what is wrong with them.

use alloc::vec;
use alloc::vec::Vec;

use super::charge::Charger;
use super::ways::Ways;
use crate::load::Load;

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
    /// How many stops its route may have.
    pub stops: usize,
    /// What it can carry.
    pub capacity: Load,
    /// What it carries at the start.
    pub aboard: Load,
    /// Metres a second.
    pub speed: f64,
    /// What it draws from its battery, in joules or what else `charge` is in.
    pub draw: Rate,
    /// What its route may draw, unless there are [chargers](super::Charger): then what it may draw before it charges.
    pub charge: f64,
    /// What it may draw after it has charged in full.
    pub full: f64,
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
            stops: usize::MAX,
            capacity: Load::ZERO,
            aboard: Load::ZERO,
            speed: 1.0,
            draw: Rate::ZERO,
            charge: f64::INFINITY,
            full: f64::INFINITY,
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
    /// What is aboard meanwhile, less than before, at least: negative, or zero. What is put down must have been aboard.
    pub dip: Load,
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
            dip: Load::ZERO,
        }
    }
}

/// A task: one stop, or a pickup and then a delivery with anything between.
#[derive(Clone, PartialEq, Debug)]
pub struct Task {
    /// Its stops, one or two.
    pub stops: Vec<Stop>,
    /// What it costs to leave it out. Who plans tells [why](super::Model::reasons).
    pub prize: f64,
    /// The bits of the abilities that it needs.
    pub needs: u64,
    /// The only robots that may do it, by number; `None` for all that are able.
    pub robots: Option<Vec<u32>>,
    /// The robot that has it, and what it costs to give it to another one.
    pub home: Option<(u32, f64)>,
    /// Whether it stays in the route that it is in.
    pub fixed: bool,
    /// Tasks, by number, that have to end before it begins, whichever robots do them. It is left out with any of them.
    pub after: Vec<u32>,
    /// All tasks of one team, by a number of your choice, begin at the same moment and are done by as many robots, or left
    /// out together.
    pub team: Option<u32>,
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
            after: Vec::new(),
            team: None,
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
/// A field, and what it must be.
pub(super) type Wrong = (&'static str, &'static str);

pub(super) fn check_robot(ways: &Ways, robot: &Robot) -> Result<(), Wrong> {
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
        (robot.full >= 0.0, "full", "must not be negative"),
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

pub(super) fn check_task(
    ways: &Ways,
    task: &Task,
    paces: usize,
    (robots, tasks): (usize, usize),
) -> Result<(), Wrong> {
    let known = |place: u32| (place as usize) < ways.places;
    let service = |stop: &Stop| {
        let numbers = stop.service.iter().all(|time| time.is_finite() && *time >= 0.0);
        numbers && (stop.service.len() == 1 || stop.service.len() >= paces)
    };
    let stops = &task.stops;
    let rules = [
        ((1..=2).contains(&stops.len()), "stops", "must be one or two"),
        (
            stops.len() != 2
                || (Load::ZERO.fits(&stops[0].load) && stops[0].load + stops[1].load == Load::ZERO),
            "stops.load",
            "must be put down as it was picked up before",
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
            task.after.iter().all(|other| (*other as usize) < tasks),
            "after",
            "must be tasks",
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

pub(super) fn check_charger(ways: &Ways, charger: &Charger) -> Result<(), Wrong> {
    let rules = [
        ((charger.place as usize) < ways.places, "place", "must be a place"),
        (charger.docks > 0, "docks", "must be at least one"),
        (
            charger.power.is_finite() && charger.power > 0.0,
            "power",
            "must be above zero",
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
