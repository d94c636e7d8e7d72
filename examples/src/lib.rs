//! Readers of problem files, and the report of a run.

<<<<<<< HEAD
pub mod report;
=======
pub mod readers;
pub mod scenario;
pub mod warehouse;
>>>>>>> readers
