//! Ownership by its public face: witnesses among themselves, and a robot's claims.

#[path = "ledger/amnesia.rs"]
mod amnesia;
#[path = "ledger/catching_up.rs"]
mod catching_up;
#[path = "ledger/claims.rs"]
mod claims;
#[path = "ledger/clocks.rs"]
mod clocks;
#[path = "ledger/fleet.rs"]
mod fleet;
#[path = "ledger/forgetting.rs"]
mod forgetting;
#[path = "ledger/former_life.rs"]
mod former_life;
#[path = "ledger/laws.rs"]
mod laws;
#[path = "ledger/lessees.rs"]
mod lessees;
#[path = "ledger/network.rs"]
mod network;
#[path = "ledger/robots.rs"]
mod robots;
#[path = "ledger/rulings.rs"]
mod rulings;
#[path = "ledger/storms.rs"]
mod storms;
#[path = "ledger/submitting.rs"]
mod submitting;
