//! What a good plan is: a weighted sum, and the terms that it is made of.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, Sub};

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, in_range};

/// A finite amount of cost, totally ordered.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Cost(OrderedFloat<f64>);

impl Cost {
    /// Nothing.
    pub const ZERO: Cost = Cost(OrderedFloat(0.0));

    /// `value`, or `None` if it is NaN or infinite.
    pub fn new(value: f64) -> Option<Self> {
        value.is_finite().then_some(Cost(OrderedFloat(value)))
    }

    /// Its value.
    pub const fn value(self) -> f64 {
        self.0.0
    }
}

impl TryFrom<f64> for Cost {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, &'static str> {
        Cost::new(value).ok_or("a cost must be finite")
    }
}

impl From<Cost> for f64 {
    fn from(cost: Cost) -> f64 {
        cost.value()
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.0, f)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.0, f)
    }
}

/// The cost of one second, one metre and so on, in a common unit of the operator's choice.
///
/// With `C_t` the time at which task `t` is finished, `r_t` the later of its submission and its release,
/// `d_t` its due time, `w_t` its [weight](crate::urgency::PriorityScheme::weight) and `h_t` its
/// [haste](crate::Standing::haste), the cost of a fleet's plans is
///
/// `travel * metres + flowtime * sum w_t (C_t - r_t) + haste * sum h_t (C_t - r_t) + makespan * max C_t
///  + tardiness * sum w_t max(0, C_t - d_t) + energy * joules + unserved * sum of w_t over tasks left out
///  + interruption * times that work was interrupted`.
///
/// # Example
/// ```
/// use fleet_core::Objective;
///
/// let mut objective = Objective::minisum();
/// objective.tardiness = 2.0; // a second late costs as much as two metres
/// assert!(objective.check().is_ok());
/// objective.energy = f64::NAN;
/// assert_eq!(objective.check().unwrap_err().field, "energy");
/// ```
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Objective {
    /// Cost of a metre driven.
    pub travel: f64,
    /// Cost of a second between a task's release and its end, times its weight.
    pub flowtime: f64,
    /// Cost of a second between a task's release and its end, times its [haste](crate::Standing::haste): nothing
    /// for daily work.
    ///
    /// This is the price of urgency: without it, an objective that minds ways only would gladly give an urgent
    /// task to a robot that gets to it later, and making a task more urgent would now and then delay it. At 4, as
    /// in all named objectives, that happens in less than 1 % of cases.
    pub haste: f64,
    /// Cost of a second until the last task is finished.
    pub makespan: f64,
    /// Cost of a second between a task's due time and its end, times its weight.
    pub tardiness: f64,
    /// Cost of a joule.
    pub energy: f64,
    /// Cost of leaving a task undone, times its weight. A robot does not bid for a task that costs more.
    pub unserved: f64,
    /// Cost of interrupting work that has begun, for a more urgent task; the work at that stop is done anew
    /// afterwards, which costs besides what it costs by the other weights. At zero work is never interrupted.
    pub interruption: f64,
}

impl Objective {
    /// What the named objectives have in common.
    const COMMON: Objective = Objective {
        travel: 0.0,
        flowtime: 0.0,
        haste: 4.0,
        makespan: 0.0,
        tardiness: 0.0,
        energy: 0.0,
        unserved: 1e9,
        interruption: 0.0,
    };

    /// The least total travel.
    pub const fn minisum() -> Self {
        Objective {
            travel: 1.0,
            ..Self::COMMON
        }
    }

    /// The earliest end of the last task.
    pub const fn minimax() -> Self {
        Objective {
            makespan: 1.0,
            ..Self::COMMON
        }
    }

    /// The least mean time from release to end.
    pub const fn miniave() -> Self {
        Objective {
            flowtime: 1.0,
            ..Self::COMMON
        }
    }

    /// The least weighted lateness, and among equals the least travel.
    pub const fn punctual() -> Self {
        Objective {
            tardiness: 1.0,
            travel: 0.01,
            ..Self::COMMON
        }
    }

