//! What has become of items.

/// What waits, and what has become of the rest since the spool was opened.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Items that wait, the one that is being sent included.
    pub waiting: usize,
    /// Their bytes on disk.
    pub bytes: u64,
    /// Items that the sink has confirmed.
    pub sent: u64,
    /// Items that went because there was no room, waiting or put aside.
    pub dropped: u64,
    /// Items that were not what had been put, and are in `damaged`.
    pub damaged: u64,
    /// Items that the sink refused for good, and are in `refused`.
    pub refused: u64,
    /// Times that the sink said "again", or the disk did not give an item.
    pub failed: u64,
    /// Why an item was last not sent; none since one was.
    pub last_error: Option<String>,
}
