//! The loop that drives nodes, network and bodies through virtual time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::agenda::Agenda;
use super::body::{Body, Milestone};
use super::client::Client;
use super::clock::Clock;
use super::happening::{Doing, Happening, Observer};
use super::mishap::{Command, Mishap, Trouble, Wish};
use super::network::{Faults, Network, Topology};
use super::setup::{Arrivals, Breakdown, Setup, SetupError};
use super::slot::Slot;
use crate::config::Config;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::invalid::Invalid;
use crate::ledger::TaskRecord;
use crate::node::{Node, Report, ReportError};
use crate::output::{Event, Output};
use crate::place::Place;
use crate::planted::{self, Bug};
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::travel::Travel;

/// Something that is to happen.
#[derive(Debug)]
pub(super) enum Entry {
    /// A node's timeout, if it is still the one that was asked for.
    Wake(usize),
    /// A frame arrives.
    Frame {
        from: NodeId,
        to: usize,
        frame: Arc<[u8]>,
    },
    /// A body's milestone, if it is still at that turn.
    Body { robot: usize, turn: u64 },
    /// The next task is submitted.
    Submit,
    /// A task that was not acknowledged is submitted again.
    SubmitAgain(TaskId),
    /// People order something.
    Command(Wish),
    /// People look whether what they ordered holds.
    LookAgain(Wish),
    /// Something happens to a node.
    Trouble { slot: usize, what: Trouble },
    /// A node is up again.
    Restart { slot: usize, memory: bool },
    /// A process that stood still goes on.
    Resume { slot: usize, what: Trouble },
    /// A partition begins or heals.
    Partition { number: usize, begins: bool },
}

/// What a robot has done in all.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RobotTotals {
    /// The robot.
    pub robot: RobotId,
    /// Metres driven.
    pub metres: f64,
    /// Charge, from 0 to 1, if it has a battery.
    pub charge: Option<f64>,
    /// Whether it is up.
    pub up: bool,
}

/// A running simulation.
///
/// # Example
/// ```
/// use fleet_core::sim::{Arrivals, Fingerprint, Setup, Sim};
/// use fleet_core::travel::Euclidean;
/// use fleet_core::{Config, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time};
///
/// let run = || {
///     let robot = |k| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0))).unwrap();
///     let task = |k| TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(k as f64, 5.0))]);
///     let tasks = (1..9).map(|k| (Default::default(), Task::new(task(k)).unwrap())).collect();
///     let config = Config::new(NodeId::from_u128(100));
///     let mut setup = Setup::new(config, Box::new(Euclidean), vec![robot(1), robot(2)], Arrivals::Timed(tasks));
///     setup.faults.loss = 0.2;
///     let mut sim = Sim::new(setup).unwrap();
///     let mut fingerprint = Fingerprint::new();
///     assert!(sim.run(Time::from_secs(600), &mut fingerprint));
///     fingerprint
/// };
/// assert_eq!(run(), run());
/// ```
pub struct Sim {
    pub(super) now: Time,
    pub(super) slots: Vec<Slot>,
    pub(super) index: BTreeMap<NodeId, usize>,
    /// The places of the witnesses among the slots, and of the robots.
    pub(super) witnesses: Vec<usize>,
    pub(super) robots: Vec<usize>,
    pub(super) network: Network,
    /// Where nodes without a body are.
    pub(super) places: BTreeMap<NodeId, Place>,
    pub(super) agenda: Agenda<Entry>,
    pub(super) travel: Box<dyn Travel>,
    pub(super) config: Config,
    /// Tasks that are still to be submitted, with their times.
    pub(super) coming: VecDeque<(Time, Task)>,
    pub(super) client: Client,
    pool: bool,
    /// Tasks submitted and not ended.
    pub(super) live: BTreeSet<TaskId>,
}

