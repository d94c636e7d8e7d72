//! The task in hand, and what comes next.

use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Reverse;

use ordered_float::OrderedFloat;

use super::{Agent, Forfeit, Held};
use crate::context::Context;
use crate::ids::TaskId;
use crate::invalid::Invalid;
use crate::limits;
use crate::load::Load;
use crate::message::News;
use crate::output::{Event, StopReason};
use crate::place::Place;
use crate::schedule::{Job, Start};
use crate::task::Alone;
use crate::time::UtcTime;

/// The task that the body is at.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Current {
    pub(super) task: TaskId,
    /// At work at a stop, not on the way.
    pub(super) working: bool,
    /// When the work at this stop began.
    begun: UtcTime,
}

/// What a body tells of its task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Report {
    /// The robot is at the next stop and its work there begins.
    Begun,
    /// The work at this stop is finished. After the last stop the task is done.
    StopDone,
    /// It cannot be done, for this reason; the coordinator decides whether another robot tries.
    Failed(String),
    /// The robot gives it back undone.
    GiveBack,
}

/// Why a report was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The task is not, or no longer, this robot's. Its body must not go on with it.
    #[error("the task is not this robot's: stop it")]
    NotOwned,
    /// Another task comes first.
    #[error("the task was not started: wait for its start event")]
    NotStarted,
    /// The work must not begin before the task's release time.
    #[error("the task is not released yet: wait")]
    NotReleased,
    /// The robots of the other tasks of its team are not all there. Stay at the stop and wait for
    /// [`Event::Together`](crate::Event::Together).
    #[error("not all robots of the team are there: wait for the event that tells so")]
    NotTogether,
    /// Work that did not begin cannot end, and work that began cannot begin again.
    #[error("out of order: report that work began at a stop, then that it is done")]
    OutOfOrder,
}

impl Agent {
    pub(crate) fn charged(&mut self, level: f64, cx: &mut Context<'_>) -> Result<(), Invalid> {
        self.robot.charged(level)?;
        self.schedule.set_battery(self.robot.battery().copied());
        if self.charging && level >= cx.config.charge_to.0 {
            self.charging = false;
        }
        self.steer(cx);
        Ok(())
    }

    pub(crate) fn report(
        &mut self,
        task: TaskId,
        report: Report,
        cx: &mut Context<'_>,
    ) -> Result<(), ReportError> {
        if self.permit(task, cx.now.time).is_none() {
            return Err(ReportError::NotOwned);
        }
        match report {
            Report::Begun => self.begun(task, cx)?,
            Report::StopDone => self.stop_done(task, cx)?,
            Report::Failed(reason) => self.finish(task, News::Failed(shortened(reason)), cx),
            Report::GiveBack => self.forfeit(task, Forfeit::Application, cx),
        }
        self.steer(cx);
        Ok(())
    }

    fn begun(&mut self, task: TaskId, cx: &mut Context<'_>) -> Result<(), ReportError> {
        let current = self.current.as_ref().filter(|current| current.task == task);
        if current.ok_or(ReportError::NotStarted)?.working {
            return Err(ReportError::OutOfOrder);
        }
        let held = self.held.get(&task).ok_or(ReportError::NotOwned)?;
        if held.task.release().is_some_and(|release| release > cx.now.utc) {
            return Err(ReportError::NotReleased);
        }
        if !self.is_together(task, cx) {
            return Err(ReportError::NotTogether);
        }
        let held = self.held.get_mut(&task).ok_or(ReportError::NotOwned)?;
        let current = self.current.as_mut().ok_or(ReportError::NotStarted)?;
        (current.working, current.begun) = (true, cx.now.utc);
        let (epoch, first, key) = (held.epoch, held.stops_done.is_none(), held.key);
        held.stops_done = held.stops_done.or(Some(0));
        self.replan(cx);
        self.begin_first(key, cx);
        if first {
            self.tell(task, epoch, News::Started, cx);
        }
        Ok(())
    }

    /// Work on `key` has begun, whatever was planned before it and could not begin yet because it was not granted:
    /// that comes later now.
    fn begin_first(&mut self, key: u32, cx: &mut Context<'_>) {
        let before: Vec<u32> = self
            .schedule
            .keys()
            .take_while(|planned| *planned != key)
            .collect();
        let out = before
            .iter()
            .filter_map(|key| self.schedule.remove(*key, cx.travel));
        let out = out.collect();
        self.schedule.begin();
        self.put_back(out, cx);
    }

