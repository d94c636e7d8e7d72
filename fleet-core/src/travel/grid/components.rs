use alloc::vec;
use alloc::vec::Vec;

use petgraph::unionfind::UnionFind;

use super::{Cell, GridMap};

const NONE: u32 = u32::MAX;

/// The parts of a [`GridMap`] between which there is no way.
///
/// Numbered from 0 in the order of their first cells, row by row from the top.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Components {
    width: u32,
    /// For each cell its part; `NONE` for obstacles.
    labels: Vec<u32>,
    sizes: Vec<usize>,
}

impl GridMap {
    /// The parts of the map: cells that reach each other in steps up, down, left and right.
    ///
    /// Complexity: O(cells), and 13 bytes a cell while it works.
    ///
    /// # Example
    /// ```
    /// use fleet_core::travel::{Cell, GridMap};
    ///
    /// let map = GridMap::parse("type octile\nheight 2\nwidth 3\nmap\n.@.\n@..\n")?;
    /// let parts = map.components();
    /// assert_eq!(parts.count(), 2);
    /// assert!(!parts.is_connected(Cell { column: 0, row: 0 }, Cell { column: 2, row: 0 }));
    /// assert_eq!(map.largest_component().len(), 3);
    /// # Ok::<(), fleet_core::travel::MapError>(())
    /// ```
    pub fn components(&self) -> Components {
        let mut sets = UnionFind::<u32>::new(self.free.len());
        for index in (0..self.free.len()).filter(|index| self.free[*index]) {
            let [_, right, below, _] = self.free_neighbours(index);
            for other in [right, below].into_iter().flatten() {
                sets.union(index as u32, other as u32);
            }
        }
        Components::number(self, &sets.into_labeling())
    }

    /// The free cells of the largest part, row by row; of the first such part if there are several.
    pub fn largest_component(&self) -> Vec<Cell> {
        let parts = self.components();
        let largest = parts.largest();
        let cells = self.free_cells();
        cells.filter(|cell| parts.of(*cell) == largest).collect()
    }
}

impl Components {
    /// Numbers the sets, given a representative for each cell.
    fn number(map: &GridMap, representatives: &[u32]) -> Self {
        let mut numbers = vec![NONE; map.free.len()];
        let mut labels = vec![NONE; map.free.len()];
        let mut sizes = Vec::new();
        for index in (0..map.free.len()).filter(|index| map.free[*index]) {
            let number = &mut numbers[representatives[index] as usize];
            if *number == NONE {
                *number = sizes.len() as u32;
                sizes.push(0);
            }
            labels[index] = *number;
            sizes[*number as usize] += 1;
        }
        Components {
            width: map.width,
            labels,
            sizes,
        }
    }

    /// How many parts there are.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// The part that holds `cell`; `None` for an obstacle and outside the map. O(1).
    pub fn of(&self, cell: Cell) -> Option<usize> {
        if cell.column >= self.width {
            return None;
        }
        let index = (cell.row as usize).checked_mul(self.width as usize)?;
        let label = *self.labels.get(index.checked_add(cell.column as usize)?)?;
        (label != NONE).then_some(label as usize)
    }

    /// Cells of a part; 0 if there is no such part.
    pub fn size(&self, part: usize) -> usize {
        self.sizes.get(part).copied().unwrap_or(0)
    }

    /// The part with the most cells, the first of them if there are several; `None` if no cell is free.
    pub fn largest(&self) -> Option<usize> {
        (0..self.sizes.len()).rev().max_by_key(|part| self.sizes[*part])
    }

    /// Whether there is a way between two cells. O(1).
    pub fn is_connected(&self, a: Cell, b: Cell) -> bool {
        self.of(a).is_some() && self.of(a) == self.of(b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_do_not_go_over_corners_or_around_the_edge() {
        let map = GridMap::parse("type octile\nheight 2\nwidth 3\nmap\n.@.\n@.@\n").unwrap();
        let parts = map.components();
        assert_eq!(parts.count(), 3);
        assert_eq!(parts.largest(), Some(0));
        assert_eq!(parts.of(Cell { column: 3, row: 0 }), None);
    }

    #[test]
    fn a_map_of_obstacles_has_no_parts() {
        let map = GridMap::from_fn(3, 3, |_| false).unwrap();
        assert_eq!(map.components().largest(), None);
        assert!(map.largest_component().is_empty());
    }
}
