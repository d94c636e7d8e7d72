//! What the programs share: scenarios and their readers, the warehouse generator, the report of a run, and how they are
//! told to stop.

pub mod instances;
pub mod program;
pub mod readers;
pub mod report;
pub mod run;
pub mod scenario;
pub mod warehouse;
