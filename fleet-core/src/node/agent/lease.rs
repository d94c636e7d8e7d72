//! Signs of life, and the leases that hang on them.

use alloc::vec::Vec;
use core::time::Duration;

use super::team::Team;
use super::{Agent, Forfeit};
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::ledger::Lease;
use crate::message::{Activity, Claim, Drain, Heard, Heartbeat, Message, Refusal};
use crate::output::{Event, StopReason};
use crate::place::Pose;
use crate::planted::{self, Bug};
use crate::record::Order;
use crate::task::Assurance;
use crate::time::Time;
use crate::transport::Class;

impl Agent {
    /// Tells all witnesses that it is there and what it claims.
    pub(super) fn beat(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.time;
        self.introduce(cx);
        self.claim_now = false;
        let ask = self.claimant.ask(now);
        self.forget_fences(now, cx.config);
        let claim = |(task, held): (&TaskId, &super::Held)| Claim {
            task: *task,
            epoch: held.epoch,
            leased: self.owns(*task),
            stops_done: held.stops_done,
            there: held.team.as_ref().is_some_and(Team::is_there),
        };
        let order = |(task, held): (&TaskId, &super::Held)| {
            let ordered = held.order.number > 0;
            ordered.then_some((*task, held.order))
        };
        let heartbeat = Message::Heartbeat(Heartbeat {
            ask,
            boot: self.boot,
            edition: self.claimant.panel().edition(),
            pose: self.robot.pose(),
            charge: self
                .robot
                .battery()
                .map(|battery| (battery.level() * f64::from(u16::MAX)) as u16),
            activity: self.activity(),
            free: self.free(cx),
            claims: self.held.iter().map(claim).collect(),
            news: self
                .news
                .iter()
                .map(|(task, told)| (*task, told.epoch, told.news.clone()))
                .collect(),
            orders: self.held.iter().filter_map(order).collect(),
            drain: self.drain,
            adrift: self.adrift,
        });
        cx.out
            .send_each(self.claimant.panel().all(), Class::State, heartbeat);
        self.next_heartbeat = now + self.pace(cx.config);
    }

    fn introduce(&self, cx: &mut Context<'_>) {
        let witnesses = self.claimant.panel().all().iter();
        let strangers = witnesses.filter(|witness| !self.known.contains(witness));
        let strangers: Vec<NodeId> = strangers.copied().collect();
        if !strangers.is_empty() {
            let hello = Message::Hello {
                boot: self.boot,
                robot: self.robot.clone(),
            };
            cx.out.send_each(&strangers, Class::State, hello);
        }
    }

    /// Time to the next heartbeat if this one is not answered: little if something hangs on the answer.
    fn pace(&self, config: &Config) -> Duration {
        let urgent = !self.held.is_empty() || !self.news.is_empty();
        if urgent {
            config.retry.min(config.heartbeat)
        } else {
            config.heartbeat
        }
    }

    fn free(&self, cx: &Context<'_>) -> (Pose, Duration) {
        let place = if self.schedule.is_empty() {
            self.robot.pose().place
        } else {
            self.schedule.end_place()
        };
        (place.into(), self.schedule.finish().since(cx.now.utc))
    }

    fn activity(&self) -> Activity {
        match &self.current {
            Some(current) if current.working => Activity::Working,
            Some(_) => Activity::Travelling,
            None if self.charging => Activity::Charging,
            None => Activity::Idle,
        }
    }

    pub(super) fn heard(&mut self, from: NodeId, heard: Heard, cx: &mut Context<'_>) {
        if heard.boot != self.boot {
            return;
        }
        if heard.known {
            self.known.insert(from);
        } else {
            // Its words of introduction were lost, or overtaken by its first heartbeat.
            self.known.remove(&from);
            self.next_heartbeat = self.next_heartbeat.min(cx.now.time + cx.config.retry);
        }
        let lost = self
            .claimant
            .answered(from, heard.ask, &heard.refused, cx.now.time);
        for (task, refusal) in lost {
            self.not_granted(task, refusal, cx);
        }
        let unknown = heard
            .refused
            .iter()
            .filter(|(.., refusal)| *refusal == Refusal::Unknown);
        unknown.for_each(|(task, ..)| self.unknown(from, *task));
        if let Some(asked) = self
            .claimant
            .asked_at(heard.ask)
            .filter(|_| self.claimant.is_answered(heard.ask) && !self.waits_for_team())
        {
            self.next_heartbeat = self.next_heartbeat.max(asked + cx.config.heartbeat);
        }
        for (task, epoch) in heard.noted {
            self.noted(from, task, epoch);
        }
        self.lots
            .retain(|(node, lot), _| *node != from || *lot >= heard.open_from);
        self.hear_of_fellows(from, heard.ask, &heard.fellows, cx);
        self.obey(&heard.orders, cx);
        self.set_drain(heard.drain, cx);
    }

    /// So many witnesses refuse a task that it cannot be had, or not any more.
    fn not_granted(&mut self, task: TaskId, refusal: Refusal, cx: &mut Context<'_>) {
        self.note_refusal(task, refusal);
        let owned = self.owns(task) || self.may_act(task, cx.now.time);
        let Some(epoch) = self.held.get(&task).map(|held| held.epoch) else {
            return;
        };
        if owned || refusal == Refusal::Ended {
            return self.revoke(task, epoch, StopReason::Revoked, cx);
        }
        if let Some(held) = self.drop_task(task, StopReason::Revoked, cx) {
            let known = match refusal {
                Refusal::Stale(epoch) | Refusal::Taken(epoch) => Some(epoch),
                _ => None,
            };
            self.decline(&held, known, cx);
        }
    }

