//! Counts what a transport receives.

use std::task::Waker;

use fleet_core::NodeId;
use fleet_core::transport::{Incoming, Outgoing, SendError, Transport};

use super::drive::Shared;
use crate::arrivals::Arrivals;

/// Tells [`Links`](super::Links) of bytes that have arrived. Cheap to copy.
#[derive(Clone, Debug)]
pub struct Meter(pub(super) std::sync::Arc<Shared>);

impl Meter {
    /// So many bytes came from `from`.
    pub fn saw(&self, from: NodeId, bytes: usize) {
        let now = self.0.now();
        self.0.lock().saw(now, from, bytes);
    }
}

/// A transport whose frames are counted, each when it is read.
#[derive(Debug)]
pub struct Metered<T> {
    transport: T,
    meter: Meter,
}

impl<T> Metered<T> {
    /// Counts the frames of `transport`.
    pub const fn new(transport: T, meter: Meter) -> Self {
        Metered { transport, meter }
    }

    /// The transport itself.
    pub const fn inner(&self) -> &T {
        &self.transport
    }
}

impl<T: Transport> Transport for Metered<T> {
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        self.transport.send(outgoing)
    }

    fn recv(&mut self) -> Option<Incoming> {
        let incoming = self.transport.recv()?;
        self.meter.saw(incoming.from, incoming.frame.len());
        Some(incoming)
    }
}

impl<T: Arrivals> Arrivals for Metered<T> {
    fn has_arrived(&self) -> bool {
        self.transport.has_arrived()
    }

    fn wake(&mut self, waker: Waker) {
        self.transport.wake(waker);
    }
}
