#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

#[cfg(feature = "tls")]
pub mod access;
mod arrivals;
#[cfg(feature = "tls")]
pub mod audit;
#[cfg(feature = "tls")]
pub mod certs;
pub mod key;
pub mod link;
mod presence;
pub mod quality;
#[cfg(feature = "ros2")]
pub mod ros2;
mod runner;
mod settings;
#[cfg(feature = "spool")]
pub mod spool;
#[cfg(feature = "tls")]
mod tls;
mod transport;

#[cfg(feature = "tls")]
pub use access::Access;
pub use arrivals::Arrivals;
pub use key::{FleetId, FleetIdError};
pub use presence::{Change, Presence};
pub use runner::{Answer, AskError, Handle, PostError, Runner, StopError, Turn, monotonic};
pub use settings::{Mode, SettingsError, ZenohSettings};
#[cfg(feature = "tls")]
pub use tls::Tls;
pub use transport::{Counts, JoinError, Received, Room, Seat, ZenohTransport};
