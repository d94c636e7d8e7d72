//! The program `soak`: what it prints, what it refuses, and that a seed that fails is found, made smaller and replayed.

#[path = "soak/plant.rs"]
mod plant;
#[path = "simulate/program.rs"]
mod program;
#[path = "soak/refusals.rs"]
mod refusals;
#[path = "soak/runs.rs"]
mod runs;
#[cfg(unix)]
#[path = "simulate/signal.rs"]
mod signal;
#[path = "soak/signals.rs"]
mod signals;
