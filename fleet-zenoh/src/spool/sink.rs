//! Where items go.

/// Takes items, one at a time. It may take its time: nobody waits for it but the thread that sends.
pub trait Sink: Send {
    /// Puts `content`, a gzip file, under `key`. `Ok` means that it is there to stay. The same may come again under the same
    /// key, and must do no harm.
    ///
    /// # Errors
    /// Whether trying again can help.
    fn put(&mut self, key: &str, content: Vec<u8>) -> Result<(), SinkError>;
}

/// Why an item was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// It cannot be taken now: the uplink is down, or nobody has set up what it needs. It waits, and so do those behind it.
    #[error("not now: {0}")]
    Again(String),
    /// It will never be taken. It is put aside, and the next one is sent.
    #[error("refused: {0}")]
    Never(String),
}
