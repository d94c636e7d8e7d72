//! Lengths between places.

use alloc::vec::Vec;

use super::model::wrong;
use crate::invalid::Invalid;

/// Lengths of the ways between numbered places, in metres.
#[derive(Clone, Debug)]
pub struct Ways {
    pub(super) places: usize,
    /// From the first to all, from the second to all, ...
    from: Vec<f64>,
    /// To the first from all, ...; empty if that is the same.
    to: Vec<f64>,
}

impl Ways {
    /// `lengths[a * places + b]` from `a` to `b`.
    ///
    /// # Errors
    /// If there are not `places` squared lengths, or one is negative or no number. No way is `f64::INFINITY`.
    pub fn new(places: usize, lengths: Vec<f64>) -> Result<Self, Invalid> {
        if lengths.len() != places * places {
            return Err(wrong("ways", "must be as many as places squared"));
        }
        if lengths.iter().any(|length| length.is_nan() || *length < 0.0) {
            return Err(wrong("ways", "must not be negative, or no number"));
        }
        let turned = || (0..places).flat_map(|b| (0..places).map(move |a| (a, b)));
        let symmetric = turned().all(|(a, b)| lengths[a * places + b] == lengths[b * places + a]);
        let to = if symmetric {
            Vec::new()
        } else {
            turned().map(|(a, b)| lengths[a * places + b]).collect()
        };
        Ok(Ways {
            places,
            from: lengths,
            to,
        })
    }

    /// Straight lines between points.
    pub fn straight(points: &[(f64, f64)]) -> Self {
        let far = |a: &(f64, f64), b: &(f64, f64)| {
            let (x, y) = (a.0 - b.0, a.1 - b.1);
            libm::sqrt(x * x + y * y)
        };
        let from = points
            .iter()
            .flat_map(|a| points.iter().map(move |b| far(a, b)))
            .collect();
        Ways {
            places: points.len(),
            from,
            to: Vec::new(),
        }
    }

    /// Between these places only, in this order.
    pub(super) fn part(&self, places: &[u32]) -> Ways {
        let table = |row: fn(&Ways, u32) -> &[f64]| -> Vec<f64> {
            let rows = places.iter().map(|place| row(self, *place));
            rows.flat_map(|row| places.iter().map(|place| row[*place as usize]))
                .collect()
        };
        Ways {
            places: places.len(),
            from: table(Ways::from),
            to: if self.to.is_empty() {
                Vec::new()
            } else {
                table(Ways::to)
            },
        }
    }

    #[inline]
    pub(crate) fn length(&self, a: u32, b: u32) -> f64 {
        self.from[a as usize * self.places + b as usize]
    }

    /// From `a` to each place.
    #[inline]
    pub(super) fn from(&self, a: u32) -> &[f64] {
        let at = a as usize * self.places;
        &self.from[at..at + self.places]
    }

    /// To `b` from each place.
    #[inline]
    pub(super) fn to(&self, b: u32) -> &[f64] {
        if self.to.is_empty() {
            return self.from(b);
        }
        let at = b as usize * self.places;
        &self.to[at..at + self.places]
    }
}
