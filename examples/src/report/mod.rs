//! The report of a run: one HTML file that needs no network, no server and no other file.
//!
//! Whoever runs a fleet fills a [`Report`] and calls [`write()`]; the page shows the robots on their map, who worked on
//! what and when, and for every task why it went where it went.
//!
//! # Size
//! The page itself takes about 90 kB. On top of it come about 20 bytes a keyframe, 30 a bar or a state, 20 to 30 a
//! bid and 300 a task with its log. So 50 robots with 2,000 keyframes each make 2 MB, 500 tasks with 50 bids each
//! 1 MB, and 2,500 robots with 60 keyframes and 35 bars each 10 MB. Robots that move in straight lines need few
//! keyframes:
//! [`RobotTrack::thin`] drops those that the others imply. Auctions among thousands of robots need few bids to be
//! understood: [`AuctionStory::keep_best`] drops the dearest and says how many.
//!
//! # Example
//! ```
//! use fleet_examples::report::{Fact, Report, render};
//!
//! let mut report = Report::new("A quiet night");
//! report.facts.push(Fact::new("Seed", 7));
//! assert!(render(&report).contains("A quiet night"));
//! ```

mod data;
mod html;
mod json;
mod thin;

pub use data::*;
pub use html::{grouped, render, write};
