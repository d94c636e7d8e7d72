//! Signs of life, and the leases that hang on them.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Agent, Forfeit};
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::message::{Activity, Heard, Heartbeat, Message};
use crate::output::StopReason;
use crate::place::Pose;
use crate::task::Assurance;
use crate::time::Time;
use crate::transport::Class;

impl Agent {
    pub(super) fn beat(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.time;
        if !self.known {
            let hello = Message::Hello {
                boot: self.boot,
                robot: self.robot.clone(),
            };
            cx.out.send(cx.config.coordinator, Class::State, hello);
        }
        let ask = self.next_ask();
        self.asked.push_back((ask, now));
        let useful = |asked: Time| asked + cx.config.lease.length() > now;
        self.asked
            .retain(|(number, asked)| *number == ask || useful(*asked));
        self.forget_fences(now, cx.config);
        let heartbeat = Message::Heartbeat(Heartbeat {
            ask,
            boot: self.boot,
            pose: self.robot.pose(),
            charge: self
                .robot
                .battery()
                .map(|battery| (battery.level() * f64::from(u16::MAX)) as u16),
            activity: self.activity(),
            free: self.free(cx),
            held: self
                .held
                .iter()
                .map(|(task, held)| (*task, held.epoch, held.stops_done))
                .collect(),
            news: self
                .news
                .iter()
                .map(|(task, (epoch, news))| (*task, *epoch, news.clone()))
                .collect(),
        });
        cx.out.send(cx.config.coordinator, Class::State, heartbeat);
        self.next_heartbeat = now + self.pace(cx.config);
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

    /// The number of the next heartbeat.
    pub(super) fn next_ask(&self) -> u32 {
        self.asked.back().map_or(1, |(ask, _)| ask + 1)
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

    pub(super) fn heard(&mut self, heard: Heard, cx: &mut Context<'_>) {
        if heard.boot != self.boot {
            return;
        }
        self.known = heard.known;
        for (task, epoch) in heard.revoked {
            self.revoke(task, epoch, StopReason::Revoked, cx);
        }
        if let Some(asked) = self.asked_at(heard.ask) {
            self.next_heartbeat = self.next_heartbeat.max(asked + cx.config.heartbeat);
            let until = asked + cx.config.lease.length();
            let named = self.held.values_mut().filter(|held| held.since <= heard.ask);
            named.for_each(|held| held.lease_until = held.lease_until.max(until));
        }
        heard
            .noted
            .into_iter()
            .for_each(|(task, epoch)| self.noted(task, epoch));
        self.lots = self.lots.split_off(&heard.open_from);
    }

    /// The end of a lease that counts from heartbeat `ask`, if that is recent enough to be remembered.
    pub(super) fn lease_from(&self, ask: u32, config: &Config) -> Option<Time> {
        Some(self.asked_at(ask)? + config.lease.length())
    }

    fn asked_at(&self, ask: u32) -> Option<Time> {
        let asked = self.asked.iter().find(|(number, _)| *number == ask);
        asked.map(|(_, at)| *at)
    }

    pub(crate) fn permit(&self, task: TaskId, now: Time) -> Option<Epoch> {
        let held = self.held.get(&task)?;
        let allowed = held.task.assurance() == Assurance::BestEffort || now < held.lease_until;
        allowed.then_some(held.epoch)
    }

    /// Gives up what it may not do any longer, early enough to stop safely.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        let out = |until: Time| until <= cx.now.time + cx.config.stopping;
        let exclusive = self
            .held
            .values()
            .filter(|held| held.task.assurance() == Assurance::Exclusive);
        let expired: Vec<TaskId> = exclusive
            .filter(|held| out(held.lease_until))
            .map(|held| held.task.id())
            .collect();
        expired
            .into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::LeaseLost, cx));
    }

    pub(super) fn next_expiry(&self, config: &Config) -> Time {
        let stopping = config.stopping.as_micros() as u64;
        let exclusive = self
            .held
            .values()
            .filter(|held| held.task.assurance() == Assurance::Exclusive);
        let ends =
            exclusive.map(|held| Time::from_micros(held.lease_until.as_micros().saturating_sub(stopping)));
        ends.min().unwrap_or(Time::NEVER)
    }
}
