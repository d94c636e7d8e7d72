//! The centralized strategy: one coordinator announces tasks, robots bid, the lowest bid wins.

mod awards;
mod market;
mod tasks;
mod timers;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use market::Market;
use tasks::Entry;
pub use tasks::SubmitError;
use timers::{Timer, Timers};

use crate::config::Config;
use crate::context::{Context, Moment};
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::TaskRecord;
use crate::membership::{Arrival, Member, Members};
use crate::message::{Answer, Forfeit, Heard, Heartbeat, Message, News};
use crate::output::{Event, Reopened};
use crate::time::Time;
use crate::transport::Class;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Coordinator {
    me: NodeId,
    boot: u32,
    tasks: BTreeMap<TaskId, Entry>,
    /// For each task that others wait for: which.
    followers: BTreeMap<TaskId, Vec<TaskId>>,
    members: Members,
    market: Market,
    timers: Timers,
    /// From when it awards: a later life waits until no lease of a former one can still run.
    awards_from: Option<Time>,
}

impl Coordinator {
    pub(crate) fn new(me: NodeId, boot: u32, config: &Config) -> Self {
        Coordinator {
            me,
            boot,
            tasks: BTreeMap::new(),
            followers: BTreeMap::new(),
            members: Members::default(),
            market: Market::new(config.rule),
            timers: Timers::default(),
            awards_from: None,
        }
    }

    /// Whether leases that a former life granted, and this one knows nothing of, have run out.
    fn may_award(&mut self, cx: &Context<'_>) -> bool {
        let guard = if self.boot > 1 {
            cx.config.lease.guard()
        } else {
            Duration::ZERO
        };
        let from = *self.awards_from.get_or_insert(cx.now.time + guard);
        if cx.now.time < from {
            self.timers.set(from, Timer::Begin);
        }
        cx.now.time >= from
    }

    /// The calendar was set: deadlines come sooner or later than thought.
    pub(crate) fn handle_calendar(&mut self, now: Moment) {
        self.timers.retain(|timer| !matches!(timer, Timer::Deadline(_)));
        for (task, entry) in &self.tasks {
            let open = !entry.record.state.phase.is_terminal();
            if let Some(deadline) = entry.record.task.deadline().filter(|_| open) {
                self.timers
                    .set(now.time + deadline.since(now.utc), Timer::Deadline(*task));
            }
        }
    }

