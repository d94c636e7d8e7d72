//! One more task for each robot, at the least sum.

use alloc::vec;

use super::work::Work;
use super::{Allocator, Budget};
use crate::allocate::assignment;
use crate::allocate::search::{Model, Solution};
use crate::invalid::Invalid;

/// Gives each robot one more task at most: as many tasks as can be, and of all ways to do that the one of the least cost,
/// proven ([`assignment`](fn@assignment)). For fleets whose robots have one task at a time. Teams are left out.
///
/// O(robots x tasks) bids, and the assignment. The budget is not asked: there is nothing before the end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct OptimalAssignment;

impl Allocator for OptimalAssignment {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        _budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let mut work = Work::new(model, plan)?;
        let open = work.open();
        let mut costs = vec![f64::INFINITY; model.robots() * open.len()];
        for (robot, row) in costs.chunks_mut(open.len().max(1)).enumerate() {
            for (cost, task) in row.iter_mut().zip(&open) {
                *cost = work.offer(robot, *task).map_or(f64::INFINITY, |gap| gap.price);
            }
        }
        let best = assignment(model.robots(), open.len(), &costs)?;
        for (robot, column) in best.columns.iter().enumerate() {
            let task = column.map(|column| open[column]);
            // What another task was bound to meanwhile may leave no room for this one.
            if let Some(task) = task
                && let Some(gap) = work.offer(robot, task)
            {
                work.put(robot, task, gap);
            }
        }
        Ok(work.finish())
    }
}
