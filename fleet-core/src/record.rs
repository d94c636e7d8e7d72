//! What is known of one task: values that only grow.

use alloc::string::String;
use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId};
use crate::task::Task;
use crate::time::UtcTime;

/// How far a task has come. Later ones are further within one epoch.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Phase {
    /// Taken by a witness, and not yet known to be safe with a majority of them.
    Submitted,
    /// A robot owns it and has not begun.
    Held,
    /// Its robot has begun, and finished this many of its stops.
    Running(u32),
    /// Nobody owns it: nobody ever did, or its last owner gave it back or was given up.
    Open,
    /// It will not be done, for this reason.
    Failed(String),
    /// It was called off.
    Cancelled,
    /// It is done.
    Done,
}

impl Phase {
    /// Its name in files and tables.
    pub const fn name(&self) -> &'static str {
        match self {
            Phase::Submitted => "submitted",
            Phase::Held => "held",
            Phase::Running(_) => "running",
            Phase::Open => "open",
            Phase::Failed(_) => "failed",
            Phase::Cancelled => "cancelled",
            Phase::Done => "done",
        }
    }

    /// Whether nothing follows.
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Phase::Failed(_) | Phase::Cancelled | Phase::Done)
    }

    /// Whether a robot owns it.
    pub const fn is_owned(&self) -> bool {
        matches!(self, Phase::Held | Phase::Running(_))
    }
}

/// How a task stands: a value that only grows, under [`join`](Self::join).
///
/// What is further under one epoch was said by the one who had that epoch. An end is *settled* when a majority of
/// the witnesses has it; then it beats everything, and no epoch above its own was or will be anybody's.
///
/// # Example
/// ```
/// use fleet_core::ledger::{Phase, TaskState};
/// use fleet_core::{Epoch, NodeId, RobotId};
///
/// let first = Epoch::ZERO.next(1, NodeId::from_u128(9));
/// let second = first.next(1, NodeId::from_u128(9));
/// let held = TaskState { epoch: second, robot: Some(RobotId::from_u128(2)), phase: Phase::Held, ..TaskState::open() };
/// let stale = TaskState { epoch: first, robot: Some(RobotId::from_u128(1)), phase: Phase::Done, ..TaskState::open() };
/// let mut state = held.clone();
/// assert!(!state.join(&stale)); // what an earlier owner says alone changes nothing ...
/// let settled = TaskState { settled: true, ..stale };
/// assert!(state.join(&settled)); // ... but a settled end beats everything,
/// assert!(!state.join(&held)); // and nothing undoes it
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct TaskState {
    /// Whether a majority of the witnesses is known to have this end.
    pub settled: bool,
    /// The latest period of ownership.
    pub epoch: Epoch,
    /// How far it has come.
    pub phase: Phase,
    /// Attempts that failed.
    pub failures: u32,
    /// Its owner; none while it is open.
    pub robot: Option<RobotId>,
}

impl TaskState {
    /// Before the first owner, and safe with a majority.
    pub const fn open() -> Self {
        TaskState {
            settled: false,
            epoch: Epoch::ZERO,
            phase: Phase::Open,
            failures: 0,
            robot: None,
        }
    }

    /// Takes over what `other` knows more: the greater of the two, by `settled`, epoch, phase. Commutative,
    /// associative, idempotent. Returns whether anything changed.
    pub fn join(&mut self, other: &TaskState) -> bool {
        let wins = other > self;
        if wins {
            self.clone_from(other);
        }
        wins
    }

    /// Whether it is known to be safe with a majority of the witnesses.
    pub fn is_accepted(&self) -> bool {
        self.phase != Phase::Submitted
    }
}

/// What people last ordered of a task: to call it off, which holds for good, or the later of two orders.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Order {
    /// Whether the task is to be called off.
    pub cancelled: bool,
    /// Of two orders the one with the higher [number](Self::number_after) holds; of equal ones that of the higher node.
    pub number: u64,
    /// Where it was given.
    pub by: Option<NodeId>,
    /// Whether the task is to rest.
    pub paused: bool,
}

impl Order {
    /// The number of an order that is given now, where `last` was the last one: the microseconds of the calendar, or
    /// more. So of two orders that were given in two places the later one holds, as far as their calendars agree, and
    /// an order always holds over one that was known where it was given.
    ///
    /// This is the physical part of a hybrid logical clock (Kulkarni et al. 2014).
    pub fn number_after(last: u64, now: UtcTime) -> u64 {
        u64::try_from(now.as_micros())
            .unwrap_or(0)
            .max(last.saturating_add(1))
    }

    /// Whether nobody is to begin it, or to go on.
    pub const fn stops(&self) -> bool {
        self.cancelled || self.paused
    }
}

/// A task and how it stands.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct TaskRecord {
    /// The task, as it was submitted.
    pub task: Arc<Task>,
    /// When it was submitted.
    pub submitted: UtcTime,
    /// How it stands.
    pub state: TaskState,
    /// What people ordered.
    pub order: Order,
}

impl TaskRecord {
    /// A task that was just taken.
    pub fn new(task: Arc<Task>, submitted: UtcTime) -> Self {
        let state = TaskState {
            phase: Phase::Submitted,
            ..TaskState::open()
        };
        TaskRecord {
            task,
            submitted,
            state,
            order: Order::default(),
        }
    }

    /// Takes over what `other`, a record of the same task, knows more. Commutative, associative, idempotent.
    /// Returns whether anything changed.
    ///
    /// If two contents were submitted under one id, the one that a majority accepted stays; while none is
    /// accepted each witness keeps its own, and neither can be.
    pub fn join(&mut self, other: &TaskRecord) -> bool {
        if self.task != other.task {
            let yields = !self.state.is_accepted() && other.state.is_accepted();
            if yields {
                self.clone_from(other);
            }
            return yields;
        }
        let earlier = other.submitted < self.submitted;
        let ordered = other.order > self.order;
        if earlier {
            self.submitted = other.submitted;
        }
        if ordered {
            self.order = other.order;
        }
        self.state.join(&other.state) || earlier || ordered
    }
}
