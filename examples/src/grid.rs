//! SHIM until fleet_core::travel::GridMap is merged.
#![allow(missing_docs, dead_code)]
use fleet_core::travel::PlaceError;
use fleet_core::{Place, Point};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub column: u32,
    pub row: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct GridMap {
    width: u32,
    height: u32,
    free: Vec<bool>,
}

#[derive(Debug)]
pub struct MapError {
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for MapError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl GridMap {
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let lines: Vec<&str> = text.lines().collect();
        let err = |line: usize, message: &str| MapError {
            line,
            message: message.to_string(),
        };
        let number = |k: usize, key: &str| {
            lines
                .get(k)
                .and_then(|l| l.strip_prefix(key))
                .and_then(|n| n.trim().parse::<u32>().ok())
                .ok_or_else(|| err(k + 1, "bad header"))
        };
        let (height, width) = (number(1, "height")?, number(2, "width")?);
        let rows = lines.get(4..).unwrap_or(&[]);
        let rows: Vec<&&str> = rows.iter().filter(|r| !r.is_empty()).collect();
        if rows.len() != height as usize {
            return Err(err(lines.len(), "wrong number of rows"));
        }
        let mut free = Vec::new();
        for (k, row) in rows.iter().enumerate() {
            if row.len() != width as usize {
                return Err(err(k + 5, "wrong number of columns"));
            }
            free.extend(row.bytes().map(|b| b".GSE".contains(&b)));
        }
        Ok(GridMap { width, height, free })
    }
    pub fn from_fn(
        width: u32,
        height: u32,
        mut is_free: impl FnMut(Cell) -> bool,
    ) -> Result<Self, fleet_core::Invalid> {
        let free = (0..height)
            .flat_map(|row| (0..width).map(move |column| Cell { column, row }))
            .map(&mut is_free)
            .collect();
        Ok(GridMap { width, height, free })
    }
    pub fn parse_bytes(bytes: &[u8]) -> Result<Self, MapError> {
        let text = std::str::from_utf8(bytes).map_err(|_| MapError {
            line: 1,
            message: "not UTF-8".into(),
        })?;
        Self::parse(text)
    }
    pub fn width(&self) -> u32 {
        self.width
    }
    pub fn height(&self) -> u32 {
        self.height
    }
    pub fn is_free(&self, cell: Cell) -> bool {
        cell.column < self.width
            && cell.row < self.height
            && self.free[cell.row as usize * self.width as usize + cell.column as usize]
    }
    pub fn centre(&self, cell: Cell) -> Point {
        Point::new(
            cell.column as f64 + 0.5,
            self.height as f64 - cell.row as f64 - 0.5,
        )
    }
    pub fn cell_at(&self, place: Place) -> Result<Cell, PlaceError> {
        let point = place.point().ok_or(PlaceError::WrongKind("site"))?;
        let (c, r) = (point.x().floor(), (self.height as f64 - point.y()).ceil() - 1.0);
        if !(c >= 0.0 && r >= 0.0 && c < self.width as f64 && r < self.height as f64) {
            return Err(PlaceError::Outside);
        }
        let cell = Cell {
            column: c as u32,
            row: r as u32,
        };
        if self.is_free(cell) {
            Ok(cell)
        } else {
            Err(PlaceError::Obstacle)
        }
    }
    pub fn to_text(&self) -> String {
        let mut text = format!("type octile\nheight {}\nwidth {}\nmap\n", self.height, self.width);
        for row in self.free.chunks(self.width as usize) {
            text.extend(row.iter().map(|f| if *f { '.' } else { '@' }));
            text.push('\n');
        }
        text
    }
}
