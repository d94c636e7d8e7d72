//! Teams in a plan that is kept up: all of a team is some robot's, each task another one's, or all of it waits.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::{Replanner, unable};
use crate::allocate::assignment;
use crate::ids::{RobotId, TaskId};
use crate::travel::Travel;

impl Replanner {
    /// Whether the robot has a task of a team that is none of this plan and has not begun: then it is given none here.
    /// `false` if the robot is not there.
    pub fn set_waiting(&mut self, robot: RobotId, waits: bool) -> bool {
        self.seat(robot).map(|seat| seat.waits = waits).is_some()
    }

    /// The team of this task has begun: its tasks are like any others from now on.
    pub fn begun(&mut self, task: TaskId) {
        self.release(self.numbers.get(&task).copied());
    }

    pub(super) fn release(&mut self, number: Option<u32>) {
        let lead = number.and_then(|number| self.tasks.get(&number)?.task.lead());
        if lead.is_some() {
            let team = self.tasks.values_mut().filter(|entry| entry.task.lead() == lead);
            team.for_each(|entry| entry.bound = false);
        }
    }

    /// The tasks of teams that have not begun.
    fn teams(&self) -> BTreeMap<TaskId, Vec<u32>> {
        let mut teams = BTreeMap::<TaskId, Vec<u32>>::new();
        for (key, entry) in self.tasks.iter().filter(|(_, entry)| entry.bound) {
            if let Some(lead) = entry.task.lead() {
                teams.entry(lead).or_default().push(*key);
            }
        }
        teams
    }

    /// Of teams that not all are some robot's, all wait.
    pub(super) fn disband<T: Travel + ?Sized>(&mut self, travel: &mut T) {
        for keys in self.teams().into_values() {
            if !keys.iter().any(|key| self.waiting.contains(key)) {
                continue;
            }
            for key in keys {
                for seat in &mut self.seats {
                    if seat.schedule.remove(key, travel).is_some() {
                        self.waiting.insert(key);
                        seat.changed = true;
                    }
                }
            }
        }
    }

    /// Gives each team that waits, the most urgent first, to as many robots in the cheapest way, if there are so many.
    pub(super) fn muster<T: Travel + ?Sized>(&mut self, travel: &mut T) {
        self.disband(travel);
        let waits = |key: &u32| self.waiting.contains(key) && self.tasks[key].after.is_empty();
        let teams = self
            .teams()
            .into_iter()
            .filter(|(_, keys)| keys.iter().all(waits));
        let urgency = |key: &u32| self.tasks[key].job.urgency();
        let teams = teams.map(|(lead, keys)| (Reverse(keys.iter().map(urgency).max()), lead, keys));
        let mut teams: Vec<_> = teams.collect();
        teams.sort();
        for (_, _, keys) in teams {
            self.place_team(&keys, travel);
        }
    }

    fn place_team<T: Travel + ?Sized>(&mut self, keys: &[u32], travel: &mut T) {
        let bound = |key: u32| self.tasks[&key].bound;
        let free = |seat: &usize| {
            let seat = &self.seats[*seat];
            !seat.waits && !seat.schedule.keys().any(bound)
        };
        let seats: Vec<usize> = (0..self.seats.len()).filter(free).collect();
        let mut costs = Vec::with_capacity(keys.len() * seats.len());
        for key in keys {
            let entry = &self.tasks[key];
            for seat in seats.iter().map(|seat| &self.seats[*seat]) {
                let quote = seat.schedule.quote(&entry.job, travel).ok();
                let cost = quote.filter(|_| unable(seat, entry).is_none());
                costs.push(cost.map_or(f64::INFINITY, |quote| quote.terms.total()));
            }
        }
        let Ok(best) = assignment(keys.len(), seats.len(), &costs) else {
            return;
        };
        if best.columns.iter().any(Option::is_none) {
            return;
        }
        for (key, seat) in keys.iter().zip(best.columns.into_iter().flatten()) {
            let (seat, job) = (&mut self.seats[seats[seat]], &self.tasks[key].job);
            if let Ok(quote) = seat.schedule.quote(job, travel) {
                self.waiting.extend(&quote.displaced);
                seat.schedule.accept(job, quote);
                seat.changed = true;
                self.waiting.remove(key);
            }
        }
    }
}
