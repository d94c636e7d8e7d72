//! Pricing what is for sale, and taking what was won.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Agent, Held};
use crate::ability::missing;
use crate::bid::Decline;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::message::{Answer, Award, Forfeit, Lot, Message, News};
use crate::objective::Cost;
use crate::output::StopReason;
use crate::schedule::{Job, Quote};
use crate::task::Task;
use crate::time::Time;
use crate::transport::Class;

/// A task for sale.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Offered {
    task: Arc<Task>,
    job: Option<Job>,
    heard: Time,
}

impl Agent {
    /// Answers to all lots that it has the abilities for. On the others the coordinator needs no answer: it
    /// knows what its robots can do.
    pub(super) fn announced(&mut self, lots: Vec<Lot>, cx: &mut Context<'_>) {
        let mut numbers = Vec::with_capacity(lots.len());
        for lot in lots {
            if missing(lot.task.needs(), self.robot.abilities()).is_none() {
                numbers.push(lot.number);
                self.learn(lot, cx);
            }
        }
        let bids = self.answers(&numbers, cx);
        self.send_bids(bids, cx);
    }

    fn learn(&mut self, lot: Lot, cx: &mut Context<'_>) {
        // A coordinator that restarted may give an old number to another task.
        if self
            .lots
            .get(&lot.number)
            .is_some_and(|known| *known.task == lot.task)
        {
            return;
        }
        while self.lots.len() >= cx.config.limits.lots {
            self.lots.pop_first();
        }
        let key = self.next_key;
        self.next_key = self.next_key.wrapping_add(1);
        let job = Job::new(key, &lot.task, &lot.standing, cx.travel);
        self.lots.insert(
            lot.number,
            Offered {
                task: Arc::new(lot.task),
                job,
                heard: cx.now.time,
            },
        );
    }

    fn answers(&mut self, numbers: &[u32], cx: &mut Context<'_>) -> Vec<(u32, Answer)> {
        self.replan(cx);
        self.prepare(numbers.len(), cx);
        let answer = |number: &u32| {
            let answer = match self.price(*number, cx)? {
                Ok(quote) => Answer::Bid(quote.bid()),
                Err(reason) => Answer::Decline(reason),
            };
            Some((*number, answer))
        };
        let answers: Vec<_> = numbers.iter().filter_map(answer).collect();
        let starved = |answer: &(u32, Answer)| matches!(answer.1, Answer::Decline(Decline::Battery));
        self.hungry |= self.held.is_empty() && answers.iter().any(starved);
        answers
    }

    /// With many lots it is cheaper to measure all ways from the few places of the plan than from every lot.
    fn prepare(&self, lots: usize, cx: &mut Context<'_>) {
        if lots > 2 * (self.schedule.len() + 1) {
            cx.travel.prepare(self.schedule.start().place);
            self.schedule
                .visits()
                .for_each(|visit| cx.travel.prepare(visit.place));
        }
    }

    /// What lot `number` would cost now; `None` if there is no such lot.
    fn price(&self, number: u32, cx: &mut Context<'_>) -> Option<Result<Quote, Decline>> {
        let offered = self.lots.get(&number)?;
        if let Some(reason) = self.closed(cx.config) {
            return Some(Err(reason));
        }
        let Some(job) = &offered.job else {
            return Some(Err(Decline::Unreachable));
        };
        Some(self.schedule.quote(job, cx.travel))
    }

