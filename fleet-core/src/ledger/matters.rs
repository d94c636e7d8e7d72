//! What a majority must get to know: that a task was submitted, and that it has ended.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Witness;
use super::store::Known;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::message::Between;
use crate::record::{Phase, TaskRecord};
use crate::time::Time;

/// Something that a majority must get to know: that a task was submitted, or has ended.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Matter {
    about: (Epoch, Phase),
    /// Who is known to have it, besides this witness.
    agree: BTreeSet<NodeId>,
    /// Who is known to know that a majority has it.
    firm: BTreeSet<NodeId>,
    pub(super) next: Time,
    tries: u32,
}

impl Witness {
    /// Sees to all that a majority must get to know.
    pub(super) fn stir_all(&mut self, now: Time) {
        let live = self.ledger.iter().filter(|(_, known)| known.ended.is_none());
        let live: Vec<TaskId> = live.map(|(task, _)| task).collect();
        live.into_iter().for_each(|task| self.stir(task, now, false));
    }

    /// If a majority must get to know how `task` stands, sees to it; at once if `mine`, otherwise after those who
    /// come before this witness had time to.
    pub(super) fn stir(&mut self, task: TaskId, now: Time, mine: bool) {
        if !self.is_ready() {
            return;
        }
        let Some(state) = self.ledger.get(task).map(|known| &known.record.state) else {
            return;
        };
        let open = !state.is_accepted() || (state.phase.is_terminal() && !state.settled);
        if !open {
            self.matters.remove(&task);
            return;
        }
        let about = (state.epoch, state.phase.clone());
        if self.matters.get(&task).is_none_or(|matter| matter.about != about) {
            let rank = if mine { 0 } else { self.rank(now) };
            let next = now + self.rules.retry * rank;
            let matter = Matter {
                about,
                agree: BTreeSet::new(),
                firm: BTreeSet::new(),
                next,
                tries: 0,
            };
            self.matters.insert(task, matter);
            self.conclude(task, now);
            self.repeat(task, now);
        }
    }

    /// Tells the others again what a majority must get to know, if it is time to.
    pub(super) fn repeat(&mut self, task: TaskId, now: Time) {
        let retry = self.rules.retry;
        let Some(matter) = self.matters.get_mut(&task).filter(|matter| matter.next <= now) else {
            return;
        };
        let tries = matter.tries;
        (matter.next, matter.tries) = (now + retry * (1 << tries.min(3)), tries + 1);
        let (agree, phase) = (matter.agree.clone(), matter.about.1.clone());
        let Some(known) = self.ledger.get(task) else {
            return;
        };
        let message = Between::Records {
            records: alloc::vec![known.record.clone()],
            scope: None,
            echo: true,
        };
        for peer in self.peers.ids().into_iter().filter(|peer| !agree.contains(peer)) {
            self.send(peer, message.clone());
        }
        // Some have promised not to take this end any more: it takes a new decision.
        if tries >= 3 && phase.is_terminal() {
            self.rule(task, phase, None, Epoch::ZERO, now);
        }
    }

    /// `from` has this record.
    pub(super) fn agrees(&mut self, from: NodeId, theirs: &TaskRecord, now: Time) {
        let task = theirs.task.id();
        let Some(matter) = self.matters.get_mut(&task) else {
            return;
        };
        let Some(mine) = self.ledger.get(task).map(|known| &known.record) else {
            return;
        };
        let firm = theirs.state.settled || (theirs.state.is_accepted() && !mine.state.is_accepted());
        let same = (theirs.state.epoch, &theirs.state.phase) == (mine.state.epoch, &mine.state.phase);
        if mine.task == theirs.task && (firm || same) {
            matter.agree.insert(from);
            if firm {
                matter.firm.insert(from);
            }
            self.conclude(task, now);
        }
    }

    /// If a majority has it, it is so.
    fn conclude(&mut self, task: TaskId, now: Time) {
        let Some(matter) = self.matters.get(&task) else {
            return;
        };
        let has = |node: NodeId| node == self.me || matter.agree.contains(&node);
        if !self.rules.panel.is_majority(has) {
            return;
        }
        let (firm, told) = (matter.firm.clone(), matter.tries > 0);
        self.matters.remove(&task);
        self.change(task, now, |record| {
            if record.state.phase.is_terminal() {
                record.state.settled = true;
            } else {
                record.state.phase = Phase::Open;
            }
            true
        });
        if told {
            self.tell_outcome(task, &firm);
        }
    }

    /// Tells those who do not know yet that a majority has it.
    fn tell_outcome(&mut self, task: TaskId, firm: &BTreeSet<NodeId>) {
        let Some(known) = self.ledger.get(task) else {
            return;
        };
        let state = known.record.state.clone();
        let message = if state.settled {
            Between::Ended(alloc::vec![(task, state)])
        } else {
            Between::Records {
                records: alloc::vec![known.record.clone()],
                scope: None,
                echo: false,
            }
        };
        for peer in self.peers.ids().into_iter().filter(|peer| !firm.contains(peer)) {
            self.send(peer, message.clone());
        }
    }

    /// Tells all others how a task stands; not without memory, for they take it for consent.
    pub(super) fn push(&mut self, task: TaskId, echo: bool) {
        if let Some(Known { record, .. }) = self.ledger.get(task).filter(|_| self.is_ready()) {
            let records = alloc::vec![record.clone()];
            self.send_all(&Between::Records {
                records,
                scope: None,
                echo,
            });
        }
    }
}
