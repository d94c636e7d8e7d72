//! A witness: its machine, its disk, and around them what its node makes of what robots say.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ledger::{Effect, Entry, Phase, Rules, Said, TaskState, Witness};
use fleet_core::message::{Claim, News, Refusal};
use fleet_core::{Epoch, NodeId, TaskId, Time};

use super::disk::Disk;
use super::net::Word;

/// How a witness comes back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Restart {
    /// With its journal.
    Kept,
    /// With a journal that was begun anew the moment before.
    Compacted,
    /// Without memory.
    Lost,
}

/// A robot, as this witness's node knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Member {
    boot: u32,
    ask: u32,
    holds: BTreeSet<TaskId>,
}

/// What the node minds of a task besides its record.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Minded {
    owner: Option<(NodeId, Epoch)>,
    /// The first heartbeat of its owner that must name it.
    since: u32,
    /// The highest epoch that it was awarded under from here.
    floor: Epoch,
}

/// One witness.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Seat {
    /// On its own clock, in microseconds.
    pub(crate) now: u64,
    pub(crate) witness: Witness,
    rules: Rules,
    members: BTreeMap<NodeId, Member>,
    minded: BTreeMap<TaskId, Minded>,
    disk: Disk,
    /// Written, and not durable yet. Always empty between steps, unless what a witness says may leave before.
    unsynced: Vec<Entry>,
    hasty: bool,
    /// Whether it coordinates.
    leads: bool,
    /// It has come back without memory.
    pub(crate) lost: bool,
    /// What it has known to have ended for good.
    over: BTreeSet<TaskId>,
    /// What it says. Always empty between steps.
    out: Vec<(NodeId, Word)>,
}

impl Seat {
    pub(crate) fn new(id: NodeId, rules: Rules, now: u64, (hasty, leads): (bool, bool)) -> Self {
        Seat {
            now,
            witness: Witness::new(id, 1, rules.clone()),
            rules,
            members: BTreeMap::new(),
            minded: BTreeMap::new(),
            disk: Disk::default(),
            unsynced: Vec::new(),
            hasty,
            leads,
            lost: false,
            over: BTreeSet::new(),
            out: Vec::new(),
        }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.witness.id()
    }

    pub(crate) fn time(&self) -> Time {
        Time::from_micros(self.now)
    }

    /// It crashes and begins a new life; `false` if its journal kept less than it should.
    pub(crate) fn restart(&mut self, how: Restart) -> bool {
        let (id, boot) = (self.id(), self.witness.boot() + 1);
        let before = self.promised();
        let over = match how {
            Restart::Lost => BTreeSet::new(),
            _ => std::mem::take(&mut self.over),
        };
        let kept = match how {
            Restart::Kept => std::mem::take(&mut self.disk),
            Restart::Compacted => self.witness.memory().collect(),
            Restart::Lost => Disk::default(),
        };
        let witness = match how {
            Restart::Lost => Witness::new(id, boot, self.rules.clone()),
            _ => Witness::recovered(id, boot, self.rules.clone(), kept.entries()),
        };
        *self = Seat {
            witness,
            disk: kept,
            lost: how == Restart::Lost,
            over,
            ..Seat::new(id, self.rules.clone(), self.now, (self.hasty, self.leads))
        };
        let tasks: Vec<TaskId> = self.witness.ledger().iter().map(|(task, _)| task).collect();
        tasks.into_iter().for_each(|task| self.know(task));
        how == Restart::Lost || self.hasty || self.promised() == before
    }

    /// What it must not forget: the epochs that it promised, and the ends that it has taken.
    fn promised(&self) -> Vec<(TaskId, Epoch, Option<TaskState>)> {
        let known = self.witness.ledger().iter();
        known
            .map(|(task, known)| (task, known.promise.epoch, self.end(task).cloned()))
            .collect()
    }

    fn know(&mut self, task: TaskId) {
        let state = self.witness.ledger().state(task);
        let owner = state.and_then(owner);
        let minded = self.minded.entry(task).or_default();
        minded.owner = owner;
    }

