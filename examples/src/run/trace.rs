use std::io::{self, Write};

use fleet_core::message::KINDS;
use fleet_core::sim::{Happening, Observer};
use fleet_core::transport::Destination;
use fleet_core::{Time, wire};

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

impl<W: Write> Trace<W> {
    fn line(&mut self, now: Time, happening: &Happening<'_>) -> io::Result<()> {
        let to = &mut self.to;
        match happening {
            Happening::Sent {
                from,
                to: destination,
                frame,
                recipients,
                lost,
            } => {
                write!(to, "{now:?} Sent {from} to ")?;
                match destination {
                    Destination::Node(node) => write!(to, "{node}")?,
                    other => write!(to, "{other:?}")?,
                }
                write!(to, ", lost {lost} of {recipients}: ")?;
                message(to, frame)
            }
            Happening::Delivered {
                from,
                to: node,
                frame,
            } => {
                write!(to, "{now:?} Delivered {from} to {node}: ")?;
                message(to, frame)
            }
            other => writeln!(to, "{now:?} {other:?}"),
        }
    }
}

/// The kind of a message and its bytes, in hexadecimal.
fn message(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |half: u8| DIGITS[usize::from(half)];
    let mut line: Vec<u8> = frame
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect();
    line.push(b'\n');
    write!(to, "{} ", wire::kind(frame).map_or("?", |kind| KINDS[kind]))?;
    to.write_all(&line)
}

impl<W: Write> Observer for Trace<W> {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        if self.failed.is_none() {
            self.failed = self.line(now, happening).err();
        }
    }
}
