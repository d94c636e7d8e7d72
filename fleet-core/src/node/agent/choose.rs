//! What the robot does where it chooses its tasks itself.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use super::{Agent, Held};
use crate::ability::missing;
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::ledger::Lease;
use crate::message::{Lot, News, Refusal};
use crate::output::StopReason;
use crate::place::Place;
use crate::schedule::Schedule;
use crate::standing::Standing;
use crate::strategy::{Claims, Robot};
use crate::task::Task;

impl Agent {
    /// A task that it chose itself was refused to it.
    pub(super) fn note_refusal(&mut self, task: TaskId, refusal: Refusal) {
        let me = self.robot.id().node();
        if self.held.get(&task).is_some_and(|held| held.from == me) {
            // Of all that was said against it, the highest epoch tells under which it may be had.
            let barrier = self.claimant.get(task).and_then(Lease::barrier);
            let refusal = match (refusal, barrier) {
                (Refusal::Stale(_) | Refusal::Taken(_), Some(barrier)) => Refusal::Stale(barrier),
                _ => refusal,
            };
            self.refusals.insert(task, refusal);
        }
    }
}

impl Robot for Agent {
    fn claims(&self) -> Claims {
        let claim = |(task, held): (&TaskId, &Held)| (*task, (held.epoch, self.owns(*task)));
        self.held.iter().map(claim).collect()
    }

    fn take_refusals(&mut self) -> BTreeMap<TaskId, Refusal> {
        core::mem::take(&mut self.refusals)
    }

    fn plan(&mut self, cx: &mut Context<'_>) -> Schedule {
        self.replan(cx);
        self.schedule.clone()
    }

    fn room(&self, config: &Config) -> usize {
        match self.closed(config) {
            Some(_) => 0,
            None => config.limits.plan - self.held.len(),
        }
    }

    fn may_do(&self, task: &Task) -> bool {
        let told = self.news.get(&task.id());
        let done = told.is_some_and(|told| told.news == News::Done);
        missing(task.needs(), self.robot.abilities()).is_none() && !done && !self.has_fellow_of(task)
    }

    fn new_key(&mut self) -> u32 {
        let key = self.next_key;
        self.next_key = self.next_key.wrapping_add(1);
        key
    }

    fn claim(&mut self, task: Arc<Task>, standing: Standing, epoch: Epoch, cx: &mut Context<'_>) -> bool {
        let (me, number, id) = (self.robot.id().node(), self.new_key(), task.id());
        let lot = Lot {
            number,
            task: (*task).clone(),
            standing,
        };
        let taken = !self.is_fenced(id, epoch) && self.take(me, lot, epoch, None, cx).is_ok();
        self.lots.remove(&(me, number));
        self.steer(cx);
        if self.claim_now {
            self.beat(cx);
        }
        taken
    }

    fn let_go(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let claim = self.held.get(&task).filter(|held| held.stops_done.is_none());
        if let Some(epoch) = claim.map(|held| held.epoch) {
            self.revoke(task, epoch, StopReason::Revoked, cx);
        }
    }

    fn starve(&mut self) {
        self.hungry = true;
    }

    fn waits_for_team(&self) -> bool {
        self.has_waiting_team()
    }

    fn whereabouts(&self) -> (Place, f64) {
        (self.robot.pose().place, self.robot.speed())
    }
}
