//! Teams: tasks that are begun together, each by another robot, or not at all.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Coordinator, Timer};
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::{Phase, TaskState};
use crate::message::{Claim, Fellows};
use crate::time::{Time, pause};

/// Whether work on it has begun, and was not given up since.
fn has_begun(state: &TaskState) -> bool {
    matches!(state.phase, Phase::Running(_) | Phase::Done)
}

impl Coordinator {
    /// The other tasks of its team.
    pub(super) fn team_of(&self, task: TaskId) -> Vec<TaskId> {
        self.record(task)
            .map(|record| record.task.team().to_vec())
            .unwrap_or_default()
    }

    /// Whether a task has a team, and this has not begun: all of it or nothing.
    pub(super) fn is_bound(&self, task: TaskId) -> bool {
        let team = self.team_of(task);
        !team.is_empty() && !self.team_has_begun(task, &team)
    }

    pub(super) fn team_has_begun(&self, task: TaskId, team: &[TaskId]) -> bool {
        let own = team.iter().filter(|fellow| !self.is_stranger(task, **fellow));
        let mut states = own
            .chain([&task])
            .filter_map(|task| self.witness.ledger().state(*task));
        states.any(has_begun)
    }

    /// Whether the others of its team, if it has one that has not begun, are known, and owned or free.
    pub(super) fn team_allows(&self, task: TaskId) -> bool {
        let team = self.team_of(task);
        let stands = |fellow: &TaskId| {
            let owned = self
                .record(*fellow)
                .is_some_and(|record| record.state.phase.is_owned());
            owned || self.is_free_alone(*fellow)
        };
        team.is_empty()
            || self.team_has_begun(task, &team)
            || (self.is_complete(task) && team.iter().all(stands))
    }

    /// Whether a task that `task` names is accepted and of another team.
    fn is_stranger(&self, task: TaskId, fellow: TaskId) -> bool {
        let (Some(mine), Some(other)) = (self.record(task), self.record(fellow)) else {
            return false;
        };
        other.state.is_accepted() && !mine.task.is_fellow_of(&other.task)
    }

    /// Whether all of its team are accepted, and it is theirs.
    pub(super) fn is_complete(&self, task: TaskId) -> bool {
        let Some(record) = self.record(task) else {
            return false;
        };
        let known = |fellow: &TaskId| {
            let other = self.record(*fellow);
            other.is_some_and(|other| other.state.is_accepted() && record.task.is_fellow_of(&other.task))
        };
        record.task.team().iter().all(known)
    }

    /// Something about a task has changed that matters to the others of its team.
    pub(super) fn rally(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let team = self.team_of(task);
        if team.is_empty() {
            return;
        }
        for fellow in team {
            self.note_to_post(fellow);
            self.see_team(fellow, cx);
        }
        self.offer(task, cx);
    }

    /// Its robot gave it back because the team did not come together: it rests, longer each time.
    pub(super) fn part(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let seed = task.uuid().as_u128() as u64;
        let at = cx.now.time + pause(cx.config.reoffer, entry.parted, seed);
        entry.parted = entry.parted.saturating_add(1);
        (entry.rests, entry.reoffer) = (true, Some(at));
        self.timers.set(at, Timer::Reoffer(task));
    }

    /// If its team can never begin, it will never be done; whoever leads decides so. A fellow that nobody has submitted by
    /// the time that any submission can be late will not come.
    pub(super) fn see_team(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(record) = self
            .record(task)
            .filter(|record| !record.state.phase.is_terminal())
        else {
            return;
        };
        let (content, submitted) = (record.task.clone(), record.submitted);
        let team = content.team();
        if team.is_empty() || !self.leading || self.team_has_begun(task, team) {
            return;
        }
        let unknown = |fellow: &&TaskId| self.witness.ledger().state(**fellow).is_none();
        if let Some(reason) = team.iter().find_map(|fellow| self.is_lost_to(task, *fellow)) {
            return self.end(task, Phase::Failed(reason));
        }
        let late = submitted + cx.config.remember <= cx.now.utc;
        if let Some(fellow) = team.iter().find(unknown).filter(|_| late) {
            return self.end(
                task,
                Phase::Failed(format!("{fellow} of its team was never submitted")),
            );
        }
        if !self.is_complete(task) {
            // At whole multiples, so that looking twice sets no second timer.
            let span = cx.config.reoffer.as_micros().max(1) as u64;
            let next = (cx.now.time.as_micros() / span + 1).saturating_mul(span);
            self.timers.set(Time::from_micros(next), Timer::Team(task));
        }
    }

    /// Why `task` cannot be begun together with `fellow` any more.
    fn is_lost_to(&self, task: TaskId, fellow: TaskId) -> Option<String> {
        if self.is_stranger(task, fellow) {
            return Some(format!("{fellow} does not name the same team"));
        }
        let state = self.witness.ledger().state(fellow)?;
        state.settled.then(|| format!("{fellow} of its team is not done"))
    }

    /// The robots that have, or are to have, a task of a team that has not begun.
    pub(super) fn waiting_for_teams(&self) -> BTreeSet<RobotId> {
        let owner = |(task, entry): (&TaskId, &super::Entry)| {
            let taker = entry.taker.map(|taker| taker.robot);
            let robot = entry.owner.map(|(robot, _)| robot).or(taker)?;
            self.is_bound(*task).then_some(robot)
        };
        self.tasks.iter().filter_map(owner).collect()
    }

    /// `robot` says where it is with a task that it claims.
    pub(super) fn note_place(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, there: bool) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        if there {
            entry.there = Some((robot, epoch));
        } else {
            entry.there.take_if(|(other, _)| *other == robot);
        }
    }

    /// How the others of the teams stand, of tasks that `robot` claims and has not begun.
    pub(super) fn fellows(&self, robot: RobotId, claims: &[Claim], now: Time) -> Vec<(TaskId, Fellows)> {
        let waiting = claims.iter().filter(|claim| claim.stops_done.is_none());
        let word = |claim: &Claim| {
            let team = self.record(claim.task)?.task.team();
            let mut robots = BTreeSet::from([robot.node()]);
            let begun = self.team_has_begun(claim.task, team);
            let words = team
                .iter()
                .map(|fellow| self.fellow(*fellow, begun, &mut robots, now));
            Some((claim.task, words.min()?))
        };
        waiting.filter_map(word).collect()
    }

    /// How one of a team stands; `robots` are those that the others have. What has ended will not come any more: if the team
    /// has begun, the others go on without it.
    fn fellow(&self, fellow: TaskId, begun: bool, robots: &mut BTreeSet<NodeId>, now: Time) -> Fellows {
        let over = |state: &TaskState| has_begun(state) || (begun && state.phase.is_terminal());
        if self.witness.ledger().state(fellow).is_some_and(over) {
            return Fellows::There;
        }
        let Some((node, epoch)) = self.witness.holder(fellow, now) else {
            return Fellows::Missing;
        };
        let there = |entry: &super::Entry| entry.there == Some((node.robot(), epoch));
        match robots.insert(node) {
            false => Fellows::Missing,
            true if self.tasks.get(&fellow).is_some_and(there) => Fellows::There,
            true => Fellows::Coming,
        }
    }
}
