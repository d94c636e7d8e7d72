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

/// What is known of one task's price.
#[derive(Clone, Copy, Debug)]
enum Price {
    /// It was not asked for yet.
    Unknown,
    /// Where only ways count: with the gap that it is for.
    Way(Bid),
    /// Elsewhere.
    Total(f64),
}

impl Price {
    const fn cost(self) -> Option<f64> {
        match self {
            Price::Unknown => None,
            Price::Way(bid) => Some(bid.cost),
            Price::Total(cost) => Some(cost),
        }
    }
}

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
    fn get(&mut self, slot: u32, job: &Job, objective: &Objective) -> Option<&Errand> {
        let place = slot as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, None);
        }
        self.0[place]
            .get_or_insert_with(|| Errand::of(job, objective))
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
    prices: Vec<Price>,
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
        }
    }

    pub(super) const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// What the task in `slot` costs on top of the plan, infinite if it cannot be done; `None` if it is nothing for this
    /// robot. `below` is the plan without its last task.
    #[inline]
    pub(super) fn price<T: Travel + ?Sized>(
        &mut self,
        slot: u32,
        lots: &Lots,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Option<f64> {
        match self.prices.get(slot as usize).and_then(|price| price.cost()) {
            None => {
                if self.prices.len() < lots.len() {
                    self.prices.resize(lots.len(), Price::Unknown);
                }
                Some(self.reckon(slot, lots.job(slot)?, errands, below, travel))
            }
            known => known,
        }
    }

    fn reckon<T: Travel + ?Sized>(
        &mut self,
        slot: u32,
        job: &Job,
        errands: &mut Errands,
        below: Option<&Level>,
        travel: &mut T,
    ) -> f64 {
        let errand = errands.get(slot, job, self.schedule.objective());
        let price = match errand.filter(|errand| self.schedule.takes_by_ways(errand)) {
            Some(errand) => Price::Way(self.by_ways(slot, errand, below, travel)),
            None => {
                let insertion = self.schedule.best_insertion(job, travel);
                let total = insertion.map_or(NEVER, |insertion| insertion.terms.total());
                Price::Total(if total.is_finite() { total } else { NEVER })
            }
        };
        self.prices[slot as usize] = price;
        price.cost().unwrap_or(NEVER)
    }

    /// Only the two gaps that the last task made, if the price without it is known.
    fn by_ways<T: Travel + ?Sized>(
        &self,
        slot: u32,
        errand: &Errand,
        below: Option<&Level>,
        travel: &mut T,
    ) -> Bid {
        match (
            below.and_then(|below| below.prices.get(slot as usize)),
            &self.change,
        ) {
            (Some(Price::Way(before)), Some(change)) => change.rebid(*before, &self.gaps, errand, travel),
            _ => cheapest(0, &self.gaps, errand, NEVER, travel),
        }
    }

    /// Holds to a price that was told.
    pub(super) fn hold_to(&mut self, slot: u32, cost: f64) {
        self.set(slot, Price::Total(cost));
    }

    /// Another task has this number now.
    pub(super) fn forget(&mut self, slot: u32) {
        if let Some(price) = self.prices.get_mut(slot as usize) {
            *price = Price::Unknown;
        }
    }

    fn set(&mut self, slot: u32, price: Price) {
        let place = slot as usize;
        if place >= self.prices.len() {
            self.prices.resize(place + 1, Price::Unknown);
        }
        self.prices[place] = price;
    }

    /// The plan with `job` in its best place, and that place.
    pub(super) fn with<T: Travel + ?Sized>(&self, job: &Job, travel: &mut T) -> Option<(Level, Insertion)> {
        let insertion = self.schedule.best_insertion(job, travel).ok()?;
        let (mut schedule, mut gaps) = (self.schedule.clone(), self.gaps.clone());
        let change = Change::make(0, &mut schedule, job, &insertion, &mut gaps);
        let prices = Vec::with_capacity(self.prices.len());
        let level = Level {
            schedule,
            change,
            gaps,
            prices,
        };
        Some((level, insertion))
    }
}
