//! Who may do a task: records that only join, promises with rising epochs, leases from a majority.
//!
//! Each task is one instance of single-decree Paxos (Lamport 1998) with leases on top: a *grant* is the promise
//! of an acceptor, the *owner* of the highest epoch that a majority granted is the only proposer, and the *end* of
//! the task (done, failed, cancelled) is the value that is chosen. A coordinator that decides how a task without
//! an owner goes on, or that it ends, does so as a proposer like any other.

mod claimant;
mod digest;
mod entry;
mod lease;
mod matters;
mod recovery;
mod ruling;
mod store;
mod sync;
mod witness;

pub use claimant::{Claimant, Lease};
pub(crate) use digest::{DEPTH, PARTS, Sums};
pub use entry::{Entry, EntryError};
pub use lease::LeaseTerms;
pub use store::{Known, Ledger, Promise};
pub use witness::{Effect, Rules, Said, Witness};

pub use crate::record::{Order, Phase, TaskRecord, TaskState};
