//! The deterministic simulator: nodes over a faulty network, and robots that move (feature `sim`).
//!
//! The nodes are the very ones that run on robots; only the network, the clock and the bodies are simulated. All
//! chance comes from the seed of the [`Setup`], so a run can be repeated message by message; the
//! [`Fingerprint`] tells whether it was.
//!
//! Robots pass through each other: keeping them apart is the business of their own navigation or of a traffic
//! manager, not of this library.

mod agenda;
mod body;
mod client;
mod clock;
mod draw;
mod happening;
mod invariants;
mod mishap;
mod network;
mod parts;
mod send;
mod setup;
mod slot;
mod storm;
pub mod trial;
mod urgency;
mod world;

pub use clock::Clock;
pub use happening::{Doing, Fingerprint, Happening, Observer};
pub use invariants::{Invariants, Violation};
pub use mishap::{Command, DiskFault, Mishap, Trouble, Wish};
pub use network::{Direction, Fading, Faults, Network, Partition, Sites, Spike, Topology};
pub use setup::{Arrivals, Breakdown, Setup, SetupError};
pub use storm::{Scale, Storm};
pub use world::{RobotTotals, Sim};
