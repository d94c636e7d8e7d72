//! The state machine that holds the parts together.
//!
//! Four families of methods and no others:
//!
//! - `handle_*`: the world happened to the node. Never fails; too early or too often is harmless.
//! - commands of the application (`submit`, `cancel`, `report`, `moved`, ...): these return `Result`.
//! - [`poll_output`](Node::poll_output): what the node wants done. Drain it to `None` after every other call.
//! - [`poll_timeout`](Node::poll_timeout): when to call [`handle_timeout`](Node::handle_timeout) at the latest.

mod agent;
mod mode;
mod regime;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};
use core::time::Duration;

use agent::Agent;
pub use agent::{Report, ReportError};
use mode::Ladder;

use crate::config::Config;
use crate::context::{Calendar, Context};
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::invalid::{Invalid, Problem};
use crate::ledger::{Entry, EntryError, TaskRecord};
use crate::membership::Member;
use crate::message::{Drain, Message};
use crate::output::{Outbox, Output};
use crate::place::Pose;
use crate::regime::Regime;
use crate::robot::Robot;
use crate::schedule::Planned;
use crate::strategy::{Coordinator, Distributed, SubmitError};
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::travel::Travel;
use crate::urgency::PriorityScheme;
use crate::wire;

/// One member of the fleet: a robot, a coordinator, or both in one.
///
/// Give every call the time of one clock that never goes back, and the same [`Travel`]. All that a node does is a
/// function of its arguments: the same calls give the same outputs.
///
/// # Example
/// A robot that is its own coordinator, with a task:
/// ```
/// use fleet_core::travel::Euclidean;
/// use fleet_core::{Config, Event, Node, Output, Place, Report, Robot, RobotId, RobotSpec, Stop, Task, TaskId};
/// use fleet_core::{TaskSpec, Time};
///
/// let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
/// let config = Config::new(robot.id().node());
/// let mut node = Node::robot(config, robot, 1)?; // the only witness of its settings, and so its own coordinator
///
/// let desk = TaskSpec::new(TaskId::from_u128(7), vec![Stop::at(Place::at(2.0, 0.0))]);
/// node.submit(Time::ZERO, Task::new(desk)?, &mut Euclidean).unwrap();
///
/// let mut now = Time::ZERO;
/// let epoch = loop {
///     match node.poll_output() {
///         Some(Output::Event(Event::Start { epoch, .. })) => break epoch,
///         Some(_) => {}
///         None => {
///             now = node.poll_timeout().unwrap(); // a real loop waits until then, or for a frame
///             node.handle_timeout(now, &mut Euclidean);
///         }
///     }
/// };
/// assert_eq!(node.permit(TaskId::from_u128(7), now), Some(epoch));
/// node.report(now, TaskId::from_u128(7), Report::Begun, &mut Euclidean).unwrap();
/// node.report(now, TaskId::from_u128(7), Report::StopDone, &mut Euclidean).unwrap();
/// assert!(node.record(TaskId::from_u128(7)).unwrap().state.phase.is_terminal());
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    id: NodeId,
    config: Config,
    calendar: Calendar,
    agent: Option<Agent>,
    coordinator: Option<Coordinator>,
    /// Its part in the distributed strategy, once that is or was in use.
    distributed: Option<Distributed>,
    /// Counts its lives.
    boot: u32,
    /// The strategy in use, and when to tell others of it.
    regime: Regime,
    next_regime: Time,
    /// What its robot can go by.
    ladder: Ladder,
    /// [`Config::degrade`] and [`Config::restore`] as the settings have them.
    patience: (Duration, Duration),
    out: Outbox,
    dropped: u64,
    /// Instead of the scheme in the settings.
    scheme: Option<CustomScheme>,
}

impl Node {
    /// The node on `robot`, in its life number `boot`, which must be higher after each restart. If `config` names it
    /// among the witnesses, it is one, and coordinates while it leads: robots that need nobody else, or a fleet of
    /// one.
    ///
    /// # Errors
    /// If the settings make no sense.
    pub fn robot(config: Config, robot: Robot, boot: u32) -> Result<Self, Invalid> {
        let id = robot.id().node();
        let mut node = Node::empty(config, id)?;
        node.agent = Some(Agent::new(robot, boot, &node.config));
        if node.config.is_witness(id) {
            node.coordinator = Some(Coordinator::new(id, boot, &node.config));
        }
        node.take_part(boot);
        Ok(node)
    }

