//! The tasks that a node has heard of, and how they stand: what witnesses say, passed on from neighbour to neighbour.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::Hash;
use core::time::Duration;

use crate::epoch::Epoch;
use crate::ids::{RobotId, TaskId};
use crate::ledger::{Order, Phase, Sums, TaskState};
use crate::message::{Posting, Scope};
use crate::task::{OnLoss, Task};
use crate::time::{Time, UtcTime};

/// One task. Its parts only grow, so that it does not matter in which order they are heard, and from whom.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Post {
    content: Option<(Arc<Task>, UtcTime)>,
    state: TaskState,
    order: Order,
    ready: bool,
    lapsed: Epoch,
    begun: bool,
    /// Its owner under this epoch does not seem to know. Witnesses that begin anew forget who owned what, so nobody may
    /// ever say so.
    doubted: Option<Epoch>,
}

impl Post {
    /// The task, and when it was submitted, once that is known.
    pub(super) fn content(&self) -> Option<&(Arc<Task>, UtcTime)> {
        self.content.as_ref()
    }

    pub(super) const fn epoch(&self) -> Epoch {
        self.state.epoch
    }

    /// What people ordered of it.
    pub(super) const fn order(&self) -> Order {
        self.order
    }

    /// Whether somebody may do it who does not own it.
    pub(super) fn is_open(&self) -> bool {
        let owned = self.state.phase.is_owned();
        let lapsed = self.lapsed == self.state.epoch && self.lapsed > Epoch::ZERO && owned;
        let doubtful = self.doubted == Some(self.state.epoch) && owned;
        let free = self.state.phase == Phase::Open || lapsed || doubtful;
        free && self.ready && !self.order.stops() && self.content.is_some()
    }

    /// Whether it is of a team that is to begin together.
    pub(super) fn is_bound(&self) -> bool {
        let team = |(task, _): &(Arc<Task>, UtcTime)| !task.team().is_empty();
        !self.begun && self.content.as_ref().is_some_and(team)
    }

    /// Its owner, if it has one.
    pub(super) fn owner(&self) -> Option<RobotId> {
        self.state.robot.filter(|_| self.state.phase.is_owned())
    }

    /// Whether it is to wait for a person if its owner is lost.
    fn waits_for_its_owner(&self) -> bool {
        let content = self.content.as_ref();
        content.is_none_or(|(task, _)| task.on_loss() == OnLoss::Ask)
    }

    /// What of it all who know of it agree on.
    fn said(&self) -> impl Hash + use<> {
        let submitted = self.content.as_ref().map(|(_, submitted)| *submitted);
        let flags = (self.ready, self.lapsed, self.begun);
        (submitted, self.state.clone(), self.order, flags)
    }

    fn join(&mut self, other: &Posting) -> bool {
        let parts = |post: &Post| (post.ready, post.lapsed, post.order, post.begun);
        let before = parts(self);
        self.ready |= other.ready;
        self.begun |= other.begun;
        self.lapsed = self.lapsed.max(other.lapsed);
        self.order = self.order.max(other.order);
        let learned = match (&mut self.content, &other.content) {
            (None, Some(content)) => {
                self.content = Some(content.clone());
                true
            }
            (Some((_, submitted)), Some((_, other))) if other < submitted => {
                *submitted = *other;
                true
            }
            _ => false,
        };
        self.state.join(&other.state) || learned || before != parts(self)
    }
}

/// What came of hearing of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Heard {
    /// Nothing new.
    Known,
    /// Something about it is new.
    New,
    /// It has ended, as far as is known here, and whoever tells of it does not know.
    Ended,
}

/// All of them.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Board {
    posts: BTreeMap<TaskId, Post>,
    sums: Sums,
    /// Those that have ended, the earliest first.
    ended: VecDeque<(Time, TaskId)>,
    /// Those that their owners do not claim: under which epoch, and since when.
    unclaimed: BTreeMap<TaskId, (Epoch, Time)>,
}

