//! How frames get from node to node.

mod memory;

use alloc::sync::Arc;

use serde::{Deserialize, Serialize};

pub use memory::{MemoryNetwork, MemoryTransport};

use crate::ids::NodeId;

/// Where a frame goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Destination {
    /// To one node.
    Node(NodeId),
    /// To all robots of the fleet.
    Robots,
    /// To every node in direct reach of the sender: nobody passes it on.
    Near,
}

/// How urgent a frame is for the network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Class {
    /// Stops and cancellations.
    Safety,
    /// Auctions, awards, leases.
    Control,
    /// Signs of life and progress.
    State,
    /// Logs, maps, software.
    Bulk,
}

/// A frame to be sent. Cheap to copy: one frame to many nodes is encoded once.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Outgoing {
    /// Where it goes.
    pub to: Destination,
    /// How urgent it is.
    pub class: Class,
    /// The bytes.
    pub frame: Arc<[u8]>,
}

/// A frame that arrived.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Incoming {
    /// Who sent it, as the transport knows it: never taken from the frame.
    pub from: NodeId,
    /// The bytes.
    pub frame: Arc<[u8]>,
}

/// Moves opaque bytes between nodes.
///
/// It may lose, repeat, delay and reorder frames. It must not invent or alter them, nor name a wrong sender.
/// Neither call blocks. A node sends nothing to itself.
///
/// Of [`Destination::Near`] no more is promised than that a frame does not come back to its sender. Who is in direct reach
/// is the network's affair, and changes without notice; each receiver may lose the frame by itself, and whoever hears
/// it need not be heard.
///
/// # Example
/// ```
/// use fleet_core::transport::{Class, Destination, MemoryNetwork, Outgoing, Transport};
/// use fleet_core::NodeId;
///
/// let network = MemoryNetwork::new();
/// let (a, b) = (NodeId::from_u128(1), NodeId::from_u128(2));
/// let (mut left, mut right) = (network.join(a), network.join(b));
/// left.send(Outgoing { to: Destination::Node(b), class: Class::State, frame: [1, 2, 3].into() })?;
/// assert_eq!(right.recv().map(|incoming| incoming.from), Some(a));
/// # Ok::<(), fleet_core::transport::SendError>(())
/// ```
pub trait Transport {
    /// Takes a frame for sending.
    ///
    /// # Errors
    /// If it certainly will not be sent. The node need not be told: it repeats what matters.
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError>;

    /// The next frame that has arrived, if any.
    fn recv(&mut self) -> Option<Incoming>;
}

/// Why a transport did not take a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The queue of this traffic class is full.
    #[error("the queue is full")]
    Full,
    /// The transport was closed.
    #[error("the transport is closed")]
    Closed,
    /// The frame has more bytes than the transport takes.
    #[error("the frame is longer than {limit} bytes")]
    TooLong {
        /// Bytes that it takes.
        limit: usize,
    },
    /// The transport knows no such destination.
    #[error("the transport knows no such destination")]
    Unknown,
}
