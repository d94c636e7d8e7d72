//! `simulate`: a fleet in a file, run in virtual time, told in tables and a report.

mod args;
mod output;
mod watch;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use args::Args;
use clap::Parser;
use fleet_core::sim::Sim;
use fleet_core::{Time, UtcTime};
use fleet_examples::program::{check_writable, stop_on_signal};
use fleet_examples::readers;
use fleet_examples::report;
use fleet_examples::run::{self, Choices, Recorder, Summary};
use fleet_examples::scenario::{Reveal, Scenario};
use watch::{Progress, Watcher};

/// How long a run of a pool of tasks lasts if nothing says otherwise, in seconds.
const POOL_DURATION: u64 = 1000;

fn main() -> ExitCode {
    let args = Args::parse();
    match simulate(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn simulate(args: &Args) -> Result<ExitCode, Failure> {
    let stop = stop_on_signal()?;
    let scenario = match &args.file {
        Some(file) => readers::open(file, &args.options())?,
        None => bundled(args)?,
    };
    let choices = args.choices().or_scenario(&scenario)?;
    if !args.quiet {
        scenario.notes.iter().for_each(|note| eprintln!("note: {note}"));
    }
    if !args.no_report {
        check_writable("--report", &args.report)?;
    }
    if let Some(trace) = &args.trace {
        check_writable("--trace", trace)?;
    }
    let run = Run::new(args, &scenario, &choices)?.go(&stop)?;
    run.tell(args, &scenario, &choices)
}

fn bundled(args: &Args) -> Result<Scenario, Failure> {
    let options = args.options();
    if options.robots.is_some() || options.tasks.is_some() {
        return Err("--robots and --tasks are for maps and published problems: name a file".into());
    }
    Ok(args.scenario.unwrap_or_default().read(options.seed))
}

/// After everything that the scenario still has in store, and after so long without any robot doing anything, a run
/// without a duration has come to its end.
const STANDSTILL: Duration = Duration::from_secs(3600);

/// The last moment at which something happens because the scenario says so.
fn last_planned(scenario: &Scenario) -> Duration {
    let submitted = scenario.tasks.iter().map(|timed| timed.at);
    let released = scenario.tasks.iter().filter_map(|timed| timed.task.release());
    let healed = scenario.partitions.iter().map(|cut| cut.until);
    let repaired = scenario
        .breakdowns
        .iter()
        .map(|event| event.at.saturating_add(event.repair_after.unwrap_or_default()));
    submitted
        .chain(released.map(|time| time.since(UtcTime::from_micros(0))))
        .chain(healed)
        .chain(repaired)
        .max()
        .unwrap_or_default()
}

/// A run, before and after.
struct Run {
    sim: Sim,
    watcher: Watcher,
    until: Option<Duration>,
    last_planned: Duration,
    progress: Progress,
    wall: Duration,
    interrupted: bool,
}

impl Run {
    fn new(args: &Args, scenario: &Scenario, choices: &Choices) -> Result<Self, Failure> {
        let pool =
            matches!(scenario.reveal, Reveal::Pool { .. }).then_some(Duration::from_secs(POOL_DURATION));
        let until = args.duration.or(scenario.duration).or(pool);
        let show = !args.quiet && !args.json && std::io::stderr().is_terminal();
        let recorder = Recorder::new(scenario, !args.no_report);
        Ok(Run {
            sim: Sim::new(choices.setup(scenario))?,
            watcher: Watcher::new(recorder, args.trace.as_deref())?,
            until,
            last_planned: last_planned(scenario),
            progress: Progress::new(show, scenario, until),
            wall: Duration::ZERO,
            interrupted: false,
        })
    }

    fn go(mut self, stop: &AtomicBool) -> Result<Self, Failure> {
        let began = Instant::now();
        let until = self
            .until
            .map_or(Time::from_micros(u64::MAX - 1), |until| Time::ZERO + until);
        while !self.sim.is_over() && self.sim.step(until, &mut self.watcher) {
            self.interrupted = stop.load(Ordering::Relaxed);
            if self.interrupted || self.stands_still() {
                break;
            }
            self.progress.update(&self.sim, &self.watcher.recorder);
        }
        self.wall = began.elapsed();
        self.progress.finish();
        self.watcher.finish(self.sim.now())?;
        Ok(self)
    }

    /// Whether nothing can be expected to happen any more: messages alone go on for ever.
    fn stands_still(&self) -> bool {
        let now = self.sim.now().since(Time::ZERO);
        self.until.is_none()
            && now > self.last_planned.saturating_add(STANDSTILL)
            && self
                .watcher
                .recorder
                .still_since()
                .is_some_and(|since| now > since + STANDSTILL)
    }

    fn tell(&self, args: &Args, scenario: &Scenario, choices: &Choices) -> Result<ExitCode, Failure> {
        let recorder = &self.watcher.recorder;
        let summary = Summary::new(scenario, choices, recorder, &self.sim, self.wall.as_secs_f64());
        output::print(args, &summary)?;
        if self.interrupted {
            let tasks = &summary.tasks;
            eprintln!(
                "interrupted after {:.0} simulated seconds: {} of {} tasks were done; no report was written",
                summary.duration, tasks.done, tasks.submitted
            );
            return Ok(ExitCode::from(130));
        }
        if !args.no_report {
            self.write_report(&args.report, scenario, &summary)?;
            if !args.quiet {
                eprintln!("report: {}", args.report.display());
            }
        }
        if summary.complete || self.until.is_some() {
            return Ok(ExitCode::SUCCESS);
        }
        eprintln!(
            "error: {} of {} tasks were left when no robot had done anything for an hour; the report says why",
            self.sim.open() + self.sim.coming(),
            summary.tasks.total
        );
        Ok(ExitCode::from(3))
    }

    fn write_report(&self, path: &Path, scenario: &Scenario, summary: &Summary) -> Result<(), Failure> {
        let report = run::report(scenario, &self.watcher.recorder, &self.sim, summary);
        report::write(path, &report).map_err(|error| format!("--report {}: {error}", path.display()).into())
    }
}
