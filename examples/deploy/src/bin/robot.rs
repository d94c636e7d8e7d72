//! `robot`: a robot's node, with a simulated body.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fleet_deploy::body::Simulated;
use fleet_deploy::settings::{Common, Settings};
use fleet_deploy::{exit, robot, stop};

/// A robot's node, with a simulated body
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// Its name, or UUID
    #[arg(long, value_name = "ROBOT_ID", env = "ROBOT_ID")]
    id: Option<String>,
    /// Where it is at first, in metres
    #[arg(long, value_name = "X,Y", value_parser = place, allow_hyphen_values = true)]
    at: Option<[f64; 2]>,
    /// Metres a second
    #[arg(long, value_name = "SPEED", env = "ROBOT_SPEED")]
    speed: Option<f64>,
    /// The file that its execution log is added to
    #[arg(long, value_name = "FILE", env = "ROBOT_LOG")]
    log: Option<PathBuf>,
    /// End when the standard input does
    #[arg(long)]
    with_parent: bool,
}

fn place(text: &str) -> Result<[f64; 2], String> {
    let parts: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
    parts
        .and_then(|parts| parts.try_into().ok())
        .ok_or_else(|| "give two numbers, as 1.5,-2".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    exit(run(&args))
}

fn run(args: &Args) -> Result<(), String> {
    let mut settings = Settings::read(&args.common)?;
    let table = &mut settings.robot;
    table.id = args.id.clone().or(table.id.take());
    table.log = args.log.clone().or(table.log.take());
    table.at = args.at.or(table.at);
    table.speed = args.speed.or(table.speed);
    let (robot, charging) = (settings.as_robot()?, settings.charging_time()?);
    let stop = stop::when_told(args.with_parent)?;
    robot::run(&settings, |now| Simulated::new(&robot, charging, now), &stop)
}
