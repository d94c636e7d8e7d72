//! Where robots choose in cells: what a coordinator who sees them all would have each of them do. And where some robots
//! do not hear the one that leads: what any witness that hears them would have them do.
//!
//! A plan for the whole fleet is kept up, and every robot is told its part of it with each heartbeat. It is advice: who
//! may do what is the witnesses' affair as ever, and a robot that does not hear of a coordinator goes by what its cell
//! comes to.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Coordinator, ROLL_CALL, Timer};
use crate::allocate::search::Rounds;
use crate::allocate::{Replanner, Replanning};
use crate::config::Config;
use crate::context::Context;
use crate::ids::{RobotId, TaskId};
use crate::load::Load;
use crate::membership::Member;
use crate::message::{Activity, Message};
use crate::regime::Strategy;
use crate::schedule::{Schedule, Start};
use crate::time::Time;
use crate::transport::Class;

/// So many tasks of the plan wait for a robot to have room at most, but for more urgent ones: all are offered to each robot
/// that has, while the node does nothing else. Of more than that the plan would be no better.
const WAITING: usize = 1_000;

/// The plan, and what of it was told.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Advisor {
    plan: Replanner,
    told: BTreeMap<RobotId, Vec<TaskId>>,
    /// When all are told again.
    next: Time,
    /// Whether what is new will be looked at soon.
    gathers: bool,
    /// Since when all robots are to be told.
    since: Option<Time>,
}

impl Advisor {
    pub(super) fn new(config: &Config) -> Self {
        Advisor {
            plan: Replanner::new(Replanning {
                stay: 0.0, // what is only advised costs nothing to change
                ..Replanning::new(config.objective)
            }),
            told: BTreeMap::new(),
            next: Time::ZERO,
            gathers: false,
            since: None,
        }
    }
}

impl Coordinator {
    /// The strategy is another.
    pub(super) fn begin_to_advise(&mut self, cx: &Context<'_>) {
        self.advisor = Advisor::new(cx.config);
        self.timers.set(cx.now.time, Timer::Advise);
    }

    /// Whether there are robots here that do not hear who leads.
    pub(crate) fn is_called(&self) -> bool {
        !self.adrift.is_empty()
    }

    /// Whether `robot` hears who leads, as it says.
    pub(super) fn see_adrift(&mut self, robot: RobotId, adrift: bool, cx: &Context<'_>) {
        if !adrift {
            self.adrift.remove(&robot);
        } else if self.adrift.insert(robot) {
            self.advise_soon(cx);
        }
    }

    /// Whether there may be somebody to give advice to.
    fn may_advise(&self) -> bool {
        match self.strategy {
            Strategy::Centralized => self.is_called(),
            Strategy::Distributed => false,
            Strategy::Hybrid => true,
        }
    }

    /// A task may have become one to give advice on.
    pub(super) fn advise_soon(&mut self, cx: &Context<'_>) {
        if self.may_advise() && !core::mem::replace(&mut self.advisor.gathers, true) {
            self.timers.set(cx.now.time + cx.config.gather, Timer::Advise);
        }
    }

    /// Plans anew, and tells each robot what it should do next: all of them with every heartbeat, those for whom that
    /// has changed at once.
    pub(super) fn advise(&mut self, cx: &mut Context<'_>) {
        self.advisor.gathers = false;
        if !self.may_advise() {
            return;
        }
        let now = cx.now.time;
        let all = now >= self.advisor.next;
        if all {
            self.advisor.next = now + cx.config.heartbeat;
            self.timers.set(self.advisor.next, Timer::Advise);
        }
        let to_all = self.strategy == Strategy::Hybrid && self.may_award(cx);
        let calls = self.calls_the_roll(to_all, cx);
        if !to_all && !self.is_called() {
            self.advisor.told.clear();
            return;
        }
        if calls {
            return;
        }
        self.see_robots(to_all, cx);
        self.see_tasks(cx);
        let mut budget = Rounds(cx.config.limits.search);
        self.advisor.plan.replan(cx.now.utc, &mut budget, cx.travel);
        let parts = self.advisor.parts(cx.config.limits.bundle);
        let is_free = |member: &Member| member.holds.is_empty();
        let is_idle = |robot| self.members.get(robot).is_some_and(is_free);
        let mut without = parts.iter().filter(|(_, tasks)| tasks.is_empty());
        let idle = without.any(|(robot, _)| is_idle(*robot));
        for (robot, tasks) in parts {
            let told = self.advisor.told.insert(robot, tasks.clone());
            if all || told.is_none_or(|told| told != tasks) {
                let advice = Message::Advice { tasks, idle };
                cx.out.send(robot.node(), Class::Control, advice);
            }
        }
    }

