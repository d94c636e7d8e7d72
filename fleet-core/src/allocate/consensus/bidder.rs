//! What one robot chooses, knowing what the others have chosen.

use alloc::borrow::Cow;
use alloc::vec;
use alloc::vec::Vec;

use super::level::{Errands, Level, NEVER};
use super::lots::Lots;
use super::standing::{Rank, Standings, Sweep};
use crate::bid::Bid;
use crate::bundle::{Bundle, BundleBid};
use crate::ids::RobotId;
use crate::objective::Cost;
use crate::schedule::{Job, Schedule};
use crate::standing::Urgency;
use crate::time::Time;
use crate::travel::Travel;

/// One task of the own bundle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Choice {
    pub(super) slot: u32,
    /// Its number in plans.
    pub(super) key: u32,
    urgency: Urgency,
    pub(super) rank: Rank,
    pub(super) cost: Cost,
    pub(super) bid: Bid,
    /// When it was chosen.
    pub(super) at: Time,
}

/// What could come next.
#[derive(Clone, Copy)]
struct Candidate {
    slot: u32,
    urgency: Urgency,
    cost: Cost,
    rank: Rank,
}

/// A robot that bids. Its bundle is at any time what it would choose, one task after the other, if the others never
/// changed theirs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Bidder {
    robot: RobotId,
    limit: usize,
    /// Whether it has a task of a team before all choices.
    pub(super) bound: bool,
    pub(super) bundle: Bundle,
    pub(super) choices: Vec<Choice>,
    /// The plan before the first choice, and after each.
    levels: Vec<Level>,
    errands: Errands,
}

