//! The improvement search as an allocator.

use super::{Allocator, Budget};
use crate::allocate::search::{COLD, HOT, Model, Search, Solution};
use crate::invalid::Invalid;

/// [`Search`] on top of a plan, or of a first solution of its own: as good as the budget allows, at any time, and never worse
/// than the plan.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Improve {
    /// What chances are drawn from.
    pub seed: u64,
    /// Temperatures at the beginning and the end, in what an average leg costs. See [`Search::with_heat`].
    pub heat: (f64, f64),
}

impl Default for Improve {
    fn default() -> Self {
        Improve {
            seed: 0,
            heat: (HOT, COLD),
        }
    }
}

impl Allocator for Improve {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let search = match plan {
            Some(plan) => Search::resume(model, self.seed, plan)?,
            None => Search::new(model, self.seed),
        };
        let mut search = search.with_heat(self.heat.0, self.heat.1);
        search.run(|rounds| budget.spent(rounds));
        Ok(search.best())
    }
}
