//! One witness: it keeps records, grants leases, and sees to it that a majority knows what must not be forgotten.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::matters::Matter;
use super::recovery::Recovery;
use super::ruling::{Owed, Ruling};
use super::store::{Ledger, Promise};
use super::sync::Peers;
use super::{Entry, LeaseTerms};
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::message::{Between, News, Refusal};
use crate::panel::Panel;
use crate::planted::{self, Bug};
use crate::record::{Order, Phase, TaskRecord, TaskState};
use crate::task::Task;
use crate::time::{Time, UtcTime};

/// What the witnesses of a fleet agree on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Rules {
    /// All of them, and which are a majority.
    pub panel: Panel,
    /// How long owners may act.
    pub lease: LeaseTerms,
    /// Time between two signs of life.
    pub heartbeat: Duration,
    /// Silence after which a witness is thought to be gone.
    pub suspicion: Duration,
    /// Time until something is said again if there is no answer.
    pub retry: Duration,
    /// How long the content of an ended task is kept.
    pub keep: Duration,
    /// How long it is remembered that a task has ended: longer than any frame, and any submitter, is late.
    pub remember: Duration,
    /// Tasks that are kept.
    pub tasks: usize,
    /// Tasks in one message.
    pub batch: usize,
}

impl Rules {
    /// Whether `node` is to follow the present witnesses and is none of them: it begins without their memory.
    fn is_new(&self, node: NodeId) -> bool {
        self.panel.successors().contains(&node) && !self.panel.is_present(node)
    }
}

/// What a witness wants done, in order: a [`Store`](Effect::Store) must be durable before what follows it is sent.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Effect {
    /// Write this down.
    Store(Entry),
    /// Tell another witness.
    Send(NodeId, Between),
    /// A record has changed.
    Changed {
        /// The task.
        task: TaskId,
        /// How it stood; `None` if it was not known.
        before: Option<TaskState>,
        /// How it stands.
        after: TaskState,
    },
    /// Another task was submitted elsewhere under the id of this one.
    Conflict(TaskId),
    /// People ordered something of a task.
    Ordered(TaskId),
}

/// What a witness makes of a robot's final news.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Said {
    /// It is kept, or the task has ended already: it need not be said again.
    Kept,
    /// The task was given to another, or taken back, since: only a new decision can end it.
    Late,
    /// There is no such task.
    Unknown,
    /// This witness cannot say.
    Unheard,
}

/// One witness.
///
/// A state machine without I/O: call it, then drain [`poll`](Self::poll). It never trusts its own clock against
/// another's: no message carries a moment.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Witness {
    pub(super) me: NodeId,
    pub(super) boot: u32,
    pub(super) rules: Rules,
    pub(super) ledger: Ledger,
    pub(super) peers: Peers,
    pub(super) recovery: Option<Recovery>,
    pub(super) matters: BTreeMap<TaskId, Matter>,
    pub(super) rulings: BTreeMap<TaskId, Ruling>,
    /// Decisions of others that are answered when a lease has run out.
    pub(super) owed: BTreeMap<TaskId, Owed>,
    /// Ended tasks whose content is still kept, the earliest first.
    pub(super) ended: VecDeque<(Time, TaskId)>,
    /// Ended tasks without content, the earliest first.
    pub(super) buried: VecDeque<(Time, TaskId)>,
    /// Those that all others are known to have got over, and since when.
    pub(super) leaving: VecDeque<(Time, TaskId)>,
    /// Tasks in the order in which they were settled in this life, and the number of the first.
    pub(super) log: VecDeque<TaskId>,
    pub(super) log_from: u32,
    /// Tasks that somebody here has to know about and does not.
    pub(super) missing: BTreeSet<TaskId>,
    /// When the set of witnesses was last changed here.
    pub(super) changed_at: Time,
    pub(super) born: Option<Time>,
    out: VecDeque<Effect>,
}

impl Witness {
    /// A witness in its life number `boot`, without memory: 1 at first, and higher after each restart.
    ///
    /// In a later life it takes no part until every lease of its former life has run out, and all others have then
    /// told it what it has forgotten.
    pub fn new(me: NodeId, boot: u32, rules: Rules) -> Self {
        Witness::recovered(me, boot, rules, [])
    }

