use std::path::PathBuf;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::out::outln;
use crate::settings::Common;
use crate::tasks::Format;

/// Speaks to a fleet
///
/// Exit codes: 0 done; 1 refused, wholly or in part; 2 wrong input, nothing was asked; 3 no orchestrator answered; 4 not
/// known to be done: ask again.
#[derive(Parser)]
#[command(name = "fleetctl", version)]
pub struct Args {
    /// The fleet, and how to reach it.
    #[command(flatten)]
    pub common: Common,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    pub json: bool,
    /// How long an answer is waited for, in seconds
    #[arg(long, global = true, default_value = "5", value_parser = seconds, value_name = "SECONDS")]
    pub timeout: Duration,
    /// Who asks; by default whom the certificate names, or fleetctl
    #[arg(long = "as", global = true, env = "FLEET_CALLER", value_name = "NAME")]
    pub caller: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// What can be done.
#[derive(Subcommand)]
pub enum Verb {
    /// Submit tasks from a file, or from the standard input
    Submit(Submit),
    /// List tasks
    List {
        /// Only those in these phases: submitted, open, held, running, done, failed, cancelled
        #[arg(long = "phase", value_delimiter = ',', value_name = "PHASES")]
        phases: Vec<String>,
    },
    /// Show how the fleet is, then what happens
    Watch {
        /// End when no task is left to do
        #[arg(long)]
        until_done: bool,
    },
    /// Call tasks off
    Cancel {
        /// The tasks
        #[arg(required = true, value_name = "TASK")]
        tasks: Vec<String>,
    },
    /// Take robots out of service, or back into it
    Drain(Drain),
    /// Say why a robot has a task
    Explain {
        /// The task
        #[arg(value_name = "TASK")]
        task: String,
    },
    /// Show orchestrators, robots and how many tasks there are
    Status,
    /// Issue certificates, rotate and revoke them, without asking anybody
    Certs(super::certs::Certs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Which tasks.
#[derive(clap::Args)]
pub struct Submit {
    /// The file, or - for the standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// How it is written; by default as its name says, else JSON
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Submit the good lines even if there are bad ones
    #[arg(long)]
    pub keep_going: bool,
}

/// Which robots, and how.
#[derive(clap::Args)]
pub struct Drain {
    /// The robots
    #[arg(value_name = "ROBOT", required_unless_present = "all", conflicts_with = "all")]
    pub robots: Vec<String>,
    /// All robots
    #[arg(long)]
    pub all: bool,
    /// What becomes of what they have
    #[arg(long, value_enum, default_value_t = How::Reassign)]
    pub how: How,
    /// Back into service
    #[arg(long)]
    pub undo: bool,
    /// Wait until they have nothing left
    #[arg(long)]
    pub wait: bool,
}

/// What becomes of the tasks of a robot that leaves service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum How {
    /// It finishes all that it has
    Finish,
    /// It finishes what it has begun, and gives back the rest
    Reassign,
    /// What it has is called off
    Cancel,
}

impl How {
    pub(super) fn name(self) -> &'static str {
        match self {
            How::Finish => "finish",
            How::Reassign => "reassign",
            How::Cancel => "cancel",
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("'{text}' is no time: give seconds, 0 or more"))
}

pub(super) fn completions(shell: Shell) {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "fleetctl", &mut script);
    outln!("{}", String::from_utf8_lossy(&script));
}
