//! OR-Library's format of assignment problems: how many rows and columns there are, and then all costs, row by row.

use std::path::Path;

use super::text::{MOST_ASSIGNED, ReadError, Wrong, name, number, read};

/// A square table of costs.
#[derive(Clone, PartialEq, Debug)]
pub struct Table {
    /// The name of the file.
    pub name: String,
    /// How many rows, and how many columns.
    pub size: usize,
    /// What each row costs in each column.
    pub costs: Vec<f64>,
}

impl Table {
    /// Reads a file.
    ///
    /// # Errors
    /// What is wrong in which line.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read(path)?;
        let mut table = Table::parse(&text).map_err(|error| error.of(path))?;
        table.name = name(path);
        Ok(table)
    }

    /// Reads a text; what comes of it has no name.
    ///
    /// # Errors
    /// What is wrong in which line.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let (size, costs) = parse(text)?;
        let name = String::new();
        Ok(Table { name, size, costs })
    }
}

fn parse(text: &str) -> Result<(usize, Vec<f64>), Wrong> {
    let mut numbers = Vec::new();
    let mut last = 1;
    for (k, line) in text.lines().enumerate() {
        last = k + 1;
        for word in line.split_whitespace() {
            numbers.push(number(last, word, "a cost")?);
        }
    }
    let size = numbers.first().copied().unwrap_or(0.0);
    if size.fract() != 0.0 || !(1.0..=f64::from(MOST_ASSIGNED)).contains(&size) {
        return Err(Wrong::new(
            1,
            format!("{size} is no number of rows: it must be from 1 to {MOST_ASSIGNED}"),
        ));
    }
    let size = size as usize;
    let costs = numbers.split_off(1);
    if costs.len() != size * size {
        let found = costs.len();
        return Err(Wrong::new(
            last,
            format!("there are {found} costs; {size} rows have {}", size * size),
        ));
    }
    Ok((size, costs))
}
