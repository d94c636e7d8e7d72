//! A task, prepared for being put into schedules.

use alloc::vec::Vec;

use super::visit::Finish;
use crate::load::Load;
use crate::objective::Objective;
use crate::place::Place;
use crate::standing::{Standing, Urgency};
use crate::task::Task;
use crate::time::{UtcTime, micros};
use crate::travel::{Travel, way};

/// A moment or a span of the plan, in microseconds.
pub(crate) type Micros = i64;

/// No due time, or no deadline.
pub(crate) const NEVER: Micros = Micros::MAX;

/// One stop of a [`Job`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct JobStop {
    pub(crate) place: Place,
    /// Metres from the stop before it; zero for the first.
    pub(crate) leg: ordered_float::OrderedFloat<f64>,
    pub(crate) service: Micros,
    pub(crate) load: Load,
}

/// A task, prepared for being put into schedules: ways between its stops measured, times in one unit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Job {
    key: u32,
    pub(crate) stops: Vec<JobStop>,
    pub(crate) release: Micros,
    pub(crate) since: Micros,
    pub(crate) due: Micros,
    pub(crate) deadline: Micros,
    pub(crate) weight: ordered_float::OrderedFloat<f64>,
    pub(crate) haste: ordered_float::OrderedFloat<f64>,
    pub(crate) urgency: Urgency,
    /// Load after the last stop, and the most and the least on the way, all relative to the start.
    pub(crate) load: Load,
    pub(crate) peak: Load,
    pub(crate) dip: Load,
    /// Metres from the first stop to the last.
    pub(crate) metres: ordered_float::OrderedFloat<f64>,
}

impl Job {
    /// `task`, known to schedules under the number `key`, or `None` if there is no way between its stops.
    pub fn new<T: Travel + ?Sized>(
        key: u32,
        task: &Task,
        standing: &Standing,
        travel: &mut T,
    ) -> Option<Self> {
        let mut stops = Vec::with_capacity(task.stops().len());
        let mut before = None;
        for stop in task.stops() {
            let leg = before
                .map_or(Some(0.0), |from| way(travel, from, stop.place))?
                .into();
            stops.push(JobStop {
                place: stop.place,
                leg,
                // At most a month.
                service: micros(stop.service) as Micros,
                load: stop.load,
            });
            before = Some(stop.place);
        }
        let finish = Finish {
            since: standing.since.as_micros(),
            due: task.due().map_or(NEVER, UtcTime::as_micros),
            deadline: task.deadline().map_or(NEVER, UtcTime::as_micros),
            weight: standing.weight().into(),
            haste: standing.haste().into(),
        };
        let release = task.release().map_or(Micros::MIN, UtcTime::as_micros);
        Some(Job::from_parts(key, stops, release, finish, standing.urgency))
    }

    pub(crate) fn from_parts(
        key: u32,
        stops: Vec<JobStop>,
        release: Micros,
        finish: Finish,
        urgency: Urgency,
    ) -> Self {
        let (mut load, mut peak, mut dip) = (Load::ZERO, Load::ZERO, Load::ZERO);
        let metres: f64 = stops.iter().map(|stop| stop.leg.0).sum();
        for stop in &stops {
            load = load + stop.load;
            (peak, dip) = (peak.max(&load), dip.min(&load));
        }
        let Finish {
            since,
            due,
            deadline,
            weight,
            haste,
        } = finish;
        Job {
            key,
            stops,
            release,
            since,
            due,
            deadline,
            weight,
            haste,
            urgency,
            load,
            peak,
            dip,
            metres: metres.into(),
        }
    }

    /// The number that schedules know it by.
    pub const fn key(&self) -> u32 {
        self.key
    }

    /// How urgent it is.
    pub const fn urgency(&self) -> Urgency {
        self.urgency
    }

    /// How much a second of its waiting or lateness counts.
    pub fn weight(&self) -> f64 {
        self.weight.0
    }

    pub(crate) fn first(&self) -> Place {
        self.stops[0].place
    }

    pub(crate) fn last(&self) -> Place {
        self.stops[self.stops.len() - 1].place
    }

    /// What each second costs that the task itself is finished later, at most.
    pub(crate) fn price_of_delay(&self, objective: &Objective) -> f64 {
        let tardiness = if self.due == NEVER {
            0.0
        } else {
            objective.tardiness
        };
        objective.makespan + objective.waiting(self.weight(), self.haste.0) + self.weight() * tardiness
    }

    /// Time from the beginning of the first service to the end of the last.
    pub(crate) fn span(&self, speed: f64) -> Micros {
        self.stops.iter().fold(0, |span: Micros, stop| {
            span.saturating_add(ride(stop.leg.0, speed))
                .saturating_add(stop.service)
        })
    }
}

/// Time to drive `metres`, rounded up, so that a detour never seems shorter than the straight way.
pub(crate) fn ride(metres: f64, speed: f64) -> Micros {
    let exact = metres / speed * 1e6;
    let whole = exact as Micros;
    if (whole as f64) < exact {
        whole.saturating_add(1)
    } else {
        whole
    }
}
