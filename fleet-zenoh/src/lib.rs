#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arrivals;
pub mod key;
pub mod link;
pub mod quality;
#[cfg(feature = "ros2")]
pub mod ros2;
mod runner;
mod settings;
mod transport;

pub use arrivals::Arrivals;
pub use key::{FleetId, FleetIdError};
pub use runner::{Answer, AskError, Handle, PostError, Runner, StopError, Turn, monotonic};
pub use settings::{Mode, SettingsError, ZenohSettings};
pub use transport::{Counts, JoinError, Received, Room, Seat, ZenohTransport};