    /// Tasks that were taken long ago and never granted are given up; sooner if a witness will never grant them, for
    /// those who are silent by then are thought to be gone. For a best-effort one the grant of one witness is enough,
    /// but not to keep it from another robot: if that is on its way to it, and this one has not begun.
    pub(super) fn give_up_claims(&mut self, cx: &mut Context<'_>) {
        let lease = |task| self.claimant.get(task);
        let patience = |task| match lease(task).is_some_and(Lease::is_barred) {
            true => cx.config.suspicion.min(cx.config.lease.length()),
            false => cx.config.lease.length(),
        };
        let old = |held: &super::Held| held.taken + patience(held.task.id()) <= cx.now.time;
        let rival = |task| lease(task).is_some_and(|lease| lease.barrier().is_some());
        let due = |held: &super::Held| match held.task.assurance() {
            Assurance::Exclusive => true,
            Assurance::BestEffort => held.stops_done.is_none() && rival(held.task.id()),
        };
        let vain = |held: &&super::Held| due(held) && old(held) && !self.owns(held.task.id());
        let vain: Vec<TaskId> = self
            .held
            .values()
            .filter(vain)
            .map(|held| held.task.id())
            .collect();
        for task in vain {
            let barrier = self.claimant.get(task).and_then(Lease::barrier);
            if let Some(epoch) = barrier {
                self.note_refusal(task, Refusal::Taken(epoch));
            }
            if let Some(held) = self.drop_task(task, StopReason::Revoked, cx) {
                self.decline(&held, barrier, cx);
            }
        }
    }

    /// Whether the robot may begin it, or go on.
    pub(super) fn may_act(&self, task: TaskId, now: Time) -> bool {
        let best_effort = |held: &super::Held| held.task.assurance() == Assurance::BestEffort;
        let touched = || self.claimant.get(task).is_some_and(Lease::is_touched);
        self.claimant.permit(task, now).is_some()
            || (self.held.get(&task).is_some_and(best_effort) && touched())
    }

    pub(crate) fn permit(&self, task: TaskId, now: Time) -> Option<Epoch> {
        let held = self.held.get(&task)?;
        self.may_act(task, now).then_some(held.epoch)
    }

    /// The leases of exclusive tasks that were granted.
    fn exclusive_leases(&self) -> impl Iterator<Item = (TaskId, Time)> + '_ {
        let exclusive = |task: &TaskId| {
            let held = self.held.get(task);
            held.is_some_and(|held| held.task.assurance() == Assurance::Exclusive)
        };
        let leases = self.claimant.leases().filter(move |(task, _)| exclusive(task));
        leases.filter_map(|(task, lease)| Some((task, lease.until()?)))
    }

    /// Gives up what it may not do any longer, early enough to stop safely.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        if planted::is(Bug::NoFencing) {
            return;
        }
        let out = |until: Time| until <= cx.now.time + cx.config.stopping;
        let expired: Vec<TaskId> = self
            .exclusive_leases()
            .filter(|(_, until)| out(*until))
            .map(|(task, _)| task)
            .collect();
        for task in expired {
            let current = self.current.as_ref().is_some_and(|current| current.task == task);
            let alone = self.held.get(&task).map(|held| held.task.alone());
            self.forfeit(task, Forfeit::LeaseLost, cx);
            if current && let Some(alone) = alone {
                self.be_alone(alone, cx);
            }
        }
    }

    pub(super) fn next_expiry(&self, config: &Config) -> Time {
        if planted::is(Bug::NoFencing) {
            return Time::NEVER;
        }
        let stopping = config.stopping.as_micros() as u64;
        let ends = self
            .exclusive_leases()
            .map(|(_, until)| Time::from_micros(until.as_micros().saturating_sub(stopping)));
        ends.min().unwrap_or(Time::NEVER)
    }

    /// People want tasks to rest, or to go on. One that was not begun is given back, so that nothing waits behind
    /// it; of one that was begun the robot keeps what it has done.
    fn obey(&mut self, orders: &[(TaskId, Order)], cx: &mut Context<'_>) {
        for (task, order) in orders {
            let Some(held) = self.held.get_mut(task).filter(|held| held.order < *order) else {
                continue;
            };
            held.order = *order;
            if order.paused && !order.cancelled && held.stops_done.is_none() {
                self.forfeit(*task, Forfeit::Paused, cx);
            } else if order.stops() {
                self.rest(*task, cx);
            }
        }
    }

    fn rest(&mut self, task: TaskId, cx: &mut Context<'_>) {
        if self.current.take_if(|current| current.task == task).is_some() {
            let why = StopReason::Paused;
            cx.out.event(Event::Stop { task, why });
        }
    }

    /// People want the robot out of service, or in it again.
    fn set_drain(&mut self, (number, drain): (u64, Option<Drain>), cx: &mut Context<'_>) {
        if number <= self.drain.0 {
            return;
        }
        self.drain = (number, drain);
        if drain == Some(Drain::Reassign) {
            let waiting = self.held.iter().filter(|(_, held)| held.stops_done.is_none());
            let waiting: Vec<TaskId> = waiting.map(|(task, _)| *task).collect();
            waiting
                .into_iter()
                .for_each(|task| self.forfeit(task, Forfeit::Drained, cx));
        }
    }
}
