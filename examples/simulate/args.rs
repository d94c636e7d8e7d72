//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use fleet_core::sim::{Fading, Topology};
use fleet_examples::program::{fading, seconds, topology};
use fleet_examples::readers::Options;
use fleet_examples::run::{Allocator, Choices, ObjectiveChoice, Strategy, UrgencyChoice};
use fleet_examples::scenario::{Bundled, TaskKind};

const AFTER: &str = "\
Examples:
  simulate                                           the bundled warehouse
  simulate --allocator auction-regret --seed 7       the same with other choices
  simulate --scenario robot-cloud                    another bundled scenario: servers behind an uplink
  simulate yard.toml --json --no-report              a scenario of your own, for a script
  simulate problem.json --duration 1000              a League of Robot Runners problem
  simulate maze.map --robots 30 --kind delivery      tasks drawn on a MovingAI map
  simulate tasks/r5a10i00.txt                        robots, and tasks with deadlines

Exit codes:
    0  done, or the time asked for is over
    1  the run could not start, or its results could not be written
    2  the command line was not understood
    3  the run came to nothing more before all tasks had ended, and nobody had asked it to stop
  130  interrupted (Ctrl-C or a request to end): tables or JSON as far as it came, no report";

/// Simulates a fleet of robots that share a stream of tasks, and writes a report of what happened and why.
///
/// Without a FILE it runs the bundled warehouse: 50 robots, 500 tasks of mixed urgency, a lossy network that
/// splits once, and a robot that breaks down. The same file, options and seed give the same run.
#[derive(Parser, Debug)]
#[command(name = "simulate", version, max_term_width = 100, after_long_help = AFTER)]
pub(crate) struct Args {
    /// A scenario (.toml), a League of Robot Runners problem (.json), a MovingAI map (.map), or a routing problem that
    /// `solve` reads [default: the bundled warehouse].
    pub(crate) file: Option<PathBuf>,

    /// A bundled scenario, instead of a FILE [default: warehouse]. The others show one deployment pattern each.
    #[arg(long, value_enum, value_name = "NAME", conflicts_with = "file")]
    pub(crate) scenario: Option<Bundled>,

    /// Who decides [default: the scenario's, else centralized].
    #[arg(long, value_enum)]
    strategy: Option<Strategy>,

    /// How awards are chosen from bids [default: the scenario's, else auction].
    #[arg(long, value_enum)]
    allocator: Option<Allocator>,

    /// How urgency follows from a task [default: the scenario's, else ageing].
    #[arg(long, value_enum)]
    urgency: Option<UrgencyChoice>,

    /// What a good plan is, a name or weights [default: the scenario's, else balanced].
    ///
    /// balanced: travel, some haste, and lateness as the worst; minisum: least travel; minimax: earliest end of
    /// the last task; miniave: least mean time from release to end; punctual: least lateness; or weights of
    /// travel, flowtime, makespan, tardiness, energy and unserved, as in travel=1,tardiness=2.
    #[arg(long, value_name = "NAME|WEIGHTS")]
    objective: Option<ObjectiveChoice>,

    /// Number that all chance comes from, of the scenario and of the run [default: the scenario's].
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,

