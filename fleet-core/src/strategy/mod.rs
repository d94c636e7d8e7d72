//! From tasks and robots to intents: who should do what.

mod centralized;
mod distributed;

pub(crate) use centralized::Coordinator;
pub use centralized::SubmitError;
pub(crate) use distributed::{Claims, Distributed, Recalled, Robot};
