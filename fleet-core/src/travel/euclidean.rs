use alloc::vec;
use alloc::vec::Vec;

use super::{PlaceError, Travel};
use crate::place::{Place, Point};

/// Straight lines between points: open floors, drones, and benchmarks.
///
/// # Example
/// ```
/// use fleet_core::Place;
/// use fleet_core::travel::{Euclidean, Travel};
///
/// assert_eq!(Euclidean.distance(Place::at(0.0, 0.0), Place::at(3.0, 4.0)), Some(5.0));
/// assert_eq!(Euclidean.distance(Place::at(0.0, 0.0), Place::Site(7)), None);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Euclidean;

impl Travel for Euclidean {
    #[inline]
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        Some(from.point()?.distance(to.point()?))
    }

    fn check(&self, place: Place) -> Result<(), PlaceError> {
        let point = place.point().ok_or(PlaceError::WrongKind("site"))?;
        if point.x().is_finite() && point.y().is_finite() {
            Ok(())
        } else {
            Err(PlaceError::NotFinite)
        }
    }

    fn path(&mut self, from: Place, to: Place) -> Option<Vec<Point>> {
        Some(vec![from.point()?, to.point()?])
    }
}
