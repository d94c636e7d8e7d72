//! A fleet, its tasks and its mishaps, from one number.

use std::collections::BTreeSet;
use std::time::Duration;

use fleet_core::sim::{Arrivals, Breakdown, Faults, Partition, Setup};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Abilities, Ability, Assurance, BatterySpec, Config, NodeId, Place, Priority, Robot, RobotId, RobotSpec,
    Stop, Task, TaskId, TaskSpec, Time, UtcTime,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

pub(crate) const COORDINATOR: NodeId = NodeId::from_u128(1000);
pub(crate) const ROBOTS: u128 = 6;
pub(crate) const TASKS: u128 = 20;

/// No mishap begins later than this, or lasts longer than half of it.
pub(crate) const MISHAPS: f64 = 90.0;

/// Everything about one run.
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) config: Config,
    pub(crate) robots: Vec<Robot>,
    pub(crate) tasks: Vec<(Duration, Task)>,
    pub(crate) faults: Faults,
    pub(crate) partitions: Vec<Partition>,
    pub(crate) breakdowns: Vec<Breakdown>,
}

struct Random(Xoshiro256PlusPlus);

impl Random {
    fn chance(&mut self, share: f64) -> bool {
        self.0.random::<f64>() < share
    }

    fn below(&mut self, count: u128) -> u128 {
        self.0.random_range(0..count)
    }

    fn between(&mut self, min: f64, max: f64) -> f64 {
        min + (max - min) * self.0.random::<f64>()
    }

    /// Half of the time evenly between two values, half of the time at one of the two.
    fn corner(&mut self, min: f64, max: f64) -> f64 {
        match self.below(4) {
            0 => min,
            1 => max,
            _ => self.between(min, max),
        }
    }

    fn seconds(&mut self, min: f64, max: f64) -> Duration {
        Duration::from_secs_f64(self.corner(min, max))
    }

    fn place(&mut self) -> Place {
        // A coarse raster, so that robots and tasks often are at one place and prices are equal.
        Place::at(self.below(7) as f64 * 5.0, self.below(7) as f64 * 5.0)
    }
}

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(seed));
        let mut config = Config::new(COORDINATOR);
        config.chargers = vec![Place::at(0.0, 0.0), Place::at(30.0, 30.0)];
        Draw {
            seed,
            config,
            robots: (1..=ROBOTS).map(|k| robot(k, &mut random)).collect(),
            tasks: (1..=TASKS).map(|k| task(k, &mut random)).collect(),
            faults: faults(&mut random),
            partitions: (0..random.below(4)).map(|_| partition(&mut random)).collect(),
            breakdowns: (0..random.below(5)).map(|_| breakdown(&mut random)).collect(),
        }
    }

    pub(crate) fn into_setup(self) -> Setup {
        let mut setup = Setup::new(
            self.config,
            Box::new(Euclidean),
            self.robots,
            Arrivals::Timed(self.tasks),
        );
        setup.faults = self.faults;
        setup.partitions = self.partitions;
        setup.breakdowns = self.breakdowns;
        setup.charging_time = Duration::from_secs(60);
        setup.seed = self.seed;
        setup
    }
}

fn faults(random: &mut Random) -> Faults {
    let delay_max = random.corner(0.01, 0.5);
    Faults {
        delay_min: Duration::from_secs_f64(random.corner(0.0, delay_max)),
        delay_max: Duration::from_secs_f64(delay_max),
        loss: random.corner(0.0, 0.5),
        duplicate: random.corner(0.0, 0.5),
        reorder: random.corner(0.0, 0.5),
    }
}

fn ability() -> Abilities {
    [Ability::new("lift").unwrap()].into()
}

/// The first robot can do everything and has no battery: it remains able, whatever happens to the others.
fn robot(k: u128, random: &mut Random) -> Robot {
    let mut spec = RobotSpec::new(RobotId::from_u128(k), random.place());
    spec.speed = random.between(0.5, 3.0);
    if k == 1 || random.chance(0.3) {
        spec.abilities = ability();
    }
    if k > 1 && random.chance(0.3) {
        spec.battery = Some(BatterySpec {
            capacity: 10_000.0,
            level: random.corner(0.1, 1.0),
            reserve: 0.05,
            per_metre: 20.0,
            per_second: 5.0,
        });
    }
    Robot::new(spec).unwrap()
}

fn task(k: u128, random: &mut Random) -> (Duration, Task) {
    let at = random.corner(0.0, MISHAPS);
    let stop = |random: &mut Random| Stop::at(random.place()).lasting(random.seconds(0.0, 10.0));
    let stops = (0..=random.below(3)).map(|_| stop(random)).collect();
    let mut spec = TaskSpec::new(TaskId::from_u128(k), stops);
    spec.priority = Priority::ALL[random.below(4) as usize];
    if random.chance(0.2) {
        spec.needs = ability();
    }
    if random.chance(0.1) {
        spec.release = UtcTime::from_secs_f64(at + random.between(0.0, 40.0));
    }
    if random.chance(0.15) {
        spec.deadline = UtcTime::from_secs_f64(at + random.between(100.0, 200.0));
    }
    if random.chance(0.1) {
        spec.assurance = Assurance::BestEffort;
    }
    if k > 1 && random.chance(0.15) {
        spec.after = vec![TaskId::from_u128(1 + random.below(k - 1))];
    }
    // Submitted in the order of their times, whatever their ids: those that come before their predecessor are refused.
    (Duration::from_secs_f64(at), Task::new(spec).unwrap())
}

fn partition(random: &mut Random) -> Partition {
    let from = random.between(0.0, MISHAPS);
    let cut = random.corner(0.0, 1.0);
    let nodes: BTreeSet<NodeId> = (1..=ROBOTS)
        .filter(|_| random.chance(cut))
        .map(|k| RobotId::from_u128(k).node())
        .collect();
    Partition {
        from: Time::from_micros((from * 1e6) as u64),
        until: Time::from_micros(((from + random.corner(0.5, MISHAPS / 2.0)) * 1e6) as u64),
        nodes,
    }
}

/// Any robot may be repaired; the first one always is.
fn breakdown(random: &mut Random) -> Breakdown {
    let robot = 1 + random.below(ROBOTS);
    let repair = (robot == 1 || random.chance(0.6)).then(|| random.seconds(0.05, MISHAPS / 2.0));
    Breakdown {
        robot: RobotId::from_u128(robot),
        at: Time::from_micros((random.between(0.0, MISHAPS) * 1e6) as u64),
        repair,
    }
}
