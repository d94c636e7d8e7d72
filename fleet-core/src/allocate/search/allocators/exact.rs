//! The optimum of small problems, proven.

use alloc::vec;
use alloc::vec::Vec;

use super::{Allocator, Budget};
use crate::allocate::search::model::{Model, NONE, begin, wrong};
use crate::allocate::search::state::State;
use crate::allocate::search::{Solution, route};
use crate::invalid::Invalid;
use crate::load::Load;

/// The most stops of a problem that is solved.
const STOPS: usize = 14;

/// The least that any solution costs, and one that costs that: proven, by dynamic programming over all sets of stops (Held &
/// Karp 1962, "A dynamic programming approach to sequencing problems") for each robot, and then over all ways to part the
/// tasks among the robots. For up to 14 stops; tasks that wait for others or begin together are not looked at,
/// and where there are [chargers](crate::allocate::search::Charger) an optimum that needs one is not proven.
///
/// O(2^stops x stops squared) for each kind of robot, where one partial route for each set of stops and last stop is the best
/// whatever follows; where time costs as well as ways a few are kept for each. Then O(3^tasks) for each robot.
///
/// `plan` is not looked at but for what is fixed in it, which must be nothing; the budget is asked once for each robot. If it
/// is spent, the answer is an error: half a proof is none.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Exact;

impl Allocator for Exact {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        if model.stops.len() > STOPS {
            return Err(wrong(
                "tasks",
                "must have 14 stops at most to be solved to the optimum",
            ));
        }
        if !model.links.is_empty() {
            return Err(wrong(
                "tasks.after",
                "is not for what is solved to the optimum, nor are teams",
            ));
        }
        if model.tasks.iter().any(|task| task.fixed) && plan.is_some() {
            return Err(wrong("tasks.fixed", "is not for what is solved to the optimum"));
        }
        let mut routes: Vec<Routes> = Vec::with_capacity(model.robots());
        for robot in 0..model.robots() {
            if budget.spent(robot as u64) >= 1.0 {
                return Err(wrong("budget", "is spent before the optimum is proven"));
            }
            let alike = (0..robot).find(|other| model.kind[*other] == model.kind[robot]);
            routes.push(match alike {
                Some(other) => routes[other].clone(),
                None => Routes::of(model, robot),
            });
        }
        let mut state = State::new(model);
        for (robot, stops) in part(model, &routes).into_iter().enumerate() {
            state.routes[robot].stops = stops;
            state.changed(model, robot as u32);
            // What is best of all without charging is best of all; more is not proven.
            let route = &state.routes[robot];
            if !(route.is_kept(model, robot) && route.charges.is_empty()) {
                return Err(wrong(
                    "robots.charge",
                    "must last without charging for what is solved to the optimum",
                ));
            }
        }
        state
            .absent
            .retain(|task| state.route_of[model.tasks[*task as usize].first as usize] == NONE);
        Ok(state.solution(model))
    }
}

/// A partial route: its stops as a set, the last of them, and what came of it.
#[derive(Clone, Copy)]
struct Label {
    last: u32,
    free: f64,
    metres: f64,
    cost: f64,
    before: u32,
}

/// A whole route of one robot: what it costs and when it is over.
#[derive(Clone, Copy)]
struct Whole {
    cost: f64,
    finish: f64,
    label: u32,
}

/// The best routes of one robot for each set of tasks.
#[derive(Clone)]
struct Routes {
    labels: Vec<Label>,
    /// For each set of tasks the routes of which none is both cheaper and over earlier than another.
    whole: Vec<Vec<Whole>>,
}

/// Grows partial routes of one robot.
struct Growth<'a> {
    model: &'a Model,
    robot: usize,
    labels: Vec<Label>,
    /// For each set of stops those that may be the best.
    of_set: Vec<Vec<u32>>,
}

impl Routes {
    fn of(model: &Model, robot: usize) -> Self {
        let sets = 1_usize << model.stops.len();
        let mut growth = Growth {
            model,
            robot,
            labels: Vec::new(),
            of_set: vec![Vec::new(); sets],
        };
        for stop in 0..model.stops.len() {
            growth.extend(None, 0, stop);
        }
        let mut whole = vec![Vec::new(); 1 << model.tasks.len()];
        for set in 1..sets {
            for label in core::mem::take(&mut growth.of_set[set]) {
                if let Some(tasks) = whole_tasks(model, set)
                    && let Some(route) = growth.end(label)
                {
                    keep(&mut whole[tasks], route, model.weights.makespan > 0.0);
                }
                for stop in (0..model.stops.len()).filter(|stop| set >> stop & 1 == 0) {
                    growth.extend(Some(label), set, stop);
                }
            }
        }
        Routes {
            labels: growth.labels,
            whole,
        }
    }

