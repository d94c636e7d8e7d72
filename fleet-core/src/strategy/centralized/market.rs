//! Many auctions at once: announcing, waiting for answers, closing.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use ordered_float::OrderedFloat;

use super::{Coordinator, Timer};
use crate::ability::missing;
use crate::allocate::{Auction, Award, Rule};
use crate::bid::Decline;
use crate::config::Limits;
use crate::context::Context;
use crate::ids::{RobotId, TaskId};
use crate::ledger::Phase;
use crate::membership::Member;
use crate::message::{Answer, Lot, Message};
use crate::objective::Cost;
use crate::output::Event;
use crate::standing::{Standing, Urgency};
use crate::task::{Assurance, Task};
use crate::time::{Time, UtcTime};
use crate::transport::Class;

/// All lots that are for sale.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Market {
    auction: Auction,
    lots: BTreeMap<u32, Sale>,
    /// The lot in each slot of the auction.
    slots: BTreeMap<usize, u32>,
    next: u32,
    /// Tasks to be announced next, and since when they are.
    pub(super) gathered: BTreeMap<TaskId, Time>,
    /// Lots that are awarded together with those of their team, once the waiting for answers is over.
    pub(super) bound: BTreeSet<u32>,
    /// Bidders that are kept for a team until others of it have answered.
    pub(super) reserved: BTreeSet<usize>,
}

/// One lot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Sale {
    pub(super) task: TaskId,
    pub(super) standing: Standing,
    pub(super) opened: UtcTime,
    /// Who was asked, by id.
    invited: Vec<RobotId>,
    pub(super) waiting: BTreeSet<RobotId>,
    pub(super) answers: BTreeMap<RobotId, (usize, Answer)>,
    /// Its place in the auction, once the waiting is over and until it is awarded.
    slot: Option<usize>,
    closed: bool,
}

impl Market {
    pub(super) fn new(rule: Rule) -> Self {
        Market {
            auction: Auction::new(rule),
            lots: BTreeMap::new(),
            slots: BTreeMap::new(),
            next: 1,
            gathered: BTreeMap::new(),
            bound: BTreeSet::new(),
            reserved: BTreeSet::new(),
        }
    }

    /// How many lots are for sale.
    pub(super) fn open(&self) -> usize {
        self.lots.len()
    }

    /// Lots with lower numbers are sold.
    pub(super) fn open_from(&self) -> u32 {
        self.lots.first_key_value().map_or(self.next, |(lot, _)| *lot)
    }

    pub(super) fn answer(&mut self, lot: u32, robot: RobotId, seat: usize, answer: Answer) {
        let Some(sale) = self.lots.get_mut(&lot) else {
            return;
        };
        if sale.invited.binary_search(&robot).is_err() {
            return;
        }
        sale.waiting.remove(&robot);
        if let Some(slot) = sale.slot {
            self.auction.bid(slot, seat, price(&answer));
        }
        sale.answers.insert(robot, (seat, answer));
    }

    pub(super) fn sale(&self, lot: u32) -> Option<&Sale> {
        self.lots.get(&lot)
    }

    /// The next lot that can be awarded, taken out of the auction, and who won it.
    pub(super) fn next_winner(&mut self) -> Option<(u32, Award)> {
        let award = self.auction.next()?;
        let lot = self.slots.remove(&award.lot)?;
        self.lots.get_mut(&lot)?.slot = None;
        Some((lot, award))
    }

    /// How urgent what `next_winner` would award is.
    pub(super) fn next_urgency(&self) -> Option<Urgency> {
        self.auction.next_urgency()
    }

    /// A bidder may win again.
    pub(super) fn renewed(&mut self, seat: usize) {
        self.reserved.remove(&seat);
        self.auction.renewed(seat);
    }

    /// A bidder may not win until it is renewed.
    pub(super) fn pass_over(&mut self, seat: usize) {
        self.auction.pass_over(seat);
    }

    pub(super) fn is_passed_over(&self, seat: usize) -> bool {
        self.auction.is_passed_over(seat)
    }

    /// Puts a lot aside, to be awarded together with others of its team.
    pub(super) fn bind(&mut self, lot: u32) {
        if let Some(sale) = self.lots.get_mut(&lot) {
            sale.closed = true;
            self.bound.insert(lot);
        }
    }