    /// Simulated seconds after which the run ends at the latest [default: the scenario's; else 1000 for a pool of
    /// tasks, as in a League of Robot Runners problem; else until all tasks have ended].
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) duration: Option<Duration>,

    /// Who hears whom without the help of others: full, line, ring, star, or the RANGE of radios in metres [default: the
    /// scenario's; so for all of the network].
    ///
    /// What is for others is passed on along a way of the fewest hops, each with its own delay and faults. full: all
    /// hear each other; line, ring: those before and after in the order of the scenario, the coordinator first; star: all
    /// hear the coordinator; RANGE: robots not farther from each other than this, and the coordinator everywhere.
    #[arg(long, value_name = "TOPOLOGY", value_parser = topology, help_heading = "Network")]
    topology: Option<Topology>,

    /// Which messages are lost: independent, burst=SECONDS or coherence=SECONDS.
    ///
    /// independent: each by itself; burst: links go bad for so long on average, and lose everything meanwhile;
    /// coherence: links fade as radios do among many echoes, with a gain that changes in about this time. Whichever it
    /// is, the share is that of --loss.
    #[arg(long, value_name = "FADING", value_parser = fading, help_heading = "Network")]
    fading: Option<Fading>,

    /// Share of messages that are lost, from 0 to 1; on each hop, where they are passed on.
    ///
    /// Neither this nor the other shares, the delay or the fading change the uplink of a scenario that has one.
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    loss: Option<f64>,

    /// Share of messages that arrive twice, from 0 to 1.
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    duplicate: Option<f64>,

    /// Share of messages that are held back so that others overtake them, from 0 to 1.
    #[arg(long, value_name = "SHARE", value_parser = share, help_heading = "Network")]
    reorder: Option<f64>,

    /// Shortest and longest delay of a message, in seconds: 0.005,0.04.
    #[arg(long, value_name = "MIN,MAX", value_parser = delays, help_heading = "Network")]
    delay: Option<(Duration, Duration)>,

    /// Robots to draw on a .map (20 without it), or the most to take from a problem.
    #[arg(long, value_name = "COUNT", help_heading = "Problem")]
    robots: Option<usize>,

    /// Tasks to draw on a .map (100 without it), or the most to take from a problem.
    #[arg(long, value_name = "COUNT", help_heading = "Problem")]
    tasks: Option<usize>,

    /// What tasks are drawn on a .map.
    #[arg(long, value_enum, default_value_t = Kind::Visit, help_heading = "Problem")]
    kind: Kind,

    /// Mebibytes for distances on the map: less makes large maps slower, and changes nothing else.
    #[arg(long, value_name = "MIB", default_value_t = 768, help_heading = "Problem")]
    map_cache: usize,

    /// Where to write the report, an HTML file that needs nothing else.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "fleet-report.html",
        help_heading = "Results"
    )]
    pub(crate) report: PathBuf,

    /// Write no report.
    #[arg(long, help_heading = "Results")]
    pub(crate) no_report: bool,

    /// Print the summary as JSON instead of tables.
    #[arg(long, help_heading = "Results")]
    pub(crate) json: bool,

    /// Print nothing but errors, and the JSON if asked for.
    #[arg(long, short, help_heading = "Results")]
    pub(crate) quiet: bool,

    /// Write everything that happens to this file, a line each: the same run writes the same bytes.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) trace: Option<PathBuf>,
}

/// What tasks are drawn on a map.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// One stop.
    Visit,
    /// A pickup and a delivery.
    Delivery,
    /// Several stops in order.
    Errands,
}

impl Args {
    pub(crate) fn options(&self) -> Options {
        let kind = match self.kind {
            Kind::Visit => TaskKind::Visit,
            Kind::Delivery => TaskKind::Delivery,
            Kind::Errands => TaskKind::Errands,
        };
        Options {
            seed: self.seed,
            robots: self.robots,
            tasks: self.tasks,
            kind,
        }
    }

    pub(crate) fn choices(&self) -> Choices {
        Choices {
            strategy: self.strategy,
            allocator: self.allocator,
            urgency: self.urgency,
            objective: self.objective.clone(),
            topology: self.topology.clone(),
            fading: self.fading,
            loss: self.loss,
            duplicate: self.duplicate,
            reorder: self.reorder,
            delay: self.delay,
            cache_bytes: Some(self.map_cache.saturating_mul(1 << 20)),
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("{text} is not from 0 to 1"))
    }
}

fn delays(text: &str) -> Result<(Duration, Duration), String> {
    let (min, max) = text
        .split_once(',')
        .ok_or_else(|| format!("'{text}' is not like 0.005,0.04"))?;
    let (min, max) = (seconds(min)?, seconds(max)?);
    if max < min {
        Err("the longest delay is shorter than the shortest".into())
    } else {
        Ok((min, max))
    }
}
