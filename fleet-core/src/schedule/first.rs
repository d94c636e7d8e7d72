//! Whether what comes first in a plan still should.

use super::Schedule;
use super::job::{Micros, NEVER};
use crate::travel::Travel;

/// A delay that is nobody's: times are rounded, and a robot is never quite where it was planned to be.
const NEGLIGIBLE: Micros = 1_000;

impl Schedule {
    /// Whether the first task has not begun and keeps a more urgent one behind it waiting against
    /// [L1](crate::schedule). It did not when it was put there; but what it was on the way to may have left the plan,
    /// or the robot be slower than planned. O(visits).
    pub fn first_is_in_the_way<T: Travel + ?Sized>(&self, travel: &mut T) -> bool {
        let Some(first) = self.visits.first().filter(|_| self.frozen == 0) else {
            return false;
        };
        let urgency = first.urgency;
        if !self.visits.iter().any(|visit| visit.urgency > urgency) {
            return false;
        }
        let mut without = self.clone();
        if without.remove(first.key, travel).is_none() {
            return false;
        }
        let stops = self.visits.len() - without.visits.len();
        let (Some(with), Some(next)) = (self.visits.get(stops), without.visits.first()) else {
            return false;
        };
        let patience = without.visits.iter().rev().fold(NEVER, |patience, visit| {
            let own = match visit.urgency > urgency {
                true => visit.patience(urgency),
                false => NEVER,
            };
            patience.min(own).saturating_add(visit.wait())
        });
        with.arrive.saturating_sub(next.arrive) > patience.saturating_add(NEGLIGIBLE)
    }
}
