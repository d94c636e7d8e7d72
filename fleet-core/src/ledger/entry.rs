//! What a witness writes down before it acts on it.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::message::Drain;
use crate::record::{Order, TaskRecord, TaskState};

/// The version of the encoding that this library writes, and the only one that it reads.
const VERSION: u8 = 1;

/// One line of a witness's journal. Replaying all of them, in order, gives back its memory. Append-only: the number
/// of a variant is part of the format.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Entry {
    /// A task, the first time that it is known, or if another content was accepted under its id.
    Record(TaskRecord),
    /// How a task stands by now.
    State {
        /// The task.
        task: TaskId,
        /// How it stands.
        state: TaskState,
        /// What people ordered.
        order: Order,
    },
    /// An epoch was granted to a robot, or promised to whoever decides on the task.
    Promise {
        /// The task.
        task: TaskId,
        /// The epoch.
        epoch: Epoch,
        /// To whom.
        to: NodeId,
        /// Whether it may act under it.
        lease: bool,
    },
    /// Of an ended task only the end is kept.
    Buried {
        /// The task.
        task: TaskId,
        /// How it ended.
        state: TaskState,
    },
    /// Nothing is kept of a task.
    Forgotten(TaskId),
    /// What people want of a robot.
    Drain {
        /// The robot.
        robot: RobotId,
        /// It; `None` for normal service.
        drain: Option<Drain>,
        /// The number of the order.
        number: u64,
    },
    /// The memory of a former life is lost: what was written before and after is not all of it ...
    Lost,
    /// ... and by now it is, and no lease of that life runs any more.
    Regained,
}

/// Why bytes are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// Written by another version of this library.
    #[error("the entry is of version {0}, this library reads {VERSION}")]
    Version(u8),
    /// Empty, truncated, damaged, or with a value that a constructor refuses.
    #[error("the entry is damaged")]
    Damaged,
}

impl Entry {
    /// As bytes, for a [journal](crate::journal).
    pub fn encode(&self) -> Vec<u8> {
        // Every entry is plain data in memory: serialising it into a growing vector cannot fail.
        postcard::to_extend(self, alloc::vec![VERSION]).expect("entries are serialisable")
    }

    /// The entry of these bytes.
    ///
    /// # Errors
    /// Why they are none.
    pub fn decode(bytes: &[u8]) -> Result<Entry, EntryError> {
        let (version, body) = bytes.split_first().ok_or(EntryError::Damaged)?;
        if *version != VERSION {
            return Err(EntryError::Version(*version));
        }
        match postcard::take_from_bytes(body) {
            Ok((entry, [])) => Ok(entry),
            _ => Err(EntryError::Damaged),
        }
    }
}
