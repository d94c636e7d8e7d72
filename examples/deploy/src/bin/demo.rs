//! `demo`: three orchestrators and robots as processes on this machine, and tasks for them.

use std::process::ExitCode;

use clap::Parser;
use fleet_deploy::demo::{Args, run};
use fleet_deploy::exit;

fn main() -> ExitCode {
    exit(run(&Args::parse()))
}
