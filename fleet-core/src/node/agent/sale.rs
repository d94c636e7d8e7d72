//! Pricing what is for sale, and taking what was won.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Agent, Held};
use crate::ability::missing;
use crate::bid::Decline;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::message::{Answer, Award, Forfeit, Lot, Message};
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
        if !bids.is_empty() {
            cx.out
                .send(cx.config.coordinator, Class::Control, Message::Bids(bids));
        }
    }

    fn learn(&mut self, lot: Lot, cx: &mut Context<'_>) {
        if self.lots.contains_key(&lot.number) {
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
        let Some(lease_until) = self.lease_from(award.ask, cx.config) else {
            return;
        };
        if lease_until <= cx.now.time + cx.config.stopping {
            return;
        }
        let mut wanted = award.rebid;
        let refusal = if self.held.get(&task).is_some_and(|held| held.epoch == epoch) {
            None
        } else if let Some((_, news)) = self.news.get(&task).filter(|(told, _)| *told >= epoch) {
            let news = news.clone();
            return self.tell(task, epoch, news, cx);
        } else if self
            .fence
            .get(&task)
            .is_some_and(|(refused, _)| *refused >= epoch)
        {
            Some(Decline::Dearer)
        } else {
            // Before the price: the plan must not change between a quote and its acceptance.
            self.give_way_to(task, cx);
            self.learn(award.lot, cx);
            self.replan(cx);
            self.decide(
                number,
                epoch,
                award.limit.map(|limit| limit.value()),
                lease_until,
                cx,
            )
            .err()
        };
        if refusal.is_some() {
            wanted.push(number);
        }
        // The list is complete: what it does not name is sold.
        self.lots
            .retain(|known, _| *known > number || wanted.contains(known));
        let bids = self.answers(&wanted, cx);
        let message = match refusal {
            None => Message::Accept {
                task,
                epoch,
                since: self.next_ask(),
                bids,
            },
            Some(reason) => {
                self.fence.insert(task, (epoch, cx.now.time));
                Message::Refuse {
                    task,
                    epoch,
                    reason,
                    bids,
                }
            }
        };
        cx.out.send(cx.config.coordinator, Class::Control, message);
    }

    /// Takes the lot, unless it costs more than `limit` by now.
    fn decide(
        &mut self,
        number: u32,
        epoch: Epoch,
        limit: Option<f64>,
        lease_until: Time,
        cx: &mut Context<'_>,
    ) -> Result<(), Decline> {
        let quote = self.price(number, cx).unwrap_or(Err(Decline::Unreachable))?;
        if limit.is_some_and(|limit| quote.terms.total() > limit) {
            return Err(Decline::Dearer);
        }
        let Some(Offered { task, job: Some(job) }) = self.lots.remove(&number) else {
            return Err(Decline::Unreachable);
        };
        let displaced: Vec<TaskId> = quote
            .displaced
            .iter()
            .filter_map(|key| self.keys.get(key).copied())
            .collect();
        self.keys.insert(job.key(), task.id());
        self.schedule.accept(&job, quote);
        let since = self.next_ask();
        let held = Held {
            epoch,
            key: job.key(),
            since,
            lease_until,
            stops_done: None,
            task,
        };
        self.held.insert(held.task.id(), held);
        displaced
            .into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::Displaced, cx));
        Ok(())
    }

    /// An earlier ownership of the same task ends where a new one begins.
    fn give_way_to(&mut self, task: TaskId, cx: &mut Context<'_>) {
        self.drop_task(task, StopReason::Revoked, cx);
        self.news.remove(&task);
    }
}
