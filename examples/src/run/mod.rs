//! A run of a scenario: what was chosen, what happened, what it comes to.
//!
//! [`Choices`] turn a [`Scenario`](crate::scenario::Scenario) into a [`Setup`](fleet_core::sim::Setup), a [`Recorder`] watches the
//! simulation, a [`Summary`] counts what it saw, and [`report`] tells it as a [`Report`](crate::report::Report).

mod choices;
mod recorder;
mod rows;
mod story;
mod summary;
mod trace;

pub use choices::{Allocator, Choices, ObjectiveChoice, Settings, Strategy, UrgencyChoice};
pub use recorder::Recorder;
pub use rows::{clock, facts, rows};
pub use story::report;
pub use summary::{Class, Compute, Messages, Spread, Summary, Tasks};
pub use trace::Trace;
