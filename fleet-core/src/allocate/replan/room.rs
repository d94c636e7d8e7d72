//! Bounds on how many tasks are planned for a robot.

use alloc::vec::Vec;

use super::{Replanner, Seat};
use crate::ids::RobotId;
use crate::standing::Urgency;
use crate::travel::Travel;

impl Replanner {
    /// So many tasks that have not begun are planned for the robot at most, but for one of a team; what finds no place waits.
    /// At first there is no bound. `false` if the robot is not there.
    pub fn set_room(&mut self, robot: RobotId, tasks: usize) -> bool {
        let seat = self.seats.iter_mut().find(|seat| seat.robot.id() == robot);
        seat.map(|seat| seat.room = tasks).is_some()
    }

    /// How many tasks wait for nothing but a robot, and the least urgency of one.
    pub(crate) fn offered(&self) -> (usize, Option<Urgency>) {
        let open = self.open();
        (
            open.len(),
            open.iter().map(|key| self.tasks[key].job.urgency()).min(),
        )
    }

    /// Offers anew what is too much for a robot, and what takes the room of something more urgent that waits.
    pub(super) fn make_room<T: Travel + ?Sized>(&mut self, travel: &mut T) {
        let mut waiting: Vec<Urgency> = self
            .open()
            .iter()
            .map(|key| self.tasks[key].job.urgency())
            .collect();
        waiting.sort_unstable();
        for seat in &mut self.seats {
            loop {
                let movable = seat.schedule.jobs().into_iter().rev();
                let movable = movable.filter(|job| !self.tasks[&job.key()].bound);
                let Some(last) = movable.min_by_key(|job| job.urgency()) else {
                    break;
                };
                let planned = seat.planned();
                let more_urgent = waiting.len() - waiting.partition_point(|other| *other <= last.urgency());
                // For each of those that wait, no more than one has to go.
                if planned <= seat.room && planned + more_urgent.min(seat.room) <= seat.room {
                    break;
                }
                if seat.schedule.remove(last.key(), travel).is_none() {
                    break;
                }
                self.waiting.insert(last.key());
                seat.changed = true;
            }
        }
    }
}

impl Seat {
    /// How many tasks that have not begun its schedule has.
    fn planned(&self) -> usize {
        self.schedule.jobs().len()
    }

    pub(super) fn has_room(&self) -> bool {
        self.room == usize::MAX || self.planned() < self.room
    }

    /// What the search may plan for it: as it is, where teams have made it more than its room.
    pub(super) fn most(&self) -> usize {
        self.room.max(if self.room == usize::MAX {
            0
        } else {
            self.planned()
        })
    }
}
