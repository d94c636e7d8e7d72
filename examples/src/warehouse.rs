//! Draws warehouse maps.
//!
//! A hall with a wall around it, north up:
//!
//! ```text
//! @@@@@@@@@@@@@@@@@@@@@@   wall
//! @....................@   an aisle
//! @@...@@@@@@..@@@@@@..@   racks, two cells deep, side by side with cross aisles between
//! @....@@@@@@..@@@@@@..@   chargers: bays in the west wall, a pillar between each and the next
//! @@...................@   an aisle
//! @....@@@@@@..@@@@@@..@
//! @@...@@@@@@..@@@@@@..@
//! @....................@   an aisle
//! @....................@
//! @......@@......@@....@   packing zone, with tables
//! @....................@
//! @@@@@@@@@@@@@@@@@@@@@@
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use fleet_core::Invalid;
use fleet_core::travel::{Cell, GridMap};

/// Cells from the wall to a table, and from a table to the next.
const TABLE_EVERY: u32 = 8;
/// Cells of a table, from west to east.
const TABLE: u32 = 2;

/// Measures of a warehouse, in cells. The default is the bundled map, 81 x 50.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Racks side by side, from west to east.
    pub columns: u32,
    /// Racks one behind the other, from north to south.
    pub rows: u32,
    /// Of a rack, from west to east.
    pub rack_length: u32,
    /// Of a rack, from north to south: two are back to back.
    pub rack_depth: u32,
    /// Width of the aisles between one row of racks and the next.
    pub aisle: u32,
    /// Width of the cross aisles between racks side by side.
    pub cross_aisle: u32,
    /// Depth of the packing zone in the south.
    pub packing: u32,
    /// Bays in the west wall, at most as many as there is room for.
    pub chargers: u32,
}

impl Default for Layout {
    fn default() -> Self {
        Layout {
            columns: 5,
            rows: 10,
            rack_length: 12,
            rack_depth: 2,
            aisle: 2,
            cross_aisle: 3,
            packing: 6,
            chargers: 12,
        }
    }
}

/// Rectangles of cells: first column, first row, last column, last row.
pub type Zone = Vec<[u32; 4]>;

/// A map and what is where on it.
#[derive(Clone, PartialEq, Debug)]
pub struct Warehouse {
    /// The hall; all of its free cells are connected.
    pub map: GridMap,
    /// `aisles` in front of racks, `packing`, and `charging`, the corridor before the bays.
    pub zones: BTreeMap<&'static str, Zone>,
    /// The bays.
    pub chargers: Vec<Cell>,
}

impl Layout {
    /// The warehouse of these measures; always the same.
    ///
    /// # Errors
    /// Names the first measure that is zero, or if the map would be too large.
    pub fn draw(&self) -> Result<Warehouse, Invalid> {
        self.check()?;
        Ok(Warehouse {
            map: GridMap::from_fn(self.width(), self.height(), |cell| self.is_free(cell))?,
            zones: self.zones(),
            chargers: self.bays().collect(),
        })
    }

    /// Columns of the map.
    pub const fn width(&self) -> u32 {
        self.racks_left() + self.columns * (self.rack_length + self.cross_aisle) + 1
    }

    /// Rows of the map.
    pub const fn height(&self) -> u32 {
        self.packing_top() + self.packing + 1
    }

    /// The first column of racks: wall, bays and a cross aisle are before it.
    const fn racks_left(&self) -> u32 {
        2 + self.cross_aisle
    }

    /// The first row of the packing zone: wall, racks and aisles are before it.
    const fn packing_top(&self) -> u32 {
        1 + self.aisle + self.rows * (self.rack_depth + self.aisle)
    }

    fn check(&self) -> Result<(), Invalid> {
        let measures = [
            ("columns", self.columns, 1),
            ("rows", self.rows, 1),
            ("rack_length", self.rack_length, 1),
            ("rack_depth", self.rack_depth, 1),
            ("aisle", self.aisle, 1),
            ("cross_aisle", self.cross_aisle, 1),
            ("packing", self.packing, 3),
            ("chargers", self.chargers, 0),
        ];
        for (field, value, min) in measures {
            let (value, min, max) = (f64::from(value), f64::from(min), 1000.0);
            if value < min || value > max {
                let problem = fleet_core::Problem::OutOfRange { value, min, max };
                return Err(Invalid::new(field, problem));
            }
        }
        Ok(())
    }

    fn is_free(&self, cell: Cell) -> bool {
        !self.is_wall(cell) && !self.is_rack(cell) && !self.is_table(cell)
    }

    /// The outer wall, and the pillars between bays.
    fn is_wall(&self, Cell { column, row }: Cell) -> bool {
        let edge = column == 0 || row == 0 || column + 1 == self.width() || row + 1 == self.height();
        edge || (column == 1 && row % 2 == 0 && row < self.packing_top())
    }

    fn is_rack(&self, Cell { column, row }: Cell) -> bool {
        let (top, left) = (1 + self.aisle, self.racks_left());
        row >= top
            && row < self.packing_top()
            && column >= left
            && (row - top) % (self.rack_depth + self.aisle) < self.rack_depth
            && (column - left) % (self.rack_length + self.cross_aisle) < self.rack_length
    }

    fn is_table(&self, Cell { column, row }: Cell) -> bool {
        let middle = self.packing_top() + self.packing / 2;
        let whole = (column / TABLE_EVERY + 1) * TABLE_EVERY < self.width() - 1;
        row == middle && whole && column % TABLE_EVERY >= TABLE_EVERY - TABLE
    }

    /// Spread along the wall.
    fn bays(&self) -> impl Iterator<Item = Cell> {
        let room = self.packing_top() / 2;
        let bays = self.chargers.min(room);
        (0..bays).map(move |k| Cell {
            column: 1,
            row: 1 + 2 * (k * room / bays),
        })
    }

    fn zones(&self) -> BTreeMap<&'static str, Zone> {
        let (left, right) = (self.racks_left(), self.width() - 2 - self.cross_aisle);
        let (top, bottom) = (self.packing_top(), self.height() - 2);
        let aisle = |row| {
            let first = 1 + row * (self.rack_depth + self.aisle);
            [left, first, right, first + self.aisle - 1]
        };
        BTreeMap::from([
            ("aisles", (0..=self.rows).map(aisle).collect()),
            ("packing", vec![[1, top, self.width() - 2, bottom]]),
            ("charging", vec![[2, 1, left - 1, top - 1]]),
        ])
    }
}

impl Warehouse {
    /// The lines of a scenario file that say what is where: `chargers` and `[zones]`.
    pub fn to_toml(&self) -> String {
        let mut text = String::from("chargers = [\n");
        for Cell { column, row } in &self.chargers {
            let _ = writeln!(text, "  [{column}, {row}],");
        }
        text.push_str("]\n\n[zones]\n");
        for (name, zone) in &self.zones {
            let _ = writeln!(text, "{name} = [");
            for rectangle in zone {
                let _ = writeln!(text, "  {rectangle:?},");
            }
            text.push_str("]\n");
        }
        text
    }
}
