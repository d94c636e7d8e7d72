//! One stop in a schedule, with what is known of its time.

use ordered_float::OrderedFloat;

use super::job::{Job, JobStop, Micros, NEVER};
use crate::load::Load;
use crate::place::Place;
use crate::standing::Urgency;

/// What applies when a task is finished. Only the last stop of a task has one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Finish {
    pub(crate) since: Micros,
    pub(crate) due: Micros,
    pub(crate) deadline: Micros,
    pub(crate) weight: OrderedFloat<f64>,
    pub(crate) haste: OrderedFloat<f64>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Visit {
    pub(crate) key: u32,
    pub(crate) place: Place,
    pub(crate) urgency: Urgency,
    /// Whether this is the first stop of its task that is still in the schedule.
    pub(crate) first: bool,
    pub(crate) finish: Option<Finish>,
    /// Earliest beginning.
    pub(crate) open: Micros,
    pub(crate) service: Micros,
    pub(crate) load: Load,
    /// Metres and time from the place before.
    pub(crate) leg: OrderedFloat<f64>,
    pub(crate) ride: Micros,
    // Forward: as soon as possible.
    pub(crate) arrive: Micros,
    pub(crate) begin: Micros,
    pub(crate) end: Micros,
    pub(crate) load_after: Load,
    /// Whether a less urgent task that has not begun comes before.
    pub(crate) guarded: bool,
    // Backward: from here to the end of the plan.
    /// Delay of the arrival that makes no task miss its deadline, or miss it by more.
    pub(crate) slack: Micros,
    /// Sum of the waiting times.
    pub(crate) waiting: Micros,
    pub(crate) load_max: Load,
    pub(crate) load_min: Load,
}

impl Visit {
    pub(crate) fn wait(&self) -> Micros {
        self.begin.saturating_sub(self.arrive)
    }

    /// Delay of the end that a task of `urgency` may cause: none to a more urgent task without a due time, up to
    /// its due time to one that has it, any to the others; but whatever comes up to its due time only where a less
    /// urgent task is before it, which would share the blame.
    pub(crate) fn patience(&self, urgency: Urgency) -> Micros {
        let Some(finish) = &self.finish else { return NEVER };
        match (finish.due, self.urgency > urgency) {
            (NEVER, true) => 0,
            (NEVER, false) => NEVER,
            (due, outranks) if outranks || self.guarded => due.saturating_sub(self.end).max(0),
            _ => NEVER,
        }
    }
}

/// The visits of `job`, without times.
pub(crate) fn visits(job: &Job) -> impl Iterator<Item = Visit> + '_ {
    let last = job.stops.len() - 1;
    job.stops.iter().enumerate().map(move |(k, stop)| Visit {
        key: job.key(),
        place: stop.place,
        urgency: job.urgency,
        first: k == 0,
        finish: (k == last).then_some(Finish {
            since: job.since,
            due: job.due,
            deadline: job.deadline,
            weight: job.weight,
            haste: job.haste,
        }),
        open: if k == 0 { job.release } else { Micros::MIN },
        service: stop.service,
        load: stop.load,
        leg: stop.leg,
        ride: 0,
        arrive: 0,
        begin: 0,
        end: 0,
        load_after: Load::ZERO,
        guarded: false,
        slack: NEVER,
        waiting: 0,
        load_max: Load::ZERO,
        load_min: Load::ZERO,
    })
}

/// The job that these visits of one task came from.
pub(crate) fn job(visits: &[Visit]) -> Option<Job> {
    let (first, last) = (visits.first()?, visits.last()?);
    let finish = last.finish?;
    let stop = |(k, visit): (usize, &Visit)| JobStop {
        place: visit.place,
        leg: if k == 0 { OrderedFloat(0.0) } else { visit.leg },
        service: visit.service,
        load: visit.load,
    };
    let stops = visits.iter().enumerate().map(stop).collect();
    Some(Job::from_parts(
        first.key,
        stops,
        first.open,
        finish,
        first.urgency,
    ))
}
