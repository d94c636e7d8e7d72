//! Where an orchestrator answers what people ask, and tells the news: a thread beside the node's.

mod audit;
mod news;
mod orders;
mod views;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use fleet_core::output::Awarded;
use fleet_core::{Decline, Event, NodeId, RobotId, TaskId};
use fleet_zenoh::{FleetId, Handle, Turn};
use serde_json::Value;
use zenoh::pubsub::Publisher;
use zenoh::qos::{CongestionControl, Priority};
use zenoh::query::{Query, Queryable};
use zenoh::{Session, Wait};

use crate::ask::{self, QUESTION, Refusal, Verb};
use crate::links::Neighbours;
use crate::{Wrong, node};
pub use audit::Scribe;
use waiting::Waiting;

/// Events that wait to be told.
const ROOM: usize = 8_192;
/// Questions that wait to be read; each may be as long as [`QUESTION`].
const QUESTIONS: usize = 64;
/// Questions that wait for a majority, or for an end.
const WAITING: usize = 64;
/// How long such a question is kept.
const PATIENCE: Duration = Duration::from_secs(5);
/// Time between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(20);
/// Time between two news of robots.
const ROBOTS: Duration = Duration::from_secs(1);
/// How long the node may take to answer.
const NODE: Duration = Duration::from_secs(2);
/// Auctions that are remembered, to explain them.
const AUCTIONS: usize = 10_000;

/// What comes to the desk.
enum Item {
    Question(Query),
    Event(Box<Event>, f64),
}

/// The way to the desk.
#[derive(Clone)]
pub struct Tray {
    to: SyncSender<Item>,
    lost: Arc<AtomicU64>,
    /// Questions that wait to be read.
    questions: Arc<AtomicUsize>,
    scribe: Scribe,
}

impl Tray {
    /// Something happened at the node. Never blocks: news that find no room are counted and dropped.
    pub fn tell(&self, event: &Event, turn: &Turn<'_>) {
        if news::is_news(event) && turn.node.leads(turn.now) {
            let item = Item::Event(Box::new(event.clone()), node::utc().as_secs_f64());
            self.lost
                .fetch_add(u64::from(self.to.try_send(item).is_err()), Ordering::Relaxed);
        }
    }

    fn ask(&self, query: Query) {
        let length = query.payload().map_or(0, |payload| payload.len());
        if length > QUESTION {
            let message = format!("has {length} bytes, more than the {QUESTION} allowed");
            return self.refuse(&query, Wrong::new("", message).into());
        }
        if self.questions.fetch_add(1, Ordering::Relaxed) >= QUESTIONS {
            self.questions.fetch_sub(1, Ordering::Relaxed);
            return self.refuse(&query, busy());
        }
        if let Err(TrySendError::Full(Item::Question(query))) = self.to.try_send(Item::Question(query)) {
            self.questions.fetch_sub(1, Ordering::Relaxed);
            self.refuse(&query, busy());
        }
    }

    fn refuse(&self, query: &Query, refusal: Refusal) {
        self.scribe.answer(query, &refusal.json());
    }
}

fn busy() -> Refusal {
    Refusal::for_now("too many questions wait already: ask again")
}

/// Where what is for the desk waits before it is open.
pub struct Opening {
    tray: Tray,
    from: Receiver<Item>,
}

/// How a task came to its robot, or did not.
#[derive(Default)]
struct Auction {
    award: Option<Awarded>,
    declined: Vec<(RobotId, Decline)>,
}

/// Who answers.
pub struct Identity {
    /// The fleet.
    pub fleet: FleetId,
    /// The orchestrator.
    pub id: NodeId,
    /// Robots that belong to the fleet, if that is known.
    pub size: Option<usize>,
    /// Counts its lives.
    pub boot: u32,
    /// Its links.
    pub neighbours: Neighbours,
}

