use alloc::collections::{BTreeMap, VecDeque};
use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;

use super::{Destination, Incoming, Outgoing, SendError, Transport};
use crate::ids::NodeId;

/// Frames that one node has not received yet; more are refused, so that a node that never reads costs no memory.
const QUEUE: usize = 65_536;

/// A network within one thread: every frame arrives at once, once and in order. Each node is in direct reach of all
/// others.
///
/// For embedding several nodes in one program, and as the measure for other transports. The simulator's network,
/// which loses, repeats, delays and reorders, is `sim::Network`, with the feature `sim`.
#[derive(Clone, Debug, Default)]
pub struct MemoryNetwork {
    queues: Rc<RefCell<BTreeMap<NodeId, VecDeque<Incoming>>>>,
}

impl MemoryNetwork {
    /// Without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// The end of the network at which `node` sits.
    pub fn join(&self, node: NodeId) -> MemoryTransport {
        self.queues.borrow_mut().entry(node).or_default();
        MemoryTransport {
            node,
            network: self.clone(),
        }
    }
}

/// One node's end of a [`MemoryNetwork`].
#[derive(Clone, Debug)]
pub struct MemoryTransport {
    node: NodeId,
    network: MemoryNetwork,
}

impl Transport for MemoryTransport {
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        let mut queues = self.network.queues.borrow_mut();
        let to: Vec<NodeId> = match outgoing.to {
            Destination::Node(node) => alloc::vec![node],
            Destination::Robots | Destination::Near => {
                queues.keys().copied().filter(|node| *node != self.node).collect()
            }
        };
        let mut result = Ok(());
        for node in to {
            let Some(queue) = queues.get_mut(&node) else {
                continue;
            };
            if queue.len() < QUEUE {
                queue.push_back(Incoming {
                    from: self.node,
                    frame: outgoing.frame.clone(),
                });
            } else {
                result = Err(SendError::Full);
            }
        }
        result
    }

    fn recv(&mut self) -> Option<Incoming> {
        self.network.queues.borrow_mut().get_mut(&self.node)?.pop_front()
    }
}
