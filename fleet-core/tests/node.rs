//! How nodes behave, step by step, over a network without faults but those that a test asks for.

#[path = "node/auction.rs"]
mod auction;
#[path = "node/awards.rs"]
mod awards;
#[path = "node/chaos.rs"]
mod chaos;
#[path = "node/commands.rs"]
mod commands;
#[path = "node/fleet.rs"]
mod fleet;
#[path = "node/life.rs"]
mod life;
#[path = "node/limits.rs"]
mod limits;
#[path = "node/ownership.rs"]
mod ownership;
#[path = "node/restart.rs"]
mod restart;
#[path = "node/work.rs"]
mod work;
