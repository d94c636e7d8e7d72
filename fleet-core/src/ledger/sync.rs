//! Witnesses among themselves: signs of life, catching up, getting back a lost memory, forgetting.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::digest::{DEPTH, PARTS};
use super::recovery::Recovery;
use super::witness::Rules;
use super::{Entry, Witness};
use crate::ids::{NodeId, TaskId};
use crate::message::{Between, Digest, Scope};
use crate::panel::Panel;
use crate::planted::{self, Bug};
use crate::record::{TaskRecord, TaskState};
use crate::time::Time;

/// A part with so few tasks is told whole.
const FEW: u32 = 8;
/// Signs of life whose echo is still of use.
const BEATS: usize = 64;

/// What a witness knows of another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Peer {
    heard: Time,
    /// Its link has ended, and it was not heard since.
    missed: bool,
    /// Life and number of its last sign of life.
    sign: (u32, u32),
    ready: bool,
    /// How far its list of ended tasks is known: its life, and a number.
    read: (u32, u32),
    /// The edition of its settings, and since when.
    edition: (u32, Time),
    /// It was seen to have the same live tasks, at this time or later.
    in_step: Time,
}

/// The other witnesses.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Peers {
    pub(super) peers: BTreeMap<NodeId, Peer>,
    /// This life's signs of life: number and time.
    sent: VecDeque<(u32, Time)>,
    pub(super) next: Time,
    /// The time of the last call.
    latest: Time,
}

impl Peers {
    pub(super) fn new(me: NodeId, rules: &Rules) -> Self {
        let peer = Peer {
            heard: Time::ZERO,
            missed: false,
            sign: (0, 0),
            ready: true,
            read: (0, 0),
            edition: (0, Time::ZERO),
            in_step: Time::ZERO,
        };
        let others = rules.panel.all().iter().filter(|witness| **witness != me);
        Peers {
            peers: others.map(|witness| (*witness, peer.clone())).collect(),
            sent: VecDeque::new(),
            next: Time::ZERO,
            latest: Time::ZERO,
        }
    }

    pub(super) fn begin(&mut self, now: Time) {
        self.next = now;
        self.peers.values_mut().for_each(|peer| peer.heard = now);
    }

    pub(super) fn ids(&self) -> Vec<NodeId> {
        self.peers.keys().copied().collect()
    }

    pub(super) fn next_beat(&self) -> Option<Time> {
        (!self.peers.is_empty()).then_some(self.next)
    }

    fn sent_at(&self, number: u32) -> Option<Time> {
        let sent = self.sent.iter().find(|(sent, _)| *sent == number);
        sent.map(|(_, at)| *at)
    }
}

impl Witness {
    /// How many witnesses come before this one and seem to be there.
    pub(super) fn rank(&self, now: Time) -> u32 {
        let before = self
            .rules
            .panel
            .all()
            .iter()
            .take_while(|witness| **witness != self.me);
        before.filter(|witness| self.is_there(**witness, now)).count() as u32
    }

    fn is_there(&self, witness: NodeId, now: Time) -> bool {
        let peer = self.peers.peers.get(&witness);
        peer.is_some_and(|peer| peer.ready && !peer.missed && now < peer.heard + self.rules.suspicion)
    }

    /// The link to `node`, if that is a witness, has ended: it counts as silent until it is heard.
    pub(crate) fn miss(&mut self, node: NodeId) {
        if let Some(peer) = self.peers.peers.get_mut(&node) {
            peer.missed = true;
        }
    }

    /// Whether this witness leads: it has its memory, and nobody before it seems to be there. Two may think so, on
    /// the two sides of a partition or for a moment; that costs messages and nothing else.
    pub fn leads(&self, now: Time) -> bool {
        self.is_ready() && self.rank(now) == 0
    }

    /// When the first of those who come before this witness will be thought to be gone, if not heard until then.
    pub(super) fn next_suspicion(&self) -> Option<Time> {
        let before = self
            .rules
            .panel
            .all()
            .iter()
            .take_while(|witness| **witness != self.me);
        let before = before.filter_map(|witness| self.peers.peers.get(witness));
        let latest = self.peers.latest;
        let suspicions = before
            .map(|peer| peer.heard + self.rules.suspicion)
            .filter(|at| *at > latest);
        suspicions.min()
    }

