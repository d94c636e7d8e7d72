//! Small problems of routes, and what they cost by walking along them.

#![allow(dead_code, reason = "each test uses a part")]

use fleet_core::Load;
use fleet_core::allocate::search::{
    Charge, Charger, Model, Rate, Robot, Search, Solution, Stop, Task, Ways, Weights,
};
use proptest::prelude::*;
use proptest::sample::select;

/// A problem as its words say it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) robots: Vec<Robot>,
    pub(crate) tasks: Vec<Task>,
    pub(crate) weights: Weights,
    pub(crate) chargers: Vec<Charger>,
}

pub(crate) type Routes = Vec<Vec<(u32, u32)>>;

impl Case {
    pub(crate) fn model(&self) -> Model {
        let ways = Ways::straight(&self.points);
        let model = Model::new(ways, self.robots.clone(), self.tasks.clone(), self.weights).unwrap();
        model.with_chargers(self.chargers.clone()).unwrap()
    }

    /// What a solution costs; `None` if it breaks a rule. By walking along it.
    pub(crate) fn cost(&self, solution: &Solution) -> Option<f64> {
        let all = |charger: u32| {
            let charges = solution.charges.iter().flatten();
            charges.filter(move |charge| charge.charger == charger)
        };
        for (number, charger) in self.chargers.iter().enumerate() {
            for charge in all(number as u32) {
                let beside = all(number as u32)
                    .filter(|other| other.time.0 <= charge.time.0 && charge.time.0 < other.time.1);
                if beside.count() > charger.docks as usize {
                    return None;
                }
            }
        }
        self.walk_all(&solution.routes, &solution.absent, &solution.charges)
    }

    fn walk_all(&self, routes: &Routes, absent: &[u32], charges: &[Vec<Charge>]) -> Option<f64> {
        let mut cost: f64 = absent.iter().map(|task| self.tasks[*task as usize].prize).sum();
        let mut last: f64 = 0.0;
        for (number, route) in routes.iter().enumerate() {
            let robot = &self.robots[number];
            let (metres, finish, others) = self.walk(
                number as u32,
                route,
                charges.get(number).map_or(&[], Vec::as_slice),
            )?;
            let fixed = if route.is_empty() { 0.0 } else { robot.fixed };
            let own = robot.cost.metre * metres + robot.cost.second * (finish - robot.shift.0);
            cost += self.weights.travel * metres + own + others + fixed;
            last = last.max(finish);
        }
        Some(cost + self.weights.makespan * last)
    }

    /// Metres, when it is over, and what service, waiting and lateness cost.
    fn walk(&self, number: u32, route: &[(u32, u32)], charges: &[Charge]) -> Option<(f64, f64, f64)> {
        let robot = &self.robots[number as usize];
        let far = |a: u32, b: u32| {
            let (a, b) = (self.points[a as usize], self.points[b as usize]);
            ((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)).sqrt()
        };
        let (mut place, mut now, mut metres, mut cost) = (robot.start, robot.shift.0, 0.0, 0.0);
        let mut aboard = robot.aboard;
        // At the last charge: level, metres and time.
        let mut since = (robot.charge, 0.0, now);
        let level = |since: (f64, f64, f64), metres: f64, now: f64| {
            since.0 - robot.draw.metre * (metres - since.1) - robot.draw.second * (now - since.2)
        };
        let mut charge = |gap: usize, place: &mut u32, metres: &mut f64, now: &mut f64| {
            for charge in charges.iter().filter(|charge| charge.before as usize == gap) {
                let charger = &self.chargers[charge.charger as usize];
                let way = far(*place, charger.place);
                *metres += way;
                *now += way / robot.speed;
                let there = level(since, *metres, charge.time.0);
                if *now > charge.time.0 + 1e-6 || there < -1e-6 {
                    return None;
                }
                let charged = there + charger.power * (charge.time.1 - charge.time.0);
                (*place, *now) = (charger.place, charge.time.1);
                since = (charged.min(robot.full), *metres, *now);
            }
            Some(since)
        };
        if route.len() > robot.stops {
            return None;
        }
        for (k, (name, which)) in route.iter().enumerate() {
            let task = &self.tasks[*name as usize];
            let stop = &task.stops[*which as usize];
            let allowed = task.robots.as_ref().is_none_or(|robots| robots.contains(&number));
            if !allowed
                || task.needs & !robot.abilities != 0
                || (*which == 1 && !route[..k].contains(&(*name, 0)))
            {
                return None;
            }
            let service = stop.service[robot.pace.min(stop.service.len() - 1)];
            let since = charge(k, &mut place, &mut metres, &mut now)?;
            metres += far(place, stop.place.0) + stop.metres;
            now += far(place, stop.place.0) / robot.speed;
            if !stop.windows.is_empty() {
                let window = stop.windows.iter().find(|window| now <= window.1 + 1e-6)?;
                now = now.max(window.0);
            }
            now += service + stop.metres / robot.speed;
            if !(aboard + stop.peak).fits(&robot.capacity) || !Load::ZERO.fits(&(aboard + stop.dip)) {
                return None;
            }
            aboard = aboard + stop.load;
            if level(since, metres, now) < -1e-6
                || now > stop.finish + 1e-6
                || !aboard.fits(&robot.capacity)
                || !Load::ZERO.fits(&aboard)
            {
                return None;
            }
            cost += self.weights.work * service;
            if *which as usize == task.stops.len() - 1 {
                let late = (now - task.due).max(0.0);
                cost += task.waiting * (now - task.since) + task.lateness * late;
                cost += task
                    .home
                    .filter(|home| home.0 != number)
                    .map_or(0.0, |home| home.1);
            }
            place = stop.place.1;
        }
        let since = charge(route.len(), &mut place, &mut metres, &mut now)?;
        if let (Some(end), false) = (robot.end, route.is_empty()) {
            metres += far(place, end);
            now += far(place, end) / robot.speed;
        }
        let lasts = level(since, metres, now) >= -1e-6;
        let kept = route.is_empty() || (now <= robot.shift.1 + 1e-6 && lasts);
        kept.then_some((metres, now, cost))
    }

