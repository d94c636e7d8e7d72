//! What a node must not forget, on disk: a journal of its promises.
//!
//! A [`Journal`] keeps opaque entries over any [`Storage`]. It does no I/O of its own and reads no clock.
//!
//! # Writing
//! [`append`](Journal::append) takes an entry into memory; [`sync`](Journal::sync) writes all that were taken as one
//! frame and makes it durable. Only what a successful sync or [`compact`](Journal::compact) has covered may be relied
//! on: whatever tells others of an entry waits for that.
//!
//! # When a write fails
//! The first failure of the storage *poisons* the journal: what the storage holds after the last durable byte is
//! unknown, and a later success would prove nothing (after a failed sync the system may take the lost bytes for
//! written). Every append and sync then fails, without touching the storage, until one of these succeeds:
//! - `compact` with everything that is to be remembered, the entries appended since the last successful sync included:
//!   it counts on nothing that was written before. It may be tried as often as one likes.
//! - opening the journal anew, which is a new life of the node.
//!
//! What was durable stays durable. Entries that were appended and not synced are found at the next opening or not,
//! those of one sync all or none, never without those before them.
//!
//! # Opening
//! Opening counts the node's lives and writes the content anew, in one durable step. It so trusts nothing that
//! the system only remembers. A frame at the end whose writing was cut short is cut off and reported: its sync never
//! succeeded. Any other damage is an [error](OpenError::Damaged), never a silent loss. Three kinds cannot be told apart
//! from a write that was cut short, or from none: the very last frame changed after it was durable, whole frames lost
//! from the end, and bytes cut out or put in so that those after them moved. None of them reaches back to before
//! the last opening or compaction.
//!
//! # The format
//! Eight bytes of header: `fleetj` and a version. Then frames: `length u32 | check of the head u32 | check of all u32 |
//! payload`. A check is the CRC-32 of the frame's place (u64), the length and, in the second, the payload. A payload
//! is `1 | boot u32`, or `2` and any number of `length u32 | entry`. All numbers are little-endian. There is one boot
//! frame; all before it was written in one step with it and is never torn, each frame after it is one sync.

mod content;
mod crc;
mod error;
#[cfg(feature = "std")]
mod file;
mod frame;
mod memory;
mod storage;

use alloc::vec::Vec;

use content::{Batch, Image};
pub use error::{AppendError, CompactError, OpenError, SyncError};
#[cfg(feature = "std")]
pub use file::{FileError, FileStorage};
pub use memory::{MemoryError, MemoryStorage};
pub use storage::Storage;

/// The version of the format that this library writes, and the newest that it reads.
pub const VERSION: u16 = 1;
/// Bytes of one entry.
pub const MAX_ENTRY: usize = 1 << 20;
/// Bytes that may wait for a sync, with four for each entry and one more.
pub const MAX_UNSYNCED: usize = frame::MAX_PAYLOAD;
/// Bytes of a journal.
pub const MAX_BYTES: u64 = 1 << 27;

/// Below this many bytes more than twice what is live, a journal is not worth compacting.
const SLACK: u64 = 1 << 16;

/// The durable memory of a node: see the [module](self) for what holds after failures.
///
/// # Example
/// ```
/// use fleet_core::journal::{Journal, MemoryStorage};
///
/// let (mut journal, recovered) = Journal::open(MemoryStorage::new())?; // or a `FileStorage`
/// assert_eq!((recovered.boot, recovered.entries.len()), (1, 0));
/// journal.append(b"granted: task 7 to robot 3")?;
/// journal.sync()?; // from here on others may be told
///
/// let (journal, recovered) = Journal::open(journal.into_storage())?; // after a restart
/// assert_eq!(journal.boot(), 2);
/// assert_eq!(recovered.entries, [b"granted: task 7 to robot 3"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Journal<S> {
    storage: S,
    boot: u32,
    /// Bytes that are durable.
    length: u64,
    unsynced: Batch,
    poisoned: bool,
}

/// What a journal held when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// The entries, in the order in which they were appended.
    pub entries: Vec<Vec<u8>>,
    /// Which life of the node this is, from 1.
    pub boot: u32,
    /// Bytes cut off at the end, because their writing was cut short.
    pub damaged_tail: Option<u64>,
}

