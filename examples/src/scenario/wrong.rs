use std::fmt;

use fleet_core::Invalid;

/// A key whose value was refused, before it is known where the key is written.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Its path: `tasks[3].due`.
    pub(crate) key: String,
    pub(crate) message: String,
}

impl Wrong {
    pub(crate) fn new(key: impl Into<String>, message: impl fmt::Display) -> Self {
        Wrong {
            key: key.into(),
            message: message.to_string(),
        }
    }

    /// The same, seen from the table that holds the key.
    pub(crate) fn within(mut self, parent: impl fmt::Display) -> Self {
        self.key = format!("{parent}.{}", self.key);
        self
    }
}

impl From<Invalid> for Wrong {
    fn from(invalid: Invalid) -> Self {
        Wrong::new(invalid.field, invalid.problem)
    }
}
