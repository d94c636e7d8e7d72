//! The two clocks stop at their ends, and a span is what lies between two moments.

use std::time::Duration;

use fleet_core::{Time, UtcTime};
use proptest::prelude::*;

#[test]
fn the_widest_spans_reach_the_ends() {
    let widest = Duration::from_micros(u64::MAX);
    assert_eq!(Time::ZERO + Duration::MAX, Time::NEVER);
    assert_eq!(UtcTime::MIN + widest, UtcTime::MAX);
    assert_eq!(UtcTime::MAX - widest, UtcTime::MIN);
    assert_eq!(UtcTime::MIN + Duration::MAX, UtcTime::MAX);
    assert_eq!(Time::from_secs(u64::MAX), Time::NEVER);
    assert_eq!(UtcTime::from_secs(i64::MIN), UtcTime::MIN);
}

#[test]
fn seconds_at_the_edge_are_refused_or_exact() {
    assert_eq!(UtcTime::from_secs_f64(9.1e12), None);
    assert_eq!(UtcTime::from_secs_f64(-9.1e12), None);
    assert_eq!(
        UtcTime::from_secs_f64(8e12),
        Some(UtcTime::from_secs(8_000_000_000_000))
    );
}

/// Moments, half of them near an end.
fn micros() -> impl Strategy<Value = i64> {
    let corners = vec![i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    prop_oneof![any::<i64>(), prop::sample::select(corners)]
}

proptest! {
    #[test]
    fn a_calendar_span_leads_from_one_moment_to_the_other(a in micros(), b in micros()) {
        let (a, b) = (UtcTime::from_micros(a.min(b)), UtcTime::from_micros(a.max(b)));
        prop_assert_eq!(a + b.since(a), b);
        prop_assert_eq!(b - b.since(a), a);
        prop_assert_eq!(a.since(b), Duration::ZERO);
    }

    #[test]
    fn a_span_leads_from_one_moment_to_the_other(a in any::<u64>(), b in any::<u64>()) {
        let (a, b) = (Time::from_micros(a.min(b)), Time::from_micros(a.max(b)));
        prop_assert_eq!(a + b.since(a), b);
        prop_assert_eq!(a.since(b), Duration::ZERO);
    }

    #[test]
    fn longer_spans_never_lead_less_far(a in micros(), s in any::<Duration>(), t in any::<Duration>()) {
        let (a, s, t) = (UtcTime::from_micros(a), s.min(t), s.max(t));
        prop_assert!(a <= a + s && a + s <= a + t);
        prop_assert!(a >= a - s && a - s >= a - t);
    }

    /// From 2^32 seconds on, in the year 2106, an `f64` of seconds no longer tells all microseconds apart.
    #[test]
    fn seconds_keep_every_microsecond(micros in -(1_i64 << 32) * 1_000_000..(1 << 32) * 1_000_000) {
        let time = UtcTime::from_micros(micros);
        prop_assert_eq!(UtcTime::from_secs_f64(time.as_secs_f64()), Some(time));
    }
}
