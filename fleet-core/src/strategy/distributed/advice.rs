//! What a coordinator of all cells advises this robot to do.

use alloc::vec::Vec;

use super::Distributed;
use crate::context::Context;
use crate::ids::{NodeId, TaskId};
use crate::task::Task;
use crate::time::Time;

/// The last advice.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Advice {
    /// Who gave it, and when it was heard.
    from: Option<(NodeId, Time)>,
    tasks: Vec<TaskId>,
    idle: bool,
    /// Until then some may come, if there was none yet.
    expected: Option<Time>,
}

impl Advice {
    /// None yet, and it is waited for until then.
    pub(super) fn expected(until: Time) -> Self {
        Advice {
            expected: Some(until),
            ..Advice::default()
        }
    }

    /// Whether there is none yet, and some may come.
    pub(super) const fn may_come(&self) -> bool {
        self.expected.is_some()
    }

    /// What the robot should do, unless nothing was heard for too long: then it is on its own.
    pub(super) fn tasks(&self) -> Option<&[TaskId]> {
        self.from.map(|_| &self.tasks[..])
    }

    /// Whether another robot has nothing to do, though tasks are open.
    pub(super) const fn others_are_idle(&self) -> bool {
        self.idle
    }

    /// Whether the robot should do `task`.
    pub(super) fn names(&self, task: TaskId) -> bool {
        self.tasks().is_some_and(|tasks| tasks.contains(&task))
    }
}

impl Distributed {
    /// Of two that advise it the one that comes first in the settings is listened to, as long as it is heard: whoever
    /// hears the same ones then follows the same plan.
    pub(super) fn take_advice(&mut self, from: NodeId, mut tasks: Vec<TaskId>, idle: bool, cx: &Context<'_>) {
        let panel = cx.config.panel();
        let rank = |node: NodeId| panel.all().iter().position(|witness| *witness == node);
        let better = |(adviser, _): (NodeId, Time)| rank(adviser) < rank(from);
        if self.cells.is_none() || self.advice.from.is_some_and(better) {
            return;
        }
        tasks.truncate(cx.config.limits.bundle);
        self.advice.expected = None;
        let first = self.advice.from.replace((from, cx.now.time)).is_none();
        if core::mem::replace(&mut self.advice.idle, idle) != idle {
            self.look_at_advised();
            self.stir(cx);
        }
        if first || tasks != self.advice.tasks {
            let before = core::mem::replace(&mut self.advice.tasks, tasks);
            self.to_look_at.extend(before);
            self.to_look_at.extend(&self.advice.tasks);
            if first {
                self.look_at_all();
            }
            self.stir(cx);
        }
    }

    /// Whether the robot is to bid for a task as it is advised to: for the first that it may claim and does not, so that it goes
    /// by the order that was planned; for any where others have nothing to do, lest they wait for it; and for what is of a
    /// team, which others wait for.
    pub(super) fn is_advised_next(&self, task: &Task, now: Time) -> bool {
        let free = |task: &&TaskId| !self.bidding.claims(**task) && !self.bidding.rests(**task, now);
        let tasks = self.advice.tasks().unwrap_or_default();
        let any = self.advice.others_are_idle() || !task.team().is_empty();
        tasks.iter().find(free) == Some(&task.id()) || (any && self.advice.names(task.id()))
    }

    /// What is next of it may be another.
    pub(super) fn look_at_advised(&mut self) {
        self.to_look_at.extend(&self.advice.tasks);
    }

    /// Advice of a coordinator that is not heard any more is worth nothing, once another one would have been heard.
    pub(super) fn forget_old_advice(&mut self, cx: &Context<'_>) {
        let patience = cx.config.suspicion + cx.config.commit;
        let old = |(_, heard): (_, Time)| heard + patience <= cx.now.time;
        let late = |until: Time| until <= cx.now.time;
        if self.advice.from.is_some_and(old) || self.advice.expected.is_some_and(late) {
            self.advice = Advice::default();
            self.look_at_all();
        }
    }
}
