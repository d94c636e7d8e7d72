//! All solvers on the problems of one family.

use std::collections::BTreeSet;
use std::time::Instant;

use fleet_core::allocate::search::Solution;
use fleet_examples::instances::Method;

use crate::peer::Peer;
use crate::problems::{Family, Known};
use crate::table::Row;
use crate::{Args, Error};

const ENGINE: &str = "this engine";

/// What came of one family.
pub(crate) struct Contest {
    pub(crate) family: Family,
    pub(crate) problems: usize,
    /// The rows of each budget, of which the first is this engine's.
    pub(crate) budgets: Vec<Vec<Row>>,
    /// The solvers that cannot state its problems.
    pub(crate) unable: BTreeSet<String>,
}

impl Contest {
    pub(crate) fn run(family: Family, args: &Args, peers: &mut [Peer]) -> Result<Self, Error> {
        let known = family.problems(args.data.as_deref())?;
        let known: Vec<Known> = known.into_iter().step_by(args.every).collect();
        let mut contest = Contest {
            family,
            problems: known.len(),
            budgets: args.seconds.iter().map(|_| Vec::new()).collect(),
            unable: BTreeSet::new(),
        };
        for (k, known) in known.iter().enumerate() {
            let (name, all) = (&known.instance.name, contest.problems);
            eprintln!("{family}: {} of {all}, {name}", k + 1);
            for (budget, seconds) in args.seconds.iter().enumerate() {
                let allocators = args.allocators.iter().copied().map(Some);
                for method in std::iter::once(None).chain(allocators) {
                    contest.engine(method, known, budget, *seconds, args.seed)?;
                }
                for peer in &mut *peers {
                    contest.peer(peer, known, budget, *seconds, args.seed)?;
                }
            }
        }
        Ok(contest)
    }

    /// One of the allocators, or the search.
    fn engine(
        &mut self,
        method: Option<Method>,
        known: &Known,
        budget: usize,
        seconds: f64,
        seed: u64,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let spent = |_| began.elapsed().as_secs_f64() / seconds;
        let (solution, _) = known.instance.allocate(self.family.goal(), method, seed, spent)?;
        let took = began.elapsed().as_secs_f64();
        let name = method.map_or(ENGINE.to_string(), |method| method.to_string());
        self.add(budget, &name, Some(seconds), known, &solution, took);
        Ok(())
    }

    fn peer(
        &mut self,
        peer: &mut Peer,
        known: &Known,
        budget: usize,
        seconds: f64,
        seed: u64,
    ) -> Result<(), Error> {
        let given = peer.keeps_time().then_some(seconds);
        // One that takes as long as it takes is asked once.
        if budget > 0 && given.is_none() {
            return Ok(());
        }
        match peer.solve(&known.instance, self.family.goal(), seconds, seed)? {
            Some((solution, cpu)) => self.add(budget, peer.name(), given, known, &solution, cpu),
            None => {
                self.unable.insert(peer.name().to_string());
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        budget: usize,
        solver: &str,
        seconds: Option<f64>,
        known: &Known,
        solution: &Solution,
        cpu: f64,
    ) {
        let rows = &mut self.budgets[budget];
        let place = rows.iter().position(|row| row.is_of(solver, seconds));
        let place = place.unwrap_or_else(|| {
            rows.push(Row::new(solver, seconds));
            rows.len() - 1
        });
        rows[place].add(self.family.goal(), known, solution, cpu);
    }
}