impl Sim {
    /// Everything in its place, at time zero.
    ///
    /// # Errors
    /// What of the setup makes no sense.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        setup.check()?;
        let Setup {
            config,
            travel,
            robots,
            arrivals,
            topology,
            places,
            faults,
            sites,
            partitions,
            spikes,
            lose,
            breakdowns,
            mishaps,
            commands,
            clocks,
            charging_time,
            seed,
        } = setup;
        let mut sim = Sim {
            now: Time::ZERO,
            slots: Vec::with_capacity(robots.len() + 1),
            index: BTreeMap::new(),
            witnesses: Vec::new(),
            robots: Vec::new(),
            network: Network::new(faults, topology, seed)
                .with_sites(sites)
                .with_partitions(partitions)
                .with_spikes(spikes)
                .with_lost(lose),
            places,
            agenda: Agenda::new(),
            travel,
            config,
            coming: VecDeque::new(),
            client: Client::default(),
            pool: false,
            live: BTreeSet::new(),
        };
        let bodies: BTreeSet<NodeId> = robots.iter().map(|robot| robot.id().node()).collect();
        for witness in sim.config.witnesses.clone() {
            if !bodies.contains(&witness) {
                let node = Node::coordinator(sim.config.clone(), witness, 1)?;
                sim.add(node, None, &clocks);
            }
        }
        for robot in robots {
            let body = Body::new(&robot, charging_time);
            let node = Node::robot(sim.config.clone(), robot, 1)?;
            sim.add(node, Some(body), &clocks);
        }
        sim.witnesses = sim
            .config
            .witnesses
            .iter()
            .map(|witness| sim.index[witness])
            .collect();
        sim.plan_arrivals(arrivals);
        for Breakdown { robot, at, repair } in breakdowns {
            let what = Trouble::Crash {
                restart: repair,
                memory: false,
            };
            let slot = sim.index[&robot.node()];
            sim.agenda.enter(at, Entry::Trouble { slot, what });
        }
        for Mishap { node, at, what } in mishaps {
            let slot = sim.index[&node];
            sim.agenda.enter(at, Entry::Trouble { slot, what });
        }
        for Command { at, what } in commands {
            sim.agenda.enter(at, Entry::Command(what));
        }
        for (number, cut) in sim.network.partitions().iter().enumerate() {
            sim.agenda
                .enter(cut.from, Entry::Partition { number, begins: true });
            sim.agenda.enter(
                cut.until,
                Entry::Partition {
                    number,
                    begins: false,
                },
            );
        }
        Ok(sim)
    }

    fn add(&mut self, node: Node, body: Option<Body>, clocks: &BTreeMap<NodeId, Clock>) {
        let (slot, id) = (self.slots.len(), node.id());
        self.index.insert(id, slot);
        self.network.join(id);
        if body.is_some() {
            self.robots.push(slot);
        }
        let journals = self.config.witnesses.contains(&id);
        let clock = clocks.get(&id).copied().unwrap_or_default();
        self.slots.push(Slot::new(node, body, clock, journals));
        self.agenda.enter(Time::ZERO, Entry::Wake(slot));
    }

    fn plan_arrivals(&mut self, arrivals: Arrivals) {
        match arrivals {
            Arrivals::Timed(mut tasks) => {
                tasks.sort_by_key(|(after, _)| *after);
                for (after, task) in tasks {
                    self.coming.push_back((Time::ZERO + after, task));
                    self.agenda.enter(Time::ZERO + after, Entry::Submit);
                }
            }
            Arrivals::Pool { open, tasks } => {
                self.pool = true;
                self.coming = tasks.into_iter().map(|task| (Time::ZERO, task)).collect();
                (0..open.min(self.coming.len())).for_each(|_| self.agenda.enter(Time::ZERO, Entry::Submit));
            }
        }
    }

    /// The network is like this from now on, but for the links between [sites](super::Sites) of which other things are said.
    ///
    /// # Errors
    /// If the faults make no sense; nothing is changed then.
    pub fn set_faults(&mut self, faults: Faults) -> Result<(), Invalid> {
        faults.check()?;
        self.network.set_faults(faults);
        Ok(())
    }

    /// The nodes hear each other like this from now on.
    ///
    /// # Errors
    /// If that makes no sense with these nodes; nothing is changed then.
    pub fn set_topology(&mut self, topology: Topology) -> Result<(), Invalid> {
        topology.check(|node| self.index.contains_key(node))?;
        self.network.set_topology(topology);
        Ok(())
    }

    /// The time of what happened last.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Tasks that were not submitted yet.
    pub fn coming(&self) -> usize {
        self.coming.len()
    }

    /// Tasks submitted and not ended.
    pub fn open(&self) -> usize {
        self.live.len()
    }

    /// Whether all tasks have been submitted and have ended.
    pub fn is_over(&self) -> bool {
        self.live.is_empty() && self.coming.is_empty()
    }

    /// What the first witness that is up knows of all tasks.
    pub fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        let first = self.witnesses.iter().find(|slot| self.slots[**slot].up);
        let first = first.or(self.witnesses.first());
        first
            .into_iter()
            .flat_map(|slot| self.slots[*slot].node.records())
    }

    /// The nodes that are up, to look at: witnesses first.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.slots.iter().filter(|slot| slot.up).map(|slot| &slot.node)
    }

    /// What the clock of `node` shows now.
    pub fn clock_of(&self, node: NodeId) -> Time {
        self.index
            .get(&node)
            .map_or(self.now, |slot| self.slots[*slot].clock.show(self.now))
    }

    /// What each robot has done in all by now, in the order of the setup.
    pub fn robots(&self) -> impl Iterator<Item = RobotTotals> + '_ {
        self.slots.iter().filter_map(|slot| {
            let mut body = slot.body.clone()?;
            body.settle(self.now);
            let robot = slot.node.id().robot();
            Some(RobotTotals {
                robot,
                metres: body.metres(),
                charge: body.level(),
                up: slot.up,
            })
        })
    }

    /// Runs until `until`, or until [all is over](Self::is_over); returns whether it is.
    pub fn run(&mut self, until: Time, observer: &mut dyn Observer) -> bool {
        while !self.is_over() && self.step(until, observer) {}
        self.is_over()
    }

    /// Lets the next thing happen, if it is not after `until`. If there is none, it is `until` now.
    pub fn step(&mut self, until: Time, observer: &mut dyn Observer) -> bool {
        if self.agenda.next_at().is_none_or(|at| at > until) {
            self.now = self.now.max(until);
            return false;
        }
        let Some((at, entry)) = self.agenda.pop() else {
            return false;
        };
        self.now = at;
        match entry {
            Entry::Wake(slot) => self.wake(slot, observer),
            Entry::Frame { from, to, frame } => self.deliver(from, to, &frame, observer),
            Entry::Body { robot, turn } => self.milestone(robot, turn, observer),
            Entry::Submit => self.submit(observer),
            Entry::SubmitAgain(task) => self.submit_again(task, observer),
            Entry::Command(what) => self.command(what, observer),
            Entry::LookAgain(what) => self.look_again(what, observer),
            Entry::Trouble { slot, what } => self.trouble(slot, what, observer),
            Entry::Restart { slot, memory } => self.restart(slot, memory, observer),
            Entry::Resume { slot, what } => self.resume(slot, what, observer),
            Entry::Partition { number, begins } => {
                observer.observe(self.now, &Happening::Partition { number, begins });
            }
        }
        true
    }

    fn wake(&mut self, slot: usize, observer: &mut dyn Observer) {
        if self.slots[slot].wake != self.now {
            return;
        }
        self.slots[slot].wake = Time::NEVER;
        self.with(slot, observer, |node, now, travel| {
            node.handle_timeout(now, travel)
        });
    }

    pub(super) fn deliver(
        &mut self,
        from: NodeId,
        to: usize,
        frame: &Arc<[u8]>,
        observer: &mut dyn Observer,
    ) {
        if self.slots[to].up && !self.keep_waiting(to, from, frame) {
            let id = self.slots[to].node.id();
            observer.observe(self.now, &Happening::Delivered { from, to: id, frame });
            self.with(to, observer, |node, now, travel| {
                node.handle_frame(now, from, frame, travel)
            });
        }
    }

    /// A task has ended, or was never taken.
    pub(super) fn ended(&mut self, task: TaskId) {
        if self.live.remove(&task) && self.pool && !self.coming.is_empty() {
            self.agenda.enter(self.now, Entry::Submit);
        }
    }

    /// Lets a node that is up do something, after telling it where its body is, and does what it wants done.
    /// `None` from a node that is down.
    pub(super) fn with<R>(
        &mut self,
        slot: usize,
        observer: &mut dyn Observer,
        act: impl FnOnce(&mut Node, Time, &mut dyn Travel) -> R,
    ) -> Option<R> {
        let (now, travel) = (self.now, &mut *self.travel);
        let Slot {
            node,
            body,
            up,
            clock,
            calendar,
            asleep,
            ..
        } = &mut self.slots[slot];
        if !*up || asleep.is_some() {
            return None;
        }
        observer.enter(node.id());
        let shown = clock.show(now);
        // The site's clock sets all calendars: those of robots always, those of coordinators now and then.
        let due = body.is_some() || *calendar > now || now.since(*calendar) >= Duration::from_secs(1);
        if *clock != Clock::default() && due {
            *calendar = now;
            node.set_utc(shown, utc(now));
        }
        if let Some(body) = body {
            body.settle(now);
            // A body is always at a finite pose with a charge from 0 to 1.
            let _ = node.moved(body.pose());
            if let Some(level) = body.level() {
                let _ = node.charged(shown, level, travel);
            }
        }
        let result = act(node, shown, travel);
        observer.leave(node.id());
        self.perform(slot, observer);
        Some(result)
    }

    /// Does what a node wants done: what it says, and what it tells its application, only when all that it wanted
    /// written down before is durable.
    fn perform(&mut self, slot: usize, observer: &mut dyn Observer) {
        let mut unsynced = false;
        let hasty = planted::is(Bug::AckBeforeSync);
        while let Some(output) = self.slots[slot].node.poll_output() {
            if let Output::Store(entry) = output {
                self.slots[slot].append(&entry);
                unsynced = true;
                continue;
            }
            if unsynced && !hasty {
                unsynced = false;
                if !self.slots[slot].sync() {
                    return self.die_of_disk(slot, observer);
                }
            }
            match output {
                Output::Send(outgoing) => self.send(slot, outgoing, observer),
                Output::Event(event) => {
                    let node = self.slots[slot].node.id();
                    observer.observe(self.now, &Happening::Event { node, event: &event });
                    self.obey(slot, &event, observer);
                }
                Output::Store(_) => {}
            }
        }
        if unsynced && !self.slots[slot].sync() {
            return self.die_of_disk(slot, observer);
        }
        let Slot {
            node, wake, clock, ..
        } = &mut self.slots[slot];
        if let Some(timeout) = node
            .poll_timeout()
            .map(|timeout| clock.when(timeout).max(self.now))
            .filter(|at| at < wake)
        {
            *wake = timeout;
            self.agenda.enter(timeout, Entry::Wake(slot));
        }
    }

    /// What the application around a node does when it is told something.
    fn obey(&mut self, slot: usize, event: &Event, observer: &mut dyn Observer) {
        let (now, travel) = (self.now, &mut *self.travel);
        let body = self.slots[slot].body.as_mut();
        match (event, body) {
            (Event::Start { task, stops_done, .. }, Some(body)) => {
                if body.start(task, *stops_done as usize, now, travel) {
                    self.show(slot, observer);
                } else {
                    self.no_way(slot, task.id(), observer);
                }
            }
            (Event::Stop { .. }, Some(body)) => {
                body.halt(now);
                self.show(slot, observer);
            }
            (Event::Together(task), Some(_)) => self.go_on(slot, *task, observer),
            (Event::Charge { at }, Some(body)) => {
                body.charge_at(*at, now, travel);
                self.show(slot, observer);
            }
            (Event::Retreat { at }, Some(body)) => {
                body.retreat_to(*at, now, travel);
                self.show(slot, observer);
            }
            (Event::Task { task, phase, .. }, _) if phase.is_terminal() => self.ended(*task),
            (Event::Accepted(task), _) => self.client.acknowledged(*task),
            _ => {}
        }
    }

    fn no_way(&mut self, slot: usize, task: TaskId, observer: &mut dyn Observer) {
        self.slots[slot]
            .body
            .as_mut()
            .into_iter()
            .for_each(|body| body.halt(self.now));
        self.show(slot, observer);
        let report = Report::Failed("there is no way to it".into());
        self.with(slot, observer, |node, now, travel| {
            node.report(now, task, report, travel).is_ok()
        });
    }

    /// A body has begun to do something else: tells the observer, and enters when that will end.
    pub(super) fn show(&mut self, slot: usize, observer: &mut dyn Observer) {
        let Slot { node, body, .. } = &self.slots[slot];
        let Some(body) = body else { return };
        let happening = Happening::Body {
            robot: node.id().robot(),
            pose: body.pose(),
            doing: body.doing(),
            charge: body.level().map(|level| (level * 1e6) as u32),
            route: body.route(),
        };
        observer.observe(self.now, &happening);
        if body.next() < Time::NEVER {
            self.agenda.enter(
                body.next(),
                Entry::Body {
                    robot: slot,
                    turn: body.turn,
                },
            );
        }
    }

    fn milestone(&mut self, slot: usize, turn: u64, observer: &mut dyn Observer) {
        let now = self.now;
        let Some(body) = self.slots[slot].body.as_mut().filter(|body| body.turn == turn) else {
            return;
        };
        match body.milestone(now, utc(now)) {
            Milestone::AtStop(task) if body.meets_team() => self.meet_team(slot, task, observer),
            Milestone::AtStop(task) => {
                self.show(slot, observer);
                self.report(slot, task, Report::Begun, observer);
            }
            Milestone::StopDone(task) => self.stop_done(slot, task, observer),
            Milestone::Charged => {
                self.slots[slot]
                    .body
                    .as_mut()
                    .into_iter()
                    .for_each(|body| body.halt(now));
                self.show(slot, observer);
                self.with(slot, observer, |_, _, _| ());
            }
            Milestone::Flat => self.go_down(slot, observer),
            Milestone::None => self.show(slot, observer),
        }
    }

    /// All of its team are there: a body that waited for that begins.
    fn go_on(&mut self, slot: usize, task: TaskId, observer: &mut dyn Observer) {
        let now = self.now;
        let body = self.slots[slot].body.as_mut();
        if body.is_some_and(|body| body.go_on(task, now)) {
            self.show(slot, observer);
        }
    }

    /// A body is where a task of a team begins: it is seen to work only if it may begin.
    fn meet_team(&mut self, slot: usize, task: TaskId, observer: &mut dyn Observer) {
        let turn = self.turn(slot);
        if self.report(slot, task, Report::Begun, observer) && self.turn(slot) == turn {
            self.show(slot, observer);
        }
    }

    fn stop_done(&mut self, slot: usize, task: TaskId, observer: &mut dyn Observer) {
        // The body asks before the work counts: its lease may have run out meanwhile.
        if !self.report(slot, task, Report::StopDone, observer) {
            return;
        }
        let at_it = |body: &&mut Body| matches!(body.doing(), Doing::Working(at) if at == task);
        let (now, travel) = (self.now, &mut *self.travel);
        let Some(body) = self.slots[slot].body.as_mut().filter(at_it) else {
            return;
        };
        match body.next_stop(now, travel) {
            Some(false) => self.no_way(slot, task, observer),
            _ => self.show(slot, observer),
        }
    }

    /// Counts what a body does.
    fn turn(&self, slot: usize) -> Option<u64> {
        self.slots[slot].body.as_ref().map(|body| body.turn)
    }

    /// Tells a node of its body's task. A body whose task is no longer its own stops; one whose team is not there waits.
    fn report(&mut self, slot: usize, task: TaskId, report: Report, observer: &mut dyn Observer) -> bool {
        let turn = self.turn(slot);
        let told = self.with(slot, observer, |node, now, travel| {
            node.report(now, task, report, travel)
        });
        let body = self.slots[slot].body.as_mut();
        let body = body.filter(|body| Some(body.turn) == turn);
        match (told, body) {
            (Some(Ok(())), _) => return true,
            (_, None) => return false,
            (Some(Err(ReportError::NotTogether)), Some(body)) => body.wait_for_team(),
            (_, Some(body)) => body.halt(self.now),
        }
        self.show(slot, observer);
        false
    }

    pub(super) fn go_down(&mut self, slot: usize, observer: &mut dyn Observer) {
        self.slots[slot].up = false;
        self.network.set_up(slot, false);
        self.show(slot, observer);
    }
}

/// The calendar of a simulation starts with its clock.
fn utc(now: Time) -> UtcTime {
    UtcTime::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}
