//! Routes to which tasks are added one by one, none taken out again.

use alloc::vec::Vec;

use crate::allocate::search::Solution;
use crate::allocate::search::gaps::Gap;
use crate::allocate::search::model::{Model, NONE};
use crate::allocate::search::recreate::{Blink, Orders, offer, price};
use crate::allocate::search::state::State;
use crate::allocate::search::team::place_team;
use crate::invalid::Invalid;

/// A solution that grows.
pub(super) struct Work<'a> {
    pub(super) model: &'a Model,
    pub(super) state: State,
}

impl<'a> Work<'a> {
    pub(super) fn new(model: &'a Model, plan: Option<&Solution>) -> Result<Self, Invalid> {
        let mut state = match plan {
            Some(plan) => State::of(model, plan)?,
            None => State::new(model),
        };
        state.mark(model);
        let mut work = Work { model, state };
        for task in &model.links.tasks {
            if work.is_open(*task) {
                work.state.wait_for_others(model, *task, f64::NEG_INFINITY);
            }
        }
        Ok(work)
    }

    /// Whether a task is absent, begins alone, and waits for nothing that is absent.
    pub(super) fn is_open(&self, task: u32) -> bool {
        let in_route = |task: &u32| {
            let first = self.model.tasks[*task as usize].first;
            self.state.route_of[first as usize] != NONE
        };
        let links = &self.model.links;
        links.team(task).is_empty() && !in_route(&task) && links.before(task).iter().all(in_route)
    }

    /// All that are [open](Self::is_open).
    pub(super) fn open(&self) -> Vec<u32> {
        let absent = self.state.absent.iter().copied();
        absent.filter(|task| self.is_open(*task)).collect()
    }

    /// Where a task costs this robot least, and what; `None` if it does not fit, or is better left out.
    pub(super) fn offer(&self, robot: usize, task: u32) -> Option<Gap> {
        let gap = offer(&self.state, self.model, robot, task, (0, usize::MAX))?;
        (self.price(robot, gap) < self.model.tasks[task as usize].prize).then_some(gap)
    }

    /// What the routes cost more with a task there.
    pub(super) fn price(&self, robot: usize, gap: Gap) -> f64 {
        price(&self.state, self.model, robot as u32, gap)
    }

    /// Gives a task to a robot. Returns the robots whose routes are others, or more bound than before.
    pub(super) fn put(&mut self, robot: usize, task: u32, gap: Gap) -> Vec<u32> {
        let (state, model) = (&mut self.state, self.model);
        state.mark(model);
        if !state.put(model, robot as u32, task, gap) {
            return Vec::new();
        }
        state.absent.retain(|other| *other != task);
        if model.links.is_linked(task) {
            self.agree(task);
        }
        self.state.touched().collect()
    }

    /// A robot has a task in its route, which others may have in theirs, until it [drops](Self::drop) it or all
    /// [keep](Self::keep) what they have.
    pub(super) fn want(&mut self, robot: usize, task: u32, gap: Gap) {
        self.state.routes[robot].put(task, self.model, gap);
        self.state.retime(self.model, robot as u32);
    }

    /// A robot does not want a task any more.
    pub(super) fn drop(&mut self, robot: usize, task: u32) {
        let route = &mut self.state.routes[robot];
        route
            .stops
            .retain(|stop| self.model.stops[*stop as usize].task != task);
        self.state.retime(self.model, robot as u32);
    }

    /// Robots have these tasks now, each a robot of its own.
    pub(super) fn keep(&mut self, tasks: &[u32]) {
        (0..self.model.robots()).for_each(|robot| self.state.index(robot as u32));
        let routed =
            |task: &u32| self.state.route_of[self.model.tasks[*task as usize].first as usize] != NONE;
        self.state.absent.retain(|task| !routed(task));
        for task in tasks.iter().filter(|task| self.model.links.is_linked(**task)) {
            self.agree(*task);
        }
    }

    /// A task that has just been given keeps its time. So does what it waits for, as long as others bid for what waits for
    /// that too.
    fn agree(&mut self, task: u32) {
        self.state.make_appointments(self.model, task);
        self.open_behind(task);
        for before in self.model.links.before(task) {
            self.open_behind(*before);
        }
    }

    /// What waits for this task waits until it ends.
    fn open_behind(&mut self, task: u32) {
        for behind in self.model.links.behind(task) {
            if self.is_open(*behind) {
                self.state.wait_for_others(self.model, *behind, f64::NEG_INFINITY);
            }
        }
    }

    /// Gives the teams to robots that have all they wait for. Whether any could be given.
    pub(super) fn put_teams(&mut self) -> bool {
        let model = self.model;
        let leads = self.state.absent.iter().copied();
        let leads: Vec<u32> = leads
            .filter(|task| model.links.team(*task).first() == Some(task))
            .collect();
        let mut orders = None;
        let mut placed = false;
        for lead in leads {
            let orders = orders.get_or_insert_with(|| Orders::new(model));
            self.state.mark(model);
            if place_team(&mut self.state, model, orders, lead, 1.0, &mut Blink::never()) {
                let team = model.links.team(lead);
                self.state.absent.retain(|task| !team.contains(task));
                team.iter().for_each(|task| self.agree(*task));
                placed = true;
            }
        }
        placed
    }

    /// If a route is not kept any more, as other charges are made than when it was, leaves its last tasks out.
    fn give_up_what_does_not_last(&mut self) {
        let model = self.model;
        for robot in (0..model.robots()).filter(|_| model.has_chargers()) {
            while !self.state.routes[robot].is_kept(model, robot) {
                let stops = self.state.routes[robot].stops.iter().rev();
                let mut tasks = stops.map(|stop| model.stops[*stop as usize].task);
                let Some(task) = tasks.find(|task| !model.tasks[*task as usize].fixed) else {
                    break;
                };
                self.state.pull(model, task);
                self.state.absent.push(task);
                self.state.take_deprived(model);
            }
        }
    }

    /// Makes all appointments as early as they can be, and tells what came of it.
    pub(super) fn finish(mut self) -> Solution {
        if !self.model.links.is_empty() {
            self.state.mark(self.model);
            if !self.state.settle(self.model) {
                self.state.undo(self.model);
            }
        }
        self.give_up_what_does_not_last();
        self.state.solution(self.model)
    }
}
