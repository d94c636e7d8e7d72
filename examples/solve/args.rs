//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::RangedU64ValueParser;
use fleet_examples::instances::{Format, Goal, Method};

const AFTER: &str = "\
Examples:
  solve p01.txt                              ten seconds, and what was found as a table
  solve p01.txt --json                       the same as JSON, with the routes
  solve --rounds 100000 --seed 7 p01.txt     the same result on every machine
  solve --seconds 1 --json solomon/*.txt     one JSON object a line for each file

A file is told from its content: Cordeau's multi-depot problems, Solomon's and Gehring & Homberger's with time windows,
Li & Lim's pickups and deliveries, and tasks with deadlines, with their robots in the folder `agent` beside.

Exit codes:
    0  every solution was checked, and keeps to everything
    1  a file was not read, or a solution is not what it should be
    2  the command line was not understood
  130  interrupted (Ctrl-C or a request to end): the best that was found until then is printed";

/// Solves routing and task allocation problems from their files, and checks what was found.
#[derive(Parser, Debug)]
#[command(name = "solve", version, max_term_width = 100, after_long_help = AFTER)]
pub(crate) struct Args {
    /// The problems.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Seconds for each.
    #[arg(long, default_value_t = 10.0, value_parser = seconds, conflicts_with = "rounds")]
    pub(crate) seconds: f64,

    /// Rounds of the search for each, instead of seconds: then the result is the same on every machine.
    #[arg(long, value_name = "COUNT", value_parser = RangedU64ValueParser::<u64>::new().range(0..=1_000_000_000_000))]
    pub(crate) rounds: Option<u64>,

    /// What the search draws its chances from.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// So many searches at once, each in a thread of its own and with a seed of its own, of which the best counts.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(1..=256))]
    pub(crate) runs: u64,

    /// Solve by one of the other allocators, instead of the search.
    #[arg(long, value_enum)]
    pub(crate) allocator: Option<Method>,

    /// The format of the files, if their content does not tell.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// What is to be as little as possible [default: that of the format: distance; for pdptw robots; for taptc served].
    #[arg(long, value_enum)]
    pub(crate) goal: Option<Goal>,

    /// Print one JSON object for each file, a line each.
    #[arg(long)]
    pub(crate) json: bool,

    /// Write the JSON object of each file to this folder too, as NAME.json.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "is no number".to_string())?;
    if (0.0..=1e6).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("must be from 0 to 1000000".to_string())
    }
}
