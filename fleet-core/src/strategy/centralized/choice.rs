//! Which tasks are announced next, where more are for sale than robots keep in mind.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::Coordinator;
use crate::context::Context;
use crate::ids::TaskId;
use crate::standing::Urgency;
use crate::time::Time;

/// One of so many is the one that has waited longest, however urgent others are.
const WAITED: usize = 4;

impl Coordinator {
    /// Takes those that are to be announced now from the tasks that were gathered: all, if there is room; if not, the most
    /// urgent, and for every three of them the one that has waited longest. Teams come as a whole.
    pub(super) fn choose_lots(&mut self, cx: &Context<'_>) -> BTreeSet<TaskId> {
        let room = self.room(cx);
        if self.market.gathered.len() <= room {
            return core::mem::take(&mut self.market.gathered).into_keys().collect();
        }
        if room == 0 {
            return BTreeSet::new();
        }
        let waited = self.market.gathered.iter().map(|(task, since)| (*since, *task));
        let mut waited: Vec<(Time, TaskId)> = waited.collect();
        waited.sort_unstable();
        let urgent = waited
            .iter()
            .filter_map(|(_, task)| Some((self.urgency(*task, cx)?, *task)));
        let mut urgent: Vec<(Urgency, TaskId)> = urgent.collect();
        urgent.sort_unstable_by_key(|(urgency, task)| (Reverse(*urgency), *task));
        let longest = room.div_ceil(WAITED);
        let most_urgent = urgent.iter().map(|(_, task)| *task).take(room - longest);
        let mut chosen: BTreeSet<TaskId> = most_urgent.collect();
        for (_, task) in &waited {
            if chosen.len() >= room {
                break;
            }
            chosen.insert(*task);
        }
        let fellows: Vec<TaskId> = chosen.iter().flat_map(|task| self.team_of(*task)).collect();
        chosen.extend(fellows);
        chosen.retain(|task| self.market.gathered.remove(task).is_some());
        chosen
    }

    /// How many more lots there is room for: as many as robots keep in mind. While a fleet gathers, no more than one task
    /// for each robot that is there is sold, or all would be those of the few that came first.
    fn room(&self, cx: &Context<'_>) -> usize {
        let room = cx.config.limits.lots.saturating_sub(self.market.open());
        if cx.now.time >= self.complete_from {
            return room;
        }
        let entries = self.tasks.values();
        let sold = entries.filter(|entry| entry.is_being_sold() || entry.owner.is_some());
        let there = self.members.responsive(cx.now.time, cx.config);
        room.min(there.saturating_sub(sold.count()))
    }

    fn urgency(&self, task: TaskId, cx: &Context<'_>) -> Option<Urgency> {
        let record = self.record(task)?;
        let standing = cx.scheme.standing(&record.task, record.submitted, cx.now.utc);
        Some(standing.urgency)
    }
}
