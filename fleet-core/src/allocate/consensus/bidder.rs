//! What one robot chooses, knowing what the others have chosen.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};

use ordered_float::OrderedFloat;

use super::level::{Level, NEVER};
use super::lots::{Lot, Lots};
use super::standing::{Rank, Standings};
use crate::bid::Bid;
use crate::bundle::{Bundle, BundleBid};
use crate::ids::{RobotId, TaskId};
use crate::objective::Cost;
use crate::schedule::Schedule;
use crate::standing::Urgency;
use crate::time::Time;
use crate::travel::Travel;

/// One task of the own bundle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Choice {
    pub(super) slot: u32,
    pub(super) task: TaskId,
    urgency: Urgency,
    pub(super) cost: Cost,
    pub(super) bid: Bid,
    /// When it was chosen.
    pub(super) at: Time,
}

/// A robot that bids. Its bundle is at any time what it would choose, one task after the other, if the others never
/// changed theirs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Bidder {
    robot: RobotId,
    limit: usize,
    pub(super) bundle: Bundle,
    pub(super) choices: Vec<Choice>,
    /// The plan before the first choice, and after each.
    levels: Vec<Level>,
}

impl Bidder {
    pub(super) fn new(robot: RobotId, boot: u32, limit: usize, plan: Schedule) -> Self {
        let mut bundle = Bundle::new(boot);
        if boot > 1 {
            // Whoever knows what its former life wanted has to be told that this is over.
            bundle.rewrite(0, []);
        }
        Bidder {
            robot,
            limit,
            bundle,
            choices: Vec::new(),
            levels: vec![Level::new(plan)],
        }
    }

    pub(super) const fn robot(&self) -> RobotId {
        self.robot
    }

    pub(super) fn set_limit(&mut self, limit: usize) -> bool {
        core::mem::replace(&mut self.limit, limit) != limit
    }

    /// The plan with all that it chose.
    pub(super) fn plan(&self) -> &Schedule {
        self.levels[self.levels.len() - 1].schedule()
    }

    pub(super) fn forget_price(&mut self, slot: u32) {
        self.levels.iter_mut().for_each(|level| level.forget(slot));
    }

    /// The plan before all choices is another. What was chosen stays as long as it can be done, at the price that was
    /// told.
    pub(super) fn rebase<T: Travel + ?Sized>(&mut self, plan: Schedule, lots: &Lots, travel: &mut T) {
        self.levels.clear();
        self.levels.push(Level::new(plan));
        for (k, choice) in self.choices.iter().enumerate() {
            let job = lots.get(choice.slot).job.as_ref();
            let Some((level, _)) = job.and_then(|job| self.levels[k].with(job, travel)) else {
                break;
            };
            self.levels[k].hold_to(choice.slot, choice.cost.value());
            self.levels.push(level);
        }
    }

    /// Chooses anew what has to be; whether the bundle is another then.
    ///
    /// All pairs of robots and tasks are gone through as one auctioneer would, from the first to the last in rank: the
    /// bids of the others as they were told, and of this robot's at each place of its bundle the best.
    pub(super) fn think<T: Travel + ?Sized>(
        &mut self,
        now: Time,
        lots: &Lots,
        standings: &Standings,
        travel: &mut T,
    ) -> bool {
        let before = core::mem::take(&mut self.choices);
        let mut sweep = standings.sweep(lots);
        while self.choices.len() < self.limit {
            let Some((rank, slot)) = self.best(lots, &sweep, travel) else {
                break;
            };
            // Others may come first, and take what this one wants.
            if sweep.advance(&rank, slot) || !self.choose(rank, slot, now, lots, &before, travel) {
                continue;
            }
            sweep.take(slot);
        }
        self.levels.truncate(self.choices.len() + 1);
        self.tell(&before)
    }

