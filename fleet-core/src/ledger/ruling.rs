//! Decisions of a coordinator on a task: that it is open again, or that it ends.
//!
//! Two phases, as in Paxos: a majority promises to listen to nothing below a new epoch and says whether it has
//! taken an end already; if so that end is decided again, otherwise what was wished. A decision that a task is open
//! waits for the leases of its owner; the decision that it ends need not, for nobody acts on it afterwards who
//! did not before.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Witness;
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::message::{Between, Refusal};
use crate::record::{Phase, TaskState};
use crate::time::{Time, pause};

/// A decision that is being made.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Ruling {
    epoch: Epoch,
    wish: Phase,
    /// Who did it, if somebody did.
    robot: Option<RobotId>,
    yes: BTreeSet<NodeId>,
    /// Whether one of them has promised more to another.
    outbid: bool,
    /// The end under the highest epoch that one of them had taken.
    taken: Option<TaskState>,
    /// Not below this, next time.
    floor: Epoch,
    pub(super) next: Time,
    tries: u32,
}

/// What another asked for too early, by little.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Owed {
    to: NodeId,
    epoch: Epoch,
    /// When the lease has run out that it has to wait for.
    pub(super) at: Time,
}

/// After so many attempts in vain a task is not opened again: those who made it impossible know why.
const TRIES: u32 = 6;

impl Witness {
    /// Decides that `task` is open again, or that it ends, under an epoch above `floor`; `false` if that cannot
    /// even be tried now. With a single witness it is done at once.
    pub fn rule(
        &mut self,
        task: TaskId,
        wish: Phase,
        robot: Option<RobotId>,
        floor: Epoch,
        now: Time,
    ) -> bool {
        self.begin(now);
        let Some(known) = self.ledger.get(task).filter(|known| !known.record.state.settled) else {
            return false;
        };
        let floor = floor.max(known.promise.epoch).max(known.record.state.epoch);
        let outranked = |ruling: &Ruling| !ruling.wish.is_terminal() && wish.is_terminal();
        if self.rulings.get(&task).is_some_and(|ruling| !outranked(ruling)) {
            return true;
        }
        let ruling = Ruling {
            epoch: floor,
            wish,
            robot,
            yes: BTreeSet::new(),
            outbid: false,
            taken: None,
            floor,
            next: now,
            tries: 0,
        };
        self.rulings.insert(task, ruling);
        self.prepare(task, now);
        self.rulings.contains_key(&task) || self.ledger.state(task).is_some_and(|state| state.epoch > floor)
    }

    /// Whether a decision on `task` is being made.
    pub fn is_ruling(&self, task: TaskId) -> bool {
        self.rulings.contains_key(&task)
    }

    /// When the lease on `task` that was granted here has run out, if that is still to come.
    pub fn taken_until(&self, task: TaskId, now: Time) -> Option<Time> {
        let promise = self.ledger.get(task).map(|known| known.promise);
        promise
            .filter(|promise| promise.is_taken(None, now))
            .map(|promise| promise.until)
    }

    /// Who was granted `task` here, and may act on it at `now`, under which epoch.
    pub fn holder(&self, task: TaskId, now: Time) -> Option<(NodeId, Epoch)> {
        let promise = self.ledger.get(task).map(|known| known.promise)?;
        promise.owner.filter(|_| promise.is_taken(None, now))
    }

    /// Others have gone on: that the task is open need not be decided any more.
    pub(super) fn outdated(&mut self, task: TaskId) {
        if self
            .rulings
            .get(&task)
            .is_some_and(|ruling| !ruling.wish.is_terminal())
        {
            self.rulings.remove(&task);
        }
    }

    /// Asks all for a promise of a new epoch, itself first.
    fn prepare(&mut self, task: TaskId, now: Time) {
        let (me, boot) = (self.me, self.boot);
        let pause = self.pause(task);
        let known = self.ledger.get(task);
        let known = known.map_or(Epoch::ZERO, |known| {
            known.promise.epoch.max(known.record.state.epoch)
        });
        let Some(ruling) = self.rulings.get_mut(&task) else {
            return;
        };
        let end = ruling.wish.is_terminal();
        let epoch = ruling.floor.max(known).next(boot, me);
        (ruling.epoch, ruling.floor, ruling.next) = (epoch, epoch, now + pause);
        (ruling.yes, ruling.outbid, ruling.taken) = (BTreeSet::new(), false, None);
        match self.vote(me, task, epoch, end, now) {
            Ok(_) => {
                self.send_all(&Between::Prepare { task, epoch, end });
                self.vote_counted(me, task, epoch, now);
            }
            // Whoever does not say yes itself does not ask others to.
            Err(_) if !end => drop(self.rulings.remove(&task)),
            Err(_) => {}
        }
    }

    /// Longer each time, and not the same for two who decide on the same task.
    fn pause(&self, task: TaskId) -> core::time::Duration {
        let (retry, tries) = (
            self.rules.retry,
            self.rulings.get(&task).map_or(0, |ruling| ruling.tries),
        );
        let seed = task.uuid().as_u128() ^ self.me.uuid().as_u128();
        pause(retry, tries, seed as u64 ^ (seed >> 64) as u64)
    }

