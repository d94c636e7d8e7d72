//! Lines of numbers, with errors that name the line.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files beyond this size are not read.
const LONGEST: u64 = 64 << 20;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It cannot be opened, or is too long.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A line is not what belongs there.
    #[error("{path}:{line}: {what}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What belongs there.
        what: String,
    },
    /// It is in none of the formats.
    #[error("{0}: the format is not known; say it with --format")]
    Format(PathBuf),
}

impl ReadError {
    pub(super) fn format(path: &Path) -> Self {
        ReadError::Format(path.to_path_buf())
    }
}

/// What is wrong with a text.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Wrong {
    /// Which line, from 1.
    pub line: usize,
    /// What belongs there.
    pub what: String,
}

impl Wrong {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Wrong {
            line,
            what: what.into(),
        }
    }

    pub(super) fn of(self, path: &Path) -> ReadError {
        ReadError::Line {
            path: path.to_path_buf(),
            line: self.line,
            what: self.what,
        }
    }
}

pub(super) fn read(path: &Path) -> Result<String, ReadError> {
    let wrong = |error| ReadError::Io {
        path: path.to_path_buf(),
        error,
    };
    check_length(path, fs::metadata(path).map_err(wrong)?.len())?;
    fs::read_to_string(path).map_err(wrong)
}

/// Whether a file of so many bytes is still read.
pub(super) fn check_length(path: &Path, length: u64) -> Result<(), ReadError> {
    if length <= LONGEST {
        return Ok(());
    }
    Err(ReadError::Io {
        path: path.to_path_buf(),
        error: io::Error::other(format!("has {length} bytes, more than {LONGEST}")),
    })
}

/// The name of a problem: that of its file.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A number that can be reckoned with.
pub(super) fn number(line: usize, word: &str, what: &str) -> Result<f64, Wrong> {
    let number = word.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return Err(Wrong::new(
            line,
            format!("{word} is no number; {what} belongs here"),
        ));
    };
    if number.abs() > GREATEST {
        return Err(Wrong::new(
            line,
            format!("{word} is beyond {GREATEST}; {what} belongs here"),
        ));
    }
    Ok(number)
}

/// The lines that are not empty, one after the other.
pub(super) struct Lines<'a> {
    lines: Box<dyn Iterator<Item = (usize, &'a str)> + 'a>,
    last: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let lines = text.lines().enumerate().map(|(k, line)| (k + 1, line.trim()));
        Lines {
            lines: Box::new(lines.filter(|(_, line)| !line.is_empty())),
            last: 0,
        }
    }

    pub(super) fn text(&mut self, what: &str) -> Result<(usize, &'a str), Wrong> {
        let next = self.lines.next();
        let (line, text) =
            next.ok_or_else(|| Wrong::new(self.last + 1, format!("ends here; {what} should follow")))?;
        self.last = line;
        Ok((line, text))
    }

    /// The numbers of the next line: `count` of them at least.
    pub(super) fn numbers(&mut self, count: usize, what: &str) -> Result<Numbers, Wrong> {
        let (line, text) = self.text(what)?;
        Numbers::of(line, text, count, what)
    }

    /// The next line, if there is one.
    pub(super) fn more(&mut self, count: usize, what: &str) -> Option<Result<Numbers, Wrong>> {
        let (line, text) = self.lines.next()?;
        self.last = line;
        Some(Numbers::of(line, text, count, what))
    }
}

/// The numbers of one line.
pub(super) struct Numbers {
    pub(super) line: usize,
    values: Vec<f64>,
}

impl Numbers {
    fn of(line: usize, text: &str, count: usize, what: &str) -> Result<Self, Wrong> {
        let numbers = text.split_whitespace().map(|word| number(line, word, what));
        let values = numbers.collect::<Result<Vec<f64>, Wrong>>()?;
        if values.len() < count {
            let found = values.len();
            return Err(Wrong::new(
                line,
                format!("has {found} numbers; {what} has {count}"),
            ));
        }
        Ok(Numbers { line, values })
    }

    pub(super) fn at(&self, k: usize) -> f64 {
        self.values[k]
    }

    /// A number that must be whole and not negative, and at most `most`.
    pub(super) fn count(&self, k: usize, what: &str, most: u32) -> Result<u32, Wrong> {
        let value = self.values[k];
        if value.fract() == 0.0 && (0.0..=f64::from(most)).contains(&value) {
            return Ok(value as u32);
        }
        Err(Wrong::new(
            self.line,
            format!("{value} is no {what}: it must be whole, from 0 to {most}"),
        ))
    }
}

/// Greater numbers are not read: what is added to them is lost to rounding.
const GREATEST: f64 = 1e9;
/// The most robots, and the most tasks, that are read.
pub(super) const MOST: u32 = 20_000;
/// The most rows of an assignment that are read.
pub(super) const MOST_ASSIGNED: u32 = 20_000;
