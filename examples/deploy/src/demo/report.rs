//! What the demo came to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::children::Ended;
use super::news::Item;
use super::work;
use crate::log::{self, Verdict};
use crate::out::outln;

#[derive(Default)]
pub(super) struct Report {
    pub(super) robots: usize,
    /// Until all were there.
    pub(super) starting: Duration,
    /// Until the first tasks were accepted by a majority.
    pub(super) accepting: Duration,
    /// Until all tasks had ended.
    pub(super) working: Duration,
    pub(super) stopping: Duration,
    /// From each kill to the next award.
    pub(super) kills: Vec<Duration>,
    /// Seconds of processor time.
    pub(super) cpu: f64,
    pub(super) ended: Ended,
    tasks: u32,
    /// How many tasks are in each phase.
    phases: BTreeMap<String, usize>,
    /// Tasks that no orchestrator knows.
    lost: Vec<String>,
    verdict: Verdict,
    /// From submission to the beginning of the work, shortest first.
    waits: Vec<f64>,
    /// From the submission of the first tasks to the first award of each, and to its claim.
    awarded: Vec<f64>,
    claimed: Vec<f64>,
}

impl Report {
    /// From what the orchestrators keep, what they told, and what the robots wrote down.
    pub(super) fn judge(
        &mut self,
        tasks: u32,
        records: &[Value],
        news: &[Item],
        since: f64,
        logs: &[PathBuf],
    ) -> Result<(), String> {
        self.tasks = tasks;
        self.verdict = log::judge(&log::read(logs)?);
        let known: BTreeMap<&str, &Value> = records
            .iter()
            .filter_map(|record| Some((record["id"].as_str()?, record)))
            .collect();
        for k in 0..tasks {
            let id = work::id(k);
            let Some(record) = known.get(id.as_str()) else {
                self.lost.push(id);
                continue;
            };
            let phase = record["phase"].as_str().unwrap_or_default();
            *self.phases.entry(phase.to_owned()).or_default() += 1;
            if let (Some(begun), Some(submitted)) =
                (self.verdict.begun.get(&id), record["submitted"].as_f64())
            {
                self.waits.push((begun - submitted).max(0.0));
            }
        }
        self.waits.sort_by(f64::total_cmp);
        let first = |what: &[&str]| {
            let mut seen = BTreeSet::new();
            let told = news.iter().filter(|item| what.contains(&item.what.as_str()));
            let mut times: Vec<f64> = told
                .filter(|item| seen.insert(&item.task))
                .map(|item| item.at - since)
                .collect();
            times.sort_by(f64::total_cmp);
            times
        };
        self.awarded = first(&["awarded"]);
        self.claimed = first(&["held", "running", "done"]);
        Ok(())
    }

    /// Whether what is promised held.
    pub(super) fn check(&self) -> Result<(), String> {
        let done = self.phases.get("done").copied().unwrap_or(0);
        let mut broken = Vec::new();
        if done != self.tasks as usize {
            broken.push(format!("{done} of {} tasks are done", self.tasks));
        }
        if !self.lost.is_empty() {
            broken.push(format!("lost: {}", self.lost.join(", ")));
        }
        if !self.verdict.overlaps.is_empty() {
            broken.push(format!(
                "two robots at one task: {}",
                self.verdict.overlaps.join("; ")
            ));
        }
        if self.ended.badly + self.ended.killed > 0 {
            broken.push(format!("processes that did not end well: {:?}", self.ended));
        }
        match broken.is_empty() {
            true => Ok(()),
            false => Err(broken.join("\n")),
        }
    }