    /// A bidder is gone.
    pub(super) fn forget_bidder(&mut self, robot: RobotId, seat: usize, lots: &BTreeSet<u32>) {
        for lot in lots {
            let Some(sale) = self.lots.get_mut(lot) else {
                continue;
            };
            sale.waiting.remove(&robot);
            sale.answers.remove(&robot);
            if let Some(slot) = sale.slot {
                self.auction.bid(slot, seat, None);
            }
        }
        self.auction.renewed(seat);
    }

    /// Puts a lot into the auction, with the answers that it has.
    pub(super) fn enter(&mut self, lot: u32) {
        self.bound.remove(&lot);
        let Some(sale) = self.lots.get_mut(&lot) else {
            return;
        };
        let slot = self.auction.open(sale.standing.urgency);
        for (seat, answer) in sale.answers.values() {
            self.auction.bid(slot, *seat, price(answer));
        }
        (sale.slot, sale.closed) = (Some(slot), true);
        self.slots.insert(slot, lot);
    }

    /// Takes a lot off the market.
    pub(super) fn remove(&mut self, lot: u32) -> Option<Sale> {
        let sale = self.lots.remove(&lot)?;
        self.bound.remove(&lot);
        if let Some(slot) = sale.slot {
            self.auction.withdraw(slot);
            self.slots.remove(&slot);
        }
        Some(sale)
    }
}

/// `lots` in messages that keep to the limits of their length.
fn batches(lots: Vec<Lot>, limits: &Limits) -> Vec<Vec<Lot>> {
    limits.batches(lots, |lot| lot.task.size_bound())
}

fn announce_to(lots: BTreeMap<RobotId, Vec<Lot>>, cx: &mut Context<'_>) {
    for (robot, lots) in lots {
        for batch in batches(lots, &cx.config.limits) {
            cx.out
                .send(robot.node(), Class::Control, Message::Announce(batch));
        }
    }
}

pub(super) fn price(answer: &Answer) -> Option<Cost> {
    match answer {
        Answer::Bid(bid) => Cost::new(bid.cost()),
        Answer::Decline(_) => None,
    }
}

impl Coordinator {
    /// Puts an open task on the list of the next announcement, together with its team.
    pub(super) fn offer(&mut self, task: TaskId, cx: &mut Context<'_>) {
        self.advise_soon(cx);
        for task in self.team_of(task).into_iter().chain([task]) {
            if !self.is_for_sale(task) || self.market.gathered.contains_key(&task) {
                continue;
            }
            if self.market.gathered.is_empty() {
                self.timers.set(cx.now.time + cx.config.gather, Timer::Gather);
            }
            self.market.gathered.insert(task, cx.now.time);
        }
    }

    /// Whether this coordinator is to sell it, and does not yet.
    fn is_for_sale(&self, task: TaskId) -> bool {
        let sells = self.leading && !self.strategy.robots_choose();
        let unsold = |entry: &super::Entry| !entry.is_being_sold();
        sells && self.is_free(task) && self.tasks.get(&task).is_some_and(unsold)
    }

    /// Whether somebody may do it who does not own it.
    pub(super) fn is_free(&self, task: TaskId) -> bool {
        self.is_free_alone(task) && self.team_allows(task)
    }

    /// The same, whatever its team.
    pub(super) fn is_free_alone(&self, task: TaskId) -> bool {
        let (Some(entry), Some(record)) = (self.tasks.get(&task), self.record(task)) else {
            return false;
        };
        let free = record.state.phase == Phase::Open || entry.lapsed;
        // Without a majority of witnesses nobody would be granted it.
        let best_effort = record.task.assurance() == Assurance::BestEffort;
        let possible = best_effort || self.has_quorum;
        let waits =
            record.order.stops() || entry.waiting_for > 0 || entry.rests || self.witness.is_ruling(task);
        free && possible && !waits
    }

    /// There is a new robot: what nobody wanted is offered again.
    pub(super) fn offer_unsold(&mut self, cx: &mut Context<'_>) {
        let unsold = |(task, entry): (&TaskId, &super::Entry)| entry.reoffer.map(|_| *task);
        let tasks: Vec<TaskId> = self.tasks.iter().filter_map(unsold).collect();
        for task in tasks {
            self.wake(task);
            self.offer(task, cx);
        }
    }

