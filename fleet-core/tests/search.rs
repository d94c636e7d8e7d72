//! The improvement search, against all solutions there are of small problems.

mod routes;

use fleet_core::Load;
use fleet_core::allocate::search::{Model, Robot, Search, Solution, Stop, Task, Ways, Weights};
use proptest::prelude::*;
use routes::{Case, Routes, case};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn small_problems_are_solved_to_the_optimum(case in case(4)) {
        // One that puts down what others picked up comes in after those, one at a time: not all orders can be reached.
        prop_assume!(case.tasks.iter().all(|task| Load::ZERO.fits(&task.stops[0].load)));
        let solution = case.solve(1_000);
        prop_assert!(case.is_whole(&solution), "{solution:?}");
        let cost = case.cost(&solution);
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
        let cost = case.cost(&solution);
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
        let valid = case.cost(&plan).is_some();
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

fn used(solution: &Solution) -> usize {
    solution.routes.iter().filter(|route| !route.is_empty()).count()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn fewer_robots_keep_all_rules_and_leave_out_no_more(case in case(10), some in any::<u16>(), rounds in 0..600_u64) {
        let mut case = case;
        let robots = case.robots.len();
        case.robots = case.robots.iter().cycle().take(3 * robots).cloned().collect();
        let plan = case.solve(32);
        for (k, task) in case.tasks.iter_mut().enumerate() {
            task.fixed = some & some >> 8 >> k & 1 == 1 && !plan.absent.contains(&(k as u32));
        }
        let model = case.model();
        let mut search = Search::resume(&model, 1, &plan).unwrap();
        let before = search.best();
        let worth = |solution: &Solution| -> f64 {
            solution.absent.iter().map(|task| case.tasks[*task as usize].prize).sum()
        };
        let mut again = search.clone();
        search.run_fewer(|done| done as f64 / rounds as f64);
        again.run_fewer(|done| done as f64 / rounds as f64);
        let fewer = search.best();
        prop_assert_eq!(&again.best(), &fewer);
        search.run(|done| done as f64 / (rounds + 200) as f64);
        prop_assert!(search.best().cost <= fewer.cost);
        for (solution, most) in [(&fewer, used(&before)), (&search.best(), used(&fewer))] {
            prop_assert!(case.is_whole(solution), "{solution:?}");
            let cost = case.cost(solution);
            prop_assert!(cost.is_some(), "{:?} breaks a rule", solution);
            prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{cost:?} is not {}", solution.cost);
            prop_assert!(used(solution) <= most, "{} robots after {most}", used(solution));
        }
        prop_assert!(fewer.absent.len() <= before.absent.len());
        prop_assert!(worth(&fewer) <= worth(&before) + 1e-6);
        for (robot, route) in before.routes.iter().enumerate() {
            for stop in route.iter().filter(|stop| case.tasks[stop.0 as usize].fixed) {
                prop_assert!(fewer.routes[robot].contains(stop));
            }
        }
    }
}

/// Loads that fill robots from two depots to the brim, each with tasks around it, and one task that nobody can do.
#[test]
fn as_few_robots_as_can_carry_it_all_are_enough() {
    let loads = [6.0, 4.0, 5.0, 3.0, 2.0, 7.0, 3.0, 8.0, 1.0, 1.0];
    let mut points = vec![(0.0, 0.0), (100.0, 0.0)];
    points.extend((0..=loads.len()).map(|k| (100.0 * (k % 2) as f64, 10.0 + k as f64)));
    let task = |(k, load): (usize, f64)| {
        let load = Load::new(&[load]).unwrap();
        Task::new(vec![Stop {
            load,
            ..Stop::new(2 + k as u32)
        }])
    };
    for (open, most) in [(true, 4), (false, 4)] {
        let robot = |k: u32| Robot {
            capacity: Load::capacity(&[10.0]).unwrap(),
            end: (!open).then_some(k % 2),
            ..Robot::new(k % 2)
        };
        let all = loads.into_iter().chain([11.0]).enumerate();
        let model = Model::new(
            Ways::straight(&points),
            (0..12).map(robot).collect(),
            all.map(task).collect(),
            Weights::TRAVEL,
        );
        let model = model.unwrap();
        let mut search = Search::new(&model, 1);
        search.run(|rounds| rounds as f64 / 1_000.0);
        assert!(used(&search.best()) > most);
        search.run_fewer(|rounds| rounds as f64 / 10_000.0);
        assert_eq!(used(&search.best()), most);
        assert_eq!(search.best().absent, [10]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn a_lenient_search_ends_with_nothing_worse(case in case(8), rounds in 0..400_u64) {
        let model = case.model();
        let plan = case.solve(32);
        let run = || {
            let mut search = Search::resume(&model, 1, &plan).unwrap().with_lenience();
            search.run(|done| done as f64 / rounds as f64);
            search.best()
        };
        let found = run();
        prop_assert!(case.is_whole(&found), "{found:?}");
        let cost = case.cost(&found);
        prop_assert!(cost.is_some(), "{found:?} breaks a rule");
        prop_assert!((cost.unwrap() - found.cost).abs() < 1e-6, "{cost:?} is not {}", found.cost);
        prop_assert!(found.cost <= plan.cost + 1e-6);
        prop_assert_eq!(run(), found);
    }
}

/// Only if the robot that is not the last one gets later is the last one over earlier: which is no robot's best gap while each is
/// to be over as early as can be.
#[test]
fn the_last_route_gets_shorter_by_longer_others() {
    let robot = |start, speed, abilities| Robot {
        shift: (0.0, 60.0),
        speed,
        abilities,
        ..Robot::new(start)
    };
    let pair = |windows: Vec<(f64, f64)>, service: f64, places: [u32; 2]| {
        let mut stops = places.map(Stop::new);
        stops[0].service = vec![service];
        stops[1].windows = windows;
        Task::new(stops.to_vec())
    };
    let case = Case {
        points: vec![
            (18.122454471077052, 7.850775356348561),
            (12.342318207267473, 10.094616225811217),
            (0.0, 0.0),
            (14.283451881395324, 14.77287906847296),
            (15.088827540228808, 16.746647336103877),
        ],
        robots: vec![robot(2, 1.926257544624563, 1), robot(0, 0.5, 3)],
        tasks: vec![
            pair(
                vec![(0.0, 6.11562457564467), (19.702015159154456, 24.702015159154456)],
                0.0,
                [0, 1],
            ),
            Task::new(vec![Stop::new(2)]),
            Task {
                needs: 2,
                ..Task::new(vec![Stop::new(2)])
            },
            pair(Vec::new(), 1.4895182876791828, [3, 4]),
        ],
        weights: Weights {
            travel: 0.1,
            makespan: 1.0,
            ..Weights::TRAVEL
        },
        chargers: Vec::new(),
    };
    let (found, optimum) = (case.solve(5_000).cost, case.optimum());
    assert!(found <= optimum + 1e-6, "{found} found, {optimum} possible");
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
            ..Solution::default()
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
