//! The robot's side: which tasks it may bid for, and when it claims what it chose.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Distributed;
use crate::allocate::consensus::Choice;
use crate::bid::Decline;
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::message::Refusal;
use crate::output::{Awarded, Event};
use crate::place::Place;
use crate::schedule::{Job, Schedule};
use crate::standing::Standing;
use crate::task::Task;
use crate::time::{Time, pause};

/// An idle robot with an empty battery looks at so many tasks before it believes that it must charge.
const LOOKED_AT: usize = 16;

/// So many times [`Config::commit`] a task has to be open to be anybody's, whatever cell it is left to, and to be claimed
/// by whose choice it is, however short a time it has been that.
const STRAY: u32 = 4;

/// What a robot claims: the epoch, and whether a majority has granted it.
pub(crate) type Claims = BTreeMap<TaskId, (Epoch, bool)>;

/// The robot on this node, as far as it is needed here.
pub(crate) trait Robot {
    /// What it claims or owns.
    fn claims(&self) -> Claims;
    /// What was refused to it since it was last asked, and why.
    fn take_refusals(&mut self) -> BTreeMap<TaskId, Refusal>;
    /// Its plan, as of now.
    fn plan(&mut self, cx: &mut Context<'_>) -> Schedule;
    /// How many tasks more it takes.
    fn room(&self, config: &Config) -> usize;
    /// Whether it is able to do the task, and has not done it already.
    fn may_do(&self, task: &Task) -> bool;
    /// A number for a task that may come into its plan.
    fn new_key(&mut self) -> u32;
    /// Takes a task that it chose, and claims it; `false` if it does not fit any more.
    fn claim(&mut self, task: Arc<Task>, standing: Standing, epoch: Epoch, cx: &mut Context<'_>) -> bool;
    /// Under a later epoch somebody else had a task that it claims, and it is open again: lets it go, if it has not begun
    /// it.
    fn let_go(&mut self, task: TaskId, cx: &mut Context<'_>);
    /// It would have work, and not the charge for it.
    fn starve(&mut self);
    /// Whether it has a task of a team that has not begun.
    fn waits_for_team(&self) -> bool;
    /// Where it is, and how fast it goes, in metres a second.
    fn whereabouts(&self) -> (Place, f64);
}

/// What a robot minds of its bids.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Bidding {
    claims: Claims,
    /// Tasks that it does not bid for until then, and how often in a row it did not get them.
    rests: BTreeMap<TaskId, (Time, u32)>,
    /// Epochs that it was told of.
    floors: BTreeMap<TaskId, Epoch>,
    /// Since when it knows tasks to be open, whether it rests from them or not.
    opened: BTreeMap<TaskId, Time>,
    /// Tasks that have ended, as a witness said, whatever is heard of them under this epoch.
    over: BTreeMap<TaskId, Epoch>,
    /// When its plan was last looked at; never if it is another since.
    planned: Option<Time>,
    /// Since when it has nothing to do, and what it may take therefore, whoever it was left to.
    idle: Option<Time>,
    strays: BTreeSet<TaskId>,
    /// Of what it chose of teams: whether there are robots for the others, and since when.
    pub(super) teams: BTreeMap<TaskId, (bool, Time)>,
}

impl Bidding {
    pub(super) fn rests(&self, task: TaskId, now: Time) -> bool {
        self.rests.get(&task).is_some_and(|(until, _)| *until > now)
    }

    pub(super) fn rest(&mut self, task: TaskId, until: Time, tries: u32) {
        self.rests.insert(task, (until, tries));
    }

    /// Since when a task is known to be open.
    pub(super) fn since(&self, task: TaskId) -> Option<Time> {
        self.opened.get(&task).copied()
    }

    pub(super) fn is_stray(&self, task: TaskId) -> bool {
        self.strays.contains(&task)
    }

    pub(super) fn claims(&self, task: TaskId) -> bool {
        self.claims.contains_key(&task)
    }

    /// When the next rest is over.
    fn next(&self, now: Time) -> Time {
        let times = self.rests.values().map(|(until, _)| *until);
        times.filter(|until| *until > now).min().unwrap_or(Time::NEVER)
    }
}

impl Distributed {
    /// Takes note of what the robot claims now.
    pub(super) fn see_claims(&mut self, robot: &mut dyn Robot, cx: &mut Context<'_>) {
        for (task, refusal) in robot.take_refusals() {
            match refusal {
                Refusal::Stale(epoch) | Refusal::Taken(epoch) => {
                    let floor = self.bidding.floors.entry(task).or_default();
                    *floor = (*floor).max(epoch);
                }
                Refusal::Ended => {
                    let epoch = self.board.get(task).map(|post| post.epoch());
                    self.bidding.over.extend(epoch.map(|epoch| (task, epoch)));
                }
                _ => {}
            }
        }
        let claims = robot.claims();
        if claims == self.bidding.claims {
            return;
        }
        let before = core::mem::replace(&mut self.bidding.claims, claims);
        for (task, (_, owned)) in &before {
            if !self.bidding.claims.contains_key(task) {
                self.let_rest(*task, *owned, cx);
                self.to_look_at.insert(*task);
                self.to_look_at.extend(self.fellows(*task));
            }
        }
        let new = self
            .bidding
            .claims
            .keys()
            .filter(|task| !before.contains_key(task));
        self.to_look_at.extend(new);
        if !before.keys().eq(self.bidding.claims.keys()) {
            self.consensus
                .claim(self.bidding.claims.keys().copied().collect());
            self.bidding.planned = None;
            self.look_at_advised();
            self.stir(cx);
        }
    }

    /// A task that it owned goes on by what the witnesses say; one that it was not granted it tries again a little later,
    /// and not when a rival does.
    pub(super) fn let_rest(&mut self, task: TaskId, owned: bool, cx: &Context<'_>) {
        let now = cx.now.time;
        self.look_at_advised();
        if self.is_bound(task) {
            return self.let_team_rest(task, owned, cx);
        }
        if owned {
            return self.bidding.rest(task, now + cx.config.lease.guard(), 0);
        }
        let tries = self.bidding.rests.get(&task).map_or(0, |(_, tries)| tries + 1);
        let seed = task.uuid().as_u128() as u64 ^ self.me.uuid().as_u128() as u64;
        let until = now + pause(cx.config.retry, tries, seed);
        self.bidding.rest(task, until, tries);
    }

    /// Chooses, and claims what is settled.
    pub(super) fn think(&mut self, robot: Option<&mut (dyn Robot + '_)>, cx: &mut Context<'_>) {
        let Some(robot) = robot else {
            self.to_look_at.clear();
            self.consensus.think(cx.now.time, cx.travel);
            return;
        };
        let now = cx.now.time;
        let rested = self.bidding.rests.iter().filter(|(_, (until, _))| *until <= now);
        self.to_look_at.extend(rested.map(|(task, _)| *task));
        for task in core::mem::take(&mut self.to_look_at) {
            if self.has_moved_on(task) {
                robot.let_go(task, cx);
            }
            self.look_at(task, robot, cx);
        }
        self.see_claims(robot, cx);
        let stale = |planned: Time| planned + cx.config.heartbeat <= now;
        if self.bidding.planned.is_none_or(stale) {
            let plan = robot.plan(cx);
            self.consensus.rebase(plan, cx.travel);
            self.bidding.planned = Some(now);
        }
        let room = if self.holds_back { 0 } else { robot.room(cx.config) };
        self.consensus.set_limit(room.min(cx.config.limits.bundle));
        self.consensus.set_bound(robot.waits_for_team());
        self.consensus.think(now, cx.travel);
        self.claim_what_is_settled(robot, cx);
        let idle = room > 0 && self.bidding.claims.is_empty() && self.consensus.choices().next().is_none();
        if idle {
            self.see_whether_it_starves(robot, cx);
        }
        self.see_strays(idle, cx);
        self.next_thought = self.next_thought.min(self.bidding.next(now));
    }

    /// Whether a task that the robot claims is open under a later epoch.
    fn has_moved_on(&self, task: TaskId) -> bool {
        let claim = self.bidding.claims.get(&task);
        let post = self.board.get(task).filter(|post| post.is_open());
        claim
            .zip(post)
            .is_some_and(|((epoch, _), post)| post.epoch() > *epoch)
    }

    /// Sees whether the robot may bid for a task.
    fn look_at(&mut self, task: TaskId, robot: &mut dyn Robot, cx: &mut Context<'_>) {
        let free = !self.bidding.claims.contains_key(&task) && !self.bidding.rests(task, cx.now.time);
        let open = self.board.get(task).filter(|post| post.is_open());
        if open.is_some() {
            self.bidding.opened.entry(task).or_insert(cx.now.time);
        } else {
            self.bidding.opened.remove(&task);
            self.bidding.rests.remove(&task);
            self.bidding.floors.remove(&task);
            self.bidding.over.remove(&task);
        }
        let over = self.bidding.over.get(&task);
        let open = open.filter(|post| over != Some(&post.epoch()));
        let content = open.filter(|_| free).and_then(|post| post.content()).cloned();
        let content = content.filter(|(content, _)| robot.may_do(content));
        match content.filter(|(content, _)| self.is_left_to_it(content, cx)) {
            Some((content, submitted)) if !self.consensus.is_open(task) => {
                let standing = cx.standing(&content, submitted);
                let job = Job::new(robot.new_key(), &content, &standing, cx.travel);
                self.consensus.open(task, standing.urgency, job);
            }
            Some(_) => {}
            None => self.consensus.close(task),
        }
        self.consensus.bind(task, self.is_bound(task));
    }

    /// Where tasks are left to cells: whoever has had nothing to do for a while may take what nobody took for long.
    fn see_strays(&mut self, idle: bool, cx: &Context<'_>) {
        let (now, commit) = (cx.now.time, cx.config.commit);
        self.bidding.idle = self.bidding.idle.or(Some(now)).filter(|_| idle);
        let strays = match self.bidding.idle {
            Some(since) if since + commit <= now && self.cells.is_some() => {
                let opened = self.bidding.opened.iter();
                let old = opened.filter(|(_, since)| **since + commit * STRAY <= now);
                old.map(|(task, _)| *task).collect()
            }
            None if !self.bidding.claims.is_empty() => BTreeSet::new(),
            _ => return,
        };
        if strays != self.bidding.strays {
            self.to_look_at.extend(&strays);
            let before = core::mem::replace(&mut self.bidding.strays, strays);
            self.to_look_at.extend(before);
            self.stir(cx);
        }
    }

    /// Claims choices that have stood long enough: the next tasks of the plan, and what has been open for long.
    fn claim_what_is_settled(&mut self, robot: &mut dyn Robot, cx: &mut Context<'_>) {
        let (now, commit) = (cx.now.time, cx.config.commit);
        let next = self.consensus.plan().into_iter().flat_map(Schedule::keys);
        let next: Vec<u32> = next.take(cx.config.limits.ahead).collect();
        let advised = self.advice.tasks().is_some();
        // Each was chosen on top of those before it.
        let choices: Vec<Choice> = self.consensus.choices().collect();
        self.see_teams(&choices, cx);
        for choice in choices {
            let settled = choice.at + cx.config.settle;
            let opened = self.bidding.opened.get(&choice.task).copied().unwrap_or(now);
            let patient = (choice.at + commit).min(opened + commit * STRAY);
            let (may, due) = match next.contains(&choice.key) {
                _ if self.is_bound(choice.task) => self.team_is_due(&choice, cx),
                true => (true, settled),
                // A coordinator may yet think of something better, but not for long while others stand about.
                false if advised && !self.advice.others_are_idle() => continue,
                false if advised => (true, settled.max(opened + commit * STRAY)),
                false => (true, settled.max(patient)),
            };
            if due > now {
                self.next_thought = self.next_thought.min(due);
            } else if !(may && self.claim(&choice, robot, cx)) {
                self.let_rest(choice.task, false, cx);
                self.to_look_at.insert(choice.task);
                self.stir(cx);
            }
        }
        self.see_claims(robot, cx);
    }

    fn claim(&mut self, choice: &Choice, robot: &mut dyn Robot, cx: &mut Context<'_>) -> bool {
        let task = choice.task;
        let Some(post) = self.board.get(task) else {
            return false;
        };
        let Some((content, submitted)) = post.content().cloned() else {
            return false;
        };
        let floor = self.bidding.floors.get(&task).copied().unwrap_or_default();
        let epoch = post.epoch().max(floor).next(self.boot, self.me);
        self.bidding.floors.insert(task, epoch);
        let standing = cx.standing(&content, submitted);
        let claimed = robot.claim(content, standing, epoch, cx);
        if claimed {
            let me = self.me.robot();
            let others = self.consensus.bids_for(task);
            let others = others.filter(|(robot, _)| *robot != me).map(|(_, cost)| cost);
            cx.out.event(Event::Awarded(Box::new(Awarded {
                task,
                epoch,
                robot: me,
                cost: choice.cost,
                second: others.min(),
                opened: submitted,
                bids: alloc::vec![(me, choice.bid)],
                declined: Vec::new(),
                silent: Vec::new(),
            })));
        }
        claimed
    }

    /// If it is for want of charge that an idle robot chooses nothing, it must charge.
    fn see_whether_it_starves(&mut self, robot: &mut dyn Robot, cx: &mut Context<'_>) {
        let Some(plan) = self.consensus.plan() else {
            return;
        };
        let open = self.board.iter().filter(|(_, post)| post.is_open());
        let contents = open.filter_map(|(_, post)| post.content());
        let able: Vec<_> = contents
            .filter(|(task, _)| robot.may_do(task))
            .take(LOOKED_AT)
            .collect();
        let starves = able.into_iter().any(|(task, submitted)| {
            let standing = cx.standing(task, *submitted);
            let job = Job::new(u32::MAX, task, &standing, cx.travel);
            job.is_some_and(|job| plan.best_insertion(&job, cx.travel) == Err(Decline::Battery))
        });
        if starves {
            robot.starve();
        }
    }
}
