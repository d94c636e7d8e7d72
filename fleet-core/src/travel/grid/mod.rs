//! Maps of square cells, and the ways over them.

mod components;
mod parse;
mod travel;

use alloc::format;
use alloc::vec::Vec;
use core::fmt;

pub use components::Components;
pub use parse::MapError;
pub use travel::GridTravel;

use super::PlaceError;
use crate::invalid::{Invalid, Problem, at_most, in_range, positive};
use crate::limits;
use crate::place::{Place, Point};

/// One square of a [`GridMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cell {
    /// From the left, starting at 0.
    pub column: u32,
    /// From the top, starting at 0: the order of a file's lines.
    pub row: u32,
}

/// A floor of square cells, each free or an obstacle.
///
/// Rows count from the top as they do in a file, while y points up (REP-103): the map's lower left corner is
/// the origin, and the cell in column c and row r has its centre at x = (c + 0.5) size, y = (height - r -
/// 0.5) size. A site is a cell's number row by row, row * width + column, as in the League of Robot Runners;
/// a point stands for the cell that holds it.
///
/// Memory: 1 byte a cell.
///
/// # Example
/// ```
/// use fleet_core::travel::{Cell, GridMap};
/// use fleet_core::{Place, Point};
///
/// let map = GridMap::parse("type octile\nheight 2\nwidth 3\nmap\n..@\n...\n")?;
/// assert!(!map.is_free(Cell { column: 2, row: 0 }));
/// assert_eq!(map.centre(Cell { column: 0, row: 0 }), Point::new(0.5, 1.5));
/// assert_eq!(map.cell_at(Place::Site(4)), Ok(Cell { column: 1, row: 1 }));
/// assert_eq!(map.cell_at(Place::at(1.2, 0.9)), Ok(Cell { column: 1, row: 1 }));
/// # Ok::<(), fleet_core::travel::MapError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct GridMap {
    width: u32,
    height: u32,
    cell_size: f64,
    /// Row by row from the top.
    free: Vec<bool>,
}

impl GridMap {
    /// A map whose free cells are those for which `is_free` says so, with cells of 1 m.
    ///
    /// # Errors
    /// If it would have no cells or more than [`limits::GRID_CELLS`].
    pub fn from_fn(width: u32, height: u32, mut is_free: impl FnMut(Cell) -> bool) -> Result<Self, Invalid> {
        let cells = u64::from(width) * u64::from(height);
        if cells == 0 {
            return Err(Invalid::new("cells", Problem::Empty));
        }
        at_most(
            "cells",
            usize::try_from(cells).unwrap_or(usize::MAX),
            limits::GRID_CELLS,
        )?;
        let rows = 0..height;
        let cells = rows.flat_map(|row| (0..width).map(move |column| Cell { column, row }));
        let free = cells.map(&mut is_free).collect();
        Ok(GridMap::from_parts(width, height, free))
    }

    fn from_parts(width: u32, height: u32, free: Vec<bool>) -> Self {
        GridMap {
            width,
            height,
            cell_size: 1.0,
            free,
        }
    }

    /// The same, with cells of `metres` by `metres`.
    ///
    /// # Errors
    /// If `metres` is below a micrometre, or so large that the map would reach beyond [`limits::COORDINATE`].
    pub fn with_cell_size(mut self, metres: f64) -> Result<Self, Invalid> {
        let most = limits::COORDINATE / f64::from(self.width.max(self.height));
        positive("cell_size", metres, most)?;
        self.cell_size = in_range("cell_size", metres, 1e-6, most)?;
        Ok(self)
    }

    /// Columns.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Metres along a cell's side.
    pub const fn cell_size(&self) -> f64 {
        self.cell_size
    }

    /// How many cells are free. O(cells).
    pub fn free_count(&self) -> usize {
        self.free.iter().filter(|free| **free).count()
    }

    /// The free cells, row by row from the top.
    pub fn free_cells(&self) -> impl Iterator<Item = Cell> {
        let free = self.free.iter().enumerate().filter(|(_, free)| **free);
        free.map(|(index, _)| self.cell(index))
    }

    /// Whether a robot can be in `cell`; outside the map it cannot.
    pub fn is_free(&self, cell: Cell) -> bool {
        self.index(cell).is_some_and(|index| self.free[index])
    }

    /// The cell that holds `place`, free or not. A point on the line between two cells is in the right or
    /// upper one.
    ///
    /// # Errors
    /// If the place is not on this map.
    pub fn cell_at(&self, place: Place) -> Result<Cell, PlaceError> {
        self.index_at(place).map(|index| self.cell(index))
    }

