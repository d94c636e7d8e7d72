//! Fleet coordination without I/O.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod ability;
pub mod allocate;
mod bid;
pub mod ids;
mod invalid;
pub mod limits;
mod load;
mod objective;
mod place;
mod robot;
pub mod schedule;
mod standing;
mod task;
mod time;
pub mod travel;
pub mod urgency;

pub use ability::{Abilities, Ability};
pub use bid::{Bid, Decline};
pub use ids::{FleetId, NodeId, RobotId, TaskId};
pub use invalid::{Invalid, Problem};
pub use load::Load;
pub use objective::{Cost, Objective, Terms};
pub use place::{Place, Point, Pose};
pub use robot::{Battery, BatterySpec, Robot, RobotSpec};
pub use standing::{Standing, Urgency};
pub use task::{Assurance, Priority, Stop, Task, TaskSpec};
pub use time::{Time, UtcTime};