    /// Whether a majority of the witnesses seems to be there.
    pub fn has_quorum(&self, now: Time) -> bool {
        self.rules
            .panel
            .is_majority(|node| node == self.me || self.is_there(node, now))
    }

    /// The other witnesses.
    pub fn others(&self) -> Vec<NodeId> {
        self.peers.ids()
    }

    /// The set of witnesses is another. What was promised stays promised.
    pub fn change_panel(&mut self, panel: Panel, now: Time) {
        self.begin(now);
        self.rules.panel = panel;
        let mut peers = Peers::new(self.me, &self.rules);
        peers.begin(now);
        for (id, peer) in &mut peers.peers {
            if let Some(known) = self.peers.peers.remove(id) {
                *peer = known;
            }
        }
        (peers.sent, peers.latest) = (core::mem::take(&mut self.peers.sent), now);
        self.peers = peers;
        self.changed_at = now;
    }

    /// Whether the successors may take the place of the present witnesses: no lease runs that the present ones granted
    /// alone, and a majority of the successors knows all that those know.
    pub fn can_complete_change(&self, now: Time) -> bool {
        let edition = self.rules.panel.edition();
        let guard = self.rules.lease.guard();
        let peer = |node: NodeId| {
            self.peers
                .peers
                .get(&node)
                .filter(|peer| peer.edition.0 == edition)
        };
        let settled = |node: NodeId| match node == self.me {
            true => now >= self.changed_at + guard,
            false => peer(node).is_some_and(|peer| now >= peer.edition.1 + guard),
        };
        let ready = |node: NodeId| match node == self.me {
            true => self.is_ready(),
            false => peer(node).is_some_and(|peer| peer.ready && peer.sign.1 > 0),
        };
        let panel = &self.rules.panel;
        panel.is_majority_of_present(settled) && panel.is_majority_of_successors(ready)
    }

    /// Another witness says something.
    pub fn handle(&mut self, from: NodeId, edition: u32, message: Between, now: Time) {
        self.begin(now);
        let Some(peer) = self.peers.peers.get_mut(&from) else {
            return;
        };
        if edition > peer.edition.0 {
            peer.edition = (edition, now);
        }
        // What one set of witnesses agrees on is nothing to another; what is over, is over.
        let of_this_set = edition == self.rules.panel.edition();
        if !of_this_set && !matches!(message, Between::Digest(_) | Between::Ended(_) | Between::Ask(_)) {
            return;
        }
        match message {
            Between::Digest(digest) => self.on_digest(from, digest, of_this_set, now),
            Between::Records { records, scope, echo } => self.on_records(from, &records, scope, echo, now),
            Between::Ask(tasks) => self.on_ask(from, &tasks),
            Between::Since { boot, from: number } if boot == self.boot => self.on_since(from, number),
            Between::Since { .. } => {}
            Between::Settled {
                boot,
                from: number,
                tasks,
            } => self.on_settled(from, boot, number, &tasks),
            Between::Ended(ended) => ended
                .into_iter()
                .for_each(|(task, state)| self.on_ended(task, &state, now)),
            Between::Prepare { task, epoch, end } => self.on_prepare(from, task, epoch, end, now),
            Between::Prepared { task, epoch, promise } => self.on_prepared(from, task, epoch, promise, now),
            Between::Recover { boot, after } => self.on_recover(from, boot, after),
            Between::Drains(_) => {} // the coordinator's
            Between::Memory { boot, .. } if boot != self.boot => {}
            Between::Memory {
                after,
                records,
                ended,
                more,
                ready,
                ..
            } => self.on_memory(from, after, records, ended, more, ready, now),
        }
    }

