//! What is promised, checked while a fleet runs. The numbers are those of the book's chapter on guarantees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::happening::{Doing, Happening, Observer};
use super::mishap::{Trouble, Wish};
use super::storm::Storm;
use super::world::Sim;
use crate::ability;
use crate::ability::Abilities;
use crate::config::Config;
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::Phase;
use crate::output::Event;
use crate::regime::Strategy;
use crate::robot::Robot;
use crate::task::{Assurance, Task};
use crate::time::Time;

/// More than this does not happen in one moment.
const AT_ONCE: u32 = 100_000;

/// So late may a word be, the pauses of who says and who hears it included.
const LATE: Duration = Duration::from_secs(40);

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{at:?}: {promise}: {what}")]
pub struct Violation {
    /// Which, by its number in the book.
    pub promise: &'static str,
    /// When.
    pub at: Time,
    /// What happened.
    pub what: String,
}

/// Watches a run, and finds what breaks a promise.
pub struct Invariants {
    robots: BTreeMap<RobotId, Body>,
    tasks: BTreeMap<TaskId, Known>,
    calm: Time,
    /// How long an idle robot and a task that it could do may both wait once all is calm.
    idle: Duration,
    frames: u64,
    /// How often tasks were for sale again: opened again as far as any node saw it, or taken by nobody.
    again: u64,
    /// Frames that may be sent in one second, and for one auction of one task.
    bounds: (f64, f64),
    ledger: usize,
    next_look: Time,
    /// What a robot has just set out for, for the first time.
    set_out: Option<(RobotId, Arc<Task>)>,
    /// A task of a team that has just begun.
    began: Option<(RobotId, Arc<Task>)>,
    /// For how long a robot's word that it was there may be taken for true, and for how long a team may wait for robots.
    word: Duration,
    team: Duration,
    /// When a task of a team was last seen to be open: robots that wait for others leave less urgent tasks alone.
    team_open: Time,
    /// The present moment, and how much has happened in it.
    moment: (Time, u32),
    violation: Option<Violation>,
}

struct Body {
    abilities: Abilities,
    battery: bool,
    at: Option<TaskId>,
    idle_since: Option<Time>,
    drained: bool,
}

struct Known {
    task: Arc<Task>,
    accepted: bool,
    /// Who started it last, and under which epoch.
    started: Option<(RobotId, Epoch)>,
    /// All who ever did.
    starters: BTreeSet<(RobotId, Epoch)>,
    /// How it ended, and under which epoch; what every node says.
    ended: Option<(Phase, Epoch)>,
    told: BTreeSet<NodeId>,
    open_since: Option<Time>,
    at_work: BTreeSet<RobotId>,
    /// Of a task of a team: robots that wait at its first stop, or did until then; and whether any has ever begun.
    waited: BTreeMap<RobotId, Time>,
    begun: bool,
}

/// The longest waits that can follow each other, by a slow clock: a leader is missed, its successor waits for the
/// leases of those who are lost, and a few rounds of offering go wrong.
fn longest_wait(config: &Config) -> Duration {
    let leases = config.lease.length() + config.lease.guard();
    let offers = config.reoffer + config.auction + config.gather + config.retry * 32;
    // Where robots choose for themselves: one that is gone is missed, and a choice stands for a while before it is claimed.
    let choices = match config.strategy {
        Strategy::Centralized => Duration::ZERO,
        Strategy::Distributed => config.absence + config.settle + config.commit * 4,
        // And in cells: their leaders are missed, others are chosen, and what is nobody's is anybody's at last.
        Strategy::Hybrid => config.absence * 2 + config.settle + config.commit * 6 + config.heartbeat * 8,
    };
    let waits = config.suspicion + leases + offers + choices;
    waits.div_f64(1.0 - config.lease.drift())
}

