//! What a run comes to, in numbers.

use fleet_core::Priority;
use fleet_core::ledger::Phase;
use fleet_core::sim::Sim;
use serde::Serialize;

use super::choices::{Choices, Settings};
use super::recorder::{BodyLog, Life, Recorder, at_work};
use crate::scenario::Scenario;

/// The numbers of a run. Times are in seconds of simulated time, unless they say otherwise.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Summary {
    /// Name of the scenario.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// How the run was made.
    pub settings: Settings,
    /// Robots at the start.
    pub robots: usize,
    /// Whether all tasks ended; if not, the run reached its duration or was interrupted.
    pub complete: bool,
    /// The first promise of S1, S2 and S4 that was broken, and how; none, unless there is a mistake in the library.
    pub broken: Option<String>,
    /// Simulated time.
    pub duration: f64,
    /// Real time that the simulation took.
    pub wall: f64,
    /// What became of the tasks.
    pub tasks: Tasks,
    /// End of the last task done.
    pub makespan: f64,
    /// Time from submission (or release, if later) to the end, of tasks done.
    pub flowtime: Spread,
    /// Time from submission to the first award.
    pub time_to_award: Spread,
    /// Lateness by class.
    pub classes: Vec<Class>,
    /// Metres driven by all robots.
    pub travel: f64,
    /// Share of the run in which a robot drove or worked, over the robots.
    pub utilization: Spread,
    /// Tasks done by each robot.
    pub tasks_per_robot: Spread,
    /// What was said.
    pub messages: Messages,
    /// Real time that nodes computed.
    pub compute: Compute,
}

/// What became of the tasks of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Tasks {
    /// In the scenario.
    pub total: usize,
    /// Submitted during the run.
    pub submitted: usize,
    /// Finished.
    pub done: usize,
    /// Given up.
    pub failed: usize,
    /// Called off.
    pub cancelled: usize,
    /// Submitted, and neither of these by the end.
    pub unserved: usize,
    /// Open again after a robot had them.
    pub reopened: usize,
}

/// Of several values: the mean, the middle, the highest of the lower 95 and 99 per cent, least and greatest.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: f64,
    /// 95th percentile.
    pub p95: f64,
    /// 99th percentile.
    pub p99: f64,
    /// Least.
    pub min: f64,
    /// Greatest.
    pub max: f64,
}

/// The tasks of one priority.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Class {
    /// Which.
    pub priority: Priority,
    /// How many were done.
    pub done: usize,
    /// How many of these have a due time.
    pub with_due: usize,
    /// How many of these were late.
    pub late: usize,
    /// Mean lateness of those done that have a due time; in time counts as zero.
    pub mean_lateness: f64,
    /// Greatest lateness.
    pub max_lateness: f64,
    /// Mean time from submission to the beginning of work.
    pub mean_wait: f64,
}

/// The messages of a run.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Messages {
    /// Sent; a broadcast counts once.
    pub sent: u64,
    /// Arrived, doubles included.
    pub delivered: u64,
    /// Lost.
    pub lost: u64,
    /// Bytes on all links.
    pub bytes: u64,
    /// Sent for each task that was done.
    pub per_task: f64,
    /// Bytes for each task that was done.
    pub bytes_per_task: f64,
}

/// The computing of a run.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Compute {
    /// Awards that were accepted.
    pub decisions: u64,
    /// Microseconds that all nodes together computed, for each of them.
    pub micros_per_decision: f64,
    /// Seconds that all nodes together computed.
    pub total: f64,
}

impl Spread {
    /// Of these values; all zero if there are none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else {
            return Spread::default();
        };
        // The nearest rank: the least value that so many per cent do not exceed.
        let rank =
            |share: f64| values[((share * values.len() as f64).ceil() as usize).clamp(1, last + 1) - 1];
        Spread {
            mean: values.iter().sum::<f64>() / values.len() as f64,
            p50: rank(0.5),
            p95: rank(0.95),
            p99: rank(0.99),
            min: values[0],
            max: values[last],
        }
    }
}

