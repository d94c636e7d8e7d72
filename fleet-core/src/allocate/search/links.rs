//! Tasks that wait for others, or begin together with others, whichever robots have them.
//!
//! Each such task keeps an appointment: it does not begin before a time, and what others wait for has ended by a time. So a
//! route is still judged by itself, and whatever keeps the appointments in it keeps the order between routes. After each
//! round all appointments are made anew, as early as the routes allow.
//!
//! Who is taken out takes those along who begin together with it. Those who wait for it go along in every other round; in
//! the rest it has to come back before they begin, or they go after it.

use alloc::vec::Vec;

use super::model::{Model, NONE, wrong};
use super::route::TOLERANCE;
use super::spec::Task;
use super::state::State;
use crate::invalid::Invalid;

/// Of longer chains of tasks those in front come first.
const DEEP: u32 = 100;

/// Which tasks wait for which, and which begin together.
#[derive(Clone, Debug, Default)]
pub(super) struct Links {
    /// The tasks that have to do with others, each after those that it waits for.
    pub(super) tasks: Vec<u32>,
    /// For each task those that it waits for, and those that wait for it. Nothing at all if no task waits.
    before: Vec<Vec<u32>>,
    behind: Vec<Vec<u32>>,
    /// For each task those that it begins together with, itself included.
    team: Vec<Vec<u32>>,
    /// For each task how many have to be done before it, one after the other.
    depth: Vec<u32>,
}

impl Links {
    pub(super) fn new(tasks: &[Task]) -> Result<Self, Invalid> {
        if tasks
            .iter()
            .all(|task| task.after.is_empty() && task.team.is_none())
        {
            return Ok(Links::default());
        }
        let mut links = Links {
            before: tasks.iter().map(|task| task.after.clone()).collect(),
            behind: alloc::vec![Vec::new(); tasks.len()],
            team: alloc::vec![Vec::new(); tasks.len()],
            depth: alloc::vec![0; tasks.len()],
            tasks: Vec::new(),
        };
        for (k, task) in tasks.iter().enumerate() {
            for before in &task.after {
                links.behind[*before as usize].push(k as u32);
            }
            if let Some(team) = task.team {
                let mates = tasks
                    .iter()
                    .enumerate()
                    .filter(|(_, other)| other.team == Some(team));
                links.team[k] = mates.map(|(mate, _)| mate as u32).collect();
            }
        }
        links.tell_depth()?;
        let linked = |task: &u32| links.is_linked(*task);
        links.tasks = (0..tasks.len() as u32).filter(linked).collect();
        links.tasks.sort_by_key(|task| links.depth[*task as usize]);
        Ok(links)
    }

    /// Raises depths until each is above those before it, and that of its mates. O(links) for each level.
    fn tell_depth(&mut self) -> Result<(), Invalid> {
        for _ in 0..=self.depth.len() {
            let mut raised = false;
            for task in 0..self.depth.len() {
                let before = self.before[task]
                    .iter()
                    .map(|other| self.depth[*other as usize] + 1);
                let mates = self.team[task].iter().map(|other| self.depth[*other as usize]);
                let depth = before.chain(mates).max().unwrap_or(0);
                raised |= depth > self.depth[task];
                self.depth[task] = self.depth[task].max(depth);
            }
            if !raised {
                return Ok(());
            }
        }
        Err(wrong("tasks.after", "must not wait for each other in a circle"))
    }

    /// Whether no task has to do with others.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether this task has to do with others.
    #[inline]
    pub(super) fn is_linked(&self, task: u32) -> bool {
        !(self.before(task).is_empty() && self.behind(task).is_empty() && self.team(task).is_empty())
    }

    /// What has to be done before this task.
    pub(super) fn before(&self, task: u32) -> &[u32] {
        self.before.get(task as usize).map_or(&[], Vec::as_slice)
    }

    /// What waits for it.
    pub(super) fn behind(&self, task: u32) -> &[u32] {
        self.behind.get(task as usize).map_or(&[], Vec::as_slice)
    }

