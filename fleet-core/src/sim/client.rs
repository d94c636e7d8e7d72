//! The people who submit tasks and order things, at whatever witness is there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::happening::{Happening, Observer};
use super::mishap::Wish;
use super::world::{Entry, Sim};
use crate::ids::TaskId;
use crate::ledger::TaskRecord;
use crate::node::Node;
use crate::strategy::SubmitError;
use crate::task::Task;

/// How long they wait for an acknowledgement before they submit again, elsewhere.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often they submit after a predecessor that some witness does not know yet.
const TRIES: u32 = 20;

/// One task that is being submitted.
#[derive(Debug)]
struct Submission {
    task: Task,
    tries: u32,
    /// Whether any witness has taken it: then it may be accepted at any time.
    taken: bool,
}

/// Tasks that were submitted and not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Client {
    waiting: BTreeMap<TaskId, Submission>,
}

impl Client {
    pub(super) fn acknowledged(&mut self, task: TaskId) {
        self.waiting.remove(&task);
    }
}

impl Sim {
    pub(super) fn submit(&mut self, observer: &mut dyn Observer) {
        let Some((_, task)) = self.coming.pop_front() else {
            return;
        };
        let id = task.id();
        observer.observe(self.now, &Happening::Submitted(&Arc::new(task.clone())));
        self.live.insert(id);
        let (tries, taken) = (0, false);
        self.client.waiting.insert(id, Submission { task, tries, taken });
        self.submit_again(id, observer);
    }

    /// Submits a task at the next witness, unless it has been acknowledged meanwhile.
    pub(super) fn submit_again(&mut self, task: TaskId, observer: &mut dyn Observer) {
        let Some(submission) = self.client.waiting.get_mut(&task) else {
            return;
        };
        submission.tries += 1;
        let (content, tries, taken_before) = (submission.task.clone(), submission.tries, submission.taken);
        let witness = self.witnesses[(tries as usize - 1) % self.witnesses.len()];
        let awake = self.slots[witness].asleep.is_none();
        let taken = awake
            .then(|| {
                self.with(witness, observer, |node, now, travel| {
                    node.submit(now, content, travel)
                })
            })
            .flatten();
        let final_error = |error: &SubmitError| match error {
            SubmitError::NotReady => false,
            SubmitError::After(_) => self.witnesses.len() == 1 || tries > TRIES,
            _ => true,
        };
        match taken {
            Some(Err(error)) if final_error(&error) && !taken_before => {
                let error = error.to_string();
                observer.observe(self.now, &Happening::Rejected { task, error });
                self.client.waiting.remove(&task);
                self.ended(task);
            }
            taken if self.client.waiting.contains_key(&task) => {
                if let Some(submission) = self.client.waiting.get_mut(&task) {
                    submission.taken |= taken == Some(Ok(()));
                }
                self.agenda.enter(self.now + PATIENCE, Entry::SubmitAgain(task));
            }
            _ => {}
        }
    }

    /// A task was to go on, or a robot to be back in service. If that is not so, because an order to the contrary was
    /// given on the other side of a partition, or the witness that took the order is gone with all that it knew, people
    /// say it again.
    pub(super) fn look_again(&mut self, what: Wish, observer: &mut dyn Observer) {
        let (holds, matters) = match what {
            Wish::Pause(task, _) => {
                let rests = |record: &TaskRecord| record.task.id() == task && record.order.paused;
                (!self.records().any(rests), self.live.contains(&task))
            }
            Wish::Drain(robot, _) => {
                let drained = |node: &Node| node.drain_of(robot).is_some();
                (!self.nodes().any(drained), !self.is_over())
            }
            Wish::Cancel(_) | Wish::Reopen(_) | Wish::Strategy(_) => return,
        };
        if !holds {
            self.command(what, observer);
        } else if matters {
            self.agenda.enter(self.now + PATIENCE, Entry::LookAgain(what));
        }
    }

    /// Orders something at the first witness that takes it; tried again until one does.
    pub(super) fn command(&mut self, what: Wish, observer: &mut dyn Observer) {
        for k in 0..self.witnesses.len() {
            let witness = self.witnesses[k];
            if self.slots[witness].asleep.is_some() {
                continue;
            }
            let taken = self.with(witness, observer, |node, now, travel| match what {
                Wish::Cancel(task) => node.cancel(now, task, travel).is_ok(),
                Wish::Pause(task, rest) => node.pause(now, task, rest, travel).is_ok(),
                Wish::Reopen(task) => node.reopen(now, task, travel).is_ok_and(|reopened| reopened),
                Wish::Drain(robot, drain) => node.drain(now, robot, drain, travel).is_ok(),
                Wish::Strategy(strategy) => {
                    node.set_strategy(now, strategy, travel);
                    true
                }
            });
            if taken == Some(true) {
                observer.observe(self.now, &Happening::Ordered(what));
                if matches!(what, Wish::Pause(_, false) | Wish::Drain(_, None)) {
                    self.agenda.enter(self.now + PATIENCE, Entry::LookAgain(what));
                }
                return;
            }
        }
        let insists = matches!(what, Wish::Cancel(task) | Wish::Pause(task, false) if self.live.contains(&task))
            || matches!(what, Wish::Drain(_, None) | Wish::Strategy(_));
        if insists {
            self.agenda.enter(self.now + PATIENCE, Entry::Command(what));
        }
    }
}
