//! From the winner of an auction to the owner of a task.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::muster::Muster;
use super::tasks::{Offer, Taker};
use super::{Coordinator, Timer};
use crate::allocate::Award as Winner;
use crate::bid::Decline;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{RobotId, TaskId};
use crate::message::{Answer, Award, Lot, Message};
use crate::output::{Awarded, Event, Reopened};
use crate::planted::{self, Bug};
use crate::time::UtcTime;
use crate::transport::Class;

impl Coordinator {
    /// Offers to winners what can be awarded.
    pub(super) fn award(&mut self, cx: &mut Context<'_>) {
        if !self.may_award(cx) {
            return;
        }
        let mut teams = self.musters(cx);
        loop {
            let next = self.market.next_urgency();
            let first = |team: &mut Muster| next.is_none_or(|next| next <= team.urgency);
            if let Some(team) = teams.pop_if(first) {
                self.award_team(&team, cx);
            } else if let Some((lot, winner)) = self.market.next_winner() {
                self.offer_to(lot, winner, cx);
            } else {
                return;
            }
        }
    }

    pub(super) fn offer_to(&mut self, lot: u32, winner: Winner, cx: &mut Context<'_>) {
        let Some(robot) = self.members.by_seat(winner.robot) else {
            return;
        };
        let Some(task) = self.market.sale(lot).map(|sale| sale.task) else {
            return;
        };
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let Some(known) = self.witness.ledger().get(task) else {
            return;
        };
        let above = known.promise.epoch.max(known.record.state.epoch).max(entry.floor);
        entry.floor = above.next(self.boot, self.me);
        entry.offer = Some(Offer {
            robot,
            lot,
            cost: winner.cost,
            second: winner.second,
            first: cx.now.time,
            sent: cx.now.time,
        });
        if let Some(member) = self.members.get_mut(robot) {
            member.offered = Some(task);
        }
        self.send_award(task, cx);
    }

    /// Sends an award, or repeats it.
    fn send_award(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let Some(record) = self.witness.ledger().get(task).map(|known| &known.record) else {
            return;
        };
        let Some(offer) = &mut entry.offer else { return };
        let Some(member) = self.members.get_mut(offer.robot) else {
            return;
        };
        let Some(sale) = self.market.sale(offer.lot) else {
            return;
        };
        offer.sent = cx.now.time;
        let others = member.lots.iter().rev().filter(|lot| **lot != offer.lot);
        let mut rebid: Vec<u32> = others.copied().take(cx.config.limits.lots).collect();
        rebid.reverse();
        let award = Award {
            lot: Lot {
                number: offer.lot,
                task: (*record.task).clone(),
                standing: sale.standing,
            },
            epoch: entry.floor,
            boot: member.boot(),
            limit: offer.second,
            rebid,
        };
        cx.out
            .send(offer.robot.node(), Class::Control, Message::Award(award));
        if !planted::is(Bug::AwardOnce) {
            self.timers.set(cx.now.time + cx.config.retry, Timer::Retry(task));
        }
    }

    /// An award may have been lost. It is repeated for as long as a lease lasts; if even then nothing is heard of
    /// it, though the robot may be heard, others get the task once no lease of it can run.
    pub(super) fn retry(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let (now, lease) = (cx.now.time, cx.config.lease);
        let Some(entry) = self.tasks.get(&task) else {
            return;
        };
        if let Some(taker) = entry.taker.filter(|taker| taker.at + lease.guard() <= now) {
            // It said that it would, and never came to own it.
            return self.lose(task, taker.robot, Reopened::Unanswered, cx);
        }
        let Some(offer) = entry.offer else {
            return;
        };
        if now < offer.sent + cx.config.retry {
            return; // of an earlier award; a later timer sees to this one
        }
        let member = self.members.get(offer.robot);
        let responsive = member.is_some_and(|member| member.is_responsive(now, cx.config));
        if responsive && now < offer.first + lease.length() {
            self.send_award(task, cx);
        } else if now < offer.sent + lease.guard() {
            self.timers.set(now + cx.config.retry, Timer::Retry(task));
        } else {
            self.reopen(task, Reopened::Unanswered, cx);
        }
    }

    /// Whether `robot` was offered `task` under `epoch` and has not answered.
    pub(super) fn is_offered(&self, robot: RobotId, task: TaskId, epoch: Epoch) -> bool {
        let offered = |entry: &super::Entry| {
            entry.offer.is_some_and(|offer| offer.robot == robot) && entry.floor == epoch
        };
        self.tasks.get(&task).is_some_and(offered)
    }

