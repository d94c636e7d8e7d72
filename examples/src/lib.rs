//! Readers of problem files, and the report of a run.

pub mod report;
