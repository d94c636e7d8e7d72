//! Telling those who choose for themselves which tasks there are, and how they stand.

use alloc::vec::Vec;

use super::Coordinator;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::ledger::{Phase, TaskState};
use crate::message::Posting;

impl Coordinator {
    /// What has changed of tasks since it was last asked.
    pub(crate) fn take_postings(&mut self) -> Vec<Posting> {
        let tasks = core::mem::take(&mut self.to_post);
        tasks.into_iter().filter_map(|task| self.posting(task)).collect()
    }

    /// How `task` stands has changed: that is to be told, if anybody is.
    pub(super) fn note_to_post(&mut self, task: TaskId) {
        if self.posts {
            self.to_post.insert(task);
        }
    }

    /// From now on robots that choose for themselves are told of tasks, of all of them first, or are not. Whether they are
    /// and were not before.
    pub(crate) fn begin_to_post(&mut self, posts: bool) -> bool {
        let begins = posts && !self.posts;
        self.posts = posts;
        match (begins, posts) {
            (true, _) => self.to_post.extend(self.tasks.keys()),
            (_, false) => self.to_post.clear(),
            _ => {}
        }
        begins
    }

    /// Others speak of these as if they had not ended: those that have are to be told of.
    pub(crate) fn post_ended(&mut self, tasks: impl IntoIterator<Item = TaskId>) {
        for task in tasks {
            let record = self.record(task);
            if record.is_some_and(|record| record.state.phase.is_terminal()) {
                self.note_to_post(task);
            }
        }
    }

    fn posting(&self, task: TaskId) -> Option<Posting> {
        let record = self.record(task).filter(|record| record.state.is_accepted())?;
        let entry = self.tasks.get(&task);
        let team = record.task.team();
        let begun = !team.is_empty() && self.team_has_begun(task, team);
        // How far its robot has come is of no interest there.
        let phase = match &record.state.phase {
            Phase::Running(_) => Phase::Held,
            phase => phase.clone(),
        };
        Some(Posting {
            task,
            content: Some((record.task.clone(), record.submitted)),
            state: TaskState {
                phase,
                ..record.state.clone()
            },
            order: record.order,
            ready: entry.is_some_and(|entry| entry.waiting_for == 0) && (begun || self.is_complete(task)),
            lapsed: match entry {
                Some(entry) if entry.lapsed => record.state.epoch,
                _ => Epoch::ZERO,
            },
            begun,
        })
    }
}
