//! Two clocks that never mix: a node's own monotonic one and the calendar's.
//!
//! The protocol (timeouts, leases) runs on [`Time`], which no other node ever sees. Plans (release, due time,
//! deadline) run on [`UtcTime`], because that is what people give and what all nodes share.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::scramble;

const MICROS: f64 = 1e6;

/// A moment on one node's monotonic clock, in microseconds since an origin of its choice.
///
/// Never sent to another node: clocks of two nodes are not comparable.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Time(u64);

impl Time {
    /// The clock's origin.
    pub const ZERO: Time = Time(0);
    /// A moment that is never reached.
    pub const NEVER: Time = Time(u64::MAX);

    /// The moment `micros` microseconds after the origin.
    pub const fn from_micros(micros: u64) -> Self {
        Time(micros)
    }

    /// The moment `secs` seconds after the origin.
    pub const fn from_secs(secs: u64) -> Self {
        Time(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Seconds since the origin.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS
    }

    /// How long after `earlier` this is; zero if it is not after.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Time {
    type Output = Time;

    /// Stops at [`Time::NEVER`] instead of wrapping.
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(micros(span)))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}s", self.as_secs_f64())
    }
}

/// A moment of the calendar, in microseconds since 1970-01-01T00:00:00Z (Unix time, leap seconds ignored).
///
/// A fleet without a calendar may use any common origin: only differences matter.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcTime(i64);

impl UtcTime {
    /// Before every other moment.
    pub const MIN: UtcTime = UtcTime(i64::MIN);
    /// After every other moment.
    pub const MAX: UtcTime = UtcTime(i64::MAX);

    /// The moment `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        UtcTime(micros)
    }

    /// The moment `secs` seconds after the epoch.
    pub const fn from_secs(secs: i64) -> Self {
        UtcTime(secs.saturating_mul(1_000_000))
    }

    /// The moment `secs` seconds after the epoch, to the nearest microsecond, or `None` if it is not finite or more
    /// than 285,000 years off.
    pub fn from_secs_f64(secs: f64) -> Option<Self> {
        let micros = libm::round(secs * MICROS);
        (micros.is_finite() && micros > -9e18 && micros < 9e18).then_some(UtcTime(micros as i64))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch; a microsecond is kept up to the year 2106.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / MICROS
    }

    /// How long after `earlier` this is; zero if it is not after.
    pub fn since(self, earlier: UtcTime) -> Duration {
        if self <= earlier {
            Duration::ZERO
        } else {
            Duration::from_micros(self.0.abs_diff(earlier.0))
        }
    }
}

impl Add<Duration> for UtcTime {
    type Output = UtcTime;

    /// Stops at [`UtcTime::MAX`] instead of wrapping.
    fn add(self, span: Duration) -> UtcTime {
        UtcTime(self.0.saturating_add_unsigned(micros(span)))
    }
}

impl Sub<Duration> for UtcTime {
    type Output = UtcTime;

    /// Stops at [`UtcTime::MIN`] instead of wrapping.
    fn sub(self, span: Duration) -> UtcTime {
        UtcTime(self.0.saturating_sub_unsigned(micros(span)))
    }
}

impl fmt::Debug for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "utc {:.6}s", self.as_secs_f64())
    }
}

/// `span` in whole microseconds, at most `u64::MAX`: as far as two moments can be apart.
pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}

/// How long to wait before the next of `tries`: longer each time, and up to twice as long by chance, so that two with
/// different `seed`s do not meet again.
pub(crate) fn pause(retry: Duration, tries: u32, seed: u64) -> Duration {
    let chance = scramble(seed ^ u64::from(tries)) % 1_024;
    let whole = retry * (1 << tries.min(4));
    whole + whole * chance as u32 / 1_024
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time::NEVER + Duration::from_secs(1), Time::NEVER);
        assert_eq!(UtcTime::MAX + Duration::MAX, UtcTime::MAX);
        assert_eq!(UtcTime::MIN - Duration::MAX, UtcTime::MIN);
        assert_eq!(Time::ZERO.since(Time::from_secs(3)), Duration::ZERO);
        assert_eq!(UtcTime::MAX.since(UtcTime::MIN), Duration::from_micros(u64::MAX));
    }

    #[test]
    fn seconds_that_are_no_moment_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY, 1e300] {
            assert_eq!(UtcTime::from_secs_f64(bad), None);
        }
        assert_eq!(UtcTime::from_secs_f64(1.5), Some(UtcTime::from_micros(1_500_000)));
    }
}
