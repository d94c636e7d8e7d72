//! All that a witness knows of all tasks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::digest::Sums;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::message::Scope;
use crate::record::{TaskRecord, TaskState};
use crate::task::Task;
use crate::time::Time;

/// The epoch below which a witness takes part in nothing any more, and who may act on the task.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Promise {
    /// The highest epoch that was granted or promised.
    pub epoch: Epoch,
    /// To whom.
    pub to: NodeId,
    /// The robot that was last granted it, and under which epoch, unless it has given it back. A decision under a
    /// higher epoch does not make its body stop.
    pub owner: Option<(NodeId, Epoch)>,
    /// Until when no other robot gets the task.
    pub until: Time,
    /// Whether this life of the witness has granted it, and not only its journal knows of it.
    pub(super) fresh: bool,
}

impl Promise {
    const NONE: Promise = Promise {
        epoch: Epoch::ZERO,
        to: Epoch::ZERO.issuer,
        owner: None,
        until: Time::ZERO,
        fresh: false,
    };

    /// Whether a robot may still act at `now`, other than `except`.
    pub(super) fn is_taken(&self, except: Option<NodeId>, now: Time) -> bool {
        self.until > now && self.owner.is_some_and(|(owner, _)| Some(owner) != except)
    }

    /// Its owner acts no more.
    pub(super) fn free(&mut self) {
        (self.owner, self.until) = (None, Time::ZERO);
    }

    /// `robot` was heard to claim it no more. That may have been said before a grant that only the journal knows of:
    /// such a one must run out.
    pub(super) fn let_go(&mut self, robot: NodeId) {
        if self.fresh && self.owner.is_some_and(|(owner, _)| owner == robot) {
            self.free();
        }
    }
}

/// One task, as a witness knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Known {
    /// What all witnesses are to know.
    pub record: TaskRecord,
    /// What this one has promised.
    pub promise: Promise,
    /// When it was settled here.
    pub(super) ended: Option<Time>,
}

/// What is left of a task that ended a while ago.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Stone {
    pub(super) state: TaskState,
    pub(super) ended: Time,
}

/// The records of a witness, and of tasks that ended long ago how they ended.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Ledger {
    known: BTreeMap<TaskId, Known>,
    stones: BTreeMap<TaskId, Stone>,
    /// Over the tasks that are not settled.
    sums: Sums,
    /// Over the tasks that are.
    ended: u64,
    /// How many tasks that are not settled wait for each, or are of its team.
    needed: BTreeMap<TaskId, u32>,
}

impl Ledger {
    /// What is known of a task whose content is still kept.
    pub fn get(&self, task: TaskId) -> Option<&Known> {
        self.known.get(&task)
    }

    /// What is known of all tasks whose content is still kept, by id.
    pub fn iter(&self) -> impl Iterator<Item = (TaskId, &Known)> {
        self.known.iter().map(|(task, known)| (*task, known))
    }

    /// How a task stands, even if nothing else of it is kept.
    pub fn state(&self, task: TaskId) -> Option<&TaskState> {
        let known = self.known.get(&task).map(|known| &known.record.state);
        known.or_else(|| self.stones.get(&task).map(|stone| &stone.state))
    }

