use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::{Origin, ReadError};

/// Bytes of a file that is still read: far above any real map or task list.
const BYTES: u64 = 256 << 20;

/// A text file that was read whole.
pub(crate) struct Source {
    /// Its name in messages.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    /// The file at `path`.
    ///
    /// # Errors
    /// If it is missing, a directory, unreadable, too large or not UTF-8.
    pub(crate) fn open(path: &Path) -> Result<Self, ReadError> {
        Self::new(path.display().to_string(), bytes(path)?)
    }

    /// The file called `name` that holds `bytes`.
    ///
    /// # Errors
    /// If the bytes are not UTF-8.
    pub(crate) fn new(name: String, bytes: Vec<u8>) -> Result<Self, ReadError> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source { name, text }),
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Err(not_text(&name, &error.into_bytes(), at))
            }
        }
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin::file(&self.name)
    }

    /// The name of the file, without folder and extension.
    pub(crate) fn stem(&self) -> &str {
        stem(&self.name)
    }
}

fn not_text(name: &str, bytes: &[u8], at: usize) -> ReadError {
    let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
    Origin::file(name).line(line).wrong(format_args!(
        "is not UTF-8 text: byte {at} of the file, {:#04x}, begins no character",
        bytes[at]
    ))
}

pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    let refuse = |message: String| Origin::file(path.display()).wrong(message);
    let file = fs::File::open(path).map_err(|error| refuse(why(&error)))?;
    if file.metadata().is_ok_and(|data| data.is_dir()) {
        return Err(refuse("is a directory: name a file in it".to_owned()));
    }
    let mut bytes = Vec::new();
    let read = file.take(BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| refuse(why(&error)))?;
    if bytes.len() as u64 > BYTES {
        return Err(refuse(format!(
            "is larger than the {} MiB that are read",
            BYTES >> 20
        )));
    }
    Ok(bytes)
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file: check the path".to_owned(),
        ErrorKind::PermissionDenied => "may not be read: check its permissions".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

/// Line and column of the byte at `offset`, both from 1, the column in characters.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    (
        line,
        1 + String::from_utf8_lossy(&before[start..]).chars().count(),
    )
}

/// The name of a file, without folder and extension.
pub(crate) fn stem(name: &str) -> &str {
    let stem = Path::new(name).file_stem().and_then(|stem| stem.to_str());
    stem.unwrap_or(name)
}
