//! What follows when the ledger changes: here, or by what another witness says.

use alloc::format;
use alloc::vec::Vec;

use super::{Coordinator, Timer};
use crate::context::Context;
use crate::ids::{RobotId, TaskId};
use crate::ledger::{Effect, Phase, TaskState};
use crate::message::{Forfeit, Message};
use crate::output::{Event, Reopened};
use crate::transport::Class;

impl Coordinator {
    /// Does what the ledger wants done, and makes the decisions that are due, until there is nothing more. Called at
    /// the end of every call from outside.
    pub(super) fn catch_up(&mut self, cx: &mut Context<'_>) {
        loop {
            while let Some(effect) = self.witness.poll() {
                self.perform(effect, cx);
            }
            self.see_who_leads(cx);
            let Some((task, phase, robot)) = self.decisions.pop_front() else {
                return;
            };
            self.decide(task, phase, robot, cx);
        }
    }

    fn perform(&mut self, effect: Effect, cx: &mut Context<'_>) {
        match effect {
            Effect::Store(entry) => cx.out.store(entry),
            Effect::Send(to, between) => {
                let message = Message::Witness(cx.config.edition, between);
                cx.out.send(to, Class::Control, message);
            }
            Effect::Changed { task, before, after } => self.changed(task, before.as_ref(), &after, cx),
            Effect::Conflict(task) => cx.out.event(Event::Conflict(task)),
            Effect::Ordered(task) => self.ordered(task, cx),
        }
    }

    fn decide(&mut self, task: TaskId, phase: Phase, robot: Option<RobotId>, cx: &mut Context<'_>) {
        let floor = self
            .tasks
            .get(&task)
            .map_or(crate::Epoch::ZERO, |entry| entry.floor);
        let open = phase == Phase::Open;
        let tried = self.witness.rule(task, phase, robot, floor, cx.now.time);
        if open && !tried {
            let now = cx.now.time;
            let lease = self.witness.taken_until(task, now);
            let at = lease.unwrap_or(now + cx.config.retry * 2);
            self.timers.set(at, Timer::Reopen(task));
        }
    }

    /// Whether this node has begun or ceased to lead, or sees a majority of the witnesses again.
    fn see_who_leads(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.time;
        let (leads, quorum) = (self.witness.leads(now), self.witness.has_quorum(now));
        let (led, had_quorum) = (self.leading, self.has_quorum);
        if (leads, quorum) == (led, had_quorum) {
            return;
        }
        (self.leading, self.has_quorum) = (leads, quorum);
        let tasks: Vec<TaskId> = self.tasks.keys().copied().collect();
        if leads && (!led || quorum) {
            for task in tasks {
                self.see_team(task, cx);
                self.look_again(task, cx);
                self.deadline(task, cx);
                self.see_predecessors(task);
                self.see_called_off(task);
                self.offer(task, cx);
            }
        } else if led && !leads {
            // Whoever leads now sells them.
            tasks.into_iter().for_each(|task| self.let_go(task, cx));
        }
    }

    fn changed(&mut self, task: TaskId, before: Option<&TaskState>, after: &TaskState, cx: &mut Context<'_>) {
        self.note_to_post(task);
        if before.is_none() {
            self.know(task);
            self.deadline(task, cx);
            self.see_predecessors(task);
            self.see_called_off(task);
            self.see_team(task, cx);
        }
        let accepted = before.is_some_and(TaskState::is_accepted);
        if !accepted && after.is_accepted() {
            cx.out.event(Event::Accepted(task));
            self.see_team(task, cx);
            self.rally(task, cx);
        }
        match &after.phase {
            Phase::Submitted => {}
            Phase::Held | Phase::Running(_) => self.owned(task, after, cx),
            Phase::Open if after.epoch == crate::Epoch::ZERO => self.offer(task, cx),
            Phase::Open => self.opened(task, after, cx),
            _ if after.settled => self.ended(task, after, cx),
            _ => self.let_go(task, cx),
        }
    }

    fn tell(&self, task: TaskId, state: &TaskState, reopened: Option<Reopened>, cx: &mut Context<'_>) {
        cx.out.event(Event::Task {
            task,
            epoch: state.epoch,
            phase: state.phase.clone(),
            robot: state.robot,
            reopened,
        });
    }

