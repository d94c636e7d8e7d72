//! A loop ready made: one node over one transport.

use alloc::collections::VecDeque;

use crate::journal::{AppendError, CompactError, Journal, MemoryStorage, Storage, SyncError};
use crate::ledger::Entry;
use crate::node::Node;
use crate::output::{Event, Output};
use crate::time::Time;
use crate::transport::Transport;
use crate::travel::Travel;

/// Frames handled in one [`step`](Driver::step) at most, so that a flood does not keep the application waiting.
const FRAMES: usize = 1_024;
/// A journal longer than this, in bytes, may be worth writing anew.
const LONG: u64 = 1 << 20;

/// Drives a [`Node`] over a [`Transport`].
///
/// The application calls [`step`](Self::step) whenever it likes (in its control loop, at the latest at
/// [`wake`](Self::wake)) and does what the events say.
///
/// # Example
/// A coordinator and a robot in one thread, over the in-memory network:
/// ```
/// use fleet_core::drive::Driver;
/// use fleet_core::transport::MemoryNetwork;
/// use fleet_core::travel::Euclidean;
/// use fleet_core::{Config, Event, Node, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId};
/// use fleet_core::{TaskSpec, Time};
///
/// let (network, config) = (MemoryNetwork::new(), Config::new(NodeId::from_u128(100)));
/// let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
/// let mut chief = Driver::new(Node::coordinator(config.clone(), config.witnesses[0], 1)?, network.join(config.witnesses[0]));
/// let mut body = Driver::new(Node::robot(config, robot.clone(), 1)?, network.join(robot.id().node()));
///
/// let shelf = TaskSpec::new(TaskId::from_u128(7), vec![Stop::at(Place::at(3.0, 0.0))]);
/// chief.node_mut().submit(Time::ZERO, Task::new(shelf)?, &mut Euclidean).unwrap();
///
/// let started = (0..100).find_map(|tick| {
///     let now = Time::from_micros(tick * 100_000);
///     chief.step(now, &mut Euclidean);
///     body.step(now, &mut Euclidean);
///     while let Some(event) = body.next_event() {
///         if let Event::Start { task, .. } = event {
///             return Some(task.id());
///         }
///     }
///     None
/// });
/// assert_eq!(started, Some(TaskId::from_u128(7)));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
///
/// # With a journal
/// A witness keeps its promises in a [`Journal`]: see [`with_journal`](Driver::with_journal). What the node says, and
/// what it tells the application, waits for what it wanted written down before. While the journal fails the node
/// falls silent: it says nothing, so that others take it for gone, and its application is told nothing but to
/// stop. With each step the driver tries to write the node's whole memory anew, and goes on once that has succeeded.
#[derive(Debug)]
pub struct Driver<T: Transport, S: Storage = MemoryStorage> {
    node: Node,
    transport: T,
    events: VecDeque<Event>,
    /// Events that wait for the journal.
    held: VecDeque<Event>,
    refused: u64,
    journal: Option<Journal<S>>,
    /// Whether something was taken into the journal and is not known to be durable.
    unsynced: bool,
    /// Bytes of the journal at which it is seen whether it is worth compacting: that takes a look at all that is remembered.
    look_at: u64,
    failing: Option<JournalFailure<S::Error>>,
    silenced: u64,
}

