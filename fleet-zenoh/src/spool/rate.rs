//! How many bytes may be sent by when.

use std::time::Duration;

use fleet_core::{Invalid, Problem, Time};

const SECOND: u128 = 1_000_000;

/// A token bucket, as a function of the time that it is given. It is full at first.
///
/// Something bigger than the bucket is saved up for. So, whatever is asked for, in the first time `t` no more than
/// `rate * t + burst` bytes are taken, and in any other no more than that, or than `rate * t` and the biggest thing.
///
/// ```
/// use std::time::Duration;
///
/// use fleet_core::Time;
/// use fleet_zenoh::spool::Bucket;
///
/// let mut bucket = Bucket::new(100, 50, Time::ZERO)?;
/// assert_eq!(bucket.take(50, Time::ZERO), Ok(()));
/// assert_eq!(bucket.take(20, Time::ZERO), Err(Duration::from_millis(200)));
/// assert_eq!(bucket.take(20, Time::from_micros(200_000)), Ok(()));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bucket {
    rate: u32,
    burst: u64,
    /// What is in it, in millionths of a byte.
    level: u128,
    /// When that was.
    at: Time,
}

impl Bucket {
    /// For `rate` bytes a second on average, and `burst` bytes at once.
    ///
    /// # Errors
    /// If nothing could ever be sent.
    pub fn new(rate: u32, burst: u64, now: Time) -> Result<Self, Invalid> {
        if rate == 0 {
            return Err(Invalid::new(
                "rate",
                Problem::Other("must be 1 byte a second or more"),
            ));
        }
        Ok(Bucket {
            rate,
            burst,
            level: u128::from(burst) * SECOND,
            at: now,
        })
    }

    /// Takes so many bytes, which may be sent at once, or says how long to wait before asking again.
    ///
    /// # Errors
    /// The time to wait.
    pub fn take(&mut self, bytes: u64, now: Time) -> Result<(), Duration> {
        let price = u128::from(bytes) * SECOND;
        let more = now.since(self.at).as_micros() * u128::from(self.rate);
        let most = price.max(u128::from(self.burst) * SECOND);
        self.level = (self.level + more).min(most);
        self.at = self.at.max(now);
        if let Some(left) = self.level.checked_sub(price) {
            self.level = left;
            return Ok(());
        }
        let micros = (price - self.level).div_ceil(u128::from(self.rate));
        Err(Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(millis: u64) -> Time {
        Time::from_micros(millis * 1_000)
    }

    #[test]
    fn it_waits_as_long_as_it_says() {
        let mut bucket = Bucket::new(1_000, 500, Time::ZERO).unwrap();
        assert_eq!(bucket.take(500, Time::ZERO), Ok(()));
        assert_eq!(bucket.take(1, Time::ZERO), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(300, ms(299)), Err(Duration::from_millis(1)));
        assert_eq!(bucket.take(300, ms(300)), Ok(()));
        // It is full again, and no fuller.
        assert_eq!(bucket.take(500, ms(10_000)), Ok(()));
        assert_eq!(bucket.take(1, ms(10_000)), Err(Duration::from_millis(1)));
    }

    #[test]
    fn something_big_is_saved_up_for() {
        let mut bucket = Bucket::new(1_000, 500, Time::ZERO).unwrap();
        assert_eq!(bucket.take(2_500, Time::ZERO), Err(Duration::from_secs(2)));
        assert_eq!(bucket.take(2_500, ms(2_000)), Ok(()));
        assert_eq!(bucket.take(1, ms(2_000)), Err(Duration::from_millis(1)));
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing_away() {
        let mut bucket = Bucket::new(1_000, 500, ms(5_000)).unwrap();
        assert_eq!(bucket.take(500, ms(5_000)), Ok(()));
        assert!(bucket.take(10, ms(1_000)).is_err());
        assert!(bucket.take(10, ms(5_009)).is_err());
        assert_eq!(bucket.take(10, ms(5_010)), Ok(()));
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        let error = Bucket::new(0, 500, Time::ZERO).unwrap_err();
        assert!(error.to_string().starts_with("rate: "), "{error}");
    }

    proptest! {
        #[test]
        fn never_more_than_the_rate_allows(
            rate in 1_u32..5_000,
            burst in 0_u64..5_000,
            asked in prop::collection::vec((0_u64..20_000_000, 0_u64..10_000), 1..60),
        ) {
            let mut bucket = Bucket::new(rate, burst, Time::ZERO).unwrap();
            let (mut now, mut taken) = (0, vec![]);
            for (step, bytes) in asked {
                now += step;
                if bucket.take(bytes, Time::from_micros(now)).is_ok() {
                    taken.push((now, bytes));
                }
            }
            let biggest = taken.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
            for (first, (begin, _)) in taken.iter().enumerate() {
                let mut sum = 0;
                for (end, bytes) in &taken[first..] {
                    sum += bytes;
                    let allowed = |from: u64| u128::from(rate) * u128::from(end - from);
                    // From any moment, and from the beginning of all.
                    prop_assert!(u128::from(sum) * SECOND <= allowed(*begin) + u128::from(burst.max(biggest)) * SECOND);
                    if first == 0 {
                        prop_assert!(u128::from(sum) * SECOND <= allowed(0) + u128::from(burst) * SECOND);
                    }
                }
            }
        }

        #[test]
        fn who_waits_as_told_is_served(rate in 1_u32..5_000, burst in 0_u64..5_000, asked in prop::collection::vec(0_u64..10_000, 1..30)) {
            let mut bucket = Bucket::new(rate, burst, Time::ZERO).unwrap();
            let mut now = Time::ZERO;
            for bytes in asked {
                if let Err(wait) = bucket.take(bytes, now) {
                    now = now + wait;
                    prop_assert_eq!(bucket.take(bytes, now), Ok(()));
                }
            }
        }
    }
}