impl Board {
    pub(super) fn get(&self, task: TaskId) -> Option<&Post> {
        self.posts.get(&task)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (TaskId, &Post)> {
        self.posts.iter().map(|(task, post)| (*task, post))
    }

    /// Takes over what is new in `posting`, if there is room for it.
    pub(super) fn join(&mut self, posting: &Posting, now: Time, limit: usize) -> Heard {
        let task = posting.task;
        let ended = |post: &Post| post.state.phase.is_terminal();
        let before = self.posts.get(&task).is_some_and(ended);
        if !self.posts.contains_key(&task) && self.posts.len() >= limit {
            return Heard::Known;
        }
        let same = |post: &Post| {
            post.content.as_ref().map(|(task, _)| task) == posting.content.as_ref().map(|(task, _)| task)
        };
        let known = self.posts.get(&task).filter(|post| post.content.is_some());
        if posting.content.is_some() && known.is_some_and(|post| !same(post)) {
            return Heard::Known; // two tasks of one id: at most one of them is ever accepted
        }
        let post = self.posts.entry(task).or_insert_with(|| Post {
            content: None,
            state: TaskState {
                phase: Phase::Submitted,
                ..TaskState::open()
            },
            order: Order::default(),
            ready: false,
            lapsed: Epoch::ZERO,
            begun: false,
            doubted: None,
        });
        let new = post.join(posting);
        let after = ended(post);
        if new {
            self.sums.set(task, Some(&post.said()).filter(|_| !after));
            if after && !before {
                self.ended.push_back((now, task));
            }
        }
        match new {
            true => Heard::New,
            false if after && !posting.state.phase.is_terminal() => Heard::Ended,
            false => Heard::Known,
        }
    }

    /// How `task` stands here, for others; with its content if they may not know it.
    pub(super) fn posting(&self, task: TaskId, whole: bool) -> Option<Posting> {
        let post = self.posts.get(&task)?;
        Some(Posting {
            task,
            content: post.content.clone().filter(|_| whole),
            state: post.state.clone(),
            order: post.order,
            ready: post.ready,
            lapsed: post.lapsed,
            begun: post.begun,
        })
    }

    /// Tasks that are known by name only.
    pub(super) fn nameless(&self, tasks: impl Iterator<Item = TaskId>) -> Vec<TaskId> {
        let lacks = |task: &TaskId| {
            let post = self.posts.get(task);
            post.is_some_and(|post| post.content.is_none() && !post.state.phase.is_terminal())
        };
        tasks.filter(lacks).collect()
    }

    /// Tasks that their owners have not claimed for so long are open, until they do or there is news of them. Of which
    /// ones that has changed. Nobody knows what an absent owner claims.
    pub(super) fn doubt(
        &mut self,
        now: Time,
        patience: Duration,
        claims: impl Fn(RobotId, TaskId) -> Option<bool>,
    ) -> Vec<TaskId> {
        let mut changed = Vec::new();
        let mut unclaimed = BTreeMap::new();
        for (task, post) in &mut self.posts {
            let Some(owner) = post.owner() else { continue };
            let claimed = claims(owner, *task).unwrap_or(post.waits_for_its_owner());
            let epoch = post.state.epoch;
            if claimed {
                if post.doubted.take() == Some(epoch) {
                    changed.push(*task);
                }
                continue;
            }
            let since = match self.unclaimed.get(task) {
                Some((known, since)) if *known == epoch => *since,
                _ => now,
            };
            unclaimed.insert(*task, (epoch, since));
            if post.doubted != Some(epoch) && since + patience <= now {
                post.doubted = Some(epoch);
                changed.push(*task);
            }
        }
        self.unclaimed = unclaimed;
        changed
    }

    /// Forgets those that ended so long ago that nobody tells of them any more.
    pub(super) fn tidy(&mut self, now: Time, keep: Duration) {
        while let Some((_, task)) = self.ended.front().filter(|(at, _)| *at + keep <= now) {
            self.posts.remove(task);
            self.ended.pop_front();
        }
    }

    pub(super) fn sum(&self, scope: Scope) -> u64 {
        self.sums.sum(scope)
    }

    pub(super) fn count(&self, scope: Scope) -> u32 {
        self.sums.count(scope)
    }

    /// The live tasks of a part.
    pub(super) fn live(&self, scope: Scope) -> impl Iterator<Item = TaskId> + '_ {
        self.sums.tasks(scope)
    }
}
