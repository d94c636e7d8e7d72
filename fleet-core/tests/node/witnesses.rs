//! Fleets with several witnesses: their journals, crashes and partitions; and robots that work by themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use fleet_core::ledger::{Entry, Phase, TaskRecord, TaskState};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Epoch, Event, Node, NodeId, Report, ReportError, RobotSpec, SubmitError, Task, TaskId, TaskSpec,
    Time,
};

use crate::fleet::{CHIEF, Fleet, number, task_id};

/// The witness that comes `k`-th, from 0.
pub(crate) const fn witness(k: u128) -> NodeId {
    NodeId::from_u128(1000 + k)
}

/// The settings of a fleet with so many witnesses.
pub(crate) fn settings(witnesses: u128) -> Config {
    let mut config = Config::new(CHIEF);
    config.witnesses = (0..witnesses).map(witness).collect();
    config
}

/// What a robot is at by itself, and when it goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hand {
    task: TaskId,
    begun: bool,
    next: Time,
}

impl Fleet {
    /// Robots that have reported to so many witnesses.
    pub(crate) fn replicated(witnesses: u128, robots: impl IntoIterator<Item = RobotSpec>) -> Self {
        Fleet::with(settings(witnesses), robots)
    }

    /// A node dies; a witness's journal stays.
    pub(crate) fn crash(&mut self, id: NodeId) {
        self.nodes.retain(|node| node.id() != id);
        self.hands.remove(&id);
    }

    /// A witness in its next life, with its journal or without.
    pub(crate) fn restart(&mut self, id: NodeId, memory: bool) {
        self.crash(id);
        let boot = self.boots.get_mut(&id).unwrap();
        *boot += 1;
        let mut node = Node::coordinator(self.config.clone(), id, *boot).unwrap();
        let journal = self.journals.entry(id).or_default();
        if memory {
            node = node.with_memory(journal.iter()).unwrap();
        } else {
            journal.clear();
        }
        let witnesses = &self.config.witnesses;
        let rank = |id: NodeId| witnesses.iter().position(|witness| *witness == id);
        let before = |other: &Node| rank(other.id()).is_some_and(|place| Some(place) < rank(id));
        let place = self.nodes.iter().take_while(|other| before(other)).count();
        self.nodes.insert(place, node);
        self.nodes[place].handle_timeout(self.now, &mut Euclidean);
        self.settle();
    }

    /// Loses all that goes between `side` and the rest.
    pub(crate) fn split(&mut self, side: impl IntoIterator<Item = NodeId>) {
        let side: BTreeSet<NodeId> = side.into_iter().collect();
        self.lose = Box::new(move |from, to, _| side.contains(&from) != side.contains(&to));
    }

    /// All hear from below that the link to `id` has ended.
    pub(crate) fn miss(&mut self, id: NodeId) {
        let now = self.now;
        for node in self.nodes.iter_mut().filter(|node| node.id() != id) {
            node.miss(now, id, &mut Euclidean);
        }
        self.settle();
    }

    /// Who leads, or thinks so.
    pub(crate) fn leaders(&self) -> Vec<NodeId> {
        let leads = self.nodes.iter().filter(|node| node.leads(self.now));
        leads.map(Node::id).collect()
    }

    /// What a witness knows of a task.
    pub(crate) fn state_at(&self, witness: NodeId, k: u128) -> Option<TaskState> {
        let node = self.nodes.iter().find(|node| node.id() == witness)?;
        Some(node.record(task_id(k))?.state.clone())
    }

    pub(crate) fn phase_at(&self, witness: NodeId, k: u128) -> Option<Phase> {
        Some(self.state_at(witness, k)?.phase)
    }

    /// All that the witnesses that are up know, each for itself.
    pub(crate) fn ledgers(&self) -> Vec<Vec<TaskRecord>> {
        let witnesses = self
            .nodes
            .iter()
            .filter(|node| self.boots.contains_key(&node.id()));
        witnesses.map(|node| node.records().cloned().collect()).collect()
    }

