//! Ownership by its public face: witnesses among themselves, and a robot's claims.

#[path = "ledger/fleet.rs"]
mod fleet;
#[path = "ledger/laws.rs"]
mod laws;
#[path = "ledger/submitting.rs"]
mod submitting;
