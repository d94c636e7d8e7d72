//! Putting tasks back, each where it costs least; now and then not looking at a gap.
//!
//! Greedy insertion with blinks (Christiaens & Vanden Berghe 2020).

use alloc::vec::Vec;

use super::gaps::{Gap, Guest};
use super::model::{Model, NONE, Terms};
use super::random::Random;
use super::route::View;
use super::state::State;
use super::team::place_team;

/// How often a gap is not looked at.
const BLINK: f64 = 0.01;
/// So many of those absent before.
const SOME: usize = 15;
/// With more stops than this only gaps beside near stops are looked at.
const ALL_GAPS: usize = 160;
/// So many near stops.
const NEAR: usize = 40;
/// So many robots that are used, at the beginning and the end of their routes.
const NEAR_ROBOTS: usize = 8;

/// What tasks are put back by, and how often: chance, size, far ones first, near ones first, short windows, early ones,
/// late ones.
const ORDERS: [(Order, u32); 7] = [
    (Order::Chance, 4),
    (Order::Size, 4),
    (Order::Far, 2),
    (Order::Near, 1),
    (Order::Narrow, 2),
    (Order::Early, 2),
    (Order::Late, 2),
];

#[derive(Clone, Copy)]
enum Order {
    Chance,
    Size,
    Far,
    Near,
    Narrow,
    Early,
    Late,
}

/// What stays the same in every round.
#[derive(Clone, Debug)]
pub(super) struct Orders {
    /// Of each task: size, metres from the nearest start, length, begin and end of its window.
    keys: Vec<[f64; 5]>,
    weights: [u32; 7],
    /// The robots nearest to each stop, if only some gaps are looked at.
    robots: Vec<Vec<u32>>,
    /// Of each task the metres from or to the nearest start or end, then too.
    ends: Vec<f64>,
    sorted: Vec<(f64, u32)>,
    /// Tasks that are not looked at in this round.
    rest: Vec<u32>,
    /// Kinds of which an empty route was looked at, by round.
    seen: Vec<u32>,
    /// Routes that were looked at, by round.
    looked: Vec<u32>,
    round: u32,
}

impl Orders {
    pub(super) fn new(model: &Model) -> Self {
        let starts: Vec<u32> = model.robots.iter().map(|robot| robot.start).collect();
        let keys = model.tasks.iter().map(|task| {
            let stop = &model.stops[task.first as usize];
            let last = if task.second == NONE {
                stop
            } else {
                &model.stops[task.second as usize]
            };
            let far = starts
                .iter()
                .map(|start| model.ways.length(*start, stop.at))
                .fold(f64::INFINITY, f64::min);
            let size: f64 = Vec::<f64>::from(stop.load).into_iter().sum();
            [size, far, last.close - stop.open, stop.open, last.close]
        });
        let keys: Vec<[f64; 5]> = keys.collect();
        let windows = model.stops.iter().any(|stop| stop.close < f64::INFINITY);
        let sizes = keys.iter().any(|key| key[0] != 0.0);
        let mut weights = ORDERS.map(|(_, weight)| weight);
        if !windows {
            weights[4..].fill(0);
        }
        if !sizes {
            weights[1] = 0;
        }
        let (robots, ends) = if model.stops.len() > ALL_GAPS {
            (nearest_robots(model), nearest_ends(model))
        } else {
            (Vec::new(), Vec::new())
        };
        Orders {
            keys,
            weights,
            robots,
            ends,
            sorted: Vec::new(),
            rest: Vec::new(),
            seen: alloc::vec![0; model.kinds],
            looked: alloc::vec![0; model.robots.len()],
            round: 0,
        }
    }

    /// Whether no empty route of this kind was looked at in this round.
    fn is_first_of_kind(&mut self, model: &Model, robot: u32) -> bool {
        let kind = model.kind[robot as usize] as usize;
        core::mem::replace(&mut self.seen[kind], self.round) != self.round
    }

    /// Whether this route was not looked at in this round.
    fn is_first_look(&mut self, robot: u32) -> bool {
        core::mem::replace(&mut self.looked[robot as usize], self.round) != self.round
    }