    pub(super) fn print(&self, as_json: bool) {
        if as_json {
            return outln!("{}", self.json());
        }
        let phases: Vec<String> = self
            .phases
            .iter()
            .map(|(phase, count)| format!("{count} {phase}"))
            .collect();
        outln!(
            "tasks                 {}: {}; lost {}",
            self.tasks,
            phases.join(", "),
            self.lost.len()
        );
        outln!(
            "accepted              all of the first by a majority within {:.2} s",
            self.accepting.as_secs_f64()
        );
        for (what, times) in [("awarded", &self.awarded), ("claimed", &self.claimed)] {
            if times.is_empty() {
                continue; // where robots choose for themselves nobody awards
            }
            outln!(
                "{what:<21} {} seen; half after {:.2} s, 99 % after {:.2} s; {:.0} a second until half, {:.0} until 90 %",
                times.len(),
                at(times, 0.5),
                at(times, 0.99),
                rate(times, 0.5),
                rate(times, 0.9)
            );
        }
        outln!(
            "submitted to running  p50 {:.2} s, p99 {:.2} s, of {}",
            at(&self.waits, 0.5),
            at(&self.waits, 0.99),
            self.waits.len()
        );
        let each = self.working.as_secs_f64() / f64::from(self.tasks.max(1));
        outln!(
            "time                  {:.1} s for all, {:.1} ms a task; {:.1} s to start, {:.1} s to stop",
            self.working.as_secs_f64(),
            each * 1e3,
            self.starting.as_secs_f64(),
            self.stopping.as_secs_f64()
        );
        outln!(
            "two robots at a task  {}; run again after a robot had finished it {}",
            self.verdict.overlaps.len(),
            self.verdict.repeated.len()
        );
        if !self.kills.is_empty() {
            let mut kills: Vec<f64> = self.kills.iter().map(Duration::as_secs_f64).collect();
            kills.sort_by(f64::total_cmp);
            outln!(
                "kills of the leader   {}; next award after {:.2} s (median), {:.2} s (longest)",
                kills.len(),
                at(&kills, 0.5),
                at(&kills, 1.0)
            );
        }
        let (cores, share) = self.cores();
        outln!(
            "processors            {:.1} s used by {} processes, {:.0} % of {cores}",
            self.cpu,
            self.robots + super::ORCHESTRATORS,
            share * 100.0
        );
        outln!(
            "stopped               {} in good order, {} with an error, {} killed",
            self.ended.well,
            self.ended.badly,
            self.ended.killed
        );
    }

    fn cores(&self) -> (usize, f64) {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        (
            cores,
            self.cpu / ((self.starting + self.working).as_secs_f64() * cores as f64),
        )
    }

    fn json(&self) -> Value {
        let seconds = |span: &Duration| span.as_secs_f64();
        json!({
            "robots": self.robots, "tasks": self.tasks, "phases": self.phases, "lost": self.lost,
            "overlaps": self.verdict.overlaps, "repeated": self.verdict.repeated,
            "accepted_within": seconds(&self.accepting), "working": seconds(&self.working),
            "starting": seconds(&self.starting), "stopping": seconds(&self.stopping),
            "awarded": { "count": self.awarded.len(), "p50": at(&self.awarded, 0.5), "p99": at(&self.awarded, 0.99), "rate": rate(&self.awarded, 0.9) },
            "claimed": { "count": self.claimed.len(), "p50": at(&self.claimed, 0.5), "p99": at(&self.claimed, 0.99), "rate": rate(&self.claimed, 0.9) },
            "submitted_to_running": { "count": self.waits.len(), "p50": at(&self.waits, 0.5), "p99": at(&self.waits, 0.99) },
            "next_award": self.kills.iter().map(seconds).collect::<Vec<_>>(), "cpu_seconds": self.cpu,
            "ended": { "well": self.ended.well, "badly": self.ended.badly, "killed": self.ended.killed },
        })
    }
}

/// The value below which such a share of them is.
fn at(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted.get(place.max(1) - 1).copied().unwrap_or(f64::NAN)
}

/// How many a second, until such a share of them had happened.
fn rate(sorted: &[f64], share: f64) -> f64 {
    sorted.len() as f64 * share / at(sorted, share).max(1e-3)
}
