//! The robot's side of ownership: asking for leases, and knowing until when it has them.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::LeaseTerms;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::message::Refusal;
use crate::panel::Panel;
use crate::planted::{self, Bug};
use crate::time::Time;

/// One task that is claimed, or owned.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Lease {
    epoch: Epoch,
    /// The first ask that names it.
    since: u32,
    /// What each witness last said: to which ask, and whether yes.
    answers: Vec<Option<(u32, bool)>>,
    /// Until when the robot may act; `None` before a majority has granted it.
    until: Option<Time>,
    /// Whether any witness has granted it.
    touched: bool,
    /// The highest epoch for which a witness has refused it.
    barrier: Option<Epoch>,
}

impl Lease {
    /// Its epoch.
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Until when the robot may act; `None` before a majority has granted it.
    pub const fn until(&self) -> Option<Time> {
        self.until
    }

    /// Whether any witness has granted it: enough for a task that may be done twice.
    pub const fn is_touched(&self) -> bool {
        self.touched
    }

    /// The highest epoch for which a witness has refused it: one below it cannot have that witness's grant.
    pub const fn barrier(&self) -> Option<Epoch> {
        self.barrier
    }

    /// Whether a witness has promised to grant only what is above its epoch, so that this one never will be.
    pub fn is_barred(&self) -> bool {
        self.barrier.is_some_and(|barrier| barrier > self.epoch)
    }

    /// The first ask that names it.
    pub const fn since(&self) -> u32 {
        self.since
    }
}

/// All that one robot claims, in one life.
///
/// A robot *asks* regularly, naming in one message all that it claims. A witness's answer counts from the moment
/// of the ask that it answers. The lease lasts from the latest moment by which a majority had been asked and said
/// yes: the witness holds its grant from when it got the ask, which is later, and for longer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Claimant {
    panel: Panel,
    length: Duration,
    /// This life's asks that a lease may still count from: number and time.
    asks: VecDeque<(u32, Time)>,
    leases: BTreeMap<TaskId, Lease>,
}

impl Claimant {
    /// Of nothing, among these witnesses.
    pub fn new(panel: Panel, terms: LeaseTerms) -> Self {
        Claimant {
            panel,
            length: terms.length(),
            asks: VecDeque::new(),
            leases: BTreeMap::new(),
        }
    }

    /// Claims `task` under `epoch` from the next ask on.
    pub fn claim(&mut self, task: TaskId, epoch: Epoch) {
        let lease = Lease {
            epoch,
            since: self.next_ask(),
            answers: alloc::vec![None; self.panel.all().len()],
            until: None,
            touched: false,
            barrier: None,
        };
        self.leases.insert(task, lease);
    }

    /// Claims it no more.
    pub fn drop(&mut self, task: TaskId) -> Option<Lease> {
        self.leases.remove(&task)
    }

    /// What is known of the claim to `task`.
    pub fn get(&self, task: TaskId) -> Option<&Lease> {
        self.leases.get(&task)
    }

    /// All that is claimed, by id.
    pub fn leases(&self) -> impl Iterator<Item = (TaskId, &Lease)> {
        self.leases.iter().map(|(task, lease)| (*task, lease))
    }

    /// The number of the next ask.
    pub fn next_ask(&self) -> u32 {
        self.asks.back().map_or(1, |(ask, _)| ask + 1)
    }

    /// Asks at `now`: the number that the answers will name.
    pub fn ask(&mut self, now: Time) -> u32 {
        let ask = self.next_ask();
        let length = self.length;
        self.asks.push_back((ask, now));
        self.asks
            .retain(|(number, asked)| *number == ask || *asked + length > now);
        ask
    }

    /// When `ask` was, if a lease may still count from it.
    pub fn asked_at(&self, ask: u32) -> Option<Time> {
        let asked = self.asks.iter().find(|(number, _)| *number == ask);
        asked.map(|(_, at)| *at)
    }

