//! The life of a task at a coordinator.

use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use super::{Coordinator, Timer};
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{RobotId, TaskId};
use crate::ledger::Phase;
use crate::membership::Member;
use crate::objective::Cost;
use crate::output::{Event, Reopened};
use crate::task::{Assurance, OnLoss};
use crate::time::{Time, pause};

/// What a coordinator minds of one task, besides its record.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Entry {
    /// Predecessors that are not done.
    pub(super) waiting_for: usize,
    /// Its robot is at its first stop, and waits for others of its team; under which epoch.
    pub(super) there: Option<(RobotId, Epoch)>,
    /// It was given back because its team did not come together: it rests until it is offered again.
    pub(super) rests: bool,
    /// How often in a row that was so.
    pub(super) parted: u32,
    /// The highest epoch that this coordinator offered it under, or was told of.
    pub(super) floor: Epoch,
    /// Robots to ask next time.
    pub(super) reach: usize,
    /// When it is offered again, if nobody wanted it last time.
    pub(super) reoffer: Option<Time>,
    /// Under which number it is for sale.
    pub(super) lot: Option<u32>,
    /// Awarded, and not yet answered.
    pub(super) offer: Option<Offer>,
    /// Who has accepted it, and is not yet known to own it.
    pub(super) taker: Option<Taker>,
    /// Who owns it, by the ledger.
    pub(super) owner: Option<(RobotId, Epoch)>,
    /// The first heartbeat of its owner that must name it.
    pub(super) since: u32,
    /// Why it will be open again.
    pub(super) why: Option<Reopened>,
    /// It may be done twice, and its robot is lost: it is offered though it is owned.
    pub(super) lapsed: bool,
    /// How often in a row nobody could be granted it.
    pub(super) contended: u32,
}

impl Entry {
    /// Whether it is for sale, or awarded, and not yet known to be owned.
    pub(super) fn is_being_sold(&self) -> bool {
        self.lot.is_some() || self.offer.is_some() || self.taker.is_some()
    }

    pub(super) fn is_owner(&self, robot: RobotId, epoch: Epoch) -> bool {
        self.owner == Some((robot, epoch))
            || self
                .taker
                .is_some_and(|taker| (taker.robot, taker.epoch) == (robot, epoch))
    }
}

/// An award without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Offer {
    pub(super) robot: RobotId,
    pub(super) lot: u32,
    pub(super) cost: Cost,
    pub(super) second: Option<Cost>,
    /// When the award was first sent, and when last.
    pub(super) first: Time,
    pub(super) sent: Time,
}

/// An award that was accepted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Taker {
    pub(super) robot: RobotId,
    pub(super) epoch: Epoch,
    pub(super) at: Time,
}

impl Coordinator {
    /// There is a task that it did not know.
    pub(super) fn know(&mut self, task: TaskId) {
        let Some(record) = self.record(task).filter(|record| !record.state.settled).cloned() else {
            return;
        };
        let owned = record.state.phase.is_owned();
        let owner = record
            .state
            .robot
            .filter(|_| owned)
            .map(|robot| (robot, record.state.epoch));
        let mut entry = Entry {
            owner,
            ..Entry::default()
        };
        for fellow in record.task.team() {
            self.witness.ask_for(*fellow);
        }
        for before in record.task.after() {
            if !self.is_done(*before) {
                entry.waiting_for += 1;
                self.witness.ask_for(*before);
                self.followers.entry(*before).or_default().push(task);
            }
        }
        self.tasks.insert(task, entry);
    }

    fn is_done(&self, task: TaskId) -> bool {
        let state = self.witness.ledger().state(task);
        state.is_some_and(|state| state.settled && state.phase == Phase::Done)
    }

    /// If one that it waits for has ended undone, it will never be done.
    pub(super) fn see_predecessors(&mut self, task: TaskId) {
        let Some(record) = self.record(task) else { return };
        let undone = |before: &&TaskId| {
            let state = self.witness.ledger().state(**before);
            state.is_some_and(|state| state.settled && state.phase != Phase::Done)
        };
        if let Some(before) = record.task.after().iter().find(undone).copied() {
            self.fail_after(task, before);
        }
    }

    pub(super) fn fail_after(&mut self, task: TaskId, before: TaskId) {
        if self.leading {
            self.end(
                task,
                Phase::Failed(format!("its predecessor {before} is not done")),
            );
        }
    }

    /// What a robot owns that this node had not heard of.
    pub(super) fn recall(&mut self, robot: RobotId) {
        let owned = self
            .tasks
            .iter()
            .filter(|(_, entry)| entry.owner.is_some_and(|(owner, _)| owner == robot));
        let owned: Vec<TaskId> = owned.map(|(task, _)| *task).collect();
        if let Some(member) = self.members.get_mut(robot) {
            member.holds.extend(owned);
        }
    }

    /// It is to end here.
    pub(super) fn end(&mut self, task: TaskId, phase: Phase) {
        self.decisions.push_back((task, phase, None));
    }