    /// What this witness says to a decision of `from`, which may be itself: the end that it has taken, if any.
    fn vote(
        &mut self,
        from: NodeId,
        task: TaskId,
        epoch: Epoch,
        end: bool,
        now: Time,
    ) -> Result<Option<TaskState>, Refusal> {
        if !self.is_ready() || !(end || self.grants(now)) {
            return Err(Refusal::Later);
        }
        let Some(known) = self.ledger.get(task) else {
            let ended = self.ledger.state(task).is_some();
            return Err(if ended { Refusal::Ended } else { Refusal::Unknown });
        };
        let (state, promise) = (known.record.state.clone(), known.promise);
        if state.settled {
            return Err(Refusal::Ended);
        }
        let again = (promise.epoch, promise.to) == (epoch, from);
        if !again && epoch <= promise.epoch.max(state.epoch) {
            return Err(Refusal::Stale(promise.epoch.max(state.epoch)));
        }
        if !end && promise.is_taken(None, now) {
            return Err(Refusal::Taken(promise.epoch));
        }
        // A displaced owner may act until its lease runs out: others wait for that, whoever is promised what.
        self.promise(task, epoch, from, None);
        Ok(Some(state).filter(|state| state.phase.is_terminal()))
    }

    pub(super) fn on_prepare(&mut self, from: NodeId, task: TaskId, epoch: Epoch, end: bool, now: Time) {
        let promise = self.vote(from, task, epoch, end, now);
        // A lease that ends here a little later than there is worth waiting for: asking again would take longer.
        if matches!(promise, Err(Refusal::Taken(_)))
            && let Some(at) = self.taken_until(task, now)
            && at <= now + self.rules.retry
        {
            let to = from;
            self.owed.insert(task, Owed { to, epoch, at });
            return;
        }
        if promise == Err(Refusal::Ended)
            && let Some(state) = self.ledger.state(task).cloned()
        {
            self.send(from, Between::Ended(alloc::vec![(task, state)]));
        }
        self.send(from, Between::Prepared { task, epoch, promise });
    }

    pub(super) fn on_prepared(
        &mut self,
        from: NodeId,
        task: TaskId,
        epoch: Epoch,
        promise: Result<Option<TaskState>, Refusal>,
        now: Time,
    ) {
        let Some(ruling) = self.rulings.get_mut(&task).filter(|ruling| ruling.epoch == epoch) else {
            return;
        };
        match promise {
            Ok(taken) => {
                ruling.taken = ruling.taken.take().max(taken);
                self.vote_counted(from, task, epoch, now);
            }
            Err(Refusal::Stale(known)) => {
                (ruling.floor, ruling.outbid) = (ruling.floor.max(known), true);
            }
            Err(Refusal::Unknown) => {
                if let Some(known) = self.ledger.get(task) {
                    let records = alloc::vec![known.record.clone()];
                    self.send(
                        from,
                        Between::Records {
                            records,
                            scope: None,
                            echo: false,
                        },
                    );
                }
            }
            Err(Refusal::Taken(_) | Refusal::Later | Refusal::Ended) => {} // it is asked again
        }
    }

    fn vote_counted(&mut self, from: NodeId, task: TaskId, epoch: Epoch, now: Time) {
        let Some(ruling) = self.rulings.get_mut(&task) else {
            return;
        };
        ruling.yes.insert(from);
        if !self.rules.panel.is_majority(|node| ruling.yes.contains(&node)) {
            return;
        }
        let Some(known) = self.ledger.get(task) else {
            return;
        };
        // Meanwhile this witness may have promised more to another, or learnt of it.
        if known.promise.epoch > epoch || known.record.state.epoch > epoch {
            ruling.outbid = true;
            return;
        }
        let Some(ruling) = self.rulings.remove(&task) else {
            return;
        };
        let own = Some(&known.record.state).filter(|state| state.phase.is_terminal());
        let taken = ruling.taken.or(own.cloned()).max(own.cloned());
        let (phase, robot) = match taken {
            Some(taken) => (taken.phase, taken.robot),
            None if ruling.wish.is_terminal() => (ruling.wish, ruling.robot.or(known.record.state.robot)),
            None => (ruling.wish, None),
        };
        let state = TaskState {
            settled: false,
            epoch,
            phase,
            failures: known.record.state.failures,
            robot,
        };
        let open = !state.phase.is_terminal();
        self.change(task, now, |record| record.state.join(&state));
        if open {
            self.push(task, false);
        } else {
            self.hurry(task, now);
        }
    }

    /// Says at once what a majority must get to know.
    fn hurry(&mut self, task: TaskId, now: Time) {
        if let Some(matter) = self.matters.get_mut(&task) {
            matter.next = now;
            self.repeat(task, now);
        }
    }

    pub(super) fn tick_rulings(&mut self, now: Time) {
        let due = self.owed.iter().filter(|(_, owed)| owed.at <= now);
        let due: Vec<(TaskId, Owed)> = due.map(|(task, owed)| (*task, *owed)).collect();
        for (task, Owed { to, epoch, .. }) in due {
            self.owed.remove(&task);
            self.on_prepare(to, task, epoch, false, now);
        }
        let due = self.rulings.iter().filter(|(_, ruling)| ruling.next <= now);
        let due: Vec<TaskId> = due.map(|(task, _)| *task).collect();
        due.into_iter().for_each(|task| self.retry_ruling(task, now));
    }

    fn retry_ruling(&mut self, task: TaskId, now: Time) {
        let settled = self.ledger.state(task).is_none_or(|state| state.settled);
        let pause = self.pause(task);
        let Some(ruling) = self.rulings.get_mut(&task) else {
            return;
        };
        ruling.tries += 1;
        let end = ruling.wish.is_terminal();
        if settled || (!end && ruling.tries > TRIES) {
            self.rulings.remove(&task);
        } else if ruling.outbid || ruling.yes.is_empty() {
            self.prepare(task, now);
        } else {
            let (epoch, yes) = (ruling.epoch, ruling.yes.clone());
            ruling.next = now + pause;
            for peer in self.peers.ids().into_iter().filter(|peer| !yes.contains(peer)) {
                self.send(peer, Between::Prepare { task, epoch, end });
            }
        }
    }
}