    fn stops(&self, label: u32) -> Vec<u32> {
        let mut stops = Vec::new();
        let mut at = label;
        while at != NONE {
            stops.push(self.labels[at as usize].last);
            at = self.labels[at as usize].before;
        }
        stops.reverse();
        stops
    }
}

impl Growth<'_> {
    /// One more stop after a partial route with this set of stops, if that can be.
    fn extend(&mut self, label: Option<u32>, set: usize, stop: usize) {
        let (model, spec) = (self.model, &self.model.robots[self.robot]);
        let flat = &model.stops[stop];
        let task = &model.tasks[flat.task as usize];
        let delivery = task.second == stop as u32;
        let begun = !delivery || set >> task.first & 1 == 1;
        let able = model.is_able(self.robot, flat.task);
        let aboard = (0..model.stops.len())
            .filter(|other| set >> other & 1 == 1)
            .fold(spec.aboard, |load, other| load + model.stops[other].load);
        let bears = (aboard + flat.peak).fits(&spec.capacity) && Load::ZERO.fits(&(aboard + flat.dip));
        let short = (set.count_ones() as usize) < spec.stops;
        if !begun || !able || !bears || !short {
            return;
        }
        let pace = 1.0 / spec.speed;
        let (place, free, metres, cost) = match label.map(|label| self.labels[label as usize]) {
            Some(label) => (
                model.stops[label.last as usize].leave,
                label.free,
                label.metres,
                label.cost,
            ),
            None => (spec.start, spec.shift.0, 0.0, spec.fixed),
        };
        let leg = model.ways.length(place, flat.at);
        let begun = begin(flat.open, model.windows(flat), free + leg * pace);
        let service = model.services(self.robot)[stop];
        let free = begun + service + flat.metres * pace;
        if begun > flat.close + route::TOLERANCE || free > flat.finish.min(spec.shift.1) + route::TOLERANCE {
            return;
        }
        let metres = metres + leg + flat.metres;
        if spec.draw.of(metres, free - spec.shift.0) > charge(model, self.robot) + route::TOLERANCE {
            return;
        }
        let cost = cost
            + model.rates[self.robot].metre * (leg + flat.metres)
            + model.weights.work * service
            + route::waiting(model, stop as u32, free)
            + route::leaving(model, self.robot, stop as u32);
        let label = Label {
            last: stop as u32,
            free,
            metres,
            cost,
            before: label.unwrap_or(NONE),
        };
        self.keep(set | 1 << stop, label);
    }

    /// Keeps a partial route unless another one is better in everything.
    fn keep(&mut self, set: usize, new: Label) {
        let charged = charge(self.model, self.robot) < f64::INFINITY;
        let (labels, of_set) = (&self.labels, &mut self.of_set[set]);
        let better = |a: &Label, b: &Label| {
            a.last == b.last && a.cost <= b.cost && a.free <= b.free && (!charged || a.metres <= b.metres)
        };
        if of_set.iter().any(|old| better(&labels[*old as usize], &new)) {
            return;
        }
        of_set.retain(|old| !better(&new, &labels[*old as usize]));
        of_set.push(labels.len() as u32);
        self.labels.push(new);
    }

    /// A partial route as a whole one, if it can end there.
    fn end(&self, number: u32) -> Option<Whole> {
        let (model, spec) = (self.model, &self.model.robots[self.robot]);
        let label = &self.labels[number as usize];
        let from = model.stops[label.last as usize].leave;
        let leg = spec.end.map_or(0.0, |end| model.ways.length(from, end));
        let finish = label.free + leg / spec.speed;
        let drawn = spec.draw.of(label.metres + leg, finish - spec.shift.0);
        let lasts = drawn <= charge(model, self.robot) + route::TOLERANCE;
        let kept = finish <= spec.shift.1 + route::TOLERANCE && lasts;
        let cost = label.cost + model.rates[self.robot].of(leg, finish - spec.shift.0);
        (kept && cost < f64::INFINITY).then_some(Whole {
            cost,
            finish,
            label: number,
        })
    }
}

