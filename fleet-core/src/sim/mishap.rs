//! What happens to nodes, besides their network.

use std::time::Duration;

use crate::ids::{NodeId, RobotId, TaskId};
use crate::message::Drain;
use crate::regime::Strategy;
use crate::time::Time;

/// Something that happens to one node.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mishap {
    /// To which.
    pub node: NodeId,
    /// When.
    pub at: Time,
    /// What.
    pub what: Trouble,
}

/// What can happen to a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Trouble {
    /// The process dies, and is started again after a while, or never.
    Crash {
        /// When it is started again.
        restart: Option<Duration>,
        /// Whether its journal is there then. Robots that are no witnesses have none.
        memory: bool,
    },
    /// The process stands still for a while, and its body with it; what it is sent waits.
    Pause(Duration),
    /// The next write to its journal fails, in one of some ways. The process dies of it and is started again.
    Disk {
        /// When it is started again.
        restart: Duration,
        /// How it fails.
        fault: DiskFault,
    },
}

/// How a write to a journal fails.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DiskFault {
    /// After so many bytes.
    Torn(u8),
    /// There is no room.
    Full,
    /// What was written is not durable.
    Sync,
}

/// What people order, at whatever witness is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Command {
    /// When.
    pub at: Time,
    /// What.
    pub what: Wish,
}

/// What people can order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Wish {
    /// Call a task off.
    Cancel(TaskId),
    /// Let a task rest, or go on.
    Pause(TaskId, bool),
    /// Give a lost robot's task to another.
    Reopen(TaskId),
    /// Take a robot out of service, or back.
    Drain(RobotId, Option<Drain>),
    /// Others decide from now on.
    Strategy(Strategy),
}
