use fleet_core::travel::{GridMap, PlaceError};
use fleet_core::{Place, Point};

/// Where robots move.
#[derive(Clone, PartialEq, Debug)]
pub enum Floor {
    /// Cells, some of them obstacles.
    Map(GridMap),
    /// No obstacles: from the origin to `width` along x and `height` along y, in metres.
    Open {
        /// Along x, in metres.
        width: f64,
        /// Along y, in metres.
        height: f64,
    },
}

impl Floor {
    /// Whether a robot can be at `place`.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, place: Place) -> Result<(), PlaceError> {
        match self {
            Floor::Map(map) if map.is_free(map.cell_at(place)?) => Ok(()),
            Floor::Map(_) => Err(PlaceError::Obstacle),
            Floor::Open { width, height } => {
                let point = place.point().ok_or(PlaceError::WrongKind("site"))?;
                within(point, *width, *height)
            }
        }
    }

    /// The map, if there is one.
    pub fn map(&self) -> Option<&GridMap> {
        match self {
            Floor::Map(map) => Some(map),
            Floor::Open { .. } => None,
        }
    }
}

fn within(point: Point, width: f64, height: f64) -> Result<(), PlaceError> {
    if !point.x().is_finite() || !point.y().is_finite() {
        Err(PlaceError::NotFinite)
    } else if point.x() < 0.0 || point.y() < 0.0 || point.x() > width || point.y() > height {
        Err(PlaceError::Outside)
    } else {
        Ok(())
    }
}
