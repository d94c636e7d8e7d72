//! All that has to be run, on several threads, each thing once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use crate::case::Case;
use crate::fleet::Fleet;
use crate::plan::{Plans, plans};
use crate::run::{Outcome, run};

/// What has to be done: every row's case, what rows are compared with, and the plans.
pub(crate) struct Work<'a> {
    fleet: &'a Fleet,
    cases: Vec<Case>,
    sizes: Vec<usize>,
    seeds: &'a [u64],
}

/// Everything that was run, by the number of the case, or the robots, and the seed.
#[derive(Default)]
pub(crate) struct Found {
    cases: Vec<Case>,
    runs: BTreeMap<(usize, u64), Outcome>,
    plans: BTreeMap<(usize, u64), Plans>,
}

enum Piece {
    Run(usize, u64),
    Plan(usize, u64),
}

enum Done {
    Run(usize, u64, Outcome),
    Plan(usize, u64, Plans),
}

impl<'a> Work<'a> {
    /// For these rows.
    pub(crate) fn new(fleet: &'a Fleet, rows: &[Case], seeds: &'a [u64]) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        let mut sizes: Vec<usize> = Vec::new();
        for row in rows {
            for case in [Case::lossless(row.robots), row.same_as()] {
                if !cases.contains(&case) {
                    cases.push(case);
                }
            }
            if !sizes.contains(&row.robots) {
                sizes.push(row.robots);
            }
        }
        Work {
            fleet,
            cases,
            sizes,
            seeds,
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        let seeds = || self.seeds.iter().copied();
        let plans = self.sizes.iter();
        let plans = plans.flat_map(|robots| seeds().map(|seed| Piece::Plan(*robots, seed)));
        let runs = (0..self.cases.len()).flat_map(|case| seeds().map(move |seed| Piece::Run(case, seed)));
        plans.chain(runs).collect()
    }

    pub(crate) fn len(&self) -> usize {
        (self.sizes.len() + self.cases.len()) * self.seeds.len()
    }

    /// Does it all, or until `stop`; tells `each` how much is done.
    pub(crate) fn run(&self, threads: usize, stop: &AtomicBool, each: impl Fn(usize)) -> Found {
        let (next, pieces) = (AtomicUsize::new(0), self.pieces());
        let mut found = Found {
            cases: self.cases.clone(),
            ..Found::default()
        };
        std::thread::scope(|scope| {
            let (told, results) = channel();
            for _ in 0..threads.min(pieces.len()) {
                let (told, next, pieces) = (told.clone(), &next, &pieces);
                scope.spawn(move || {
                    while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let Some(result) = self.piece(piece, stop) else {
                            return;
                        };
                        if told.send(result).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(told);
            for (done, result) in results.into_iter().enumerate() {
                found.add(result);
                each(done + 1);
            }
        });
        found
    }

    fn piece(&self, piece: &Piece, stop: &AtomicBool) -> Option<Done> {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        match *piece {
            Piece::Plan(robots, seed) => Some(Done::Plan(robots, seed, plans(self.fleet, robots, seed))),
            Piece::Run(number, seed) => {
                let case = &self.cases[number];
                let (setup, tasks) = (self.fleet.setup(case, seed), self.fleet.tasks(case.robots));
                let outcome = run(setup, self.fleet.duration, tasks, stop)?;
                Some(Done::Run(number, seed, outcome))
            }
        }
    }
}

impl Found {
    fn add(&mut self, result: Done) {
        match result {
            Done::Run(case, seed, outcome) => drop(self.runs.insert((case, seed), outcome)),
            Done::Plan(robots, seed, plan) => drop(self.plans.insert((robots, seed), plan)),
        }
    }

    pub(crate) fn run(&self, case: &Case, seed: u64) -> Option<&Outcome> {
        let case = case.same_as();
        let number = self.cases.iter().position(|known| *known == case)?;
        self.runs.get(&(number, seed))
    }

    pub(crate) fn plans(&self, robots: usize, seed: u64) -> Option<&Plans> {
        self.plans.get(&(robots, seed))
    }
}
