use super::{MAX_BYTES, MAX_ENTRY, MAX_UNSYNCED, VERSION};

/// Why a journal was not opened. In every case but [`Storage`](OpenError::Storage) its bytes were not touched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError<E> {
    /// The bytes do not begin like a journal.
    #[error("this is no journal, and it was left as it is: name another file, or move this one away")]
    NotAJournal,
    /// Written by a newer version of this library.
    #[error("the journal is of version {found}, this library reads up to {VERSION}: use a newer one")]
    Newer {
        /// The version of the journal.
        found: u16,
    },
    /// Bytes that had been durable have changed or are missing, so promises may be lost.
    #[error(
        "the journal is damaged at byte {offset} and has lost promises: move it away, and start the node without memory"
    )]
    Damaged {
        /// Where the damaged part begins, in bytes from the start.
        offset: u64,
    },
    /// The count of lives has come to its end.
    #[error(
        "the journal has counted {} lives and can count no more: give the node a new id and journal",
        u32::MAX
    )]
    WornOut,
    /// The storage failed: the journal is as before, or this life is counted already.
    #[error("the journal cannot be opened: {0}")]
    Storage(#[source] E),
}

/// Why an entry was not taken. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AppendError {
    /// Longer than [`MAX_ENTRY`].
    #[error("the entry has {0} bytes, more than the {MAX_ENTRY} allowed: split it")]
    EntryTooLong(usize),
    /// More than [`MAX_UNSYNCED`] bytes would wait for a sync.
    #[error("more than {MAX_UNSYNCED} bytes wait to be synced: sync the journal, then append again")]
    Unsynced,
    /// The journal would be longer than [`MAX_BYTES`].
    #[error("the journal would have more than {MAX_BYTES} bytes: compact it, then append again")]
    Full,
    /// A write failed before.
    #[error("an earlier write of the journal failed: compact it with all that is to be remembered")]
    Poisoned,
}

/// Why what was appended is not durable. The journal is poisoned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError<E> {
    /// The storage failed.
    #[error(
        "the journal cannot be written: {0}; hold back what depends on it, and compact it with all that is to be remembered"
    )]
    Storage(#[source] E),
    /// A write failed before.
    #[error("an earlier write of the journal failed: compact it with all that is to be remembered")]
    Poisoned,
}

/// Why a journal was not compacted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError<E> {
    /// An entry is longer than [`MAX_ENTRY`]. Nothing was changed.
    #[error("an entry has {0} bytes, more than the {MAX_ENTRY} allowed: split it")]
    EntryTooLong(usize),
    /// The entries together are longer than [`MAX_BYTES`]. Nothing was changed.
    #[error("the entries have more than the {MAX_BYTES} bytes that a journal may have: forget some")]
    TooLong,
    /// The storage failed. The old content or the new is there, and the journal is poisoned.
    #[error("the journal cannot be replaced: {0}; hold back what depends on it, and compact it again")]
    Storage(#[source] E),
}