    /// What begins together with it, itself included; nothing if it begins alone.
    pub(super) fn team(&self, task: u32) -> &[u32] {
        self.team.get(task as usize).map_or(&[], Vec::as_slice)
    }

    /// Leaves the order as it is, but that what others wait for comes before them, and the first of each team before its
    /// mates.
    pub(super) fn sort(&self, tasks: &mut Vec<u32>) {
        if self.is_empty() {
            return;
        }
        let mut waiting = alloc::vec![false; self.depth.len()];
        tasks.iter().for_each(|task| waiting[*task as usize] = true);
        if self.depth.iter().any(|depth| *depth > DEEP) {
            tasks.sort_by_key(|task| self.depth[*task as usize]);
        }
        let given = core::mem::take(tasks);
        given
            .iter()
            .for_each(|task| self.push(*task, &mut waiting, tasks));
    }

    fn push(&self, task: u32, waiting: &mut [bool], sorted: &mut Vec<u32>) {
        if !core::mem::take(&mut waiting[task as usize]) {
            return;
        }
        let team = self.team(task);
        for mate in team.iter().chain(team.is_empty().then_some(&task)) {
            self.before(*mate)
                .iter()
                .for_each(|other| self.push(*other, waiting, sorted));
        }
        if let Some(first) = team.first().filter(|first| **first != task) {
            self.push(*first, waiting, sorted);
        }
        sorted.push(task);
    }
}

impl State {
    fn is_placed(&self, model: &Model, task: u32) -> bool {
        self.route_of[model.tasks[task as usize].first as usize] != NONE
    }

    /// When a task in a route begins, and when it ends.
    pub(super) fn times(&self, model: &Model, task: u32) -> (f64, f64) {
        let terms = &model.tasks[task as usize];
        let of = |stop: u32| {
            let (route, index) = (self.route_of[stop as usize], self.index_of[stop as usize]);
            self.routes[route as usize].times(model, &self.stops, route as usize, index as usize)
        };
        let first = of(terms.first);
        let last = if terms.second == NONE {
            first
        } else {
            of(terms.second)
        };
        (first.0, last.1)
    }

    /// Whether all that a task waits for is in routes; if so it may begin when they end from now on, and not before `at`.
    pub(super) fn wait_for_others(&mut self, model: &Model, task: u32, at: f64) -> bool {
        let before = model.links.before(task);
        if !before.iter().all(|other| self.is_placed(model, *other)) {
            return false;
        }
        let first = model.tasks[task as usize].first as usize;
        let mut open = model.stops[first].open.max(at);
        for other in before {
            // It would not be the end any more if this task came before it.
            let end = self.times(model, *other).1;
            self.end_by(model, *other, end);
            open = open.max(end);
        }
        self.stops[first].open = open;
        true
    }

    /// From now on this task, which has just been put into a route, does not begin earlier, and what it waits for does not
    /// end later than that.
    pub(super) fn make_appointments(&mut self, model: &Model, task: u32) {
        let (begun, end) = self.times(model, task);
        let first = model.tasks[task as usize].first as usize;
        self.stops[first].open = begun;
        if !model.links.team(task).is_empty() {
            self.end_by(model, task, end);
        }
        for other in model.links.before(task) {
            let behind = model.links.behind(*other).iter();
            let placed = behind.filter(|other| self.is_placed(model, **other));
            let first = placed
                .map(|other| self.times(model, *other).0)
                .fold(begun, f64::min);
            let team = !model.links.team(*other).is_empty();
            let time = if team { self.times(model, *other).1 } else { first };
            self.end_by(model, *other, time);
        }
    }

    /// The task has to end by that time, and by the deadline that it has itself.
    fn end_by(&mut self, model: &Model, task: u32, time: f64) {
        let terms = &model.tasks[task as usize];
        let last = if terms.second == NONE {
            terms.first
        } else {
            terms.second
        };
        let time = time.min(model.stops[last as usize].finish);
        let finish = &mut self.stops[last as usize].finish;
        if time != *finish {
            *finish = time;
            let route = self.route_of[last as usize];
            if route != NONE {
                self.save(route);
                self.changed(model, route);
            }
        }
    }

