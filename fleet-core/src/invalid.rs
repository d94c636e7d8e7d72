//! What is wrong with a value that was refused, and where.

use alloc::string::String;
use core::fmt;

/// A field whose value was refused at construction.
///
/// Displays as `stops[2].service: must not be negative, but is -3`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Invalid {
    /// The path of the field, as it is written in a file: `stops[2].service`.
    pub field: String,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// NaN or infinite.
    #[error("must be a finite number, but is {0}")]
    NotFinite(f64),
    /// Below zero where that has no meaning.
    #[error("must not be negative, but is {0}")]
    Negative(f64),
    /// Zero or below where only more than zero has a meaning.
    #[error("must be greater than zero, but is {0}")]
    NotPositive(f64),
    /// Outside the range that has a meaning.
    #[error("must be from {min} to {max}, but is {value}")]
    OutOfRange {
        /// What was given.
        value: f64,
        /// Least value allowed.
        min: f64,
        /// Greatest value allowed.
        max: f64,
    },
    /// More items, or more bytes, than the limit.
    #[error("has {count}, more than the {limit} allowed")]
    TooMany {
        /// How many were given.
        count: usize,
        /// How many are allowed (see [`limits`](crate::limits)).
        limit: usize,
    },
    /// Nothing, where something is needed.
    #[error("must not be empty")]
    Empty,
    /// A window that closes before it opens.
    #[error("must not be before the {0}")]
    Before(&'static str),
    /// Given twice.
    #[error("names {0} twice")]
    Duplicate(String),
    /// A name that nothing in the fleet bears.
    #[error("names {0}, which nothing in this fleet has")]
    Unknown(String),
    /// A character that a name may not have.
    #[error("may hold only lower-case letters, digits, '-', '_' and '.', but is {0:?}")]
    Name(String),
    /// Anything else, in words.
    #[error("{0}")]
    Other(&'static str),
}

impl Invalid {
    /// `field` is wrong in the way `problem` says.
    pub fn new(field: impl Into<String>, problem: Problem) -> Self {
        Invalid {
            field: field.into(),
            problem,
        }
    }

    /// The same, seen from the value that holds this one: `stops[2]` + `service` = `stops[2].service`.
    #[must_use]
    pub fn within(mut self, parent: impl fmt::Display) -> Self {
        self.field = alloc::format!("{parent}.{}", self.field);
        self
    }
}

/// `value`, if it is finite and from `min` to `max`.
pub(crate) fn in_range(field: &str, value: f64, min: f64, max: f64) -> Result<f64, Invalid> {
    let problem = if !value.is_finite() {
        Problem::NotFinite(value)
    } else if value < 0.0 && min == 0.0 {
        Problem::Negative(value)
    } else if value < min || value > max {
        Problem::OutOfRange { value, min, max }
    } else {
        return Ok(value);
    };
    Err(Invalid::new(field, problem))
}

/// `value`, if it is finite, above zero and at most `max`.
pub(crate) fn positive(field: &str, value: f64, max: f64) -> Result<f64, Invalid> {
    if value <= 0.0 {
        return Err(Invalid::new(field, Problem::NotPositive(value)));
    }
    in_range(field, value, 0.0, max)
}

/// An error if `count` is above `limit`.
pub(crate) fn at_most(field: &str, count: usize, limit: usize) -> Result<(), Invalid> {
    if count > limit {
        Err(Invalid::new(field, Problem::TooMany { count, limit }))
    } else {
        Ok(())
    }
}
