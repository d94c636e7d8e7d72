//! `soak`: fleets in storms drawn from seeds, and what they break.

mod args;
mod output;
mod plant;
mod progress;
mod summary;
mod trace;
mod weather;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use args::Args;
use fleet_core::sim::{Observer, Storm, trial};
use fleet_examples::program::stop_on_signal;
use progress::Progress;
use summary::{Failure, Smaller, Summary, Tally};
use trace::Trace;
use weather::{Broken, Outcome, Plan, weather};

fn main() -> ExitCode {
    let args = Args::get();
    match soak(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

type Error = Box<dyn std::error::Error>;

fn soak(args: &Args) -> Result<ExitCode, Error> {
    let stop = stop_on_signal()?;
    weather::keep_panics();
    plant::plant(args.plant);
    let soak = Soak {
        args,
        leave_out: args.leave_out(),
        stop: &stop,
    };
    if !args.json {
        eprintln!("{}", soak.announcement());
    }
    let began = Instant::now();
    let tally = soak.run();
    let wall = began.elapsed().as_secs_f64();
    let interrupted = stop.load(Ordering::Relaxed);
    let smaller = soak.shrink(&tally);
    let code = match (interrupted, tally.failed) {
        (true, _) => ExitCode::from(130),
        (false, 0) => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    };
    output::print(args.json, &soak.summary(tally, wall, interrupted, smaller))?;
    if interrupted {
        eprintln!("interrupted: the summary is of the seeds that were run");
    }
    Ok(code)
}

struct Soak<'a> {
    args: &'a Args,
    /// Parts.
    leave_out: Vec<usize>,
    stop: &'a AtomicBool,
}

impl Soak<'_> {
    fn plan(&self) -> Plan<'_> {
        let (from, count) = self.args.range();
        Plan {
            scale: self.args.scale(),
            from,
            count,
            threads: self
                .args
                .threads()
                .min(usize::try_from(count).unwrap_or(usize::MAX)),
            plant: self.args.plant,
            leave_out: &self.leave_out,
        }
    }

    /// What is about to be run.
    fn announcement(&self) -> String {
        let plan = self.plan();
        let among = if plan.scale.among_robots {
            " among them"
        } else {
            ""
        };
        format!(
            "{} robots, {} witnesses{among}, {} tasks; {} on {} threads{}",
            plan.scale.robots,
            plan.scale.witnesses,
            plan.scale.tasks,
            match plan.count {
                1 => format!("seed {}", plan.from),
                count => format!("seeds {} to {}", plan.from, plan.from + (count - 1)),
            },
            plan.threads,
            plan.plant
                .map_or(String::new(), |bug| format!("; planted: {}", bug.name())),
        )
    }

    /// Whether anybody sees a bar.
    fn shows(&self) -> bool {
        !self.args.json && !self.args.trace && std::io::stderr().is_terminal()
    }

    fn run(&self) -> Tally {
        let (plan, mut tally) = (self.plan(), Tally::new());
        if let Some(seed) = self.args.seed.filter(|_| self.args.trace) {
            tally.add(outcome(seed, &plan.storm(seed), &mut Trace));
            return tally;
        }
        let progress = Progress::new(self.shows(), plan.count, "seeds");
        plan.run(self.stop, |outcome| {
            if let Some(broken) = outcome.broken.as_ref().filter(|_| self.shows()) {
                progress.say(&output::told(&self.failure(outcome.seed, broken)));
            }
            tally.add(outcome);
            progress.seeds(tally.seeds, tally.failed);
            tally.failed == 0 || !self.args.stop_at_failure
        });
        progress.finish();
        tally
    }

    fn failure(&self, seed: u64, broken: &Broken) -> Failure {
        Failure {
            seed,
            promise: broken.promise,
            at: broken.at,
            what: trace::short(&broken.what),
            replay: self.args.replay(seed, &self.leave_out),
        }
    }

    /// The first failure of each promise, made smaller.
    fn shrink(&self, tally: &Tally) -> Vec<Smaller> {
        if self.args.no_shrink || !self.leave_out.is_empty() || self.stop.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let first = tally.first.values();
        first
            .map(|(seed, broken)| self.shrink_one(*seed, broken))
            .collect()
    }

    fn shrink_one(&self, seed: u64, first: &Broken) -> Smaller {
        let storm = Storm::draw(seed, self.args.scale());
        let names = trial::parts(&storm);
        let unit = format!("parts of seed {seed} left out");
        let progress = Progress::new(self.shows(), names.len() as u64, &unit);
        let mut last = first.clone();
        let fails = |less: &Storm| {
            // Who interrupts this has what was left out so far.
            if self.stop.load(Ordering::Relaxed) {
                return false;
            }
            let broken = weather(less, &mut ()).0;
            let same = broken.filter(|broken| broken.promise == first.promise);
            same.map(|broken| last = broken).is_some()
        };
        let left_out = trial::shrink_where(&storm, fails, |out, _| progress.parts(out));
        progress.finish();
        let left = names
            .into_iter()
            .enumerate()
            .filter(|(part, _)| !left_out.contains(part));
        Smaller {
            seed,
            promise: last.promise,
            at: last.at,
            what: trace::short(&last.what),
            parts: left.map(|(_, name)| name).collect(),
            replay: self.args.replay(seed, &left_out),
            left_out,
        }
    }

    fn summary(&self, tally: Tally, wall: f64, interrupted: bool, smaller: Vec<Smaller>) -> Summary {
        let plan = self.plan();
        let failures = tally.failures.iter();
        Summary {
            scale: plan.scale.into(),
            plant: plan.plant.map(|bug| bug.name()),
            from: plan.from,
            seeds: tally.seeds,
            failed: tally.failed,
            interrupted,
            threads: plan.threads,
            wall,
            seeds_per_second: tally.seeds as f64 / wall.max(1e-9),
            never: tally.never(),
            failures: failures
                .map(|(seed, broken)| self.failure(*seed, broken))
                .collect(),
            coverage: tally.coverage,
            violations: tally.violations,
            smaller,
        }
    }
}

fn outcome(seed: u64, storm: &Storm, observer: &mut dyn Observer) -> Outcome {
    let (broken, coverage) = weather(storm, observer);
    Outcome {
        seed,
        broken,
        coverage,
    }
}
