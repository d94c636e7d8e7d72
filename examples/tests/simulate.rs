//! The program itself: what it prints and writes, what it refuses, and that it gives the same run again.

#[path = "simulate/options.rs"]
mod options;
#[path = "simulate/patterns.rs"]
mod patterns;
#[path = "simulate/problems.rs"]
mod problems;
#[path = "simulate/program.rs"]
mod program;
#[path = "simulate/refusals.rs"]
mod refusals;
#[path = "simulate/runs.rs"]
mod runs;
#[cfg(unix)]
#[path = "simulate/signal.rs"]
mod signal;
#[path = "simulate/signals.rs"]
mod signals;
