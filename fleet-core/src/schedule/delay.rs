//! What it costs to delay the rest of a plan.
//!
//! If everything from one visit on comes `d` later, waiting times absorb some of it, and each task still reached
//! late adds to flowtime and tardiness. The cost is a piecewise linear, convex, non-decreasing function of `d`.
//! Keeping that function for every visit makes testing an insertion a look-up instead of a walk along the plan
//! (Ibaraki et al. 2008, "An iterated local search algorithm for the vehicle routing problem with convex time
//! penalty functions"; Vidal et al. 2015, "Timing problems and algorithms").

use alloc::vec::Vec;
use core::ops::Range;

use super::job::Micros;

/// From `at` on, the cost is `value + slope * seconds beyond at`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    at: Micros,
    value: f64,
    slope: f64,
}

/// What one visit adds, if its service begins later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Penalty {
    /// Delay of the arrival that does not delay the service.
    pub(crate) wait: Micros,
    /// Cost of each second of delay of the service.
    pub(crate) slope: f64,
    /// Cost of each second beyond `free`, on top.
    pub(crate) late_slope: f64,
    /// Delay of the service before `late_slope` applies; zero if it is late already.
    pub(crate) free: Micros,
}

/// The cost-of-delay functions of all visits of one schedule.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Delays {
    segments: Vec<Segment>,
    /// The segments of each visit, last visit first; empty where delay costs nothing.
    runs: Vec<Range<u32>>,
}

impl Eq for Delays {}

/// A function of the visits, which are hashed already.
impl core::hash::Hash for Delays {
    fn hash<H: core::hash::Hasher>(&self, _state: &mut H) {}
}

impl Delays {
    pub(crate) fn clear(&mut self) {
        self.segments.clear();
        self.runs.clear();
    }

    /// Whether no delay of any visit costs anything.
    pub(crate) fn is_nothing(&self) -> bool {
        self.segments.is_empty()
    }

    /// Adds the visit before those added so far. O(later visits whose delay has a kink).
    pub(crate) fn push_front(&mut self, penalty: Penalty) {
        let next = self.runs.last().cloned().unwrap_or(0..0);
        let start = self.segments.len() as u32;
        if next.is_empty() && penalty.slope == 0.0 && penalty.late_slope == 0.0 {
            self.runs.push(start..start);
            return;
        }
        if penalty.wait > 0 {
            self.segments.push(Segment {
                at: 0,
                value: 0.0,
                slope: 0.0,
            });
        }
        self.merge(next, penalty);
        self.runs.push(start..self.segments.len() as u32);
    }

    /// The function of the next visit, plus the penalty, shifted by the wait.
    fn merge(&mut self, next: Range<u32>, penalty: Penalty) {
        let mut kink = (penalty.late_slope != 0.0).then_some(penalty.free);
        let mut before = Segment {
            at: 0,
            value: 0.0,
            slope: 0.0,
        };
        if next.is_empty() && kink != Some(0) {
            self.push(before, penalty);
        }
        for k in next {
            let segment = self.segments[k as usize];
            if let Some(at) = kink.filter(|at| *at < segment.at) {
                self.push(continued(before, at), penalty);
                kink = None;
            }
            kink = kink.filter(|at| *at != segment.at);
            self.push(segment, penalty);
            before = segment;
        }
        if let Some(at) = kink {
            self.push(continued(before, at), penalty);
        }
    }

    fn push(&mut self, segment: Segment, penalty: Penalty) {
        let late = segment.at - penalty.free;
        let (late_value, late_slope) = if late >= 0 {
            (penalty.late_slope * seconds(late), penalty.late_slope)
        } else {
            (0.0, 0.0)
        };
        self.segments.push(Segment {
            at: segment.at.saturating_add(penalty.wait),
            value: segment.value + penalty.slope * seconds(segment.at) + late_value,
            slope: segment.slope + penalty.slope + late_slope,
        });
    }

    /// What it costs if the robot arrives at visit `k` of `n` by `delay` later. O(log n).
    pub(crate) fn cost(&self, k: usize, delay: Micros) -> f64 {
        let run = self.runs[self.runs.len() - 1 - k].clone();
        let segments = &self.segments[run.start as usize..run.end as usize];
        let after = segments.partition_point(|segment| segment.at <= delay);
        match after.checked_sub(1) {
            Some(k) => segments[k].value + segments[k].slope * seconds(delay - segments[k].at),
            None => 0.0,
        }
    }
}

fn continued(segment: Segment, at: Micros) -> Segment {
    Segment {
        at,
        value: segment.value + segment.slope * seconds(at - segment.at),
        slope: segment.slope,
    }
}

pub(crate) fn seconds(span: Micros) -> f64 {
    span as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, by walking along the visits.
    fn walk(penalties: &[Penalty], mut delay: Micros) -> f64 {
        let mut cost = 0.0;
        for penalty in penalties {
            delay = (delay - penalty.wait).max(0);
            cost += penalty.slope * seconds(delay);
            cost += penalty.late_slope * seconds((delay - penalty.free).max(0));
        }
        cost
    }

    fn penalty() -> impl Strategy<Value = Penalty> {
        let some = |max: Micros| prop_oneof![Just(0), 0..max];
        let slope = || prop_oneof![Just(0.0), 0.0..5.0];
        (some(50_000_000), slope(), slope(), some(90_000_000)).prop_map(|(wait, slope, late_slope, free)| {
            Penalty {
                wait,
                slope,
                late_slope,
                free,
            }
        })
    }

    proptest! {
        #[test]
        fn looking_up_equals_walking(
            penalties in prop::collection::vec(penalty(), 1..12),
            delays in prop::collection::vec(0..300_000_000_i64, 8),
        ) {
            let mut functions = Delays::default();
            penalties.iter().rev().for_each(|penalty| functions.push_front(*penalty));
            for k in 0..penalties.len() {
                for &delay in &delays {
                    let (looked, walked) = (functions.cost(k, delay), walk(&penalties[k..], delay));
                    prop_assert!((looked - walked).abs() < 1e-6 * (1.0 + walked), "{looked} {walked}");
                }
            }
        }
    }
}
