//! A thread of its own for a node: it owns the machine, and everybody else sends it what to do.

mod answer;
mod handle;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub use answer::{Answer, AskError};
use fleet_core::drive::Driver;
use fleet_core::journal::{MemoryStorage, Storage};
use fleet_core::travel::Travel;
use fleet_core::{Event, Node, Time};
use handle::{Desk, Gate};
pub use handle::{Handle, PostError};

use crate::arrivals::{Arrivals, this_thread};

/// Commands obeyed in one turn at most, so that they do not keep frames waiting.
const COMMANDS: usize = 256;
/// The longest rest: a clock that went on while the machine slept is looked at after that time.
const REST: Duration = Duration::from_secs(1);
/// How long [`Runner`] waits for its thread when it is dropped.
const DROP: Duration = Duration::from_secs(2);

/// What commands and event handlers work with: the node, and what its calls ask for.
///
/// ```no_run
/// # fn example(handle: fleet_zenoh::Handle, task: fleet_core::Task) -> Result<(), fleet_zenoh::PostError> {
/// handle.post(move |turn| {
///     let submitted = turn.node.submit(turn.now, task, turn.travel);
///     println!("{submitted:?}");
/// })
/// # }
/// ```
pub struct Turn<'a> {
    /// The time of the node's clock.
    pub now: Time,
    /// The node. What it wants sent goes out after the turn.
    pub node: &'a mut Node,
    /// The ways that it reckons with.
    pub travel: &'a mut dyn Travel,
}

/// A node at work, on a thread that owns it.
///
/// The thread wakes when a frame arrives, when it is [told](Handle) something, and when the node's time has come. It needs
/// no async runtime, and does not mind one.
///
/// Dropping it stops the node, and waits for that for two seconds at most; [`stop`](Self::stop) says whether it did.
///
/// # Example
/// ```no_run
/// use fleet_core::drive::Driver;
/// use fleet_core::travel::Euclidean;
/// use fleet_core::{Config, Event, Node, NodeId};
/// use fleet_zenoh::{Runner, Seat, ZenohSettings, ZenohTransport, monotonic};
///
/// let mut settings = ZenohSettings::default();
/// settings.listen = vec!["tcp/0.0.0.0:7447".into()];
/// let session = settings.open()?;
///
/// let id = NodeId::from_u128(100);
/// let transport = ZenohTransport::join(&session, Seat::node("warehouse-7".parse()?, id))?;
/// let driver = Driver::new(Node::coordinator(Config::new(id), id, 1)?, transport);
/// let runner = Runner::spawn(driver, Euclidean, monotonic(), |event, _turn| {
///     if let Event::Accepted(task) = event {
///         println!("{task} will not be lost");
///     }
/// })?;
/// let tasks = runner.handle().ask(|turn| turn.node.records().count());
/// println!("{} tasks", tasks.wait(std::time::Duration::from_secs(1))?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Runner<T: Arrivals, S: Storage = MemoryStorage> {
    handle: Handle,
    /// None once it was waited for.
    thread: Option<JoinHandle<Option<Driver<T, S>>>>,
    /// Disconnected when the thread has ended.
    ended: Receiver<()>,
}

/// Why it is not known that a node has stopped as it should.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StopError {
    /// A command or an event handler is still at work. The node stops as soon as that has ended.
    #[error("the node is still busy after {0:?}")]
    Busy(Duration),
    /// A command or an event handler panicked, and the node stopped then.
    #[error("the node had stopped: {0}")]
    Panicked(String),
}

/// A clock that starts now. It may stand still while the machine sleeps: if that can happen to a robot, pass a clock
/// that does not.
pub fn monotonic() -> impl Fn() -> Time + Send + 'static {
    let start = Instant::now();
    move || Time::ZERO + start.elapsed()
}

impl<T, S> Runner<T, S>
where
    T: Arrivals + Send + 'static,
    S: Storage + Send + 'static,
    S::Error: Send,
{
    /// Starts a thread that drives `driver` with this `travel` and `clock`, and calls `on_event` for each event.
    ///
    /// `on_event` runs on that thread: while it works the node does nothing. What takes time belongs elsewhere.
    ///
    /// # Errors
    /// If the machine gives no thread.
    pub fn spawn(
        driver: Driver<T, S>,
        travel: impl Travel + Send + 'static,
        clock: impl FnMut() -> Time + Send + 'static,
        on_event: impl FnMut(Event, &mut Turn<'_>) + Send + 'static,
    ) -> io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let (end, ended) = channel();
        let owner = Owner {
            driver,
            travel,
            clock,
            on_event,
        };
        let gate = Gate::new(desk.clone());
        let thread = thread::Builder::new()
            .name("fleet-node".to_owned())
            .spawn(move || work(owner, gate, end))?;
        Ok(Runner {
            handle: Handle::new(desk, thread.thread().clone()),
            thread: Some(thread),
            ended,
        })
    }
}