/// The desk at work.
pub struct Desk {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Clerk {
    me: Identity,
    node: Handle,
    from: Receiver<Item>,
    lost: Arc<AtomicU64>,
    questions: Arc<AtomicUsize>,
    scribe: Scribe,
    waiting: Vec<Waiting>,
    auctions: BTreeMap<TaskId, Auction>,
    tasks: Publisher<'static>,
    robots: Publisher<'static>,
    /// The robots as they were last told of.
    told: BTreeMap<RobotId, Value>,
    next_look: Instant,
    next_robots: Instant,
    _questions: Queryable<()>,
}

/// A desk to be; its tray can be used at once. `scribe` writes down what is ordered.
pub fn opening(scribe: Scribe) -> Opening {
    let (to, from) = sync_channel(ROOM);
    let (lost, questions) = (Arc::default(), Arc::default());
    Opening {
        tray: Tray {
            to,
            lost,
            questions,
            scribe,
        },
        from,
    }
}

impl Opening {
    /// The way to it.
    pub fn tray(&self) -> Tray {
        self.tray.clone()
    }

    /// Answers questions from now on.
    ///
    /// # Errors
    /// If the session takes no questions, or the machine gives no thread.
    pub fn open(self, session: &Session, me: Identity, node: Handle) -> Result<Desk, String> {
        let publisher = |what: &str| {
            session
                .declare_publisher(format!("fleet/{}/news/{what}/{}/*", me.fleet, me.id))
                .priority(Priority::DataLow)
                .congestion_control(CongestionControl::Drop)
                .wait()
                .map_err(|error| format!("news cannot be told: {error}"))
        };
        let (tasks, robots) = (publisher("task")?, publisher("robot")?);
        let tray = self.tray.clone();
        let questions = session
            .declare_queryable(ask::questions(&me.fleet))
            .callback(move |query| tray.ask(query))
            .wait()
            .map_err(|error| format!("questions cannot be taken: {error}"))?;
        let mut clerk = Clerk {
            me,
            node,
            from: self.from,
            lost: self.tray.lost,
            questions: self.tray.questions,
            scribe: self.tray.scribe,
            waiting: Vec::new(),
            auctions: BTreeMap::new(),
            tasks,
            robots,
            told: BTreeMap::new(),
            next_look: Instant::now(),
            next_robots: Instant::now(),
            _questions: questions,
        };
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        let thread = thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || clerk.work(&told))
            .map_err(|error| format!("no thread could be started: {error}"))?;
        Ok(Desk {
            stop,
            thread: Some(thread),
        })
    }
}

impl Desk {
    /// Answers what it has taken, and closes. What waits for a majority is waited for as long as ever.
    pub fn close(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // if it panicked that was told already
        }
    }
}

impl Clerk {
    fn work(&mut self, stop: &AtomicBool) {
        while !(stop.load(Ordering::Relaxed) && self.waiting.is_empty()) {
            match self.from.recv_timeout(LOOK) {
                Ok(Item::Question(query)) => {
                    self.questions.fetch_sub(1, Ordering::Relaxed);
                    self.question(&query);
                }
                Ok(Item::Event(event, at)) => self.event(&event, at),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look();
            self.tell_of_robots();
        }
    }

    fn question(&mut self, query: &Query) {
        match self.handle(query) {
            Ok(Some(value)) => self.scribe.answer(query, &value),
            Ok(None) => {}
            Err(refusal) => self.scribe.answer(query, &refusal.json()),
        }
    }

    /// The answer; none if it comes later.
    fn handle(&mut self, query: &Query) -> Result<Option<Value>, Refusal> {
        let Some((verb, _)) = Verb::of(query.key_expr().as_str()) else {
            return Err(Wrong::new("", "the key must be fleet/<fleet>/ask/<verb>/<caller>").into());
        };
        let value = &read(query)?;
        match verb {
            Verb::Submit => self.submit(value, query),
            Verb::Cancel => self.cancel(value, query),
            Verb::Drain => self.drain(value).map(Some),
            Verb::List => self.list(value).map(Some),
            Verb::Status => self.status().map(Some),
            Verb::Explain => self.explain(value).map(Some),
        }
    }

    /// Asks the node.
    fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Turn<'_>) -> R + Send + 'static,
    ) -> Result<R, Refusal> {
        let answer = self.node.ask(question).wait(NODE);
        answer
            .map_err(|error| Refusal::for_now(format_args!("the orchestrator does not come to it: {error}")))
    }
}

fn read(query: &Query) -> Result<Value, Wrong> {
    let bytes = query
        .payload()
        .map(|payload| payload.to_bytes())
        .unwrap_or_default();
    if bytes.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(&bytes).map_err(|error| Wrong::new("", format_args!("is no JSON: {error}")))
}
