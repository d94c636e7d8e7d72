//! Teams, where robots choose: a robot claims its task of a team when there are robots for all others.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Distributed;
use crate::allocate::consensus::Choice;
use crate::context::Context;
use crate::ids::TaskId;
use crate::place::Place;
use crate::task::Task;
use crate::time::{Time, pause};

/// So many times [`Config::commit`](crate::Config::commit) a robot waits for others to choose the rest of a team, and so
/// long it then leaves the team alone, so that others may be chosen.
const PATIENCE: u32 = 4;

impl Distributed {
    /// Whether a task is of a team that is to begin together.
    pub(super) fn is_bound(&self, task: TaskId) -> bool {
        self.board.get(task).is_some_and(|post| post.is_bound())
    }

    fn content(&self, task: TaskId) -> Option<&Task> {
        let content = self.board.get(task)?.content();
        content.map(|(task, _)| &**task)
    }

    /// The others of its team.
    pub(super) fn fellows(&self, task: TaskId) -> Vec<TaskId> {
        self.content(task)
            .map(|task| task.team().to_vec())
            .unwrap_or_default()
    }

    /// By which task and place it is decided which cell a task is left to: its own, or those of the first of a team that is
    /// to begin together.
    pub(super) fn stand_in(&self, task: &Task) -> (TaskId, Place) {
        let lead = task.lead().filter(|_| self.is_bound(task.id()));
        let lead = lead.and_then(|lead| self.content(lead)).unwrap_or(task);
        (lead.id(), lead.stops()[0].place)
    }

    /// Takes note of which of the teams among its choices there are robots for.
    pub(super) fn see_teams(&mut self, choices: &[Choice], cx: &Context<'_>) {
        let before = core::mem::take(&mut self.bidding.teams);
        for choice in choices {
            if !self.is_bound(choice.task) {
                continue;
            }
            let found = self.is_found(choice.task);
            let same = before.get(&choice.task).filter(|(before, _)| *before == found);
            let since = same.map_or(cx.now.time, |(_, since)| *since);
            self.bidding.teams.insert(choice.task, (found, since));
        }
    }

    /// Whether each of the others of its team is another robot's, or wanted by another one. A coordinator advises whole
    /// teams; and of what was left over for long somebody has to take the first.
    fn is_found(&self, task: TaskId) -> bool {
        let fellows = self.fellows(task);
        let open = |fellow: &TaskId| self.board.get(*fellow).is_some_and(|post| post.is_open());
        let first = || fellows.iter().all(|fellow| *fellow > task || !open(fellow));
        if self.advice.names(task) || (self.bidding.is_stray(task) && first()) {
            return true;
        }
        let mut robots = BTreeSet::from([self.me.robot()]);
        fellows.iter().all(|fellow| {
            let owner = self.board.get(*fellow).and_then(|post| post.owner());
            let taker = owner.into_iter().chain(self.consensus.takers(*fellow));
            taker.into_iter().any(|robot| robots.insert(robot))
        })
    }

    /// Whether there are robots for all others of the team of a choice, and when it is claimed if so, once there have been
    /// for long enough. If not: when it leaves the team to itself for a while; soon if another team waits that comes before
    /// it, so that all who wait for different teams come to wait for one.
    pub(super) fn team_is_due(&self, choice: &Choice, cx: &Context<'_>) -> (bool, Time) {
        let task = choice.task;
        let known = self.bidding.teams.get(&task).copied();
        let (found, since) = known.unwrap_or((false, cx.now.time));
        let due = match found {
            true => since.max(choice.at) + cx.config.settle,
            false if self.others_wait(task) => since + cx.config.commit,
            false => since + cx.config.commit * PATIENCE,
        };
        (found, due)
    }

    /// Whether another robot bids for a task of a team that comes before this one, by its first task.
    fn others_wait(&self, task: TaskId) -> bool {
        let lead = |task| self.content(task).and_then(Task::lead);
        let mine = lead(task);
        let me = self.me.robot();
        let others = self.consensus.bundles().filter(|(robot, _)| *robot != me);
        let mut bids = others.flat_map(|(_, bundle)| bundle.bids().map(|bid| bid.task));
        bids.any(|other| self.is_bound(other) && lead(other) < mine)
    }

    /// A task of a team that it does not bid for for a while: others may come together for another team meanwhile.
    pub(super) fn let_team_rest(&mut self, task: TaskId, owned: bool, cx: &Context<'_>) {
        let seed = task.uuid().as_u128() as u64 ^ self.me.uuid().as_u128() as u64;
        let span = pause(cx.config.commit * PATIENCE, 0, seed ^ cx.now.time.as_micros());
        let lease = if owned {
            cx.config.lease.guard()
        } else {
            cx.config.retry
        };
        self.bidding.rest(task, cx.now.time + lease.max(span), 0);
    }
}
