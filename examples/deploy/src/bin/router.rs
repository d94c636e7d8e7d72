//! `router`: passes on what others send.

use std::process::ExitCode;

use clap::Parser;
use fleet_deploy::settings::{Common, Settings};
use fleet_deploy::{exit, router, stop};

/// Passes on what programs say to each other that have no link, at one site and between sites
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// End when the standard input does
    #[arg(long)]
    with_parent: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit(run(&args))
}

fn run(args: &Args) -> Result<(), String> {
    let settings = Settings::read(&args.common)?;
    let stop = stop::when_told(args.with_parent)?;
    router::run(&settings, &stop)
}