    pub(super) fn tick_peers(&mut self, now: Time) {
        self.peers.latest = now;
        let regained = |recovery: &Recovery| recovery.has_memory && recovery.until <= now;
        if self.recovery.take_if(|recovery| regained(recovery)).is_some() {
            self.store(Entry::Regained);
        }
        if self.peers.peers.is_empty() || now < self.peers.next {
            return;
        }
        let remembers = self.is_ready();
        let pace = if remembers {
            self.rules.heartbeat
        } else {
            self.rules.retry
        };
        self.peers.next = now + pace;
        self.beat(now);
        self.ask_for_missing();
        if !remembers {
            self.ask_for_memory(now);
        }
    }

    fn beat(&mut self, now: Time) {
        let number = self.peers.sent.back().map_or(1, |(number, _)| number + 1);
        self.peers.sent.push_back((number, now));
        if self.peers.sent.len() > BEATS {
            self.peers.sent.pop_front();
        }
        let sums = alloc::vec![(Scope::ALL, self.ledger.sum(Scope::ALL))];
        for peer in self.peers.ids() {
            let digest = self.digest(peer, number, sums.clone());
            self.send(peer, digest);
        }
    }

    /// Others will be asked about `task` until it is known how it stands: tasks that have ended are not compared.
    pub fn ask_for(&mut self, task: TaskId) {
        if self.ledger.state(task).is_none() {
            self.missing.insert(task);
        }
    }

    fn ask_for_missing(&mut self) {
        let ledger = &self.ledger;
        self.missing.retain(|task| ledger.state(*task).is_none());
        let tasks: Vec<TaskId> = self.missing.iter().copied().take(self.rules.batch).collect();
        if !tasks.is_empty() {
            self.send_all(&Between::Ask(tasks));
        }
    }

    fn on_ask(&mut self, from: NodeId, tasks: &[TaskId]) {
        if !self.is_ready() {
            return; // what it says would be taken for consent
        }
        let (mut records, mut ended) = (Vec::new(), Vec::new());
        for task in tasks.iter().take(self.rules.batch) {
            match self.ledger.get(*task) {
                Some(known) => records.push(known.record.clone()),
                None => ended.extend(self.ledger.state(*task).map(|state| (*task, state.clone()))),
            }
        }
        self.send_records(from, records, None, false);
        if !ended.is_empty() {
            self.send(from, Between::Ended(ended));
        }
    }

    /// The number after the last task that has ended here.
    fn log_end(&self) -> u32 {
        self.log_from.saturating_add(self.log.len() as u32)
    }

    /// More tasks have ended with `from` than this witness has heard of.
    fn see_ended(&mut self, from: NodeId, digest: &Digest) {
        let same = digest.ended.1 == self.ledger.ended();
        let Some(peer) = self.peers.peers.get_mut(&from) else {
            return;
        };
        if peer.read.0 != digest.boot {
            peer.read = (digest.boot, 0);
        }
        let (boot, number) = peer.read;
        if same {
            peer.read.1 = number.max(digest.ended.0);
        } else if number < digest.ended.0 {
            self.send(from, Between::Since { boot, from: number });
        }
    }

    fn on_since(&mut self, to: NodeId, from: u32) {
        let from = from.max(self.log_from);
        let skip = (from - self.log_from) as usize;
        let tasks: Vec<TaskId> = self
            .log
            .iter()
            .skip(skip)
            .take(16 * self.rules.batch)
            .copied()
            .collect();
        let boot = self.boot;
        if !tasks.is_empty() {
            self.send(to, Between::Settled { boot, from, tasks });
        }
    }

    fn on_settled(&mut self, from: NodeId, boot: u32, number: u32, tasks: &[TaskId]) {
        let ended = |task: &TaskId| self.ledger.state(*task).is_some_and(|state| state.settled);
        let new: Vec<TaskId> = tasks.iter().filter(|task| !ended(task)).copied().collect();
        for part in new.chunks(self.rules.batch) {
            self.send(from, Between::Ask(part.to_vec()));
        }
        // Asked for again next time, unless the answers come.
        let end = number.saturating_add(tasks.len() as u32);
        if let Some(peer) = self
            .peers
            .peers
            .get_mut(&from)
            .filter(|peer| peer.read.0 == boot && new.is_empty())
        {
            peer.read.1 = peer.read.1.max(end);
        }
    }

