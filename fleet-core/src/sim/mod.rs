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
mod happening;
mod network;
mod setup;
mod world;

pub use happening::{Doing, Fingerprint, Happening, Observer};
pub use network::{Faults, Network, Partition};
pub use setup::{Arrivals, Breakdown, Setup, SetupError};
pub use world::{RobotTotals, Sim};
