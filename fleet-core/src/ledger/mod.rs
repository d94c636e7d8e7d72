//! Who may do a task: records that only join, epochs, leases.

mod lease;
mod record;

pub use lease::LeaseTerms;
pub use record::{Phase, TaskRecord, TaskState};
