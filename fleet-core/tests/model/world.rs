//! A small world: who is in it, what can go wrong, and how often.

use std::time::Duration;

use fleet_core::ledger::{LeaseTerms, Phase, Rules};
use fleet_core::planted::Bug;
use fleet_core::{NodeId, Panel, TaskId};

use super::seat::Restart;
use super::state::Act;

/// Microseconds by which the slowest and the fastest clock allowed advance in one unit of real time: rates of two and
/// four thirds.
pub(crate) const SLOW: u64 = 20;
pub(crate) const FAST: u64 = 40;

/// Two steps of the slowest clock, but for one microsecond: the guard is then as good as two steps of the fastest, so
/// that whatever is missing of it shows.
const LEASE: u64 = 2 * SLOW - 1;

/// How fast clocks may go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Rates {
    /// Those of robots as slowly, those of witnesses as fast as is allowed: the worst that can happen to a lease.
    Worst,
    /// Each as slowly or as fast as is allowed, and now so, now so.
    Free,
}

/// How often each thing may happen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct Counts {
    /// Units of real time that pass.
    pub(crate) time: u8,
    /// Awards of each task.
    pub(crate) awards: u8,
    /// Heartbeats of each robot.
    pub(crate) asks: u8,
    pub(crate) finishes: u8,
    pub(crate) returns: u8,
    pub(crate) rulings: u8,
    pub(crate) ticks: u8,
    /// Restarts of witnesses.
    pub(crate) restarts: u8,
    /// Restarts of robots.
    pub(crate) reboots: u8,
}

/// What a world must show, or its bounds are too narrow to say anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sight {
    Done,
    SecondOwner,
    Cancelled,
    DoneInstead,
    Recovered,
}

/// A step of what has happened before.
#[derive(Clone, Debug)]
pub(crate) enum Cue {
    Do(Act),
    /// A unit of time, at the worst.
    Wait,
    /// One hears all that the other has said to it: robots and witnesses by their names.
    Hear {
        from: u128,
        to: u128,
    },
}

/// A small world.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) witnesses: u128,
    pub(crate) tasks: u128,
    /// The first of the robots are the witnesses.
    pub(crate) among_robots: bool,
    /// What was said may be heard again.
    pub(crate) repeats: bool,
    /// Robots give signs of life also when they have nothing to say.
    pub(crate) idle: bool,
    /// Signs of life of witnesses arrive; without them witnesses do not compare what they know.
    pub(crate) signs: bool,
    /// So many of the witnesses coordinate.
    pub(crate) leaders: usize,
    /// Witnesses are answered at once; what is late is what robots say.
    pub(crate) prompt: bool,
    pub(crate) rates: Rates,
    /// Coordinators mind neither their lives nor their awards: epochs are given out twice.
    pub(crate) careless: bool,
    pub(crate) counts: Counts,
    pub(crate) wishes: Vec<Phase>,
    pub(crate) restarts: Vec<Restart>,
    /// How long what has ended is kept, and then remembered.
    pub(crate) keep: (u64, u64),
    /// Silence after which a witness is thought to be gone.
    pub(crate) suspicion: u64,
    /// What has happened before.
    pub(crate) prelude: Vec<Cue>,
    /// All witnesses but the last know that the tasks were called off.
    pub(crate) ended: bool,
    /// What is not heard within a unit of time is lost.
    pub(crate) fresh: bool,
    pub(crate) sights: Vec<Sight>,
    pub(crate) bug: Option<Bug>,
}

impl World {
    /// Two robots and one task, and nothing that goes wrong but messages.
    pub(crate) fn of(name: &'static str, witnesses: u128, counts: Counts) -> Self {
        World {
            name,
            witnesses,
            tasks: 1,
            among_robots: false,
            repeats: true,
            idle: false,
            signs: false,
            leaders: 1,
            prompt: false,
            rates: Rates::Worst,
            careless: false,
            counts,
            wishes: vec![Phase::Open],
            restarts: Vec::new(),
            keep: (1_000_000, 1_000_000),
            suspicion: 1_000_000,
            prelude: Vec::new(),
            ended: false,
            fresh: false,
            sights: Vec::new(),
            bug: None,
        }
    }

    /// The names of the witnesses.
    pub(crate) fn seats(&self) -> Vec<NodeId> {
        (1..=self.witnesses).map(NodeId::from_u128).collect()
    }

    /// The names of the robots.
    pub(crate) fn robots(&self) -> Vec<NodeId> {
        let first = if self.among_robots { 1 } else { 11 };
        (first..first + 2).map(NodeId::from_u128).collect()
    }

    /// The names of the tasks.
    pub(crate) fn task_ids(&self) -> Vec<TaskId> {
        (1..=self.tasks).map(TaskId::from_u128).collect()
    }

    /// The leases of this world.
    pub(crate) fn lease(&self) -> LeaseTerms {
        let (slow, fast) = (SLOW as f64, FAST as f64);
        let drift = (fast - slow) / (fast + slow);
        LeaseTerms::new(Duration::from_micros(LEASE), drift).expect("terms within their limits")
    }

    /// Its witnesses.
    pub(crate) fn panel(&self) -> Panel {
        Panel::new(1, &self.seats(), &[])
    }

    /// What its witnesses agree on.
    pub(crate) fn rules(&self) -> Rules {
        Rules {
            panel: self.panel(),
            lease: self.lease(),
            heartbeat: Duration::from_micros(FAST),
            suspicion: Duration::from_micros(self.suspicion),
            retry: Duration::from_micros(1),
            keep: Duration::from_micros(self.keep.0),
            remember: Duration::from_micros(self.keep.1),
            tasks: 8,
            batch: 8,
        }
    }

    pub(crate) const fn majority(&self) -> usize {
        self.witnesses as usize / 2 + 1
    }
}
