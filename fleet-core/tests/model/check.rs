//! What must always hold, looked at after everything that happens.

use super::state::State;
use super::world::World;

pub(crate) const TWO_ROBOTS: &str = "S1: two robots act on one task";
pub(crate) const COMES_BACK: &str = "S4: a task comes back after it has ended";

impl State {
    /// Takes note of who acts and what has ended, and of what that breaks.
    pub(crate) fn look(&mut self, world: &World) {
        for (place, task) in world.task_ids().into_iter().enumerate() {
            self.see_owner(place, task);
            self.see_end(place, task);
            self.see_vain(task);
        }
    }

    /// S1: at most one robot acts. S2: the epochs of owners strictly rise.
    fn see_owner(&mut self, place: usize, task: fleet_core::TaskId) {
        let acting: Vec<_> = self.acting(task).collect();
        if acting.len() > 1 {
            self.broken.get_or_insert(TWO_ROBOTS);
        }
        let past = &mut self.past[place];
        for owner in acting {
            if past.owner == Some(owner) {
                continue;
            }
            if past.owner.is_some_and(|(_, epoch)| epoch >= owner.1) {
                self.broken
                    .get_or_insert("S2: the epoch of a new owner is not above all before");
            }
            past.owner = past.owner.max(Some(owner));
            past.owners = (past.owners + 1).min(2);
        }
    }

    /// S4: a settled end is the only one, and no owner has an epoch above its own.
    fn see_end(&mut self, place: usize, task: fleet_core::TaskId) {
        let past = &mut self.past[place];
        for seat in &self.seats {
            let Some(state) = seat.end(task).filter(|state| state.settled) else {
                continue;
            };
            let end = (state.phase.clone(), state.robot);
            let (phase, robot, lowest) = past.end.get_or_insert((end.0.clone(), end.1, state.epoch));
            if (&*phase, *robot) != (&end.0, end.1) {
                self.broken.get_or_insert("S4: a task has two ends");
            }
            *lowest = (*lowest).min(state.epoch);
        }
        let above = |epoch| past.owner.is_some_and(|(_, owner)| owner > epoch);
        if past.end.as_ref().is_some_and(|(.., epoch)| above(*epoch)) {
            self.broken
                .get_or_insert("S4: an owner has an epoch above that of the end");
        }
    }

    /// S4: nobody begins what was awarded after it had ended, or after a majority had noted that it is done; no
    /// witness un-ends a task.
    fn see_vain(&mut self, task: fleet_core::TaskId) {
        if self.robots.iter().any(|robot| robot.acts_in_vain(task)) {
            self.broken
                .get_or_insert("S4: a robot acts on what had ended before");
        }
        if self.seats.iter().any(|seat| seat.is_undone(task)) {
            self.broken.get_or_insert(COMES_BACK);
        }
    }
}