/// What a route of this robot may draw: with chargers about, as much as it likes.
fn charge(model: &Model, robot: usize) -> f64 {
    if model.has_chargers() {
        f64::INFINITY
    } else {
        model.robots[robot].charge
    }
}

/// The tasks of a set of stops; `None` if one of them is only begun.
fn whole_tasks(model: &Model, set: usize) -> Option<usize> {
    let mut tasks = 0;
    for (number, task) in model.tasks.iter().enumerate() {
        let has = |stop: u32| set >> stop & 1 == 1;
        match (has(task.first), task.second == NONE || has(task.second)) {
            (true, true) => tasks |= 1 << number,
            (true, false) => return None,
            (false, _) => {}
        }
    }
    Some(tasks)
}

/// Keeps a route of which no other one is cheaper, and over earlier if that counts.
fn keep(routes: &mut Vec<Whole>, new: Whole, by_finish: bool) {
    let better = |a: &Whole, b: &Whole| a.cost <= b.cost && (!by_finish || a.finish <= b.finish);
    if !routes.iter().any(|old| better(old, &new)) {
        routes.retain(|old| !better(&new, old));
        routes.push(new);
    }
}

/// What the first robots cost for a set of tasks, and how the last of them has its part.
#[derive(Clone, Copy)]
struct Parted {
    whole: Whole,
    /// The tasks of the last robot, its route, and which of the ways the robots before it go.
    own: usize,
    route: u32,
    before: u32,
}

/// Parts the tasks among the robots at the least cost. Returns the stops of each.
fn part(model: &Model, routes: &[Routes]) -> Vec<Vec<u32>> {
    let sets = 1_usize << model.tasks.len();
    let makespan = model.weights.makespan;
    let nothing = Whole {
        cost: 0.0,
        finish: 0.0,
        label: NONE,
    };
    let start = Parted {
        whole: nothing,
        own: 0,
        route: NONE,
        before: 0,
    };
    let mut table: Vec<Vec<Vec<Parted>>> = Vec::with_capacity(routes.len() + 1);
    let mut first = vec![Vec::new(); sets];
    first[0].push(start);
    table.push(first);
    for robot in 0..routes.len() {
        let idle = Whole {
            finish: model.robots[robot].shift.0,
            ..nothing
        };
        let next = (0..sets).map(|set| combine(&table[robot], &routes[robot], set, idle, makespan > 0.0));
        let next = next.collect();
        table.push(next);
    }
    let total = |set: usize, parted: &Parted| {
        let prizes = (0..model.tasks.len()).filter(|task| set >> task & 1 == 0);
        let prizes: f64 = prizes.map(|task| model.tasks[task].prize).sum();
        parted.whole.cost + makespan * parted.whole.finish + prizes
    };
    let last = &table[routes.len()];
    let all = (0..sets).flat_map(|set| (0..last[set].len()).map(move |way| (set, way)));
    let best = all.min_by(|a, b| total(a.0, &last[a.0][a.1]).total_cmp(&total(b.0, &last[b.0][b.1])));
    let mut stops = vec![Vec::new(); routes.len()];
    let (mut set, mut way) = best.unwrap_or((0, 0));
    for robot in (0..routes.len()).rev() {
        let parted = table[robot + 1][set][way];
        if parted.route != NONE {
            stops[robot] = routes[robot].stops(parted.route);
        }
        (set, way) = (set & !parted.own, parted.before as usize);
    }
    stops
}

/// All good ways to do a set of tasks with one more robot.
fn combine(before: &[Vec<Parted>], routes: &Routes, set: usize, idle: Whole, by_finish: bool) -> Vec<Parted> {
    let mut found: Vec<Parted> = Vec::new();
    let mut own = set;
    loop {
        let rest = set & !own;
        let idle = [idle];
        let ways = if own == 0 { &idle[..] } else { &routes.whole[own] };
        for (number, first) in before[rest].iter().enumerate() {
            for route in ways {
                let whole = Whole {
                    cost: first.whole.cost + route.cost,
                    finish: first.whole.finish.max(route.finish),
                    label: NONE,
                };
                let better = |a: &Whole, b: &Whole| a.cost <= b.cost && (!by_finish || a.finish <= b.finish);
                if found.iter().any(|old| better(&old.whole, &whole)) {
                    continue;
                }
                found.retain(|old| !better(&whole, &old.whole));
                found.push(Parted {
                    whole,
                    own,
                    route: route.label,
                    before: number as u32,
                });
            }
        }
        if own == 0 {
            return found;
        }
        own = (own - 1) & set;
    }
}