    /// Writes down what changed, if anything.
    fn tell(&mut self, before: &[Choice]) -> bool {
        let same = |(old, new): &(&Choice, &Choice)| (old.task, old.cost) == (new.task, new.cost);
        let kept = before.iter().zip(&self.choices).take_while(same).count();
        for (old, new) in before.iter().zip(&mut self.choices).take(kept) {
            new.at = old.at;
        }
        let changed = kept < before.len().max(self.choices.len());
        if changed {
            let bid = |choice: &Choice| BundleBid {
                task: choice.task,
                cost: choice.cost,
            };
            self.bundle.rewrite(kept, self.choices[kept..].iter().map(bid));
        }
        changed
    }

    /// Of what nobody has taken yet, what it would choose next.
    fn best<T: Travel + ?Sized>(
        &mut self,
        lots: &Lots,
        sweep: &super::standing::Sweep<'_>,
        travel: &mut T,
    ) -> Option<(Rank, u32)> {
        let place = self.choices.len();
        let mut best: Option<(Rank, u32)> = None;
        for (slot, lot) in lots.numbered() {
            let outranked = best.is_some_and(|(rank, _)| Reverse(lot.urgency) > rank.urgency);
            if outranked || sweep.is_taken(slot) {
                continue;
            }
            if let Some(rank) = self.offer(place, slot, lot, travel)
                && best.is_none_or(|(than, _)| rank < than)
            {
                best = Some((rank, slot));
            }
        }
        best
    }

    /// How it would rank as the choice number `place`, if it can be.
    #[inline]
    fn offer<T: Travel + ?Sized>(
        &mut self,
        place: usize,
        slot: u32,
        lot: &Lot,
        travel: &mut T,
    ) -> Option<Rank> {
        let (below, level) = self.levels[..=place].split_at_mut(place);
        let level = level.first_mut()?;
        let price = match level.known(slot) {
            Some(price) => price,
            None => level.reckon(slot, lot.job.as_ref()?, below.last(), travel),
        };
        let cost = price.max(self.floor(place, lot.urgency));
        (cost < NEVER).then_some(Rank {
            urgency: Reverse(lot.urgency),
            cost: OrderedFloat(cost),
            depth: place as u32,
            task: lot.task,
            robot: self.robot,
        })
    }

    /// No choice ranks before the one that was chosen earlier: none costs less than an equally urgent one, and none is
    /// more urgent. What makes a later one cheaper would otherwise let it undo, one by one, the choices of others that
    /// made it possible (Johnson, Choi & How 2012, "Allowing non-submodular score functions in distributed task
    /// allocation": bid warping).
    fn floor(&self, place: usize, urgency: Urgency) -> f64 {
        let Some(before) = place.checked_sub(1).map(|before| &self.choices[before]) else {
            return f64::NEG_INFINITY;
        };
        match before.urgency.cmp(&urgency) {
            Ordering::Less => NEVER,
            Ordering::Equal => before.cost.value(),
            Ordering::Greater => f64::NEG_INFINITY,
        }
    }

    /// Adds it, if it can be.
    fn choose<T: Travel + ?Sized>(
        &mut self,
        rank: Rank,
        slot: u32,
        now: Time,
        lots: &Lots,
        before: &[Choice],
        travel: &mut T,
    ) -> bool {
        let place = self.choices.len();
        let lot = lots.get(slot);
        let stays = self.levels.len() > place + 1
            && before
                .get(place)
                .is_some_and(|old| (old.slot, old.task) == (slot, lot.task));
        let bid = if stays {
            before[place].bid
        } else {
            let put = lot
                .job
                .as_ref()
                .and_then(|job| self.levels[place].with(job, travel));
            let Some((level, insertion)) = put else {
                self.levels[place].hold_to(slot, NEVER);
                return false;
            };
            self.levels.truncate(place + 1);
            self.levels.push(level);
            Bid {
                terms: insertion.terms,
            }
        };
        let Some(cost) = Cost::new(rank.cost.0) else {
            return false;
        };
        self.choices.push(Choice {
            slot,
            task: lot.task,
            urgency: lot.urgency,
            cost,
            bid,
            at: now,
        });
        true
    }
}
