//! The distributed strategy: every robot chooses for itself, tells those who are near, and claims what it comes to.
//!
//! No node is special. Witnesses say which tasks are open, and that is passed on from neighbour to neighbour, as are the
//! bundles of the robots. A robot that has chosen a task, and was not outbid for a while, claims it, under an epoch of
//! its own making; the witnesses see to it that no other can own it meanwhile.
//!
//! All that is said here may be lost. Signs of life carry digests of what their sender knows; whoever knows otherwise
//! asks.

mod bid;
mod board;
mod near;
mod talk;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use bid::Bidding;
use board::{Board, Heard};
use near::Near;

use crate::allocate::consensus::{Consensus, Gossip};
use crate::config::Config;
use crate::context::Context;
use crate::ids::{NodeId, TaskId};
use crate::message::{Message, Posting, Scope, Sign};
use crate::schedule::Schedule;
use crate::time::Time;
use crate::transport::Class;

pub(crate) use bid::{Claims, Robot};

/// One node's part in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Distributed {
    me: NodeId,
    boot: u32,
    board: Board,
    near: Near,
    consensus: Consensus,
    gossip: Gossip,
    /// Tasks to be told of, and whether with their content.
    to_tell: BTreeMap<TaskId, bool>,
    /// Tasks that may have become open to bids, or closed.
    to_look_at: BTreeSet<TaskId>,
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
    pub(crate) fn new(me: NodeId, boot: u32, plan: Option<&Schedule>, config: &Config) -> Self {
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
            gossip: Gossip::new(),
            to_tell: BTreeMap::new(),
            to_look_at: BTreeSet::new(),
            bidding: Bidding::default(),
            number: 0,
            named: None,
            next_sign: Time::ZERO,
            next_thought: Time::NEVER,
            next_question: Time::ZERO,
        }
    }

    pub(crate) fn next_timeout(&self) -> Time {
        self.next_sign.min(self.next_thought)
    }

    /// Its robot wants nothing any more: others decide. What it knows is kept for the next time.
    pub(crate) fn rest(&mut self, cx: &mut Context<'_>) {
        self.consensus.set_limit(0);
        self.consensus.think(cx.now.time, cx.travel);
        self.consensus.claim(Vec::new());
        self.bidding = Bidding::default();
        self.to_look_at.extend(self.board.iter().map(|(task, _)| task));
        (self.next_sign, self.next_thought) = (Time::ZERO, Time::NEVER);
    }

    /// The tasks that have not ended, as far as is known here.
    pub(crate) fn live(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.board.live(Scope::ALL)
    }

    /// Time has passed, or something has happened: does what is due.
    pub(crate) fn act(&mut self, robot: Option<&mut dyn Robot>, cx: &mut Context<'_>) {
        let now = cx.now.time;
        if now >= self.next_sign {
            self.look_around(cx);
            self.give_sign(cx);
        }
        let mut robot = robot;
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
    }

    /// Who is near, and who is there.
    fn look_around(&mut self, cx: &mut Context<'_>) {
        let now = cx.now.time;
        if self.near.drop_silent(now, cx.config.absence) {
            self.gossip.set_near(self.near.lists());
        }
        let known: BTreeSet<NodeId> = self.consensus.bundles().map(|(robot, _)| robot.node()).collect();
        for (node, absent) in self.near.presences(now, cx.config.absence) {
            if node != self.me && known.contains(&node) {
                self.consensus.set_absent(node.robot(), absent);
            }
        }
        self.board.tidy(now, cx.config.remember);
        let consensus = &self.consensus;
        let claims = |robot, task| consensus.is_claimed_by(task, robot);
        let doubted = self.board.doubt(now, cx.config.lease.guard(), claims);
        self.to_look_at.extend(doubted);
        self.stir(cx);
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
        cx.out.near(Class::State, &Message::Sign(sign));
        self.next_sign = cx.now.time + cx.config.heartbeat;
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
            cx.out.near(Class::Control, &Message::Bundles(news));
            news = more;
        }
    }
}