    fn sort(&mut self, tasks: &mut Vec<u32>, random: &mut Random) {
        let mut draw = random.below(self.weights.iter().sum::<u32>() as usize) as u32;
        let chosen = ORDERS.iter().zip(&self.weights).find(|(_, weight)| {
            let found = draw < **weight;
            draw = draw.saturating_sub(**weight);
            found
        });
        let order = chosen.map_or(Order::Chance, |((order, _), _)| *order);
        let key = |keys: &[f64; 5]| match order {
            Order::Chance => 0.0,
            Order::Size => -keys[0],
            Order::Far => -keys[1],
            Order::Near => keys[1],
            Order::Narrow => keys[2],
            Order::Early => keys[3],
            Order::Late => -keys[4],
        };
        for k in (1..tasks.len()).rev() {
            tasks.swap(k, random.below(k + 1));
        }
        if matches!(order, Order::Chance) {
            return;
        }
        self.sorted.clear();
        self.sorted
            .extend(tasks.iter().map(|task| (key(&self.keys[*task as usize]), *task)));
        self.sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        tasks.clear();
        tasks.extend(self.sorted.iter().map(|(_, task)| *task));
    }
}

/// For each stop the robots whose starts are nearest.
fn nearest_robots(model: &Model) -> Vec<Vec<u32>> {
    let nearest = |stop: &super::model::Flat| {
        let far = |robot: &u32| model.ways.length(model.robots[*robot as usize].start, stop.at);
        let mut robots: Vec<u32> = (0..model.robots.len() as u32).collect();
        robots.sort_by(|a, b| far(a).total_cmp(&far(b)));
        // A few of each place are enough: those that are alike and empty are looked at once.
        robots
    };
    model.stops.iter().map(nearest).collect()
}

/// Of each task the metres from or to the nearest start or end.
fn nearest_ends(model: &Model) -> Vec<f64> {
    let mut places: Vec<u32> = model.robots.iter().map(|robot| robot.start).collect();
    places.extend(model.robots.iter().filter_map(|robot| robot.end));
    places.sort_unstable();
    places.dedup();
    let nearest = |task: &Terms| {
        let stop = &model.stops[task.first as usize];
        let way = |place: &u32| {
            let there = model.ways.length(stop.leave, *place);
            there.min(model.ways.length(*place, stop.at))
        };
        places.iter().map(way).fold(f64::INFINITY, f64::min)
    };
    model.tasks.iter().map(nearest).collect()
}

/// Puts absent tasks back where they fit.
pub(super) fn recreate(state: &mut State, model: &Model, orders: &mut Orders, random: &mut Random) {
    let mut tasks = core::mem::take(&mut state.absent);
    // Of the many that were absent before, some at a time.
    let ruined = state.removed.min(tasks.len());
    let before = tasks.len() - ruined;
    let rest = &mut orders.rest;
    rest.clear();
    if before > SOME {
        for k in 0..SOME {
            tasks.swap(k, k + random.below(before - k));
        }
        rest.extend(tasks.drain(SOME..before));
    }
    if model.weights.makespan > 0.0 && orders.robots.is_empty() {
        // All routes are to be over as early as can be; now and then only the last, for then others may get longer. In
        // large problems that only takes time.
        state.level = if random.below(8) > 0 { 0.0 } else { state.last() };
    }
    orders.sort(&mut tasks, random);
    model.links.sort(&mut tasks);
    // Tasks that pay together, and none alone, get in only where more than its prize may be paid for the first.
    let generous = if random.below(2) == 0 {
        1.0
    } else {
        1.0 + random.exponential()
    };
    let mut blink = Blink::new(random);
    let mut left = 0;
    for k in 0..tasks.len() {
        let task = tasks[k];
        if !place(state, model, orders, task, generous, &mut blink) {
            tasks[left] = task;
            left += 1;
        }
    }
    tasks.truncate(left);
    tasks.append(&mut orders.rest);
    if !model.links.is_empty() {
        // Teams come in as a whole, also those of them who were not looked at.
        tasks.retain(|task| state.route_of[model.tasks[*task as usize].first as usize] == NONE);
    }
    state.absent = tasks;
    state.take_deprived(model);
}

/// Puts a task where it costs least, unless it is better left out.
fn place(
    state: &mut State,
    model: &Model,
    orders: &mut Orders,
    task: u32,
    generous: f64,
    blink: &mut Blink<'_>,
) -> bool {
    if !model.links.team(task).is_empty() {
        return place_team(state, model, orders, task, generous, blink);
    }
    let linked = model.links.is_linked(task);
    if linked && !state.wait_for_others(model, task, f64::NEG_INFINITY) {
        return false;
    }
    let Some((route, gap)) = best(state, model, orders, task, &[], blink) else {
        return false;
    };
    if price(state, model, route, gap) >= model.tasks[task as usize].prize * generous {
        return false;
    }
    if !state.put(model, route, task, gap) {
        return false;
    }
    if linked {
        state.make_appointments(model, task);
    }
    true
}

