//! The distributed strategy: every robot chooses for itself, tells those who are near, and claims what it comes to.
//!
//! No node is special. Witnesses say which tasks are open, and that is passed on from neighbour to neighbour, as are the
//! bundles of the robots. A robot that has chosen a task, and was not outbid for a while, claims it, under an epoch of
//! its own making; the witnesses see to it that no other can own it meanwhile.
//!
//! All that is said here may be lost. Signs of life carry digests of what their sender knows; whoever knows otherwise
//! asks.
//!
//! The hybrid strategy is the same in [cells]: robots choose together with those of their cell only, and each task is
//! left to one cell. While a coordinator of all cells is heard, its [advice](advice) is followed instead.

mod advice;
mod bid;
mod board;
mod cells;
mod home;
mod near;
mod talk;
mod team;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use advice::Advice;
use bid::Bidding;
use board::{Board, Heard};
use cells::Cells;
use near::Near;

use crate::allocate::consensus::{Consensus, Gossip};
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::Order;
use crate::message::{Message, Posting, Scope, Sign};
use crate::regime::Strategy;
use crate::schedule::Schedule;
use crate::time::Time;
use crate::transport::Class;

pub(crate) use bid::{Claims, Robot};

/// Nothing is told again more often than so.
const TOLD: usize = 16;

/// What people ordered of a task, and its owner, if it has one.
pub(crate) type Recalled = (Order, Option<(RobotId, Epoch)>);

/// One node's part in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Distributed {
    me: NodeId,
    boot: u32,
    board: Board,
    near: Near,
    consensus: Consensus,
    /// Versions of the bundle here that were told with signs, within the last [`Config::settle`] and the one before.
    told: VecDeque<(Time, u32)>,
    /// Who must be told of bundles, and who has heard what a neighbour said.
    gossip: Gossip,
    floods: Gossip,
    /// Where robots choose in cells.
    cells: Option<Cells>,
    advice: Advice,
    /// Whether all robots choose, whether the one on this node does, and whether this node tells others of tasks.
    all_choose: bool,
    chooses: bool,
    called: bool,
    /// Whether the robot, though it chooses, wants nothing for now.
    holds_back: bool,
    /// Tasks to be told of, and whether with their content.
    to_tell: BTreeMap<TaskId, bool>,
    /// Tasks that may have become open to bids, or closed.
    to_look_at: BTreeSet<TaskId>,
    /// What others told of tasks, until a witness on this node has been reminded of it.
    recalled: BTreeMap<TaskId, Recalled>,
    bidding: Bidding,
    /// Signs given.
    number: u32,
    /// Those whom a sign named last; none if somebody has asked since.
    named: Option<Vec<NodeId>>,
    next_sign: Time,
    /// When to think and tell, if there is something to.
    next_thought: Time,
    /// Not before then is a neighbour asked what it knows.
    next_question: Time,
}

impl Distributed {
    /// Of a node in its life number `boot`, and of the robot that it runs on, if it does.
    pub(crate) fn new(
        me: NodeId,
        boot: u32,
        plan: Option<&Schedule>,
        strategy: Strategy,
        config: &Config,
    ) -> Self {
        let longest = config.limits.bundle.max(config.limits.plan);
        let consensus = match plan {
            Some(plan) => Consensus::bidder(me.robot(), boot, longest, plan.clone()),
            None => Consensus::relay(longest),
        };
        Distributed {
            me,
            boot,
            board: Board::default(),
            near: Near::new(me),
            consensus,
            told: VecDeque::new(),
            gossip: Gossip::new(),
            floods: Gossip::new(),
            cells: None,
            advice: Advice::default(),
            all_choose: strategy.robots_choose(),
            chooses: strategy.robots_choose(),
            called: false,
            holds_back: false,
            to_tell: BTreeMap::new(),
            to_look_at: BTreeSet::new(),
            recalled: BTreeMap::new(),
            bidding: Bidding::default(),
            number: 0,
            named: None,
            next_sign: Time::ZERO,
            next_thought: Time::NEVER,
            next_question: Time::ZERO,
        }
    }

    /// Whether it does anything.
    pub(crate) const fn takes_part(&self) -> bool {
        self.chooses || self.called
    }

    pub(crate) fn next_timeout(&self) -> Time {
        match self.takes_part() {
            true => self.next_sign.min(self.next_thought),
            false => Time::NEVER,
        }
    }

