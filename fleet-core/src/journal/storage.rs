use alloc::vec::Vec;

/// Where a journal keeps its bytes: one file, or what is like one.
///
/// Only [`sync`](Self::sync) and [`replace`](Self::replace) make anything durable. What was appended and not synced
/// may be lost in a crash of the machine, in part or as a whole.
pub trait Storage {
    /// Why something failed.
    type Error: core::error::Error + 'static;

    /// All bytes, those that are not synced included; none if there was nothing yet.
    ///
    /// # Errors
    /// If they cannot be read; nothing changes.
    fn read(&mut self) -> Result<Vec<u8>, Self::Error>;

    /// Writes `bytes` after all others.
    ///
    /// # Errors
    /// If not all of them were written. Any first part of them may stay.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;

    /// Makes durable all that was appended.
    ///
    /// # Errors
    /// If something may not be durable. A later success says nothing about what this one was to make durable.
    fn sync(&mut self) -> Result<(), Self::Error>;

    /// Puts `content` in the place of all bytes, durable and at once: a crash leaves the old or the new.
    ///
    /// It must not count on anything that was appended before.
    ///
    /// # Errors
    /// If the new content may not be durable; the old or the new is there.
    fn replace(&mut self, content: &[u8]) -> Result<(), Self::Error>;
}

impl<S: Storage + ?Sized> Storage for &mut S {
    type Error = S::Error;

    fn read(&mut self) -> Result<Vec<u8>, Self::Error> {
        (**self).read()
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Self::Error> {
        (**self).append(bytes)
    }

    fn sync(&mut self) -> Result<(), Self::Error> {
        (**self).sync()
    }

    fn replace(&mut self, content: &[u8]) -> Result<(), Self::Error> {
        (**self).replace(content)
    }
}