impl Bidder {
    pub(super) fn new(robot: RobotId, boot: u32, limit: usize, plan: Schedule) -> Self {
        Bidder {
            robot,
            limit,
            bound: false,
            bundle: Bundle::new(boot),
            choices: Vec::new(),
            levels: vec![Level::new(plan)],
            errands: Errands::default(),
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
        self.errands.forget(slot);
    }

    /// The plan before all choices is another. What was chosen stays as long as it can be done, at the price that was
    /// told.
    pub(super) fn rebase<T: Travel + ?Sized>(&mut self, plan: Schedule, lots: &Lots, travel: &mut T) {
        self.errands.clear();
        self.levels.clear();
        self.levels.push(Level::new(plan));
        for (k, choice) in self.choices.iter().enumerate() {
            let job = lots.job(choice.slot);
            let Some((level, _)) = job.and_then(|job| self.levels[k].with(job, travel)) else {
                break;
            };
            self.levels[k].hold_to(choice.slot, choice.cost.value());
            self.levels.push(level);
        }
    }

    /// How many choices come before all that ranks at `first` or behind it.
    pub(super) fn settled(&self, first: &Rank) -> usize {
        self.choices.partition_point(|choice| choice.rank < *first)
    }

    /// Chooses anew what has to be, but for the first `keep`; whether the bundle is another then.
    ///
    /// All pairs of robots and tasks are gone through as one auctioneer would, from the first to the last in rank: the
    /// bids of the others as they were told, and of this robot's at each place of its bundle the best.
    pub(super) fn think<T: Travel + ?Sized>(
        &mut self,
        keep: usize,
        now: Time,
        lots: &Lots,
        standings: &Standings,
        travel: &mut T,
    ) -> bool {
        if keep == self.limit.max(self.choices.len()) {
            return false;
        }
        let before = self.choices.clone();
        self.choices.truncate(keep);
        let mut sweep = standings.sweep(lots);
        for choice in &self.choices {
            sweep.advance(&choice.rank, choice.slot);
            sweep.take(choice.slot);
        }
        while self.choices.len() < self.limit {
            let Some(next) = self.best(lots, &mut sweep, travel) else {
                break;
            };
            // Others may come first, and take what this one wants.
            if sweep.advance(&next.rank, next.slot) || !self.choose(&next, now, lots, &before, travel) {
                continue;
            }
            sweep.take(next.slot);
        }
        self.levels.truncate(self.choices.len() + 1);
        self.tell(&before)
    }

    /// Writes down what changed, if anything.
    fn tell(&mut self, before: &[Choice]) -> bool {
        let same = |(old, new): &(&Choice, &Choice)| (old.rank.task, old.cost) == (new.rank.task, new.cost);
        let kept = before.iter().zip(&self.choices).take_while(same).count();
        for (old, new) in before.iter().zip(&mut self.choices).take(kept) {
            new.at = old.at;
        }
        let changed = kept < before.len().max(self.choices.len());
        if changed {
            let bid = |choice: &Choice| BundleBid {
                task: choice.rank.task,
                cost: choice.cost,
            };
            self.bundle.rewrite(kept, self.choices[kept..].iter().map(bid));
        }
        changed
    }

    /// Of what nobody has taken yet, what it would choose next.
    ///
    /// No choice ranks before the one that was chosen earlier: none costs less than an equally urgent one, and none is
    /// more urgent. What makes a later one cheaper would otherwise let it undo, one by one, the choices of others that
    /// made it possible (Johnson, Choi & How 2012, "Allowing non-submodular score functions in distributed task
    /// allocation": bid warping).
    fn best<T: Travel + ?Sized>(
        &mut self,
        lots: &Lots,
        sweep: &mut Sweep<'_>,
        travel: &mut T,
    ) -> Option<Candidate> {
        let place = self.choices.len();
        let (below, levels) = self.levels.split_at_mut(place);
        let (below, level) = (below.last(), levels.first_mut()?);
        let last = self.choices.last().map(|last| (last.urgency, last.cost));
        let bound = self.bound || self.choices.iter().any(|choice| lots.get(choice.slot).bound);
        sweep.open().find_map(|(urgency, slots)| {
            let may = |slot: &u32| !(bound && lots.get(*slot).bound);
            let slots = match slots.iter().all(may) {
                true => Cow::Borrowed(slots),
                false => Cow::Owned(slots.iter().copied().filter(may).collect::<Vec<u32>>()),
            };
            let floor = match last {
                Some((most, _)) if urgency > most => return None,
                Some((most, least)) if urgency == most => least.value(),
                _ => f64::NEG_INFINITY,
            };
            let (slot, cost) = level.cheapest(&slots, floor, lots, &mut self.errands, below, travel)?;
            let cost = Cost::new(cost)?;
            let rank = Rank::new(urgency, cost, place as u32, lots.get(slot).task, self.robot);
            Some(Candidate {
                slot,
                urgency,
                cost,
                rank,
            })
        })
    }

    /// Adds it, if it can be.
    fn choose<T: Travel + ?Sized>(
        &mut self,
        next: &Candidate,
        now: Time,
        lots: &Lots,
        before: &[Choice],
        travel: &mut T,
    ) -> bool {
        let &Candidate {
            slot,
            urgency,
            cost,
            rank,
        } = next;
        let place = self.choices.len();
        let same = |old: &&Choice| (old.slot, old.rank.task) == (slot, rank.task);
        let stays = before.get(place).filter(|_| self.levels.len() > place + 1);
        let (key, bid) = if let Some(old) = stays.filter(same) {
            (old.key, old.bid)
        } else {
            let put = |job: &Job| Some((job.key(), self.levels[place].with(job, travel)?));
            let Some((key, (level, insertion))) = lots.job(slot).and_then(put) else {
                self.levels[place].hold_to(slot, NEVER);
                return false;
            };
            self.levels.truncate(place + 1);
            self.levels.push(level);
            let terms = insertion.terms;
            (key, Bid { terms })
        };
        self.choices.push(Choice {
            slot,
            key,
            urgency,
            rank,
            cost,
            bid,
            at: now,
        });
        true
    }
}
