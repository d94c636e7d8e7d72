//! The centralized strategy: one coordinator announces tasks, robots bid, the lowest bid wins.
//!
//! Every witness has one of these beside its ledger. The one that leads sells what is open; the others listen, so
//! that each of them can go on at any moment.

mod advise;
mod awards;
mod choice;
mod ledger;
mod market;
mod muster;
mod post;
mod service;
mod submit;
mod tasks;
mod team;
mod timers;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use advise::Advisor;
use market::Market;
use service::Drains;
pub use submit::SubmitError;
use tasks::Entry;
use timers::{Timer, Timers};

use crate::config::Config;
use crate::context::{Context, Moment};
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::{self as books, Phase, Said, TaskRecord, Witness};
use crate::membership::{Arrival, Member, Members};
use crate::message::{Answer, Between, Claim, Forfeit, Heard, Heartbeat, Message, News, Refusal};
use crate::output::{Event, Reopened};
use crate::panel::Panel;
use crate::regime::Strategy;
use crate::time::Time;
use crate::transport::Class;

/// So many heartbeats pass before who is there has been heard: one introduces a robot, and it joins with the next.
const ROLL_CALL: u32 = 2;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Coordinator {
    me: NodeId,
    boot: u32,
    witness: Witness,
    /// Tasks that have not ended.
    tasks: BTreeMap<TaskId, Entry>,
    /// For each task that others wait for: which.
    followers: BTreeMap<TaskId, Vec<TaskId>>,
    members: Members,
    market: Market,
    timers: Timers,
    drains: Drains,
    strategy: Strategy,
    /// What it would have robots do, where it advises them.
    advisor: Advisor,
    /// Whether it led when it last looked, and whether a majority of the witnesses was there.
    leading: bool,
    has_quorum: bool,
    /// When all robots will have joined that began together with the first.
    complete_from: Time,
    /// Decisions to be made, in order: a task, how it goes on, and who did it.
    decisions: VecDeque<(TaskId, Phase, Option<RobotId>)>,
    /// Robots that hear no coordinator that leads, and that this one hears.
    adrift: BTreeSet<RobotId>,
    /// Whether robots that choose for themselves are told of tasks, and of which they have not been told how they stand.
    posts: bool,
    to_post: BTreeSet<TaskId>,
    /// Work that was done twice, as far as it was told, until the task is forgotten.
    duplicates: BTreeSet<(TaskId, RobotId)>,
}

impl Coordinator {
    pub(crate) fn new(me: NodeId, boot: u32, config: &Config) -> Self {
        let mut timers = Timers::default();
        if config.strategy == Strategy::Hybrid {
            timers.set(Time::ZERO, Timer::Advise);
        }
        Coordinator {
            me,
            boot,
            witness: Witness::new(me, boot, config.rules()),
            tasks: BTreeMap::new(),
            followers: BTreeMap::new(),
            members: Members::default(),
            market: Market::new(config.rule),
            timers,
            drains: Drains::default(),
            strategy: config.strategy,
            advisor: Advisor::new(config),
            leading: false,
            has_quorum: false,
            complete_from: Time::ZERO,
            decisions: VecDeque::new(),
            adrift: BTreeSet::new(),
            posts: false,
            to_post: BTreeSet::new(),
            duplicates: BTreeSet::new(),
        }
    }

    /// Takes over what a former life wrote down.
    pub(crate) fn recover(&mut self, entries: Vec<books::Entry>, config: &Config) {
        self.drains = Drains::replay(&entries);
        self.timers.set(Time::ZERO, Timer::Drains);
        self.witness = Witness::recovered(self.me, self.boot, config.rules(), entries);
        let tasks: Vec<TaskId> = self.witness.ledger().iter().map(|(task, _)| task).collect();
        tasks.into_iter().for_each(|task| self.know(task));
    }

