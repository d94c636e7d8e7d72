use std::fmt;

/// Where in a file something is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The file, as it was named by whoever asked for it.
    pub file: String,
    /// From 1.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// The key, as a path: `tasks[3].due`.
    pub key: Option<String>,
}

impl Origin {
    /// The file as a whole.
    pub fn file(file: impl fmt::Display) -> Self {
        Origin {
            file: file.to_string(),
            ..Origin::default()
        }
    }

    /// A line of it, from 1.
    #[must_use]
    pub fn line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// A key of it.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// What is written here is wrong, because of `message`.
    pub fn wrong(self, message: impl fmt::Display) -> ReadError {
        ReadError {
            file: self.file,
            line: self.line,
            column: self.column,
            key: self.key,
            message: message.to_string(),
        }
    }
}

/// A file that was refused: where, and why.
///
/// Displays as `file:line:column: key: message`; what is not known is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadError {
    /// The file, as it was named by whoever asked for it, or as another file names it.
    pub file: String,
    /// From 1.
    pub line: Option<usize>,
    /// From 1, in characters.
    pub column: Option<usize>,
    /// The key, as a path: `tasks[3].due`.
    pub key: Option<String>,
    /// What is wrong, and where it helps, what to do.
    pub message: String,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        f.write_str(": ")?;
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}
