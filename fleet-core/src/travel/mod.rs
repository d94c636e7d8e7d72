//! How far it is from one place to another.
//!
//! A [`Travel`] belongs to whoever drives a node and is lent to the calls that need it, as `&mut`: it may keep
//! what it computed (the road and grid maps do, within a stated amount of memory) without locks.

mod cache;
mod euclidean;
mod grid;
mod matrix;
mod nearest;
mod pairs;
mod road;
mod road_travel;

use alloc::vec::Vec;

pub use cache::{CacheStats, DEFAULT_CACHE_BYTES, FieldCache};
pub use euclidean::Euclidean;
pub use grid::{Cell, Components, GridMap, GridTravel, MapError};
pub use matrix::Matrix;
pub use road::{Road, RoadMap, RoadMapSpec};
pub use road_travel::RoadTravel;

use crate::limits;
use crate::place::{Place, Point};

/// Knows ways and their lengths.
///
/// Answers must be a function of the two places only, never negative, and zero from a place to itself; they
/// should keep the triangle inequality, or plans will be feasible but longer than need be.
pub trait Travel {
    /// Length of the shortest way in metres, or `None` if there is no way or a place is unknown. Lengths that are
    /// no number, negative or beyond [`limits::DISTANCE`] count as `None`.
    fn distance(&mut self, from: Place, to: Place) -> Option<f64>;

    /// Whether robots and tasks can be at `place`.
    ///
    /// # Errors
    /// Why not.
    fn check(&self, place: Place) -> Result<(), PlaceError>;

    /// The points of a shortest way from `from` to `to`, both included, to be driven in straight lines, or `None` if
    /// there is no way or it has no shape (a matrix knows lengths only).
    fn path(&mut self, from: Place, to: Place) -> Option<Vec<Point>>;

    /// A hint that distances between `place` and many others will be asked for next.
    fn prepare(&mut self, _place: Place) {}
}

/// The length of a way, if there is one. Whatever else a [`Travel`] answers (NaN, a negative length) is no way.
#[inline]
pub(crate) fn way<T: Travel + ?Sized>(travel: &mut T, from: Place, to: Place) -> Option<f64> {
    travel
        .distance(from, to)
        .filter(|metres| (0.0..=limits::DISTANCE).contains(metres))
}

/// Why a place is of no use to a [`Travel`].
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlaceError {
    /// A coordinate that is no number.
    #[error("is not finite")]
    NotFinite,
    /// Not on the map.
    #[error("is outside the map")]
    Outside,
    /// On the map, where no robot can be.
    #[error("is on an obstacle")]
    Obstacle,
    /// A site, where this travel knows points only, or the reverse.
    #[error("is a {0}, which this map does not use")]
    WrongKind(&'static str),
    /// No site has this number.
    #[error("is site {site}, but there are {sites} (numbered from 0)")]
    NoSuchSite {
        /// The number given.
        site: u32,
        /// How many sites there are.
        sites: usize,
    },
}