    /// A witness with the memory that its journal kept, which goes on at once; unless that is empty in a later life,
    /// or was lost in a former one and not got back.
    pub fn recovered(me: NodeId, boot: u32, rules: Rules, entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut witness = Witness {
            me,
            boot,
            peers: Peers::new(me, &rules),
            rules,
            ledger: Ledger::default(),
            recovery: None,
            matters: BTreeMap::new(),
            rulings: BTreeMap::new(),
            owed: BTreeMap::new(),
            ended: VecDeque::new(),
            buried: VecDeque::new(),
            leaving: VecDeque::new(),
            log: VecDeque::new(),
            log_from: 0,
            missing: BTreeSet::new(),
            changed_at: Time::ZERO,
            born: None,
            out: VecDeque::new(),
        };
        let mut entries = entries.into_iter().peekable();
        let had_memory = boot > 1 || witness.rules.is_new(me);
        witness.recovery = (had_memory && entries.peek().is_none()).then(Recovery::default);
        entries.for_each(|entry| witness.replay(entry));
        witness
    }

    fn replay(&mut self, entry: Entry) {
        match entry {
            Entry::Record(record) => self.ledger.insert(record, Time::ZERO),
            Entry::State { task, state, order } => {
                self.ledger.change(task, Time::ZERO, |record| {
                    (record.state, record.order) = (state, order);
                    true
                });
            }
            Entry::Promise {
                task,
                epoch,
                to,
                lease,
            } => {
                if let Some(promise) = self.ledger.promise_mut(task) {
                    (promise.epoch, promise.to) = (epoch, to);
                    promise.owner = lease.then_some((to, epoch)).or(promise.owner);
                }
            }
            Entry::Buried { task, state } => self.ledger.bury(task, state, Time::ZERO),
            Entry::Forgotten(task) => self.ledger.forget(task),
            Entry::Drain { .. } => {}
            Entry::Lost => self.recovery = Some(Recovery::default()),
            Entry::Regained => self.recovery = None,
        }
    }

