//! `fleetctl`: submits tasks, lists, watches, cancels, drains, explains.

use std::process::ExitCode;

use clap::Parser;
use fleet_deploy::ctl::{Args, run};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.code())
        }
    }
}
