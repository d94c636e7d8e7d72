//! How a task stands against others.

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::time::UtcTime;

/// The weight of a task of normal priority.
const NORMAL_WEIGHT: f64 = 2.0;

/// How urgent a task is; more is more urgent. Only comparisons have a meaning.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Urgency(OrderedFloat<f64>);

impl Urgency {
    /// Less urgent than everything that has a finite urgency.
    pub const LEAST: Urgency = Urgency(OrderedFloat(f64::MIN));

    /// The urgency with this value; NaN counts as [`LEAST`](Self::LEAST).
    pub fn new(value: f64) -> Self {
        if value.is_nan() {
            Self::LEAST
        } else {
            Urgency(OrderedFloat(value))
        }
    }

    /// Its value.
    pub const fn value(self) -> f64 {
        self.0.0
    }
}

impl From<f64> for Urgency {
    fn from(value: f64) -> Self {
        Urgency::new(value)
    }
}

impl From<Urgency> for f64 {
    fn from(urgency: Urgency) -> f64 {
        urgency.value()
    }
}

/// How a task stands against others: what a [`PriorityScheme`](crate::urgency::PriorityScheme) said of it when it was
/// offered. It travels with the offer, so that all who bid reckon with the same numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "(Urgency, f64, UtcTime)", into = "(Urgency, f64, UtcTime)")]
pub struct Standing {
    /// How urgent it is.
    pub urgency: Urgency,
    weight: OrderedFloat<f64>,
    haste: OrderedFloat<f64>,
    /// When its waiting began: the later of submission and release.
    pub since: UtcTime,
}

impl Standing {
    /// Of this urgency and weight (brought into 0 to 1e9; NaN counts as 0), waiting since `since`.
    pub fn new(urgency: Urgency, weight: f64, since: UtcTime) -> Self {
        let weight = if weight > 0.0 { weight.min(1e9) } else { 0.0 };
        Standing {
            urgency,
            weight: weight.into(),
            haste: (weight - NORMAL_WEIGHT).max(0.0).into(),
            since,
        }
    }

    /// The same, where the tasks of the least weight that are offered along with it have the weight `least`.
    #[must_use]
    pub fn beside(mut self, least: f64) -> Self {
        self.haste = (self.weight.0 - least).max(0.0).into();
        self
    }

    /// How much more it weighs than daily work: a normal task, or the [least](Self::beside) of what it is offered
    /// with. The [`Objective`](crate::Objective) says what a second of its waiting costs for that.
    pub fn haste(&self) -> f64 {
        self.haste.0
    }

    /// How much a second of its waiting or lateness counts in the [`Objective`](crate::Objective).
    pub fn weight(&self) -> f64 {
        self.weight.0
    }
}

impl From<(Urgency, f64, UtcTime)> for Standing {
    fn from((urgency, weight, since): (Urgency, f64, UtcTime)) -> Self {
        Standing::new(urgency, weight, since)
    }
}

impl From<Standing> for (Urgency, f64, UtcTime) {
    fn from(standing: Standing) -> Self {
        (standing.urgency, standing.weight(), standing.since)
    }
}
