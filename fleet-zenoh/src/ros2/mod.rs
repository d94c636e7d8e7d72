//! ROS 2 without ROS installed: topics that its nodes read and write, over the Zenoh session of the fleet.
//!
//! Two kinds of nodes are reached: those with `rmw_zenoh`, which are in Zenoh's network themselves, and those with DDS, behind
//! a `zenoh-bridge-ros2dds`. [`Ros2Settings`] says which.
//!
//! - [`Ros2Fleet`] publishes what a node of the fleet knows, a [`FleetReport`].
//! - [`TaskRequests`] hears tasks that ROS nodes ask for.
//! - [`Ros2Node`] publishes and hears any topic of the [messages](message) that are here; [`cdr`] is their encoding.
//!
//! The chapter [ROS 2](https://github.com/fleet-core/fleet-core/blob/main/docs/src/ros2.md) of the book has the topics, and what
//! is not there.
//!
//! ```no_run
//! use fleet_core::UtcTime;
//! use fleet_zenoh::ZenohSettings;
//! use fleet_zenoh::ros2::{FleetReport, Ros2Fleet, Ros2Node, Ros2Settings, TASK_REQUESTS, TaskRequests};
//!
//! # fn example(runner: fleet_zenoh::Runner<fleet_zenoh::ZenohTransport>) -> Result<(), Box<dyn std::error::Error>> {
//! let mut settings = ZenohSettings::default();
//! settings.connect = vec!["tcp/127.0.0.1:7447".into()]; // where `rmw_zenohd` listens
//! let session = settings.open()?;
//! let mut fleet = Ros2Fleet::new(Ros2Node::open(&session, Ros2Settings::default())?)?;
//!
//! let handle = runner.handle();
//! let requests = TaskRequests::hear(fleet.node(), TASK_REQUESTS, move |task, log| {
//!     let log = log.clone();
//!     let submit = handle.post(move |turn| {
//!         if let Err(why) = turn.node.submit(turn.now, task, turn.travel) {
//!             log.refuse(&why.to_string());
//!         }
//!     });
//!     submit.map_err(|why| why.to_string())
//! })?;
//!
//! let (utc, settings) = (UtcTime::from_secs(1_700_000_000), fleet.node().settings().clone());
//! let report = runner.handle().ask(move |turn| FleetReport::of(turn.node, turn.now, utc, &settings));
//! let mut report = report.wait(std::time::Duration::from_secs(1))?;
//! report.statuses.push(requests.log().status("fleet: task requests"));
//! fleet.publish(&report)?;
//! # Ok(())
//! # }
//! ```

pub mod cdr;
mod fleet;
#[cfg(test)]
mod hash;
mod links;
pub mod message;
mod name;
mod node;
mod report;
mod requests;

pub use fleet::Ros2Fleet;
pub use links::link_status;
pub use name::NameError;
pub use node::{Ros2Error, Ros2Node, Ros2Publisher, Ros2Settings, Ros2Subscription, Unreadable};
pub use report::{FleetReport, RobotReport};
pub use requests::{RequestLog, TASK_REQUESTS, TaskRequests};
