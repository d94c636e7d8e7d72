//! How nodes behave, step by step, over a network without faults but those that a test asks for.

#[path = "node/alone.rs"]
mod alone;
#[path = "node/auction.rs"]
mod auction;
#[path = "node/awards.rs"]
mod awards;
#[path = "node/chaos.rs"]
mod chaos;
#[path = "node/choice.rs"]
mod choice;
#[path = "node/commands.rs"]
mod commands;
#[path = "node/cycle.rs"]
mod cycle;
#[path = "node/distributed.rs"]
mod distributed;
#[path = "node/failures.rs"]
mod failures;
#[path = "node/fleet.rs"]
mod fleet;
#[path = "node/hybrid.rs"]
mod hybrid;
#[path = "node/life.rs"]
mod life;
#[path = "node/limits.rs"]
mod limits;
#[path = "node/loss.rs"]
mod loss;
#[path = "node/modes.rs"]
mod modes;
#[path = "node/orders.rs"]
mod orders;
#[path = "node/ownership.rs"]
mod ownership;
#[path = "node/regimes.rs"]
mod regimes;
#[path = "node/replicas.rs"]
mod replicas;
#[path = "node/restart.rs"]
mod restart;
#[path = "node/teams.rs"]
mod teams;
#[path = "node/witnesses.rs"]
mod witnesses;
#[path = "node/work.rs"]
mod work;
