//! What a coordinator of all cells advises this robot to do.

use alloc::vec::Vec;

use super::Distributed;
use crate::context::Context;
use crate::ids::{NodeId, TaskId};
use crate::time::Time;

/// The last advice.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Advice {
    /// Who gave it, and when it was heard.
    from: Option<(NodeId, Time)>,
    tasks: Vec<TaskId>,
    idle: bool,
}

impl Advice {
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
        tasks.truncate(cx.config.limits.plan);
        let first = self.advice.from.replace((from, cx.now.time)).is_none();
        if core::mem::replace(&mut self.advice.idle, idle) != idle {
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

    /// Advice of a coordinator that is not heard any more is worth nothing.
    pub(super) fn forget_old_advice(&mut self, cx: &Context<'_>) {
        let old = |(_, heard): (_, Time)| heard + cx.config.suspicion <= cx.now.time;
        if self.advice.from.is_some_and(old) {
            self.advice = Advice::default();
            self.look_at_all();
        }
    }
}
