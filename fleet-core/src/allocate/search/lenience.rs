//! Leaving tasks out for a while, on the way to a better plan with all of them.
//!
//! Where there is hardly room for all tasks, plans that are whole are far from each other, and the way from one to the next
//! leads through plans that are not. So what it counts to leave a task out is held down, so far that about half of the rounds
//! end with a plan that is as whole as the best (as penalties are in the hybrid genetic search of Vidal et al. 2012, "A hybrid
//! genetic algorithm for multidepot and periodic vehicle routing problems", Operations Research 60).

use super::ROUNDS;
use super::model::Model;

/// At first it counts as much as so many legs.
const LEGS: f64 = 5.0;
/// What it changes by, up and down.
const STEP: f64 = 1.1;

/// What it counts at most to leave a task out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lenience {
    most: f64,
}

impl Lenience {
    pub(super) fn new(leg: f64) -> Self {
        Lenience { most: LEGS * leg }
    }

    /// How much less a plan counts than it costs.
    pub(super) fn relief(&self, model: &Model, absent: &[u32]) -> f64 {
        let beyond = |task: &u32| (model.tasks[*task as usize].prize - self.most).max(0.0);
        absent.iter().map(beyond).sum()
    }

    /// So many of the last rounds ended with a plan that was as whole as the best.
    pub(super) fn adjust(&mut self, whole: u64) {
        if 2 * whole < ROUNDS {
            self.most *= STEP;
        } else {
            self.most /= STEP;
        }
    }
}
