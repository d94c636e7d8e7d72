use alloc::collections::BTreeSet;

use crate::ids::{RobotId, TaskId};
use crate::time::Time;

/// What a coordinator looks at again later. A timer whose reason has gone does nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Timer {
    /// Announce what was gathered.
    Gather,
    /// Announce these lots again to those who have not answered.
    Repeat {
        /// The first of them.
        from: u32,
        /// The first that is none of them.
        until: u32,
    },
    /// Stop waiting for answers to a lot.
    Close(u32),
    /// Repeat an award.
    Retry(TaskId),
    /// Offer a task again.
    Reoffer(TaskId),
    /// See whether a robot is lost.
    Silent(RobotId),
    /// See whether an open task has missed its deadline.
    Deadline(TaskId),
    /// Award what had to wait for the leases of a former life.
    Begin,
    /// See whether a task is to be opened again: its owner has not been heard of, or that it is open was not decided.
    Reopen(TaskId),
    /// Tell the other witnesses what people want of robots.
    Drains,
    /// Tell robots what they should do.
    Advise,
    /// See whether all of a team are known by now.
    Team(TaskId),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Timers(BTreeSet<(Time, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Time, timer: Timer) {
        self.0.insert((at, timer));
    }

    /// Forgets all but those that `keep` names.
    pub(super) fn retain(&mut self, keep: impl Fn(&Timer) -> bool) {
        self.0.retain(|(_, timer)| keep(timer));
    }

    pub(super) fn next(&self) -> Option<Time> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The next timer that is due at `now`.
    pub(super) fn pop(&mut self, now: Time) -> Option<Timer> {
        let first = *self.0.first().filter(|(at, _)| *at <= now)?;
        self.0.remove(&first);
        Some(first.1)
    }
}
