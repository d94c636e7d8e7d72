//! What the node's thread is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use super::Turn;
use super::answer::{self, Answer, AskError};

/// Commands that wait; more are refused.
const QUEUE: usize = 1_024;

type Command = Box<dyn FnOnce(&mut Turn<'_>) + Send>;

/// Tells a [running](super::Runner) node what to do. Cheap to copy; never blocks.
#[derive(Clone, Debug)]
pub struct Handle {
    desk: Arc<Desk>,
    owner: Thread,
}

/// Why a command was not taken. Nothing of it was done.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PostError {
    /// Too many wait already. Try again later.
    #[error("too many commands wait already")]
    Full,
    /// The node has stopped.
    #[error("the node has stopped")]
    Stopped,
}

impl Handle {
    pub(super) fn new(desk: Arc<Desk>, owner: Thread) -> Self {
        Handle { desk, owner }
    }

    /// The node's thread will do this, after what it was told before. If the node stops first it is not done.
    ///
    /// # Errors
    /// If too many commands wait, or the node has stopped.
    pub fn post(&self, command: impl FnOnce(&mut Turn<'_>) + Send + 'static) -> Result<(), PostError> {
        self.desk.put(Box::new(command))?;
        self.owner.unpark();
        Ok(())
    }

    /// As [`post`](Self::post), with an answer, which can be waited for or awaited. Within a command or an event
    /// handler there is nobody who would answer: use the [`Turn`].
    pub fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Turn<'_>) -> R + Send + 'static,
    ) -> Answer<R> {
        let (promise, answer) = answer::pair();
        let posted = self.post(move |turn| promise.keep(question(turn)));
        match posted {
            Ok(()) => answer,
            Err(PostError::Full) => Answer::failed(AskError::Full),
            Err(PostError::Stopped) => Answer::failed(AskError::Stopped),
        }
    }

    /// Whether the node has stopped, or will not obey any more.
    pub fn is_stopped(&self) -> bool {
        !self.desk.lock().open || self.desk.is_stopping()
    }

    pub(super) fn stop(&self) {
        self.desk.stopping.store(true, Ordering::Release);
        self.owner.unpark();
    }

    pub(super) fn is_owner(&self) -> bool {
        thread::current().id() == self.owner.id()
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.desk
    }
}

/// Where commands wait for the node's thread.
#[derive(Debug, Default)]
pub(super) struct Desk {
    commands: Mutex<Commands>,
    stopping: AtomicBool,
    keep_driver: AtomicBool,
}

#[derive(Default)]
struct Commands {
    waiting: VecDeque<Command>,
    /// Whether somebody will come for them.
    open: bool,
}

impl std::fmt::Debug for Commands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commands")
            .field("waiting", &self.waiting.len())
            .field("open", &self.open)
            .finish()
    }
}

impl Desk {
    fn put(&self, command: Command) -> Result<(), PostError> {
        let mut commands = self.lock();
        if !commands.open || self.is_stopping() {
            return Err(PostError::Stopped);
        }
        if commands.waiting.len() >= QUEUE {
            return Err(PostError::Full);
        }
        commands.waiting.push_back(command);
        Ok(())
    }

    pub(super) fn next(&self) -> Option<Command> {
        self.lock().waiting.pop_front()
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.is_stopping() || !self.lock().waiting.is_empty()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub(super) fn keep_driver(&self) {
        self.keep_driver.store(true, Ordering::Release);
    }

    pub(super) fn is_driver_kept(&self) -> bool {
        self.keep_driver.load(Ordering::Acquire)
    }

    fn lock(&self) -> MutexGuard<'_, Commands> {
        // Nothing panics while it is held.
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the desk open; closes it when the node's thread ends, in whatever way. What waits then is never done.
pub(super) struct Gate(Arc<Desk>);

impl Gate {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        desk.lock().open = true;
        Gate(desk)
    }

    pub(super) fn desk(&self) -> &Desk {
        &self.0
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        let mut commands = self.0.lock();
        commands.open = false;
        let waiting = std::mem::take(&mut commands.waiting);
        drop(commands);
        // Whoever asked is told, without the lock.
        drop(waiting);
    }
}