    /// Whether all witnesses that are up know the same; of what has ended, how it ended.
    pub(crate) fn agrees(&self) -> bool {
        let mut ledgers = self.ledgers();
        for record in ledgers.iter_mut().flatten().filter(|record| record.state.settled) {
            (record.order, record.submitted) = Default::default();
        }
        ledgers.iter().all(|ledger| *ledger == ledgers[0])
    }

    pub(crate) fn submit_at(&mut self, witness: NodeId, spec: TaskSpec) -> Result<(), SubmitError> {
        let taken = self.submit_only(witness, spec);
        self.settle();
        taken
    }

    /// Submits, and delivers nothing of what follows.
    pub(crate) fn submit_only(&mut self, witness: NodeId, spec: TaskSpec) -> Result<(), SubmitError> {
        let (now, task) = (self.now, Task::new(spec).unwrap());
        self.node(witness).submit(now, task, &mut Euclidean)
    }

    pub(crate) fn cancel_at(&mut self, witness: NodeId, k: u128) -> bool {
        let now = self.now;
        let cancelled = self.node(witness).cancel(now, task_id(k), &mut Euclidean);
        self.settle();
        cancelled.unwrap()
    }

    pub(crate) fn pause_at(&mut self, witness: NodeId, k: u128, rest: bool) {
        let now = self.now;
        let paused = self.node(witness).pause(now, task_id(k), rest, &mut Euclidean);
        paused.unwrap();
        self.settle();
    }

    /// The robots that may act on a task now.
    pub(crate) fn actors(&self, k: u128) -> Vec<(u128, Epoch)> {
        let robots = self.nodes.iter().filter(|node| node.body().is_some());
        let may = |node: &Node| {
            let epoch = node.permit(task_id(k), self.now)?;
            Some((node.id().robot().uuid().as_u128(), epoch))
        };
        robots.filter_map(may).collect()
    }

    /// S1: never two robots at one of the tasks that are to be watched.
    pub(crate) fn check_actors(&self) {
        for k in &self.exclusive {
            let actors = self.actors(*k);
            assert!(actors.len() <= 1, "{:?}: task {k} has {actors:?}", self.now);
        }
    }

    /// Lets things happen one by one until `done`, for `seconds` at most: what was said last is still on its way.
    #[track_caller]
    pub(crate) fn halt(&mut self, seconds: f64, done: impl Fn(&Fleet) -> bool) {
        let end = self.now + Duration::from_secs_f64(seconds);
        while !done(self) {
            let something = self.step() || self.pass_time(end);
            assert!(something, "not within {seconds} s; said: {:#?}", self.said);
        }
    }

    /// What a node has said and nobody has heard yet is lost.
    pub(crate) fn swallow(&mut self, from: NodeId) {
        self.queue.retain(|(sender, _, _)| *sender != from);
    }

    /// Whether a task has ended, at all witnesses that are up.
    pub(crate) fn is_over(&self, k: u128) -> bool {
        let ended = |ledger: &Vec<TaskRecord>| {
            let record = ledger.iter().find(|record| record.task.id() == task_id(k));
            record.is_some_and(|record| record.state.settled)
        };
        self.ledgers().iter().all(ended)
    }

    /// The journals that a task's record is in.
    pub(crate) fn journals_with(&self, k: u128) -> usize {
        let is_it = |entry: &Vec<u8>| {
            let entry = Entry::decode(entry).unwrap();
            matches!(entry, Entry::Record(record) if record.task.id() == task_id(k))
        };
        let journals = self.journals.values();
        journals.filter(|journal| journal.iter().any(is_it)).count()
    }

    /// The events of one node that `pick` picks.
    pub(crate) fn news_at<T>(&self, node: NodeId, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        let told = self.told.iter().filter(|(_, at, _)| *at == node);
        told.filter_map(|(_, _, event)| pick(event)).collect()
    }

