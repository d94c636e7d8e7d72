//! What a simulation runs: a floor, robots, tasks and what goes wrong.
//!
//! Times are counted from the start of the run; the [`UtcTime`](fleet_core::UtcTime)s in the tasks are seconds
//! from 0, the start.

mod bundled;
mod check;
mod deployment;
mod draw;
mod faults;
mod floor;
pub(crate) mod generate;
mod links;
mod regions;
mod toml;
mod wrong;

use std::time::Duration;

use fleet_core::{Point, Robot, RobotId, Task, TaskId};

use crate::readers::{Origin, ReadError};

pub use bundled::Bundled;
pub use deployment::Deployment;
pub use faults::{Breakdown, Network, Partition};
pub use floor::Floor;
pub use generate::TaskKind;
pub use links::{TOPOLOGIES, fading_name, topology_name};

pub(crate) use check::check_tasks;
pub(crate) use draw::{Area, generator};
pub(crate) use regions::Regions;
pub(crate) use toml::read as read_toml;
pub(crate) use wrong::Wrong;

/// All that a run needs to know. The same scenario and seed give the same run.
#[derive(Clone, PartialEq, Debug)]
pub struct Scenario {
    /// For headings.
    pub name: String,
    /// Where robots move.
    pub floor: Floor,
    /// The fleet; never empty.
    pub robots: Vec<NamedRobot>,
    /// Where robots charge.
    pub chargers: Vec<Point>,
    /// What has to be done, in the order of submission. Every task can be done by a robot that has what it needs and
    /// can reach it; whether there is time for it is for the run to show.
    pub tasks: Vec<TimedTask>,
    /// When tasks become known.
    pub reveal: Reveal,
    /// When the run ends at the latest; without it, when all tasks are finished.
    pub duration: Option<Duration>,
    /// Where the witnesses are.
    pub deployment: Deployment,
    /// What messages suffer.
    pub network: Network,
    /// When robots are cut off.
    pub partitions: Vec<Partition>,
    /// When robots fail.
    pub breakdowns: Vec<Breakdown>,
    /// From which the robots' places and the tasks were drawn, and the run is to be.
    pub seed: u64,
    /// What the file asks of the library; the command line may say otherwise.
    pub settings: Settings,
    /// What the reader of the file wants its user to know, for example which keys it ignored.
    pub notes: Vec<String>,
}

/// A robot and its name in files and reports.
#[derive(Clone, PartialEq, Debug)]
pub struct NamedRobot {
    /// Unique in the scenario.
    pub name: String,
    /// The robot at the start of the run.
    pub robot: Robot,
}

/// A task and when it becomes known.
#[derive(Clone, PartialEq, Debug)]
pub struct TimedTask {
    /// When it is submitted, from the start of the run. Zero in a pool.
    pub at: Duration,
    /// The task.
    pub task: Task,
    /// Unique in the scenario.
    pub name: String,
}

/// When tasks become known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reveal {
    /// Each at its time.
    Timed,
    /// In order, so that `size` tasks are known and unfinished as long as there are that many.
    Pool {
        /// At least 1.
        size: usize,
    },
}

/// What a scenario file asks of the library.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Settings {
    /// Who decides: a name that the simulator knows.
    pub strategy: Option<Setting>,
    /// Which solver allocates.
    pub allocator: Option<Setting>,
    /// How urgency grows.
    pub urgency: Option<Setting>,
    /// Names of the terms of the objective, and their weights (zero or more).
    pub objective: Vec<(Setting, f64)>,
}

/// A word of a scenario file that only the simulator can judge.
#[derive(Clone, PartialEq, Debug)]
pub struct Setting {
    /// The word.
    pub value: String,
    /// Where it is written.
    pub origin: Origin,
}

impl Setting {
    /// The error that says where the word is written.
    pub fn wrong(&self, message: impl std::fmt::Display) -> ReadError {
        self.origin.clone().wrong(message)
    }
}

impl Scenario {
    /// The warehouse that the simulator runs when it is given nothing else: 50 robots, 500 tasks, faults.
    pub fn bundled(seed: u64) -> Scenario {
        Bundled::Warehouse.read(Some(seed))
    }

    /// These robots and tasks, all known from the start, while nothing goes wrong.
    pub(crate) fn calm(name: &str, floor: Floor, robots: Vec<NamedRobot>, tasks: Vec<TimedTask>) -> Self {
        Scenario {
            name: name.to_owned(),
            floor,
            robots,
            chargers: Vec::new(),
            tasks,
            reveal: Reveal::Timed,
            duration: None,
            deployment: Deployment::default(),
            network: Network::default(),
            partitions: Vec::new(),
            breakdowns: Vec::new(),
            seed: 0,
            settings: Settings::default(),
            notes: Vec::new(),
        }
    }

    /// The name of a robot.
    pub fn robot_name(&self, id: RobotId) -> Option<&str> {
        let found = self.robots.iter().find(|named| named.robot.id() == id);
        found.map(|named| named.name.as_str())
    }

    /// The name of a task.
    pub fn task_name(&self, id: TaskId) -> Option<&str> {
        let found = self.tasks.iter().find(|timed| timed.task.id() == id);
        found.map(|timed| timed.name.as_str())
    }
}