    /// `witness` answers `ask`: yes to all that it named, but for what is `refused`.
    ///
    /// Returns the claims that have come to nothing: ended, or refused by so many that no majority is left.
    pub fn answered(
        &mut self,
        witness: NodeId,
        ask: u32,
        refused: &[(TaskId, Epoch, Refusal)],
        now: Time,
    ) -> Vec<(TaskId, Refusal)> {
        let Some(seat) = self.panel.seat(witness).filter(|_| ask < self.next_ask()) else {
            return Vec::new(); // nobody who was asked, or nothing that was
        };
        let (panel, asks, length) = (&self.panel, &self.asks, self.length);
        let mut lost = Vec::new();
        for (task, lease) in &mut self.leases {
            if ask < lease.since || lease.answers[seat].is_some_and(|(last, _)| last >= ask) {
                continue;
            }
            let refusal = refused
                .iter()
                .find(|(of, epoch, _)| of == task && *epoch == lease.epoch)
                .map(|(_, _, refusal)| *refusal);
            if refusal == Some(Refusal::Later) {
                continue;
            }
            lease.answers[seat] = Some((ask, refusal.is_none()));
            lease.touched |= refusal.is_none();
            if let Some(Refusal::Stale(epoch) | Refusal::Taken(epoch)) = refusal {
                lease.barrier = lease.barrier.max(Some(epoch));
            }
            let hopeless = !panel.is_majority(|node| !lease.is_refused_by(panel.seat(node)));
            match refusal {
                Some(Refusal::Ended) => lost.push((*task, Refusal::Ended)),
                Some(refusal) if hopeless => lost.push((*task, refusal)),
                _ => lease.count(panel, asks, length, now),
            }
        }
        lost
    }

    /// Under which epoch the robot may act on `task` at `now`.
    pub fn permit(&self, task: TaskId, now: Time) -> Option<Epoch> {
        let lease = self.leases.get(&task)?;
        let fenced = planted::is(Bug::NoFencing) && lease.until.is_some();
        (fenced || lease.until.is_some_and(|until| now < until)).then_some(lease.epoch)
    }

    /// Whether a majority has answered `ask`, as far as the tasks that are claimed tell.
    pub fn is_answered(&self, ask: u32) -> bool {
        let panel = &self.panel;
        let answered = |lease: &Lease| {
            panel.is_majority(|node| {
                let answer = panel.seat(node).and_then(|seat| lease.answers[seat]);
                answer.is_some_and(|(last, _)| last >= ask)
            })
        };
        self.leases
            .values()
            .filter(|lease| lease.since <= ask)
            .all(answered)
    }

    /// The witnesses that it asks.
    pub const fn panel(&self) -> &Panel {
        &self.panel
    }

    /// The set of witnesses is another. What those who stay have said still counts.
    pub fn change_panel(&mut self, panel: Panel) {
        let before = core::mem::replace(&mut self.panel, panel);
        for lease in self.leases.values_mut() {
            let said = |node: &NodeId| before.seat(*node).and_then(|seat| lease.answers[seat]);
            lease.answers = self.panel.all().iter().map(said).collect();
        }
    }
}

impl Lease {
    fn is_refused_by(&self, seat: Option<usize>) -> bool {
        let answer = seat.and_then(|seat| self.answers[seat]);
        answer.is_some_and(|(_, yes)| !yes)
    }

    /// Counts the lease anew: from the latest ask that a majority has said yes to, or to a later one.
    fn count(&mut self, panel: &Panel, asks: &VecDeque<(u32, Time)>, length: Duration, now: Time) {
        let yes = |seat: usize| self.answers[seat].filter(|(_, yes)| *yes).map(|(ask, _)| ask);
        let ask = if planted::is(Bug::GrantWithoutMajority) {
            (0..self.answers.len()).filter_map(yes).max()
        } else {
            panel.majority_value(yes)
        };
        let Some((_, asked)) = asks.iter().find(|(number, _)| Some(*number) == ask) else {
            return;
        };
        let from = if planted::is(Bug::LeaseFromReceipt) {
            now
        } else {
            *asked
        };
        let until = Some(from + length);
        self.until = self.until.max(until);
    }
}
