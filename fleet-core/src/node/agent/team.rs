//! Tasks of teams: waiting until all robots of the team are there.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Agent, Forfeit};
use crate::context::Context;
use crate::ids::{NodeId, TaskId};
use crate::ledger::{Claimant, Lease};
use crate::message::Fellows;
use crate::output::Event;
use crate::planted::{self, Bug};
use crate::task::Task;
use crate::time::Time;

/// What the robot of a task of a team knows of the others, until it has begun.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Team {
    /// What each witness last said, and to which ask.
    words: BTreeMap<NodeId, (u32, Fellows)>,
    /// Since when it does not know of a robot for each of the others.
    missing: Option<Time>,
    /// Since when it waits at the first stop, and the first ask that says so.
    there: Option<(Time, u32)>,
    /// Whether the application was told that it can begin.
    told: bool,
}

impl Team {
    /// Of a task that is taken at `now`; `None` if it has no team.
    pub(super) fn of(task: &Task, now: Time) -> Option<Self> {
        (!task.team().is_empty()).then_some(Team {
            words: BTreeMap::new(),
            missing: Some(now),
            there: None,
            told: false,
        })
    }

    pub(super) const fn is_there(&self) -> bool {
        self.there.is_some()
    }

    /// Whether a majority of the witnesses last said this or better, in answer to this ask or a later one; what was said
    /// longer ago than a lease lasts does not count.
    fn stand(&self, word: Fellows, from: u32, claimant: &Claimant) -> bool {
        let fresh = |ask: u32| ask >= from && claimant.asked_at(ask).is_some();
        let says = |(ask, said): &(u32, Fellows)| *said >= word && fresh(*ask);
        claimant
            .panel()
            .is_majority(|node| self.words.get(&node).is_some_and(says))
    }

    /// Whether it may begin: a majority said that all others are there after this robot was there itself.
    fn is_together(&self, claimant: &Claimant) -> bool {
        self.there
            .is_some_and(|(_, from)| self.stand(Fellows::There, from, claimant))
    }
}

impl Agent {
    /// Whether a task of a team is one too many: a robot has one at a time that has not begun, so that no two teams wait
    /// for each other, and never two of one team.
    pub(super) fn is_bound(&self, task: &Task) -> bool {
        let mut others = self.held.values().filter(|held| held.task.id() != task.id());
        let waits = others.any(|held| held.team.is_some());
        !task.team().is_empty() && (waits || self.has_fellow_of(task))
    }

    /// Whether it has another task of the same team.
    pub(super) fn has_fellow_of(&self, task: &Task) -> bool {
        task.team().iter().any(|fellow| self.held.contains_key(fellow))
    }

    /// Whether it has a task of a team that has not begun.
    pub(super) fn has_waiting_team(&self) -> bool {
        self.held.values().any(|held| held.team.is_some())
    }

    /// A witness said how the others of teams stand.
    pub(super) fn hear_of_fellows(
        &mut self,
        from: NodeId,
        ask: u32,
        fellows: &[(TaskId, Fellows)],
        cx: &mut Context<'_>,
    ) {
        for (task, word) in fellows {
            let since = self.claimant.get(*task).map(Lease::since);
            let team = self.held.get_mut(task).and_then(|held| held.team.as_mut());
            let Some(team) = team.filter(|_| since.is_some_and(|since| since <= ask)) else {
                continue;
            };
            let last = team.words.entry(from).or_insert((ask, *word));
            if last.0 <= ask {
                *last = (ask, *word);
            }
            self.see_team(*task, cx);
        }
    }

    /// Sees whether robots for all of a team are found, and whether they are there.
    fn see_team(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let claimant = &self.claimant;
        let Some(team) = self.held.get_mut(&task).and_then(|held| held.team.as_mut()) else {
            return;
        };
        team.missing = match team.stand(Fellows::Coming, 0, claimant) {
            true => None,
            false => team.missing.or(Some(cx.now.time)),
        };
        let together = team.is_together(claimant);
        if together && !team.told {
            cx.out.event(Event::Together(task));
        }
        team.told = together;
    }

    /// The robot is at the first stop of `task`, or further: whether its work can begin, as far as its team goes. If not,
    /// the witnesses are told at once that it is there.
    pub(super) fn is_together(&mut self, task: TaskId, cx: &mut Context<'_>) -> bool {
        let next_ask = self.claimant.next_ask();
        let Some(held) = self.held.get_mut(&task) else {
            return false;
        };
        let Some(team) = &mut held.team else {
            return true;
        };
        if team.is_together(&self.claimant) || planted::is(Bug::BeginAlone) {
            held.team = None;
            return true;
        }
        if team.there.is_none() {
            team.there = Some((cx.now.time, next_ask));
            self.beat(cx);
        }
        false
    }

    /// Its body leaves the place where it waited.
    pub(super) fn leave_team(&mut self, task: TaskId) {
        let team = self.held.get_mut(&task).and_then(|held| held.team.as_mut());
        if let Some(team) = team.filter(|team| team.is_there()) {
            (team.there, team.told) = (None, false);
            self.claim_now = true;
        }
    }

    /// Whether its body is at a place and waits for others: then it asks more often whether they are there.
    pub(super) fn waits_for_team(&self) -> bool {
        let teams = self.held.values().filter_map(|held| held.team.as_ref());
        teams.into_iter().any(Team::is_there)
    }

    /// Gives back tasks of teams that did not come together in time.
    pub(super) fn give_up_teams(&mut self, cx: &mut Context<'_>) {
        let (now, config) = (cx.now.time, cx.config);
        let late = |team: &Team| {
            let found = team.missing.is_none_or(|since| since + config.team_found > now);
            let there = team
                .there
                .is_none_or(|(since, _)| since + config.team_there > now);
            !(found && there)
        };
        let teams = self
            .held
            .iter()
            .filter_map(|(task, held)| Some((task, held.team.as_ref()?)));
        let late: Vec<TaskId> = teams
            .filter(|(_, team)| late(team))
            .map(|(task, _)| *task)
            .collect();
        late.into_iter()
            .for_each(|task| self.forfeit(task, Forfeit::Team, cx));
    }
}
