//! Routes and what is left out, and how to go back to what they were.

use alloc::format;
use alloc::vec::Vec;

use super::model::{Model, NONE, Terms, wrong};
use super::route::{Gap, Route};
use crate::invalid::Invalid;

/// A solution that is being changed.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) routes: Vec<Route>,
    /// The route of each stop, or `NONE`.
    pub(super) route_of: Vec<u32>,
    /// Its index there.
    pub(super) index_of: Vec<u32>,
    /// Tasks without a route.
    pub(super) absent: Vec<u32>,
    /// How many of them were taken out since the last mark: the last ones.
    pub(super) removed: usize,
    undo: Undo,
}

/// What was changed since the last [`State::mark`].
#[derive(Clone, Debug, Default)]
struct Undo {
    /// Routes as they were; more are kept than are in use, for their memory.
    routes: Vec<(u32, Route)>,
    used: usize,
    is_saved: Vec<bool>,
    absent: Vec<u32>,
}

impl State {
    pub(super) fn new(model: &Model) -> Self {
        let mut routes = alloc::vec![Route::default(); model.robots.len()];
        for (robot, route) in routes.iter_mut().enumerate() {
            route.retime(model, robot);
        }
        State {
            routes,
            route_of: alloc::vec![NONE; model.stops.len()],
            index_of: alloc::vec![NONE; model.stops.len()],
            absent: (0..model.tasks.len() as u32).collect(),
            removed: 0,
            undo: Undo {
                is_saved: alloc::vec![false; model.robots.len()],
                ..Undo::default()
            },
        }
    }

    /// These routes, and all else absent.
    pub(super) fn of(model: &Model, routes: &[Vec<(u32, u32)>]) -> Result<Self, Invalid> {
        let mut state = State::new(model);
        let named = |robot: usize| format!("routes[{robot}]");
        if routes.len() != model.robots.len() {
            return Err(wrong("routes", "must be one for each robot"));
        }
        for (robot, route) in routes.iter().enumerate() {
            for (task, which) in route {
                let known = model.tasks.get(*task as usize).filter(|terms| {
                    let stops = if terms.second == NONE { 1 } else { 2 };
                    *which < stops
                });
                let Some(terms) = known else {
                    return Err(wrong(named(robot), "must visit stops of tasks that there are"));
                };
                let stop = terms.first + which;
                let before = *which == 0 || state.route_of[terms.first as usize] == robot as u32;
                if state.route_of[stop as usize] != NONE || !before {
                    return Err(wrong(named(robot), "must visit each stop once, the pickup first"));
                }
                if !model.is_able(robot, *task) {
                    return Err(wrong(
                        named(robot),
                        "must not have tasks that the robot is not able to do",
                    ));
                }
                state.route_of[stop as usize] = robot as u32;
                state.routes[robot].stops.push(stop);
            }
            state.changed(model, robot as u32);
            if !state.routes[robot].is_kept(model, robot) {
                return Err(wrong(
                    named(robot),
                    "must keep windows, shift, capacity and charge",
                ));
            }
        }
        let visited = |stop: u32| state.route_of[stop as usize] != NONE;
        let half = |terms: &Terms| terms.second != NONE && visited(terms.first) && !visited(terms.second);
        if model.tasks.iter().any(half) {
            return Err(wrong("routes", "must visit the delivery of each pickup"));
        }
        let absent = (0..model.tasks.len() as u32).filter(|task| !visited(model.tasks[*task as usize].first));
        state.absent = absent.collect();
        Ok(state)
    }

    /// From now on everything can be undone.
    pub(super) fn mark(&mut self) {
        for (route, _) in &self.undo.routes[..self.undo.used] {
            self.undo.is_saved[*route as usize] = false;
        }
        self.undo.used = 0;
        self.removed = 0;
        self.undo.absent.clone_from(&self.absent);
    }