    /// How many tasks are kept, with or without content.
    pub fn len(&self) -> usize {
        self.known.len() + self.stones.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of them are remembered by their end only.
    pub fn remembered(&self) -> usize {
        self.stones.len()
    }

    /// A record, the first of its task or one with another content.
    pub(super) fn insert(&mut self, record: TaskRecord, now: Time) {
        let task = record.task.id();
        let promise = self.known.get(&task).map_or(Promise::NONE, |known| known.promise);
        self.note(task, |ledger| {
            let ended = record.state.settled.then_some(now);
            let known = Known {
                record,
                promise,
                ended,
            };
            ledger.known.insert(task, known);
        });
    }

    /// Changes the record of a task, and returns whether it did.
    pub(super) fn change(
        &mut self,
        task: TaskId,
        now: Time,
        change: impl FnOnce(&mut TaskRecord) -> bool,
    ) -> bool {
        self.note(task, |ledger| {
            let Some(known) = ledger.known.get_mut(&task) else {
                return false;
            };
            let changed = change(&mut known.record);
            if known.record.state.settled {
                known.ended.get_or_insert(now);
            }
            changed
        })
    }

    /// Makes a change to `task`, and keeps the sums and what live tasks wait for up to date.
    fn note<T>(&mut self, task: TaskId, change: impl FnOnce(&mut Self) -> T) -> T {
        let had_ended = self.has_ended(task);
        let live = |ledger: &Self| {
            let record = ledger.known.get(&task).map(|known| &known.record);
            record.filter(|record| !record.state.settled).cloned()
        };
        let before = live(self);
        let result = change(self);
        let after = live(self);
        if before != after {
            before.iter().for_each(|record| self.need(&record.task, false));
            after.iter().for_each(|record| self.need(&record.task, true));
            self.sums.set(task, after.as_ref());
        }
        self.ended = match (had_ended, self.has_ended(task)) {
            (false, true) => self.ended.wrapping_add(task.scrambled()),
            (true, false) => self.ended.wrapping_sub(task.scrambled()),
            _ => self.ended,
        };
        result
    }

    fn has_ended(&self, task: TaskId) -> bool {
        self.state(task).is_some_and(|state| state.settled)
    }

    fn need(&mut self, task: &Task, needs: bool) {
        for before in task.after().iter().chain(task.team()) {
            let count = self.needed.entry(*before).or_default();
            *count = if needs {
                *count + 1
            } else {
                count.saturating_sub(1)
            };
            if *count == 0 {
                self.needed.remove(before);
            }
        }
    }

    /// Whether a task that has not ended waits for this one, or is of its team.
    pub(super) fn is_needed(&self, task: TaskId) -> bool {
        self.needed.contains_key(&task)
    }

    pub(super) fn promise_mut(&mut self, task: TaskId) -> Option<&mut Promise> {
        self.known.get_mut(&task).map(|known| &mut known.promise)
    }

    pub(super) fn promises_mut(&mut self) -> impl Iterator<Item = &mut Promise> {
        self.known.values_mut().map(|known| &mut known.promise)
    }

    pub(super) fn sum(&self, scope: Scope) -> u64 {
        self.sums.sum(scope)
    }

    pub(super) fn live(&self, scope: Scope) -> u32 {
        self.sums.count(scope)
    }

    pub(super) fn live_records(&self, scope: Scope) -> impl Iterator<Item = &TaskRecord> + '_ {
        let record = |task| self.known.get(&task).map(|known| &known.record);
        self.sums.tasks(scope).filter_map(record)
    }

    /// Keeps of a task only how it ended. `state` must be settled.
    pub(super) fn bury(&mut self, task: TaskId, state: TaskState, now: Time) {
        self.note(task, |ledger| {
            let ended = ledger.known.remove(&task).and_then(|known| known.ended);
            let ended = ended.unwrap_or(now);
            ledger.stones.entry(task).or_insert(Stone { state, ended });
        });
    }

    pub(super) fn forget(&mut self, task: TaskId) {
        self.note(task, |ledger| drop(ledger.stones.remove(&task)));
    }

    /// A sum over the tasks that have ended and are remembered.
    pub(super) fn ended(&self) -> u64 {
        self.ended
    }

    pub(super) fn stones(&self) -> impl Iterator<Item = (TaskId, &Stone)> {
        self.stones.iter().map(|(task, stone)| (*task, stone))
    }

    /// The tasks after `after`, by id, with and without content, `limit` at most.
    pub(super) fn after(&self, after: Option<TaskId>, limit: usize) -> (Vec<TaskId>, bool) {
        use core::ops::Bound::{Excluded, Unbounded};
        let from = || (after.map_or(Unbounded, Excluded), Unbounded);
        let known = self.known.range(from()).map(|(task, _)| *task).take(limit + 1);
        let stones = self.stones.range(from()).map(|(task, _)| *task).take(limit + 1);
        let mut tasks: Vec<TaskId> = known.chain(stones).collect();
        tasks.sort_unstable();
        let more = tasks.len() > limit;
        tasks.truncate(limit);
        (tasks, more)
    }
}