    /// All that it must remember, for a journal that begins anew.
    pub fn memory(&self) -> impl Iterator<Item = Entry> + '_ {
        let stones = self.ledger.stones().map(|(task, stone)| Entry::Buried {
            task,
            state: stone.state.clone(),
        });
        let records = self.ledger.iter().flat_map(|(task, known)| {
            let Promise { epoch, to, owner, .. } = known.promise;
            let lease = owner.map(|(to, epoch)| Entry::Promise {
                task,
                epoch,
                to,
                lease: true,
            });
            let promised = epoch > owner.map_or(Epoch::ZERO, |(_, owned)| owned);
            let promise = promised.then_some(Entry::Promise {
                task,
                epoch,
                to,
                lease: false,
            });
            [Some(Entry::Record(known.record.clone())), lease, promise]
        });
        // One of the two, so that a journal is never empty, which in a later life would mean that it is lost.
        let lost = if self.recovery.is_some() {
            Entry::Lost
        } else {
            Entry::Regained
        };
        core::iter::once(lost).chain(stones).chain(records.flatten())
    }

    /// Called first with the time of every call.
    pub(super) fn begin(&mut self, now: Time) {
        if self.born.is_some() {
            return;
        }
        (self.born, self.changed_at) = (Some(now), now);
        self.peers.begin(now);
        let guard = self.guard();
        let alone = self.peers.ids().is_empty();
        if let Some(recovery) = &mut self.recovery {
            recovery.until = now + guard;
            recovery.has_memory = alone; // there is nobody to ask
            self.out.push_back(Effect::Store(Entry::Lost));
        }
        if planted::is(Bug::NoRestartGrace) {
            self.recovery = None;
        }
        // What a journal says was granted may have been granted, or renewed, a moment ago.
        for promise in self
            .ledger
            .promises_mut()
            .filter(|promise| promise.owner.is_some())
        {
            promise.until = now + guard;
        }
        let ended = self.ledger.iter().filter(|(_, known)| known.ended.is_some());
        let ended: Vec<TaskId> = ended.map(|(task, _)| task).collect();
        self.ended.extend(ended.iter().map(|task| (now, *task)));
        self.log.extend(ended);
        self.stir_all(now);
        self.buried = self.ledger.stones().map(|(task, _)| (now, task)).collect();
        self.log.extend(self.buried.iter().map(|(_, task)| *task));
    }

    fn guard(&self) -> Duration {
        if planted::is(Bug::NoDriftMargin) {
            self.rules.lease.length()
        } else {
            self.rules.lease.guard()
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Effect> {
        self.out.pop_front()
    }

    /// Its name.
    pub const fn id(&self) -> NodeId {
        self.me
    }

    /// Its life.
    pub const fn boot(&self) -> u32 {
        self.boot
    }

    /// All that it knows.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Whether it has its memory, or has got it back from the others.
    pub fn is_ready(&self) -> bool {
        self.recovery.as_ref().is_none_or(|recovery| recovery.has_memory)
    }

    /// Until when it grants nothing, if it lost its memory: leases of its former life may run.
    pub fn grants_from(&self) -> Option<Time> {
        self.recovery.as_ref().map(|recovery| recovery.until)
    }

    pub(super) fn grants(&self, now: Time) -> bool {
        self.is_ready() && self.grants_from().is_none_or(|until| until <= now)
    }

    /// Takes a task that nobody knows yet. It is [`Open`](Phase::Open) when a majority has written it down.
    pub fn submit(&mut self, task: Arc<Task>, utc: UtcTime, now: Time) {
        self.begin(now);
        let record = TaskRecord::new(task, utc);
        let task = record.task.id();
        if self.ledger.state(task).is_none() {
            self.insert(record, now);
            self.stir(task, now, true);
        }
    }

    /// People order that a task rests, or goes on.
    pub fn order(&mut self, task: TaskId, paused: bool, utc: UtcTime, now: Time) {
        let by = Some(self.me);
        self.change_order(task, now, |order| Order {
            number: Order::number_after(order.number, utc),
            by,
            paused,
            ..order
        });
    }

    /// People order that a task is called off. Whoever leads decides that it ends.
    pub fn call_off(&mut self, task: TaskId, now: Time) {
        self.change_order(task, now, |order| Order {
            cancelled: true,
            number: order.number.saturating_add(1),
            ..order
        });
    }

    /// Somebody was told of an order that people gave, here or elsewhere.
    pub fn learn_order(&mut self, task: TaskId, order: Order, now: Time) {
        self.begin(now);
        self.change(task, now, |record| {
            let later = order > record.order;
            if later {
                record.order = order;
            }
            later
        });
    }

    fn change_order(&mut self, task: TaskId, now: Time, change: impl FnOnce(Order) -> Order) {
        self.begin(now);
        self.change(task, now, |record| {
            record.order = change(record.order);
            true
        });
        self.push(task, false);
    }

    /// `robot` claims `task` under `epoch`, or goes on claiming it.
    ///
    /// # Errors
    /// Why it is not granted.
    pub fn claim(&mut self, robot: NodeId, task: TaskId, epoch: Epoch, now: Time) -> Result<(), Refusal> {
        self.begin(now);
        if !self.grants(now) {
            // A task that nobody here knows is one that it can be told so at once, if there is nobody to ask.
            let unknown = self.is_ready() && self.ledger.state(task).is_none();
            return Err(if unknown { Refusal::Unknown } else { Refusal::Later });
        }
        let guard = self.guard();
        let Some(known) = self.ledger.get(task) else {
            let ended = self.ledger.state(task).is_some();
            return Err(if ended { Refusal::Ended } else { Refusal::Unknown });
        };
        let (state, promise) = (&known.record.state, known.promise);
        if state.phase.is_terminal() {
            return Err(Refusal::Ended);
        }
        if !state.is_accepted() {
            return Err(Refusal::Later);
        }
        let again = promise.epoch == epoch && promise.owner == Some((robot, epoch));
        let reused = planted::is(Bug::EpochReuse) && promise.epoch == epoch;
        if !again && !reused && (epoch <= promise.epoch || epoch < state.epoch) {
            return Err(Refusal::Stale(promise.epoch.max(state.epoch)));
        }
        if !reused && promise.is_taken(Some(robot), now) {
            return Err(Refusal::Taken(promise.epoch));
        }
        self.promise(task, epoch, robot, Some(now + guard));
        Ok(())
    }

    /// Promises, and writes it down if it is new; as a lease, if `until` some moment.
    pub(super) fn promise(&mut self, task: TaskId, epoch: Epoch, to: NodeId, until: Option<Time>) {
        let Some(promise) = self.ledger.promise_mut(task) else {
            return;
        };
        let (before, lease) = (*promise, until.is_some());
        (promise.epoch, promise.to) = (epoch, to);
        if let Some(until) = until {
            (promise.owner, promise.until, promise.fresh) = (Some((to, epoch)), until, true);
        }
        let after = *promise;
        if (before.epoch, before.to, before.owner) != (after.epoch, after.to, after.owner) {
            self.store(Entry::Promise {
                task,
                epoch,
                to,
                lease,
            });
        }
    }

    /// `robot` does not claim `task` under `epoch` any more.
    pub fn release(&mut self, robot: NodeId, task: TaskId, epoch: Epoch) {
        if let Some(promise) = self.ledger.promise_mut(task)
            && promise.owner == Some((robot, epoch))
        {
            promise.free();
        }
    }

    /// `robot` has stopped claiming `task` without a word.
    pub fn abandon(&mut self, robot: NodeId, task: TaskId) {
        if let Some(promise) = self.ledger.promise_mut(task) {
            promise.let_go(robot);
        }
    }

    /// `robot` has begun a new life: it claims nothing of its former one.
    pub fn reborn(&mut self, robot: NodeId) {
        self.ledger
            .promises_mut()
            .for_each(|promise| promise.let_go(robot));
    }

    /// `robot` says that it owns `task`, a majority having granted it, and how far it has come.
    pub fn holds(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, stops: Option<u32>, now: Time) {
        let phase = stops.map_or(Phase::Held, Phase::Running);
        self.said(robot, task, epoch, phase, now);
    }

    /// `robot` has final news of a task that it owned under `epoch`.
    pub fn report(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, news: &News, now: Time) -> Said {
        self.begin(now);
        if !self.is_ready() {
            return Said::Unheard;
        }
        let Some(known) = self.ledger.get(task) else {
            let ended = self.ledger.state(task).is_some();
            return if ended { Said::Kept } else { Said::Unknown };
        };
        if known.record.state.phase.is_terminal() && known.record.state.epoch >= epoch {
            return Said::Kept;
        }
        let done = *news == News::Done;
        // Of a record with a higher epoch the end would be lost, also where the promise is: it may have been forgotten.
        if done && epoch < known.promise.epoch.max(known.record.state.epoch) {
            return Said::Late;
        }
        let state = &known.record.state;
        let failed = matches!(news, News::Failed(_));
        let again = (state.epoch, &state.phase) == (epoch, &Phase::Open);
        let failures = state.failures + u32::from(failed && !again && epoch >= state.epoch);
        let state = TaskState {
            settled: false,
            epoch,
            phase: if done { Phase::Done } else { Phase::Open },
            failures,
            robot: Some(robot).filter(|_| done),
        };
        self.release(robot.node(), task, epoch);
        self.change(task, now, |record| record.state.join(&state));
        Said::Kept
    }

    fn said(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, phase: Phase, now: Time) {
        self.begin(now);
        let state = |record: &TaskRecord| TaskState {
            settled: false,
            epoch,
            phase: phase.clone(),
            failures: record.state.failures,
            robot: Some(robot),
        };
        self.change(task, now, |record| {
            let state = state(record);
            record.state.is_accepted() && record.state.join(&state)
        });
    }

    pub(super) fn insert(&mut self, record: TaskRecord, now: Time) {
        let (task, after) = (record.task.id(), record.state.clone());
        self.store(Entry::Record(record.clone()));
        if after.settled {
            self.ended.push_back((now, task));
            self.log.push_back(task);
        }
        self.ledger.insert(record, now);
        self.changed(task, None, after);
    }

    pub(super) fn changed(&mut self, task: TaskId, before: Option<TaskState>, after: TaskState) {
        self.out.push_back(Effect::Changed { task, before, after });
    }

    pub(super) fn store(&mut self, entry: Entry) {
        self.out.push_back(Effect::Store(entry));
    }

    pub(super) fn send(&mut self, to: NodeId, message: Between) {
        self.out.push_back(Effect::Send(to, message));
    }

    pub(super) fn send_all(&mut self, message: &Between) {
        for peer in self.peers.ids() {
            self.send(peer, message.clone());
        }
    }

    /// Changes a record, writes it down and tells of it.
    pub(super) fn change(&mut self, task: TaskId, now: Time, change: impl FnOnce(&mut TaskRecord) -> bool) {
        let record = |ledger: &Ledger| ledger.get(task).map(|known| known.record.clone());
        let Some(before) = record(&self.ledger) else {
            return;
        };
        if !self.ledger.change(task, now, change) {
            return;
        }
        let Some(record) = record(&self.ledger) else {
            return;
        };
        let (after, order) = (record.state.clone(), record.order);
        let (other_content, ordered) = (before.task != record.task, before.order != order);
        let before = before.state;
        if other_content {
            self.store(Entry::Record(record));
        } else if !after.phase.is_owned() || before == after {
            // Who owns it, and how far they are, robots go on saying: that need not survive a restart.
            let state = after.clone();
            self.store(Entry::State { task, state, order });
        }
        if before != after {
            if after.settled {
                self.ended.push_back((now, task));
                self.log.push_back(task);
            }
            if after.epoch > before.epoch {
                self.outdated(task);
            }
            self.changed(task, Some(before), after);
            self.stir(task, now, false);
        }
        if ordered {
            self.out.push_back(Effect::Ordered(task));
        }
    }

    /// Joins a record that another witness has, as far as what was promised here allows.
    pub(super) fn join(&mut self, other: &TaskRecord, now: Time) {
        let task = other.task.id();
        let Some(known) = self.ledger.get(task) else {
            let room = self.ledger.len() < self.rules.tasks;
            if self.ledger.state(task).is_none() && room {
                self.insert(other.clone(), now);
                self.stir(task, now, false);
            }
            return;
        };
        let (mine, promise) = (&known.record, known.promise);
        if mine.task != other.task {
            self.out.push_back(Effect::Conflict(task));
            if mine.state.is_accepted() || !other.state.is_accepted() {
                return;
            }
        }
        let barred =
            other.state.phase.is_terminal() && !other.state.settled && other.state.epoch < promise.epoch;
        if barred {
            return;
        }
        self.change(task, now, |record| record.join(other));
    }

    /// When to call [`tick`](Self::tick) at the latest.
    pub fn next_timeout(&self) -> Option<Time> {
        let matters = self.matters.values().map(|matter| matter.next).min();
        let rulings = self.rulings.values().map(|ruling| ruling.next).min();
        let owed = self.owed.values().map(|owed| owed.at).min();
        let ended = self.ended.front().map(|(at, _)| *at + self.rules.keep);
        let buried = self.buried.front().filter(|(at, _)| self.all_are_over_it(*at));
        let buried = buried.map(|(at, _)| *at + self.rules.remember);
        let leaving = self.leaving.front().map(|(at, _)| *at + self.rules.remember);
        let peers = [self.peers.next_beat(), self.next_suspicion()];
        let times = [matters, rulings, owed, ended, buried, leaving]
            .into_iter()
            .chain(peers);
        times.flatten().min()
    }

    /// Time has passed. Late is fine, early does nothing.
    pub fn tick(&mut self, now: Time) {
        self.begin(now);
        let due: Vec<TaskId> = self
            .matters
            .iter()
            .filter(|(_, m)| m.next <= now)
            .map(|(task, _)| *task)
            .collect();
        due.into_iter().for_each(|task| self.repeat(task, now));
        self.tick_rulings(now);
        self.tick_peers(now);
        self.tidy(now);
    }
}
