//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser, ValueEnum};
use fleet_core::sim::{Fading, Topology};
use fleet_examples::program;
use fleet_examples::run::{ObjectiveChoice, Strategy, UrgencyChoice};

use crate::axes::{Axes, Axis, usual_settle};
use crate::column;
use crate::fleet::Fleet;
use crate::values;

const AFTER: &str = "\
Examples:
  compare                                            a base case, and one thing at a time varied around it
  compare --quick                                    small fleets and few values: some seconds
  compare --axes robots --robots 10,50,200           larger and larger fleets, and nothing else
  compare --losses 0.3 --axes topology               who hears whom, where three messages of ten are lost
  compare --axes settle --settle 0,0.3,2 --seeds 10  what waiting before a claim saves, and what it costs

The base case has 50 robots, all hear each other, each message is lost by itself or not, none is, and the waits and the
bundles are those of the library: of each list this value if it is there, or else the first.

Exit codes:
    0  all runs came to their ends, whatever came of them
    1  a result could not be written
    2  the command line was not understood
  130  interrupted (Ctrl-C or a request to end): the rows whose runs had ended are printed";

const ROBOTS: u64 = 500;
const WITNESSES: u64 = fleet_core::limits::WITNESSES as u64;
const TASKS: u64 = 100;
const BUNDLE: u64 = 100;
const SEEDS: u64 = 1_000;
const THREADS: u64 = 1_024;
const ROUNDS: u64 = 100_000_000;

/// Runs the strategies of the fleet side by side: the same robots, the same tasks, networks that get worse and worse.
///
/// Robots and tasks are drawn evenly over a square whose side grows with the fleet (100 m for 50 robots). All tasks are
/// visits of 2 to 8 seconds and known from the beginning; robots drive 1 m/s and do not charge. A seed gives the same
/// robots and tasks under every strategy and on every network.
#[derive(Parser, Debug)]
#[command(name = "compare", version, max_term_width = 100)]
pub(crate) struct Args {
    /// Which strategies [default: all there are].
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    strategies: Option<Vec<Strategy>>,

    /// What to vary: one table for each [default: all whose lists have more than one value].
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    axes: Option<Vec<Axis>>,

    /// Small fleets and few values, where nothing else is asked for: for a look, and for tests.
    #[arg(long, conflicts_with = "full")]
    quick: bool,

    /// Large fleets and many values, where nothing else is asked for: takes hours.
    #[arg(long)]
    full: bool,

    /// Seeds of each row, which is their mean [default: 3; 1 with --quick, 10 with --full].
    #[arg(long, value_name = "COUNT", value_parser = up_to(SEEDS))]
    seeds: Option<u64>,

    /// The first of them.
    #[arg(long, value_name = "SEED", default_value_t = 1, value_parser = RangedU64ValueParser::<u64>::new().range(..1 << 32))]
    from: u64,

    /// Threads, with one run each at a time [default: one for each core].
    #[arg(long, value_name = "COUNT", value_parser = up_to(THREADS))]
    threads: Option<u64>,

    /// Shares of messages that are lost, each from 0 to below 1; on each hop, where they are passed on
    /// [default: 0,0.1,0.3,0.5,0.9].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = values::loss, help_heading = "Varied")]
    losses: Option<Vec<f64>>,

    /// Which messages are lost: independent, burst=SECONDS (links go bad for so long on average), coherence=SECONDS (they
    /// fade as radios do) [default: independent,burst=1,coherence=0.5].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = program::fading, help_heading = "Varied")]
    fadings: Option<Vec<Fading>>,

    /// Who hears whom without the help of others: full, line, ring, star, or the range of radios in metres
    /// [default: full,line,ring,star,30].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = program::topology, help_heading = "Varied")]
    topologies: Option<Vec<Topology>>,

    /// Robots, up to 500 [default: 10,20,50,100].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = up_to(ROBOTS), help_heading = "Varied")]
    robots: Option<Vec<u64>>,

    /// How long a robot waits before it claims what it chose, in seconds; varied without loss, and at the greatest loss of
    /// one half or less. Too short a wait is a claim before all who would do it for less were heard [default: 0,0.1,0.3,1].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = values::settle, help_heading = "Varied")]
    settle: Option<Vec<Duration>>,

    /// All waits, leases and other times follow from the losses of the row, as those of the deployment patterns do; beyond one
    /// half as for one half. If not, they are those of the library, whatever is lost.
    #[arg(long, conflicts_with = "settle", help_heading = "Varied")]
    fit: bool,

