//! Waiting for conditions, with a bound.

use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes longer, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(20);

/// Waits until it is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