    /// The witness `id` of `config`, which coordinates while it leads, in its life number `boot`: 1 at first, and
    /// higher after each restart.
    ///
    /// In a later life without its [memory](Self::with_memory) it first asks the other witnesses for theirs, and
    /// grants nothing until every lease that its former life may have granted has run out. If it is the only one,
    /// what robots hold that is not submitted to it again is revoked.
    ///
    /// # Errors
    /// If the settings make no sense, or do not name `id` among the witnesses.
    pub fn coordinator(config: Config, id: NodeId, boot: u32) -> Result<Self, Invalid> {
        let mut node = Node::empty(config, id)?;
        if !node.config.is_witness(id) {
            return Err(Invalid::new("witnesses", Problem::Other("must name this node")));
        }
        node.coordinator = Some(Coordinator::new(id, boot, &node.config));
        node.take_part(boot);
        Ok(node)
    }

    fn take_part(&mut self, boot: u32) {
        self.boot = boot;
        if self.config.strategy.robots_choose() {
            let plan = self.agent.as_ref().map(Agent::schedule);
            let strategy = self.config.strategy;
            self.distributed = Some(Distributed::new(self.id, boot, plan, strategy, &self.config));
        }
    }

    /// The same node with what its former lives wrote down, in order: it goes on at once. Nothing must have happened
    /// to it yet.
    ///
    /// # Errors
    /// Which of `entries` is none.
    pub fn with_memory<B: AsRef<[u8]>>(
        mut self,
        entries: impl IntoIterator<Item = B>,
    ) -> Result<Self, EntryError> {
        let entries: Result<Vec<Entry>, EntryError> = entries
            .into_iter()
            .map(|entry| Entry::decode(entry.as_ref()))
            .collect();
        let entries = entries?;
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.recover(entries, &self.config);
        }
        Ok(self)
    }

    /// All that this node must remember, for a journal that begins anew; as bytes, what
    /// [`with_memory`](Self::with_memory) takes.
    pub fn memory(&self) -> impl Iterator<Item = Vec<u8>> + '_ {
        self.coordinator
            .iter()
            .flat_map(Coordinator::memory)
            .map(|entry| entry.encode())
    }

    fn empty(config: Config, id: NodeId) -> Result<Self, Invalid> {
        config.check()?;
        Ok(Node {
            id,
            calendar: Calendar::default(),
            agent: None,
            coordinator: None,
            distributed: None,
            boot: 1,
            regime: Regime {
                number: 0,
                strategy: config.strategy,
            },
            next_regime: Time::ZERO,
            ladder: Ladder::new(config.strategy),
            patience: (config.degrade, config.restore),
            config,
            out: Outbox::new(id),
            dropped: 0,
            scheme: None,
        })
    }

    /// The same node, which reckons urgency by `scheme` instead of the one in its settings. Only coordinators
    /// reckon; robots are told with each task.
    #[must_use]
    pub fn with_scheme(mut self, scheme: Arc<dyn PriorityScheme + Send + Sync>) -> Self {
        self.scheme = Some(CustomScheme(scheme));
        self
    }

    /// Its name in the network.
    pub const fn id(&self) -> NodeId {
        self.id
    }

    /// Its settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The robot, as this node knows it, if it runs on one.
    pub fn body(&self) -> Option<&Robot> {
        self.agent.as_ref().map(Agent::robot)
    }

    /// Frames that were dropped because they were damaged, too long, or of another version.
    pub const fn dropped(&self) -> u64 {
        self.dropped
    }

    /// It is `utc` now. Without this call the calendar starts with the node's clock: enough for a fleet whose
    /// tasks have no release, due time or deadline.
    pub fn set_utc(&mut self, now: Time, utc: UtcTime) {
        self.calendar.set(now, utc);
        if let Some(coordinator) = &mut self.coordinator {
            coordinator.handle_calendar(self.calendar.at(now));
        }
    }

    /// A frame arrived from `from`, as the transport knows the sender. What is not understood is counted in
    /// [`dropped`](Self::dropped).
    pub fn handle_frame(&mut self, now: Time, from: NodeId, frame: &[u8], travel: &mut dyn Travel) {
        match wire::decode(frame, self.config.limits.frame) {
            Ok(message) => self.with(now, travel, |node, cx| node.handle_message(from, message, cx)),
            Err(_) => self.dropped += 1,
        }
    }

    /// A hint of who knows the network: the link to `node` has ended. A coordinator thinks it gone from now on, and not only
    /// after [`Config::suspicion`], until it is heard again: another witness leads, and robots are asked without it. Leases run
    /// as ever, so a hint that is wrong, late, or never comes costs time and nothing else.
    pub fn miss(&mut self, now: Time, node: NodeId, travel: &mut dyn Travel) {
        self.with(now, travel, |parts, cx| {
            if let Some(coordinator) = &mut parts.coordinator {
                coordinator.miss(node, cx);
            }
        });
    }

    /// Time has passed. Late is fine, early does nothing.
    pub fn handle_timeout(&mut self, now: Time, travel: &mut dyn Travel) {
        self.with(now, travel, |parts, cx| {
            if let Some(agent) = &mut parts.agent {
                agent.handle_timeout(cx);
            }
            if let Some(coordinator) = &mut parts.coordinator {
                coordinator.handle_timeout(cx);
            }
        });
    }

    /// When to call [`handle_timeout`](Self::handle_timeout) next. Any other call but `poll_output` may change it.
    pub fn poll_timeout(&self) -> Option<Time> {
        let agent = self.agent.as_ref().map(|agent| agent.next_timeout(&self.config));
        let coordinator = self.coordinator.as_ref().and_then(Coordinator::next_timeout);
        let distributed = self.distributed.as_ref().map(Distributed::next_timeout);
        let regime = Some(self.next_regime).filter(|_| self.regime.number > 0);
        [agent, coordinator, distributed, regime]
            .into_iter()
            .flatten()
            .min()
    }

    /// The next thing to do. Drain to `None` after every other call.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.next()
    }

    /// Witness: takes a task, whoever leads. [`Event::Accepted`](crate::Event::Accepted) tells when a majority of
    /// the witnesses has it in its journal; until then it may be lost, and should be submitted again, here or
    /// elsewhere. Taking the same task again changes nothing.
    ///
    /// # Errors
    /// If this node is no witness, or the task cannot be taken; nothing is changed then.
    pub fn submit(&mut self, now: Time, task: Task, travel: &mut dyn Travel) -> Result<(), SubmitError> {
        self.with(now, travel, |parts, cx| match &mut parts.coordinator {
            Some(coordinator) => coordinator.submit(task, cx),
            None => Err(SubmitError::NotCoordinator),
        })
    }

    /// Witness: calls a task off. It ends as soon as a majority of the witnesses agrees, whatever its robot does;
    /// if that was done before, as done. Returns `false` if it had ended already.
    ///
    /// # Errors
    /// If this node is no witness, or does not know the task.
    pub fn cancel(&mut self, now: Time, task: TaskId, travel: &mut dyn Travel) -> Result<bool, SubmitError> {
        self.with(now, travel, |parts, cx| match &mut parts.coordinator {
            Some(coordinator) => coordinator.cancel(task, cx),
            None => Err(SubmitError::NotCoordinator),
        })
    }

    /// Witness: a task is to rest (`true`), or to go on. A robot that has begun it stops and keeps it; nobody else
    /// gets it meanwhile. Of two orders given on the two sides of a partition either may hold in the end: whoever cares
    /// looks at the task again.
    ///
    /// # Errors
    /// If this node is no witness, or does not know the task.
    pub fn pause(
        &mut self,
        now: Time,
        task: TaskId,
        rest: bool,
        travel: &mut dyn Travel,
    ) -> Result<(), SubmitError> {
        self.with(now, travel, |parts, cx| match &mut parts.coordinator {
            Some(coordinator) => coordinator.pause(task, rest, cx),
            None => Err(SubmitError::NotCoordinator),
        })
    }

    /// Coordinator: a task that [waits](crate::Event::Lost) for its lost robot may be given to another, once the
    /// lease of the lost one has run out. Returns `false` if nobody owns it, or this node does not lead.
    ///
    /// # Errors
    /// If this node is no witness, or does not know the task.
    pub fn reopen(&mut self, now: Time, task: TaskId, travel: &mut dyn Travel) -> Result<bool, SubmitError> {
        self.with(now, travel, |parts, cx| match &mut parts.coordinator {
            Some(coordinator) => coordinator.give_to_others(task, cx),
            None => Err(SubmitError::NotCoordinator),
        })
    }

    /// Witness: takes a robot out of service, or back into it (`None`). [`Event::Drained`](crate::Event::Drained)
    /// tells when it has nothing left.
    ///
    /// # Errors
    /// If this node is no witness.
    pub fn drain(
        &mut self,
        now: Time,
        robot: RobotId,
        drain: Option<Drain>,
        travel: &mut dyn Travel,
    ) -> Result<(), SubmitError> {
        self.with(now, travel, |parts, cx| match &mut parts.coordinator {
            Some(coordinator) => {
                coordinator.drain(robot, drain, cx);
                Ok(())
            }
            None => Err(SubmitError::NotCoordinator),
        })
    }

    /// The set of witnesses changes. One change takes two steps, each an edition of the settings with the next number:
    /// first the new witnesses become `successors` of the present ones, then they take their place. Every node of
    /// the fleet takes the first step; when each of the witnesses, old and new, says that it
    /// [can](Self::can_complete_change), every node takes the second one, and the old witnesses can be shut down. New
    /// witnesses are started with the settings of the first step. Whoever has missed a step is granted nothing until it
    /// has caught up.
    ///
    /// # Errors
    /// If the step is not the next one, or comes too early; nothing is changed then.
    pub fn change_witnesses(
        &mut self,
        now: Time,
        edition: u32,
        witnesses: Vec<NodeId>,
        successors: Vec<NodeId>,
    ) -> Result<(), Invalid> {
        let mut config = self.config.clone();
        config.follow(edition, witnesses, successors)?;
        config.check()?;
        let completes = config.successors.is_empty();
        if let Some(coordinator) = &mut self.coordinator {
            if completes && !coordinator.can_complete_change(now) {
                let problem = Problem::Other("cannot take over yet: not all of them are ready");
                return Err(Invalid::new("successors", problem));
            }
            coordinator.change_panel(config.panel(), now);
        }
        if let Some(agent) = &mut self.agent {
            agent.change_panel(config.panel());
        }
        self.config = config;
        Ok(())
    }

    /// Witness: whether the second step of a [change](Self::change_witnesses) is safe. A majority of the old witnesses
    /// has known of the change for so long that no lease which the old ones granted alone can run, and a majority of
    /// the new ones has all that the old ones know.
    pub fn can_complete_change(&self, now: Time) -> bool {
        self.coordinator
            .as_ref()
            .is_some_and(|coordinator| coordinator.can_complete_change(now))
    }

    /// Whether this node coordinates at `now`: it is a witness, has its memory, and those before it in the settings
    /// seem to be gone.
    pub fn leads(&self, now: Time) -> bool {
        self.coordinator
            .as_ref()
            .is_some_and(|coordinator| coordinator.leads(now))
    }

    /// Coordinator: what is known of a task.
    pub fn record(&self, task: TaskId) -> Option<&TaskRecord> {
        self.coordinator.as_ref()?.record(task)
    }

    /// Coordinator: all tasks, by id.
    pub fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        self.coordinator.iter().flat_map(Coordinator::records)
    }

    /// Coordinator: the robots that have reported, by id, lost ones included.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.coordinator.iter().flat_map(Coordinator::members)
    }

    /// Witness: how `robot` is to leave service, as far as this node knows; `None` if it is in service.
    pub fn drain_of(&self, robot: RobotId) -> Option<Drain> {
        self.coordinator.as_ref()?.drain_of(robot)
    }

    /// Robot: it is at `pose` now.
    ///
    /// # Errors
    /// If this node is no robot, or the pose is not finite.
    pub fn moved(&mut self, pose: Pose) -> Result<(), Invalid> {
        match &mut self.agent {
            Some(agent) => agent.moved(pose),
            None => Err(not_a_robot("pose")),
        }
    }

    /// Robot: its battery is at `level` now, from 0 to 1.
    ///
    /// # Errors
    /// If this node is no robot, or the level is not from 0 to 1.
    pub fn charged(&mut self, now: Time, level: f64, travel: &mut dyn Travel) -> Result<(), Invalid> {
        self.with(now, travel, |parts, cx| match &mut parts.agent {
            Some(agent) => agent.charged(level, cx),
            None => Err(not_a_robot("battery.level")),
        })
    }

    /// Robot: something happened to a task that [`Event::Start`](crate::Event::Start) gave it.
    ///
    /// # Errors
    /// If the task is not, or no longer, this robot's: its body must stop it.
    pub fn report(
        &mut self,
        now: Time,
        task: TaskId,
        report: Report,
        travel: &mut dyn Travel,
    ) -> Result<(), ReportError> {
        self.with(now, travel, |parts, cx| match &mut parts.agent {
            Some(agent) => agent.report(task, report, cx),
            None => Err(ReportError::NotOwned),
        })
    }

    /// Robot: what it has planned, in order, as it was last reckoned: when it will be where, and for which task. What
    /// it has taken and was not granted yet is in it.
    pub fn plan(&self) -> impl Iterator<Item = (TaskId, Planned)> + '_ {
        self.agent.iter().flat_map(Agent::plan)
    }

    /// Robot: whether it may take the next irreversible step of a task at `now`, and under which epoch. `None`
    /// after its lease ran out, however long the process slept in between.
    pub fn permit(&self, task: TaskId, now: Time) -> Option<Epoch> {
        self.agent.as_ref()?.permit(task, now)
    }

    /// Robot: whether it takes new tasks (it does at first). It keeps those that it owns.
    pub fn take_tasks(&mut self, take: bool) {
        if let Some(agent) = &mut self.agent {
            agent.take_tasks(take);
        }
    }

    /// Robot: whether it can go without leaving anything behind: it has no task, and a majority of the witnesses has
    /// noted the end of each that it had.
    pub fn is_clear(&self) -> bool {
        self.agent.as_ref().is_none_or(Agent::is_clear)
    }

    fn with<R>(
        &mut self,
        now: Time,
        travel: &mut dyn Travel,
        act: impl FnOnce(&mut Parts<'_>, &mut Context<'_>) -> R,
    ) -> R {
        let scheme: &dyn PriorityScheme = match &self.scheme {
            Some(custom) => &*custom.0,
            None => &self.config.scheme,
        };
        let now = self.calendar.at(now);
        let mut cx = Context {
            now,
            config: &self.config,
            scheme,
            travel,
            out: &mut self.out,
        };
        let mut parts = Parts {
            agent: &mut self.agent,
            coordinator: &mut self.coordinator,
            distributed: &mut self.distributed,
            id: self.id,
            boot: self.boot,
            regime: &mut self.regime,
            next_regime: &mut self.next_regime,
            ladder: &mut self.ladder,
        };
        let result = act(&mut parts, &mut cx);
        loop {
            while let Some(message) = cx.out.next_own() {
                parts.handle_message(self.id, message, &mut cx);
            }
            parts.choose(&mut cx);
            parts.tell_regime(&mut cx);
            if cx.out.has_no_own() {
                return result;
            }
        }
    }
}