    /// The fleet's `strategy`, whether the robot on this node chooses for itself, and whether others who do are heard by
    /// a witness on this node.
    pub(crate) fn follow(&mut self, strategy: Strategy, chooses: bool, called: bool, cx: &mut Context<'_>) {
        (self.all_choose, self.called) = (strategy.robots_choose(), called);
        if core::mem::replace(&mut self.chooses, chooses) && !chooses {
            self.rest(cx);
        }
        if self.takes_part() {
            self.set_cells(strategy != Strategy::Distributed, cx);
        }
    }

    /// Whether the robot lets others have what it would choose, until further notice.
    pub(crate) fn hold_back(&mut self, holds_back: bool, cx: &Context<'_>) {
        if core::mem::replace(&mut self.holds_back, holds_back) != holds_back {
            self.stir(cx);
        }
    }

    /// Its robot wants nothing any more: others decide. What it knows is kept for the next time.
    fn rest(&mut self, cx: &mut Context<'_>) {
        self.consensus.set_limit(0);
        self.consensus.think(cx.now.time, cx.travel);
        self.consensus.claim(Vec::new());
        self.bidding = Bidding::default();
        self.advice = Advice::default();
        self.to_look_at.extend(self.board.iter().map(|(task, _)| task));
        self.tell(cx);
        self.leave_cell(cx);
        (self.next_sign, self.next_thought) = (Time::ZERO, Time::NEVER);
    }

    /// The tasks that have not ended, as far as is known here.
    pub(crate) fn live(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.board.live(Scope::ALL)
    }

    /// Time has passed, or something has happened: does what is due.
    pub(crate) fn act(&mut self, robot: Option<&mut dyn Robot>, cx: &mut Context<'_>) {
        if !self.takes_part() {
            return;
        }
        let now = cx.now.time;
        let mut robot = robot;
        if now >= self.next_sign {
            self.look_around(robot.as_deref_mut(), cx);
            self.give_sign(cx);
        }
        if let Some(robot) = robot.as_deref_mut() {
            self.see_claims(robot, cx);
        }
        if now >= self.next_thought {
            self.next_thought = Time::NEVER;
            self.think(robot, cx);
            self.tell(cx);
        }
    }

    /// There is something to think about, or to tell.
    fn stir(&mut self, cx: &Context<'_>) {
        self.next_thought = self.next_thought.min(cx.now.time + cx.config.gather);
    }

    /// A witness on this node says how a task stands.
    pub(crate) fn post(&mut self, posting: &Posting, cx: &Context<'_>) {
        let limit = cx.config.limits.tasks;
        let news = self.board.get(posting.task).is_none();
        if self.board.join(posting, cx.now.time, limit) == Heard::New {
            *self.to_tell.entry(posting.task).or_default() |= news;
            self.to_look_at.insert(posting.task);
            self.stir(cx);
        }
        self.recall(posting.task);
    }

    /// What people ordered of a task, and who owns it, may be news to a witness on this node: also if it has said so itself,
    /// and forgot.
    fn recall(&mut self, task: TaskId) {
        let Some(post) = self.board.get(task) else { return };
        let owner = post.owner().map(|robot| (robot, post.epoch()));
        if owner.is_some() || post.order() != Order::default() {
            self.recalled.insert(task, (post.order(), owner));
        }
    }

    /// What others told of tasks, for a witness on this node.
    pub(crate) fn take_recalled(&mut self) -> BTreeMap<TaskId, Recalled> {
        core::mem::take(&mut self.recalled)
    }

