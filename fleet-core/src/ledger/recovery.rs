//! Getting back a memory that was lost.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Entry, Witness};
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::message::Between;
use crate::record::{TaskRecord, TaskState};
use crate::time::Time;

/// Getting back what a former life knew.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Recovery {
    /// Leases of the former life may run until then.
    pub(super) until: Time,
    pub(super) has_memory: bool,
    /// How far each of the others has told its tasks.
    told: BTreeMap<NodeId, TaskId>,
    /// Who has told all, and whether that one had its own memory.
    complete: BTreeMap<NodeId, bool>,
}

impl Witness {
    /// Asks the others for their memory; not before the leases of the former life have run out. Until then what that
    /// life said may still become part of a majority, which those who are asked may not know yet.
    pub(super) fn ask_for_memory(&mut self, now: Time) {
        let boot = self.boot;
        let Some(recovery) = self.recovery.clone().filter(|recovery| recovery.until <= now) else {
            return;
        };
        for peer in self.peers.ids() {
            if !recovery.complete.contains_key(&peer) {
                let after = recovery.told.get(&peer).copied();
                self.send(peer, Between::Recover { boot, after });
            }
        }
    }

    pub(super) fn on_recover(&mut self, from: NodeId, boot: u32, after: Option<TaskId>) {
        let (tasks, more) = self.ledger.after(after, self.rules.batch);
        let (mut records, mut ended) = (Vec::new(), Vec::new());
        for task in tasks {
            match self.ledger.get(task) {
                Some(known) => records.push((known.record.clone(), known.promise.epoch)),
                None => ended.extend(self.ledger.state(task).map(|state| (task, state.clone()))),
            }
        }
        let ready = self.is_ready();
        let memory = Between::Memory {
            boot,
            after,
            records,
            ended,
            more,
            ready,
        };
        self.send(from, memory);
    }

    #[allow(clippy::too_many_arguments, reason = "the fields of one message")]
    pub(super) fn on_memory(
        &mut self,
        from: NodeId,
        after: Option<TaskId>,
        records: Vec<(TaskRecord, Epoch)>,
        ended: Vec<(TaskId, TaskState)>,
        more: bool,
        ready: bool,
        now: Time,
    ) {
        let in_turn = |recovery: &Recovery| {
            !recovery.has_memory
                && !recovery.complete.contains_key(&from)
                && recovery.told.get(&from).copied() == after
        };
        if !self.recovery.as_ref().is_some_and(in_turn) {
            return;
        }
        let last = records.iter().map(|(record, _)| record.task.id());
        let last = last.chain(ended.iter().map(|(task, _)| *task)).max();
        for (record, promised) in records {
            self.remember(&record, promised, now);
        }
        ended
            .iter()
            .for_each(|(task, state)| self.on_ended(*task, state, now));
        let Some(recovery) = &mut self.recovery else {
            return;
        };
        if let Some(last) = last {
            recovery.told.insert(from, last);
        }
        if more && last.is_some() {
            let message = Between::Recover {
                boot: self.boot,
                after: last,
            };
            return self.send(from, message);
        }
        recovery.complete.insert(from, ready);
        self.finish_recovery(now);
    }

    /// Joins what another remembers. Promises of the former life were made by majorities, so others know of them.
    fn remember(&mut self, record: &TaskRecord, promised: Epoch, now: Time) {
        let task = record.task.id();
        self.join(record, now);
        if let Some(promise) = self.ledger.promise_mut(task)
            && promise.epoch < promised
        {
            let to = promised.issuer;
            (promise.epoch, promise.to, promise.owner) = (promised, to, None);
            self.store(Entry::Promise {
                task,
                epoch: promised,
                to,
                lease: false,
            });
        }
    }

    /// Enough have told if that is all others: whoever has a voice of the former life, or may get to count on one, is
    /// among them. Without a former life it is enough if one of them was in every majority that there has been.
    fn finish_recovery(&mut self, now: Time) {
        let Some(recovery) = &self.recovery else {
            return;
        };
        let panel = &self.rules.panel;
        let remembers = |node: NodeId| recovery.complete.get(&node) == Some(&true);
        let all = self
            .peers
            .peers
            .keys()
            .all(|peer| recovery.complete.contains_key(peer));
        let enough = self.boot == 1 && panel.is_in_every_majority(self.me, remembers);
        let others_decide = panel.is_majority(remembers);
        if !(all || enough) {
            return;
        }
        let again = others_decide && self.is_in_doubt();
        let Some(recovery) = &mut self.recovery else {
            return;
        };
        if again {
            (recovery.told, recovery.complete) = (BTreeMap::new(), BTreeMap::new());
            return;
        }
        recovery.has_memory = true;
        self.peers.next = now;
        self.stir_all(now);
    }

    /// Whether an end was taken under an epoch below one that was promised. Whether the former life took the end
    /// before it promised, or promised and never took it, nobody else can tell: the others have to decide first.
    fn is_in_doubt(&self) -> bool {
        self.ledger.iter().any(|(_, known)| {
            let state = &known.record.state;
            state.phase.is_terminal() && !state.settled && state.epoch < known.promise.epoch
        })
    }
}
