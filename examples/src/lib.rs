//! Readers of problem files, and the report of a run.

pub mod readers;
pub mod scenario;
pub mod warehouse;
