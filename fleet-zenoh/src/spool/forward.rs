//! The thread that sends what waits.

use std::fmt;
use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use fleet_core::{Invalid, Time};

use super::counts::Counts;
use super::disk::{Item, Spool, SpoolError};
use super::name::Name;
use super::rate::Bucket;
use super::sink::{Sink, SinkError};
use crate::key::FleetId;

/// The longest rest while something waits: after it the gate is looked at again.
const LOOK: Duration = Duration::from_secs(1);
/// Characters of an error that are kept.
const WHY: usize = 512;
/// How long a forwarder that is dropped waits for its thread.
const END: Duration = Duration::from_secs(2);

/// How items are sent.
#[non_exhaustive]
pub struct ForwardSettings {
    /// What keys begin with: the fleet, and the node.
    pub origin: String,
    /// Bytes a second, on average. Items are sent whole: each waits until its bytes may be sent.
    pub rate: u32,
    /// Bytes that may be sent at once after a rest.
    pub burst: u64,
    /// How long to wait after the sink has said "again". Doubled each time,
    pub retry: Duration,
    /// up to this.
    pub longest_retry: Duration,
    /// Whether anything may be sent now. It is asked before each item, and at least once a second while something waits.
    /// None is always.
    pub may_send: Option<Box<dyn Fn() -> bool + Send>>,
}

impl ForwardSettings {
    /// From this node of this fleet: 50,000 bytes a second, and as many at once; the next try after a second, doubled up to a
    /// minute.
    pub fn new(fleet: &FleetId, node: &Name) -> Self {
        ForwardSettings {
            origin: format!("{fleet}/{node}"),
            rate: 50_000,
            burst: 50_000,
            retry: Duration::from_secs(1),
            longest_retry: Duration::from_secs(60),
            may_send: None,
        }
    }
}

impl fmt::Debug for ForwardSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForwardSettings")
            .field("origin", &self.origin)
            .field("rate", &self.rate)
            .field("burst", &self.burst)
            .field("retry", &self.retry)
            .field("longest_retry", &self.longest_retry)
            .finish_non_exhaustive()
    }
}

/// Why nothing is sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// A setting cannot be.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// The machine gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(#[from] io::Error),
    /// The sink takes longer. The thread ends when it is back; what it sends stays in the spool as well.
    #[error("the sink is busy for longer than {0:?}: what it has at hand is sent again later")]
    Late(Duration),
    /// The sink has panicked.
    #[error("the sink has panicked, and nothing is sent any more: what waits stays in the spool")]
    Panicked,
}

/// Sends what is in a spool, on a thread of its own: oldest first, each under `<fleet>/<node>/<number>-<name>.gz`, within the
/// rate, and deletes each item when the sink has confirmed it. An item that is sent, but whose deletion a crash prevented, is
/// sent again under the same key.
#[derive(Debug)]
pub struct Forwarder {
    shared: Arc<Shared>,
    /// Disconnected when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    spool: Spool,
    failed: u64,
    last_error: Option<String>,
    ends: bool,
    has_panicked: bool,
    /// How often somebody wanted a try at once, and which of these have failed.
    hurry: u64,
    in_vain: u64,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest<'a>(&'a self, state: MutexGuard<'a, State>, at_most: Duration) -> MutexGuard<'a, State> {
        let rested = self.changed.wait_timeout(state, at_most);
        rested.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Forwarder {
    /// Begins with what waits in `spool`.
    ///
    /// # Errors
    /// If the rate is zero, or the machine gives no thread.
    pub fn start(
        spool: Spool,
        sink: impl Sink + 'static,
        settings: ForwardSettings,
    ) -> Result<Self, ForwardError> {
        let bucket = Bucket::new(settings.rate, settings.burst, Time::ZERO)?;
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                spool,
                failed: 0,
                last_error: None,
                ends: false,
                has_panicked: false,
                hurry: 0,
                in_vain: 0,
            }),
            changed: Condvar::new(),
        });
        let (end, ended) = channel::<()>();
        let sender = Sender {
            shared: shared.clone(),
            sink,
            bucket,
            start: Instant::now(),
            patience: settings.retry,
            again: None,
            settings,
        };
        let thread = thread::Builder::new().name("fleet-forward".to_owned());
        thread.spawn(move || {
            // Dropped from the last to the first, even if the sink panics: who hears of the end finds the folder free.
            let _end = end;
            let mut sender = sender;
            let _watch = PanicWatch(sender.shared.clone());
            sender.run();
        })?;
        Ok(Forwarder {
            shared,
            ended: Mutex::new(ended),
        })
    }

    /// Keeps `content` in the spool, and has it sent. Waits for the disk, not for the sink.
    ///
    /// # Errors
    /// As [`Spool::put`].
    pub fn put(&self, name: &Name, content: &[u8]) -> Result<(), SpoolError> {
        let put = self.shared.lock().spool.put(name, content);
        self.shared.changed.notify_all();
        put
    }

    /// What waits, and what has become of the rest.
    pub fn counts(&self) -> Counts {
        let state = self.shared.lock();
        Counts {
            failed: state.failed,
            last_error: state.last_error.clone(),
            ..state.spool.counts()
        }
    }

    /// Tries at once, whatever came before, and waits until nothing waits any more, the sink has said "again" to that, or the
    /// time is over. Returns whether nothing waits.
    pub fn flush(&self, within: Duration) -> bool {
        let began = Instant::now();
        let mut state = self.shared.lock();
        state.hurry += 1;
        let mine = state.hurry;
        self.shared.changed.notify_all();
        loop {
            let left = within.saturating_sub(began.elapsed());
            let is_empty = state.spool.first().is_none();
            if is_empty || state.in_vain >= mine || state.has_panicked || left.is_zero() {
                return is_empty;
            }
            state = self.shared.rest(state, left);
        }
    }

    /// Ends the thread. What waits stays in the spool.
    ///
    /// # Errors
    /// If the sink takes longer than `within` for what it has at hand, or had panicked. The folder is free when it has ended.
    pub fn stop(self, within: Duration) -> Result<(), ForwardError> {
        if !self.end(within) {
            return Err(ForwardError::Late(within));
        }
        match self.shared.lock().has_panicked {
            true => Err(ForwardError::Panicked),
            false => Ok(()),
        }
    }

    /// Whether the thread has ended in time.
    fn end(&self, within: Duration) -> bool {
        self.shared.lock().ends = true;
        self.shared.changed.notify_all();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.recv_timeout(within) == Err(RecvTimeoutError::Disconnected)
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        if !self.shared.lock().ends {
            self.end(END);
        }
    }
}

