//! The improvement search, against all solutions there are of small problems.

use fleet_core::Load;
use fleet_core::allocate::search::{Model, Rate, Robot, Search, Solution, Stop, Task, Ways, Weights};
use proptest::prelude::*;
use proptest::sample::select;

/// A problem as its words say it.
#[derive(Clone, Debug)]
struct Case {
    points: Vec<(f64, f64)>,
    robots: Vec<Robot>,
    tasks: Vec<Task>,
    weights: Weights,
}

type Routes = Vec<Vec<(u32, u32)>>;

impl Case {
    fn model(&self) -> Model {
        let ways = Ways::straight(&self.points);
        Model::new(ways, self.robots.clone(), self.tasks.clone(), self.weights).unwrap()
    }

    /// What a solution costs; `None` if it breaks a rule. By walking along it.
    fn cost(&self, routes: &Routes, absent: &[u32]) -> Option<f64> {
        let mut cost: f64 = absent.iter().map(|task| self.tasks[*task as usize].prize).sum();
        let mut last: f64 = 0.0;
        for (number, route) in routes.iter().enumerate() {
            let robot = &self.robots[number];
            let (metres, finish, others) = self.walk(number as u32, route)?;
            let fixed = if route.is_empty() { 0.0 } else { robot.fixed };
            let own = robot.cost.metre * metres + robot.cost.second * (finish - robot.shift.0);
            cost += self.weights.travel * metres + own + others + fixed;
            last = last.max(finish);
        }
        Some(cost + self.weights.makespan * last)
    }

