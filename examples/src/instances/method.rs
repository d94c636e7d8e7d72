//! Other ways to solve a problem than the search.

use std::fmt;

use clap::ValueEnum;
use fleet_core::Invalid;
use fleet_core::allocate::search::{
    Allocator, BundleAuction, NearestRobot, PairwiseExchange, SequentialAuction, Solution,
};

use super::{Goal, Instance};

/// Allocators of the library, by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Method {
    /// The nearest robot and task, again and again.
    Nearest,
    /// The sequential single-item auction.
    Sequential,
    /// The bundle auction.
    Bundle,
    /// The bundle auction, and then pairs of neighbours that share out anew what they have.
    Exchange,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Instance {
    /// Gives the tasks to robots by one of the allocators, or by the search, until `spent` reaches 1. Returns the solution,
    /// and the rounds.
    ///
    /// # Errors
    /// If a number in it is out of range.
    pub fn allocate(
        &self,
        goal: Goal,
        method: Option<Method>,
        seed: u64,
        mut spent: impl FnMut(u64) -> f64,
    ) -> Result<(Solution, u64), Invalid> {
        let Some(method) = method else {
            return self.solve(goal, seed, spent);
        };
        let exchange = PairwiseExchange {
            seed,
            ..PairwiseExchange::default()
        };
        let allocator: &dyn Allocator = match method {
            Method::Nearest => &NearestRobot,
            Method::Sequential => &SequentialAuction::default(),
            Method::Bundle => &BundleAuction::default(),
            Method::Exchange => &exchange,
        };
        let mut most = 0;
        let mut budget = |rounds: u64| {
            most = rounds.max(most);
            spent(rounds)
        };
        let solution = allocator.allocate(&self.model(goal, None)?, None, &mut budget)?;
        Ok((solution, most))
    }
}