    /// Ends a step: what it says, when all that was to be durable first is so.
    pub(crate) fn said(&mut self) -> Vec<(NodeId, Word)> {
        self.perform();
        std::mem::take(&mut self.out)
    }

    /// Says something, after what it has to do first.
    pub(crate) fn say(&mut self, to: NodeId, word: Word) {
        self.perform();
        self.out.push((to, word));
    }

    fn perform(&mut self) {
        while let Some(effect) = self.witness.poll() {
            match effect {
                Effect::Store(entry) if self.hasty => self.unsynced.push(entry),
                Effect::Store(entry) => self.disk.append(entry),
                Effect::Send(to, message) => self.out.push((to, Word::Between(message))),
                Effect::Changed { task, after, .. } => self.changed(task, &after),
                _ => {}
            }
        }
    }

    /// What was written is durable.
    pub(crate) fn sync(&mut self) {
        let unsynced = std::mem::take(&mut self.unsynced);
        unsynced.into_iter().for_each(|entry| self.disk.append(entry));
    }

    fn changed(&mut self, task: TaskId, after: &TaskState) {
        if after.settled {
            self.over.insert(task);
        }
        let minded = self.minded.entry(task).or_default();
        let former = std::mem::replace(&mut minded.owner, owner(after));
        if let Some(member) = former.and_then(|(robot, _)| self.members.get_mut(&robot)) {
            member.holds.remove(&task);
        }
        if let Some((robot, _)) = owner(after)
            && let Some(member) = self.members.get_mut(&robot)
        {
            member.holds.insert(task);
        }
    }

    /// The epoch under which its coordinator awards `task`; none if it is not for sale. If `careless`, as one that
    /// minds neither its lives nor what it awarded before.
    pub(crate) fn award(&mut self, task: TaskId, careless: bool) -> Option<Epoch> {
        if !self.witness.is_ready() {
            return None;
        }
        let known = self.witness.ledger().get(task)?;
        let state = &known.record.state;
        let above = known.promise.epoch.max(state.epoch);
        if state.phase.is_terminal() || !state.is_accepted() {
            return None;
        }
        if careless {
            return Some(above.next(1, NodeId::from_u128(1)));
        }
        let (boot, id) = (self.witness.boot(), self.id());
        let minded = self.minded.entry(task).or_default();
        minded.floor = above.max(minded.floor).next(boot, id);
        Some(minded.floor)
    }

    /// Decides how `task` goes on, as a coordinator.
    pub(crate) fn rule(&mut self, task: TaskId, wish: Phase, robot: Option<NodeId>) {
        let floor = self.minded.get(&task).map_or(Epoch::ZERO, |minded| minded.floor);
        let robot = robot.map(NodeId::robot);
        self.witness.rule(task, wish, robot, floor, self.time());
    }

    /// A robot's introduction, and one of its heartbeats: the answer.
    pub(crate) fn asked(
        &mut self,
        from: NodeId,
        (boot, ask): (u32, u32),
        claims: &[Claim],
        news: &[(TaskId, Epoch, News)],
    ) {
        self.hello(from, boot);
        let Some(member) = self.members.get_mut(&from) else {
            return;
        };
        if boot != member.boot || ask <= member.ask {
            return;
        }
        member.ask = ask;
        let (mut refused, mut noted) = (Vec::new(), Vec::new());
        for (task, epoch, news) in news {
            match self.report(from, *task, *epoch, news) {
                Said::Kept => noted.push((*task, *epoch)),
                Said::Unknown => refused.push((*task, *epoch, Refusal::Unknown)),
                Said::Late | Said::Unheard => {}
            }
        }
        for claim in claims {
            if let Err(refusal) = self.claimed(from, claim, ask) {
                refused.push((claim.task, claim.epoch, refusal));
            }
        }
        self.perform();
        self.miss_unnamed(from, ask, claims);
        let answer = Word::Heard {
            boot,
            ask,
            refused,
            noted,
        };
        self.say(from, answer);
    }

