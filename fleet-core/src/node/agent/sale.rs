//! Pricing what is for sale, and taking what was won.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::team::Team;
use super::{Agent, Final, Held};
use crate::ability::missing;
use crate::bid::Decline;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::ledger::Lease;
use crate::message::{Answer, Award, Forfeit, Lot, Message, News};
use crate::objective::Cost;
use crate::output::StopReason;
use crate::record::Order;
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
    pub(super) fn announced(&mut self, from: NodeId, lots: Vec<Lot>, cx: &mut Context<'_>) {
        let mut numbers = Vec::with_capacity(lots.len());
        for lot in lots {
            if missing(lot.task.needs(), self.robot.abilities()).is_none() {
                numbers.push(lot.number);
                self.learn(from, lot, cx);
            }
        }
        let bids = self.answers(from, &numbers, cx);
        self.send_bids(from, bids, cx);
    }

    fn learn(&mut self, from: NodeId, lot: Lot, cx: &mut Context<'_>) {
        // A coordinator that restarted may give an old number to another task.
        if self
            .lots
            .get(&(from, lot.number))
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
            (from, lot.number),
            Offered {
                task: Arc::new(lot.task),
                job,
                heard: cx.now.time,
            },
        );
    }

    fn answers(&mut self, to: NodeId, numbers: &[u32], cx: &mut Context<'_>) -> Vec<(u32, Answer)> {
        self.replan(cx);
        self.prepare(numbers.len(), cx);
        let answer = |number: &u32| {
            let answer = match self.price((to, *number), cx)? {
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

    /// What a lot would cost now; `None` if there is no such lot.
    fn price(&self, lot: (NodeId, u32), cx: &mut Context<'_>) -> Option<Result<Quote, Decline>> {
        let offered = self.lots.get(&lot)?;
        if let Some(reason) = self.closed(cx.config) {
            return Some(Err(reason));
        }
        if self.is_bound(&offered.task) {
            return Some(Err(Decline::Team));
        }
        let Some(job) = &offered.job else {
            return Some(Err(Decline::Unreachable));
        };
        let usual = self.schedule.quote(job, cx.travel);
        let working = self.current.as_ref().is_some_and(|current| current.working);
        let interrupting = working
            .then(|| self.schedule.quote_interrupting(job, cx.now.utc, cx.travel))
            .flatten();
        Some(match (usual, interrupting) {
            (Ok(usual), Some(other)) if other.terms.total() >= usual.terms.total() => Ok(usual),
            (_, Some(interrupting)) => Ok(interrupting),
            (usual, None) => usual,
        })
    }

    pub(super) fn awarded(&mut self, from: NodeId, award: Award, cx: &mut Context<'_>) {
        let (number, task, epoch) = (award.lot.number, award.lot.task.id(), award.epoch);
        if award.boot != self.boot {
            return;
        }
        // What this robot has said stands: under this epoch or a later one, and done is done under any.
        let stands = |told: &&Final| told.epoch >= epoch || told.news == News::Done;
        if let Some(told) = self.news.get(&task).filter(stands).cloned() {
            let Final { epoch, news, .. } = told;
            let report = Message::Report { task, epoch, news };
            return cx.out.send(from, Class::Control, report);
        }
        let mut wanted: BTreeSet<u32> = award.rebid.into_iter().collect();
        let refusal = match self.held.get(&task).map(|held| held.epoch) {
            Some(held) if held > epoch => return,
            Some(held) if held == epoch => None,
            _ if self.is_fenced(task, epoch) => Some(Decline::Dearer),
            _ => self.take(from, award.lot, epoch, award.limit, cx).err(),
        };
        if refusal.is_some() {
            wanted.insert(number);
        }
        // The list is complete: what it does not name is sold, or more than this robot keeps in mind.
        self.lots
            .retain(|(node, known), _| *node != from || *known > number || wanted.contains(known));
        let wanted: Vec<u32> = wanted.into_iter().collect();
        let mut bids = self.answers(from, &wanted, cx);
        let more = bids.split_off(bids.len().min(cx.config.limits.batch));
        let message = match refusal {
            None => Message::Accept {
                task,
                epoch,
                since: self.claimant.get(task).map_or(0, Lease::since),
                bids,
            },
            Some(reason) => {
                self.fence(task, epoch, cx);
                Message::Refuse {
                    task,
                    epoch,
                    reason,
                    known: None,
                    bids,
                }
            }
        };
        cx.out.send(from, Class::Control, message);
        self.send_bids(from, more, cx);
    }

    fn send_bids(&self, to: NodeId, mut bids: Vec<(u32, Answer)>, cx: &mut Context<'_>) {
        while !bids.is_empty() {
            let more = bids.split_off(bids.len().min(cx.config.limits.batch));
            cx.out.send(to, Class::Control, Message::Bids(bids));
            bids = more;
        }
    }

    /// Takes the lot, unless it costs more than `limit` by now.
    pub(super) fn take(
        &mut self,
        from: NodeId,
        lot: Lot,
        epoch: Epoch,
        limit: Option<Cost>,
        cx: &mut Context<'_>,
    ) -> Result<(), Decline> {
        let number = (from, lot.number);
        // An earlier ownership of the same task ends where a new one is offered.
        self.drop_task(lot.task.id(), StopReason::Revoked, cx);
        self.learn(from, lot, cx);
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
            from,
            taken: cx.now.time,
            stops_done: None,
            order: Order::default(),
            team: Team::of(&task, cx.now.time),
            task,
        };
        self.news.remove(&held.task.id());
        self.claimant.claim(held.task.id(), epoch);
        self.claim_now = true;
        self.held.insert(held.task.id(), held);
        displaced
            .into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::Displaced, cx));
        Ok(())
    }

    /// By how much the price of a lot may have risen for every bidder alike, merely because time has passed since
    /// it was announced. Without it two idle robots with equal prices would refuse in turn for ever, each dearer
    /// by now than the other was a moment ago.
    fn ageing(&self, lot: (NodeId, u32), cx: &Context<'_>) -> f64 {
        let ageing = |offered: &Offered| {
            let waited = cx.now.time.since(offered.heard) + cx.config.retry;
            let haste = offered.job.as_ref()?.price_of_delay(&cx.config.objective);
            Some(haste * waited.as_secs_f64())
        };
        self.lots.get(&lot).and_then(ageing).unwrap_or(0.0)
    }
}
