use std::fmt;

use fleet_core::Invalid;

/// A value that was refused, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wrong {
    /// The path of the field: `stops[1].service`; empty if it is about the whole.
    pub field: String,
    /// What is wrong with it, and what to do.
    pub message: String,
}

impl Wrong {
    /// `field` is wrong in this way.
    pub fn new(field: impl Into<String>, message: impl fmt::Display) -> Self {
        Wrong {
            field: field.into(),
            message: message.to_string(),
        }
    }

    /// The same, seen from what holds it.
    #[must_use]
    pub fn within(mut self, parent: impl fmt::Display) -> Self {
        self.field = match self.field.is_empty() {
            true => parent.to_string(),
            false => format!("{parent}.{}", self.field),
        };
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.is_empty() {
            true => f.write_str(&self.message),
            false => write!(f, "{}: {}", self.field, self.message),
        }
    }
}

impl std::error::Error for Wrong {}

impl From<Wrong> for String {
    fn from(wrong: Wrong) -> String {
        wrong.to_string()
    }
}

impl From<Invalid> for Wrong {
    fn from(invalid: Invalid) -> Self {
        Wrong::new(invalid.field.replace(".place", ""), invalid.problem)
    }
}