    /// `robot` has claimed it, and was granted it.
    pub(super) fn note_claim(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, ask: u32) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        if !entry.is_owner(robot, epoch)
            && entry.owner.is_none_or(|(_, owned)| owned < epoch)
            && entry.since < ask
        {
            entry.since = ask;
        }
        if let Some(member) = self.members.get_mut(robot) {
            member.holds.insert(task);
        }
    }

    /// Its owner, or the robot that it was offered to, will not do it: it is to be open under a new epoch.
    pub(super) fn reopen(&mut self, task: TaskId, why: Reopened, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.why = Some(why);
        self.let_go(task, cx);
        self.decisions.push_back((task, Phase::Open, None));
        self.timers
            .set(cx.now.time + cx.config.lease.guard(), Timer::Reopen(task));
    }

    /// `robot` has lost it, or is lost itself.
    pub(super) fn lose(&mut self, task: TaskId, robot: RobotId, why: Reopened, cx: &mut Context<'_>) {
        let entry = self.tasks.get(&task);
        let owner = entry
            .and_then(|entry| entry.owner)
            .is_some_and(|(owner, _)| owner == robot);
        // What it owns by the ledger is still to be opened again, by whoever leads then.
        if let Some(member) = self.members.get_mut(robot).filter(|_| !owner) {
            member.holds.remove(&task);
        }
        let Some(entry) = entry else {
            return;
        };
        let taker = entry.taker.is_some_and(|taker| taker.robot == robot);
        let offered = entry.offer.is_some_and(|offer| offer.robot == robot);
        if !self.leading || !(owner || taker || offered) {
            return;
        }
        let Some(record) = self.record(task) else { return };
        let (assurance, on_loss) = (record.task.assurance(), record.task.on_loss());
        // Unless people have ordered so already, while its robot might still act.
        let ordered = entry.why == Some(Reopened::RobotLost);
        if owner && why == Reopened::RobotLost && on_loss == OnLoss::Ask && !ordered {
            return cx.out.event(Event::Lost { task, robot });
        }
        if owner && assurance == Assurance::BestEffort && !self.has_quorum {
            if let Some(entry) = self.tasks.get_mut(&task) {
                entry.lapsed = true;
            }
            self.note_to_post(task);
            return self.offer(task, cx);
        }
        self.reopen(task, why, cx);
    }

    /// It was to be opened again a while ago.
    pub(super) fn reopen_again(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get(&task).filter(|_| self.leading) else {
            return;
        };
        let owner = entry.owner;
        if self.witness.is_ruling(task) {
            return self
                .timers
                .set(cx.now.time + cx.config.lease.guard(), Timer::Reopen(task));
        }
        // Nobody owns it, and the decision that this is so was not made: that matters to nobody.
        let Some((robot, _)) = owner else {
            return self.offer(task, cx);
        };
        let alive = self.members.get(robot).is_some_and(Member::is_alive);
        let holds = self
            .members
            .get(robot)
            .is_some_and(|member| member.holds.contains(&task));
        if !(alive && holds) {
            self.lose(task, robot, Reopened::RobotLost, cx);
        }
    }

    /// A robot claims it no more. If it waited for that lease alone, it need not any longer.
    pub(super) fn released(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let waits = |entry: &Entry| entry.owner.is_none() && entry.reoffer.is_none();
        if self.tasks.get(&task).is_some_and(waits) {
            self.offer(task, cx);
        }
    }

    /// Looks later whether it is to be opened again, or is still being decided on: an owner who was silent for a guard,
    /// since this node leads or knows of it, owns nothing any more.
    pub(super) fn look_again(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let entry = self.tasks.get(&task).filter(|_| self.leading);
        let absent = |(robot, _)| !self.members.get(robot).is_some_and(Member::is_alive);
        let orphaned = entry.and_then(|entry| entry.owner).is_some_and(absent);
        if orphaned || (entry.is_some() && self.witness.is_ruling(task)) {
            self.timers
                .set(cx.now.time + cx.config.lease.guard(), Timer::Reopen(task));
        }
    }

    /// Nobody is offered it, nobody may bid for it.
    pub(super) fn let_go(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let (offer, lot) = (entry.offer.take(), entry.lot.take());
        (entry.reoffer, entry.taker, entry.rests) = (None, None, false);
        self.market.gathered.remove(&task);
        if let Some(lot) = lot {
            self.withdraw(lot);
        }
        if let Some(member) = offer.and_then(|offer| self.members.get_mut(offer.robot)) {
            // It may win again, with the bids that are known of it: if they are out of date, it refuses.
            member.offered = None;
            self.market.renewed(member.seat);
            self.award(cx);
        }
    }

    /// A robot that had accepted it was not granted it: others are there, or this node is behind. It is offered
    /// again a little later, and not when a rival offers it.
    pub(super) fn contended(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.taker = None;
        entry.contended = entry.contended.saturating_add(1);
        let seed = task.uuid().as_u128() as u64 ^ self.me.uuid().as_u128() as u64;
        let at = cx.now.time + pause(cx.config.retry, entry.contended, seed);
        entry.reoffer = Some(at);
        self.timers.set(at, Timer::Reoffer(task));
    }

    /// Sees whether a task has missed its deadline. Work that has begun may go on.
    pub(super) fn deadline(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(record) = self.record(task) else { return };
        let state = &record.state;
        let Some(deadline) = record.task.deadline().filter(|_| !state.phase.is_terminal()) else {
            return;
        };
        if cx.now.utc < deadline {
            self.timers
                .set(cx.now.time + deadline.since(cx.now.utc), Timer::Deadline(task));
        } else if !matches!(state.phase, Phase::Running(_)) && self.leading {
            self.end(task, Phase::Failed("its deadline passed".to_string()));
        }
    }
}
