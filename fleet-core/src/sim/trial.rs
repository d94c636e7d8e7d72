//! One storm after another: run, judged, and made smaller where it breaks something.

use std::collections::BTreeMap;

use super::happening::{Happening, Observer};
use super::invariants::{Invariants, Violation};
use super::mishap::{DiskFault, Trouble, Wish};
use super::network::{Direction, Faults, Topology};
use super::storm::Storm;
use super::world::Sim;
use crate::ledger::Phase;
use crate::message::Forfeit;
use crate::output::{Event, Reopened, StopReason};
use crate::regime::Mode;
use crate::time::Time;

pub use super::parts::{parts, shrink, shrink_where, without};

/// How often what happened, over one or many runs: a fault that never fires is seen here.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Coverage(BTreeMap<&'static str, u64>);

impl Coverage {
    /// The counts, by name.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }

    /// How often `name` happened.
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Coverage) {
        other.counts().for_each(|(name, count)| self.count(name, count));
    }

    fn count(&mut self, name: &'static str, times: u64) {
        *self.0.entry(name).or_default() += times;
    }
}

/// The names that a [`Coverage`] can have, so that what never happened can be told too.
pub const COVERED: [&str; 41] = [
    "clock: fast or slow",
    "disk: full",
    "disk: not synced",
    "disk: torn write",
    "frame: lost",
    "frame: sent",
    "link: delay spike",
    "link: partition",
    "link: partition, deaf",
    "link: partition, mute",
    "node: paused",
    "node: paused longer than a lease",
    "robot: crash",
    "witness: crash, for good",
    "witness: crash, with journal",
    "witness: crash, without memory",
    "order: cancel",
    "order: drain",
    "order: pause",
    "order: reopen",
    "order: strategy",
    "task: accepted",
    "task: cancelled",
    "task: done",
    "task: done twice, best effort",
    "task: failed",
    "task: given back",
    "task: lease lost",
    "task: not granted",
    "task: opened again, robot lost",
    "task: retreat",
    "task: team did not come together",
    "task: team is there",
    "task: waits for a person",
    "mode: alone",
    "mode: better",
    "mode: worse",
    "robot: drained",
    "robot: joined",
    "robot: lost",
    "task: revoked",
];

/// What came of one storm.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What it broke first, if anything.
    pub violation: Option<Violation>,
    /// What happened in it.
    pub coverage: Coverage,
    /// When it was over.
    pub over: Time,
}

/// Runs a storm, and then the calm after it, and checks every promise after everything that happens.
pub fn weather(storm: &Storm) -> Verdict {
    weather_with(storm, &mut ())
}

/// The same, with somebody who watches.
pub fn weather_with(storm: &Storm, observer: &mut dyn Observer) -> Verdict {
    let mut watch = Watch {
        invariants: Invariants::new(storm),
        coverage: Coverage::default(),
        storm,
        observer,
    };
    watch.count_links();
    let mut sim = match Sim::new(storm.setup()) {
        Ok(sim) => sim,
        Err(error) => {
            let violation = Violation {
                promise: "setup",
                at: Time::ZERO,
                what: error.to_string(),
            };
            return watch.verdict(Some(violation), Time::ZERO);
        }
    };
    for (until, calm) in [(storm.calm(), false), (storm.end(), true)] {
        if calm {
            let _ = sim.set_faults(Faults::default());
            let _ = sim.set_topology(Topology::Full);
        }
        while !sim.is_over() && sim.step(until, &mut watch) {
            watch.invariants.look(&sim);
            if let Some(violation) = watch.invariants.violation().cloned() {
                return watch.verdict(Some(violation), sim.now());
            }
        }
    }
    watch.invariants.finish(&sim);
    let violation = watch.invariants.violation().cloned();
    watch.verdict(violation, sim.now())
}

struct Watch<'a> {
    invariants: Invariants,
    coverage: Coverage,
    storm: &'a Storm,
    observer: &'a mut dyn Observer,
}