/// What the routes cost more with a task there.
pub(super) fn price(state: &State, model: &Model, route: u32, gap: Gap) -> f64 {
    // Where the longest route counts, the price is for all of the route, so that tasks go to the one that is over first.
    let finish = state.routes[route as usize].finish.max(state.level);
    gap.price - model.weights.makespan * finish
}

/// When to look away: the gaps between are drawn, instead of each one.
pub(super) struct Blink<'a> {
    random: Option<&'a mut Random>,
    left: u32,
}

impl<'a> Blink<'a> {
    fn new(random: &'a mut Random) -> Self {
        let random = Some(random);
        let mut blink = Blink { random, left: 0 };
        blink.left = blink.draw();
        blink
    }

    /// Who looks at everything.
    pub(super) const fn never() -> Self {
        Blink {
            random: None,
            left: u32::MAX,
        }
    }

    fn draw(&mut self) -> u32 {
        let random = self.random.as_mut();
        random.map_or(u32::MAX, |random| (random.exponential() / BLINK) as u32)
    }

    fn now(&mut self) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.left = self.draw();
        true
    }
}

/// The route, but none of `except`, and the gap where a task costs least.
pub(super) fn best(
    state: &State,
    model: &Model,
    orders: &mut Orders,
    task: u32,
    except: &[u32],
    blink: &mut Blink<'_>,
) -> Option<(u32, Gap)> {
    orders.round += 1;
    let mut look = Look {
        state,
        model,
        task,
        except,
        guests: None,
        blink,
        best: Gap::NONE,
        route: NONE,
    };
    let full = state.is_full();
    if orders.robots.is_empty() {
        look.everywhere(orders, full);
        return look.found();
    }
    if model.tasks[task as usize].second == NONE {
        look.beside_near(orders);
    } else {
        look.in_near_routes(orders);
    }
    look.at_near_robots(orders, full);
    if look.route == NONE {
        look.everywhere(orders, full);
    }
    look.found()
}

/// Where a task costs this robot least, from one gap to another.
pub(super) fn offer(
    state: &State,
    model: &Model,
    robot: usize,
    task: u32,
    gaps: (usize, usize),
) -> Option<Gap> {
    let mut look = Look {
        state,
        model,
        task,
        except: &[],
        guests: None,
        blink: &mut Blink::never(),
        best: Gap::NONE,
        route: NONE,
    };
    look.at(robot as u32, gaps);
    let (_, gap) = look.found()?;
    let route = &state.routes[robot];
    if gap.lasts && route.charges.is_empty() {
        return Some(gap);
    }
    // What it costs with the charges that it takes then.
    let mut longer = route.clone();
    longer.put(task, model, gap);
    longer.retime(model, &state.stops, robot, &state.docks, &[]);
    let price = longer.cost - route.cost + model.weights.makespan * longer.finish.max(state.level);
    longer.is_kept(model, robot).then_some(Gap { price, ..gap })
}

/// A search for the best gap.
struct Look<'a, 'b, 'c> {
    state: &'a State,
    model: &'a Model,
    task: u32,
    except: &'b [u32],
    /// The stops of the task, as they are for robots of this manner.
    guests: Option<(u32, (Guest<'a>, Guest<'a>))>,
    blink: &'b mut Blink<'c>,
    best: Gap,
    route: u32,
}

