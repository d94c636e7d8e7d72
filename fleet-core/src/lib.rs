//! Fleet coordination without I/O.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod ability;
pub mod ids;
mod invalid;
pub mod limits;
mod load;
mod place;
pub mod precedence;
mod robot;
mod task;
mod time;
pub mod travel;

pub use ability::{Abilities, Ability};
pub use ids::{FleetId, NodeId, RobotId, TaskId};
pub use invalid::{Invalid, Problem};
pub use load::Load;
pub use place::{Place, Point, Pose};
pub use precedence::PrecedenceError;
pub use robot::{Battery, BatterySpec, Robot, RobotSpec};
pub use task::{Assurance, Priority, Stop, Task, TaskSpec};
pub use time::{Time, UtcTime};