/// Why a node has fallen silent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalFailure<E: core::error::Error + 'static> {
    /// An entry was not taken.
    #[error("the journal does not take what the node must remember: {0}")]
    Append(#[from] AppendError),
    /// It was taken, and could not be made durable.
    #[error("what the node must remember could not be written: {0}")]
    Sync(#[from] SyncError<E>),
    /// Writing all of it anew failed too.
    #[error("the journal could not be written anew: {0}")]
    Compact(#[from] CompactError<E>),
}

impl<T: Transport> Driver<T> {
    /// Of `node`, over `transport`, without a journal: what the node must remember is lost when it ends. Robots that are
    /// no witnesses need none.
    pub fn new(node: Node, transport: T) -> Self {
        Driver::build(node, transport, None)
    }
}

impl<T: Transport, S: Storage> Driver<T, S> {
    /// Of `node`, over `transport`, with a journal. Opening the journal gives the number of the node's life and what
    /// its former lives wrote down:
    ///
    /// ```
    /// use fleet_core::drive::Driver;
    /// use fleet_core::journal::{Journal, MemoryStorage}; // on a disk: `FileStorage`
    /// use fleet_core::transport::MemoryNetwork;
    /// use fleet_core::{Config, Node, NodeId};
    ///
    /// let id = NodeId::from_u128(100);
    /// let (journal, kept) = Journal::open(MemoryStorage::new())?;
    /// let node = Node::coordinator(Config::new(id), id, kept.boot)?.with_memory(kept.entries)?;
    /// let driver = Driver::with_journal(node, MemoryNetwork::new().join(id), journal);
    /// # let _ = driver;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_journal(node: Node, transport: T, journal: Journal<S>) -> Self {
        Driver::build(node, transport, Some(journal))
    }

    fn build(node: Node, transport: T, journal: Option<Journal<S>>) -> Self {
        Driver {
            node,
            transport,
            events: VecDeque::new(),
            held: VecDeque::new(),
            refused: 0,
            journal,
            unsynced: false,
            look_at: LONG,
            failing: None,
            silenced: 0,
        }
    }

    /// Handles the frames that have arrived and the time that has passed, and sends what the node wants sent.
    pub fn step(&mut self, now: Time, travel: &mut dyn Travel) {
        self.mend();
        self.flush();
        for _ in 0..FRAMES {
            let Some(incoming) = self.transport.recv() else {
                break;
            };
            self.node
                .handle_frame(now, incoming.from, &incoming.frame, travel);
            self.flush();
        }
        if self.node.poll_timeout().is_some_and(|timeout| timeout <= now) {
            self.node.handle_timeout(now, travel);
            self.flush();
        }
    }

    /// When to call [`step`](Self::step) at the latest, if no frame arrives before.
    pub fn wake(&self) -> Option<Time> {
        self.node.poll_timeout()
    }

    /// What the application should know or do next.
    pub fn next_event(&mut self) -> Option<Event> {
        self.flush();
        self.events.pop_front()
    }

    /// The node, to look at.
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The node, to give it commands. What it wants sent then goes out with the next call.
    pub const fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    /// The transport, to look at.
    pub const fn transport(&self) -> &T {
        &self.transport
    }

    /// The transport, to set it up. What is received or sent here passes the node by.
    pub const fn transport_mut(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Frames that the transport did not take. The node repeats what matters.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Why the node says nothing at present, if its journal fails.
    pub const fn journal_failure(&self) -> Option<&JournalFailure<S::Error>> {
        self.failing.as_ref()
    }

    /// The journal, if there is one, to look at or to mend.
    pub const fn journal_mut(&mut self) -> Option<&mut Journal<S>> {
        self.journal.as_mut()
    }

    /// The journal, if there is one, when the node has come to its end.
    pub fn into_journal(self) -> Option<Journal<S>> {
        self.journal
    }

    /// Frames that were not sent because the journal failed.
    pub const fn silenced(&self) -> u64 {
        self.silenced
    }

    fn flush(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Store(entry) => self.append(&entry),
                Output::Send(outgoing) if self.is_durable() => {
                    self.refused += u64::from(self.transport.send(outgoing).is_err());
                }
                Output::Send(_) => self.silenced += 1,
                // To stop is never too early.
                Output::Event(event @ (Event::Stop { .. } | Event::Retreat { .. })) => {
                    self.events.push_back(event)
                }
                Output::Event(event) if self.is_durable() => self.events.push_back(event),
                Output::Event(event) => self.held.push_back(event),
            }
        }
        self.is_durable();
    }

    fn append(&mut self, entry: &Entry) {
        let Some(journal) = &mut self.journal else {
            return;
        };
        self.unsynced = true;
        let taken = match journal.append(&entry.encode()) {
            // There is no room before what was taken is written, or before what is out of date is dropped.
            Err(AppendError::Unsynced | AppendError::Full) => return self.write_anew(),
            taken => taken,
        };
        if let Err(error) = taken {
            self.failing.get_or_insert(error.into());
        }
    }

    /// Makes all that was taken durable, and returns whether it is.
    fn is_durable(&mut self) -> bool {
        if self.failing.is_some() {
            return false;
        }
        let Some(journal) = self.journal.as_mut().filter(|_| self.unsynced) else {
            return true;
        };
        match journal.sync() {
            Ok(()) => {
                self.unsynced = false;
                let bytes = journal.len_bytes();
                if bytes > self.look_at {
                    self.look_at = next_look(bytes);
                    if journal.is_worth_compacting(live_bytes(&self.node)) {
                        self.write_anew();
                    }
                }
            }
            Err(error) => self.failing = Some(error.into()),
        }
        self.failing.is_none()
    }

    /// Writes all that the node must remember into a journal that begins anew.
    fn write_anew(&mut self) {
        let Some(journal) = &mut self.journal else {
            return;
        };
        match journal.compact(self.node.memory()) {
            Ok(()) => {
                (self.unsynced, self.failing) = (false, None);
                self.look_at = next_look(journal.len_bytes());
            }
            Err(error) => self.failing = Some(error.into()),
        }
    }

    /// After a failure: tries again, and tells what had to wait.
    fn mend(&mut self) {
        if self.failing.is_some() {
            self.flush();
            self.write_anew();
        }
        if self.failing.is_none() {
            self.events.append(&mut self.held);
        }
    }
}

/// When to look again at a journal of so many bytes: looks at all that is remembered cost less than it took to write it.
fn next_look(bytes: u64) -> u64 {
    LONG.max(bytes + bytes / 4)
}

/// Bytes that a journal of all that `node` must remember would have, about.
fn live_bytes(node: &Node) -> u64 {
    node.memory().map(|entry| entry.len() as u64 + 4).sum()
}
