//! From tasks and robots to intents: who should do what.

mod centralized;

pub(crate) use centralized::Coordinator;
pub use centralized::SubmitError;
