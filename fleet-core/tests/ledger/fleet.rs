//! Some witnesses on a network that loses, repeats and reorders, in virtual time, each with a journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleet_core::ledger::{Effect, Entry, LeaseTerms, Phase, Rules, TaskRecord, TaskState, Witness};
use fleet_core::message::Between;
use fleet_core::{Epoch, NodeId, Panel, Place, RobotId, Stop, Task, TaskId, TaskSpec, Time, UtcTime};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

pub(crate) use crate::network::{Mail, Traffic, Weather};
use crate::robots::Robot;

pub(crate) const UTC: UtcTime = UtcTime::from_secs(1_000);
/// Of the settings.
pub(crate) const EDITION: u32 = 1;
/// Calls to one witness at one moment, after which it is taken to spin.
const SPIN: u32 = 1_000;

pub(crate) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

pub(crate) const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Witness `k`, from 0.
pub(crate) fn witness(k: usize) -> NodeId {
    NodeId::from_u128(k as u128 + 1)
}

/// Robot `k`, from 0.
pub(crate) fn robot(k: usize) -> RobotId {
    RobotId::from_u128(k as u128 + 101)
}

/// The id of task `k`.
pub(crate) fn id(k: usize) -> TaskId {
    TaskId::from_u128(k as u128 + 1_001)
}

pub(crate) fn task(k: usize) -> Arc<Task> {
    content(k, 0.0)
}

/// A task under the id of `k` that differs with `x`.
pub(crate) fn content(k: usize, x: f64) -> Arc<Task> {
    let spec = TaskSpec::new(id(k), vec![Stop::at(Place::at(x, 0.0))]);
    Arc::new(Task::new(spec).unwrap())
}

pub(crate) fn terms() -> LeaseTerms {
    LeaseTerms::new(secs(2), 0.001).unwrap()
}

pub(crate) fn rules(n: usize) -> Rules {
    let witnesses: Vec<NodeId> = (0..n).map(witness).collect();
    Rules {
        panel: Panel::new(EDITION, &witnesses, &[]),
        lease: terms(),
        heartbeat: millis(500),
        suspicion: millis(1_500),
        retry: millis(100),
        keep: secs(3_600),
        remember: secs(24 * 3_600),
        tasks: 10_000,
        batch: 64,
    }
}

/// The place of one witness: what is there now, and what outlives it.
pub(crate) struct Seat {
    pub(crate) witness: Option<Witness>,
    pub(crate) boot: u32,
    pub(crate) journal: Vec<Entry>,
    /// The robots' lives that it knows of.
    pub(crate) lives: BTreeMap<usize, u32>,
    /// The highest epochs that this life gave out.
    pub(crate) floors: BTreeMap<TaskId, Epoch>,
}

impl Seat {
    /// How the journal has `task`, as a restart would.
    pub(crate) fn written(&self, task: TaskId) -> Option<TaskRecord> {
        let mut found: Option<TaskRecord> = None;
        for entry in &self.journal {
            match entry {
                Entry::Record(record) if record.task.id() == task => found = Some(record.clone()),
                Entry::State {
                    task: of,
                    state,
                    order,
                } if *of == task => {
                    if let Some(record) = &mut found {
                        (record.state, record.order) = (state.clone(), *order);
                    }
                }
                Entry::Buried { task: of, .. } | Entry::Forgotten(of) if *of == task => found = None,
                _ => {}
            }
        }
        found
    }
}

pub(crate) struct Fleet {
    pub(crate) now: Time,
    pub(crate) rules: Rules,
    pub(crate) seats: Vec<Seat>,
    pub(crate) weather: Weather,
    pub(crate) random: Xoshiro256PlusPlus,
    pub(crate) traffic: Traffic,
    /// Witnesses on different sides do not hear each other.
    pub(crate) side: Vec<u32>,
    pub(crate) robots: Vec<Robot>,
    queue: BTreeMap<(Time, u64), Mail>,
    sent: u64,
    /// The first end of each task that was settled anywhere.
    ends: BTreeMap<TaskId, Phase>,
    /// Tasks that were accepted, and where this was seen.
    pub(crate) accepted: BTreeMap<TaskId, BTreeSet<usize>>,
    pub(crate) conflicts: BTreeSet<(usize, TaskId)>,
}

impl Fleet {
    pub(crate) fn new(rules: Rules, seed: u64) -> Self {
        let seat = |k| Seat {
            witness: Some(Witness::new(witness(k), 1, rules.clone())),
            boot: 1,
            journal: Vec::new(),
            lives: BTreeMap::new(),
            floors: BTreeMap::new(),
        };
        let n = rules.panel.all().len();
        Fleet {
            now: Time::from_secs(1),
            seats: (0..n).map(seat).collect(),
            rules,
            weather: Weather::FAIR,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            traffic: Traffic::default(),
            side: vec![0; n],
            robots: Vec::new(),
            queue: BTreeMap::new(),
            sent: 0,
            ends: BTreeMap::new(),
            accepted: BTreeMap::new(),
            conflicts: BTreeSet::new(),
        }
    }

