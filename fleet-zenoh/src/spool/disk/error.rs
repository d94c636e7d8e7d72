//! What can be wrong with a spool.

use std::io;
use std::path::{Path, PathBuf};

/// Why a spool cannot be used, or an item was not put.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried, like `read`.
        what: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process, or another part of this one, has the folder.
    #[error("{} is in use: end the other program, or take another folder", .0.display())]
    Busy(PathBuf),
    /// A bound of nothing.
    #[error("`{0}` must be 1 or more")]
    Keep(&'static str),
    /// There would be no room for it even if nothing else waited.
    #[error("`content` has {bytes} bytes, compressed, and `keep` allows {most}: allow more, or put less")]
    TooLong {
        /// How many it has.
        bytes: u64,
        /// How many it may have.
        most: u64,
    },
    /// It would be more parts than a spool takes at once.
    #[error("`content` has {0} bytes: put it in several items of up to 64 MiB")]
    TooMany(usize),
    /// Numbers have run out.
    #[error("{} has used up its numbers: take another folder", .0.display())]
    Full(PathBuf),
}

pub(super) fn failed<'a>(
    what: &'static str,
    path: &'a Path,
) -> impl FnOnce(io::Error) -> SpoolError + use<'a> {
    move |source| SpoolError::File {
        what,
        path: path.to_owned(),
        source,
    }
}
