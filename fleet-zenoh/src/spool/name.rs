//! Names of items and nodes, as files and keys have them.

use std::fmt;
use std::str::FromStr;

use crate::key::{NAME, fits};

/// What an item is called, or the node that it comes from.
///
/// ```
/// use fleet_zenoh::spool::Name;
///
/// assert!("robot-17".parse::<Name>().is_ok());
/// assert!("../secrets".parse::<Name>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Name(String);

/// What cannot be a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It has no bytes, or too many.
    #[error("`name` has 1 to {NAME} bytes, not {0}")]
    Length(usize),
    /// It has a character that a file or a key could take for something else.
    #[error("`name` is of ASCII letters, digits, `-`, `_` and `.`, not `{}`", .0.escape_default())]
    Character(char),
    /// A folder is called so.
    #[error("`name` is not of dots alone")]
    Dots,
}

impl Name {
    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        if !(1..=NAME).contains(&name.len()) {
            return Err(NameError::Length(name.len()));
        }
        if let Some(c) = name.chars().find(|c| !fits(*c)) {
            return Err(NameError::Character(c));
        }
        match name.chars().all(|c| c == '.') {
            true => Err(NameError::Dots),
            false => Ok(Name(name.to_owned())),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_nothing_else_than_a_name() {
        for name in ["a/b", "a\\b", "a b", "a\0", "a\n", "é", "a:b", "a*"] {
            let error = name.parse::<Name>().unwrap_err();
            assert!(matches!(error, NameError::Character(_)), "{name:?}");
            assert!(
                error.to_string().starts_with("`name` ") && !error.to_string().contains('\n'),
                "{error}"
            );
        }
        for dots in [".", "..", "..."] {
            assert_eq!(dots.parse::<Name>(), Err(NameError::Dots));
        }
        assert_eq!("".parse::<Name>(), Err(NameError::Length(0)));
        assert_eq!("x".repeat(65).parse::<Name>(), Err(NameError::Length(65)));
        assert_eq!("a-1_b.jsonl".parse::<Name>().unwrap().as_str(), "a-1_b.jsonl");
    }
}
