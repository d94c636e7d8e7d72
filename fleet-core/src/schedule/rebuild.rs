//! A plan taken apart, and another order of it.

use alloc::vec::Vec;

use super::job::{Job, Micros};
use super::{Schedule, visit};
use crate::load::Load;
use crate::place::Place;
use crate::robot::Battery;
use crate::travel::{Travel, way};

/// What a plan comes to before the first task that may still be moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frozen {
    pub(crate) place: Place,
    pub(crate) at: Micros,
    pub(crate) load: Load,
    pub(crate) metres: f64,
}

impl Schedule {
    pub(crate) const fn speed(&self) -> f64 {
        self.speed.0
    }

    pub(crate) const fn capacity(&self) -> Load {
        self.capacity
    }

    pub(crate) const fn battery(&self) -> Option<&Battery> {
        self.battery.as_ref()
    }

    /// What is there when the tasks that have begun are over.
    pub(crate) fn frozen(&self) -> Frozen {
        Frozen {
            place: self.place_before(self.frozen),
            at: self.end_before(self.frozen),
            load: self.load_before(self.frozen),
            metres: self.visits[..self.frozen].iter().map(|visit| visit.leg.0).sum(),
        }
    }

    /// The tasks that have not begun, in order.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let movable = &self.visits[self.frozen..];
        movable
            .chunk_by(|a, b| a.key == b.key)
            .filter_map(visit::job)
            .collect()
    }

    /// How many they are.
    pub(crate) fn not_begun(&self) -> usize {
        let movable = &self.visits[self.frozen..];
        movable.iter().filter(|visit| visit.finish.is_some()).count()
    }

    /// The plan with these instead of the tasks that have not begun, in this order whatever comes of it; `None` if there is
    /// no way. O(visits).
    pub(crate) fn rebuilt<T: Travel + ?Sized>(&self, jobs: &[&Job], travel: &mut T) -> Option<Schedule> {
        let mut other = self.clone();
        other.visits.truncate(self.frozen);
        for job in jobs {
            let leg = way(travel, other.place_before(other.visits.len()), job.first())?;
            let first = other.visits.len();
            other.visits.extend(visit::visits(job));
            other.visits[first].leg = leg.into();
        }
        other.retime();
        Some(other)
    }
}