    /// What comes first in the plan and has not begun goes behind the more urgent ones that it would make wait.
    fn let_pass_the_more_urgent(&mut self, cx: &mut Context<'_>) {
        for _ in 0..self.held.len() {
            let Some(first) = self.schedule.keys().next() else {
                return;
            };
            if !self.schedule.first_is_in_the_way(cx.travel) {
                return;
            }
            let job = self.schedule.remove(first, cx.travel);
            self.put_back(job.into_iter().collect(), cx);
        }
    }

    /// Plans anew what was taken out of the plan, the more urgent first. What fits nowhere is given back.
    fn put_back(&mut self, mut jobs: Vec<Job>, cx: &mut Context<'_>) {
        jobs.sort_by_key(|job| Reverse(job.urgency()));
        for job in jobs {
            match self.schedule.best_insertion(&job, cx.travel) {
                Ok(place) => self.schedule.insert(&job, &place),
                Err(_) => {
                    if let Some(task) = self.keys.get(&job.key()).copied() {
                        self.forfeit(task, Forfeit::Displaced, cx);
                    }
                }
            }
        }
    }

    fn stop_done(&mut self, task: TaskId, cx: &mut Context<'_>) -> Result<(), ReportError> {
        let current = self.current.as_mut().filter(|current| current.task == task);
        let current = current.ok_or(ReportError::NotStarted)?;
        if !current.working {
            return Err(ReportError::OutOfOrder);
        }
        current.working = false;
        let held = self.held.get_mut(&task).ok_or(ReportError::NotOwned)?;
        let done = held.stops_done.unwrap_or(0) + 1;
        held.stops_done = Some(done);
        let (epoch, stops, key) = (held.epoch, held.task.stops().len(), held.key);
        self.begin_first(key, cx);
        self.schedule.complete(cx.now.utc);
        if (done as usize) < stops {
            self.tell(task, epoch, News::Progress(done), cx);
        } else {
            self.finish(task, News::Done, cx);
        }
        Ok(())
    }

    /// The body is through with a task that it owned, one way or the other.
    fn finish(&mut self, task: TaskId, news: News, cx: &mut Context<'_>) {
        if self.current.as_ref().is_some_and(|current| current.task == task) {
            self.current = None;
        }
        if let Some(held) = self.held.remove(&task) {
            self.claimant.drop(task);
            self.keys.remove(&held.key);
            self.replan(cx);
            // After its last stop a task leaves aboard what it loaded for good.
            let aboard = if news == News::Done {
                Load::ZERO
            } else {
                held.aboard()
            };
            self.schedule.abandon(held.key, aboard, cx.travel);
            self.tell(task, held.epoch, news, cx);
        }
    }

    /// Brings the schedule up to now: it begins where the robot is, or when the work in hand began.
    pub(super) fn replan(&mut self, cx: &mut Context<'_>) {
        let load = self.schedule.start().load;
        let first = self.next_task();
        let in_hand = self
            .current
            .as_ref()
            .filter(|current| current.working && first == Some(current.task));
        let start = match in_hand {
            Some(current) => {
                let place = self.work_place().unwrap_or(self.robot.pose().place);
                // Work that takes longer than planned ends now at the earliest.
                let service = self.work_service();
                Start {
                    place,
                    at: current.begun.max(cx.now.utc - service),
                    load,
                }
            }
            None => Start {
                place: self.robot.pose().place,
                at: cx.now.utc,
                load,
            },
        };
        self.schedule.restart(start, cx.travel);
    }

    fn work_place(&self) -> Option<Place> {
        self.schedule.visits().next().map(|visit| visit.place)
    }

    fn work_service(&self) -> core::time::Duration {
        self.schedule
            .visits()
            .next()
            .map_or(core::time::Duration::ZERO, |visit| visit.end.since(visit.begin))
    }

