//! `orchestrator`: coordinator and witness, one of the fleet's centre.

use std::process::ExitCode;

use clap::Parser;
use fleet_deploy::settings::{Common, Settings};
use fleet_deploy::{exit, orchestrator, stop};

/// Coordinator and witness, one of the fleet's centre
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Which of the orchestrators this is
    #[arg(long, value_name = "ORCHESTRATOR_ID", env = "ORCHESTRATOR_ID")]
    id: Option<String>,
    /// End when the standard input does
    #[arg(long)]
    with_parent: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit(run(&args))
}

fn run(args: &Args) -> Result<(), String> {
    let mut settings = Settings::read(&args.common)?;
    if args.id.is_some() {
        settings.orchestrator.clone_from(&args.id);
    }
    let stop = stop::when_told(args.with_parent)?;
    orchestrator::run(&settings, &stop)
}
