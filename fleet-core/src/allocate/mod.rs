//! Pure solvers: from robots and tasks to one schedule for each robot.
//!
//! They know nothing of nodes and messages. The [`Auction`] that decides here who wins is the one that the
//! coordinator's market uses for bids that came over the network.

mod assignment;
mod auction;
pub mod consensus;
mod improve;
mod problem;
mod replan;
pub mod search;
mod sequential;
mod ways;

pub use assignment::{Assignment, assignment};
pub use auction::{Auction, Award, Rule};
pub use improve::improve;
pub use problem::{Plan, Problem, Unserved};
pub use replan::{Change, Replanner, Replanning};
pub use sequential::sequential_auction;