    /// Whether any node was told this.
    pub(crate) fn was_told(&self, event: &Event) -> bool {
        self.told.iter().any(|(_, _, told)| told == event)
    }

    /// How often robots started a task.
    pub(crate) fn starts(&self, k: u128) -> usize {
        let starts = |event: &Event| matches!(event, Event::Start { task, .. } if task.id() == task_id(k));
        self.told.iter().filter(|(_, _, event)| starts(event)).count()
    }

    /// How often robots did a task to its end.
    pub(crate) fn times_done(&self, k: u128) -> usize {
        self.done.iter().filter(|(task, _)| *task == k).count()
    }

    /// Keeps in mind what a node's application is told.
    pub(crate) fn note(&mut self, node: NodeId, event: &Event) {
        match event {
            Event::Accepted(task) if self.boots.len() > 1 => {
                let journals = self.journals_with(number(*task));
                self.accepted.push((number(*task), journals));
            }
            Event::Start { task, .. } if self.pace.is_some() => {
                let (task, begun, next) = (task.id(), false, self.now);
                self.hands.insert(node, Hand { task, begun, next });
            }
            Event::Together(task) => {
                let now = self.now;
                let hand = self.hands.get_mut(&node).filter(|hand| hand.task == *task);
                hand.into_iter().for_each(|hand| hand.next = now);
            }
            Event::Stop { task, .. } if self.hands.get(&node).is_some_and(|hand| hand.task == *task) => {
                self.hands.remove(&node);
            }
            _ => {}
        }
    }

    /// From now on robots do what they start, in this time.
    pub(crate) fn work_by_themselves(&mut self, seconds: f64) {
        self.pace = Some(Duration::from_secs_f64(seconds));
    }

    /// A robot sets about a task that it has started before.
    pub(crate) fn take_in_hand(&mut self, robot: u128, task: u128) {
        let (task, begun, next) = (task_id(task), false, self.now);
        let node = crate::fleet::robot_id(robot).node();
        self.hands.insert(node, Hand { task, begun, next });
    }

    pub(crate) fn next_hand(&self) -> Option<Time> {
        self.hands.values().map(|hand| hand.next).min()
    }

    /// Lets robots begin and finish what is due.
    pub(crate) fn toil(&mut self) {
        let due = self.hands.iter().filter(|(_, hand)| hand.next <= self.now);
        let due: Vec<(NodeId, Hand)> = due.map(|(node, hand)| (*node, *hand)).collect();
        for (id, Hand { task, begun, .. }) in due {
            let (now, report) = (self.now, if begun { Report::StopDone } else { Report::Begun });
            let told = self.node(id).report(now, task, report, &mut Euclidean);
            if told == Err(ReportError::NotTogether) {
                let next = Time::NEVER;
                self.hands.insert(id, Hand { task, begun, next });
            } else if begun || told.is_err() {
                self.hands.remove(&id);
            } else {
                let next = now + self.pace.unwrap_or_default();
                self.hands.insert(
                    id,
                    Hand {
                        task,
                        begun: true,
                        next,
                    },
                );
            }
            if !begun && told.is_ok() {
                self.begun.push((now, number(task), id.robot().uuid().as_u128()));
            }
            if begun && told.is_ok() {
                self.done.push((number(task), id.robot().uuid().as_u128()));
            }
        }
    }

    /// Submits a task at the first witness that takes it.
    pub(crate) fn submit_anywhere(&mut self, spec: TaskSpec) {
        let witnesses = self.config.witnesses.clone();
        let up = |fleet: &Fleet, id: &NodeId| fleet.nodes.iter().any(|node| node.id() == *id);
        let taken = witnesses
            .into_iter()
            .any(|id| up(self, &id) && self.submit_at(id, spec.clone()).is_ok());
        assert!(taken, "no witness takes {:?}", spec.id);
    }

    /// Whether robot `k` may act on a task now.
    pub(crate) fn permit_of(&self, k: u128, task: u128) -> bool {
        self.actors(task).iter().any(|(robot, _)| *robot == k)
    }
}
