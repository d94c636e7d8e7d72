//! A transport around another one, that does its worst within what transports may do.

use fleet_core::transport::{Incoming, Outgoing, SendError, Transport};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Loses, repeats, holds back and reorders what it receives, as its seed decides.
pub(crate) struct Faulty<T> {
    inner: T,
    random: Xoshiro256PlusPlus,
    loss: f64,
    waiting: Vec<Incoming>,
}

impl<T: Transport> Faulty<T> {
    pub(crate) fn new(inner: T, seed: u64, loss: f64) -> Self {
        Faulty {
            inner,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            loss,
            waiting: Vec::new(),
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        self.random.random::<f64>() < share
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        self.inner.send(outgoing)
    }

    fn recv(&mut self) -> Option<Incoming> {
        while let Some(incoming) = self.inner.recv() {
            if !self.happens(self.loss) {
                let copies = if self.happens(0.3) { 2 } else { 1 };
                self.waiting.extend(std::iter::repeat_n(incoming, copies));
            }
        }
        if self.waiting.is_empty() || self.happens(0.5) {
            return None;
        }
        let next = self.random.random_range(0..self.waiting.len());
        Some(self.waiting.swap_remove(next))
    }
}
