//! The program `solve`: the formats that it reads, what it finds and prints, and what it refuses.

#[path = "solve/goals.rs"]
mod goals;
#[path = "solve/problems.rs"]
mod problems;
#[path = "simulate/program.rs"]
mod program;
#[path = "solve/refusals.rs"]
mod refusals;
#[path = "solve/runs.rs"]
mod runs;
#[cfg(unix)]
#[path = "simulate/signal.rs"]
mod signal;
#[path = "solve/signals.rs"]
mod signals;
