//! Files that are read, and files that are refused with the place of the mistake.

#[path = "readers/common.rs"]
mod common;
#[path = "readers/data.rs"]
mod data;
#[path = "readers/deployments.rs"]
mod deployments;
#[path = "readers/files.rs"]
mod files;
#[path = "readers/lorr.rs"]
mod lorr;
#[path = "readers/movingai.rs"]
mod movingai;
#[path = "readers/mutations.rs"]
mod mutations;
#[path = "solve/problems.rs"]
mod problems;
#[path = "readers/routes.rs"]
mod routes;
#[path = "readers/scenario.rs"]
mod scenario;
#[path = "readers/scenario_errors.rs"]
mod scenario_errors;
#[path = "readers/warehouse.rs"]
mod warehouse;
