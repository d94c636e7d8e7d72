//! Where things are.

use core::fmt;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, in_range};
use crate::limits;

/// A point of the fleet's map frame (REP-103: x forward, y left, metres).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Point {
    x: OrderedFloat<f64>,
    y: OrderedFloat<f64>,
}

impl Point {
    /// The point at `x`, `y`, in metres.
    pub const fn new(x: f64, y: f64) -> Self {
        Point {
            x: OrderedFloat(x),
            y: OrderedFloat(y),
        }
    }

    /// Metres along the x axis.
    pub const fn x(self) -> f64 {
        self.x.0
    }

    /// Metres along the y axis.
    pub const fn y(self) -> f64 {
        self.y.0
    }

    /// Straight-line distance, in metres.
    #[inline]
    pub fn distance(self, other: Point) -> f64 {
        let (dx, dy) = (self.x() - other.x(), self.y() - other.y());
        sqrt(dx * dx + dy * dy)
    }
}

/// Square root, correctly rounded on every machine, with and without `std`.
#[inline]
fn sqrt(value: f64) -> f64 {
    #[cfg(feature = "std")]
    return value.sqrt();
    #[cfg(not(feature = "std"))]
    return libm::sqrt(value);
}

impl fmt::Debug for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.x, self.y)
    }
}

/// A place that a [`Travel`](crate::travel::Travel) knows the way to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Place {
    /// A point of the map frame.
    Point(Point),
    /// A numbered place: a row of a distance matrix, a vertex of a road map, a cell of a grid map.
    Site(u32),
}

impl Place {
    /// The point at `x`, `y`, in metres.
    pub const fn at(x: f64, y: f64) -> Self {
        Place::Point(Point::new(x, y))
    }

    /// The point, if this is one.
    #[inline]
    pub const fn point(self) -> Option<Point> {
        match self {
            Place::Point(point) => Some(point),
            Place::Site(_) => None,
        }
    }

    pub(crate) fn check(self) -> Result<Self, Invalid> {
        if let Place::Point(point) = self {
            in_range("x", point.x(), -limits::COORDINATE, limits::COORDINATE)?;
            in_range("y", point.y(), -limits::COORDINATE, limits::COORDINATE)?;
        }
        Ok(self)
    }
}

impl From<Point> for Place {
    fn from(point: Point) -> Self {
        Place::Point(point)
    }
}

/// A place and a heading there.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Pose {
    /// Where.
    pub place: Place,
    heading: OrderedFloat<f64>,
}

impl Pose {
    /// At `place`, facing `heading` (radians, counter-clockwise from the x axis).
    pub const fn new(place: Place, heading: f64) -> Self {
        Pose {
            place,
            heading: OrderedFloat(heading),
        }
    }

    /// Radians, counter-clockwise from the x axis.
    pub const fn heading(self) -> f64 {
        self.heading.0
    }

    pub(crate) fn check(self) -> Result<Self, Invalid> {
        self.place.check().map_err(|invalid| invalid.within("place"))?;
        in_range("heading", self.heading(), -1e3, 1e3)?;
        Ok(self)
    }
}

impl From<Place> for Pose {
    /// Facing along the x axis.
    fn from(place: Place) -> Self {
        Pose::new(place, 0.0)
    }
}
