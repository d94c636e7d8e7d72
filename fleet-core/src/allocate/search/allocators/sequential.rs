//! The sequential auction: one award after the other.

use alloc::vec::Vec;

use super::work::Work;
use super::{Allocator, Budget};
use crate::allocate::search::{Model, Solution};
use crate::allocate::{Auction, Rule};
use crate::invalid::Invalid;
use crate::objective::Cost;
use crate::standing::Urgency;

/// The sequential single-item auction: of all tasks the one with the lowest bid, or by the other [rule](Rule), goes to its
/// lowest bidder, whose bids are others then. A bid is what the task costs more at its best place in the robot's route; where
/// the longest route counts, what that route comes to.
///
/// MiniSum without limits: at most twice the least (Lagoudakis et al. 2005, "Auction-based multi-robot routing"). O(robots x
/// tasks) bids at first and O(tasks) after each award.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct SequentialAuction {
    /// Which task is next.
    pub rule: Rule,
}

impl Allocator for SequentialAuction {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let mut work = Work::new(model, plan)?;
        let mut rounds = 0;
        while sell(self.rule, &mut work, budget, &mut rounds) && work.put_teams() {}
        Ok(work.finish())
    }
}

/// Auctions off what can be. `false` when the budget is spent.
fn sell(rule: Rule, work: &mut Work<'_>, budget: &mut dyn Budget, rounds: &mut u64) -> bool {
    let mut sale = Sale {
        auction: Auction::new(rule),
        lot: alloc::vec![usize::MAX; work.model.tasks()],
        task: Vec::new(),
    };
    sale.offer_all(work);
    while budget.spent(*rounds) < 1.0 {
        *rounds += 1;
        let Some(award) = sale.auction.next() else {
            return true;
        };
        let task = sale.task[award.lot];
        sale.lot[task as usize] = usize::MAX;
        let mut touched = alloc::vec![award.robot as u32];
        if let Some(gap) = work.offer(award.robot, task) {
            touched = work.put(award.robot, task, gap);
        }
        for robot in touched {
            sale.bid(work, robot as usize);
        }
        if !work.model.links.behind(task).is_empty() {
            sale.offer_all(work);
        }
    }
    false
}

struct Sale {
    auction: Auction,
    /// The lot of each task that is for sale.
    lot: Vec<usize>,
    /// The task of each lot.
    task: Vec<u32>,
}

impl Sale {
    /// Opens lots for all that can be given and is not for sale yet, and lets all bid for them.
    fn offer_all(&mut self, work: &Work<'_>) {
        let new: Vec<u32> = work
            .open()
            .into_iter()
            .filter(|task| self.lot[*task as usize] == usize::MAX)
            .collect();
        for task in &new {
            let lot = self.auction.open(Urgency::LEAST);
            self.lot[*task as usize] = lot;
            self.task.resize(self.task.len().max(lot + 1), *task);
            self.task[lot] = *task;
        }
        for robot in 0..work.model.robots() {
            self.bid_for(work, robot, &new);
        }
    }

    /// A robot bids for all again.
    fn bid(&mut self, work: &Work<'_>, robot: usize) {
        let open: Vec<u32> = self.auction.open_lots().map(|lot| self.task[lot]).collect();
        self.bid_for(work, robot, &open);
        self.auction.renewed(robot);
    }

    fn bid_for(&mut self, work: &Work<'_>, robot: usize, tasks: &[u32]) {
        for task in tasks {
            let cost = work.offer(robot, *task).and_then(|gap| Cost::new(gap.price));
            self.auction.bid(self.lot[*task as usize], robot, cost);
        }
    }
}