    fn digest(&self, to: NodeId, number: u32, sums: Vec<(Scope, u64)>) -> Between {
        Between::Digest(Digest {
            boot: self.boot,
            number,
            echo: self.peers.peers.get(&to).map_or((0, 0), |peer| peer.sign),
            ready: self.is_ready(),
            ended: (self.log_end(), self.ledger.ended()),
            sums,
        })
    }

    fn on_digest(&mut self, from: NodeId, digest: Digest, of_this_set: bool, now: Time) {
        let asked = (digest.echo.0 == self.boot).then(|| self.peers.sent_at(digest.echo.1));
        let same = digest.sums.contains(&(Scope::ALL, self.ledger.sum(Scope::ALL)));
        let Some(peer) = self.peers.peers.get_mut(&from) else {
            return;
        };
        let sign = (digest.boot, digest.number);
        if digest.number > 0 && sign > peer.sign {
            (peer.sign, peer.heard, peer.missed, peer.ready) = (sign, now, false, digest.ready);
        }
        if !self.is_ready() || !digest.ready || !of_this_set {
            return;
        }
        if same {
            if let Some(Some(asked)) = asked
                && let Some(peer) = self.peers.peers.get_mut(&from)
            {
                peer.in_step = peer.in_step.max(asked);
            }
            self.agrees_on_all(from, now);
        }
        if digest.number > 0 {
            self.see_ended(from, &digest);
        }
        // Of two that see a difference in their signs of life one is enough to look for it.
        let mine_to_look = digest.number == 0 || self.comes_after(from);
        if mine_to_look {
            self.look_into(from, &digest.sums);
        }
    }

    fn comes_after(&self, other: NodeId) -> bool {
        self.rules.panel.seat(self.me) > self.rules.panel.seat(other)
    }

    /// `from` has the very same live tasks, standing the same way.
    fn agrees_on_all(&mut self, from: NodeId, now: Time) {
        let matters: Vec<TaskId> = self.matters.keys().copied().collect();
        for task in matters {
            if let Some(record) = self.ledger.get(task).map(|known| known.record.clone()) {
                self.agrees(from, &record, now);
            }
        }
    }

    /// Tells, or asks closer, where the sums differ.
    fn look_into(&mut self, from: NodeId, sums: &[(Scope, u64)]) {
        let mut parts = Vec::new();
        for (scope, sum) in sums.iter().take(self.rules.batch.max(PARTS)) {
            if !scope.is_valid() || self.ledger.sum(*scope) == *sum {
                continue;
            }
            if self.ledger.live(*scope) <= FEW || scope.depth == DEPTH {
                let records: Vec<TaskRecord> = self.ledger.live_records(*scope).cloned().collect();
                self.send_records(from, records, Some(*scope), true);
            } else {
                parts.extend(scope.parts().map(|part| (part, self.ledger.sum(part))));
            }
        }
        if !parts.is_empty() {
            let digest = self.digest(from, 0, parts);
            self.send(from, digest);
        }
    }

    fn send_records(&mut self, to: NodeId, records: Vec<TaskRecord>, scope: Option<Scope>, echo: bool) {
        let whole = records.len() <= self.rules.batch;
        for part in records.chunks(self.rules.batch) {
            let records = part.to_vec();
            let scope = scope.filter(|_| whole);
            self.send(to, Between::Records { records, scope, echo });
        }
        // What the other has besides is told if one message speaks for the whole part, be it one of nothing.
        if scope.is_some() && (records.is_empty() || !whole) {
            let records = Vec::new();
            self.send(to, Between::Records { records, scope, echo });
        }
    }

    fn on_records(
        &mut self,
        from: NodeId,
        records: &[TaskRecord],
        scope: Option<Scope>,
        echo: bool,
        now: Time,
    ) {
        let mut known = BTreeSet::new();
        for record in records.iter().take(self.rules.batch) {
            known.insert(record.task.id());
            self.join(record, now);
            self.agrees(from, record, now);
        }
        if !self.is_ready() {
            return;
        }
        let told = records
            .iter()
            .map(|record| record.task.id())
            .take(self.rules.batch);
        if echo {
            self.answer(from, told, &known, scope);
        } else {
            self.tell_ended(from, told);
        }
    }

