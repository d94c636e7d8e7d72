//! Messages as bytes: a version byte, then `postcard`.

use alloc::vec::Vec;

use crate::message::Message;

/// The version that this library speaks. Variants and fields are only ever appended under one version.
pub const VERSION: u8 = 1;

/// Most frames are no longer than this, so that writing one needs memory only once.
const USUAL: usize = 256;

/// Why a frame was not understood. Frames come from the network: they are counted and dropped, never an error of
/// the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// No bytes at all.
    #[error("the frame is empty")]
    Empty,
    /// Longer than the limit.
    #[error("the frame has {0} bytes, more than allowed")]
    TooLong(usize),
    /// From a node of another version.
    #[error("the frame is of version {0}, this node speaks {VERSION}")]
    Version(u8),
    /// Truncated, damaged, or with a value that a constructor refuses.
    #[error("the frame is damaged")]
    Damaged,
    /// Bytes after the end of the message.
    #[error("{0} bytes follow the message")]
    Trailing(usize),
}

/// `message` as a frame.
pub fn encode(message: &Message) -> Vec<u8> {
    let mut frame = Vec::with_capacity(USUAL);
    frame.push(VERSION);
    // Every message is plain data in memory: serialising it into a growing vector cannot fail.
    postcard::to_extend(message, frame).expect("messages are serialisable")
}

/// The message of a frame of at most `limit` bytes.
///
/// # Errors
/// Why it is none.
///
/// # Example
/// ```
/// use fleet_core::message::{Message, News};
/// use fleet_core::wire::{FrameError, decode, encode};
/// use fleet_core::{Epoch, NodeId, TaskId};
///
/// let (task, epoch) = (TaskId::from_u128(1), Epoch::ZERO.next(1, NodeId::from_u128(2)));
/// let message = Message::Report { task, epoch, news: News::Done };
/// let frame = encode(&message);
/// assert_eq!(decode(&frame, 1024), Ok(message));
/// assert_eq!(decode(&frame[..5], 1024), Err(FrameError::Damaged));
/// assert_eq!(decode(&[99], 1024), Err(FrameError::Version(99)));
/// ```
pub fn decode(frame: &[u8], limit: usize) -> Result<Message, FrameError> {
    if frame.len() > limit {
        return Err(FrameError::TooLong(frame.len()));
    }
    let (version, body) = frame.split_first().ok_or(FrameError::Empty)?;
    if *version != VERSION {
        return Err(FrameError::Version(*version));
    }
    let (message, rest) = postcard::take_from_bytes(body).map_err(|_| FrameError::Damaged)?;
    if rest.is_empty() {
        Ok(message)
    } else {
        Err(FrameError::Trailing(rest.len()))
    }
}

/// What kind of message a frame holds, as an index into [`KINDS`](crate::message::KINDS), without decoding it.
pub fn kind(frame: &[u8]) -> Option<usize> {
    // The number of the variant follows the version; below 128 it takes one byte.
    frame
        .get(1)
        .map(|kind| *kind as usize)
        .filter(|kind| *kind < crate::message::KINDS.len())
}