    /// A robot introduces itself, perhaps for the first time in a new life.
    fn hello(&mut self, from: NodeId, boot: u32) {
        let minded = self.minded.iter();
        let owned = minded.filter(|(_, minded)| minded.owner.is_some_and(|(robot, _)| robot == from));
        let recalled = owned.map(|(task, _)| *task).collect();
        let stranger = Member {
            boot,
            ask: 0,
            holds: recalled,
        };
        let member = self.members.entry(from).or_insert(stranger);
        if boot > member.boot {
            (member.boot, member.ask) = (boot, 0);
            self.witness.reborn(from);
        }
    }

    fn claimed(&mut self, from: NodeId, claim: &Claim, ask: u32) -> Result<(), Refusal> {
        let (task, epoch, now) = (claim.task, claim.epoch, self.time());
        let granted = self.witness.claim(from, task, epoch, now);
        if claim.leased || (granted.is_ok() && self.rules.panel.all().len() == 1) {
            self.witness.holds(from.robot(), task, epoch, None, now);
        }
        if granted.is_ok() {
            self.note_claim(from, task, epoch, ask);
        }
        granted
    }

    fn note_claim(&mut self, robot: NodeId, task: TaskId, epoch: Epoch, ask: u32) {
        let minded = self.minded.entry(task).or_default();
        let earlier = minded.owner.is_none_or(|(_, owned)| owned < epoch);
        if minded.owner != Some((robot, epoch)) && earlier {
            minded.since = minded.since.max(ask);
        }
        if let Some(member) = self.members.get_mut(&robot) {
            member.holds.insert(task);
        }
    }

    /// What a robot should have named in this heartbeat and did not, it has lost without a word.
    fn miss_unnamed(&mut self, from: NodeId, ask: u32, claims: &[Claim]) {
        let Some(member) = self.members.get(&from) else {
            return;
        };
        let named = |task: &TaskId| claims.iter().any(|claim| claim.task == *task);
        let due = |task: &TaskId| self.minded.get(task).is_some_and(|minded| minded.since <= ask);
        let lost: Vec<TaskId> = member
            .holds
            .iter()
            .copied()
            .filter(|task| !named(task) && due(task))
            .collect();
        for task in lost {
            self.witness.abandon(from, task);
            let owns = self.minded.get(&task).and_then(|minded| minded.owner);
            if owns.is_none_or(|(owner, _)| owner != from)
                && let Some(member) = self.members.get_mut(&from)
            {
                member.holds.remove(&task);
            }
        }
    }

    /// Final news of a robot. Done is done, even by an earlier owner.
    pub(crate) fn report(&mut self, from: NodeId, task: TaskId, epoch: Epoch, news: &News) -> Said {
        let said = self.witness.report(from.robot(), task, epoch, news, self.time());
        if said == Said::Late && self.leads {
            self.rule(task, Phase::Done, Some(from));
        }
        said
    }

    /// Whether a heartbeat would be too late by now.
    pub(crate) fn is_past(&self, from: NodeId, boot: u32, ask: u32) -> bool {
        let member = self.members.get(&from);
        member.is_some_and(|member| (boot, ask) <= (member.boot, member.ask))
    }

    /// Whether it has known that `task` has ended, and does not think so any more.
    pub(crate) fn is_undone(&self, task: TaskId) -> bool {
        let open = self
            .witness
            .ledger()
            .state(task)
            .is_some_and(|state| !state.settled);
        open && self.over.contains(&task)
    }

    /// Whether it knows that `task` has ended for good.
    pub(crate) fn has_ended(&self, task: TaskId) -> bool {
        self.end(task).is_some_and(|state| state.settled)
    }

    /// What it durably holds of how `task` ended, or is thought to have.
    pub(crate) fn end(&self, task: TaskId) -> Option<&TaskState> {
        let state = self.witness.ledger().state(task);
        state.filter(|state| state.phase.is_terminal())
    }
}

fn owner(state: &TaskState) -> Option<(NodeId, Epoch)> {
    let robot = state.robot.filter(|_| state.phase.is_owned())?;
    Some((robot.node(), state.epoch))
}