    /// The least that any solution costs.
    pub(crate) fn optimum(&self) -> f64 {
        let mut best = f64::INFINITY;
        self.try_all(
            0,
            &mut vec![Vec::new(); self.robots.len()],
            &mut Vec::new(),
            &mut best,
        );
        best
    }

    fn try_all(&self, task: u32, routes: &mut Routes, absent: &mut Vec<u32>, best: &mut f64) {
        if task as usize == self.tasks.len() {
            *best = self
                .walk_all(routes, absent, &[])
                .map_or(*best, |cost| cost.min(*best));
            return;
        }
        absent.push(task);
        self.try_all(task + 1, routes, absent, best);
        absent.pop();
        for robot in 0..routes.len() {
            for first in 0..=routes[robot].len() {
                routes[robot].insert(first, (task, 0));
                if self.tasks[task as usize].stops.len() == 1 {
                    self.try_all(task + 1, routes, absent, best);
                } else {
                    for second in first + 1..=routes[robot].len() {
                        routes[robot].insert(second, (task, 1));
                        self.try_all(task + 1, routes, absent, best);
                        routes[robot].remove(second);
                    }
                }
                routes[robot].remove(first);
            }
        }
    }

    pub(crate) fn solve(&self, rounds: u64) -> Solution {
        let model = self.model();
        let mut search = Search::new(&model, 1);
        search.run(|done| done as f64 / rounds as f64);
        search.best()
    }

    pub(crate) fn is_whole(&self, solution: &Solution) -> bool {
        let count = |task: u32, which: u32| {
            let stops = solution.routes.iter().flatten();
            stops.filter(|stop| **stop == (task, which)).count()
        };
        (0..self.tasks.len() as u32).all(|task| {
            let times = usize::from(!solution.absent.contains(&task));
            (0..self.tasks[task as usize].stops.len() as u32).all(|which| count(task, which) == times)
        })
    }
}

fn load() -> impl Strategy<Value = f64> {
    select(vec![0.0, 1.0, 2.0])
}

fn stop(place: u32) -> impl Strategy<Value = Stop> {
    let windows = prop_oneof![
        3 => Just(vec![]),
        1 => (0.0..30.0, 5.0..60.0).prop_map(|(open, long)| vec![(open, open + long)]),
        1 => (0.0..20.0, 5.0..20.0, 1.0..20.0, 5.0..40.0)
            .prop_map(|(open, long, gap, more)| vec![(open, open + long), (open + long + gap, open + long + gap + more)]),
    ];
    let finish = prop_oneof![4 => Just(f64::INFINITY), 1 => 20.0..80.0];
    let peak = prop_oneof![4 => Just(0.0), 1 => Just(2.0)];
    (windows, prop::collection::vec(0.0..5.0, 2), finish, peak).prop_map(
        move |(windows, service, finish, peak)| Stop {
            windows,
            service,
            finish,
            peak: Load::new(&[peak]).unwrap(),
            ..Stop::new(place)
        },
    )
}