    /// It does not rest any longer.
    fn wake(&mut self, task: TaskId) {
        if let Some(entry) = self.tasks.get_mut(&task) {
            entry.rests = false;
        }
    }

    /// Nobody wanted it a while ago: it is offered again, unless that has happened since.
    pub(super) fn reoffer(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let due = |entry: &super::Entry| entry.reoffer.is_some_and(|at| at <= cx.now.time);
        if self.tasks.get(&task).is_some_and(due) {
            self.wake(task);
            self.offer(task, cx);
        }
    }

    /// Announces what was gathered, as far as robots keep it in mind; the rest soon.
    pub(super) fn announce(&mut self, cx: &mut Context<'_>) {
        let responsive = self.members.responsive(cx.now.time, cx.config);
        let (mut to_all, mut to_some) = (Vec::new(), BTreeMap::<RobotId, Vec<Lot>>::new());
        let from = self.market.next;
        let chosen = self.choose_lots(cx);
        if !self.market.gathered.is_empty() {
            self.timers.set(cx.now.time + cx.config.retry, Timer::Gather);
        }
        for task in chosen {
            let Some((lot, invited)) = self.open_lot(task, cx) else {
                continue;
            };
            if invited.len() * 2 > responsive {
                to_all.push(lot);
            } else {
                invited
                    .into_iter()
                    .for_each(|robot| to_some.entry(robot).or_default().push(lot.clone()));
            }
        }
        for batch in batches(to_all, &cx.config.limits) {
            cx.out.broadcast(Class::Control, Message::Announce(batch));
        }
        announce_to(to_some, cx);
        let until = self.market.next;
        if from < until {
            self.timers
                .set(cx.now.time + cx.config.retry, Timer::Repeat { from, until });
        }
    }

    /// A lot for `task`, and who is asked to bid for it; without anybody to ask, it waits.
    fn open_lot(&mut self, task: TaskId, cx: &mut Context<'_>) -> Option<(Lot, Vec<RobotId>)> {
        if !self.is_for_sale(task) {
            return None;
        }
        let (record, reach) = (self.record(task)?, self.tasks.get(&task)?.reach);
        let (item, submitted) = (record.task.clone(), record.submitted);
        let standing = cx.scheme.standing(&item, submitted, cx.now.utc);
        let invited = self.candidates(&item, reach.max(cx.config.limits.invited), cx);
        if invited.is_empty() {
            self.unsold(task, Vec::new(), cx);
            return None;
        }
        let number = self.market.next;
        self.market.next += 1;
        for robot in &invited {
            if let Some(member) = self.members.get_mut(*robot) {
                member.lots.insert(number);
            }
        }
        let sale = Sale {
            task,
            standing,
            opened: cx.now.utc,
            waiting: invited.iter().copied().collect(),
            invited: invited.clone(),
            answers: BTreeMap::new(),
            slot: None,
            closed: false,
        };
        self.market.lots.insert(number, sale);
        self.timers
            .set(cx.now.time + cx.config.auction, Timer::Close(number));
        if let Some(entry) = self.tasks.get_mut(&task) {
            (entry.lot, entry.reoffer) = (Some(number), None);
        }
        Some((
            Lot {
                number,
                task: (*item).clone(),
                standing,
            },
            invited,
        ))
    }

    /// The responsive robots that are able to do the task; if there are more than `reach`, those that could be
    /// at its first stop first.
    fn candidates(&self, task: &Task, reach: usize, cx: &mut Context<'_>) -> Vec<RobotId> {
        let able = |member: &Member| {
            member.is_responsive(cx.now.time, cx.config)
                && missing(task.needs(), member.robot().abilities()).is_none()
        };
        let able: Vec<(RobotId, &Member)> = self.members.iter().filter(|(_, member)| able(member)).collect();
        if able.len() <= reach {
            return able.into_iter().map(|(robot, _)| robot).collect();
        }
        let first = task.stops()[0].place;
        cx.travel.prepare(first);
        let mut arrival = |member: &Member| {
            let (place, wait) = member.free(cx.now.time);
            let metres = cx.travel.distance(place, first)?;
            Some(OrderedFloat(wait.as_secs_f64() + metres / member.robot().speed()))
        };
        let times = able
            .into_iter()
            .filter_map(|(robot, member)| Some((arrival(member)?, robot)));
        let mut times: Vec<_> = times.collect();
        if times.len() > reach {
            times.select_nth_unstable(reach);
            times.truncate(reach);
        }
        let mut nearest: Vec<RobotId> = times.into_iter().map(|(_, robot)| robot).collect();
        nearest.sort_unstable();
        nearest
    }