/// Whether one can be taken from each list, none twice and none that is taken.
fn can_be_distinct(lists: &[Vec<RobotId>], taken: &mut Vec<RobotId>) -> bool {
    let Some((first, rest)) = lists.split_first() else {
        return true;
    };
    first.iter().any(|robot| {
        let free = !taken.contains(robot);
        taken.push(*robot);
        let fits = free && can_be_distinct(rest, taken);
        taken.pop();
        fits
    })
}

impl Invariants {
    /// For a run of this storm.
    pub fn new(storm: &Storm) -> Self {
        Self::of(&storm.config, &storm.robots, storm.calm())
    }

    /// For a run of these robots under these settings. From `calm` on nothing may be broken or cut off any more, and the
    /// network must be good: only then nobody may wait in vain (L5). If it never is, give [`Time::NEVER`].
    pub fn of(config: &Config, robots: &[Robot], calm: Time) -> Self {
        let body = |robot: &Robot| Body {
            abilities: robot.abilities().clone(),
            battery: robot.battery().is_some(),
            at: None,
            idle_since: Some(Time::ZERO),
            drained: false,
        };
        let (fleet, witnesses) = (robots.len() as f64, config.witnesses.len() as f64);
        let pace = 1.0 / config.retry.as_secs_f64() + 1.0;
        // Where robots choose for themselves: each node hears the signs of all others, and may ask and be answered; and
        // passes on each change of each bundle.
        let nodes = match config.strategy {
            Strategy::Centralized => 0.0,
            _ => fleet + witnesses,
        };
        Invariants {
            robots: robots.iter().map(|robot| (robot.id(), body(robot))).collect(),
            tasks: BTreeMap::new(),
            calm,
            idle: longest_wait(config),
            frames: 0,
            again: 0,
            // Each robot asks each witness at its faster pace, introduces itself, and is answered; each witness tells
            // each other one of itself, and is answered.
            bounds: (
                fleet * witnesses * 3.0 * pace
                    + witnesses * witnesses * 4.0 * pace
                    + nodes * nodes * 4.0 * pace,
                fleet * 40.0 * witnesses + 60.0 * witnesses * witnesses + nodes * nodes * 4.0,
            ),
            ledger: config.limits.tasks,
            next_look: calm,
            set_out: None,
            began: None,
            word: config.lease.length() + config.lease.guard() + LATE,
            team_open: Time::ZERO,
            team: longest_wait(config) + config.team_found * 2 + (config.reoffer + config.commit) * 32,
            moment: (Time::ZERO, 0),
            violation: None,
        }
    }

