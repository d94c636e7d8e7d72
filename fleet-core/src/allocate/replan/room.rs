//! Bounds on how many tasks are planned for a robot.

use alloc::vec::Vec;

use super::Replanner;
use crate::ids::RobotId;
use crate::standing::Urgency;
use crate::travel::Travel;

impl Replanner {
    /// So many tasks that have not begun are planned for the robot at most, but for one of a team; what finds no place waits.
    /// At first there is no bound. `false` if the robot is not there.
    pub fn set_room(&mut self, robot: RobotId, tasks: usize) -> bool {
        self.seat(robot).map(|seat| seat.room = tasks).is_some()
    }

    /// How urgent the tasks are that wait for nothing but a robot, the least urgent first.
    pub(crate) fn offered(&self) -> Vec<Urgency> {
        let urgency = |key: u32| self.tasks[&key].job.urgency();
        let mut offered: Vec<Urgency> = self.open().into_iter().map(urgency).collect();
        offered.sort_unstable();
        offered
    }

    /// Offers anew what is too much for a robot, and what takes the room of something more urgent that waits.
    pub(super) fn make_room<T: Travel + ?Sized>(&mut self, travel: &mut T) {
        let offered = self.offered();
        for seat in &mut self.seats {
            // For each of those that wait, no more than one has to go.
            let is_full = |planned: usize, others: usize| planned + others.min(seat.room) > seat.room;
            while is_full(seat.schedule.not_begun(), offered.len()) {
                let movable = seat.schedule.jobs().into_iter().rev();
                let movable = movable.filter(|job| !self.tasks[&job.key()].bound);
                let Some(last) = movable.min_by_key(|job| job.urgency()) else {
                    break;
                };
                let more_urgent = offered.len() - offered.partition_point(|other| *other <= last.urgency());
                if !is_full(seat.schedule.not_begun(), more_urgent)
                    || seat.schedule.remove(last.key(), travel).is_none()
                {
                    break;
                }
                self.waiting.insert(last.key());
                seat.changed = true;
            }
        }
    }
}
