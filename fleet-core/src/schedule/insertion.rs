//! The best place for one more task.

use ordered_float::OrderedFloat;

use super::delay::seconds;
use super::job::{Job, Micros, NEVER, ride};
use super::{Errand, Schedule, lateness};
use crate::bid::Decline;
use crate::load::Load;
use crate::objective::Terms;
use crate::standing::Urgency;
use crate::time::UtcTime;
use crate::travel::{Travel, way};

/// A place in a schedule for one task, and what it costs there.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Insertion {
    /// Before the visit with this index; the number of visits for the end.
    pub(crate) gap: usize,
    pub(crate) leg_in: OrderedFloat<f64>,
    pub(crate) leg_out: OrderedFloat<f64>,
    begin: Micros,
    end: Micros,
    /// What the schedule costs more.
    pub terms: Terms,
}

impl Insertion {
    /// When the work at the first stop would begin.
    pub const fn begin(&self) -> UtcTime {
        UtcTime::from_micros(self.begin)
    }

    /// When the task would be finished.
    pub const fn end(&self) -> UtcTime {
        UtcTime::from_micros(self.end)
    }
}

/// A job in one schedule: what does not depend on the gap.
struct Trial<'a> {
    job: &'a Job,
    span: Micros,
    /// Whether no term but travel can be negative: the task's waiting begins before it can end.
    only_ways_save: bool,
}

/// What a gap must keep to.
struct Bounds {
    /// Delay of the next arrival that the more urgent tasks behind it bear.
    patience: Micros,
    /// When the job must end here, lest it be late because of a less urgent one.
    latest: Micros,
    /// The price of the best gap so far.
    least: f64,
}

impl Bounds {
    const OPEN: Bounds = Bounds {
        patience: NEVER,
        latest: NEVER,
        least: f64::INFINITY,
    };
}

impl Trial<'_> {
    fn times(&self, arrive: Micros) -> (Micros, Micros) {
        let begin = arrive.max(self.job.release);
        (begin, begin.saturating_add(self.span))
    }
}

impl Schedule {
    /// The gap where `job` costs least, among those that keep every deadline, the load, the battery and
    /// [L1](crate::schedule), or the reason why there is none. Of equal gaps the last.
    ///
    /// The makespan term is the plan's new end, counted from when the task's waiting began, not the growth of
    /// the plan: the bidding rule for MiniMax (Lagoudakis et al. 2005, "Auction-based multi-robot routing").
    ///
    /// O(visits), at a constant number of look-ups a gap (O(log visits) where delays have due times ahead).
    ///
    /// # Errors
    /// The reason that came nearest to a place.
    pub fn best_insertion<T: Travel + ?Sized>(
        &self,
        job: &Job,
        travel: &mut T,
    ) -> Result<Insertion, Decline> {
        let trial = Trial {
            job,
            span: job.span(self.speed.0),
            only_ways_save: job.since <= self.start.at.as_micros().max(job.release),
        };
        if let Some(errand) = Errand::of(job, &self.objective).filter(|errand| self.takes_by_ways(errand)) {
            let detour = self.detour(&errand, travel).ok_or(Decline::Unreachable)?;
            if detour.cost > errand.worth() {
                return Err(Decline::TooCostly);
            }
            return self.try_gap(detour.gap, &trial, &Bounds::OPEN, travel);
        }
        let (rank, latest) = self.behind_less_urgent(&trial, travel);
        let mut best = None;
        let mut refusal = Decline::Unreachable;
        let mut bounds = Bounds::OPEN;
        for gap in (self.frozen..=self.visits.len()).rev() {
            if let Some(next) = self.visits.get(gap) {
                let patience = bounds.patience.min(next.patience(job.urgency));
                bounds.patience = patience.saturating_add(next.wait());
                if !next.first {
                    continue;
                }
            }
            bounds.latest = if gap > rank { latest } else { NEVER };
            match self.try_gap(gap, &trial, &bounds, travel) {
                Ok(insertion) => {
                    let cost = insertion.terms.total();
                    if cost < bounds.least {
                        bounds.least = cost;
                        best = Some(insertion);
                    }
                }
                Err(reason) => refusal = refusal.max(reason),
            }
        }
        let insertion = best.ok_or(refusal)?;
        if bounds.least > self.objective.worth(job.weight()) {
            return Err(Decline::TooCostly);
        }
        Ok(insertion)
    }