    pub(crate) fn memory(&self) -> impl Iterator<Item = books::Entry> + '_ {
        self.witness.memory().chain(self.drains.memory())
    }

    /// Whether leases that a former life granted, and this one knows nothing of, have run out.
    fn may_award(&mut self, cx: &Context<'_>) -> bool {
        match self.witness.grants_from().filter(|from| cx.now.time < *from) {
            Some(from) => {
                self.timers.set(from, Timer::Begin);
                false
            }
            None => self.leading,
        }
    }

    /// It is to sell, or to leave it to the robots what they do, with advice or without.
    pub(crate) fn set_strategy(&mut self, strategy: Strategy, cx: &mut Context<'_>) {
        let before = core::mem::replace(&mut self.strategy, strategy);
        let sells = !strategy.robots_choose();
        self.begin_to_advise(cx);
        if sells != before.robots_choose() {
            return;
        }
        let tasks: Vec<TaskId> = self.tasks.keys().copied().collect();
        for task in tasks {
            match sells {
                true => self.offer(task, cx),
                false => self.let_go(task, cx),
            }
        }
        self.catch_up(cx);
    }

    /// The calendar was set: deadlines come sooner or later than thought.
    pub(crate) fn handle_calendar(&mut self, now: Moment) {
        self.timers.retain(|timer| !matches!(timer, Timer::Deadline(_)));
        for task in self.tasks.keys() {
            let deadline = self.record(*task).and_then(|record| record.task.deadline());
            if let Some(deadline) = deadline {
                self.timers
                    .set(now.time + deadline.since(now.utc), Timer::Deadline(*task));
            }
        }
    }

    pub(crate) fn record(&self, task: TaskId) -> Option<&TaskRecord> {
        self.witness.ledger().get(task).map(|known| &known.record)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &TaskRecord> {
        self.witness.ledger().iter().map(|(_, known)| &known.record)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().map(|(_, member)| member)
    }

    pub(crate) fn change_panel(&mut self, panel: Panel, now: Time) {
        self.witness.change_panel(panel, now);
    }

    pub(crate) fn can_complete_change(&self, now: Time) -> bool {
        self.witness.can_complete_change(now)
    }

    pub(crate) fn leads(&self, now: Time) -> bool {
        self.witness.leads(now)
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        let times = [self.timers.next(), self.witness.next_timeout()];
        times.into_iter().flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.witness.tick(cx.now.time);
        self.catch_up(cx);
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
                Timer::Reopen(task) => self.reopen_again(task, cx),
                Timer::Drains => self.tell_drains(cx),
                Timer::Advise => self.advise(cx),
                Timer::Team(task) => self.see_team(task, cx),
            }
            self.catch_up(cx);
        }
    }

    pub(crate) fn handle_message(&mut self, from: RobotId, message: Message, cx: &mut Context<'_>) {
        match message {
            Message::Hello { boot, robot } if robot.id() == from => {
                let limit = cx.config.limits.robots;
                let stranger = self.members.get(from).is_none();
                if let Some(arrival) = self.members.hello(robot, boot, cx.now.time, limit) {
                    if stranger {
                        self.recall(from);
                    }
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
                known,
                bids,
            } => self.refused(from, task, epoch, (reason, known), bids, cx),
            Message::Report { task, epoch, news } => {
                let is_final = news.is_final();
                let said = self.news(from, task, epoch, news, cx);
                self.catch_up(cx);
                if is_final && said == Said::Kept {
                    cx.out
                        .send(from.node(), Class::Control, Message::Noted { task, epoch });
                }
            }
            Message::Release(claims) => {
                for (task, epoch) in claims.into_iter().take(cx.config.limits.batch) {
                    self.witness.release(from.node(), task, epoch);
                    self.released(task, cx);
                }
            }
            _ => {}
        }
        self.catch_up(cx);
    }

    pub(crate) fn handle_witness(
        &mut self,
        from: NodeId,
        edition: u32,
        between: Between,
        cx: &mut Context<'_>,
    ) {
        match between {
            Between::Drains(drains) => self.learn_drains(from, drains, cx),
            between => self.witness.handle(from, edition, between, cx.now.time),
        }
        self.catch_up(cx);
    }

    fn arrived(&mut self, robot: RobotId, arrival: Arrival, cx: &mut Context<'_>) {
        match arrival {
            Arrival::Same => return,
            Arrival::Reborn => {
                self.witness.reborn(robot.node());
                return self.release(robot, Reopened::Forfeited(Forfeit::Forgotten), cx);
            }
            Arrival::Joined => {}
        }
        cx.out.event(Event::RobotJoined(robot));
        if self.members.is_alone(robot) {
            self.complete_from = cx.now.time + cx.config.heartbeat * ROLL_CALL;
        }
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
                    refused: Vec::new(),
                    noted: Vec::new(),
                    orders: Vec::new(),
                    drain: (0, None),
                    open_from: 0,
                    known: false,
                    leads: self.leading,
                    fellows: Vec::new(),
                };
                cx.out.send(from.node(), Class::State, Message::Heard(unknown));
            }
            return;
        };
        self.may_award(cx);
        self.see_adrift(from, beat.adrift, cx);
        self.arrived(from, arrival, cx);
        self.learn_orders(from, beat, cx);
        let mut refused = Vec::new();
        let mut noted = Vec::new();
        for (task, epoch, news) in &beat.news {
            match self.news(from, *task, *epoch, news.clone(), cx) {
                Said::Kept => noted.push((*task, *epoch)),
                Said::Unknown => refused.push((*task, *epoch, Refusal::Unknown)),
                Said::Late | Said::Unheard => {}
            }
        }
        for claim in &beat.claims {
            if let Err(refusal) = self.claimed(from, claim, (beat.ask, beat.edition), cx) {
                refused.push((claim.task, claim.epoch, refusal));
            }
        }
        self.catch_up(cx);
        self.miss_unnamed(from, beat, cx);
        self.call_off_drained(from);
        self.catch_up(cx);
        let order = |claim: &Claim| {
            let order = self.record(claim.task)?.order;
            (order.number > 0).then_some((claim.task, order))
        };
        let heard = Heard {
            boot: beat.boot,
            ask: beat.ask,
            refused,
            noted,
            orders: beat.claims.iter().filter_map(order).collect(),
            drain: self.drains.of(from),
            open_from: self.market.open_from(),
            known: true,
            leads: self.leading,
            fellows: self.fellows(from, &beat.claims, cx.now.time),
        };
        self.see_drained(from, beat, cx);
        cx.out.send(from.node(), Class::State, Message::Heard(heard));
    }

    /// `from` claims a task, or goes on claiming it.
    fn claimed(
        &mut self,
        from: RobotId,
        claim: &Claim,
        (ask, edition): (u32, u32),
        cx: &mut Context<'_>,
    ) -> Result<(), Refusal> {
        let Claim {
            task,
            epoch,
            leased,
            stops_done,
            there,
        } = *claim;
        // Its acceptance was lost, or is still on its way.
        if self.is_offered(from, task, epoch) {
            self.accepted(from, task, epoch, ask, Vec::new(), cx);
        }
        let same_edition = edition == cx.config.edition;
        let granted = match same_edition {
            true => self.witness.claim(from.node(), task, epoch, cx.now.time),
            // The set of witnesses is being changed, and one of the two has not heard.
            false => Err(Refusal::Later),
        };
        // The one witness of a fleet is a majority.
        if leased || (granted.is_ok() && cx.config.has_one_witness()) {
            self.witness.holds(from, task, epoch, stops_done, cx.now.time);
        }
        self.see_duplicate(from, task, stops_done.is_some(), cx);
        self.note_place(from, task, epoch, there && leased && granted.is_ok());
        if granted.is_ok() {
            self.note_claim(from, task, epoch, ask);
        }
        granted
    }

    /// What `from` should have named in this heartbeat and did not, it has lost without a word.
    fn miss_unnamed(&mut self, from: RobotId, beat: &Heartbeat, cx: &mut Context<'_>) {
        let Some(member) = self.members.get(from) else {
            return;
        };
        let named: BTreeSet<TaskId> = beat.claims.iter().map(|claim| claim.task).collect();
        let due = |task: &TaskId| self.tasks.get(task).is_some_and(|entry| entry.since <= beat.ask);
        let holds = member.holds.iter().copied();
        let lost: Vec<TaskId> = holds.filter(|task| !named.contains(task) && due(task)).collect();
        for task in lost {
            self.witness.abandon(from.node(), task);
            self.lose(task, from, Reopened::Forfeited(Forfeit::Forgotten), cx);
        }
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
        self.adrift.remove(&robot);
        cx.out.event(Event::RobotLost(robot));
        self.release(robot, Reopened::RobotLost, cx);
    }

    /// All that `robot` owned, had accepted or was offered is to be opened again, and nobody waits for its bids.
    fn release(&mut self, robot: RobotId, why: Reopened, cx: &mut Context<'_>) {
        let Some(member) = self.members.get_mut(robot) else {
            return;
        };
        let offered = member.offered.take();
        let took = |entry: &Entry| entry.taker.is_some_and(|taker| taker.robot == robot);
        let taken = self.tasks.iter().filter(|(_, entry)| took(entry));
        let mut tasks: BTreeSet<TaskId> = taken.map(|(task, _)| *task).collect();
        tasks.extend(member.holds.iter().copied().chain(offered));
        let lots = self.forget_bids(robot);
        tasks
            .into_iter()
            .for_each(|task| self.lose(task, robot, why.clone(), cx));
        self.close_answered(&lots, cx);
    }

    /// The lots that `robot` was invited to; nobody waits for its bids, or reckons with them, any more.
    fn forget_bids(&mut self, robot: RobotId) -> BTreeSet<u32> {
        let Some(member) = self.members.get_mut(robot) else {
            return BTreeSet::new();
        };
        let (lots, seat) = (core::mem::take(&mut member.lots), member.seat);
        self.market.forget_bidder(robot, seat, &lots);
        lots
    }

    /// The link to `node` has ended: until it is heard it is thought to be gone, but leases run on.
    pub(crate) fn miss(&mut self, node: NodeId, cx: &mut Context<'_>) {
        self.witness.miss(node);
        self.members.miss(node.robot());
        let lots = self.forget_bids(node.robot());
        self.close_answered(&lots, cx);
        self.catch_up(cx);
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

    fn news(&mut self, from: RobotId, task: TaskId, epoch: Epoch, news: News, cx: &mut Context<'_>) -> Said {
        let now = cx.now.time;
        let stops = match &news {
            News::Started => Some(0),
            News::Progress(stops) => Some(*stops),
            _ => None,
        };
        if let Some(stops) = stops {
            self.witness.holds(from, task, epoch, Some(stops), now);
            return Said::Kept;
        }
        if news == News::Done {
            self.see_duplicate(from, task, true, cx);
        }
        if let Some(entry) = self
            .tasks
            .get_mut(&task)
            .filter(|entry| entry.is_owner(from, epoch))
        {
            entry.why = match &news {
                News::Forfeited(why) => Some(Reopened::Forfeited(why.clone())),
                News::Failed(reason) => Some(Reopened::Failed(reason.clone())),
                _ => None,
            };
        }
        let said = self.witness.report(from, task, epoch, &news, now);
        // Done is done, even by an earlier owner.
        if said == Said::Late && self.leading {
            self.decisions.push_back((task, Phase::Done, Some(from)));
        }
        said
    }
}