    pub(crate) fn of(n: usize) -> Self {
        Fleet::new(rules(n), n as u64)
    }

    pub(crate) fn chance(&mut self, of: f64) -> bool {
        self.random.random::<f64>() < of
    }

    pub(crate) fn pick(&mut self, below: usize) -> usize {
        self.random.random_range(0..below)
    }

    pub(crate) fn is_up(&self, k: usize) -> bool {
        self.seats[k].witness.is_some()
    }

    pub(crate) fn at(&self, k: usize) -> &Witness {
        self.seats[k].witness.as_ref().expect("it is up")
    }

    /// Calls witness `k`, if it is up, and does what it wants done.
    pub(crate) fn with<T>(&mut self, k: usize, call: impl FnOnce(&mut Witness, Time) -> T) -> Option<T> {
        let answer = call(self.seats[k].witness.as_mut()?, self.now);
        self.perform(k);
        Some(answer)
    }

    fn perform(&mut self, k: usize) {
        while let Some(effect) = self.seats[k].witness.as_mut().and_then(Witness::poll) {
            match effect {
                Effect::Store(entry) => self.seats[k].journal.push(entry),
                Effect::Send(to, message) => self.send(k, to, message),
                Effect::Changed { task, before, after } => self.changed(k, task, before.as_ref(), &after),
                Effect::Conflict(task) => drop(self.conflicts.insert((k, task))),
                Effect::Ordered(_) => {}
            }
        }
    }

    fn send(&mut self, from: usize, to: NodeId, message: Between) {
        self.traffic.count(&message);
        let to = self.rules.panel.seat(to);
        let to = to.expect("a witness");
        if self.side[from] != self.side[to] {
            return;
        }
        self.post(&Mail::Between(from, to, message));
    }

    /// Gives something to the network.
    pub(crate) fn post(&mut self, mail: &Mail) {
        let copies = 1 + usize::from(self.chance(self.weather.twice));
        for _ in 0..copies {
            if !self.chance(self.weather.loss) {
                let at = self.now + self.delay();
                self.sent += 1;
                self.queue.insert((at, self.sent), mail.clone());
            }
        }
    }

    pub(crate) fn delay(&mut self) -> Duration {
        let straggles = self.chance(0.03);
        let most = if straggles {
            self.weather.straggle
        } else {
            self.weather.delay
        };
        most.mul_f64(self.random.random::<f64>())
    }

    fn changed(&mut self, k: usize, task: TaskId, before: Option<&TaskState>, after: &TaskState) {
        if after.settled {
            let first = self.ends.entry(task).or_insert_with(|| after.phase.clone());
            assert_eq!(
                *first, after.phase,
                "{task} has ended twice, now at {k}, {:?}",
                self.now
            );
        }
        if before.is_some_and(|before| !before.is_accepted()) && after.phase == Phase::Open {
            self.check_accepted(k, task);
        }
        if after.is_accepted() {
            self.accepted.entry(task).or_default().insert(k);
        }
    }

    /// A majority has the same content on disk.
    fn check_accepted(&self, k: usize, task: TaskId) {
        let content = self.seats[k].written(task).expect("written down here").task;
        let has = |seat: &&Seat| seat.written(task).is_some_and(|record| record.task == content);
        let written = self.seats.iter().filter(has).count();
        let n = self.seats.len();
        assert!(
            2 * written > n,
            "{task} was accepted with {written} of {n} copies"
        );
    }

    /// How `task` ended, if it was settled anywhere.
    pub(crate) fn end_of(&self, task: TaskId) -> Option<&Phase> {
        self.ends.get(&task)
    }

    /// The next moment at which something happens by itself.
    pub(crate) fn next(&self) -> Option<Time> {
        let timeouts = self
            .seats
            .iter()
            .flat_map(|seat| seat.witness.as_ref()?.next_timeout());
        let arrival = self.queue.keys().next().map(|(at, _)| *at);
        timeouts.chain(arrival).min().map(|at| at.max(self.now))
    }

    /// Everything up to `until`, in order.
    pub(crate) fn run_until(&mut self, until: Time) {
        let mut calls = (self.now, 0);
        while let Some(next) = self.next().filter(|next| *next <= until) {
            calls = if calls.0 == next {
                (next, calls.1 + 1)
            } else {
                (next, 0)
            };
            assert!(calls.1 < SPIN * self.seats.len() as u32, "it spins at {next:?}");
            self.now = next;
            self.step();
        }
        self.now = until;
    }