/// Tells those who wait if the thread panics.
struct PanicWatch(Arc<Shared>);

impl Drop for PanicWatch {
    fn drop(&mut self) {
        self.0.lock().has_panicked = thread::panicking();
        self.0.changed.notify_all();
    }
}

/// What the thread has.
struct Sender<S> {
    shared: Arc<Shared>,
    sink: S,
    bucket: Bucket,
    start: Instant,
    settings: ForwardSettings,
    /// How long to wait after the next "again".
    patience: Duration,
    /// The last "again": when it was, how long to wait after it, and who had been in a hurry by then.
    again: Option<(Instant, Duration, u64)>,
}

impl<S: Sink> Sender<S> {
    fn run(&mut self) {
        let shared = self.shared.clone();
        loop {
            // Not under the lock: who is asked may ask back.
            let may_send = self.settings.may_send.as_ref().is_none_or(|may| may());
            let mut state = shared.lock();
            if state.ends {
                return;
            }
            match self.next(&mut state, may_send) {
                Next::Rest(time) => drop(shared.rest(state, time)),
                Next::Again => {}
                Next::Send(item, content, hurry) => {
                    drop(state);
                    let result = self.sink.put(&self.key(&item), content);
                    self.note(&mut shared.lock(), &item, result, hurry);
                    shared.changed.notify_all();
                }
            }
        }
    }

    /// What is to be done now.
    fn next(&mut self, state: &mut State, may_send: bool) -> Next {
        let Some((item, bytes)) = state.spool.first().map(|(item, bytes)| (item.clone(), bytes)) else {
            return Next::Rest(LOOK);
        };
        if let Some((at, wait, hurry)) = self.again
            && state.hurry == hurry
        {
            let left = wait.saturating_sub(at.elapsed());
            if !left.is_zero() {
                return Next::Rest(left);
            }
        }
        if !may_send {
            return Next::Rest(LOOK);
        }
        if let Err(wait) = self.bucket.take(bytes, Time::ZERO + self.start.elapsed()) {
            return Next::Rest(wait.min(LOOK));
        }
        let hurry = state.hurry;
        match state.spool.take(&item) {
            Ok(Some(content)) => Next::Send(item, content, hurry),
            Ok(None) => Next::Again,
            Err(error) => {
                self.again(state, &error.to_string(), hurry);
                self.shared.changed.notify_all();
                Next::Again
            }
        }
    }

    fn note(&mut self, state: &mut State, item: &Item, result: Result<(), SinkError>, hurry: u64) {
        (state.last_error, self.again) = (None, None);
        match result {
            Ok(()) => state.spool.sent(item),
            Err(SinkError::Never(why)) => {
                state.spool.refused(item);
                state.last_error = Some(cut(&why));
            }
            Err(SinkError::Again(why)) => {
                state.spool.put_back();
                return self.again(state, &why, hurry);
            }
        }
        self.patience = self.settings.retry;
    }

    /// The next try is later, unless somebody is in a hurry by then.
    fn again(&mut self, state: &mut State, why: &str, hurry: u64) {
        (state.failed, state.in_vain) = (state.failed + 1, hurry);
        state.last_error = Some(cut(why));
        self.again = Some((Instant::now(), self.patience, hurry));
        self.patience = self.patience.saturating_mul(2).min(self.settings.longest_retry);
    }

    fn key(&self, item: &Item) -> String {
        format!("{}/{}", self.settings.origin, item.file())
    }
}

/// As much of it as is kept.
fn cut(why: &str) -> String {
    why.chars().take(WHY).collect()
}

enum Next {
    Rest(Duration),
    Again,
    /// And what was in a hurry by then.
    Send(Item, Vec<u8>, u64),
}