    /// Takes out those that begin together with tasks that were taken out, which are absent from `from` on, and if `all`
    /// those that wait for them; if not, these are to come back before those begin.
    pub(super) fn take_dependants(&mut self, model: &Model, from: usize, all: bool) {
        let mut k = from;
        while k < self.absent.len() {
            let task = self.absent[k];
            self.forget_times(model, task);
            let behind = model.links.behind(task).iter();
            let kept = behind.filter(|other| !all && self.is_placed(model, **other));
            let first = kept
                .map(|other| self.times(model, *other).0)
                .fold(f64::INFINITY, f64::min);
            self.end_by(model, task, first);
            let behind = model.links.behind(task).iter().filter(|_| all);
            for other in behind.chain(model.links.team(task)) {
                if self.is_placed(model, *other) {
                    self.pull(model, *other);
                    self.absent.push(*other);
                    self.removed += 1;
                }
            }
            k += 1;
        }
    }

    /// Takes out what cannot be done without a task that is absent.
    pub(super) fn take_deprived(&mut self, model: &Model) {
        if !model.links.is_empty() {
            self.take_dependants(model, 0, true);
        }
    }

    /// A task has the times of the model again.
    fn forget_times(&mut self, model: &Model, task: u32) {
        let terms = &model.tasks[task as usize];
        let last = if terms.second == NONE {
            terms.first
        } else {
            terms.second
        };
        self.stops[terms.first as usize].open = model.stops[terms.first as usize].open;
        self.stops[last as usize].finish = model.stops[last as usize].finish;
    }

    /// Makes all appointments anew, as early as the routes allow. `false` if routes wait for each other.
    ///
    /// Times only rise until nothing has to wait longer. O(linked tasks) of routes made anew for each level of waiting.
    pub(super) fn settle(&mut self, model: &Model) -> bool {
        let linked = &model.links.tasks;
        for task in linked {
            self.forget_times(model, *task);
        }
        self.retime_linked(model);
        for _ in 0..=linked.len() {
            if !self.postpone(model) {
                for task in linked {
                    if self.is_placed(model, *task) {
                        self.make_appointments(model, *task);
                    }
                }
                return true;
            }
        }
        false
    }

    fn retime_linked(&mut self, model: &Model) {
        for task in &model.links.tasks {
            let terms = &model.tasks[*task as usize];
            for stop in [terms.first, terms.second] {
                if stop != NONE && self.route_of[stop as usize] != NONE {
                    self.save(self.route_of[stop as usize]);
                    self.changed(model, self.route_of[stop as usize]);
                }
            }
        }
    }

    /// Lets everything wait that has to; whether anything does that did not.
    fn postpone(&mut self, model: &Model) -> bool {
        let mut later = false;
        for task in &model.links.tasks {
            if !self.is_placed(model, *task) {
                continue;
            }
            let before = model.links.before(*task).iter();
            let ends = before.map(|other| self.times(model, *other).1);
            let mates = model.links.team(*task).iter();
            let begins = mates.map(|other| self.times(model, *other).0);
            let from = ends.chain(begins).fold(f64::NEG_INFINITY, f64::max);
            if from > self.times(model, *task).0 + TOLERANCE * 0.01 {
                let first = model.tasks[*task as usize].first;
                self.stops[first as usize].open = from;
                self.changed(model, self.route_of[first as usize]);
                later = true;
            }
        }
        later
    }

    /// Whether what is in routes has all that it waits for in routes, and all of its team, by other robots.
    pub(super) fn is_linked_well(&self, model: &Model) -> bool {
        let robot = |task: u32| self.route_of[model.tasks[task as usize].first as usize];
        model
            .links
            .tasks
            .iter()
            .filter(|task| self.is_placed(model, **task))
            .all(|task| {
                let (before, team) = (model.links.before(*task), model.links.team(*task));
                let mut mates = team.iter().filter(|mate| *mate != task);
                before.iter().all(|other| self.is_placed(model, *other))
                    && mates.all(|mate| self.is_placed(model, *mate) && robot(*mate) != robot(*task))
            })
    }
}
