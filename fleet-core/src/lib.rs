//! Fleet coordination for robots: who should do which task, and who may.
//!
//! A fleet shares a stream of tasks. This library decides **who should** do each one (allocation, by auction), makes
//! sure that **at most one robot may** at any moment (ownership, by lease and epoch), and carries on while robots and
//! links fail. It does no I/O, reads no clock, starts no thread and has no hidden randomness: it is a state machine
//! that you link into the robot's own runtime and drive.
//!
//! # How it is used
//! A [`Node`] is one member of the fleet: a robot, a coordinator, or both. Give it frames and time, do what
//! [`poll_output`](Node::poll_output) says, tell it what the robot does:
//!
//! ```
//! use fleet_core::transport::{MemoryNetwork, Transport};
//! use fleet_core::travel::Euclidean;
//! use fleet_core::{Config, Event, Node, NodeId, Output, Place, Robot, RobotId, RobotSpec, Time};
//!
//! let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
//! let mut network = MemoryNetwork::new().join(robot.id().node()); // or your own `Transport`
//! let mut node = Node::robot(Config::new(NodeId::from_u128(100)), robot, 1)?;
//!
//! for tick in 0..100 {
//!     let now = Time::from_micros(tick * 20_000); // your monotonic clock
//!     while let Some(incoming) = network.recv() {
//!         node.handle_frame(now, incoming.from, &incoming.frame, &mut Euclidean);
//!     }
//!     if node.poll_timeout().is_some_and(|timeout| timeout <= now) {
//!         node.handle_timeout(now, &mut Euclidean);
//!     }
//!     while let Some(output) = node.poll_output() {
//!         match output {
//!             Output::Send(outgoing) => drop(network.send(outgoing)),
//!             Output::Event(Event::Start { task, .. }) => println!("go to {:?}", task.stops()[0].place),
//!             Output::Event(event) => println!("{event:?}"),
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), fleet_core::Invalid>(())
//! ```
//!
//! [`drive::Driver`] is that loop ready made, and the `sim` feature brings a whole fleet with a faulty network
//! and moving robots, deterministic from a seed.
//!
//! # What is where
//! | module | what |
//! |---|---|
//! | the root | [`Task`], [`Robot`], their parts, [`Config`], [`Node`] |
//! | [`travel`] | how far it is: straight lines, matrix, road map, grid map |
//! | [`pattern`] | where the witnesses are, and timings that follow from the links |
//! | [`urgency`] | which task goes first, and that none starves |
//! | [`schedule`] | one robot's plan, and the price of one more task |
//! | [`allocate`] | pure solvers, without nodes and messages |
//! | [`ledger`] | what is known of a task, and leases |
//! | [`message`], [`wire`], [`transport`] | what nodes say, as bytes, and how it travels |
//! | [`journal`] | what a node must not forget, on disk |
//! | [`node`], [`output`], [`drive`] | the state machine, what it wants done, and a loop around it |
//! | `sim` | the simulator (feature `sim`) |
//!
//! # Features
//! `std` (default): standard error traits, hardware square roots and [`journal::FileStorage`], the only I/O there is;
//! without it the crate needs `alloc` only.
//! `sim`: the simulator. `parallel`: [several searches at once](allocate::search), in threads, the only ones of this crate.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

extern crate alloc;

pub mod ability;
pub mod allocate;
mod bid;
pub mod bundle;
mod config;
mod context;
pub mod drive;
mod epoch;
pub mod ids;
mod invalid;
pub mod journal;
pub mod ledger;
pub mod limits;
mod load;
pub mod membership;
pub mod message;
pub mod node;
mod objective;
pub mod output;
mod panel;
pub mod pattern;
mod place;
pub mod planted;
pub mod precedence;
mod record;
mod regime;
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
pub use ids::{NodeId, RobotId, TaskId};
pub use invalid::{Invalid, Problem};
pub use load::Load;
pub use node::{Node, Report, ReportError};
pub use objective::{Cost, Objective, Terms};
pub use output::{Event, Output};
pub use panel::Panel;
pub use place::{Place, Point, Pose};
pub use precedence::PrecedenceError;
pub use regime::{Mode, Regime, Strategy};
pub use robot::{Battery, BatterySpec, Robot, RobotSpec};
pub use standing::{Standing, Urgency};
pub use strategy::SubmitError;
pub use task::{Alone, Assurance, OnLoss, Priority, Stop, Task, TaskSpec};
pub use time::{Time, UtcTime};

/// The README's example is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
