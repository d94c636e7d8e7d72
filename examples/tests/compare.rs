//! The program `compare`: what it prints, what it writes, what it refuses, and that all but times is the same each time.

#[path = "simulate/program.rs"]
mod program;
#[path = "compare/refusals.rs"]
mod refusals;
#[path = "compare/results.rs"]
mod results;
#[path = "compare/runs.rs"]
mod runs;
#[cfg(unix)]
#[path = "simulate/signal.rs"]
mod signal;
#[path = "compare/signals.rs"]
mod signals;