/// A scheme of the application: equal to itself only.
#[derive(Clone, Debug)]
struct CustomScheme(Arc<dyn PriorityScheme + Send + Sync>);

impl PartialEq for CustomScheme {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CustomScheme {}

impl Hash for CustomScheme {
    fn hash<H: Hasher>(&self, _state: &mut H) {}
}

fn not_a_robot(field: &str) -> Invalid {
    Invalid::new(field, Problem::Other("is a robot's, and this node has none"))
}

/// The parts of a node, while its settings and its outbox are lent out.
struct Parts<'a> {
    agent: &'a mut Option<Agent>,
    coordinator: &'a mut Option<Coordinator>,
    distributed: &'a mut Option<Distributed>,
    id: NodeId,
    boot: u32,
    regime: &'a mut Regime,
    next_regime: &'a mut Time,
    ladder: &'a mut Ladder,
}

impl Parts<'_> {
    fn handle_message(&mut self, from: NodeId, message: Message, cx: &mut Context<'_>) {
        let from_witness = cx.config.is_witness(from);
        self.hear(from, &message, cx);
        match message {
            Message::Heard(_)
            | Message::Announce(_)
            | Message::Award(_)
            | Message::Noted { .. }
            | Message::Cancel { .. } => {
                if let Some(agent) = self.agent.as_mut().filter(|_| from_witness) {
                    agent.handle_message(from, message, cx);
                }
            }
            Message::Hello { .. }
            | Message::Heartbeat(_)
            | Message::Bids(_)
            | Message::Accept { .. }
            | Message::Refuse { .. }
            | Message::Report { .. }
            | Message::Release(_) => {
                if let Some(coordinator) = self.coordinator {
                    coordinator.handle_message(from.robot(), message, cx);
                }
            }
            Message::Sign(_)
            | Message::Bundles(_)
            | Message::Tasks { .. }
            | Message::Compare(_)
            | Message::Cells(_) => {
                if let (Some(coordinator), Message::Tasks { tasks, .. }) = (&mut *self.coordinator, &message)
                {
                    let live = tasks.iter().filter(|posting| !posting.state.phase.is_terminal());
                    let live = live.take(cx.config.limits.batch);
                    coordinator.post_ended(live.map(|posting| posting.task));
                }
                if let Some(distributed) = self.distributed {
                    distributed.handle_message(from, message, cx);
                }
            }
            Message::Advice { .. } => {
                if let Some(distributed) = self.distributed.as_mut().filter(|_| from_witness) {
                    distributed.handle_message(from, message, cx);
                }
            }
            Message::Regime(regime) => self.adopt(regime, cx),
            Message::Witness(edition, between) => {
                if let Some(coordinator) = self.coordinator {
                    coordinator.handle_witness(from, edition, between, cx);
                }
            }
        }
    }
}