    /// Whether it is still being heard who is there: a plan for the few that are heard first would be a poor one for all.
    fn calls_the_roll(&mut self, to_all: bool, cx: &Context<'_>) -> bool {
        let (now, since) = (cx.now.time, self.advisor.since.filter(|_| to_all));
        self.advisor.since = since.or_else(|| to_all.then_some(now));
        let begun = |since: Time| since + cx.config.heartbeat * ROLL_CALL <= now;
        !self.advisor.since.is_none_or(begun)
    }

    /// Brings the robots of the plan up to date: those that are alive, silent for a moment or not, and take work, from where
    /// they will be when they have done what is theirs; all of them, or those that hear nobody else.
    fn see_robots(&mut self, all: bool, cx: &mut Context<'_>) {
        let now = cx.now.time;
        let waiting = self.waiting_for_teams();
        let plan = &mut self.advisor.plan;
        let mut before: BTreeSet<RobotId> = plan.schedules().map(|(robot, _)| robot.id()).collect();
        for (id, member) in self.members.iter() {
            let (_, drain) = self.drains.of(id);
            let takes = drain.is_none() && member.activity() != Activity::Charging;
            let takes = takes && (all || self.adrift.contains(&id));
            if !(takes && member.is_alive()) {
                continue;
            }
            let robot = member.robot().clone();
            let known = match before.remove(&id) {
                true => plan.update(robot),
                false => plan.join(robot, cx.now.utc).is_ok(),
            };
            if !known {
                continue;
            }
            let (place, busy) = member.free(now);
            plan.restart(id, Start::new(place, cx.now.utc + busy), cx.travel);
            plan.set_waiting(id, waiting.contains(&id));
            plan.set_room(id, cx.config.limits.bundle.saturating_sub(member.holds.len()));
        }
        for robot in before {
            plan.leave(robot);
            self.advisor.told.remove(&robot);
        }
    }

    /// Brings the tasks of the plan up to date: those that are open.
    fn see_tasks(&mut self, cx: &mut Context<'_>) {
        let alive = self
            .members
            .iter()
            .map(|(_, member)| member)
            .filter(|member| member.is_alive());
        let claimed: BTreeSet<TaskId> = alive.flat_map(|member: &Member| &member.holds).copied().collect();
        let open = self.tasks.keys().filter(|task| self.is_free(**task));
        let open: BTreeSet<TaskId> = open.filter(|task| !claimed.contains(task)).copied().collect();
        let begun: Vec<TaskId> = open
            .iter()
            .copied()
            .filter(|task| !self.is_bound(*task))
            .collect();
        let plan = &mut self.advisor.plan;
        let known: BTreeSet<TaskId> = plan.tasks().map(|task| task.id()).collect();
        for task in known.difference(&open) {
            plan.cancel(*task, Load::ZERO, cx.travel);
        }
        let ledger = self.witness.ledger();
        let records = open.difference(&known).filter_map(|task| ledger.get(*task));
        let standings = records.map(|known| {
            let record = &known.record;
            (cx.standing(&record.task, record.submitted), record)
        });
        let mut new: Vec<_> = standings.collect();
        // The most urgent ones first, but for teams, which come as a whole.
        new.sort_by_key(|(standing, record)| (record.task.team().is_empty(), Reverse(standing.urgency)));
        let offered = plan.offered();
        let (room, least) = (WAITING.saturating_sub(offered.len()), offered.first());
        let mut taken = 0;
        for (standing, record) in new {
            let more_urgent = least.is_some_and(|least| standing.urgency > *least) && taken < WAITING;
            if record.task.team().is_empty() && taken >= room && !more_urgent {
                break; // until some are some robot's
            }
            let submitted = plan.submit((*record.task).clone(), standing, cx.travel);
            if submitted.is_ok() {
                taken += 1;
                record.task.after().iter().for_each(|before| plan.done(*before));
            }
        }
        begun.into_iter().for_each(|task| plan.begun(task));
    }
}

impl Advisor {
    /// The first tasks of each robot, in order.
    fn parts(&self, most: usize) -> Vec<(RobotId, Vec<TaskId>)> {
        let part = |schedule: &Schedule| {
            let tasks = schedule
                .keys()
                .filter_map(|key| self.plan.task(key))
                .map(|task| task.id());
            tasks.take(most).collect()
        };
        self.plan
            .schedules()
            .map(|(robot, schedule)| (robot.id(), part(schedule)))
            .collect()
    }
}
