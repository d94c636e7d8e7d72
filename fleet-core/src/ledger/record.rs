//! What is known of one task.

use alloc::string::String;
use alloc::sync::Arc;
use core::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::epoch::Epoch;
use crate::ids::RobotId;
use crate::task::Task;
use crate::time::UtcTime;

/// How far a task has come. Later ones are further within one epoch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Phase {
    /// Nobody owns it.
    Open,
    /// A robot owns it and has not begun.
    Held,
    /// Its robot has begun, and finished this many of its stops.
    Running(u32),
    /// It will not be done, for this reason.
    Failed(String),
    /// It was called off.
    Cancelled,
    /// It is done.
    Done,
}

impl Phase {
    /// Whether nothing follows.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Phase::Failed(_) | Phase::Cancelled | Phase::Done)
    }
}

/// How a task stands: a value that only grows, under [`join`](Self::join).
///
/// # Example
/// ```
/// use fleet_core::ledger::{Phase, TaskState};
/// use fleet_core::{Epoch, NodeId, RobotId};
///
/// let (first, second) = (Epoch::first(1, NodeId::from_u128(9)), Epoch::first(1, NodeId::from_u128(9)).next(1, NodeId::from_u128(9)));
/// let held = TaskState { epoch: second, robot: Some(RobotId::from_u128(2)), phase: Phase::Held };
/// let stale = TaskState { epoch: first, robot: Some(RobotId::from_u128(1)), phase: Phase::Running(0) };
/// let mut state = held.clone();
/// assert!(!state.join(&stale)); // an earlier owner changes nothing ...
/// let done = TaskState { phase: Phase::Done, ..stale };
/// assert!(state.join(&done)); // ... unless it has done the task
/// assert!(!state.join(&held)); // and nothing is ever undone
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct TaskState {
    /// The latest period of ownership.
    pub epoch: Epoch,
    /// Its owner; none while it is open.
    pub robot: Option<RobotId>,
    /// How far it has come.
    pub phase: Phase,
}

impl TaskState {
    /// Takes over what `other` knows more. Commutative, associative, idempotent; a terminal phase beats all
    /// others. Returns whether anything changed.
    pub fn join(&mut self, other: &TaskState) -> bool {
        let wins = other.order(self) == Ordering::Greater;
        if wins {
            self.clone_from(other);
        }
        wins
    }

    /// Terminal phases by phase, then epoch; the others by epoch, then phase.
    fn order(&self, other: &TaskState) -> Ordering {
        let terminal = self.phase.is_terminal();
        let by_end = terminal.cmp(&other.phase.is_terminal());
        let (by_phase, by_epoch) = (self.phase.cmp(&other.phase), self.epoch.cmp(&other.epoch));
        let order = if terminal {
            by_phase.then(by_epoch)
        } else {
            by_epoch.then(by_phase)
        };
        by_end.then(order).then(self.robot.cmp(&other.robot))
    }
}

/// A task and how it stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct TaskRecord {
    /// The task, as it was submitted.
    pub task: Arc<Task>,
    /// When it was submitted.
    pub submitted: UtcTime,
    /// How it stands.
    pub state: TaskState,
}