    /// Tasks that a robot chooses at a time [default: 10].
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = up_to(BUNDLE), help_heading = "Varied")]
    bundle: Option<Vec<u64>>,

    /// Tasks for each robot.
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = up_to(TASKS), help_heading = "Fleet")]
    tasks_per_robot: u64,

    /// Nodes that grant leases.
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = up_to(WITNESSES), help_heading = "Fleet")]
    witnesses: u64,

    /// Whether they are robots, spread evenly over the order of all; if not, they are nodes of their own, before them.
    #[arg(long, value_name = "true|false", default_value_t = true, action = clap::ArgAction::Set, help_heading = "Fleet")]
    among_robots: bool,

    /// What a good plan is, a name or weights: minisum, minimax, miniave, balanced, punctual, or as travel=1,flowtime=0.1.
    #[arg(
        long,
        value_name = "NAME|WEIGHTS",
        default_value = "minisum",
        help_heading = "Fleet"
    )]
    objective: ObjectiveChoice,

    /// How urgency follows from a task.
    #[arg(long, value_enum, default_value_t = UrgencyChoice::Classes, help_heading = "Fleet")]
    urgency: UrgencyChoice,

    /// Simulated seconds after which a run ends, if tasks are left.
    #[arg(long, value_name = "SECONDS", default_value = "1800", value_parser = values::duration, help_heading = "Fleet")]
    duration: Duration,

    /// Rounds of the search for the plan that rows are compared with: by rounds and not by a clock, so that it is the same
    /// plan everywhere [default: 50000, about a second at 50 robots; 5000 with --quick].
    #[arg(long, value_name = "COUNT", value_parser = up_to(ROUNDS), help_heading = "Fleet")]
    plan_rounds: Option<u64>,

    /// Write all numbers to this file, also those of single runs.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) json: Option<PathBuf>,

    /// Write tables and plots to this file, which needs nothing else.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) html: Option<PathBuf>,

    /// Write the plots to this folder, as compare-AXIS.svg.
    #[arg(long, value_name = "FOLDER", help_heading = "Results")]
    pub(crate) svg: Option<PathBuf>,

    /// Print no tables.
    #[arg(long, short, help_heading = "Results")]
    pub(crate) quiet: bool,
}

fn up_to(most: u64) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=most)
}

impl Args {
    /// The command line, if it makes sense; otherwise the program ends here.
    pub(crate) fn get() -> Self {
        let mut command = Args::command().after_long_help(format!("{}\n{AFTER}", column::legend()));
        let mut matches = command.get_matches_mut();
        let args = Args::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit());
        if let Err(words) = args.check() {
            command.error(ErrorKind::ValueValidation, words).exit();
        }
        args
    }

    fn check(&self) -> Result<(), String> {
        let least = self.axes().least_robots();
        if self.among_robots && self.witnesses > least as u64 {
            return Err(format!(
                "--witnesses {}: there are only {least} robots to choose from; give --among-robots false",
                self.witnesses
            ));
        }
        for (option, file) in [("--json", &self.json), ("--html", &self.html)] {
            file.as_ref()
                .map_or(Ok(()), |file| program::check_writable(option, file))?;
        }
        match self.svg.as_ref().filter(|folder| !folder.is_dir()) {
            Some(folder) => Err(format!("--svg {}: there is no such folder", folder.display())),
            None => Ok(()),
        }
    }

    /// What is varied, and over what.
    pub(crate) fn axes(&self) -> Axes {
        let preset = match (self.quick, self.full) {
            (true, _) => Axes::quick(),
            (_, true) => Axes::full(),
            _ => Axes::usual(),
        };
        let counts = |list: &Option<Vec<u64>>, usual: Vec<usize>| match list {
            // What is beyond a `usize` was refused.
            Some(list) => list.iter().map(|count| *count as usize).collect(),
            None => usual,
        };
        let all = Strategy::value_variants();
        Axes {
            strategies: self.strategies.clone().unwrap_or_else(|| all.to_vec()),
            losses: self.losses.clone().unwrap_or(preset.losses),
            fadings: self.fadings.clone().unwrap_or(preset.fadings),
            topologies: self.topologies.clone().unwrap_or(preset.topologies),
            robots: counts(&self.robots, preset.robots),
            settles: match self.fit {
                true => vec![usual_settle()],
                false => self.settle.clone().unwrap_or(preset.settles),
            },
            bundles: counts(&self.bundle, preset.bundles),
            chosen: self.axes.clone(),
        }
        .without_repeats()
    }

    /// What all runs have in common.
    pub(crate) fn fleet(&self) -> Fleet {
        Fleet {
            tasks_per_robot: self.tasks_per_robot as usize,
            witnesses: self.witnesses as usize,
            among_robots: self.among_robots,
            fit: self.fit,
            objective: self.objective.clone(),
            urgency: self.urgency,
            duration: self.duration,
            plan_rounds: self
                .plan_rounds
                .unwrap_or(if self.quick { 5_000 } else { 50_000 }),
        }
    }

    pub(crate) fn seeds(&self) -> Vec<u64> {
        let usual = match (self.quick, self.full) {
            (true, _) => 1,
            (_, true) => 10,
            _ => 3,
        };
        (self.from..self.from + self.seeds.unwrap_or(usual)).collect()
    }

    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, |threads| threads as usize)
    }
}
