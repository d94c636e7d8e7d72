//! Which tasks the robots of a cell may bid for: those that are left to it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::time::Duration;

use super::cells::{Body, Cells, PASSES};
use super::{Advice, Distributed, Robot};
use crate::context::Context;
use crate::ids::{NodeId, TaskId};
use crate::message::{self, Message, Scope};
use crate::schedule::Schedule;
use crate::task::Task;
use crate::time::Time;
use crate::transport::Class;

/// A member of a cell gives one sign of so many to all who are near, and the others to its cell.
const SELDOM: u32 = 8;

impl Distributed {
    /// From now on the robots choose in cells, or all together.
    pub(super) fn set_cells(&mut self, cells: bool, cx: &mut Context<'_>) {
        if self.cells.is_some() == cells {
            return;
        }
        self.cells = cells.then(|| Cells::new(self.me, self.boot));
        self.advice = Advice::expected(cx.now.time + cx.config.commit);
        self.see_circle();
        self.next_sign = Time::ZERO;
        self.stir(cx);
    }

    /// This node's robot does not choose any more: tells those of its cell.
    pub(super) fn leave_cell(&mut self, cx: &mut Context<'_>) {
        if self.cells.as_mut().is_some_and(Cells::leave) {
            self.see_circle();
            self.speak_of_cells(None, cx);
        }
    }

    /// Those with whom it chooses are others.
    fn see_circle(&mut self) {
        if let Some(cells) = &self.cells {
            let circle = cells.circle();
            self.consensus.retain(|robot| circle.contains(&robot.node()));
        }
        self.see_near();
        self.look_at_all();
    }

    /// Each task may have become one to bid for, or none.
    pub(super) fn look_at_all(&mut self) {
        self.to_look_at.extend(self.board.live(Scope::ALL));
    }

    pub(super) fn hear_of_cells(&mut self, from: NodeId, said: message::Cells, cx: &mut Context<'_>) {
        let heard = self.floods.is_heard_by_all(from);
        if let Some(cells) = &mut self.cells {
            cells.hear(from, said, heard, cx.now.time, cx.config.limits.robots);
        }
    }

    /// Sees in which cell this robot is, leads it if that is on it, and says so.
    pub(super) fn look_at_cells(&mut self, robot: Option<&mut (dyn Robot + '_)>, cx: &mut Context<'_>) {
        if self.cells.is_none() {
            return;
        }
        self.forget_old_advice(cx);
        let body = robot.map(|robot| self.body(robot, cx));
        let passes = self.passes(cx);
        let Some(cells) = &mut self.cells else { return };
        if cells.step(body, self.near.nodes(), cx) {
            self.see_circle();
        }
        let Some(cells) = &mut self.cells else { return };
        cells.pass(passes);
        if cells.take_moved() {
            self.look_at_all();
        }
        self.speak_of_cells(body, cx);
    }

    /// Each node says which cell it is in to all who are near, a member of a cell seldom; its leader hears it each time.
    fn speak_of_cells(&mut self, body: Option<Body>, cx: &mut Context<'_>) {
        let to_all = self.speaks_to_all();
        let Some(cells) = &mut self.cells else { return };
        let relays = cells.has_untold();
        let said = Message::Cells(cells.say(body));
        match cells.leader() {
            Some(leader) if !(to_all || relays) => cx.out.send(leader.node(), Class::State, said),
            _ => cx.out.near(Class::State, &said),
        }
    }

    /// Whether this sign is one for all who are near. In cells that is each one of a leader, and of who has no cell.
    pub(super) fn speaks_to_all(&self) -> bool {
        self.cells.as_ref().is_none_or(|cells| {
            cells.leads() || cells.leader().is_none() || self.number.is_multiple_of(SELDOM)
        })
    }

    /// How long nothing is heard of a node that is near before it is not near any more.
    pub(super) fn silence(&self, cx: &Context<'_>) -> Duration {
        match self.cells {
            Some(_) => cx.config.absence * (SELDOM / 2),
            None => cx.config.absence,
        }
    }

    fn body(&self, robot: &dyn Robot, cx: &Context<'_>) -> Body {
        let finish = self.consensus.plan().map(Schedule::finish);
        let free = finish.map_or(Duration::ZERO, |finish| finish.since(cx.now.utc));
        let (place, speed) = robot.whereabouts();
        Body { place, free, speed }
    }

    /// Of the leader of a cell: tasks that were left to it for a while, and that none of its robots bids for though some
    /// have room. Others may be able to do them.
    fn passes(&self, cx: &mut Context<'_>) -> Vec<TaskId> {
        let Some(cells) = self.cells.as_ref().filter(|cells| cells.leads()) else {
            return Vec::new();
        };
        let most = cx.config.limits.bundle;
        let bundles = || self.consensus.bundles().map(|(_, bundle)| bundle);
        if bundles().all(|bundle| bundle.bids().len() >= most) {
            return Vec::new();
        }
        let bids = bundles().flat_map(|bundle| bundle.bids().map(|bid| bid.task));
        let claims = bundles().flat_map(|bundle| bundle.claims().iter().copied());
        let wanted: BTreeSet<TaskId> = bids.chain(claims).collect();
        let now = cx.now.time;
        let mut passes = Vec::new();
        for task in self.board.live(Scope::ALL) {
            let Some(post) = self.board.get(task).filter(|post| post.is_open()) else {
                continue;
            };
            let since = self
                .bidding
                .since(task)
                .filter(|since| *since + cx.config.commit <= now);
            let Some((content, _)) = post.content().filter(|_| since.is_some()) else {
                continue;
            };
            let wants = wanted.contains(&task);
            let (task, place) = self.stand_in(content);
            let passed = cells.passes(task);
            let mut here = || cells.home(task, place, cx) == cells.leader();
            if !passes.contains(&task) && (passed || (!wants && here())) {
                passes.push(task);
                if passes.len() >= PASSES {
                    break;
                }
            }
        }
        passes
    }

    /// Whether this robot may bid for a task: if it is what it is advised to do next, or if there is no advice, nor a
    /// coordinator that may still think of some, and it is left to its cell.
    /// A robot that has nothing else to do takes what has been open for very long.
    pub(super) fn is_left_to_it(&self, task: &Task, cx: &mut Context<'_>) -> bool {
        let Some(cells) = &self.cells else { return true };
        if self.bidding.is_stray(task.id()) {
            return true;
        }
        match (self.advice.tasks(), cells.leader()) {
            (Some(_), _) => self.is_advised_next(task, cx.now.time),
            (None, _) if self.advice.may_come() => false,
            (None, Some(leader)) => {
                let (id, place) = self.stand_in(task);
                let home = cells.home(id, place, cx);
                home.is_none_or(|home| home == leader)
            }
            (None, None) => !cells.circle().is_empty(),
        }
    }
}
