//! A fleet, its tasks and its mishaps, from one number.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::clock::Clock;
use super::mishap::{Command, Mishap};
use super::network::{Faults, Partition, Spike, Topology};
use super::setup::{Arrivals, Breakdown, Setup};
use crate::config::Config;
use crate::ids::NodeId;
use crate::regime::Strategy;
use crate::robot::Robot;
use crate::task::Task;
use crate::time::Time;
use crate::travel::Euclidean;

/// How large a storm is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scale {
    /// Robots.
    pub robots: u32,
    /// Witnesses.
    pub witnesses: u32,
    /// Tasks.
    pub tasks: u32,
    /// Teams of two or three among the tasks.
    pub teams: u32,
    /// Whether the witnesses are robots, or nodes of their own.
    pub among_robots: bool,
    /// Who decides who should do what. Where it is not one coordinator, the network also has a shape, and links that fade.
    pub strategy: Strategy,
}

impl Scale {
    /// Eight robots, three witnesses, thirty tasks.
    pub const SMALL: Scale = Scale {
        robots: 8,
        witnesses: 3,
        tasks: 30,
        teams: 0,
        among_robots: false,
        strategy: Strategy::Centralized,
    };

    /// Fifty robots, three witnesses, two hundred tasks.
    pub const LARGE: Scale = Scale {
        robots: 50,
        witnesses: 3,
        tasks: 200,
        teams: 0,
        among_robots: false,
        strategy: Strategy::Centralized,
    };
}

/// No mishap begins later than this, in seconds.
pub(super) const LAST: f64 = 60.0;
/// By when what can be mended is mended.
pub(super) const MENDED: f64 = 90.0;
/// From when nothing is broken or cut off any more, and the network is good.
pub(super) const CALM: f64 = 110.0;

/// Everything about one run. Faults are drawn half evenly from their ranges, half at the ends of them.
#[derive(Clone, Debug)]
pub struct Storm {
    /// The number that it was drawn from.
    pub seed: u64,
    /// Its size.
    pub scale: Scale,
    /// The settings of all nodes.
    pub config: Config,
    /// The robots.
    pub robots: Vec<Robot>,
    /// The tasks, and when they come.
    pub tasks: Vec<(Duration, Task)>,
    /// The network until the calm.
    pub faults: Faults,
    /// Who hears whom.
    pub topology: Topology,
    /// When it is split.
    pub partitions: Vec<Partition>,
    /// When it is slow.
    pub spikes: Vec<Spike>,
    /// Robots that break down.
    pub breakdowns: Vec<Breakdown>,
    /// What else happens to nodes.
    pub mishaps: Vec<Mishap>,
    /// What people order.
    pub commands: Vec<Command>,
    /// Clocks that are wrong.
    pub clocks: BTreeMap<NodeId, Clock>,
}

impl Storm {
    /// From when nothing is broken or cut off any more, and the network is good.
    pub fn calm(&self) -> Time {
        Time::from_secs(CALM as u64)
    }

    /// By when every task has ended: all of them one after the other, on the one robot that is left.
    pub fn end(&self) -> Time {
        self.calm() + Duration::from_secs(100 + 90 * u64::from(self.scale.tasks))
    }

    /// The simulation.
    pub fn setup(&self) -> Setup {
        let mut setup = Setup::new(
            self.config.clone(),
            Box::new(Euclidean),
            self.robots.clone(),
            Arrivals::Timed(self.tasks.clone()),
        );
        setup.faults = self.faults;
        setup.topology = self.topology.clone();
        setup.partitions = self.partitions.clone();
        setup.spikes = self.spikes.clone();
        setup.breakdowns = self.breakdowns.clone();
        setup.mishaps = self.mishaps.clone();
        setup.commands = self.commands.clone();
        setup.clocks = self.clocks.clone();
        setup.charging_time = Duration::from_secs(60);
        setup.seed = self.seed;
        setup
    }

    pub(super) fn nodes(&self) -> Vec<NodeId> {
        let robots = self.robots.iter().map(|robot| robot.id().node());
        let all: BTreeSet<NodeId> = self.config.witnesses.iter().copied().chain(robots).collect();
        all.into_iter().collect()
    }
}
