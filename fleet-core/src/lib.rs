//! Fleet coordination without I/O.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod ability;
pub mod allocate;
mod bid;
mod config;
mod epoch;
pub mod ids;
mod invalid;
pub mod ledger;
pub mod limits;
mod load;
pub mod membership;
pub mod message;
pub mod node;
mod objective;
mod place;
pub mod precedence;
mod robot;
pub mod schedule;
#[cfg(feature = "sim")]
pub mod sim;
mod standing;
mod strategy;
mod task;
mod time;
pub mod transport;
pub mod travel;
pub mod urgency;
pub mod wire;

pub use ability::{Abilities, Ability};
pub use bid::{Bid, Decline};
pub use config::{Config, Limits};
pub use epoch::Epoch;
pub use ids::{FleetId, NodeId, RobotId, TaskId};
pub use invalid::{Invalid, Problem};
pub use load::Load;
pub use node::{Event, Node, Output, Report, ReportError};
pub use objective::{Cost, Objective, Terms};
pub use place::{Place, Point, Pose};
pub use precedence::PrecedenceError;
pub use robot::{Battery, BatterySpec, Robot, RobotSpec};
pub use standing::{Standing, Urgency};
pub use strategy::SubmitError;
pub use task::{Assurance, Priority, Stop, Task, TaskSpec};
pub use time::{Time, UtcTime};
