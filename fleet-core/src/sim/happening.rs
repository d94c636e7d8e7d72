//! What a simulation tells those who watch it.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::mishap::{Trouble, Wish};
use crate::ids::{NodeId, RobotId, TaskId};
use crate::output::Event;
use crate::place::{Point, Pose};
use crate::task::Task;
use crate::time::Time;
use crate::transport::Destination;

/// What a robot's body is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Doing {
    /// Nothing.
    Idle,
    /// On its way to a stop of a task.
    Travelling(TaskId),
    /// At a stop before the task's release, or before all of its team are there.
    Waiting(TaskId),
    /// At work at a stop of a task.
    Working(TaskId),
    /// On its way to a charger.
    ToCharger,
    /// At a charger.
    Charging,
    /// On its way out of the way, because it is alone.
    Retreating,
    /// Broken down, or out of charge.
    Broken,
}

/// One thing that happened. The sequence of all of them is the trace of a run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Happening<'a> {
    /// A task was given to the coordinator.
    Submitted(&'a Arc<Task>),
    /// The coordinator did not take a task.
    Rejected {
        /// The task.
        task: TaskId,
        /// Why.
        error: String,
    },
    /// A node sent a frame.
    Sent {
        /// From.
        from: NodeId,
        /// To.
        to: Destination,
        /// The bytes.
        frame: &'a [u8],
        /// To how many nodes.
        recipients: u32,
        /// How many of them will not get it.
        lost: u32,
    },
    /// A frame arrived at a node that is up.
    Delivered {
        /// From.
        from: NodeId,
        /// To.
        to: NodeId,
        /// The bytes.
        frame: &'a [u8],
    },
    /// A node told its application something.
    Event {
        /// Which node.
        node: NodeId,
        /// What.
        event: &'a Event,
    },
    /// A body began to do something else.
    Body {
        /// Whose.
        robot: RobotId,
        /// Where it is.
        pose: Pose,
        /// What it does from now on.
        doing: Doing,
        /// Its charge, in millionths, if it has a battery.
        charge: Option<u32>,
        /// If it drives: where it will be when, in straight lines.
        route: &'a [(Time, Point)],
    },
    /// Something happened to a node, or (`false`) is over.
    Trouble {
        /// To which.
        node: NodeId,
        /// What.
        what: Trouble,
        /// Whether it begins.
        begins: bool,
    },
    /// People ordered something, and a witness took it.
    Ordered(Wish),
    /// A partition began (`true`) or healed.
    Partition {
        /// Its number in the setup.
        number: usize,
        /// Whether it begins.
        begins: bool,
    },
}

/// Watches a simulation.
pub trait Observer {
    /// Something happened at `now`.
    fn observe(&mut self, now: Time, happening: &Happening<'_>);

    /// A node is about to handle something: for measuring how long that takes.
    fn enter(&mut self, _node: NodeId) {}

    /// The node is done.
    fn leave(&mut self, _node: NodeId) {}
}

/// Watches nothing.
impl Observer for () {
    fn observe(&mut self, _now: Time, _happening: &Happening<'_>) {}
}

/// A number that stands for the whole trace: two runs with the same one were the same, message by message.
///
/// FNV-1a, 64 bits, over every happening, its time and all its bytes, integers in little-endian order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of an empty trace.
    pub const fn new() -> Self {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }

    /// The number.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for Fingerprint {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        (now, happening).hash(self);
    }
}

impl Hasher for Fingerprint {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u16(&mut self, value: u16) {
        self.write(&value.to_le_bytes());
    }

    fn write_u32(&mut self, value: u32) {
        self.write(&value.to_le_bytes());
    }

    fn write_u64(&mut self, value: u64) {
        self.write(&value.to_le_bytes());
    }

    fn write_u128(&mut self, value: u128) {
        self.write(&value.to_le_bytes());
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value as u64);
    }
}