    /// What was broken first, if anything.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    fn fail(&mut self, at: Time, promise: &'static str, what: String) {
        self.violation.get_or_insert(Violation { promise, at, what });
    }

    /// Promises about the present: called after every happening. L1 is judged as for straight ways: leave this out where
    /// ways are others.
    pub fn look(&mut self, sim: &Sim) {
        let now = sim.now();
        let auctions = self.tasks.len() as f64 + self.again as f64;
        let bound = self.bounds.0 * (now.as_secs_f64() + 1.0) + self.bounds.1 * auctions;
        if self.frames as f64 > bound {
            self.fail(now, "L7", format!("{} frames, bound {bound}", self.frames));
        }
        let before = if self.moment.0 == now { self.moment.1 } else { 0 };
        self.moment = (now, before + 1);
        if before > AT_ONCE {
            self.fail(now, "L7", "time stands still".into());
        }
        if let Some((robot, task)) = self.set_out.take() {
            self.nothing_urgent_waits(sim, robot, &task);
        }
        if let Some((robot, task)) = self.began.take() {
            self.a_team_begins_together(sim, robot, &task);
        }
        if now >= self.next_look {
            self.next_look = now + Duration::from_secs(1);
            self.nobody_waits_in_vain(sim);
            self.no_team_waits_in_vain(now);
        }
    }

    /// L1: a robot sets out for nothing that keeps a more urgent task of its own waiting.
    fn nothing_urgent_waits(&mut self, sim: &Sim, robot: RobotId, task: &Task) {
        let tasks = self.tasks.iter();
        let tasks = tasks.map(|(id, known)| (*id, Arc::clone(&known.task))).collect();
        if let Some(waits) = sim.made_to_wait(robot, task, &tasks) {
            let what = format!("{robot:?} sets out for {:?}, and {waits:?} waits", task.id());
            self.fail(sim.now(), "L1", what);
        }
    }

    /// S5: a task of a team is begun only if each of the others is another robot's that is there, or was a moment ago, or has
    /// begun.
    fn a_team_begins_together(&mut self, sim: &Sim, robot: RobotId, task: &Arc<Task>) {
        let (now, word) = (sim.now(), self.word);
        let fellows = || task.team().iter().filter_map(|fellow| self.tasks.get(fellow));
        let begun = fellows().any(|fellow| fellow.begun);
        let robots = |fellow: &Known| -> Vec<RobotId> {
            let waited = fellow.waited.iter().filter(|(_, until)| **until + word > now);
            waited.map(|(robot, _)| *robot).collect()
        };
        let waited: Vec<Vec<RobotId>> = fellows().map(robots).collect();
        let there = can_be_distinct(&waited, &mut vec![robot]);
        let together = begun || (there && waited.len() == task.team().len());
        let node = sim.nodes().find(|node| node.id() == robot.node());
        let clock = sim.clock_of(robot.node());
        let holds = |fellow: &&TaskId| node.is_some_and(|node| node.permit(**fellow, clock).is_some());
        let both = task.team().iter().find(holds).copied();
        if let Some(known) = self.tasks.get_mut(&task.id()) {
            known.begun = true;
        }
        if !together {
            self.fail(
                now,
                "S5",
                format!("{robot:?} begins {:?} without its team", task.id()),
            );
        }
        if let Some(fellow) = both {
            self.fail(
                now,
                "S5",
                format!("{robot:?} has {:?} and {fellow:?} of one team", task.id()),
            );
        }
    }

    /// L5 for teams: as many idle robots, each able to do any of it, and a team that is open do not all last longer than a
    /// bound.
    fn no_team_waits_in_vain(&mut self, now: Time) {
        let (longest, calm) = (self.team, self.calm);
        let open = |known: &Known| known.open_since.is_some_and(|since| now.since(since) > longest);
        let idle = |body: &&Body| {
            let since = body.idle_since.map(|since| since.max(calm));
            let idle = since.is_some_and(|since| now.since(since) > longest);
            idle && !body.battery && !body.drained
        };
        let idle: Vec<&Body> = self.robots.values().filter(idle).collect();
        let mut found = None;
        for (id, known) in self
            .tasks
            .iter()
            .filter(|(_, known)| !known.task.team().is_empty() && open(known))
        {
            let fellows: Vec<&Known> = known
                .task
                .team()
                .iter()
                .filter_map(|id| self.tasks.get(id))
                .collect();
            let all = || fellows.iter().copied().chain([known]);
            let able =
                |body: &Body| all().all(|one| ability::missing(one.task.needs(), &body.abilities).is_none());
            let enough = idle.iter().filter(|body| able(body)).count() > known.task.team().len();
            if fellows.len() == known.task.team().len() && all().all(open) && enough {
                found = Some(format!("the team of {id:?} and as many idle robots wait"));
            }
        }
        if let Some(what) = found {
            self.fail(now, "L5", what);
        }
    }

    /// L5: an idle able robot and an open feasible task do not both last longer than a bound.
    fn nobody_waits_in_vain(&mut self, sim: &Sim) {
        let now = sim.now();
        let done: BTreeSet<TaskId> = self
            .tasks
            .iter()
            .filter(|(_, known)| known.is_done())
            .map(|(id, _)| *id)
            .collect();
        let open: BTreeSet<TaskId> = sim
            .records()
            .filter(|record| record.state.phase == Phase::Open && !record.order.stops())
            .filter(|record| record.task.after().iter().all(|before| done.contains(before)))
            .map(|record| record.task.id())
            .collect();
        let of_team = |known: &Known| !known.task.team().is_empty();
        if open.iter().any(|id| self.tasks.get(id).is_some_and(of_team)) {
            self.team_open = now;
        }
        let (team_open, shorter, longer) = (self.team_open, self.idle, self.team);
        let too_long = |since: Time| now.since(since.max(team_open)) > shorter || now.since(since) > longer;
        let mut found = None;
        for (id, known) in &mut self.tasks {
            known.open_since = open.contains(id).then(|| known.open_since.unwrap_or(now));
            let waits = known.open_since.is_some_and(too_long);
            if !waits || known.task.deadline().is_some() || of_team(known) {
                continue;
            }
            let able = |body: &Body| ability::missing(known.task.needs(), &body.abilities).is_none();
            let calm = self.calm;
            let idle = |body: &Body| {
                let since = body.idle_since.map(|since| since.max(calm));
                !body.battery && !body.drained && since.is_some_and(too_long) && able(body)
            };
            if let Some((robot, _)) = self.robots.iter().find(|(_, body)| idle(body)) {
                found = Some(format!("{robot:?} and {id:?} both wait"));
            }
        }
        if let Some(what) = found {
            self.fail(now, "L5", what);
        }
    }

    /// When all is over: L3, everything that was acknowledged has ended; S4, and all witnesses say how alike.
    pub fn finish(&mut self, sim: &Sim) {
        let now = sim.now();
        let open = |known: &&Known| known.ended.is_none();
        if let Some(known) = self.tasks.values().find(open) {
            let what = format!("{:?} never ended; accepted: {}", known.task.id(), known.accepted);
            self.fail(now, "L3", what);
        }
        let limit = self.ledger;
        for node in sim.nodes() {
            for record in node.records().filter(|record| record.state.settled) {
                let ended = self
                    .tasks
                    .get(&record.task.id())
                    .and_then(|known| known.ended.as_ref());
                if ended.is_some_and(|(phase, _)| *phase != record.state.phase) {
                    let what = format!("{:?} says {:?}, others {ended:?}", node.id(), record.state);
                    return self.fail(now, "S4", what);
                }
            }
            if node.records().count() > limit {
                return self.fail(now, "L7", "a ledger beyond its limit".into());
            }
        }
    }

    fn body(&mut self, now: Time, robot: RobotId, doing: Doing) {
        let Some(body) = self.robots.get_mut(&robot) else {
            return;
        };
        let at = match doing {
            Doing::Travelling(task) | Doing::Waiting(task) | Doing::Working(task) => Some(task),
            _ => None,
        };
        body.idle_since = (doing == Doing::Idle).then_some(now);
        let before = std::mem::replace(&mut body.at, at);
        if let Some(known) = before.and_then(|task| self.tasks.get_mut(&task)) {
            known.at_work.remove(&robot);
            if let Some(waits) = known.waited.get_mut(&robot) {
                *waits = now.min(*waits);
            }
        }
        let Some(known) = at.and_then(|task| self.tasks.get_mut(&task)) else {
            return;
        };
        known.at_work.insert(robot);
        if !known.task.team().is_empty() {
            match doing {
                Doing::Waiting(_) => drop(known.waited.insert(robot, Time::NEVER)),
                Doing::Working(_) if !known.begun => self.began = Some((robot, Arc::clone(&known.task))),
                _ => {}
            }
        }
        // S1: at most one robot acts on an exclusive task.
        if known.at_work.len() > 1 && known.task.assurance() == Assurance::Exclusive {
            let what = format!("{:?} are all at {:?}", known.at_work, known.task.id());
            self.fail(now, "S1", what);
        }
    }

    /// S2, as the site's equipment sees it: who begins later has the higher epoch. S4: nobody begins under an epoch that
    /// came after the end.
    fn started(&mut self, now: Time, robot: RobotId, task: TaskId, epoch: Epoch) {
        let Some(known) = self.tasks.get_mut(&task) else {
            return self.fail(
                now,
                "S4",
                format!("{robot:?} starts {task:?}, which was never submitted"),
            );
        };
        let exclusive = known.task.assurance() == Assurance::Exclusive;
        let before = known.started.replace((robot, epoch));
        known.starters.insert((robot, epoch));
        let ended = known.ended.clone();
        let rises = before.is_none_or(|(former, old)| old < epoch || (former, old) == (robot, epoch));
        if exclusive && !rises {
            self.fail(
                now,
                "S2",
                format!("{task:?} started by {before:?}, then {robot:?} under {epoch:?}"),
            );
        }
        if let Some((phase, end)) = ended.filter(|(_, end)| *end < epoch && exclusive) {
            self.fail(
                now,
                "S4",
                format!("{task:?} ended {phase:?} under {end:?}, then started under {epoch:?}"),
            );
        }
    }

    /// S4: nothing ends twice, or otherwise, or comes back.
    fn progressed(&mut self, now: Time, node: NodeId, task: TaskId, epoch: Epoch, phase: &Phase) {
        let Some(known) = self.tasks.get_mut(&task) else {
            return;
        };
        let ended = known.ended.clone();
        if phase.is_terminal() {
            known.ended.get_or_insert((phase.clone(), epoch));
            known.told.insert(node);
            if let Some((before, _)) = ended.filter(|(before, _)| before != phase) {
                self.fail(
                    now,
                    "S4",
                    format!("{task:?} ended as {before:?}, then {phase:?} at {node:?}"),
                );
            }
        } else if known.told.contains(&node) {
            self.fail(
                now,
                "S4",
                format!("{task:?} ended as {ended:?}, now {phase:?} at {node:?}"),
            );
        }
    }

    fn event(&mut self, now: Time, node: NodeId, event: &Event) {
        match event {
            Event::Task {
                task, epoch, phase, ..
            } => {
                self.again += u64::from(*phase == Phase::Open);
                self.progressed(now, node, *task, *epoch, phase);
            }
            Event::Unsold { .. } => self.again += 1,
            Event::Start {
                task,
                epoch,
                stops_done,
            } => {
                let owner = (node.robot(), *epoch);
                let known = self.tasks.get(&task.id());
                let goes_on = *stops_done > 0 || known.is_some_and(|known| known.starters.contains(&owner));
                self.set_out = (!goes_on).then(|| (node.robot(), Arc::clone(task)));
                self.started(now, node.robot(), task.id(), *epoch);
            }
            Event::Accepted(task) => {
                if let Some(known) = self.tasks.get_mut(task) {
                    known.accepted = true;
                }
            }
            _ => {}
        }
    }

    /// A node that begins anew may say again what it said before.
    fn reborn(&mut self, node: NodeId) {
        for known in self.tasks.values_mut() {
            known.told.remove(&node);
        }
    }
}

impl Known {
    fn is_done(&self) -> bool {
        self.ended
            .as_ref()
            .is_some_and(|(phase, _)| *phase == Phase::Done)
    }
}

impl Observer for Invariants {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Submitted(task) => {
                let known = Known {
                    task: Arc::clone(task),
                    accepted: false,
                    started: None,
                    starters: BTreeSet::new(),
                    ended: None,
                    told: BTreeSet::new(),
                    open_since: None,
                    at_work: BTreeSet::new(),
                    waited: BTreeMap::new(),
                    begun: false,
                };
                self.tasks.insert(task.id(), known);
            }
            Happening::Rejected { task, .. } => drop(self.tasks.remove(task)),
            Happening::Sent { .. } => self.frames += 1,
            Happening::Event { node, event } => self.event(now, *node, event),
            Happening::Body { robot, doing, .. } => self.body(now, *robot, *doing),
            Happening::Trouble {
                node,
                what: Trouble::Crash { .. },
                begins: false,
            } => self.reborn(*node),
            Happening::Ordered(Wish::Drain(robot, drain)) => {
                if let Some(body) = self.robots.get_mut(robot) {
                    body.drained = drain.is_some();
                }
            }
            _ => {}
        }
    }
}
