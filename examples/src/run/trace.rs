use std::io::{self, Write};

use fleet_core::Time;
use fleet_core::sim::{Happening, Observer};

/// Writes every happening as one line of text: the same seed writes the same bytes.
pub struct Trace<W: Write> {
    to: W,
    failed: Option<io::Error>,
}

impl<W: Write> Trace<W> {
    /// To a file, or whatever else takes bytes.
    pub fn new(to: W) -> Self {
        Trace { to, failed: None }
    }

    /// The trace is complete.
    ///
    /// # Errors
    /// If any of it could not be written.
    pub fn finish(mut self) -> io::Result<()> {
        match self.failed {
            Some(error) => Err(error),
            None => self.to.flush(),
        }
    }
}

impl<W: Write> Observer for Trace<W> {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        if self.failed.is_none() {
            self.failed = writeln!(self.to, "{now:?} {happening:?}").err();
        }
    }
}
