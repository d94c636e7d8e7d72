use alloc::format;
use alloc::vec::Vec;

use super::{PlaceError, Travel};
use crate::invalid::{Invalid, Problem};
use crate::place::{Place, Point};

/// A table of distances between numbered sites: measured ways, or another planner's answers.
///
/// Memory: 8 bytes a pair. It knows lengths but no ways, so [`path`](Travel::path) answers `None`.
///
/// # Example
/// ```
/// use fleet_core::Place;
/// use fleet_core::travel::{Matrix, Travel};
///
/// let mut travel = Matrix::new(2, vec![0.0, 7.0, f64::INFINITY, 0.0])?;
/// assert_eq!(travel.distance(Place::Site(0), Place::Site(1)), Some(7.0));
/// assert_eq!(travel.distance(Place::Site(1), Place::Site(0)), None); // no way back
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Matrix {
    sites: usize,
    metres: Vec<f64>,
}

impl Matrix {
    /// Of `sites` rows with `sites` distances each, in metres; infinity where there is no way.
    ///
    /// # Errors
    /// If the table has another size, or holds a NaN, a negative distance, or a diagonal that is not zero.
    pub fn new(sites: usize, metres: Vec<f64>) -> Result<Self, Invalid> {
        if sites.checked_mul(sites) != Some(metres.len()) {
            return Err(Invalid::new(
                "metres",
                Problem::Other("must hold sites x sites distances"),
            ));
        }
        for (k, &value) in metres.iter().enumerate() {
            let field = || format!("metres[{}][{}]", k / sites, k % sites);
            if value.is_nan() {
                return Err(Invalid::new(field(), Problem::NotFinite(value)));
            }
            if value < 0.0 {
                return Err(Invalid::new(field(), Problem::Negative(value)));
            }
            if k / sites == k % sites && value != 0.0 {
                return Err(Invalid::new(
                    field(),
                    Problem::Other("must be zero: a site's distance to itself"),
                ));
            }
        }
        Ok(Matrix { sites, metres })
    }

    fn row(&self, place: Place) -> Option<usize> {
        match place {
            Place::Site(site) => Some(site as usize).filter(|site| *site < self.sites),
            Place::Point(_) => None,
        }
    }
}

impl Travel for Matrix {
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let metres = self.metres[self.row(from)? * self.sites + self.row(to)?];
        metres.is_finite().then_some(metres)
    }

    fn check(&self, place: Place) -> Result<(), PlaceError> {
        match place {
            Place::Point(_) => Err(PlaceError::WrongKind("point")),
            Place::Site(site) if site as usize >= self.sites => Err(PlaceError::NoSuchSite {
                site,
                sites: self.sites,
            }),
            Place::Site(_) => Ok(()),
        }
    }

    fn path(&mut self, _from: Place, _to: Place) -> Option<Vec<Point>> {
        None
    }
}
