//! Probes over a Zenoh session.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fleet_core::transport::Class;
use fleet_core::{Invalid, NodeId, Time};
use zenoh::pubsub::Subscriber;
use zenoh::qos::CongestionControl;
use zenoh::sample::{Sample, SampleKind};
use zenoh::{Session, Wait};

use super::{LinkMonitor, LinkReport, LinkSettings, Meter};
use crate::key::{self, FleetId};
use crate::quality;

/// The longest rest of the thread that asks.
const REST: Duration = Duration::from_secs(1);

/// Measures the links of one node over a Zenoh session, and answers whoever measures the link to it.
///
/// It has a thread, which ends when this is dropped; that must not happen within a Tokio runtime of one thread if nobody
/// else has the session.
#[derive(Debug)]
pub struct Links {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    _subscriber: Subscriber<()>,
}

/// Why links are not measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinksError {
    /// A setting cannot be.
    #[error(transparent)]
    Settings(#[from] Invalid),
    /// The session is closed.
    #[error("the session does not subscribe: {0}")]
    Subscribe(zenoh::Error),
    /// The machine gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(#[from] io::Error),
}

#[derive(Debug)]
pub(super) struct Shared {
    monitor: Mutex<LinkMonitor>,
    start: Instant,
    ends: AtomicBool,
}

impl Shared {
    pub(super) fn now(&self) -> Time {
        Time::ZERO + self.start.elapsed()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, LinkMonitor> {
        // Nothing panics while it is held.
        self.monitor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Links {
    /// Answers for `node` from now on; [`watch`](Self::watch) says which links are measured.
    ///
    /// # Errors
    /// If a setting cannot be, the session is closed, or the machine gives no thread.
    pub fn start(
        session: &Session,
        fleet: FleetId,
        node: NodeId,
        settings: LinkSettings,
    ) -> Result<Self, LinksError> {
        let shared = Arc::new(Shared {
            monitor: Mutex::new(LinkMonitor::new(settings)?),
            start: Instant::now(),
            ends: AtomicBool::new(false),
        });
        let wire = Wire {
            session: session.clone(),
            fleet,
            node,
        };
        let subscriber = wire
            .clone()
            .subscribe(shared.clone())
            .map_err(LinksError::Subscribe)?;
        let own = shared.clone();
        let thread = thread::Builder::new()
            .name("fleet-links".to_owned())
            .spawn(move || ask(&own, &wire))?;
        Ok(Links {
            shared,
            thread: Some(thread),
            _subscriber: subscriber,
        })
    }

    /// From now on the link to `node` is measured. `false` if there are 1,024 already.
    pub fn watch(&self, node: NodeId) -> bool {
        let now = self.shared.now();
        let watched = self.shared.lock().watch(node, now);
        self.wake();
        watched
    }

    /// The link to `node` is not measured any more.
    pub fn forget(&self, node: NodeId) {
        self.shared.lock().forget(node);
    }

    /// How the links that are watched are now, by node.
    pub fn reports(&self) -> Vec<LinkReport> {
        let now = self.shared.now();
        self.shared.lock().reports(now)
    }

    /// To tell of bytes that have arrived.
    pub fn meter(&self) -> Meter {
        Meter(self.shared.clone())
    }

    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Release);
        self.wake();
        if let Some(thread) = self.thread.take() {
            // It does not panic, and nobody is there to be told.
            let _ = thread.join();
        }
    }
}

/// The thread that asks.
fn ask(shared: &Shared, wire: &Wire) {
    while !shared.ends.load(Ordering::Acquire) {
        let due = {
            let now = shared.now();
            let mut monitor = shared.lock();
            std::iter::from_fn(|| monitor.poll(now)).collect::<Vec<_>>()
        };
        for (to, probe) in due {
            wire.send(to, &probe);
        }
        let next = shared.lock().next_timeout().unwrap_or(Time::NEVER);
        thread::park_timeout(next.since(shared.now()).min(REST));
    }
}

/// Where probes go.
#[derive(Clone, Debug)]
struct Wire {
    session: Session,
    fleet: FleetId,
    node: NodeId,
}

impl Wire {
    /// As control frames are sent. A probe that is not sent is lost, and counts so.
    fn send(&self, to: NodeId, probe: &[u8]) {
        let put = self
            .session
            .put(key::probe(&self.fleet, to, self.node), probe)
            .priority(quality::priority(Class::Control))
            .congestion_control(CongestionControl::Drop);
        let _ = put.wait();
    }

    fn subscribe(self, shared: Arc<Shared>) -> zenoh::Result<Subscriber<()>> {
        let prefix = key::probe_prefix(&self.fleet, self.node);
        let (session, keys) = (self.session.clone(), format!("{prefix}**"));
        let receive = move |sample: Sample| {
            let from = key::sender(sample.key_expr().as_str(), &prefix);
            let Some(from) = from.filter(|from| *from != self.node && sample.kind() == SampleKind::Put)
            else {
                return;
            };
            let now = shared.now();
            let answer = shared.lock().handle(now, from, &sample.payload().to_bytes());
            if let Some(answer) = answer {
                self.send(from, &answer);
            }
        };
        session.declare_subscriber(keys).callback(receive).wait()
    }
}