    /// The first gap with only less urgent work behind it and none before it, and the time by which the job must
    /// end in any later gap: its due time or, without one, what it would reach in that gap.
    fn behind_less_urgent<T: Travel + ?Sized>(&self, trial: &Trial<'_>, travel: &mut T) -> (usize, Micros) {
        let Some(rank) = self.first_below(trial.job.urgency) else {
            return (self.visits.len(), NEVER);
        };
        if trial.job.due != NEVER {
            return (rank, trial.job.due);
        }
        match way(travel, self.place_before(rank), trial.job.first()) {
            Some(leg) => (
                rank,
                trial
                    .times(self.end_before(rank).saturating_add(ride(leg, self.speed.0)))
                    .1,
            ),
            None => (rank, NEVER),
        }
    }

    /// The first visit of a task that has not begun and is less urgent than `urgency`.
    pub(super) fn first_below(&self, urgency: Urgency) -> Option<usize> {
        (self.frozen..self.visits.len()).find(|k| self.visits[*k].urgency < urgency)
    }

    fn try_gap<T: Travel + ?Sized>(
        &self,
        gap: usize,
        trial: &Trial<'_>,
        bounds: &Bounds,
        travel: &mut T,
    ) -> Result<Insertion, Decline> {
        let job = trial.job;
        if !self.load_fits(gap, job) {
            return Err(Decline::Load);
        }
        let leg_in = way(travel, self.place_before(gap), job.first()).ok_or(Decline::Unreachable)?;
        let mut added = leg_in + job.metres.0;
        let mut leg_out = 0.0;
        let next = self.visits.get(gap);
        if let Some(next) = next {
            leg_out = way(travel, job.last(), next.place).ok_or(Decline::Unreachable)?;
            added += leg_out - next.leg.0;
        }
        if trial.only_ways_save && added >= 0.0 && self.objective.travel * added >= bounds.least {
            return Err(Decline::TooCostly);
        }
        let (begin, end) = trial.times(self.end_before(gap).saturating_add(ride(leg_in, self.speed.0)));
        if end > job.deadline {
            return Err(Decline::Deadline);
        }
        if end > bounds.latest {
            return Err(Decline::MoreUrgent);
        }
        let (mut finish, mut flow, mut late) = (end, 0.0, 0.0);
        if let Some(next) = next {
            let delay = end
                .saturating_add(ride(leg_out, self.speed.0))
                .saturating_sub(next.arrive)
                .max(0);
            if delay > next.slack {
                return Err(Decline::Deadline);
            }
            if delay > bounds.patience {
                return Err(Decline::MoreUrgent);
            }
            finish = self.finish_micros().saturating_add((delay - next.waiting).max(0));
            if self.objective.minds_delay() {
                (flow, late) = (self.flow.cost(gap, delay), self.late.cost(gap, delay));
            }
        }
        let energy = self.extra_energy(added, finish)?;
        let objective = &self.objective;
        let weight = job.weight();
        let terms = Terms {
            travel: objective.travel * added,
            flowtime: objective.waiting(weight, job.haste.0) * seconds(end.saturating_sub(job.since)) + flow,
            makespan: objective.makespan * seconds(finish.saturating_sub(job.since)),
            tardiness: objective.tardiness * weight * lateness(end, job.due) + late,
            energy: objective.energy * energy,
            ..Terms::default()
        };
        Ok(Insertion {
            gap,
            leg_in: leg_in.into(),
            leg_out: leg_out.into(),
            begin,
            end,
            terms,
        })
    }

    fn load_fits(&self, gap: usize, job: &Job) -> bool {
        if job.peak == Load::ZERO && job.dip == Load::ZERO {
            return true;
        }
        let before = self.load_before(gap);
        let within = |most: Load, least: Load| most.fits(&self.capacity) && Load::ZERO.fits(&least);
        within(before + job.peak, before + job.dip)
            && self
                .visits
                .get(gap)
                .is_none_or(|next| within(next.load_max + job.load, next.load_min + job.load))
    }

    /// Joules on top of the plan's, if the battery has them.
    fn extra_energy(&self, added: f64, finish: Micros) -> Result<f64, Decline> {
        let Some(battery) = &self.battery else {
            return Ok(0.0);
        };
        let duration = |finish: Micros| seconds(finish.saturating_sub(self.start.at.as_micros()));
        let before = battery.energy(self.metres.0, duration(self.finish_micros()));
        let after = battery.energy(self.metres.0 + added, duration(finish));
        if after > battery.usable() {
            Err(Decline::Battery)
        } else {
            Ok(after - before)
        }
    }
}
