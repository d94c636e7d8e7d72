//! Bulk data that can wait, like logs and reports: kept on disk while the uplink is down, and sent when it is back.
//!
//! [`Spool`] is the folder in which items wait, [`Forwarder`] the thread that sends them, oldest first and no faster than it
//! may, and [`Sink`] what it sends them to; [`ObjectSink`] is a folder, or a service that speaks S3. [`Bucket`] is the
//! reckoning of the rate, without clock. [`Tail`] makes items of what is added to a file of lines.
//!
//! Nothing here needs Zenoh.
//!
//! # Example
//! ```no_run
//! use std::time::Duration;
//!
//! use fleet_zenoh::spool::{ForwardSettings, Forwarder, Keep, Name, ObjectSink, Spool};
//!
//! let spool = Spool::open("fleet-data/robot-17.reports".as_ref(), Keep::default())?;
//! let sink = ObjectSink::open(&"/var/fleet/reports".parse()?, Duration::from_secs(30))?;
//! let node: Name = "robot-17".parse()?;
//! let forwarder = Forwarder::start(spool, sink, ForwardSettings::new(&"warehouse-7".parse()?, &node))?;
//! forwarder.put(&"lidar".parse()?, b"what it saw")?;
//! forwarder.stop(Duration::from_secs(2))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod counts;
mod disk;
mod forward;
mod name;
mod object;
mod pack;
mod rate;
#[cfg(feature = "s3")]
mod s3;
mod sink;
mod tail;

pub use counts::Counts;
pub use disk::{Item, Keep, Spool, SpoolError};
pub use forward::{ForwardError, ForwardSettings, Forwarder};
pub use name::{Name, NameError};
pub use object::{ObjectSink, Target, TargetError};
pub use pack::PART;
pub use rate::Bucket;
pub use sink::{Sink, SinkError};
pub use tail::{Tail, TailError};
