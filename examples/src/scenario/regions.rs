use fleet_core::Place;
use fleet_core::travel::PlaceError;

use super::Floor;
use crate::grid::{Cell, GridMap};

/// Which parts of a floor can be reached from each other: each has a number, from 1.
pub(crate) struct Regions<'f> {
    pub(crate) floor: &'f Floor,
    labels: Vec<u32>,
    largest: u32,
}

impl<'f> Regions<'f> {
    /// Those of `floor`, in a pass over its cells.
    pub(crate) fn of(floor: &'f Floor) -> Self {
        let (labels, largest) = floor.map().map_or((Vec::new(), 1), label);
        Regions {
            floor,
            labels,
            largest,
        }
    }

    /// The region that `place` is in.
    ///
    /// # Errors
    /// If no robot can be there.
    pub(crate) fn at(&self, place: Place) -> Result<u32, PlaceError> {
        match self.floor {
            Floor::Map(map) => Ok(self.of_cell(map, map.cell_at(place)?)),
            Floor::Open { .. } => self.floor.check(place).map(|()| 1),
        }
    }

    /// The region of a free cell; 0 for an obstacle.
    pub(crate) fn of_cell(&self, map: &GridMap, cell: Cell) -> u32 {
        let site = cell.row as usize * map.width() as usize + cell.column as usize;
        self.labels[site]
    }

    /// The region with the most cells.
    pub(crate) fn largest(&self) -> u32 {
        self.largest
    }
}

/// The label of each cell and that of the largest region; moves are to the four cells beside.
fn label(map: &GridMap) -> (Vec<u32>, u32) {
    let mut labels = vec![0; map.width() as usize * map.height() as usize];
    let (mut next, mut largest, mut most) = (0, 1, 0);
    for site in 0..labels.len() {
        if labels[site] == 0 && map.is_free(cell(map, site)) {
            next += 1;
            let cells = flood(map, &mut labels, site, next);
            if cells > most {
                (largest, most) = (next, cells);
            }
        }
    }
    (labels, largest)
}

fn flood(map: &GridMap, labels: &mut [u32], start: usize, label: u32) -> usize {
    let (mut open, mut cells) = (vec![start], 0);
    labels[start] = label;
    while let Some(site) = open.pop() {
        cells += 1;
        for beside in beside(map, site) {
            if labels[beside] == 0 && map.is_free(cell(map, beside)) {
                labels[beside] = label;
                open.push(beside);
            }
        }
    }
    cells
}

fn cell(map: &GridMap, site: usize) -> Cell {
    let width = map.width() as usize;
    Cell {
        column: (site % width) as u32,
        row: (site / width) as u32,
    }
}

fn beside(map: &GridMap, site: usize) -> impl Iterator<Item = usize> + use<> {
    let (width, sites) = (map.width() as usize, map.width() as usize * map.height() as usize);
    let left = (site % width > 0).then(|| site - 1);
    let right = (site % width + 1 < width).then_some(site + 1);
    let below = Some(site + width).filter(|below| *below < sites);
    [left, right, site.checked_sub(width), below]
        .into_iter()
        .flatten()
}