    pub(super) fn accepted(
        &mut self,
        from: RobotId,
        task: TaskId,
        epoch: Epoch,
        since: u32,
        bids: Vec<(u32, Answer)>,
        cx: &mut Context<'_>,
    ) {
        if let Some(offer) = self.take_offer(from, task, epoch) {
            let awarded = self.explain(task, epoch, offer);
            self.withdraw(offer.lot);
            cx.out.event(Event::Awarded(Box::new(awarded)));
            let at = cx.now.time;
            if let Some(entry) = self.tasks.get_mut(&task) {
                let robot = from;
                (entry.taker, entry.since) = (Some(Taker { robot, epoch, at }), since);
            }
            self.timers.set(at + cx.config.lease.guard(), Timer::Retry(task));
        } else if !self.knows_of(from, task, epoch) {
            cx.out
                .send(from.node(), Class::Control, Message::Cancel { task, epoch });
        }
        self.renew(from, bids, cx);
    }

    pub(super) fn refused(
        &mut self,
        from: RobotId,
        task: TaskId,
        epoch: Epoch,
        (reason, known): (Decline, Option<Epoch>),
        bids: Vec<(u32, Answer)>,
        cx: &mut Context<'_>,
    ) {
        let taken = |entry: &super::Entry| {
            entry
                .taker
                .is_some_and(|taker| (taker.robot, taker.epoch) == (from, epoch))
        };
        if let Some(entry) = self.tasks.get_mut(&task).filter(|_| epoch.issuer == self.me) {
            entry.floor = entry.floor.max(known.unwrap_or_default());
        }
        if self.tasks.get(&task).is_some_and(taken) {
            self.contended(task, cx);
            self.renew(from, bids, cx);
        } else if let Some(offer) = self.take_offer(from, task, epoch) {
            if let Some(member) = self.members.get(from) {
                self.market
                    .answer(offer.lot, from, member.seat, Answer::Decline(reason));
            }
            self.enter(offer.lot);
            self.renew(from, bids, cx);
            self.drop_unwanted(offer.lot, cx);
        } else {
            self.renew(from, bids, cx);
        }
    }

    /// The robot's bids are fresh, so it may win again.
    fn renew(&mut self, from: RobotId, bids: Vec<(u32, Answer)>, cx: &mut Context<'_>) {
        let Some(member) = self.members.get(from) else {
            return;
        };
        if member.offered.is_none() {
            self.market.renewed(member.seat);
        }
        self.bids(from, bids, cx);
    }

    /// The offer of `task` under `epoch` to `robot`, which has answered it.
    fn take_offer(&mut self, robot: RobotId, task: TaskId, epoch: Epoch) -> Option<Offer> {
        let entry = self.tasks.get_mut(&task).filter(|entry| entry.floor == epoch)?;
        let offer = entry.offer.take_if(|offer| offer.robot == robot)?;
        if let Some(member) = self.members.get_mut(robot) {
            member.offered = None;
        }
        Some(offer)
    }

    /// Whether it is no surprise that `robot` has the task under `epoch`.
    fn knows_of(&self, robot: RobotId, task: TaskId, epoch: Epoch) -> bool {
        self.tasks
            .get(&task)
            .is_some_and(|entry| entry.is_owner(robot, epoch))
    }

    fn explain(&self, task: TaskId, epoch: Epoch, offer: Offer) -> Awarded {
        let Offer {
            robot,
            cost,
            second,
            lot,
            ..
        } = offer;
        let mut awarded = Awarded {
            task,
            epoch,
            robot,
            cost,
            second,
            opened: UtcTime::default(),
            bids: Vec::new(),
            declined: Vec::new(),
            silent: Vec::new(),
        };
        if let Some(sale) = self.market.sale(lot) {
            awarded.opened = sale.opened;
            awarded.declined = self.declined(sale);
            awarded.silent = sale.waiting.iter().copied().collect();
            awarded.bids.extend(
                sale.answers
                    .iter()
                    .filter_map(|(robot, (_, answer))| match answer {
                        Answer::Bid(bid) => Some((*robot, *bid)),
                        Answer::Decline(_) => None,
                    }),
            );
        }
        awarded
    }
}
