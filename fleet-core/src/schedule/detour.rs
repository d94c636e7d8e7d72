//! The short cut where ways are all that counts.
//!
//! If nothing in a plan minds time (no deadline, no price on waiting, one urgency, no battery), the price of a gap
//! depends on its two neighbours alone. Testing a gap takes two look-ups then, and an insertion changes no price
//! but that of the gap it fills, in whose place there are two.

use super::Schedule;
use super::delay::Delays;
use super::job::{Job, NEVER};
use crate::load::Load;
use crate::objective::Objective;
use crate::place::Place;
use crate::standing::Urgency;
use crate::travel::{Travel, way};

/// A cheapest gap for one job in one plan, and its price.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Detour {
    pub(crate) gap: usize,
    pub(crate) cost: f64,
}

/// All that counts of a gap where only ways count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gap {
    from: Place,
    /// Where the task behind it begins, and metres to there.
    to: Option<(Place, f64)>,
    /// The number of that task; `None` at the end of the plan.
    pub(crate) before: Option<u32>,
}

/// All that counts of a job where only ways count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errand {
    first: Place,
    last: Place,
    metres: f64,
    /// Price of a metre.
    rate: f64,
    worth: f64,
    urgency: Urgency,
}

impl Errand {
    /// `None` if more than ways counts for `job`.
    pub(crate) fn of(job: &Job, objective: &Objective) -> Option<Errand> {
        let ways_only = job.deadline == NEVER
            && (job.due == NEVER || objective.tardiness == 0.0)
            && objective.waiting(job.weight.0, job.haste.0) == 0.0
            && (job.peak, job.dip) == (Load::ZERO, Load::ZERO);
        ways_only.then(|| Errand {
            first: job.first(),
            last: job.last(),
            metres: job.metres.0,
            rate: objective.travel,
            worth: objective.worth(job.weight.0),
            urgency: job.urgency,
        })
    }

    /// What it may cost at most.
    pub(crate) const fn worth(&self) -> f64 {
        self.worth
    }

    /// What it costs in `gap` at least: the second way is not asked for.
    #[inline(always)]
    pub(crate) fn least<T: Travel + ?Sized>(&self, gap: &Gap, travel: &mut T) -> f64 {
        let leg = gap.to.map_or(0.0, |(_, leg)| leg);
        way(travel, gap.from, self.first).map_or(f64::INFINITY, |way| self.rate * (way + self.metres - leg))
    }

    /// The price in `gap`, if there is a way and it is not above `most`. The second way is not asked for if the first
    /// one alone costs more.
    #[inline(always)]
    pub(crate) fn price<T: Travel + ?Sized>(&self, gap: &Gap, most: f64, travel: &mut T) -> Option<f64> {
        let metres = way(travel, gap.from, self.first)? + self.metres;
        let Some((to, leg)) = gap.to else {
            return Some(self.rate * metres).filter(|price| *price <= most);
        };
        // Rounding is monotone: this is not above the price.
        if self.rate * (metres - leg) > most {
            return None;
        }
        let price = self.rate * (metres + (way(travel, self.last, to)? - leg));
        Some(price).filter(|price| *price <= most)
    }
}

impl Schedule {
    /// Whether only ways count in this plan for `errand`, so that [`detour`](Self::detour) finds its best insertion.
    pub(crate) fn takes_by_ways(&self, errand: &Errand) -> bool {
        self.ways_only
            .is_some_and(|urgency| urgency.is_none_or(|urgency| urgency == errand.urgency))
    }

    /// If only ways count for what is planned: its urgency, if there is anything.
    pub(super) fn ways_only(&self) -> Option<Option<Urgency>> {
        let urgency = self.visits.first().map(|visit| visit.urgency);
        let timeless = self.objective.makespan == 0.0
            && self.battery.is_none()
            && [&self.flow, &self.late].into_iter().all(Delays::is_nothing);
        let plain = |visit: &super::Visit| {
            Some(visit.urgency) == urgency && visit.finish.is_none_or(|finish| finish.deadline == NEVER)
        };
        (timeless && self.visits.iter().all(plain)).then_some(urgency)
    }

    /// The cheapest gap where [only ways count](Self::takes_by_ways), of equals the last; `None` if there is no way.
    pub(crate) fn detour<T: Travel + ?Sized>(&self, errand: &Errand, travel: &mut T) -> Option<Detour> {
        let mut best: Option<Detour> = None;
        for gap in (self.frozen..=self.visits.len()).rev() {
            let most = best.map_or(f64::INFINITY, |best| best.cost);
            if let Some(cost) = self.gap(gap).and_then(|gap| errand.price(&gap, most, travel))
                && best.is_none_or(|best| cost < best.cost)
            {
                best = Some(Detour { gap, cost });
            }
        }
        best
    }

    /// Where a task may be put.
    pub(crate) fn gaps(&self) -> impl Iterator<Item = Gap> + '_ {
        (self.frozen..=self.visits.len()).filter_map(|gap| self.gap(gap))
    }

    /// Before the visit with this index; `None` within a task.
    #[inline(always)]
    pub(crate) fn gap(&self, index: usize) -> Option<Gap> {
        let next = self.visits.get(index);
        let gap = Gap {
            from: self.place_before(index),
            to: next.map(|next| (next.place, next.leg.0)),
            before: next.map(|next| next.key),
        };
        next.is_none_or(|next| next.first).then_some(gap)
    }
}
