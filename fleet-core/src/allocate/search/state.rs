//! Routes and what is left out, and how to go back to what they were.

use alloc::format;
use alloc::vec::Vec;

use super::Solution;
use super::charge::{Charge, Docks};
use super::gaps::Gap;
use super::model::{Flat, Model, NONE, Terms, wrong};
use super::route::{Longest, Route};
use crate::invalid::Invalid;
use crate::load::Load;

/// A solution that is being changed.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// The stops of the model; those of tasks that depend on others have times by what these do now.
    pub(super) stops: Vec<Flat>,
    pub(super) routes: Vec<Route>,
    pub(super) docks: Docks,
    /// The charges of the plan that is being taken over.
    given: Vec<Vec<Charge>>,
    /// Where the makespan counts: that a route is over before this counts as if it were over then.
    pub(super) level: f64,
    /// No leg of any route is longer.
    pub(super) longest: Longest,
    /// The route of each stop, or `NONE`.
    pub(super) route_of: Vec<u32>,
    /// Its index there.
    pub(super) index_of: Vec<u32>,
    /// Tasks without a route.
    pub(super) absent: Vec<u32>,
    /// How many of them were taken out since the last mark: the last ones.
    pub(super) removed: usize,
    /// Whether what is taken out takes those along that wait for it.
    pub(super) along: bool,
    /// So many robots may be used.
    pub(super) most: usize,
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
    /// Of each linked task when it may begin, and by when it has to end.
    times: Vec<(f64, f64)>,
}

/// Stops by task, and which of its stops.
pub(super) fn visits(model: &Model, stops: &[u32]) -> Vec<(u32, u32)> {
    let visit = |stop: &u32| {
        let task = model.stops[*stop as usize].task;
        (task, *stop - model.tasks[task as usize].first)
    };
    stops.iter().map(visit).collect()
}

/// The first and the last stop of each linked task.
fn linked(model: &Model) -> impl Iterator<Item = (usize, usize)> + '_ {
    let stops = |task: &u32| {
        let terms = &model.tasks[*task as usize];
        let last = if terms.second == NONE {
            terms.first
        } else {
            terms.second
        };
        (terms.first as usize, last as usize)
    };
    model.links.tasks.iter().map(stops)
}

impl State {
    pub(super) fn new(model: &Model) -> Self {
        let mut routes = alloc::vec![Route::default(); model.robots.len()];
        let docks = Docks::new(model.chargers.len());
        for (robot, route) in routes.iter_mut().enumerate() {
            route.retime(model, &model.stops, robot, &docks, &[]);
        }
        State {
            stops: model.stops.clone(),
            routes,
            docks,
            given: Vec::new(),
            level: 0.0,
            longest: Longest::default(),
            route_of: alloc::vec![NONE; model.stops.len()],
            index_of: alloc::vec![NONE; model.stops.len()],
            absent: (0..model.tasks.len() as u32).collect(),
            removed: 0,
            along: true,
            most: model.robots.len(),
            undo: Undo {
                is_saved: alloc::vec![false; model.robots.len()],
                ..Undo::default()
            },
        }
    }

    /// The routes of a plan, and all else absent.
    pub(super) fn of(model: &Model, plan: &Solution) -> Result<Self, Invalid> {
        let mut state = State::new(model);
        let routes = &plan.routes;
        let named = |robot: usize| format!("routes[{robot}]");
        if routes.len() != model.robots.len() {
            return Err(wrong("routes", "must be one for each robot"));
        }
        // Nobody takes a dock that another one has in the plan.
        for (robot, charges) in plan.charges.iter().enumerate() {
            let known = |charge: &Charge| (charge.charger as usize) < model.chargers.len();
            if robot >= routes.len() || !charges.iter().all(known) {
                return Err(wrong("charges", "must be at chargers that there are"));
            }
            state.docks.book(robot as u32, charges.iter().copied());
        }
        if model.has_chargers() {
            state.given.clone_from(&plan.charges);
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
        }
        let visited = |stop: u32| state.route_of[stop as usize] != NONE;
        let half = |terms: &Terms| terms.second != NONE && visited(terms.first) && !visited(terms.second);
        if model.tasks.iter().any(half) {
            return Err(wrong("routes", "must visit the delivery of each pickup"));
        }
        let absent = (0..model.tasks.len() as u32).filter(|task| !visited(model.tasks[*task as usize].first));
        state.absent = absent.collect();
        if !state.is_linked_well(model) {
            return Err(wrong(
                "routes",
                "must have all that a task waits for and begins with",
            ));
        }
        if !model.links.is_empty() && !state.settle(model) {
            return Err(wrong("routes", "must not wait for each other"));
        }
        let kept = |robot: &usize| state.routes[*robot].is_kept(model, *robot);
        if let Some(robot) = (0..routes.len()).find(|robot| !kept(robot)) {
            let rules = "must keep stops, windows, shift, capacity and charge";
            return Err(wrong(named(robot), rules));
        }
        state.given.clear();
        Ok(state)
    }

