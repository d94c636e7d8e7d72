//! The short cut where ways are all that counts.
//!
//! If nothing in a plan minds time (no deadline, no price on waiting, one urgency, no battery), the price of a gap
//! depends on its two neighbours alone. Testing a gap takes two look-ups then, and an insertion changes no price
//! but that of the gap it fills: whoever remembers a bid looks at the two new gaps only.

use super::Schedule;
use super::delay::Delays;
use super::job::{Job, NEVER};
use crate::bid::Decline;
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

impl Detour {
    /// The cheaper one.
    fn or(self, other: Detour) -> Detour {
        if other.cost < self.cost { other } else { self }
    }
}

/// Before the visit with this index, so many visits were put in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filled {
    pub(crate) gap: usize,
    pub(crate) stops: usize,
}

/// All that counts of a job where only ways count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Errand {
    first: Place,
    last: Place,
    metres: f64,
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
            worth: objective.worth(job.weight.0),
            urgency: job.urgency,
        })
    }

    /// The price of that detour, unless leaving the task undone costs less.
    pub(crate) fn price(&self, detour: Detour) -> Result<f64, Decline> {
        if detour.cost > self.worth {
            Err(Decline::TooCostly)
        } else {
            Ok(detour.cost)
        }
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
            if let Some(other) = self.detour_at(gap, errand, travel)
                && best.is_none_or(|best| other.cost < best.cost)
            {
                best = Some(other);
            }
        }
        best
    }

    /// A gap as cheap, if `before` was one before a gap was filled.
    pub(crate) fn detour_after<T: Travel + ?Sized>(
        &self,
        before: Option<Detour>,
        filled: Filled,
        errand: &Errand,
        travel: &mut T,
    ) -> Option<Detour> {
        let behind = self.detour_at(filled.gap + filled.stops, errand, travel);
        let new = match (behind, self.detour_at(filled.gap, errand, travel)) {
            (Some(behind), Some(ahead)) => Some(behind.or(ahead)),
            (behind, ahead) => behind.or(ahead),
        };
        let Some(before) = before else { return new };
        if before.gap == filled.gap {
            // No other gap is cheaper than the filled one was.
            return match new.filter(|new| new.cost <= before.cost) {
                Some(new) => Some(new),
                None => self.detour(errand, travel),
            };
        }
        let shift = if before.gap > filled.gap { filled.stops } else { 0 };
        let kept = Detour {
            gap: before.gap + shift,
            ..before
        };
        Some(new.map_or(kept, |new| kept.or(new)))
    }

    #[inline(always)]
    fn detour_at<T: Travel + ?Sized>(&self, gap: usize, errand: &Errand, travel: &mut T) -> Option<Detour> {
        let next = self.visits.get(gap);
        if next.is_some_and(|next| !next.first) {
            return None;
        }
        let mut metres = way(travel, self.place_before(gap), errand.first)? + errand.metres;
        if let Some(next) = next {
            metres += way(travel, errand.last, next.place)? - next.leg.0;
        }
        let cost = self.objective.travel * metres;
        Some(Detour { gap, cost })
    }
}