    pub(crate) fn deliver(&mut self, mail: Mail) {
        match mail {
            Mail::Between(from, to, message) if self.side[from] == self.side[to] => {
                let from = witness(from);
                self.with(to, |witness, now| witness.handle(from, EDITION, message, now));
            }
            Mail::Between(..) => {}
            Mail::Beat(to, beat) => self.on_beat(to, &beat),
            Mail::Heard(to, heard) => self.on_heard(to, &heard),
        }
        self.check_exclusion();
    }

    fn step(&mut self) {
        let now = self.now;
        if let Some(frame) = self.queue.first_entry().filter(|frame| frame.key().0 <= now) {
            let mail = frame.remove();
            self.deliver(mail);
            return;
        }
        let due = |seat: &Seat| seat.witness.as_ref()?.next_timeout().filter(|at| *at <= now);
        if let Some(k) = self.seats.iter().position(|seat| due(seat).is_some()) {
            self.with(k, Witness::tick);
        }
    }

    pub(crate) fn run(&mut self, span: Duration) {
        self.run_until(self.now + span);
    }

    /// Runs until `done`, which must be within `most`.
    pub(crate) fn run_till(&mut self, most: Duration, what: &str, mut done: impl FnMut(&Fleet) -> bool) {
        assert!(self.run_while(most, |fleet| !done(fleet)), "in vain: {what}");
    }

    /// Runs while `open`, at most for `most`; whether it came to an end.
    pub(crate) fn run_while(&mut self, most: Duration, mut open: impl FnMut(&Fleet) -> bool) -> bool {
        let end = self.now + most;
        while open(self) {
            let Some(next) = self.next().filter(|next| *next <= end) else {
                self.now = end;
                return false;
            };
            self.now = next;
            self.step();
        }
        true
    }

    /// Takes what is on its way between two witnesses out of the network.
    pub(crate) fn hold(&mut self, from: usize, to: usize) -> Vec<Mail> {
        let between = |mail: &Mail| matches!(mail, Mail::Between(a, b, _) if (*a, *b) == (from, to));
        let held = self.queue.iter().filter(|(_, mail)| between(mail));
        let held: Vec<Mail> = held.map(|(_, mail)| mail.clone()).collect();
        self.queue.retain(|_, mail| !between(mail));
        held
    }

    pub(crate) fn crash(&mut self, k: usize) {
        self.seats[k].witness = None;
    }

    /// Begins a new life of witness `k`, with what its journal kept or with nothing.
    pub(crate) fn restart(&mut self, k: usize, memory: bool) {
        let seat = &mut self.seats[k];
        seat.boot += 1;
        (seat.lives, seat.floors) = (BTreeMap::new(), BTreeMap::new());
        if !memory {
            seat.journal.clear();
        }
        let (me, rules) = (witness(k), self.rules.clone());
        let life = if memory {
            Witness::recovered(me, seat.boot, rules, seat.journal.iter().cloned())
        } else {
            Witness::new(me, seat.boot, rules)
        };
        seat.witness = Some(life);
        self.with(k, Witness::tick);
    }

    /// Begins the journal of `k` anew, with what it must remember.
    pub(crate) fn compact(&mut self, k: usize) {
        if let Some(witness) = &self.seats[k].witness {
            self.seats[k].journal = witness.memory().collect();
        }
    }

    /// The network is whole and fair from now on, and all are there.
    pub(crate) fn heal(&mut self) {
        self.weather = Weather::FAIR;
        self.side.fill(0);
        for k in 0..self.seats.len() {
            if !self.is_up(k) {
                self.restart(k, true);
            }
        }
    }

    pub(crate) fn submit(&mut self, k: usize, task: Arc<Task>) {
        self.with(k, |witness, now| witness.submit(task, UTC, now));
    }

    pub(crate) fn rule(&mut self, k: usize, task: TaskId, wish: Phase) -> bool {
        let floor = self.seats[k].floors.get(&task).copied().unwrap_or_default();
        self.with(k, |witness, now| witness.rule(task, wish, None, floor, now))
            .unwrap_or_default()
    }

    /// How `task` stands at witness `k`.
    pub(crate) fn state(&self, k: usize, task: TaskId) -> Option<&TaskState> {
        self.at(k).ledger().state(task)
    }

    pub(crate) fn phase(&self, k: usize, task: TaskId) -> Option<Phase> {
        self.state(k, task).map(|state| state.phase.clone())
    }

    /// Whether all have the same live tasks, standing the same way.
    pub(crate) fn is_in_step(&self) -> bool {
        let up = self.seats.iter().filter_map(|seat| seat.witness.as_ref());
        let all: Vec<_> = up.map(live).collect();
        all.windows(2).all(|two| two[0] == two[1])
    }
}

fn live(witness: &Witness) -> BTreeMap<TaskId, &TaskRecord> {
    let known = witness
        .ledger()
        .iter()
        .filter(|(_, known)| !known.record.state.settled);
    known.map(|(task, known)| (task, &known.record)).collect()
}