    /// From now on everything can be undone.
    pub(super) fn mark(&mut self, model: &Model) {
        for (route, _) in &self.undo.routes[..self.undo.used] {
            self.undo.is_saved[*route as usize] = false;
        }
        self.undo.used = 0;
        let longest = self.routes.iter().map(|route| route.longest);
        self.longest = longest.fold(Longest::default(), Longest::max);
        self.removed = 0;
        self.undo.absent.clone_from(&self.absent);
        self.undo.times.clear();
        for (first, last) in linked(model) {
            let times = (self.stops[first].open, self.stops[last].finish);
            self.undo.times.push(times);
        }
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
    pub(super) fn undo(&mut self, model: &Model) {
        for ((first, last), times) in linked(model).zip(&self.undo.times) {
            (self.stops[first].open, self.stops[last].finish) = *times;
        }
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
            self.book(model, route);
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

    /// Puts an absent task into a gap of a route; not if the robot cannot charge in time then. Whether it was put.
    pub(super) fn put(&mut self, model: &Model, route: u32, task: u32, gap: Gap) -> bool {
        self.save(route);
        self.routes[route as usize].put(task, model, gap);
        self.changed(model, route);
        if model.has_chargers() && !self.routes[route as usize].is_kept(model, route as usize) {
            self.pull(model, task);
            return false;
        }
        true
    }

    /// Gives robots other stops, of tasks that they had and that nobody had. What none of them has any more is absent.
    pub(super) fn replace(&mut self, model: &Model, robots: &[u32], routes: impl Iterator<Item = Vec<u32>>) {
        for robot in robots {
            self.save(*robot);
            for stop in core::mem::take(&mut self.routes[*robot as usize].stops) {
                self.route_of[stop as usize] = NONE;
                let terms = &model.tasks[model.stops[stop as usize].task as usize];
                if stop == terms.first {
                    self.absent.push(model.stops[stop as usize].task);
                }
            }
        }
        for (robot, stops) in robots.iter().zip(routes) {
            self.routes[*robot as usize].stops = stops;
            self.changed(model, *robot);
        }
        let route_of = &self.route_of;
        self.absent
            .retain(|task| route_of[model.tasks[*task as usize].first as usize] == NONE);
    }

    /// The stops of a route are others.
    pub(super) fn changed(&mut self, model: &Model, route: u32) {
        self.retime(model, route);
        self.index(route);
    }

    /// Goes along a route as it is now.
    pub(super) fn retime(&mut self, model: &Model, route: u32) {
        let given = self.given.get(route as usize).map_or(&[][..], Vec::as_slice);
        self.routes[route as usize].retime(model, &self.stops, route as usize, &self.docks, given);
        self.longest = self.longest.max(self.routes[route as usize].longest);
        self.book(model, route);
    }

    fn book(&mut self, model: &Model, route: u32) {
        if model.has_chargers() {
            self.docks.book(route, self.routes[route as usize].charges());
        }
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
        if model.draws {
            self.take_what_draws(model, route);
        }
        if !model.links.is_empty() {
            self.take_dependants(model, len, self.along);
        }
    }

    /// If what is put down in a route is not picked up there any more, takes out what puts it down.
    fn take_what_draws(&mut self, model: &Model, route: u32) {
        if self.routes[route as usize].is_kept(model, route as usize) {
            return;
        }
        let stops = self.routes[route as usize].stops.iter();
        let tasks = stops.map(|stop| (model.stops[*stop as usize].task, *stop));
        let draws = |(task, stop): &(u32, u32)| {
            let terms = &model.tasks[*task as usize];
            let single = terms.second == NONE && !terms.fixed;
            single && !Load::ZERO.fits(&model.stops[*stop as usize].dip)
        };
        let drawing: Vec<u32> = tasks.filter(draws).map(|(task, _)| task).collect();
        for task in drawing {
            self.pull(model, task);
            self.absent.push(task);
            self.removed += 1;
        }
    }

    /// Takes one task out of its route.
    pub(super) fn pull(&mut self, model: &Model, task: u32) {
        let terms = &model.tasks[task as usize];
        let route = self.route_of[terms.first as usize];
        self.save(route);
        let stops = &mut self.routes[route as usize].stops;
        stops.retain(|stop| model.stops[*stop as usize].task != task);
        for stop in [terms.first, terms.second] {
            if stop != NONE {
                self.route_of[stop as usize] = NONE;
            }
        }
        self.changed(model, route);
    }

    /// The routes that were changed since the last mark.
    pub(super) fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.undo.routes[..self.undo.used].iter().map(|(route, _)| *route)
    }

    /// Whether the routes that were changed since the last mark keep all rules.
    pub(super) fn is_kept(&self, model: &Model) -> bool {
        self.touched()
            .all(|route| self.routes[route as usize].is_kept(model, route as usize))
    }

    /// Makes all appointments anew, and tells whether what was changed since the last mark keeps all rules: insertions keep
    /// them one by one, but not in what is put down without being picked up any more, nor where no dock is free in time.
    pub(super) fn holds(&mut self, model: &Model) -> bool {
        let settled = model.links.is_empty() || self.settle(model);
        let judged = model.draws || model.has_chargers();
        settled && (!judged || self.is_kept(model))
    }

    /// It as others see it.
    pub(super) fn solution(&self, model: &Model) -> Solution {
        Solution {
            routes: self
                .routes
                .iter()
                .map(|route| visits(model, &route.stops))
                .collect(),
            absent: self.absent.clone(),
            charges: self.charges(model),
            cost: self.cost(model),
        }
    }

    /// The charges of each robot; nothing if there are no chargers.
    pub(super) fn charges(&self, model: &Model) -> Vec<Vec<Charge>> {
        let routes = self.routes.iter().filter(|_| model.has_chargers());
        routes.map(|route| route.charges().collect()).collect()
    }

    /// How many robots are used.
    pub(super) fn used(&self) -> usize {
        let used = self.routes.iter().filter(|route| !route.stops.is_empty());
        used.count()
    }

    /// Whether no more robots may be used.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.most < self.routes.len() && self.used() >= self.most
    }

    /// When the last route is over.
    pub(super) fn last(&self) -> f64 {
        self.routes.iter().map(|route| route.finish).fold(0.0, f64::max)
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
        let makespan = if model.weights.makespan > 0.0 {
            model.weights.makespan * self.last()
        } else {
            0.0
        };
        routes + prizes + makespan
    }
}
