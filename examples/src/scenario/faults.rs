use std::time::Duration;

use fleet_core::RobotId;
use fleet_core::sim::{Fading, Faults, Topology};

/// What every message suffers. The default is a perfect network.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Network {
    /// Who hears whom without the help of others.
    pub topology: Topology,
    /// Which messages are lost, of all.
    pub fading: Fading,
    /// Least time on the way.
    pub min_delay: Duration,
    /// Most time on the way.
    pub max_delay: Duration,
    /// Share of messages that never arrive, from 0 to 1.
    pub loss: f64,
    /// Share of messages that arrive twice, from 0 to 1.
    pub duplicate: f64,
    /// Share of messages that may be overtaken, from 0 to 1.
    pub reorder: f64,
    /// What messages between robots and servers suffer instead, if these are elsewhere.
    pub uplink: Option<Faults>,
}

/// Robots that can talk to each other but to nobody else for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Partition {
    /// When the network splits, from the start of the run.
    pub from: Duration,
    /// When it heals; after `from`.
    pub until: Duration,
    /// Who is cut off; never empty.
    pub robots: Vec<RobotId>,
}

/// A robot that stops working.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Breakdown {
    /// Which one.
    pub robot: RobotId,
    /// When, from the start of the run.
    pub at: Duration,
    /// How long until it works again; never without.
    pub repair_after: Option<Duration>,
}
