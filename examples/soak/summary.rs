//! What came of all of them.

use std::collections::BTreeMap;

use fleet_core::sim::Scale;
use fleet_core::sim::trial::{COVERED, Coverage};
use serde::Serialize;

use crate::weather::{Broken, Outcome};

/// Failures that are kept with their words, those of the lowest seeds; more are only counted.
const KEPT: usize = 100;

/// How often something happened, and in how many seeds.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Count {
    pub(crate) times: u64,
    pub(crate) seeds: u64,
}

/// A seed that broke a promise.
#[derive(Clone, Serialize)]
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) promise: &'static str,
    pub(crate) at: Option<f64>,
    pub(crate) what: String,
    pub(crate) replay: String,
}

/// The first failure of a promise, made smaller.
#[derive(Clone, Serialize)]
pub(crate) struct Smaller {
    pub(crate) seed: u64,
    pub(crate) promise: &'static str,
    pub(crate) at: Option<f64>,
    pub(crate) what: String,
    /// The numbers of the parts that it can do without.
    pub(crate) left_out: Vec<usize>,
    /// The parts that it needs.
    pub(crate) parts: Vec<String>,
    pub(crate) replay: String,
}

/// How large each storm was.
#[derive(Serialize)]
pub(crate) struct Size {
    robots: u32,
    witnesses: u32,
    tasks: u32,
    among_robots: bool,
}

/// Everything that is told in the end.
#[derive(Serialize)]
pub(crate) struct Summary {
    pub(crate) scale: Size,
    pub(crate) plant: Option<&'static str>,
    pub(crate) from: u64,
    pub(crate) seeds: u64,
    pub(crate) failed: u64,
    pub(crate) interrupted: bool,
    pub(crate) threads: usize,
    pub(crate) wall: f64,
    pub(crate) seeds_per_second: f64,
    pub(crate) coverage: BTreeMap<&'static str, Count>,
    pub(crate) never: Vec<&'static str>,
    pub(crate) violations: BTreeMap<&'static str, u64>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) smaller: Vec<Smaller>,
}

impl From<Scale> for Size {
    fn from(scale: Scale) -> Self {
        Size {
            robots: scale.robots,
            witnesses: scale.witnesses,
            tasks: scale.tasks,
            among_robots: scale.among_robots,
        }
    }
}

/// What is counted while storms are run.
pub(crate) struct Tally {
    pub(crate) seeds: u64,
    pub(crate) failed: u64,
    pub(crate) coverage: BTreeMap<&'static str, Count>,
    pub(crate) violations: BTreeMap<&'static str, u64>,
    /// The lowest seeds that failed, some of them.
    pub(crate) failures: BTreeMap<u64, Broken>,
    /// The lowest seed that broke each promise.
    pub(crate) first: BTreeMap<&'static str, (u64, Broken)>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Tally {
            seeds: 0,
            failed: 0,
            coverage: COVERED.into_iter().map(|name| (name, Count::default())).collect(),
            violations: BTreeMap::new(),
            failures: BTreeMap::new(),
            first: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.cover(&outcome.coverage);
        if let Some(broken) = outcome.broken {
            self.fail(outcome.seed, broken);
        }
    }

    fn cover(&mut self, coverage: &Coverage) {
        for (name, times) in coverage.counts().filter(|(_, times)| *times > 0) {
            let count = self.coverage.entry(name).or_default();
            (count.times, count.seeds) = (count.times + times, count.seeds + 1);
        }
    }

    fn fail(&mut self, seed: u64, broken: Broken) {
        self.failed += 1;
        *self.violations.entry(broken.promise).or_default() += 1;
        if self
            .first
            .get(broken.promise)
            .is_none_or(|(first, _)| seed < *first)
        {
            self.first.insert(broken.promise, (seed, broken.clone()));
        }
        self.failures.insert(seed, broken);
        if self.failures.len() > KEPT {
            self.failures.pop_last();
        }
    }

    /// What never happened.
    pub(crate) fn never(&self) -> Vec<&'static str> {
        let none = self.coverage.iter().filter(|(_, count)| count.seeds == 0);
        none.map(|(name, _)| *name).collect()
    }
}