fn task(place: u32) -> impl Strategy<Value = Task> {
    let stops = prop_oneof![
        3 => (stop(place), load()).prop_map(|(stop, load)| vec![Stop { load: Load::new(&[load]).unwrap(), ..stop }]),
        1 => stop(place).prop_map(|stop| vec![Stop { load: Load::new(&[-1.0]).unwrap(), ..stop }]),
        2 => (stop(place), stop(place + 1), load()).prop_map(|(pickup, delivery, load)| vec![
            Stop { load: Load::new(&[load]).unwrap(), ..pickup },
            Stop { load: Load::new(&[-load]).unwrap(), ..delivery },
        ]),
    ];
    let due = prop_oneof![2 => Just(f64::INFINITY), 1 => 0.0..40.0];
    let robots = prop_oneof![6 => Just(None), 1 => Just(Some(vec![0]))];
    let home = prop_oneof![4 => Just(None), 1 => (0.0..10.0).prop_map(|cost| Some((0, cost)))];
    let slopes = (prop_oneof![Just(0.0), 0.5..2.0], 0.0..3.0);
    (
        stops,
        select(vec![1e6, 20.0]),
        (0..4_u64, robots, home),
        due,
        slopes,
    )
        .prop_map(
            |(stops, prize, (needs, robots, home), due, (waiting, lateness))| Task {
                prize,
                needs,
                robots,
                home,
                due,
                waiting,
                lateness,
                ..Task::new(stops)
            },
        )
}

fn robot(places: u32) -> impl Strategy<Value = Robot> {
    let end = prop_oneof![Just(None), (0..places).prop_map(Some)];
    let limits = (
        select(vec![2.0, 4.0, 100.0]),
        select(vec![60.0, 1e9]),
        select(vec![70.0, 1e9]),
        select(vec![
            Rate::ZERO,
            Rate {
                metre: 0.5,
                second: 0.3,
            },
        ]),
    );
    let draw = select(vec![
        Rate {
            metre: 1.0,
            second: 0.0,
        },
        Rate {
            metre: 0.5,
            second: 0.5,
        },
    ]);
    let aboard = select(vec![0.0, 0.0, 1.0]);
    (
        0..places,
        end,
        limits,
        (draw, aboard),
        0.5..2.0,
        (0..2_usize, select(vec![usize::MAX, usize::MAX, usize::MAX, 3, 1])),
        select(vec![0_u64, 1, 3, 3]),
        select(vec![0.0, 15.0]),
    )
        .prop_map(
            |(
                start,
                end,
                (capacity, until, charge, cost),
                (draw, aboard),
                speed,
                (pace, stops),
                abilities,
                fixed,
            )| {
                Robot {
                    end,
                    shift: (0.0, until),
                    stops,
                    capacity: Load::capacity(&[capacity]).unwrap(),
                    aboard: Load::new(&[aboard]).unwrap(),
                    speed,
                    draw,
                    charge,
                    cost,
                    fixed,
                    pace,
                    abilities,
                    ..Robot::new(start)
                }
            },
        )
}

fn weights() -> impl Strategy<Value = Weights> {
    let one = |weights| Just(Weights { ..weights });
    prop_oneof![
        3 => one(Weights::TRAVEL),
        1 => one(Weights { work: 1.0, ..Weights::TRAVEL }),
        1 => one(Weights { makespan: 1.0, travel: 0.1, ..Weights::TRAVEL }),
    ]
}

/// Robots and tasks anywhere on a square of 20 m, with some of all that there is.
pub(crate) fn case(tasks: usize) -> impl Strategy<Value = Case> {
    let places = 2 * tasks as u32 + 2;
    let points = prop::collection::vec((0.0..20.0, 0.0..20.0), places as usize);
    let robots = prop::collection::vec(robot(places), 1..=2);
    let all: Vec<_> = (0..tasks as u32).map(|k| task(2 * k)).collect();
    (points, robots, all, weights(), any::<bool>()).prop_map(|(points, robots, mut tasks, weights, timed)| {
        if !timed {
            tasks
                .iter_mut()
                .for_each(|task| (task.waiting, task.lateness) = (0.0, 0.0));
        }
        Case {
            points,
            robots,
            tasks,
            weights,
            chargers: Vec::new(),
        }
    })
}