    /// The middle of `cell`.
    pub fn centre(&self, cell: Cell) -> Point {
        let up = f64::from(self.height) - f64::from(cell.row) - 0.5;
        Point::new(
            (f64::from(cell.column) + 0.5) * self.cell_size,
            up * self.cell_size,
        )
    }

    /// The site that `cell` is, or `None` outside the map.
    pub fn site(&self, cell: Cell) -> Option<Place> {
        self.index(cell).map(|index| Place::Site(index as u32))
    }

    fn index(&self, cell: Cell) -> Option<usize> {
        let inside = cell.column < self.width && cell.row < self.height;
        inside.then(|| cell.row as usize * self.width as usize + cell.column as usize)
    }

    fn cell(&self, index: usize) -> Cell {
        let width = self.width as usize;
        Cell {
            column: (index % width) as u32,
            row: (index / width) as u32,
        }
    }

    #[inline]
    fn index_at(&self, place: Place) -> Result<usize, PlaceError> {
        match place {
            Place::Site(site) if (site as usize) < self.free.len() => Ok(site as usize),
            Place::Site(site) => Err(PlaceError::NoSuchSite {
                site,
                sites: self.free.len(),
            }),
            Place::Point(point) => self.index_of_point(point),
        }
    }

    fn index_of_point(&self, point: Point) -> Result<usize, PlaceError> {
        let (x, y) = (point.x() / self.cell_size, point.y() / self.cell_size);
        if !point.x().is_finite() || !point.y().is_finite() {
            return Err(PlaceError::NotFinite);
        }
        if x < 0.0 || x >= f64::from(self.width) || y < 0.0 || y >= f64::from(self.height) {
            return Err(PlaceError::Outside);
        }
        let (column, up) = (x as usize, y as usize);
        Ok((self.height as usize - 1 - up) * self.width as usize + column)
    }

    /// The indices of the cells above, right, below and left of `index`, where they are on the map and free.
    fn free_neighbours(&self, index: usize) -> [Option<usize>; 4] {
        let (width, column) = (self.width as usize, index % self.width as usize);
        let free = |index: &usize| self.free.get(*index) == Some(&true);
        [
            index.checked_sub(width).filter(free),
            Some(index + 1).filter(|right| column + 1 < width && free(right)),
            Some(index + width).filter(free),
            index.checked_sub(1).filter(|left| column > 0 && free(left)),
        ]
    }
}

impl fmt::Debug for GridMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = format!("{} x {} cells of {} m", self.width, self.height, self.cell_size);
        f.debug_tuple("GridMap").field(&size).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(width: u32, height: u32) -> GridMap {
        GridMap::from_fn(width, height, |_| true).unwrap()
    }

    #[test]
    fn rows_count_down_while_y_points_up() {
        let map = open(4, 3).with_cell_size(0.5).unwrap();
        let top_left = Cell { column: 0, row: 0 };
        assert_eq!(map.centre(top_left), Point::new(0.25, 1.25));
        assert_eq!(map.cell_at(Place::at(0.0, 1.49)), Ok(top_left));
        assert_eq!(map.cell_at(Place::at(1.99, 0.0)), Ok(Cell { column: 3, row: 2 }));
    }

    #[test]
    fn places_off_the_map_are_refused_with_the_reason() {
        let map = open(4, 3);
        for outside in [(-1e-9, 0.0), (0.0, -1e-9), (4.0, 0.0), (0.0, 3.0), (1e300, 1.0)] {
            let place = Place::at(outside.0, outside.1);
            assert_eq!(map.cell_at(place), Err(PlaceError::Outside), "{outside:?}");
        }
        assert_eq!(map.cell_at(Place::at(f64::NAN, 0.0)), Err(PlaceError::NotFinite));
        let beyond = PlaceError::NoSuchSite { site: 12, sites: 12 };
        assert_eq!(map.cell_at(Place::Site(12)), Err(beyond));
    }

    #[test]
    fn cell_sizes_without_meaning_are_refused() {
        for size in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-300, 1e9] {
            assert!(open(2, 2).with_cell_size(size).is_err(), "{size}");
        }
    }

    #[test]
    fn maps_without_cells_or_with_too_many_are_refused() {
        assert!(GridMap::from_fn(0, 5, |_| true).is_err());
        assert!(GridMap::from_fn(u32::MAX, u32::MAX, |_| true).is_err());
    }

    #[test]
    fn every_centre_is_in_its_cell() {
        for size in [1e-6, 0.1, 1.0 / 3.0, 7.7] {
            let map = open(60, 70).with_cell_size(size).unwrap();
            for cell in map.free_cells() {
                assert_eq!(map.cell_at(map.centre(cell).into()), Ok(cell));
            }
        }
    }
}
