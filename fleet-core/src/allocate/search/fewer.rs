//! Doing with fewer robots (the fleet minimisation of Christiaens & Vanden Berghe 2020).
//!
//! A robot is taken away, and its tasks are left out until they fit into the routes of the others. What is left out counts
//! for more each time, so that what is hard to place comes in for what is easy to place elsewhere.

use alloc::vec::Vec;

use super::route::TOLERANCE;
use super::state::State;
use super::{ROUNDS, Search};

/// For each task how often it was left out, and once more.
struct Absences(Vec<u64>);

impl Absences {
    fn sum(&self, tasks: impl IntoIterator<Item = u32>) -> u64 {
        tasks.into_iter().map(|task| self.0[task as usize]).sum()
    }

    fn of(&self, absent: &[u32]) -> u64 {
        self.sum(absent.iter().copied())
    }
}

impl Search<'_> {
    /// Looks for a plan with fewer robots than the best so far, until `spent`, as in [`run`](Self::run), reaches 1 or none
    /// can be spared. It leaves out no more tasks than that, and none for a higher prize, but may cost more. What is found
    /// is the best from now on, and no plan with more robots is looked for any more: tasks that more of them could do are to be
    /// in the best before.
    pub fn run_fewer(&mut self, mut spent: impl FnMut(u64) -> f64) {
        self.go_back();
        let heat = self.temperatures();
        let mut absences = Absences(alloc::vec![1; self.model.tasks.len()]);
        'spare: while self.spare(&absences) {
            let mut found = false;
            while !found {
                let part = spent(self.rounds);
                if part >= 1.0 {
                    break 'spare;
                }
                let temperature = heat.at(part);
                found = (0..ROUNDS).any(|_| self.round_without(&mut absences, temperature));
            }
            self.keep(self.current);
        }
        self.go_back();
        self.state.most = self.state.used();
    }

    /// Goes on from the best so far.
    fn go_back(&mut self) {
        if let Ok(state) = State::of(self.model, &self.best()) {
            self.state = state;
        }
        self.current = self.state.cost(self.model);
    }

    /// Takes away the robot whose tasks were left out least often; none if it is the last, or all have tasks that stay.
    fn spare(&mut self, absences: &Absences) -> bool {
        let (state, model) = (&mut self.state, self.model);
        let task = |stop: &u32| model.stops[*stop as usize].task;
        let stays = |stop: &u32| model.tasks[task(stop) as usize].fixed;
        let free = state.routes.iter().enumerate().filter(|(_, route)| {
            let stops = &route.stops;
            !stops.is_empty() && !stops.iter().any(stays)
        });
        let sum = |stops: &[u32]| absences.sum(stops.iter().map(task));
        let least = free.min_by_key(|(_, route)| sum(&route.stops));
        let Some((robot, stops)) = least.map(|(robot, route)| (robot, route.stops.len())) else {
            return false;
        };
        state.most = state.used() - 1;
        if state.most == 0 {
            return false;
        }
        state.mark(model);
        state.along = true;
        state.take(model, robot as u32, 0..stops, 0..0);
        self.current = self.state.cost(model);
        true
    }

    /// A round that may leave out more tasks than the best, but none that were left out more often than those that are left
    /// out now. Returns whether it leaves out no more than the best.
    fn round_without(&mut self, absences: &mut Absences, temperature: f64) -> bool {
        let before = absences.of(&self.state.absent);
        if !self.change() {
            return false;
        }
        let (absent, best) = (&self.state.absent, &self.best.absent);
        let sum = absences.of(absent);
        absent.iter().for_each(|task| absences.0[*task as usize] += 1);
        let worth = |absent: &[u32]| -> f64 {
            let prizes = absent.iter().map(|task| self.model.tasks[*task as usize].prize);
            prizes.sum()
        };
        let whole = absent.len() <= best.len() && worth(absent) <= worth(best) + TOLERANCE;
        let cost = self.state.cost(self.model);
        let mut as_cheap = || cost < self.current + temperature * self.random.exponential();
        if whole || sum < before || (sum == before && as_cheap()) {
            self.current = cost;
        } else {
            self.state.undo(self.model);
        }
        whole
    }
}