impl<S: Storage> Journal<S> {
    /// Reads the journal in `storage`, or begins one if there are no bytes, and counts one more life of the node.
    ///
    /// # Errors
    /// If it is no journal, a newer or a damaged one, or the storage fails.
    pub fn open(mut storage: S) -> Result<(Self, Recovered), OpenError<S::Error>> {
        let bytes = storage.read().map_err(OpenError::Storage)?;
        let content = content::read(&bytes)?;
        let boot = content.boot.checked_add(1).ok_or(OpenError::WornOut)?;
        let mut image = Image::new();
        content.entries.iter().for_each(|entry| image.push(entry));
        let image = image.finish(boot);
        storage.replace(&image).map_err(OpenError::Storage)?;
        let journal = Journal {
            storage,
            boot,
            length: image.len() as u64,
            unsynced: Batch::default(),
            poisoned: false,
        };
        let recovered = Recovered {
            entries: content.entries,
            boot,
            damaged_tail: (content.torn > 0).then_some(content.torn as u64),
        };
        Ok((journal, recovered))
    }

    /// Takes an entry, to be written by the next [`sync`](Self::sync); the storage is not touched.
    ///
    /// # Errors
    /// If there is no room, or the journal is poisoned. The entry was not taken.
    pub fn append(&mut self, entry: &[u8]) -> Result<(), AppendError> {
        if self.poisoned {
            return Err(AppendError::Poisoned);
        }
        if entry.len() > MAX_ENTRY {
            return Err(AppendError::EntryTooLong(entry.len()));
        }
        if !self.unsynced.has_room(entry) {
            return Err(AppendError::Unsynced);
        }
        if self.length + self.unsynced.bytes_with(entry) as u64 > MAX_BYTES {
            return Err(AppendError::Full);
        }
        self.unsynced.push(entry);
        Ok(())
    }

    /// Makes durable all that was appended; does nothing if that is nothing.
    ///
    /// # Errors
    /// If the storage fails, now or before: then nothing appended since the last success may be relied on, and the
    /// journal is poisoned.
    pub fn sync(&mut self) -> Result<(), SyncError<S::Error>> {
        if self.poisoned {
            return Err(SyncError::Poisoned);
        }
        if self.unsynced.is_empty() {
            return Ok(());
        }
        let frame = self.unsynced.frame(self.length);
        self.poisoned = true;
        self.storage.append(&frame).map_err(SyncError::Storage)?;
        self.storage.sync().map_err(SyncError::Storage)?;
        self.poisoned = false;
        self.length += frame.len() as u64;
        self.unsynced.clear();
        Ok(())
    }

    /// Replaces all entries by these, durable and at once, and heals a poisoned journal.
    ///
    /// They must hold all that is to be remembered: what was appended and not synced is forgotten too.
    ///
    /// # Errors
    /// If the entries are too long, with nothing changed; or if the storage fails, which poisons the journal.
    pub fn compact<I>(&mut self, entries: I) -> Result<(), CompactError<S::Error>>
    where
        I: IntoIterator<Item = Vec<u8>>,
    {
        let mut image = Image::new();
        for entry in entries {
            if entry.len() > MAX_ENTRY {
                return Err(CompactError::EntryTooLong(entry.len()));
            }
            if image.bytes_with(&entry) as u64 > MAX_BYTES {
                return Err(CompactError::TooLong);
            }
            image.push(&entry);
        }
        let image = image.finish(self.boot);
        self.poisoned = true;
        self.storage.replace(&image).map_err(CompactError::Storage)?;
        self.poisoned = false;
        self.length = image.len() as u64;
        self.unsynced.clear();
        Ok(())
    }
}

impl<S> Journal<S> {
    /// Which life of the node this is, from 1.
    pub fn boot(&self) -> u32 {
        self.boot
    }

    /// Bytes that are durable, with all that is written around the entries.
    pub fn len_bytes(&self) -> u64 {
        self.length
    }

    /// Whether a write failed, so that only [`compact`](Self::compact) helps.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// Whether [`compact`](Self::compact) would more than halve the journal, with `live_bytes` bytes of entries.
    pub fn is_worth_compacting(&self, live_bytes: u64) -> bool {
        self.length > live_bytes.saturating_mul(2).saturating_add(SLACK)
    }

    /// What it is stored in.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// What it is stored in, to let it fail in a test; bytes changed here are not noticed before the next opening.
    pub fn storage_mut(&mut self) -> &mut S {
        &mut self.storage
    }

    /// What it is stored in; entries that were not synced are lost.
    pub fn into_storage(self) -> S {
        self.storage
    }
}