impl Look<'_, '_, '_> {
    fn found(&self) -> Option<(u32, Gap)> {
        (self.route != NONE).then_some((self.route, self.best))
    }

    /// Looks at all gaps there are; of empty routes at one of each kind, unless no more robots may be used.
    fn everywhere(&mut self, orders: &mut Orders, full: bool) {
        for robot in 0..self.model.robots.len() as u32 {
            let empty = self.state.routes[robot as usize].stops.is_empty();
            if !empty || (!full && orders.is_first_of_kind(self.model, robot)) {
                self.at(robot, (0, usize::MAX));
            }
        }
    }

    /// Looks at the gaps beside the stops that are nearest to a task of one stop.
    fn beside_near(&mut self, orders: &Orders) {
        let (state, model) = (self.state, self.model);
        let first = model.tasks[self.task as usize].first;
        for near in model.near(first).iter().take(NEAR) {
            if self.is_too_far(first, *near, orders.ends[self.task as usize]) {
                break;
            }
            let robot = state.route_of[*near as usize];
            if robot != NONE {
                let at = state.index_of[*near as usize] as usize;
                self.at(robot, (at, at + 1));
            }
        }
    }

    /// Looks at the routes of the stops that are nearest to those of a pair.
    fn in_near_routes(&mut self, orders: &mut Orders) {
        let terms = &self.model.tasks[self.task as usize];
        for stop in [terms.first, terms.second] {
            for near in self.model.near(stop).iter().take(NEAR) {
                let robot = self.state.route_of[*near as usize];
                if robot != NONE && orders.is_first_look(robot) {
                    self.at(robot, (0, usize::MAX));
                }
            }
        }
    }

    /// Looks at the robots that begin nearest: where routes begin and end, and at empty ones.
    fn at_near_robots(&mut self, orders: &mut Orders, full: bool) {
        let (state, model) = (self.state, self.model);
        let terms = &model.tasks[self.task as usize];
        let mut used = 0;
        for k in 0..model.robots.len() {
            let robot = orders.robots[terms.first as usize][k];
            let stops = state.routes[robot as usize].stops.len();
            if used == NEAR_ROBOTS && (full || self.is_start_too_far(robot)) {
                break;
            }
            if stops == 0 {
                if !full && orders.is_first_of_kind(model, robot) {
                    self.at(robot, (0, 0));
                }
            } else if used < NEAR_ROBOTS {
                used += 1;
                if terms.second == NONE {
                    self.at(robot, (0, 0));
                    self.at(robot, (stops, stops));
                } else if orders.is_first_look(robot) {
                    self.at(robot, (0, usize::MAX));
                }
            }
        }
    }

    /// Whether no gap beside a stop as far away as this one, or farther, can cost less than the best, as far as ways go.
    #[inline]
    fn is_too_far(&self, stop: u32, near: u32, end: f64) -> bool {
        let (model, longest) = (self.model, self.state.longest);
        let (own, other) = (&model.stops[stop as usize], &model.stops[near as usize]);
        let way = model
            .ways
            .length(own.leave, other.at)
            .min(model.ways.length(other.leave, own.at));
        let inner = 2.0 * way - longest.inner;
        let outer = way + way.min(end) - longest.outer;
        model.least_rate * inner.min(outer).min(way) >= self.best.price
    }

    /// Whether an empty route that begins as far away as this one, or farther, costs more than the best, as far as ways go.
    #[inline]
    fn is_start_too_far(&self, robot: u32) -> bool {
        let (model, first) = (self.model, self.model.tasks[self.task as usize].first);
        let start = model.robots[robot as usize].start;
        let way = model.ways.length(start, model.stops[first as usize].at);
        model.least_rate * way >= self.best.price
    }

    /// Looks at these gaps of a route.
    #[inline]
    fn at(&mut self, robot: u32, gaps: (usize, usize)) {
        let (model, number) = (self.model, robot as usize);
        let (route, stops) = (&self.state.routes[number], &self.state.stops);
        if route.closed || self.except.contains(&robot) || !model.is_able(number, self.task) {
            return;
        }
        let terms = &model.tasks[self.task as usize];
        if route.stops.len() + model.stops_of(self.task).count() > model.robots[number].stops {
            return;
        }
        let manner = model.manner[number];
        if self.guests.as_ref().is_none_or(|(of, _)| *of != manner) {
            let first = Guest::new(model, stops, terms.first, number);
            let second = match terms.second {
                NONE => first,
                second => Guest::new(model, stops, second, number),
            };
            self.guests = Some((manner, (first, second)));
        }
        let Some((_, guests)) = &self.guests else { return };
        let view = View {
            model,
            stops,
            robot: number,
            level: self.state.level,
        };
        let mut skip = || self.blink.now();
        let found = if terms.second == NONE {
            route.single(view, &guests.0, gaps, &mut self.best, &mut skip)
        } else {
            route.pair(view, guests, gaps.0, &mut self.best, &mut skip)
        };
        if found {
            self.route = robot;
        }
    }
}