impl<T: Arrivals, S: Storage> Runner<T, S> {
    /// To tell the node what to do, from any thread. It may outlive the runner.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Stops the node, and closes its journal and its transport. Blocks for `within` at most.
    ///
    /// # Errors
    /// If the thread was busy for longer, or had panicked.
    pub fn stop(mut self, within: Duration) -> Result<(), StopError> {
        self.end(within).map(drop)
    }

    /// Stops the node and gives it back, with its journal and its transport. Blocks for `within` at most.
    ///
    /// # Errors
    /// If the thread was busy for longer, or had panicked.
    pub fn into_driver(mut self, within: Duration) -> Result<Driver<T, S>, StopError> {
        self.handle.desk().keep_driver();
        let driver = self.end(within)?;
        driver.ok_or_else(|| StopError::Panicked("without its driver".to_owned()))
    }

    fn end(&mut self, within: Duration) -> Result<Option<Driver<T, S>>, StopError> {
        self.handle.stop();
        if self.ended.recv_timeout(within) == Err(RecvTimeoutError::Timeout) {
            self.thread = None; // it goes by itself
            return Err(StopError::Busy(within));
        }
        let Some(thread) = self.thread.take() else {
            return Ok(None);
        };
        thread.join().map_err(|panic| {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            StopError::Panicked(text.unwrap_or_else(|| "it panicked".to_owned()))
        })
    }
}

impl<T: Arrivals, S: Storage> Drop for Runner<T, S> {
    fn drop(&mut self) {
        self.handle.stop();
        let own = self.handle.is_owner();
        if self.thread.is_some() && !own {
            // Whether it was in time: nobody is there to be told.
            let _ = self.ended.recv_timeout(DROP);
        }
    }
}

/// The thread. The driver is dropped here, unless somebody asked for it: a session may not be closed everywhere.
fn work<T, S, V, C, E>(mut owner: Owner<T, S, V, C, E>, gate: Gate, end: Sender<()>) -> Option<Driver<T, S>>
where
    T: Arrivals,
    S: Storage,
    V: Travel,
    C: FnMut() -> Time,
    E: FnMut(Event, &mut Turn<'_>),
{
    owner.run(gate.desk());
    let driver = gate.desk().is_driver_kept().then_some(owner.driver);
    drop(gate);
    drop(end);
    driver
}

/// Owns the machine.
struct Owner<T: Arrivals, S: Storage, V, C, E> {
    driver: Driver<T, S>,
    travel: V,
    clock: C,
    on_event: E,
}

impl<T, S, V, C, E> Owner<T, S, V, C, E>
where
    T: Arrivals,
    S: Storage,
    V: Travel,
    C: FnMut() -> Time,
    E: FnMut(Event, &mut Turn<'_>),
{
    fn run(&mut self, desk: &Desk) {
        self.driver.transport_mut().wake(this_thread());
        while !desk.is_stopping() {
            self.obey(desk);
            self.driver.step((self.clock)(), &mut self.travel);
            self.tell();
            self.rest(desk);
        }
        // What was commanded before the end is done and sent.
        self.obey(desk);
        self.driver.step((self.clock)(), &mut self.travel);
        self.tell();
    }

    fn obey(&mut self, desk: &Desk) {
        for _ in 0..COMMANDS {
            let Some(command) = desk.next() else { break };
            command(&mut Turn {
                now: (self.clock)(),
                node: self.driver.node_mut(),
                travel: &mut self.travel,
            });
        }
    }

    fn tell(&mut self) {
        while let Some(event) = self.driver.next_event() {
            let mut turn = Turn {
                now: (self.clock)(),
                node: self.driver.node_mut(),
                travel: &mut self.travel,
            };
            (self.on_event)(event, &mut turn);
        }
    }

    /// Until there is something to do. Whatever comes after a look has unparked the thread.
    fn rest(&mut self, desk: &Desk) {
        let wake = self.driver.wake().unwrap_or(Time::NEVER);
        let left = wake.since((self.clock)()).min(REST);
        let idle = !desk.is_waiting() && !self.driver.transport().has_arrived();
        if idle && !left.is_zero() {
            thread::park_timeout(left);
        }
    }
}