    /// Asks those again who have not answered.
    pub(super) fn repeat(&mut self, from: u32, until: u32, cx: &mut Context<'_>) {
        let mut again = BTreeMap::<RobotId, Vec<Lot>>::new();
        for (number, sale) in self.market.lots.range(from..until) {
            let Some(record) = self.record(sale.task).filter(|_| !sale.closed) else {
                continue;
            };
            for robot in &sale.waiting {
                again.entry(*robot).or_default().push(Lot {
                    number: *number,
                    task: (*record.task).clone(),
                    standing: sale.standing,
                });
            }
        }
        if !again.is_empty() {
            self.timers
                .set(cx.now.time + cx.config.retry, Timer::Repeat { from, until });
        }
        announce_to(again, cx);
    }

    /// Closes those of `lots` for which nobody is waited for any more, and awards what can be.
    pub(super) fn close_answered(&mut self, lots: &BTreeSet<u32>, cx: &mut Context<'_>) {
        for lot in lots {
            let sale = self.market.lots.get(lot);
            if sale.is_some_and(|sale| sale.closed || sale.waiting.is_empty()) {
                self.close(*lot, cx);
            }
        }
        self.award(cx);
    }

    /// Stops waiting for answers to a lot.
    pub(super) fn close(&mut self, number: u32, cx: &mut Context<'_>) {
        let Some(sale) = self.market.lots.get(&number) else {
            return;
        };
        if !sale.closed {
            self.enter(number);
        }
        self.drop_unwanted(number, cx);
    }

    /// A lot that has been closed without a bid is taken off the market, to be offered again.
    pub(super) fn drop_unwanted(&mut self, number: u32, cx: &mut Context<'_>) {
        let Some(sale) = self.market.lots.get(&number) else {
            return;
        };
        let wanted = sale
            .answers
            .values()
            .any(|(_, answer)| matches!(answer, Answer::Bid(_)));
        if wanted || sale.slot.is_none() {
            return;
        }
        let task = sale.task;
        let declined = self.declined(sale);
        self.withdraw(number);
        self.unsold(task, declined, cx);
    }

    pub(super) fn declined(&self, sale: &Sale) -> Vec<(RobotId, Decline)> {
        let answers = sale
            .answers
            .iter()
            .filter_map(|(robot, (_, answer))| match answer {
                Answer::Decline(reason) => Some((*robot, reason.clone())),
                Answer::Bid(_) => None,
            });
        let needs = self.record(sale.task).map(|record| record.task.needs());
        let unable = self
            .members
            .iter()
            .filter(|(_, member)| member.is_alive())
            .filter_map(|(robot, member)| {
                Some((
                    robot,
                    Decline::Needs(missing(needs?, member.robot().abilities())?.clone()),
                ))
            });
        answers.chain(unable).collect()
    }

    /// Nobody took it: it is offered again later, to twice as many robots.
    pub(super) fn unsold(&mut self, task: TaskId, declined: Vec<(RobotId, Decline)>, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.reach = entry.reach.max(cx.config.limits.invited).saturating_mul(2);
        let at = cx.now.time + cx.config.reoffer;
        entry.reoffer = Some(at);
        self.timers.set(at, Timer::Reoffer(task));
        cx.out.event(Event::Unsold { task, declined });
    }

    /// Takes a lot off the market.
    pub(super) fn withdraw(&mut self, number: u32) {
        let Some(sale) = self.market.remove(number) else {
            return;
        };
        for robot in sale.invited {
            if let Some(member) = self.members.get_mut(robot) {
                member.lots.remove(&number);
            }
        }
        if let Some(entry) = self.tasks.get_mut(&sale.task) {
            entry.lot = None;
        }
    }
}