    /// A mix for daily work: travel, some haste, and lateness as the worst.
    pub const fn balanced() -> Self {
        Objective {
            travel: 1.0,
            flowtime: 0.1,
            tardiness: 1.0,
            ..Self::COMMON
        }
    }

    /// Every weight must be finite and not negative.
    ///
    /// # Errors
    /// Names the first weight that is not.
    pub fn check(&self) -> Result<(), Invalid> {
        let weights = [
            ("travel", self.travel),
            ("flowtime", self.flowtime),
            ("haste", self.haste),
            ("makespan", self.makespan),
            ("tardiness", self.tardiness),
            ("energy", self.energy),
            ("unserved", self.unserved),
            ("interruption", self.interruption),
        ];
        weights
            .into_iter()
            .try_for_each(|(field, weight)| in_range(field, weight, 0.0, 1e12).map(drop))
    }

    /// Whether delaying later tasks costs anything.
    pub(crate) fn minds_delay(&self) -> bool {
        self.flowtime != 0.0 || self.tardiness != 0.0 || self.haste != 0.0
    }

    /// What a task of this weight may cost at most: leaving it undone costs that.
    pub(crate) fn worth(&self, weight: f64) -> f64 {
        self.unserved * weight
    }

    /// Cost of a second between the release and the end of a task of this weight and haste.
    pub(crate) fn waiting(&self, weight: f64, haste: f64) -> f64 {
        self.flowtime * weight + self.haste * haste
    }
}

impl Default for Objective {
    fn default() -> Self {
        Self::balanced()
    }
}

impl Eq for Objective {}

impl core::hash::Hash for Objective {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        for weight in [
            self.travel,
            self.flowtime,
            self.haste,
            self.makespan,
            self.tardiness,
            self.energy,
            self.unserved,
            self.interruption,
        ] {
            OrderedFloat(weight).hash(state);
        }
    }
}

/// A cost, taken apart into the terms of the [`Objective`], each already times its weight.
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize, Deserialize)]
pub struct Terms {
    /// From metres driven.
    pub travel: f64,
    /// From time between release and end: flowtime and haste.
    pub flowtime: f64,
    /// From the end of the last task.
    pub makespan: f64,
    /// From lateness.
    pub tardiness: f64,
    /// From energy.
    pub energy: f64,
    /// From tasks left out.
    pub unserved: f64,
    /// From interrupted work.
    pub interruption: f64,
}

impl Terms {
    /// Their sum: the cost.
    pub fn total(&self) -> f64 {
        self.travel
            + self.flowtime
            + self.makespan
            + self.tardiness
            + self.energy
            + self.unserved
            + self.interruption
    }

    /// Names and values, in a fixed order.
    pub fn named(&self) -> [(&'static str, f64); 7] {
        [
            ("travel", self.travel),
            ("flowtime", self.flowtime),
            ("makespan", self.makespan),
            ("tardiness", self.tardiness),
            ("energy", self.energy),
            ("unserved", self.unserved),
            ("interruption", self.interruption),
        ]
    }

    fn zip(self, other: Terms, f: impl Fn(f64, f64) -> f64) -> Terms {
        Terms {
            travel: f(self.travel, other.travel),
            flowtime: f(self.flowtime, other.flowtime),
            makespan: f(self.makespan, other.makespan),
            tardiness: f(self.tardiness, other.tardiness),
            energy: f(self.energy, other.energy),
            unserved: f(self.unserved, other.unserved),
            interruption: f(self.interruption, other.interruption),
        }
    }
}

impl Add for Terms {
    type Output = Terms;

    fn add(self, other: Terms) -> Terms {
        self.zip(other, |a, b| a + b)
    }
}

impl Sub for Terms {
    type Output = Terms;

    fn sub(self, other: Terms) -> Terms {
        self.zip(other, |a, b| a - b)
    }
}

impl Sum for Terms {
    fn sum<I: Iterator<Item = Terms>>(terms: I) -> Terms {
        terms.fold(Terms::default(), Add::add)
    }
}
