//! The command line.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use clap::builder::RangedU64ValueParser;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use fleet_core::planted::Bug;
use fleet_core::sim::Scale;
use fleet_examples::run::Strategy;

use crate::plant;

const AFTER: &str = "\
Examples:
  soak                                               1000 small storms on all cores
  soak --seeds 500 --scale large                     fifty robots each
  soak --witnesses 5 --among-robots                  robots that are witnesses themselves
  soak --seed 17 --trace                             one storm, and all that happens in it
  soak --seed 17 --leave-out 3,8-12 --trace          the same without some of its parts

Exit codes:
    0  every promise was kept
    1  a promise was broken
    2  the command line was not understood
  130  interrupted (Ctrl-C or a request to end): the summary of what was run is printed";

/// Most robots, witnesses and tasks of one storm, most threads, and most seeds of one run.
const ROBOTS: u64 = 1_000;
const WITNESSES: u64 = fleet_core::limits::WITNESSES as u64;
const TASKS: u64 = 10_000;
const THREADS: u64 = 1_024;
const SEEDS: u64 = 1_000_000_000;
/// No storm has more parts.
const PARTS: usize = 100_000;

/// Runs fleets through storms drawn from seeds, and checks every promise after everything that happens.
///
/// A storm is a fleet, its tasks, a bad network, and what befalls them: partitions, crashes, full disks, pauses, wrong
/// clocks, orders of people. The same seed and scale give the same storm, message by message. The first seed that
/// breaks a promise is made smaller: parts are left out for as long as the same promise is broken without them.
#[derive(Parser, Debug)]
#[command(name = "soak", version, max_term_width = 100, after_long_help = AFTER)]
pub(crate) struct Args {
    /// How many seeds to run, one after the other.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = up_to(SEEDS))]
    pub(crate) seeds: u64,

    /// The first of them.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub(crate) from: u64,

    /// This seed alone.
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "from"])]
    pub(crate) seed: Option<u64>,

    /// Stop at the first seed that breaks a promise.
    #[arg(long)]
    pub(crate) stop_at_failure: bool,

    /// Threads [default: one for each core].
    #[arg(long, value_name = "COUNT", value_parser = up_to(THREADS))]
    threads: Option<u64>,

    /// How large a storm is: 8 robots, 3 witnesses and 30 tasks, or 50, 3 and 200.
    #[arg(long, value_enum, default_value_t = Size::Small, help_heading = "Storm")]
    scale: Size,

    /// Robots [default: the scale's].
    #[arg(long, value_name = "COUNT", value_parser = up_to(ROBOTS), help_heading = "Storm")]
    robots: Option<u64>,

    /// Witnesses [default: the scale's].
    #[arg(long, value_name = "COUNT", value_parser = up_to(WITNESSES), help_heading = "Storm")]
    witnesses: Option<u64>,

    /// Tasks [default: the scale's].
    #[arg(long, value_name = "COUNT", value_parser = up_to(TASKS), help_heading = "Storm")]
    tasks: Option<u64>,

    /// Teams of two or three tasks among the tasks [default: none].
    #[arg(long, value_name = "COUNT", value_parser = up_to(TASKS), help_heading = "Storm")]
    teams: Option<u64>,

    /// The witnesses are robots, and not nodes of their own.
    #[arg(long, help_heading = "Storm")]
    among_robots: bool,

    /// Who decides who should do what.
    #[arg(long, value_enum, default_value_t = Strategy::Centralized, help_heading = "Storm")]
    strategy: Strategy,

    /// Put back this known mistake, to see that it is found. Only in a build with `--features planted` and without
    /// `--release`.
    #[arg(long, value_name = "BUG", value_parser = plant::parse, help_heading = "Storm")]
    pub(crate) plant: Option<Bug>,

    /// Leave out these parts of the storm, by the numbers that a failure is printed with: 3,8-12.
    #[arg(
        long,
        value_name = "PARTS",
        value_delimiter = ',',
        value_parser = parts,
        requires = "seed",
        help_heading = "One seed"
    )]
    leave_out: Vec<RangeInclusive<usize>>,

    /// Print what happens, a line each, to stderr.
    #[arg(long, requires = "seed", help_heading = "One seed")]
    pub(crate) trace: bool,

    /// Do not make a storm that fails smaller.
    #[arg(long, help_heading = "Results")]
    pub(crate) no_shrink: bool,

    /// Print the summary as JSON, and nothing else.
    #[arg(long, help_heading = "Results")]
    pub(crate) json: bool,
}

