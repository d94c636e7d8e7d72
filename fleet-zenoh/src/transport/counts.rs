//! What a transport has taken, received and dropped.

/// Frames since the transport was opened; arrays are by traffic class, most urgent first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Taken for sending.
    pub sent: [u64; 4],
    /// Not taken: too long, no room, or closed.
    pub refused: [u64; 4],
    /// Received from the network.
    pub received: [Received; 4],
    /// Dropped because their key does not name a traffic class and a sender.
    pub nameless: u64,
    /// Dropped because they have more bytes than this transport takes.
    pub too_long: u64,
}

/// Received frames of one class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Received {
    /// All of them.
    pub frames: u64,
    /// Those among them that were dropped because nobody had read them for too long.
    pub dropped: u64,
}