    /// Who is near, and who is there.
    fn look_around(&mut self, robot: Option<&mut (dyn Robot + '_)>, cx: &mut Context<'_>) {
        let now = cx.now.time;
        if self.near.drop_silent(now, self.silence(cx)) {
            self.see_near();
        }
        self.look_at_cells(robot, cx);
        let known: BTreeSet<NodeId> = self.consensus.bundles().map(|(robot, _)| robot.node()).collect();
        for (node, absent) in self.near.presences(now, cx.config.absence) {
            if node != self.me && known.contains(&node) {
                self.consensus.set_absent(node.robot(), absent);
            }
        }
        self.board.tidy(now, cx.config.remember);
        if self.all_choose {
            self.doubt(cx);
        }
        self.stir(cx);
    }

    /// Sees which tasks their owners do not seem to know of. Where a coordinator sells them, owners say nothing here.
    fn doubt(&mut self, cx: &Context<'_>) {
        let (now, silence) = (cx.now.time, self.silence(cx));
        let (consensus, cells, near) = (&self.consensus, &self.cells, &self.near);
        // What a robot of another cell claims is not known here, nor for a while what a new one of this cell does.
        let together = |node| cells.as_ref().is_none_or(|cells| cells.includes(node));
        let claims = |robot: RobotId, task| {
            let said = || consensus.is_claimed_by(task, robot);
            let said = together(robot.node()).then(said).flatten();
            // To whom it is advised, a coordinator knows to be open.
            let there = || near.is_there(robot.node(), now, silence);
            said.or_else(|| there().then_some(!self.advice.names(task)))
        };
        let changed = self.board.doubt(now, cx.config.lease.guard(), claims);
        self.to_look_at.extend(changed);
    }

    /// Those who are near, or are near to them, are others.
    fn see_near(&mut self) {
        let Some(cells) = &self.cells else {
            return self.gossip.set_near(self.near.lists());
        };
        self.floods.set_near(self.near.lists());
        let near = self.near.lists();
        self.gossip
            .set_near(near.filter(|(node, _)| cells.circle().contains(node)));
    }

    /// Whether this node chooses together with another one.
    fn is_together_with(&self, node: NodeId) -> bool {
        self.cells.as_ref().is_none_or(|cells| cells.includes(node))
    }

    /// Whether all who are near hear `node` by themselves.
    fn is_heard_by_all(&self, node: NodeId) -> bool {
        match self.cells {
            Some(_) => self.floods.is_heard_by_all(node),
            None => self.gossip.is_heard_by_all(node),
        }
    }

    fn give_sign(&mut self, cx: &mut Context<'_>) {
        self.number += 1;
        let near = Some(self.near.nodes().to_vec()).filter(|near| self.named.as_ref() != Some(near));
        if near.is_some() {
            self.named = near.clone();
        }
        let sign = Sign {
            boot: self.boot,
            number: self.number,
            digests: self.digests(),
            reach: self.near.reach(),
            near,
            others: self.near.take_untold(),
        };
        let sign = Message::Sign(sign);
        match self.speaks_to_all() {
            true => cx.out.near(Class::State, &sign),
            false => self.tell_the_circle(Class::State, sign, cx),
        }
        self.next_sign = cx.now.time + cx.config.heartbeat;
        self.tell_again(cx);
    }

    /// What the robot here came to want is told again with each sign, as long as others are waited for: it may have been
    /// lost.
    fn tell_again(&mut self, cx: &mut Context<'_>) {
        let me = self.me.robot();
        let Some(bundle) = self.consensus.bundle(me) else {
            return;
        };
        let waited = |since: Time| since + cx.config.settle <= cx.now.time;
        while self.told.get(1).is_some_and(|(at, _)| waited(*at)) || self.told.len() >= TOLD {
            self.told.pop_front();
        }
        let base = self.told.front().map_or(0, |(_, version)| *version);
        let news = (base < bundle.version()).then(|| bundle.news(me, base));
        self.told.push_back((cx.now.time, bundle.version()));
        if let Some(news) = news {
            self.tell_the_circle(Class::Control, Message::Bundles(alloc::vec![news]), cx);
        }
    }

    /// To all who are near and choose together with this node.
    fn tell_the_circle(&self, class: Class, message: Message, cx: &mut Context<'_>) {
        let Some(cells) = &self.cells else {
            return cx.out.near(class, &message);
        };
        let near = self.near.nodes().iter().copied();
        let near: Vec<NodeId> = near.filter(|node| cells.circle().contains(node)).collect();
        cx.out.send_each(&near, class, message);
    }

    fn digests(&self) -> (u64, u64) {
        (self.consensus.digest(), self.board.sum(Scope::ALL))
    }

    /// Tells all who are near what is new.
    fn tell(&mut self, cx: &mut Context<'_>) {
        let tasks = core::mem::take(&mut self.to_tell);
        let postings = tasks.into_iter();
        let postings = postings.filter_map(|(task, whole)| self.board.posting(task, whole));
        for tasks in talk::batches(postings, &cx.config.limits) {
            cx.out
                .near(Class::Control, &Message::Tasks { tasks, scope: None });
        }
        let mut news = self.gossip.tell(&self.consensus);
        while !news.is_empty() {
            let more = news.split_off(news.len().min(cx.config.limits.batch));
            self.tell_the_circle(Class::Control, Message::Bundles(news), cx);
            news = more;
        }
    }
}