impl Summary {
    /// Of what `recorder` saw of the run of `scenario` under `choices` that `sim` made, in `wall` seconds.
    pub fn new(scenario: &Scenario, choices: &Choices, recorder: &Recorder, sim: &Sim, wall: f64) -> Self {
        let lives = &recorder.lives;
        let end = sim.now().as_secs_f64();
        let tasks = count(lives);
        Summary {
            scenario: scenario.name.clone(),
            seed: scenario.seed,
            settings: choices.settings(scenario),
            robots: scenario.robots.len(),
            complete: sim.is_over(),
            broken: recorder.broken().map(ToString::to_string),
            duration: end,
            wall,
            makespan: done(lives).filter_map(|life| life.ended).fold(0.0, f64::max),
            flowtime: Spread::of(scenario.tasks.iter().zip(lives).filter_map(|(timed, life)| {
                let released = timed.task.release().map_or(0.0, |release| release.as_secs_f64());
                let ended = life.ended.filter(|_| life.phase == Some(Phase::Done))?;
                Some(ended - life.submitted?.max(released))
            })),
            time_to_award: Spread::of(
                lives
                    .iter()
                    .filter_map(|life| Some(life.awarded? - life.submitted?)),
            ),
            classes: Priority::ALL
                .into_iter()
                .rev()
                .map(|class| by_class(class, scenario, lives))
                .collect(),
            travel: sim.robots().map(|robot| robot.metres).sum(),
            utilization: Spread::of(recorder.bodies.iter().map(|body| busy(body, end))),
            tasks_per_robot: Spread::of(per_robot(lives, scenario.robots.len())),
            messages: messages(recorder, tasks.done),
            compute: compute(recorder),
            tasks,
        }
    }
}

fn done(lives: &[Life]) -> impl Iterator<Item = &Life> {
    lives.iter().filter(|life| life.phase == Some(Phase::Done))
}

fn count(lives: &[Life]) -> Tasks {
    let of = |wanted: fn(&Life) -> bool| lives.iter().filter(|life| wanted(life)).count();
    let mut tasks = Tasks {
        total: lives.len(),
        submitted: of(|life| life.submitted.is_some()),
        done: of(|life| life.phase == Some(Phase::Done)),
        failed: of(|life| matches!(life.phase, Some(Phase::Failed(_))) || life.rejected.is_some()),
        cancelled: of(|life| life.phase == Some(Phase::Cancelled)),
        unserved: 0,
        reopened: of(|life| {
            life.log
                .iter()
                .any(|(_, step)| matches!(step, super::recorder::Step::Reopened(_)))
        }),
    };
    tasks.unserved = tasks.submitted - tasks.done - tasks.failed - tasks.cancelled;
    tasks
}

fn by_class(priority: Priority, scenario: &Scenario, lives: &[Life]) -> Class {
    let members = scenario
        .tasks
        .iter()
        .zip(lives)
        .filter(|(timed, _)| timed.task.priority() == priority);
    let (mut done, mut lateness) = (0, Vec::new());
    let mut waits = Vec::new();
    for (timed, life) in members {
        waits.extend(
            life.started
                .zip(life.submitted)
                .map(|(started, submitted)| started - submitted),
        );
        let Some(ended) = life.ended.filter(|_| life.phase == Some(Phase::Done)) else {
            continue;
        };
        done += 1;
        lateness.extend(timed.task.due().map(|due| (ended - due.as_secs_f64()).max(0.0)));
    }
    let spread = Spread::of(lateness.iter().copied());
    Class {
        priority,
        done,
        with_due: lateness.len(),
        late: lateness.iter().filter(|late| **late > 0.0).count(),
        mean_lateness: spread.mean,
        max_lateness: spread.max,
        mean_wait: Spread::of(waits).mean,
    }
}

/// The share of the run that a robot drove to tasks or worked.
fn busy(body: &BodyLog, end: f64) -> f64 {
    let ends = body.spans.iter().skip(1).map(|(from, _)| *from).chain([end]);
    let spans = body
        .spans
        .iter()
        .zip(ends)
        .filter(|((_, doing), _)| at_work(doing));
    let total: f64 = spans.map(|((from, _), to)| to - from).sum();
    // A sum of nothing is minus zero.
    if end > 0.0 && total > 0.0 {
        total / end
    } else {
        0.0
    }
}

fn per_robot(lives: &[Life], robots: usize) -> Vec<f64> {
    let mut counts = vec![0.0; robots];
    done(lives)
        .filter_map(|life| life.robot)
        .for_each(|robot| counts[robot] += 1.0);
    counts
}

fn messages(recorder: &Recorder, done: usize) -> Messages {
    let sum = |field: fn(&super::recorder::Traffic) -> u64| recorder.kinds.iter().map(field).sum::<u64>();
    let (sent, bytes) = (sum(|kind| kind.sent), sum(|kind| kind.bytes));
    let per_task = |amount: u64| {
        if done > 0 {
            amount as f64 / done as f64
        } else {
            0.0
        }
    };
    Messages {
        sent,
        delivered: sum(|kind| kind.delivered),
        lost: sum(|kind| kind.lost),
        bytes,
        per_task: per_task(sent),
        bytes_per_task: per_task(bytes),
    }
}

fn compute(recorder: &Recorder) -> Compute {
    let total = recorder.computing.as_secs_f64();
    let decisions = recorder.awards;
    let micros_per_decision = if decisions > 0 {
        total * 1e6 / decisions as f64
    } else {
        0.0
    };
    Compute {
        decisions,
        micros_per_decision,
        total,
    }
}