    pub(crate) fn record(&self, task: TaskId) -> Option<&TaskRecord> {
        self.tasks.get(&task).map(|entry| &entry.record)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        self.tasks.values().map(|entry| &entry.record)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|(_, member)| member)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.timers.next()
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        while let Some(timer) = self.timers.pop(cx.now.time) {
            match timer {
                Timer::Gather => self.announce(cx),
                Timer::Repeat { from, until } => self.repeat(from, until, cx),
                Timer::Close(lot) => {
                    self.close(lot, cx);
                    self.award(cx);
                }
                Timer::Retry(task) => self.retry(task, cx),
                Timer::Reoffer(task) => self.reoffer(task, cx),
                Timer::Silent(robot) => self.silent(robot, cx),
                Timer::Deadline(task) => self.deadline(task, cx),
                Timer::Begin => self.award(cx),
            }
        }
    }

    pub(crate) fn handle_message(&mut self, from: RobotId, message: Message, cx: &mut Context<'_>) {
        match message {
            Message::Hello { boot, robot } if robot.id() == from => {
                let limit = cx.config.limits.robots;
                if let Some(arrival) = self.members.hello(robot, boot, cx.now.time, limit) {
                    self.arrived(from, arrival, cx);
                }
            }
            Message::Heartbeat(beat) => self.heartbeat(from, &beat, cx),
            Message::Bids(bids) => self.bids(from, bids, cx),
            Message::Accept {
                task,
                epoch,
                since,
                bids,
            } => self.accepted(from, task, epoch, since, bids, cx),
            Message::Refuse {
                task,
                epoch,
                reason,
                bids,
            } => self.refused(from, task, epoch, reason, bids, cx),
            Message::Report { task, epoch, news } => {
                let is_final = news.is_final();
                self.news(from, task, epoch, news, cx);
                if is_final {
                    cx.out
                        .send(from.node(), Class::Control, Message::Noted { task, epoch });
                }
            }
            _ => {}
        }
    }

    fn arrived(&mut self, robot: RobotId, arrival: Arrival, cx: &mut Context<'_>) {
        match arrival {
            Arrival::Same => return,
            Arrival::Reborn => return self.release(robot, Reopened::Forfeited(Forfeit::Forgotten), cx),
            Arrival::Joined => {}
        }
        cx.out.event(Event::RobotJoined(robot));
        self.timers
            .set(cx.now.time + cx.config.lease.guard(), Timer::Silent(robot));
        self.offer_unsold(cx);
    }

    fn heartbeat(&mut self, from: RobotId, beat: &Heartbeat, cx: &mut Context<'_>) {
        let Some(arrival) = self.members.heartbeat(from, beat, cx.now.time) else {
            if self
                .members
                .get(from)
                .is_none_or(|member| member.boot() < beat.boot)
            {
                let unknown = Heard {
                    boot: beat.boot,
                    ask: 0,
                    revoked: Vec::new(),
                    noted: Vec::new(),
                    open_from: 0,
                    known: false,
                };
                cx.out.send(from.node(), Class::State, Message::Heard(unknown));
            }
            return;
        };
        self.may_award(cx);
        self.arrived(from, arrival, cx);
        for (task, epoch, news) in &beat.news {
            self.news(from, *task, *epoch, news.clone(), cx);
        }
        let mut revoked = Vec::new();
        for (task, epoch, stops_done) in &beat.held {
            // Its acceptance was lost, or is still on its way.
            if self.is_offered(from, *task, *epoch) {
                self.accepted(from, *task, *epoch, beat.ask, Vec::new(), cx);
            }
            if !self.confirm(from, *task, *epoch, *stops_done, cx) {
                revoked.push((*task, *epoch));
            }
        }
        self.miss_unnamed(from, beat, cx);
        let heard = Heard {
            boot: beat.boot,
            ask: beat.ask,
            revoked,
            noted: beat.news.iter().map(|(task, epoch, _)| (*task, *epoch)).collect(),
            open_from: self.market.open_from(),
            known: true,
        };
        cx.out.send(from.node(), Class::State, Message::Heard(heard));
    }

    /// What `from` should have named in this heartbeat and did not, it has lost without a word.
    fn miss_unnamed(&mut self, from: RobotId, beat: &Heartbeat, cx: &mut Context<'_>) {
        let Some(member) = self.members.get(from) else {
            return;
        };
        let named = |task: &TaskId| beat.held.iter().any(|(held, ..)| held == task);
        let due = |task: &TaskId| self.tasks.get(task).is_some_and(|entry| entry.since <= beat.ask);
        let lost: Vec<TaskId> = member
            .holds
            .iter()
            .copied()
            .filter(|task| !named(task) && due(task))
            .collect();
        lost.into_iter()
            .for_each(|task| self.reopen(task, Reopened::Forfeited(Forfeit::Forgotten), cx));
    }

    /// The robot has given no sign of life for a while.
    fn silent(&mut self, robot: RobotId, cx: &mut Context<'_>) {
        let Some(member) = self.members.get(robot).filter(|member| member.is_alive()) else {
            return;
        };
        // Every lease of it counts from a heartbeat that was heard by then.
        let free = member.heard() + cx.config.lease.guard();
        if cx.now.time < free {
            self.timers.set(free, Timer::Silent(robot));
            return;
        }
        self.members.lose(robot);
        cx.out.event(Event::RobotLost(robot));
        self.release(robot, Reopened::RobotLost, cx);
    }

    /// All that `robot` owned or was offered is open again, and nobody waits for its bids.
    fn release(&mut self, robot: RobotId, why: Reopened, cx: &mut Context<'_>) {
        let Some(member) = self.members.get_mut(robot) else {
            return;
        };
        let offered = member.offered.take();
        let tasks: Vec<TaskId> = member.holds.iter().copied().chain(offered).collect();
        let (lots, seat) = (core::mem::take(&mut member.lots), member.seat);
        self.market.forget_bidder(robot, seat, &lots);
        tasks
            .into_iter()
            .for_each(|task| self.reopen(task, why.clone(), cx));
        self.close_answered(&lots, cx);
    }

    fn bids(&mut self, from: RobotId, bids: Vec<(u32, Answer)>, cx: &mut Context<'_>) {
        let Some(seat) = self.members.get(from).map(|member| member.seat) else {
            return;
        };
        let lots = bids.iter().map(|(lot, _)| *lot).collect();
        for (lot, answer) in bids {
            self.market.answer(lot, from, seat, answer);
        }
        self.close_answered(&lots, cx);
    }

    fn news(&mut self, from: RobotId, task: TaskId, epoch: Epoch, news: News, cx: &mut Context<'_>) {
        match news {
            News::Started => drop(self.confirm(from, task, epoch, Some(0), cx)),
            News::Progress(stops) => drop(self.confirm(from, task, epoch, Some(stops), cx)),
            News::Done => self.done(from, task, epoch, cx),
            News::Failed(reason) => self.attempt_failed(from, task, epoch, reason, cx),
            News::Forfeited(why) => {
                if self.owns(from, task, epoch) {
                    self.reopen(task, Reopened::Forfeited(why), cx);
                }
            }
        }
    }
}
