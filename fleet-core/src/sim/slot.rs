//! A node in its place: with a clock, a disk and perhaps a body; and what happens to it.

use std::sync::Arc;
use std::time::Duration;

use super::body::Body;
use super::clock::Clock;
use super::happening::{Happening, Observer};
use super::mishap::{DiskFault, Trouble};
use super::world::{Entry, Sim};
use crate::config::Config;
use crate::ids::NodeId;
use crate::invalid::Invalid;
use crate::journal::{Journal, MemoryStorage};
use crate::ledger;
use crate::node::Node;
use crate::robot::Robot;
use crate::time::Time;

/// Frames that wait for a process that stands still; more are lost.
const WAITING: usize = 4_096;
/// A journal longer than this may be worth writing anew.
const LONG: u64 = 1 << 18;

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) node: Node,
    /// The earliest wake on the agenda, in real time.
    pub(super) wake: Time,
    pub(super) body: Option<Body>,
    pub(super) up: bool,
    pub(super) boot: u32,
    pub(super) clock: Clock,
    /// When its calendar was last set.
    pub(super) calendar: Time,
    /// What it was sent while its process stands still, if it does.
    pub(super) asleep: Option<Vec<(NodeId, Arc<[u8]>)>>,
    journal: Option<Journal<MemoryStorage>>,
    /// How long it was when it was last looked through.
    looked_at: u64,
    /// When the process that failed is started again, because of its disk.
    failing: Option<Duration>,
}

impl Slot {
    pub(super) fn new(node: Node, body: Option<Body>, clock: Clock, journals: bool) -> Self {
        let opened = journals
            .then(|| Journal::open(MemoryStorage::new()).ok())
            .flatten();
        Slot {
            node,
            wake: Time::ZERO,
            body,
            up: true,
            boot: 1,
            clock,
            calendar: Time::NEVER,
            asleep: None,
            journal: opened.map(|(journal, _)| journal),
            looked_at: 0,
            failing: None,
        }
    }

    /// Takes what the node wants written down.
    pub(super) fn append(&mut self, entry: &ledger::Entry) {
        if let Some(journal) = &mut self.journal {
            // What does not fit fails with the sync that follows.
            let _ = journal.append(&entry.encode());
        }
    }

    /// Makes it durable, and returns whether it is.
    pub(super) fn sync(&mut self) -> bool {
        let Some(journal) = &mut self.journal else {
            return true;
        };
        if journal.sync().is_err() {
            return false;
        }
        // What is worth keeping is looked through when the journal has doubled, not with every word.
        if journal.len_bytes() > self.looked_at.max(LONG / 2) * 2 {
            self.looked_at = journal.len_bytes();
            let memory: Vec<Vec<u8>> = self.node.memory().collect();
            let live = memory.iter().map(|entry| entry.len() as u64 + 4).sum();
            if journal.is_worth_compacting(live) {
                let compacted = journal.compact(memory).is_ok();
                self.looked_at = journal.len_bytes();
                return compacted;
            }
        }
        true
    }

    fn break_disk(&mut self, fault: DiskFault, restart: Duration) {
        let Some(journal) = &mut self.journal else {
            return;
        };
        let storage = journal.storage_mut();
        match fault {
            DiskFault::Torn(bytes) => storage.tear_next_append(bytes.into()),
            DiskFault::Full => storage.set_capacity(Some(storage.written().len())),
            DiskFault::Sync => storage.fail_next_sync(),
        }
        self.failing = Some(restart);
    }

    /// The node of the next life, with what its journal kept, if it has one.
    fn next_life(&mut self, config: &Config, memory: bool) -> Result<Node, Invalid> {
        self.boot += 1;
        let id = self.node.id();
        let node = match self.body_robot() {
            Some(robot) => Node::robot(config.clone(), robot, self.boot)?,
            None => Node::coordinator(config.clone(), id, self.boot)?,
        };
        let Some(journal) = self.journal.take() else {
            return Ok(node);
        };
        let mut storage = journal.into_storage();
        storage.crash(0);
        storage.set_capacity(None);
        let storage = if memory { storage } else { MemoryStorage::new() };
        let (journal, recovered) = Journal::open(storage).expect("a journal that only lost its tail");
        self.journal = Some(journal);
        if memory {
            Ok(node
                .with_memory(recovered.entries)
                .expect("entries of this library"))
        } else {
            Ok(node)
        }
    }