impl Watch<'_> {
    fn verdict(self, violation: Option<Violation>, over: Time) -> Verdict {
        Verdict {
            violation,
            coverage: self.coverage,
            over,
        }
    }

    fn count_links(&mut self) {
        for cut in &self.storm.partitions {
            let name = match cut.direction {
                Direction::Both => "link: partition",
                Direction::In => "link: partition, deaf",
                Direction::Out => "link: partition, mute",
            };
            self.coverage.count(name, 1);
        }
        self.coverage
            .count("link: delay spike", self.storm.spikes.len() as u64);
        let wrong = self.storm.clocks.values().filter(|clock| clock.ppm != 0);
        self.coverage.count("clock: fast or slow", wrong.count() as u64);
    }

    fn trouble(&self, node: crate::NodeId, what: Trouble) -> &'static str {
        let witness = self.storm.config.witnesses.contains(&node);
        match what {
            Trouble::Crash { .. } if !witness => "robot: crash",
            Trouble::Crash { restart: None, .. } => "witness: crash, for good",
            Trouble::Crash { memory: true, .. } => "witness: crash, with journal",
            Trouble::Crash { memory: false, .. } => "witness: crash, without memory",
            Trouble::Pause(span) if span > self.storm.config.lease.guard() => {
                "node: paused longer than a lease"
            }
            Trouble::Pause(_) => "node: paused",
            Trouble::Disk { fault, .. } => match fault {
                DiskFault::Torn(_) => "disk: torn write",
                DiskFault::Full => "disk: full",
                DiskFault::Sync => "disk: not synced",
            },
        }
    }

    fn event(event: &Event) -> Option<&'static str> {
        Some(match event {
            Event::Task {
                phase: Phase::Done, ..
            } => "task: done",
            Event::Task {
                phase: Phase::Cancelled,
                ..
            } => "task: cancelled",
            Event::Task {
                phase: Phase::Failed(_),
                ..
            } => "task: failed",
            Event::Task {
                reopened: Some(Reopened::RobotLost),
                ..
            } => "task: opened again, robot lost",
            Event::Task {
                reopened: Some(Reopened::Forfeited(_)),
                ..
            } => "task: given back",
            Event::Accepted(_) => "task: accepted",
            Event::Duplicated { .. } => "task: done twice, best effort",
            Event::Lost { .. } => "task: waits for a person",
            Event::Stop {
                why: StopReason::Lost(Forfeit::LeaseLost),
                ..
            } => "task: lease lost",
            Event::Stop {
                why: StopReason::Revoked,
                ..
            } => "task: revoked",
            Event::Stop {
                why: StopReason::Lost(Forfeit::Team),
                ..
            } => "task: team did not come together",
            Event::Together(_) => "task: team is there",
            Event::Retreat { .. } => "task: retreat",
            Event::Mode { before, now } if before > now => "mode: better",
            Event::Mode { now: Mode::Alone, .. } => "mode: alone",
            Event::Mode { .. } => "mode: worse",
            Event::RobotJoined(_) => "robot: joined",
            Event::RobotLost(_) => "robot: lost",
            Event::Drained(_) => "robot: drained",
            _ => return None,
        })
    }
}

impl Observer for Watch<'_> {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Sent {
                recipients,
                lost,
                frame,
                ..
            } => {
                self.coverage.count("frame: sent", (*recipients).into());
                self.coverage.count("frame: lost", (*lost).into());
                if crate::wire::kind(frame) == Some(11) {
                    self.coverage.count("task: not granted", 1);
                }
            }
            Happening::Trouble {
                node,
                what,
                begins: true,
            } => {
                let name = self.trouble(*node, *what);
                self.coverage.count(name, 1);
            }
            Happening::Ordered(wish) => {
                let name = match wish {
                    Wish::Cancel(_) => "order: cancel",
                    Wish::Pause(..) => "order: pause",
                    Wish::Reopen(_) => "order: reopen",
                    Wish::Drain(..) => "order: drain",
                    Wish::Strategy(_) => "order: strategy",
                };
                self.coverage.count(name, 1);
            }
            Happening::Event { event, .. } => {
                if let Some(name) = Self::event(event) {
                    self.coverage.count(name, 1);
                }
            }
            _ => {}
        }
        self.invariants.observe(now, happening);
        self.observer.observe(now, happening);
    }
}
