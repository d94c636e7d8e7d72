//! Waiting for frames.

use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use fleet_core::transport::{Incoming, Transport};

/// Looks for a frame before a thread goes to sleep.
const LOOKS: usize = 4;

/// A transport that tells when a frame has come, so that nobody need ask again and again.
pub trait Arrivals: Transport {
    /// Whether [`recv`](Transport::recv) has a frame now.
    fn has_arrived(&self) -> bool;

    /// From now on wakes `waker` instead of the one before, at the latest when a frame arrives and there was none. It is
    /// woken by whichever thread the frame comes on; nothing is woken for what is there already.
    fn wake(&mut self, waker: Waker);

    /// The next frame, for which it waits for `timeout` at most. Blocks the thread; takes the place of the waker.
    fn recv_timeout(&mut self, timeout: Duration) -> Option<Incoming> {
        if let Some(incoming) = self.recv() {
            return Some(incoming);
        }
        // Frames seldom come alone, and to be woken takes longer than to look again.
        for _ in 0..LOOKS {
            thread::yield_now();
            if let Some(incoming) = self.recv() {
                return Some(incoming);
            }
        }
        let end = Instant::now() + timeout;
        self.wake(this_thread());
        loop {
            if let Some(incoming) = self.recv() {
                return Some(incoming);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            thread::park_timeout(left);
        }
    }
}

/// Unparks a thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// Unparks the thread that calls this.
pub(crate) fn this_thread() -> Waker {
    Arc::new(Unpark(thread::current())).into()
}
