//! How long a robot may act, and how long others must wait.

use core::time::Duration;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Problem, in_range};

/// The length of a lease, seen from both ends.
///
/// The owner counts from the moment it *asked*, the granter from the moment it *granted*, which is later, and
/// for a guard that is longer by what two clocks of the stated error can differ. So the owner always stops first,
/// whatever the delay of messages, and no clock is compared with another.
///
/// # Example
/// ```
/// use fleet_core::ledger::LeaseTerms;
/// use std::time::Duration;
///
/// let terms = LeaseTerms::new(Duration::from_secs(5), 0.01)?;
/// assert!(terms.guard() > Duration::from_millis(5_101));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaseTerms {
    length: Duration,
    drift: OrderedFloat<f64>,
}

impl LeaseTerms {
    /// Leases of `length`, among clocks whose rates are wrong by at most `drift` (0.001 is 86 s a day).
    ///
    /// # Errors
    /// If the length is zero or above a day, or the drift not from 0 to 0.5.
    pub fn new(length: Duration, drift: f64) -> Result<Self, Invalid> {
        if length.is_zero() {
            return Err(Invalid::new("lease", Problem::NotPositive(0.0)));
        }
        in_range("lease", length.as_secs_f64(), 0.0, 86_400.0)?;
        let drift = in_range("drift", drift, 0.0, 0.5)?.into();
        Ok(LeaseTerms { length, drift })
    }

    /// How long the owner may act, from when it asked.
    pub const fn length(&self) -> Duration {
        self.length
    }

    /// By how much the rates of clocks may be wrong.
    pub const fn drift(&self) -> f64 {
        self.drift.0
    }

    /// How long the granter waits, from when it granted: `ceil(length * (1 + drift) / (1 - drift))`.
    pub fn guard(&self) -> Duration {
        let micros = self.length.as_micros() as f64 * (1.0 + self.drift.0) / (1.0 - self.drift.0);
        Duration::from_micros(micros as u64 + 1)
    }
}