    /// A robot owns it.
    fn owned(&mut self, task: TaskId, state: &TaskState, cx: &mut Context<'_>) {
        let Some(robot) = state.robot else { return };
        if self.is_offered(robot, task, state.epoch) {
            self.accepted(robot, task, state.epoch, 0, Vec::new(), cx);
        }
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let new = entry.owner != Some((robot, state.epoch));
        let former = entry.owner.replace((robot, state.epoch));
        if new {
            (entry.why, entry.lapsed) = (None, false);
            self.let_go(task, cx);
        }
        if let Some(member) = former.and_then(|(former, _)| self.members.get_mut(former)) {
            member.holds.remove(&task);
        }
        if let Some(member) = self.members.get_mut(robot) {
            member.holds.insert(task);
        }
        if let (Phase::Running(_), Some(entry)) = (&state.phase, self.tasks.get_mut(&task)) {
            entry.parted = 0;
            self.rally(task, cx);
        }
        self.look_again(task, cx);
        self.tell(task, state, None, cx);
    }

    /// Nobody owns it any more.
    fn opened(&mut self, task: TaskId, state: &TaskState, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.lapsed = false;
        let (owner, why) = (entry.owner.take(), entry.why.take());
        if let Some(member) = owner.and_then(|(robot, _)| self.members.get_mut(robot)) {
            member.holds.remove(&task);
        }
        self.let_go(task, cx);
        if state.failures >= cx.config.attempts && self.leading {
            let reason = match why {
                Some(Reopened::Failed(reason)) => reason,
                _ => format!("failed {} times", state.failures),
            };
            return self.end(task, Phase::Failed(reason));
        }
        if why == Some(Reopened::Forfeited(Forfeit::Team)) {
            self.part(task, cx);
        }
        self.tell(task, state, why, cx);
        self.deadline(task, cx);
        self.see_team(task, cx);
        self.rally(task, cx);
        self.offer(task, cx);
    }

    /// It has ended, and a majority knows.
    fn ended(&mut self, task: TaskId, state: &TaskState, cx: &mut Context<'_>) {
        if let Some(entry) = self.tasks.get(&task) {
            let offered = entry.offer.map(|offer| (offer.robot, entry.floor));
            let owner = entry
                .owner
                .filter(|owner| *owner != (state.robot.unwrap_or(owner.0), state.epoch));
            let at_work = [
                owner,
                offered,
                entry.taker.map(|taker| (taker.robot, taker.epoch)),
            ];
            let at_work = at_work.into_iter().flatten();
            let who: alloc::collections::BTreeSet<_> = at_work.filter(|_| self.leading).collect();
            for (robot, epoch) in who {
                let cancel = Message::Cancel { task, epoch };
                cx.out.send(robot.node(), Class::Safety, cancel);
            }
        }
        self.let_go(task, cx);
        if let Some(entry) = self.tasks.remove(&task)
            && let Some(member) = entry.owner.and_then(|(robot, _)| self.members.get_mut(robot))
        {
            member.holds.remove(&task);
        }
        self.tell(task, state, None, cx);
        self.rally(task, cx);
        for follower in self.followers.remove(&task).unwrap_or_default() {
            if let Some(entry) = self.tasks.get_mut(&follower) {
                entry.waiting_for = entry.waiting_for.saturating_sub(1);
            }
            self.note_to_post(follower);
            if state.phase == Phase::Done {
                self.offer(follower, cx);
            } else {
                self.fail_after(follower, task);
            }
        }
    }

    /// If people want it to end, whoever leads sees to it.
    fn see_called_off(&mut self, task: TaskId) {
        let called_off = self.record(task).is_some_and(|record| record.order.cancelled);
        if called_off && self.leading {
            self.end(task, Phase::Cancelled);
        }
    }

    /// People ordered something of it.
    fn ordered(&mut self, task: TaskId, cx: &mut Context<'_>) {
        self.note_to_post(task);
        let order = self.record(task).map(|record| record.order).unwrap_or_default();
        self.see_called_off(task);
        let offered = self.tasks.get(&task).is_some_and(|entry| entry.offer.is_some());
        if order.stops() && !offered {
            self.let_go(task, cx);
        } else {
            self.offer(task, cx);
        }
    }
}