/// Sizes that have a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Size {
    Small,
    Large,
}

/// One number, or the first and the last of several.
fn parts(text: &str) -> Result<RangeInclusive<usize>, String> {
    let number = |text: &str| text.parse().ok().filter(|number| *number < PARTS);
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(format!(
            "'{text}' is neither a number below {PARTS} nor like 8-12"
        )),
    }
}

/// What [`parts`] reads.
fn written(parts: &[usize]) -> String {
    let mut ranges: Vec<RangeInclusive<usize>> = Vec::new();
    for part in parts {
        match ranges.last_mut().filter(|range| range.end() + 1 == *part) {
            Some(range) => *range = *range.start()..=*part,
            None => ranges.push(*part..=*part),
        }
    }
    let text = |range: &RangeInclusive<usize>| match (range.start(), range.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

fn up_to(most: u64) -> RangedU64ValueParser {
    RangedU64ValueParser::new().range(1..=most)
}

impl Args {
    /// The command line, if it makes sense; otherwise the program ends here.
    pub(crate) fn get() -> Self {
        let args = Args::parse();
        if let Err(words) = args.check() {
            Args::command().error(ErrorKind::ValueValidation, words).exit();
        }
        args
    }

    fn check(&self) -> Result<(), String> {
        let scale = self.scale();
        if scale.among_robots && scale.witnesses > scale.robots {
            return Err(format!(
                "--among-robots with --witnesses {}: there are only {} robots to choose from",
                scale.witnesses, scale.robots
            ));
        }
        if self.from.checked_add(self.seeds).is_none() {
            return Err(format!(
                "--from {}: there are no {} seeds from there on",
                self.from, self.seeds
            ));
        }
        match self.plant {
            Some(bug) => plant::available(bug),
            None => Ok(()),
        }
    }

    /// How large each storm is.
    pub(crate) fn scale(&self) -> Scale {
        let named = match self.scale {
            Size::Small => Scale::SMALL,
            Size::Large => Scale::LARGE,
        };
        // What is beyond a `u32` was refused.
        let or = |given: Option<u64>, named: u32| given.and_then(|n| n.try_into().ok()).unwrap_or(named);
        Scale {
            robots: or(self.robots, named.robots),
            witnesses: or(self.witnesses, named.witnesses),
            tasks: or(self.tasks, named.tasks),
            teams: or(self.teams, named.teams),
            among_robots: self.among_robots,
            strategy: self.strategy.into(),
        }
    }

    /// The parts to leave out, in order.
    pub(crate) fn leave_out(&self) -> Vec<usize> {
        let parts: BTreeSet<usize> = self.leave_out.iter().cloned().flatten().collect();
        parts.into_iter().collect()
    }

    /// The first seed, and how many.
    pub(crate) fn range(&self) -> (u64, u64) {
        self.seed.map_or((self.from, self.seeds), |seed| (seed, 1))
    }

    pub(crate) fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        let asked = self.threads.and_then(|threads| threads.try_into().ok());
        asked.unwrap_or_else(cores)
    }

    /// The command that runs one seed of these again, without some of its parts.
    pub(crate) fn replay(&self, seed: u64, leave_out: &[usize]) -> String {
        let mut command = String::from("cargo run");
        if !cfg!(debug_assertions) {
            command += " --release";
        }
        command += " --example soak";
        if self.plant.is_some() {
            command += " --features planted";
        }
        command += &format!(" -- --seed {seed}");
        if self.scale == Size::Large {
            command += " --scale large";
        }
        let counts = [
            ("robots", self.robots),
            ("witnesses", self.witnesses),
            ("tasks", self.tasks),
            ("teams", self.teams),
        ];
        for (name, count) in counts {
            command += &count.map_or(String::new(), |count| format!(" --{name} {count}"));
        }
        if self.strategy != Strategy::Centralized {
            command += &format!(" --strategy {}", self.strategy);
        }
        if self.among_robots {
            command += " --among-robots";
        }
        if let Some(bug) = self.plant {
            command += &format!(" --plant {}", bug.name());
        }
        if !leave_out.is_empty() {
            command += &format!(" --leave-out {}", written(leave_out));
        }
        command
    }
}
