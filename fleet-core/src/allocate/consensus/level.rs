//! One robot's plan with the first few tasks of its bundle, and what each task would cost on top.

use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

use super::super::ways::{Bid, Change, cheapest};
use super::lots::Lots;
use crate::objective::Objective;
use crate::schedule::{Errand, Gap, Insertion, Job, Schedule};
use crate::travel::Travel;

/// The robot would not do it.
pub(super) const NEVER: f64 = f64::INFINITY;

/// What counts of each task where only ways count, as far as it was asked for. It follows from the tasks, and is much
/// smaller than they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Errands(Vec<Option<Option<Errand>>>);

impl PartialEq for Errands {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Errands {}

impl Hash for Errands {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Errands {
    #[inline]
    fn get(&mut self, slot: u32, lots: &Lots, objective: &Objective) -> Option<&Errand> {
        let place = slot as usize;
        if place >= self.0.len() {
            self.0.resize(lots.len(), None);
        }
        self.0[place]
            .get_or_insert_with(|| Errand::of(lots.job(slot)?, objective))
            .as_ref()
    }

    /// Another task has this number now.
    pub(super) fn forget(&mut self, slot: u32) {
        if let Some(errand) = self.0.get_mut(slot as usize) {
            *errand = None;
        }
    }

    /// The objective may be another now.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// A plan, and the prices that were asked for so far, which follow from it.
#[derive(Clone, Debug)]
pub(super) struct Level {
    schedule: Schedule,
    /// Where only ways count: what the last task changed, and where more can be put.
    change: Option<Change>,
    gaps: Vec<Gap>,
    /// Of each task, as far as it was asked for; where only ways count with the gap that it is for.
    prices: Vec<Bid>,
    /// What each costs at least, as far as that is known: all that were looked at.
    bounds: Vec<f64>,
}

impl PartialEq for Level {
    fn eq(&self, other: &Self) -> bool {
        self.schedule == other.schedule
    }
}

impl Eq for Level {}

impl Hash for Level {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.schedule.hash(state);
    }
}

impl Level {
    pub(super) fn new(schedule: Schedule) -> Self {
        Level {
            gaps: schedule.gaps().collect(),
            schedule,
            change: None,
            prices: Vec::new(),
            bounds: Vec::new(),
        }
    }

    pub(super) const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Which of these tasks costs least on top of the plan, and how much, where none costs less than `floor`; of equals
    /// the first by id. None that cannot be done. `below` is the plan without its last task.
    pub(super) fn cheapest<T: Travel + ?Sized>(
        &mut self,
        slots: &[u32],
        floor: f64,
        lots: &Lots,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Option<(u32, f64)> {
        self.make_room(lots.len());
        let task = |slot| lots.get(slot).task;
        let raise = |price| if price < floor { floor } else { price };
        let mut best = self.first(slots, lots, errands, below, travel)?;
        let mut least = raise(self.price(best, lots, errands, below, travel));
        for &slot in slots {
            if self.bounds[slot as usize] > least {
                continue;
            }
            let cost = raise(self.price(slot, lots, errands, below, travel));
            if cost < least || cost == least && task(slot) < task(best) {
                (best, least) = (slot, cost);
            }
        }
        (least < NEVER).then_some((best, least))
    }

    /// Which of them the lowest bound is for. Most tasks are far from all that has changed: to know that saves more than
    /// half of their price.
    fn first<T: Travel + ?Sized>(
        &mut self,
        slots: &[u32],
        lots: &Lots,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Option<u32> {
        let (mut first, mut least) = (None, NEVER);
        for &slot in slots {
            let mut bound = self.bounds[slot as usize];
            if bound.is_nan() {
                let errand = errands.get(slot, lots, self.schedule.objective());
                let by_ways = self.bound(slot, errand, below, travel);
                bound = by_ways.unwrap_or_else(|| self.price(slot, lots, errands, below, travel));
                self.bounds[slot as usize] = bound;
            }
            if bound < least {
                (first, least) = (Some(slot), bound);
            }
        }
        first
    }

    fn make_room(&mut self, len: usize) {
        if self.prices.len() < len {
            self.prices.resize(len, Bid::UNKNOWN);
            self.bounds.resize(len, f64::NAN);
        }
    }

    /// What the task costs at least, if only ways count and that is known of the plan without its last task.
    #[inline(always)]
    fn bound<T: Travel + ?Sized>(
        &self,
        slot: u32,
        errand: Option<&Errand>,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Option<f64> {
        let (change, errand) = (self.change.as_ref()?, errand?);
        let before = *below?.bounds.get(slot as usize)?;
        let known = !before.is_nan() && self.schedule.takes_by_ways(errand);
        known.then(|| change.least(before, errand, travel))
    }

    /// What the task costs, infinite if it cannot be done.
    fn price<T: Travel + ?Sized>(
        &mut self,
        slot: u32,
        lots: &Lots,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> f64 {
        let place = slot as usize;
        if self.prices[place].cost.is_nan() {
            self.prices[place] = self.reckon(slot, lots, errands, below, travel);
            self.bounds[place] = self.prices[place].cost;
        }
        self.prices[place].cost
    }

    #[inline]
    fn reckon<T: Travel + ?Sized>(
        &self,
        slot: u32,
        lots: &Lots,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Bid {
        let errand = errands.get(slot, lots, self.schedule.objective());
        if let Some(errand) = errand.filter(|errand| self.schedule.takes_by_ways(errand)) {
            return self.by_ways(slot, errand, below, travel);
        }
        let job = lots.job(slot);
        let insertion = job.and_then(|job| self.schedule.best_insertion(job, travel).ok());
        let total = insertion.map_or(NEVER, |insertion| insertion.terms.total());
        Bid::of_plan(if total.is_finite() { total } else { NEVER })
    }

    /// Only the two gaps that the last task made, if the price without it is known.
    #[inline]
    fn by_ways<T: Travel + ?Sized>(
        &self,
        slot: u32,
        errand: &Errand,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Bid {
        let before = below.and_then(|below| below.prices.get(slot as usize));
        match (before, &self.change) {
            (Some(before), Some(change)) if before.is_for_gap() => {
                change.rebid(*before, &self.gaps, errand, travel)
            }
            _ => cheapest(0, &self.gaps, errand, NEVER, travel),
        }
    }

    /// Holds to a price that was told.
    pub(super) fn hold_to(&mut self, slot: u32, cost: f64) {
        self.make_room(slot as usize + 1);
        (self.prices[slot as usize], self.bounds[slot as usize]) = (Bid::of_plan(cost), f64::NEG_INFINITY);
    }

    /// Another task has this number now.
    pub(super) fn forget(&mut self, slot: u32) {
        if let Some(price) = self.prices.get_mut(slot as usize) {
            (*price, self.bounds[slot as usize]) = (Bid::UNKNOWN, f64::NAN);
        }
    }

    /// The plan with `job` in its best place, and that place.
    pub(super) fn with<T: Travel + ?Sized>(&self, job: &Job, travel: &mut T) -> Option<(Level, Insertion)> {
        let insertion = self.schedule.best_insertion(job, travel).ok()?;
        let (mut schedule, mut gaps) = (self.schedule.clone(), self.gaps.clone());
        let change = Change::make(0, &mut schedule, job, &insertion, &mut gaps);
        let level = Level {
            schedule,
            change,
            gaps,
            prices: Vec::new(),
            bounds: Vec::new(),
        };
        Some((level, insertion))
    }
}