    /// Metres, when it is over, and what service, waiting and lateness cost.
    fn walk(&self, number: u32, route: &[(u32, u32)]) -> Option<(f64, f64, f64)> {
        let robot = &self.robots[number as usize];
        let far = |a: u32, b: u32| {
            let (a, b) = (self.points[a as usize], self.points[b as usize]);
            ((a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)).sqrt()
        };
        let (mut place, mut now, mut metres, mut cost) = (robot.start, robot.shift.0, 0.0, 0.0);
        let mut aboard = robot.aboard;
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
            metres += far(place, stop.place.0) + stop.metres;
            now += far(place, stop.place.0) / robot.speed;
            if !stop.windows.is_empty() {
                let window = stop.windows.iter().find(|window| now <= window.1 + 1e-6)?;
                now = now.max(window.0);
            }
            now += service + stop.metres / robot.speed;
            if !(aboard + stop.peak).fits(&robot.capacity) {
                return None;
            }
            aboard = aboard + stop.load;
            if now > stop.finish + 1e-6 || !aboard.fits(&robot.capacity) {
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
        if let (Some(end), false) = (robot.end, route.is_empty()) {
            metres += far(place, end);
            now += far(place, end) / robot.speed;
        }
        let drawn = robot.draw.metre * metres + robot.draw.second * (now - robot.shift.0);
        let kept = route.is_empty() || (now <= robot.shift.1 + 1e-6 && drawn <= robot.charge + 1e-6);
        kept.then_some((metres, now, cost))
    }

    /// The least that any solution costs.
    fn optimum(&self) -> f64 {
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
            *best = self.cost(routes, absent).map_or(*best, |cost| cost.min(*best));
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

    fn solve(&self, rounds: u64) -> Solution {
        let model = self.model();
        let mut search = Search::new(&model, 1);
        search.run(|done| done as f64 / rounds as f64);
        search.best()
    }

    fn is_whole(&self, solution: &Solution) -> bool {
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
        0..2_usize,
        select(vec![0_u64, 1, 3, 3]),
        select(vec![0.0, 15.0]),
    )
        .prop_map(
            |(start, end, (capacity, until, charge, cost), (draw, aboard), speed, pace, abilities, fixed)| {
                Robot {
                    end,
                    shift: (0.0, until),
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

fn case(tasks: usize) -> impl Strategy<Value = Case> {
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
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn small_problems_are_solved_to_the_optimum(case in case(4)) {
        let solution = case.solve(1_000);
        prop_assert!(case.is_whole(&solution), "{solution:?}");
        let cost = case.cost(&solution.routes, &solution.absent);
        prop_assert!(cost.is_some(), "{:?} breaks a rule", solution);
        prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{cost:?} is not {}", solution.cost);
        let optimum = case.optimum();
        let found = |solution: &Solution| solution.cost <= optimum + 1e-6;
        if !found(&solution) {
            let longer = case.solve(50_000);
            prop_assert!(found(&longer), "{} found, then {}, {optimum} possible", solution.cost, longer.cost);
        }
    }

    #[test]
    fn larger_solutions_keep_all_rules_and_cost_what_they_say(case in case(12), rounds in 0..200_u64) {
        let solution = case.solve(rounds);
        prop_assert!(case.is_whole(&solution), "{solution:?}");
        let cost = case.cost(&solution.routes, &solution.absent);
        prop_assert!(cost.is_some(), "{:?} breaks a rule", solution);
        prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{cost:?} is not {}", solution.cost);
        prop_assert_eq!(&case.solve(rounds), &solution);
    }

    #[test]
    fn a_search_that_goes_on_from_a_plan_is_never_worse(case in case(8), seed in any::<u64>()) {
        let plan = case.solve(32);
        let model = case.model();
        let mut search = Search::resume(&model, seed, &plan).unwrap();
        prop_assert!(search.best().cost <= plan.cost + 1e-6, "{} after {}", search.best().cost, plan.cost);
        search.run(|done| done as f64 / 200.0);
        prop_assert!(search.best().cost <= plan.cost + 1e-6);
        prop_assert!(case.is_whole(&search.best()));
    }

    #[test]
    fn a_plan_that_breaks_a_rule_is_an_error(case in case(6), from in any::<usize>(), to in any::<usize>()) {
        let mut plan = case.solve(32);
        let model = case.model();
        // A stop is moved to anywhere.
        let filled: Vec<usize> = (0..plan.routes.len()).filter(|robot| !plan.routes[*robot].is_empty()).collect();
        prop_assume!(!filled.is_empty());
        let robot = filled[from % filled.len()];
        let at = from / 7 % plan.routes[robot].len();
        let stop = plan.routes[robot].remove(at);
        let other = to % plan.routes.len();
        let at = to / 7 % (plan.routes[other].len() + 1);
        plan.routes[other].insert(at, stop);
        let valid = case.cost(&plan.routes, &plan.absent).is_some();
        let together = |task: u32| {
            let robots = (0..plan.routes.len()).filter(|robot| plan.routes[*robot].iter().any(|stop| stop.0 == task));
            robots.count() <= 1
        };
        let whole = (0..case.tasks.len() as u32).all(together);
        prop_assert_eq!(Search::resume(&model, 1, &plan).is_ok(), valid && whole);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn what_is_fixed_stays_where_it_is(case in case(8), some in any::<u8>()) {
        let plan = case.solve(32);
        let mut held = case.clone();
        for (k, task) in held.tasks.iter_mut().enumerate() {
            task.fixed = some >> k & 1 == 1 && !plan.absent.contains(&(k as u32));
        }
        let fixed = |route: &[(u32, u32)]| -> Vec<(u32, u32)> {
            route.iter().copied().filter(|stop| held.tasks[stop.0 as usize].fixed).collect()
        };
        let model = held.model();
        let mut search = Search::resume(&model, 1, &plan).unwrap();
        search.run(|done| done as f64 / 300.0);
        for (before, after) in plan.routes.iter().zip(&search.best().routes) {
            prop_assert_eq!(fixed(before), fixed(after));
        }
    }
}

#[test]
fn what_is_no_plan_at_all_is_an_error() {
    let model = Model::new(
        Ways::straight(&[(0.0, 0.0), (1.0, 0.0)]),
        vec![Robot::new(0)],
        vec![Task::new(vec![Stop::new(1)])],
        Weights::TRAVEL,
    )
    .unwrap();
    let refused = |routes: Routes| {
        let plan = Solution {
            routes,
            absent: Vec::new(),
            cost: 0.0,
        };
        Search::resume(&model, 1, &plan).err().map(|error| error.field)
    };
    assert_eq!(refused(vec![vec![(0, 0)]]), None);
    assert_eq!(refused(vec![]).as_deref(), Some("routes"));
    assert_eq!(refused(vec![vec![(1, 0)]]).as_deref(), Some("routes[0]"));
    assert_eq!(refused(vec![vec![(0, 1)]]).as_deref(), Some("routes[0]"));
    assert_eq!(refused(vec![vec![(0, 0), (0, 0)]]).as_deref(), Some("routes[0]"));
}

#[test]
fn a_model_names_the_field_that_is_wrong() {
    let ways = || Ways::straight(&[(0.0, 0.0), (1.0, 0.0)]);
    let field = |robot: Robot, task: Task| {
        let made = Model::new(ways(), vec![Robot::new(0), robot], vec![task], Weights::TRAVEL);
        made.err().map(|error| error.field)
    };
    let task = || Task::new(vec![Stop::new(1)]);
    assert_eq!(field(Robot::new(1), task()), None);
    assert_eq!(field(Robot::new(2), task()).as_deref(), Some("robots[1].start"));
    let slow = Robot {
        speed: 0.0,
        ..Robot::new(0)
    };
    assert_eq!(field(slow, task()).as_deref(), Some("robots[1].speed"));
    assert_eq!(
        field(Robot::new(0), Task::new(vec![])).as_deref(),
        Some("tasks[0].stops")
    );
    let elsewhere = Task::new(vec![Stop::new(9)]);
    assert_eq!(
        field(Robot::new(0), elsewhere).as_deref(),
        Some("tasks[0].stops.place")
    );
    let prize = Task {
        prize: f64::NAN,
        ..task()
    };
    assert_eq!(field(Robot::new(0), prize).as_deref(), Some("tasks[0].prize"));
    assert!(Ways::new(2, vec![0.0; 3]).is_err());
    assert!(Ways::new(1, vec![f64::NAN]).is_err());
    let weights = Weights {
        travel: -1.0,
        ..Weights::TRAVEL
    };
    assert!(Model::new(ways(), vec![], vec![], weights).is_err());
}

#[test]
fn nothing_to_do_is_done() {
    for robots in [vec![], vec![Robot::new(0)]] {
        let model = Model::new(Ways::straight(&[(0.0, 0.0)]), robots, vec![], Weights::TRAVEL).unwrap();
        let mut search = Search::new(&model, 1);
        search.run(|rounds| rounds as f64 / 100.0);
        assert_eq!(search.best().cost, 0.0);
    }
    let alone = Model::new(
        Ways::straight(&[(0.0, 0.0)]),
        vec![],
        vec![Task::new(vec![Stop::new(0)])],
        Weights::TRAVEL,
    )
    .unwrap();
    let mut search = Search::new(&alone, 1);
    search.run(|rounds| rounds as f64 / 100.0);
    assert_eq!(search.best().absent, [0]);
}
