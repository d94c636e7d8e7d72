//! What the programs share: scenarios and their readers, the warehouse generator, and the report of a run.

pub mod instances;
pub mod readers;
pub mod report;
pub mod run;
pub mod scenario;
pub mod warehouse;
