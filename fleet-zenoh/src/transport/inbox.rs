//! What has arrived and was not read yet.

use std::collections::{BTreeSet, VecDeque};
use std::iter;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use fleet_core::transport::{Class, Incoming};

use super::counts::{Counts, Received};
use crate::quality;

/// Frames that the reader takes together: they are read before more urgent ones that come meanwhile.
const HANDFUL: usize = 32;
/// Keys that are remembered; frames under others are received all the same.
const KEYS: usize = 4_096;

/// How much of each traffic class is kept until it is read. If there is more, the oldest frames of that class are
/// dropped and counted; no class takes the room of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// Frames.
    pub frames: usize,
    /// Bytes of all those frames.
    pub bytes: usize,
}

impl Default for Room {
    /// 16,384 frames, of 8 MiB together.
    fn default() -> Self {
        Room {
            frames: 16_384,
            bytes: 8 << 20,
        }
    }
}

/// Filled by the network's threads, emptied by one reader.
#[derive(Debug)]
pub(super) struct Inbox {
    room: Room,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    queues: [Queue; 4],
    /// Keys of what has come, and those among them that the reader does not know of.
    keys: BTreeSet<String>,
    new_keys: Vec<String>,
    waker: Option<Waker>,
    nameless: u64,
    too_long: u64,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<Incoming>,
    bytes: usize,
    received: u64,
    dropped: u64,
}

impl Inbox {
    pub(super) fn new(room: Room) -> Self {
        Inbox {
            room,
            state: Mutex::default(),
        }
    }

    pub(super) fn put(&self, key: &str, class: Class, incoming: Incoming) {
        let mut state = self.lock();
        state.note(key);
        let was_empty = state.is_empty();
        state.queues[quality::rank(class)].put(incoming, self.room);
        let waker = if was_empty { state.waker.clone() } else { None };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The next frames of the most urgent class, at most [`HANDFUL`]. Keys that were not seen before are added to
    /// `new_keys`.
    pub(super) fn take(&self, frames: &mut VecDeque<Incoming>, new_keys: &mut Vec<String>) {
        let mut state = self.lock();
        new_keys.append(&mut state.new_keys);
        if let Some(queue) = state.queues.iter_mut().find(|queue| !queue.frames.is_empty()) {
            frames.extend(iter::from_fn(|| queue.take()).take(HANDFUL));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    pub(super) fn wake(&self, waker: Waker) {
        self.lock().waker = Some(waker);
    }

    /// Something came under a key that does not name a class and a sender.
    pub(super) fn refuse_nameless(&self) {
        self.lock().nameless += 1;
    }

    pub(super) fn refuse_too_long(&self) {
        self.lock().too_long += 1;
    }

    pub(super) fn count(&self, counts: &mut Counts) {
        let state = self.lock();
        counts.received = state.queues.each_ref().map(|queue| Received {
            frames: queue.received,
            dropped: queue.dropped,
        });
        (counts.nameless, counts.too_long) = (state.nameless, state.too_long);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn note(&mut self, key: &str) {
        if self.keys.len() < KEYS && !self.keys.contains(key) {
            self.keys.insert(key.to_owned());
            self.new_keys.push(key.to_owned());
        }
    }

    fn is_empty(&self) -> bool {
        self.queues.iter().all(|queue| queue.frames.is_empty())
    }
}

impl Queue {
    fn put(&mut self, incoming: Incoming, room: Room) {
        self.received += 1;
        self.bytes += incoming.frame.len();
        self.frames.push_back(incoming);
        while self.frames.len() > room.frames || self.bytes > room.bytes {
            self.dropped += u64::from(self.take().is_some());
        }
    }

    fn take(&mut self) -> Option<Incoming> {
        let incoming = self.frames.pop_front()?;
        self.bytes -= incoming.frame.len();
        Some(incoming)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use fleet_core::NodeId;

    use super::*;

    fn incoming(k: u8, bytes: usize) -> Incoming {
        Incoming {
            from: NodeId::from_u128(1),
            frame: iter::repeat_n(k, bytes).collect(),
        }
    }

    fn take(inbox: &Inbox, new_keys: &mut Vec<String>) -> Vec<u8> {
        let mut frames = VecDeque::new();
        inbox.take(&mut frames, new_keys);
        frames.iter().map(|incoming| incoming.frame[0]).collect()
    }

    fn drain(inbox: &Inbox) -> Vec<u8> {
        let mut all = Vec::new();
        while !inbox.is_empty() {
            all.extend(take(inbox, &mut Vec::new()));
        }
        all
    }

    #[test]
    fn the_most_urgent_is_read_first_and_each_class_in_order() {
        let inbox = Inbox::new(Room::default());
        for (k, class) in quality::CLASSES
            .into_iter()
            .rev()
            .chain(quality::CLASSES)
            .enumerate()
        {
            inbox.put("key", class, incoming(k as u8, 1));
        }
        assert_eq!(drain(&inbox), [3, 4, 2, 5, 1, 6, 0, 7]);
    }

    #[test]
    fn a_flood_drops_the_oldest_of_its_own_class_only() {
        let inbox = Inbox::new(Room {
            frames: 3,
            bytes: 100,
        });
        for class in [Class::Safety, Class::Control] {
            inbox.put("key", class, incoming(100, 1));
        }
        for k in 0..10 {
            inbox.put("key", Class::Bulk, incoming(k, 1));
        }
        assert_eq!(drain(&inbox), [100, 100, 7, 8, 9]);
        let mut counts = Counts::default();
        inbox.count(&mut counts);
        assert_eq!(counts.received.map(|class| class.dropped), [0, 0, 0, 7]);
        assert_eq!(counts.received.map(|class| class.frames), [1, 1, 0, 10]);
    }

    #[test]
    fn bytes_are_bounded_too_even_those_of_one_frame() {
        let inbox = Inbox::new(Room {
            frames: 10,
            bytes: 100,
        });
        (0..3).for_each(|k| inbox.put("key", Class::State, incoming(k, 40)));
        assert_eq!(drain(&inbox), [1, 2]);
        inbox.put("key", Class::State, incoming(9, 101));
        assert!(inbox.is_empty());
    }

    #[derive(Default)]
    struct Count(AtomicUsize);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn the_reader_is_woken_when_there_is_something_after_nothing() {
        let (inbox, count) = (Inbox::new(Room::default()), Arc::new(Count::default()));
        inbox.wake(count.clone().into());
        let woken = || count.0.load(Ordering::Relaxed);
        inbox.put("key", Class::State, incoming(1, 1));
        inbox.put("key", Class::Safety, incoming(2, 1));
        assert_eq!(woken(), 1);
        drain(&inbox);
        inbox.put("key", Class::State, incoming(3, 1));
        assert_eq!(woken(), 2);
    }

    #[test]
    fn each_new_key_is_told_once_and_so_many_only() {
        let (inbox, mut keys) = (Inbox::new(Room::default()), Vec::new());
        for k in 0..2 * KEYS {
            inbox.put(&format!("key {}", k % (KEYS + 7)), Class::Bulk, incoming(0, 1));
        }
        take(&inbox, &mut keys);
        assert!(take(&inbox, &mut Vec::new()).len() <= HANDFUL);
        assert_eq!(keys.len(), KEYS);
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), KEYS);
    }
}
