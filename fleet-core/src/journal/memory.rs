use alloc::vec::Vec;

use super::Storage;

/// A disk in memory, for tests and simulations, that fails when it is told to.
///
/// # Example
/// ```
/// use fleet_core::journal::{Journal, MemoryStorage};
///
/// let (mut journal, _) = Journal::open(MemoryStorage::new())?;
/// journal.append(b"kept")?;
/// journal.sync()?;
/// journal.append(b"lost")?;
/// journal.storage_mut().fail_next_sync();
/// assert!(journal.sync().is_err());
///
/// let mut storage = journal.into_storage();
/// storage.crash(3); // three bytes of the last frame had reached the disk
/// let (_, recovered) = Journal::open(storage)?;
/// assert_eq!(recovered.entries, [b"kept"]);
/// assert_eq!(recovered.damaged_tail, Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {
    /// What survives a crash for certain.
    durable: Vec<u8>,
    /// What is read: more than the above if something is not synced.
    written: Vec<u8>,
    /// From this byte of `written` on, the next sync has work to do.
    dirty: usize,
    torn_append: Option<usize>,
    capacity: Option<usize>,
    failing_sync: bool,
    interrupted_replace: Option<bool>,
}

/// How a [`MemoryStorage`] was told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MemoryError {
    /// The bytes were written in part.
    #[error("written in part")]
    Torn,
    /// There is no room.
    #[error("no space left")]
    Full,
    /// The sync failed.
    #[error("not synced")]
    Unsynced,
    /// The replacement was interrupted.
    #[error("interrupted")]
    Interrupted,
}

impl MemoryStorage {
    /// Empty, without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Holding `bytes`, all durable.
    pub fn holding(bytes: impl Into<Vec<u8>>) -> Self {
        let durable = bytes.into();
        MemoryStorage {
            written: durable.clone(),
            dirty: durable.len(),
            durable,
            ..Self::default()
        }
    }

    /// The bytes that survive any crash.
    pub fn durable(&self) -> &[u8] {
        &self.durable
    }

    /// The bytes that are read now, those not synced included.
    pub fn written(&self) -> &[u8] {
        &self.written
    }

    /// Lets the next append write `bytes` bytes at most, and fail.
    pub fn tear_next_append(&mut self, bytes: usize) {
        self.torn_append = Some(bytes);
    }

    /// Lets all that would make the content longer than `bytes` fail, from now on; without an end if `None`.
    pub fn set_capacity(&mut self, bytes: Option<usize>) {
        self.capacity = bytes;
    }

    /// Lets the next sync fail. As on a real disk, what it was to make durable can be read until a crash, and is not
    /// made durable by a later sync.
    pub fn fail_next_sync(&mut self) {
        self.failing_sync = true;
    }

    /// Lets the next replacement fail, with the new content in place if `done`, else the old.
    pub fn interrupt_next_replace(&mut self, done: bool) {
        self.interrupted_replace = Some(done);
    }

    /// Loses what is not synced, but for the first `keep` bytes of it. Faults that did not happen yet are forgotten,
    /// the capacity is not.
    pub fn crash(&mut self, keep: usize) {
        let from = self.durable.len().min(self.written.len());
        let unsynced = &self.written[from..];
        self.durable.extend(&unsynced[..keep.min(unsynced.len())]);
        *self = MemoryStorage {
            capacity: self.capacity,
            ..Self::holding(core::mem::take(&mut self.durable))
        };
    }

    /// How many more bytes there is room for.
    fn room(&self) -> usize {
        self.capacity
            .map_or(usize::MAX, |capacity| capacity.saturating_sub(self.written.len()))
    }
}

impl Storage for MemoryStorage {
    type Error = MemoryError;

    fn read(&mut self) -> Result<Vec<u8>, MemoryError> {
        Ok(self.written.clone())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), MemoryError> {
        let torn = self.torn_append.take();
        let room = self.room().min(torn.unwrap_or(usize::MAX));
        self.written.extend(&bytes[..bytes.len().min(room)]);
        match torn {
            Some(_) => Err(MemoryError::Torn),
            None if room < bytes.len() => Err(MemoryError::Full),
            None => Ok(()),
        }
    }

    fn sync(&mut self) -> Result<(), MemoryError> {
        let from = core::mem::replace(&mut self.dirty, self.written.len());
        if core::mem::take(&mut self.failing_sync) {
            return Err(MemoryError::Unsynced);
        }
        if from < self.written.len() {
            self.durable.resize(from, 0); // a hole, where a sync had failed
            self.durable.extend(&self.written[from..]);
        }
        Ok(())
    }

    fn replace(&mut self, content: &[u8]) -> Result<(), MemoryError> {
        let interrupted = self.interrupted_replace.take();
        if self.capacity.is_some_and(|capacity| content.len() > capacity) {
            return Err(MemoryError::Full);
        }
        if interrupted != Some(false) {
            self.durable = content.to_vec();
            self.written = content.to_vec();
            self.dirty = content.len();
        }
        interrupted.map_or(Ok(()), |_| Err(MemoryError::Interrupted))
    }
}