    /// Whoever tells of a task that has ended here does not know that.
    fn tell_ended(&mut self, to: NodeId, told: impl Iterator<Item = TaskId>) {
        let end = |task| {
            let state = self.ledger.state(task).filter(|state| state.settled)?;
            Some((task, state.clone()))
        };
        let ended: Vec<(TaskId, TaskState)> = told.filter_map(end).collect();
        if !ended.is_empty() {
            self.send(to, Between::Ended(ended));
        }
    }

    /// How these tasks stand here, and what else there is in that part.
    fn answer(
        &mut self,
        to: NodeId,
        told: impl Iterator<Item = TaskId>,
        known: &BTreeSet<TaskId>,
        scope: Option<Scope>,
    ) {
        let told: Vec<TaskId> = told.collect();
        self.tell_ended(to, told.iter().copied());
        let known_here = told.iter().filter_map(|task| self.ledger.get(*task));
        let live = known_here
            .map(|known| &known.record)
            .filter(|record| !record.state.settled);
        let mut live: Vec<TaskRecord> = live.cloned().collect();
        if let Some(scope) = scope.filter(|scope| scope.is_valid()) {
            let more = self.ledger.live_records(scope);
            live.extend(more.filter(|record| !known.contains(&record.task.id())).cloned());
        }
        self.send_records(to, live, None, false);
    }

    pub(super) fn on_ended(&mut self, task: TaskId, state: &TaskState, now: Time) {
        if !state.settled || !state.phase.is_terminal() {
            return;
        }
        if self.ledger.get(task).is_some() {
            self.change(task, now, |record| record.state.join(state));
        } else if self.ledger.state(task).is_none() && self.ledger.len() < self.rules.tasks {
            self.bury(task, state.clone(), now);
            self.log.push_back(task);
            self.changed(task, None, state.clone());
        }
    }

    fn bury(&mut self, task: TaskId, state: TaskState, now: Time) {
        self.store(Entry::Buried {
            task,
            state: state.clone(),
        });
        self.ledger.bury(task, state, now);
        self.buried.push_back((now, task));
    }

    /// Keeps of what ended a while ago only how it ended, and nothing of what ended long ago if all others are
    /// known to have got over it: from then on nobody can bring it back.
    pub(super) fn tidy(&mut self, now: Time) {
        while let Some((_, task)) = self.pop_ended(now) {
            if let Some(state) = self.ledger.get(task).map(|known| known.record.state.clone()) {
                self.bury(task, state, now);
            }
        }
        while let Some((at, task)) = self.buried.front().copied() {
            if at + self.rules.remember > now || !self.all_are_over_it(at) {
                break;
            }
            self.buried.pop_front();
            self.leaving.push_back((now, task));
        }
        self.forget(now);
    }

    /// Frames that others sent before they got over it may still be on their way.
    fn forget(&mut self, now: Time) {
        let hasty = planted::is(Bug::ForgetTooEarly);
        while let Some((at, task)) = self.leaving.front().copied() {
            if at + self.rules.remember > now && !hasty {
                return;
            }
            self.leaving.pop_front();
            if self.ledger.is_needed(task) {
                self.leaving.push_back((now, task)); // live tasks wait for it
                return;
            }
            self.ledger.forget(task);
            self.store(Entry::Forgotten(task));
            while self
                .log
                .front()
                .is_some_and(|task| self.ledger.state(*task).is_none())
            {
                self.log.pop_front();
                self.log_from = self.log_from.saturating_add(1);
            }
        }
    }

    /// Whether every other witness is known not to think that a task is open which ended here at `at`.
    pub(super) fn all_are_over_it(&self, at: Time) -> bool {
        self.peers.peers.values().all(|peer| peer.in_step >= at) || planted::is(Bug::ForgetTooEarly)
    }
}

impl Witness {
    fn pop_ended(&mut self, now: Time) -> Option<(Time, TaskId)> {
        let due = self
            .ended
            .front()
            .is_some_and(|(at, _)| *at + self.rules.keep <= now);
        due.then(|| self.ended.pop_front()).flatten()
    }
}
