use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::clock::Clock;
use super::mishap::{Command, Mishap};
use super::network::{Faults, Partition, Sites, Spike, Topology};
use crate::config::Config;
use crate::ids::{NodeId, RobotId};
use crate::invalid::{Invalid, Problem};
use crate::place::Place;
use crate::robot::Robot;
use crate::task::Task;
use crate::time::Time;
use crate::travel::{PlaceError, Travel};

/// When tasks are submitted.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// Each at its own time after the start.
    Timed(Vec<(Duration, Task)>),
    /// In this order, so that always so many are submitted and not ended.
    Pool {
        /// How many.
        open: usize,
        /// All tasks.
        tasks: Vec<Task>,
    },
}

/// A robot that stops in its tracks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Breakdown {
    /// Which.
    pub robot: RobotId,
    /// When.
    pub at: Time,
    /// After how long it is up again, without memory; never if `None`.
    pub repair: Option<Duration>,
}

/// All that a simulation starts from.
pub struct Setup {
    /// The settings of all nodes.
    pub config: Config,
    /// The ways.
    pub travel: Box<dyn Travel>,
    /// The robots, where they stand.
    pub robots: Vec<Robot>,
    /// The tasks.
    pub arrivals: Arrivals,
    /// Which nodes are direct neighbours.
    pub topology: Topology,
    /// Where nodes are that are no robots, for a radio network: one that is not named is a neighbour of all.
    pub places: BTreeMap<NodeId, Place>,
    /// How bad the network is.
    pub faults: Faults,
    /// Which nodes are at other sites, and how bad the links between sites are.
    pub sites: Sites,
    /// When it is split.
    pub partitions: Vec<Partition>,
    /// When frames take longer.
    pub spikes: Vec<Spike>,
    /// Which frames are lost besides, counted from 0 as they are sent, once for each receiver.
    pub lose: BTreeSet<u64>,
    /// Which robots break down.
    pub breakdowns: Vec<Breakdown>,
    /// What else happens to nodes.
    pub mishaps: Vec<Mishap>,
    /// What people order.
    pub commands: Vec<Command>,
    /// The clocks of nodes that are wrong.
    pub clocks: BTreeMap<NodeId, Clock>,
    /// Time to charge a battery from empty to full.
    pub charging_time: Duration,
    /// Where all chance comes from.
    pub seed: u64,
}

impl Setup {
    /// These robots and tasks, on a good network, without mishaps.
    pub fn new(config: Config, travel: Box<dyn Travel>, robots: Vec<Robot>, arrivals: Arrivals) -> Self {
        Setup {
            config,
            travel,
            robots,
            arrivals,
            topology: Topology::Full,
            places: BTreeMap::new(),
            faults: Faults::default(),
            sites: Sites::default(),
            partitions: Vec::new(),
            spikes: Vec::new(),
            lose: BTreeSet::new(),
            breakdowns: Vec::new(),
            mishaps: Vec::new(),
            commands: Vec::new(),
            clocks: BTreeMap::new(),
            charging_time: Duration::from_secs(1800),
            seed: 1,
        }
    }

    pub(super) fn check(&self) -> Result<(), SetupError> {
        self.config.check()?;
        self.faults.check().map_err(|invalid| invalid.within("faults"))?;
        if self.robots.is_empty() {
            return Err(SetupError::NoRobots);
        }
        let mut ids = BTreeSet::new();
        for robot in &self.robots {
            let id = robot.id();
            if !ids.insert(id) {
                return Err(SetupError::SameId(id));
            }
            self.travel
                .check(robot.pose().place)
                .map_err(|error| SetupError::Place(id, error))?;
        }
        let stranger = |breakdown: &&Breakdown| !ids.contains(&breakdown.robot);
        if let Some(breakdown) = self.breakdowns.iter().find(stranger) {
            return Err(SetupError::NoSuchRobot(breakdown.robot));
        }
        let there = |node: &NodeId| ids.contains(&node.robot()) || self.config.witnesses.contains(node);
        if let Some(mishap) = self.mishaps.iter().find(|mishap| !there(&mishap.node)) {
            return Err(SetupError::NoSuchNode(mishap.node));
        }
        let topology = self.topology.check(there);
        topology.map_err(|invalid| invalid.within("topology"))?;
        let sites = self.sites.check(there);
        sites.map_err(|invalid| invalid.within("sites"))?;
        for (node, place) in &self.places {
            let field = format!("places[{node}]");
            if ids.contains(&node.robot()) {
                let problem = Problem::Other("must not be given: a robot is where its body is");
                return Err(Invalid::new(field, problem).into());
            }
            if !there(node) {
                return Err(Invalid::new("places", Problem::Unknown(node.to_string())).into());
            }
            place.check().map_err(|invalid| invalid.within(field))?;
        }
        Ok(())
    }
}

/// Why a simulation cannot start.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] Invalid),
    /// A fleet needs robots.
    #[error("robots: must not be empty")]
    NoRobots,
    /// Two nodes of one name.
    #[error("robots: {0} is the id of two nodes")]
    SameId(RobotId),
    /// A robot that stands where none can be.
    #[error("robots: {0} {1}")]
    Place(RobotId, PlaceError),
    /// A breakdown of a robot that is not there.
    #[error("breakdowns: there is no robot {0}")]
    NoSuchRobot(RobotId),
    /// A mishap of a node that is not there.
    #[error("mishaps: there is no node {0}")]
    NoSuchNode(NodeId),
}
