//! Tasks as people write them: JSON objects, and lines of files.

mod csv;
mod json;
mod lines;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use fleet_core::{TaskId, precedence};
use serde_json::Value;

use crate::{Wrong, names};

pub use json::json;
pub use read::{Fields, task};

/// What a line of a file says of a task.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// Where it begins, from 1.
    pub line: usize,
    /// The task, as a JSON object.
    pub value: Value,
}

/// A line that is no task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadLine {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub wrong: Wrong,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.wrong)
    }
}

/// How a file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Format {
    /// One object, a list of objects, or objects one after the other.
    Json,
    /// A first line with the names of the columns, and one task a line.
    Csv,
}

/// All tasks of `text`, each with its line: those that are good, in an order in which predecessors come first, and what is
/// wrong with the others.
pub fn parse(text: &str, format: Format) -> (Vec<(usize, fleet_core::Task)>, Vec<BadLine>) {
    let rows = match format {
        Format::Json => lines::rows(text),
        Format::Csv => csv::rows(text),
    };
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        match row.and_then(|row| checked(row, format)) {
            Ok(found) => good.push(found),
            Err(line) => bad.push(line),
        }
    }
    match precedence::order(good.iter().map(|(_, task)| (task.id(), task.after()))) {
        Ok(order) if good.iter().any(|(_, task)| !task.after().is_empty()) => {
            // Predecessors first; the order of the others stays.
            let places = order.into_iter().enumerate().map(|(k, id)| (id, k));
            let places: BTreeMap<TaskId, usize> = places.collect();
            good.sort_by_key(|(_, task)| places.get(&task.id()).copied());
        }
        Err(circle) if bad.is_empty() => {
            let line = good.first().map_or(1, |(line, _)| *line);
            let wrong = Wrong::new("after", circle);
            return (Vec::new(), vec![BadLine { line, wrong }]);
        }
        _ => {}
    }
    (good, bad)
}

fn checked(mut row: Row, format: Format) -> Result<(usize, fleet_core::Task), BadLine> {
    if let Value::Object(map) = &mut row.value
        && !map.contains_key("id")
    {
        map.insert("id".to_owned(), names::name(new_id()).into());
    }
    let line = row.line;
    let bad = |wrong: Wrong| match format {
        Format::Json => wrong,
        Format::Csv => csv::by_column(wrong),
    };
    match task(&row.value) {
        Ok(task) => Ok((line, task)),
        Err(wrong) => Err(BadLine {
            line,
            wrong: bad(wrong),
        }),
    }
}

/// An id that nobody else has, from the system's source of chance.
fn new_id() -> u128 {
    use std::hash::{BuildHasher, RandomState};
    let half = || u128::from(RandomState::new().hash_one(std::process::id()));
    // A version 4 UUID.
    let bits = half() << 64 | half();
    bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62
}