    /// Tasks whose deadline has become impossible are given back, or failed if it has passed.
    pub(super) fn give_up_missed(&mut self, cx: &mut Context<'_>) {
        if self.held.values().all(|held| held.task.deadline().is_none()) {
            return;
        }
        self.replan(cx);
        let missed: Vec<TaskId> = self
            .schedule
            .missed()
            .filter_map(|key| self.keys.get(&key).copied())
            .collect();
        let begun = |held: &Held| held.stops_done.is_some();
        let waiting = missed
            .into_iter()
            .filter(|task| !self.held.get(task).is_some_and(begun));
        let waiting: Vec<TaskId> = waiting.collect();
        waiting
            .into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::Deadline, cx));
    }

    /// Makes the body do what the schedule says is next.
    pub(super) fn steer(&mut self, cx: &mut Context<'_>) {
        // However late the call is: what this robot may not do any longer, its body must not begin.
        self.expire(cx);
        if self.charging {
            return;
        }
        let next = self.next_task();
        if self.current.as_ref().map(|current| current.task) == next {
            if next.is_none() {
                self.charge_if_low(cx);
            }
            return;
        }
        // What it may not begin yet, or must let rest, keeps nothing else from going on.
        if next.is_some_and(|task| !self.may_begin(task, cx)) {
            return;
        }
        if let Some(current) = self.current.take() {
            self.leave_team(current.task);
            cx.out.event(Event::Stop {
                task: current.task,
                why: StopReason::Later,
            });
        }
        self.replan(cx);
        self.let_pass_the_more_urgent(cx);
        self.shed(cx);
        match self.next_task() {
            Some(task) if self.may_begin(task, cx) => self.start(task, cx),
            Some(_) => {}
            None => self.charge_if_low(cx),
        }
    }

    fn may_begin(&self, task: TaskId, cx: &Context<'_>) -> bool {
        let resting = self.held.get(&task).is_some_and(|held| held.order.stops());
        !resting && self.may_act(task, cx.now.time)
    }

    /// A task was taken from this robot because it was alone.
    pub(super) fn be_alone(&mut self, alone: Alone, cx: &mut Context<'_>) {
        let here = self.robot.pose().place;
        let way = |at: &Place| Some((OrderedFloat(cx.travel.distance(here, *at)?), *at));
        let nearest = match alone {
            Alone::Hold => None,
            Alone::Retreat => cx.config.refuges.iter().filter_map(way).min(),
        };
        if let Some((_, at)) = nearest {
            cx.out.event(Event::Retreat { at });
        }
    }

    fn next_task(&self) -> Option<TaskId> {
        let first = self.schedule.visits().next()?;
        self.keys.get(&first.key).copied()
    }

    fn start(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(held) = self.held.get(&task) else { return };
        self.hungry = false;
        self.current = Some(Current {
            task,
            working: false,
            begun: cx.now.utc,
        });
        let stops_done = held.stops_done.unwrap_or(0);
        cx.out.event(Event::Start {
            task: held.task.clone(),
            epoch: held.epoch,
            stops_done,
        });
    }

    /// Gives back the last tasks until the battery lasts for the rest.
    fn shed(&mut self, cx: &mut Context<'_>) {
        while self.schedule.overdrawn() {
            let Some(task) = self
                .schedule
                .keys()
                .last()
                .and_then(|key| self.keys.get(&key).copied())
            else {
                return;
            };
            if self.held.get(&task).is_some_and(|held| held.stops_done.is_some()) {
                return;
            }
            self.hungry = true;
            self.forfeit(task, Forfeit::Battery, cx);
        }
    }

    fn charge_if_low(&mut self, cx: &mut Context<'_>) {
        let Some(battery) = self.robot.battery() else {
            return;
        };
        let low = battery.level() < cx.config.charge_below.0;
        if !(low || self.hungry) || battery.level() >= cx.config.charge_to.0 {
            return;
        }
        let here = self.robot.pose().place;
        let mut way = |at: &Place| Some((OrderedFloat(cx.travel.distance(here, *at)?), *at));
        let reachable = cx.config.chargers.iter().filter_map(&mut way);
        if let Some((_, at)) = reachable.min() {
            (self.charging, self.hungry) = (true, false);
            cx.out.event(Event::Charge { at });
        }
    }
}

/// At most [`limits::NOTE_BYTES`] of it: it is repeated with every heartbeat until it is noted.
fn shortened(mut reason: String) -> String {
    let most = reason.len().min(limits::NOTE_BYTES);
    let end = (0..=most).rev().find(|end| reason.is_char_boundary(*end));
    reason.truncate(end.unwrap_or(0));
    reason
}