    pub(super) fn awarded(&mut self, award: Award, cx: &mut Context<'_>) {
        let (number, task, epoch) = (award.lot.number, award.lot.task.id(), award.epoch);
        let in_time = |until: &Time| *until > cx.now.time + cx.config.stopping;
        let lease = self.lease_from(award.ask, cx.config).filter(in_time);
        let Some(lease_until) = lease.filter(|_| award.boot == self.boot) else {
            return;
        };
        // What this robot has said stands: under this epoch or a later one, and done is done under any.
        let stands = |(told, news): &&(Epoch, News)| *told >= epoch || *news == News::Done;
        if let Some((told, news)) = self.news.get(&task).filter(stands).cloned() {
            return self.tell(task, told, news, cx);
        }
        let mut wanted: BTreeSet<u32> = award.rebid.into_iter().collect();
        let refusal = match self.held.get(&task).map(|held| held.epoch) {
            Some(held) if held > epoch => return,
            Some(held) if held == epoch => None,
            _ if self.is_fenced(task, epoch) => Some(Decline::Dearer),
            _ => self.take(award.lot, epoch, award.limit, lease_until, cx).err(),
        };
        if refusal.is_some() {
            wanted.insert(number);
        }
        // The list is complete: what it does not name is sold, or more than this robot keeps in mind.
        self.lots
            .retain(|known, _| *known > number || wanted.contains(known));
        let wanted: Vec<u32> = wanted.into_iter().collect();
        let mut bids = self.answers(&wanted, cx);
        let more = bids.split_off(bids.len().min(cx.config.limits.batch));
        let message = match refusal {
            None => Message::Accept {
                task,
                epoch,
                since: self.next_ask(),
                bids,
            },
            Some(reason) => {
                self.fence(task, epoch, cx);
                Message::Refuse {
                    task,
                    epoch,
                    reason,
                    bids,
                }
            }
        };
        cx.out.send(cx.config.coordinator, Class::Control, message);
        self.send_bids(more, cx);
    }

    fn send_bids(&self, mut bids: Vec<(u32, Answer)>, cx: &mut Context<'_>) {
        while !bids.is_empty() {
            let more = bids.split_off(bids.len().min(cx.config.limits.batch));
            cx.out
                .send(cx.config.coordinator, Class::Control, Message::Bids(bids));
            bids = more;
        }
    }

    /// Takes the lot, unless it costs more than `limit` by now.
    fn take(
        &mut self,
        lot: Lot,
        epoch: Epoch,
        limit: Option<Cost>,
        lease_until: Time,
        cx: &mut Context<'_>,
    ) -> Result<(), Decline> {
        let number = lot.number;
        // An earlier ownership of the same task ends where a new one is offered.
        self.drop_task(lot.task.id(), StopReason::Revoked, cx);
        self.learn(lot, cx);
        self.replan(cx);
        let quote = self.price(number, cx).unwrap_or(Err(Decline::Unreachable))?;
        if limit.is_some_and(|limit| quote.terms.total() > limit.value() + self.ageing(number, cx)) {
            return Err(Decline::Dearer);
        }
        let Some(Offered {
            task, job: Some(job), ..
        }) = self.lots.remove(&number)
        else {
            return Err(Decline::Unreachable);
        };
        let displaced: Vec<TaskId> = quote
            .displaced
            .iter()
            .filter_map(|key| self.keys.get(key).copied())
            .collect();
        self.keys.insert(job.key(), task.id());
        self.schedule.accept(&job, quote);
        let held = Held {
            epoch,
            key: job.key(),
            since: self.next_ask(),
            lease_until,
            stops_done: None,
            task,
        };
        self.news.remove(&held.task.id());
        self.held.insert(held.task.id(), held);
        displaced
            .into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::Displaced, cx));
        Ok(())
    }

    /// By how much the price of a lot may have risen for every bidder alike, merely because time has passed since
    /// it was announced. Without it two idle robots with equal prices would refuse in turn for ever, each dearer
    /// by now than the other was a moment ago.
    fn ageing(&self, number: u32, cx: &Context<'_>) -> f64 {
        let ageing = |offered: &Offered| {
            let waited = cx.now.time.since(offered.heard) + cx.config.retry;
            let haste = offered.job.as_ref()?.price_of_delay(&cx.config.objective);
            Some(haste * waited.as_secs_f64())
        };
        self.lots.get(&number).and_then(ageing).unwrap_or(0.0)
    }
}
