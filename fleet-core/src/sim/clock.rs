//! A node's own clock, which is wrong.

use std::time::Duration;

use crate::time::Time;

/// What a node's clock shows: it began at another moment, and runs too fast or too slow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Clock {
    /// What it shows at the start.
    pub offset: Duration,
    /// By how many millionths it is fast (positive) or slow.
    pub ppm: i32,
}

impl Clock {
    /// What it shows at `real`.
    pub fn show(&self, real: Time) -> Time {
        let micros = i128::from(real.as_micros());
        let shown = micros + micros * i128::from(self.ppm) / 1_000_000;
        Time::from_micros(u64::try_from(shown.max(0)).unwrap_or(u64::MAX)) + self.offset
    }

    /// The first moment at which it shows `shown` or more.
    pub fn when(&self, shown: Time) -> Time {
        if shown == Time::NEVER || (self.ppm == 0 && self.offset.is_zero()) {
            return shown;
        }
        let since = i128::from(shown.since(Time::ZERO + self.offset).as_micros() as u64);
        let real = since * 1_000_000 / (1_000_000 + i128::from(self.ppm));
        let about = u64::try_from(real).unwrap_or(u64::MAX);
        let near = (about.saturating_sub(3)..=about.saturating_add(3)).map(Time::from_micros);
        let last = Time::from_micros(about) + Duration::from_micros(4);
        near.into_iter()
            .find(|at| self.show(*at) >= shown)
            .unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_asked_when_it_shows_a_time_shows_it_then_and_not_before() {
        for ppm in [-500_000, -1_000, -1, 0, 7, 1_000, 500_000] {
            for offset in [0, 1, 999_983] {
                let clock = Clock {
                    offset: Duration::from_micros(offset),
                    ppm,
                };
                for micros in [0, 1, 2, 999, 1_000_003, 86_400_000_000] {
                    let shown = Time::from_micros(micros + offset);
                    let real = clock.when(shown);
                    assert!(clock.show(real) >= shown, "{clock:?} {micros}");
                    if let Some(before) = real.as_micros().checked_sub(1) {
                        assert!(
                            clock.show(Time::from_micros(before)) < shown,
                            "{clock:?} {micros}"
                        );
                    }
                }
            }
        }
    }
}