    /// Keeps a route that is about to be changed.
    pub(super) fn save(&mut self, route: u32) {
        let undo = &mut self.undo;
        if core::mem::replace(&mut undo.is_saved[route as usize], true) {
            return;
        }
        if undo.used == undo.routes.len() {
            undo.routes.push((route, Route::default()));
        }
        let kept = &mut undo.routes[undo.used];
        kept.0 = route;
        kept.1.copy_from(&self.routes[route as usize]);
        undo.used += 1;
    }

    /// Undoes everything since the last mark.
    pub(super) fn undo(&mut self) {
        for k in 0..self.undo.used {
            let route = self.undo.routes[k].0;
            for stop in &self.routes[route as usize].stops {
                self.route_of[*stop as usize] = NONE;
            }
        }
        for k in 0..self.undo.used {
            let route = self.undo.routes[k].0;
            core::mem::swap(&mut self.routes[route as usize], &mut self.undo.routes[k].1);
            self.index(route);
        }
        core::mem::swap(&mut self.absent, &mut self.undo.absent);
    }

    /// Writes down where the stops of a route are.
    pub(super) fn index(&mut self, route: u32) {
        for (k, stop) in self.routes[route as usize].stops.iter().enumerate() {
            self.route_of[*stop as usize] = route;
            self.index_of[*stop as usize] = k as u32;
        }
    }

    /// Puts an absent task into a gap of a route.
    pub(super) fn put(&mut self, model: &Model, route: u32, task: u32, gap: Gap) {
        self.save(route);
        self.routes[route as usize].put(task, model, gap);
        self.changed(model, route);
    }

    /// The stops of a route are others.
    fn changed(&mut self, model: &Model, route: u32) {
        self.routes[route as usize].retime(model, route as usize);
        self.index(route);
    }

    /// Takes the tasks of these stops of a route out.
    pub(super) fn take(
        &mut self,
        model: &Model,
        route: u32,
        stops: core::ops::Range<usize>,
        keep: core::ops::Range<usize>,
    ) {
        self.save(route);
        let len = self.absent.len();
        let from = &self.routes[route as usize].stops;
        for (k, stop) in from.iter().enumerate().take(stops.end).skip(stops.start) {
            let task = model.stops[*stop as usize].task;
            let fixed = model.tasks[task as usize].fixed;
            if !fixed && !keep.contains(&k) && !self.absent[len..].contains(&task) {
                self.absent.push(task);
            }
        }
        self.removed += self.absent.len() - len;
        for k in len..self.absent.len() {
            let terms = &model.tasks[self.absent[k] as usize];
            self.route_of[terms.first as usize] = NONE;
            if terms.second != NONE {
                self.route_of[terms.second as usize] = NONE;
            }
        }
        let route_of = &self.route_of;
        self.routes[route as usize]
            .stops
            .retain(|stop| route_of[*stop as usize] != NONE);
        self.changed(model, route);
    }

    /// How many legs all routes have.
    pub(super) fn legs(&self) -> usize {
        let used = self.routes.iter().filter(|route| !route.stops.is_empty());
        used.map(|route| route.stops.len() + 1).sum()
    }

    /// What all routes cost, besides what it costs to use robots at all.
    pub(super) fn ways(&self, model: &Model) -> f64 {
        let routes = self.routes.iter().zip(&model.robots);
        let used = routes.filter(|(route, _)| !route.stops.is_empty());
        used.map(|(route, robot)| route.cost - robot.fixed).sum()
    }

    /// What all of it costs.
    pub(super) fn cost(&self, model: &Model) -> f64 {
        let routes: f64 = self.routes.iter().map(|route| route.cost).sum();
        let prizes: f64 = self
            .absent
            .iter()
            .map(|task| model.tasks[*task as usize].prize)
            .sum();
        let last = || self.routes.iter().map(|route| route.finish).fold(0.0, f64::max);
        let makespan = if model.weights.makespan > 0.0 {
            model.weights.makespan * last()
        } else {
            0.0
        };
        routes + prizes + makespan
    }
}
