use fleet_core::Place;
use fleet_core::travel::{Components, PlaceError};

use super::Floor;

/// Which parts of a floor can be reached from each other: each has a number.
pub(crate) struct Regions<'f> {
    pub(crate) floor: &'f Floor,
    /// An open floor is one region, number 0.
    pub(crate) parts: Option<Components>,
}

impl<'f> Regions<'f> {
    /// Those of `floor`, in a pass over its cells.
    pub(crate) fn of(floor: &'f Floor) -> Self {
        let parts = floor.map().map(|map| map.components());
        Regions { floor, parts }
    }

    /// The region that `place` is in.
    ///
    /// # Errors
    /// If no robot can be there.
    pub(crate) fn at(&self, place: Place) -> Result<usize, PlaceError> {
        match (self.floor, &self.parts) {
            (Floor::Map(map), Some(parts)) => parts.of(map.cell_at(place)?).ok_or(PlaceError::Obstacle),
            _ => self.floor.check(place).map(|()| 0),
        }
    }

    /// The region with the most cells.
    pub(crate) fn largest(&self) -> usize {
        self.parts.as_ref().and_then(Components::largest).unwrap_or(0)
    }
}