    fn body_robot(&self) -> Option<Robot> {
        let (mut robot, body) = (self.node.body().cloned()?, self.body.as_ref()?);
        let _ = robot.moved(body.pose());
        let _ = robot.charged(body.level().unwrap_or(1.0));
        Some(robot)
    }
}

impl Sim {
    pub(super) fn trouble(&mut self, slot: usize, what: Trouble, observer: &mut dyn Observer) {
        if !self.slots[slot].up {
            return;
        }
        self.tell_trouble(slot, what, true, observer);
        match what {
            Trouble::Crash { restart, memory } => self.crash(slot, restart, memory, observer),
            Trouble::Pause(span) => self.pause(slot, what, span, observer),
            Trouble::Disk { restart, fault } => self.slots[slot].break_disk(fault, restart),
        }
    }

    fn tell_trouble(&self, slot: usize, what: Trouble, begins: bool, observer: &mut dyn Observer) {
        let node = self.slots[slot].node.id();
        observer.observe(self.now, &Happening::Trouble { node, what, begins });
    }

    /// The process of a node dies.
    pub(super) fn crash(
        &mut self,
        slot: usize,
        restart: Option<Duration>,
        memory: bool,
        observer: &mut dyn Observer,
    ) {
        if let Some(after) = restart {
            self.agenda
                .enter(self.now + after, Entry::Restart { slot, memory });
        }
        self.slots[slot].asleep = None;
        if let Some(body) = &mut self.slots[slot].body {
            body.fail(self.now);
        }
        self.go_down(slot, observer);
    }

    /// The disk of a node has failed it: it dies before it says what it could not write down.
    pub(super) fn die_of_disk(&mut self, slot: usize, observer: &mut dyn Observer) {
        while self.slots[slot].node.poll_output().is_some() {}
        let restart = self.slots[slot].failing.take();
        self.crash(slot, restart, true, observer);
    }

    pub(super) fn restart(&mut self, slot: usize, memory: bool, observer: &mut dyn Observer) {
        if self.slots[slot].up {
            return;
        }
        let Ok(node) = self.slots[slot].next_life(&self.config, memory) else {
            return;
        };
        let place = &mut self.slots[slot];
        (place.node, place.up, place.wake) = (node, true, Time::NEVER);
        (place.calendar, place.failing) = (Time::NEVER, None);
        if let Some(body) = &mut place.body {
            body.halt(self.now);
        }
        self.network.set_up(slot, true);
        self.tell_trouble(
            slot,
            Trouble::Crash {
                restart: None,
                memory,
            },
            false,
            observer,
        );
        self.show(slot, observer);
        self.with(slot, observer, |node, now, travel| {
            node.handle_timeout(now, travel)
        });
    }

    fn pause(&mut self, slot: usize, what: Trouble, span: Duration, observer: &mut dyn Observer) {
        let place = &mut self.slots[slot];
        if place.asleep.is_some() {
            return;
        }
        place.asleep = Some(Vec::new());
        if let Some(body) = &mut place.body {
            body.freeze(self.now);
        }
        self.show(slot, observer);
        self.agenda.enter(self.now + span, Entry::Resume { slot, what });
    }

    /// Keeps a frame for a process that stands still. Whether it does.
    pub(super) fn keep_waiting(&mut self, slot: usize, from: NodeId, frame: &Arc<[u8]>) -> bool {
        let Some(waiting) = &mut self.slots[slot].asleep else {
            return false;
        };
        if waiting.len() < WAITING {
            waiting.push((from, frame.clone()));
        }
        true
    }

    pub(super) fn resume(&mut self, slot: usize, what: Trouble, observer: &mut dyn Observer) {
        let Some(waiting) = self.slots[slot].asleep.take() else {
            return;
        };
        self.tell_trouble(slot, what, false, observer);
        // The first thing that a process does: it looks at its clock, and asks whether it may go on.
        let (now, shown) = (self.now, self.slots[slot].clock.show(self.now));
        let place = &mut self.slots[slot];
        if let Some(body) = &mut place.body {
            match body.task() {
                Some(task) if place.node.permit(task, shown).is_none() => body.halt(now),
                _ => body.thaw(now),
            }
        }
        self.show(slot, observer);
        self.with(slot, observer, |node, now, travel| {
            node.handle_timeout(now, travel)
        });
        for (from, frame) in waiting {
            self.deliver(from, slot, &frame, observer);
        }
    }
}
