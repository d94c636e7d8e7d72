//! Ways to give tasks to robots, from the plainest to the best, behind one trait.

mod assign;
mod bundle;
mod exact;
mod exchange;
mod improve;
mod nearest;
mod neighbours;
mod sequential;
mod work;

use core::fmt;

use super::{Model, Solution};
use crate::invalid::Invalid;

pub use assign::OptimalAssignment;
pub use bundle::BundleAuction;
pub use exact::Exact;
pub use exchange::PairwiseExchange;
pub use improve::Improve;
pub use nearest::NearestRobot;
pub use sequential::SequentialAuction;

/// How long an allocator may go on.
///
/// By [`Rounds`] the result is the same everywhere. By a clock it is not; a closure does for that:
///
/// ```
/// use fleet_core::allocate::search::Budget;
/// use std::time::{Duration, Instant};
///
/// let (began, time) = (Instant::now(), Duration::from_millis(200));
/// let mut budget = move |_rounds| began.elapsed().as_secs_f64() / time.as_secs_f64();
/// assert!(budget.spent(0) < 1.0);
/// ```
pub trait Budget {
    /// What part of it is spent after so many rounds: 0 at the beginning, 1 or more when it is time to stop.
    fn spent(&mut self, rounds: u64) -> f64;
}

impl<F: FnMut(u64) -> f64> Budget for F {
    fn spent(&mut self, rounds: u64) -> f64 {
        self(rounds)
    }
}

/// So many rounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rounds(pub u64);

impl Budget for Rounds {
    fn spent(&mut self, rounds: u64) -> f64 {
        if self.0 == 0 {
            1.0
        } else {
            rounds as f64 / self.0 as f64
        }
    }
}

/// A way to give tasks to robots.
///
/// # Example
/// ```
/// use fleet_core::allocate::search::{
///     Allocator, Improve, Model, Robot, Rounds, SequentialAuction, Stop, Task, Ways, Weights,
/// };
///
/// let points = [(0.0, 0.0), (9.0, 0.0), (2.0, 0.0), (4.0, 1.0), (7.0, 0.0)];
/// let tasks = (2..5).map(|place| Task::new(vec![Stop::new(place)])).collect();
/// let model = Model::new(Ways::straight(&points), vec![Robot::new(0), Robot::new(1)], tasks, Weights::TRAVEL)?;
///
/// let auction = SequentialAuction::default().allocate(&model, None, &mut Rounds(1_000))?;
/// let better = Improve::default().allocate(&model, Some(&auction), &mut Rounds(1_000))?;
/// assert!(better.cost <= auction.cost);
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
pub trait Allocator: fmt::Debug {
    /// Routes for the robots of `model`, going on from `plan` if there is one: tasks that it does not visit are given to
    /// robots, and whether the others stay where they are is up to the allocator. When the budget is spent, what is not
    /// given by then is left out.
    ///
    /// # Errors
    /// If `plan` breaks a rule of the model, or the model is beyond what the allocator is made for.
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid>;
}
