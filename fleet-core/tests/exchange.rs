//! Pairs of robots that share out anew what they have.

mod routes;

use fleet_core::allocate::search::{
    Allocator, BundleAuction, Model, NearestRobot, PairwiseExchange, Robot, Rounds, Solution, Stop, Task,
    Ways, Weights,
};
use proptest::prelude::*;
use routes::{Case, case};

/// With three times the robots: every third is alike.
fn many(case: Case) -> Case {
    let robots = case.robots.len();
    let robots = case.robots.iter().cycle().take(3 * robots).cloned().collect();
    Case { robots, ..case }
}

fn exchange(model: &Model, plan: Option<&Solution>, rounds: u64) -> Solution {
    let pairs = PairwiseExchange {
        rounds: 64,
        ..PairwiseExchange::default()
    };
    pairs.allocate(model, plan, &mut Rounds(rounds)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn many_robots_keep_all_rules_and_never_get_worse(case in case(10), rounds in 0..2_000_u64, near in any::<bool>()) {
        let case = many(case);
        let model = case.model();
        let begin: &dyn Allocator = if near { &NearestRobot } else { &BundleAuction::default() };
        let plan = begin.allocate(&model, None, &mut Rounds(1_000)).unwrap();
        let found = exchange(&model, Some(&plan), rounds);
        prop_assert!(case.is_whole(&found), "{found:?}");
        let cost = case.cost(&found);
        prop_assert!(cost.is_some(), "{found:?} breaks a rule");
        prop_assert!((cost.unwrap() - found.cost).abs() < 1e-6, "{cost:?} is not {}", found.cost);
        prop_assert!(found.cost <= plan.cost + 1e-6, "{} after {}", found.cost, plan.cost);
        prop_assert_eq!(&exchange(&model, Some(&plan), rounds), &found);
    }

    #[test]
    fn what_is_fixed_stays_where_it_is(case in case(8), some in any::<u8>()) {
        let mut case = many(case);
        let plan = NearestRobot.allocate(&case.model(), None, &mut Rounds(1_000)).unwrap();
        for (k, task) in case.tasks.iter_mut().enumerate() {
            task.fixed = some >> k & 1 == 1 && !plan.absent.contains(&(k as u32));
        }
        let fixed = |route: &[(u32, u32)]| -> Vec<(u32, u32)> {
            route.iter().copied().filter(|stop| case.tasks[stop.0 as usize].fixed).collect()
        };
        let found = exchange(&case.model(), Some(&plan), 2_000);
        for (before, after) in plan.routes.iter().zip(&found.routes) {
            prop_assert_eq!(fixed(before), fixed(after));
        }
    }
}

/// Each robot has what lies beside its neighbour: every pair that meets swaps it, in a fleet where few know each other.
#[test]
fn neighbours_swap_what_lies_beside_the_other() {
    let robots = 40;
    let at = |k: u32, y: f64| (f64::from(k) * 100.0, y);
    let points: Vec<(f64, f64)> = (0..robots)
        .map(|k| at(k, 0.0))
        .chain((0..robots).map(|k| at(k, 1.0)))
        .collect();
    let tasks = (robots..2 * robots).map(|place| Task::new(vec![Stop::new(place)]));
    let model = Model::new(
        Ways::straight(&points),
        (0..robots).map(Robot::new).collect(),
        tasks.collect(),
        Weights::TRAVEL,
    )
    .unwrap();
    let plan = Solution {
        routes: (0..robots).map(|k| vec![(k ^ 1, 0)]).collect(),
        ..Solution::default()
    };
    let found = exchange(&model, Some(&plan), 100_000);
    let own: Vec<_> = (0..robots).map(|k| vec![(k, 0)]).collect();
    assert_eq!(found.routes, own);
    assert!((found.cost - f64::from(robots)).abs() < 1e-9, "{}", found.cost);
}

/// Of tasks that nobody has a pair takes two for one that it gives up; and so does a robot that is alone.
#[test]
fn what_nobody_has_is_taken_for_what_is_given_up() {
    // The nearest task leads away from two others, that have to be done by then.
    let points = [(0.0, 0.0), (-3.0, 0.0), (5.0, 0.0), (9.0, 0.0), (200.0, 0.0)];
    let task = |(place, finish): (u32, f64)| {
        let finish = Stop {
            finish,
            ..Stop::new(place)
        };
        Task::new(vec![finish])
    };
    for robots in [vec![Robot::new(0)], vec![Robot::new(0), Robot::new(4)]] {
        let tasks = [(1, 3.0), (2, 5.0), (3, 9.0)].map(task).to_vec();
        let robots: Vec<Robot> = robots;
        let (ways, count) = (Ways::straight(&points), robots.len());
        let model = Model::new(ways, robots, tasks, Weights::TRAVEL).unwrap();
        let bundles = BundleAuction::default()
            .allocate(&model, None, &mut Rounds(1_000))
            .unwrap();
        assert_eq!(bundles.absent, [1, 2]);
        let found = exchange(&model, None, 2_000);
        assert_eq!(found.absent, [0], "{count} robots");
        assert_eq!(found.routes[0], [(1, 0), (2, 0)]);
    }
}

/// Only if three robots pass on a task each is anything gained: no two of them find that.
#[test]
fn what_takes_three_robots_is_not_found() {
    let robots = (0..3).map(|k| Robot {
        abilities: [0b011, 0b110, 0b101][k as usize],
        shift: (0.0, 10.0),
        ..Robot::new(0)
    });
    // Each task can be done by two of the robots, each robot does one, and each does its second choice.
    let service = |k: usize| {
        let mut service = vec![10.0; 3];
        service[k] = 1.0;
        service
    };
    let robots: Vec<Robot> = robots
        .enumerate()
        .map(|(pace, robot)| Robot { pace, ..robot })
        .collect();
    let task = |k: usize| Task {
        needs: 1 << k,
        ..Task::new(vec![Stop {
            service: service(k),
            ..Stop::new(0)
        }])
    };
    let weights = Weights {
        work: 1.0,
        ..Weights::TRAVEL
    };
    let ways = Ways::straight(&[(0.0, 0.0)]);
    let model = Model::new(ways, robots, (0..3).map(task).collect(), weights).unwrap();
    let plan = Solution {
        routes: vec![vec![(1, 0)], vec![(2, 0)], vec![(0, 0)]],
        ..Solution::default()
    };
    let found = exchange(&model, Some(&plan), 100_000);
    assert_eq!(found.routes, plan.routes);
    let all = exchange(&model, None, 100_000);
    assert_eq!(all.cost, 3.0);
}

/// Of two pairs that meet at the same time, and could both take what nobody has, one does; the other keeps what it has.
#[test]
fn what_nobody_has_goes_to_one_of_the_pairs_that_could_take_it() {
    // Beside each robot one task that keeps it from two others; both robots could do those as well.
    let points = [
        (0.0, 0.0),
        (0.0, 14.0),
        (-3.0, 0.0),
        (-3.0, 14.0),
        (5.0, 7.0),
        (9.0, 7.0),
    ];
    let task = |(place, finish): (u32, f64)| {
        let stop = Stop {
            finish,
            ..Stop::new(place)
        };
        Task::new(vec![stop])
    };
    // Who stands beside each of them is off shift.
    let idle = |start| Robot {
        shift: (0.0, 0.0),
        ..Robot::new(start)
    };
    let model = Model::new(
        Ways::straight(&points),
        vec![Robot::new(0), idle(0), Robot::new(1), idle(1)],
        [(2, 3.0), (3, 3.0), (4, 8.7), (5, 12.7)].map(task).to_vec(),
        Weights::TRAVEL,
    )
    .unwrap();
    let bundles = BundleAuction::default()
        .allocate(&model, None, &mut Rounds(1_000))
        .unwrap();
    assert_eq!(bundles.absent, [2, 3]);
    let found = exchange(&model, None, 10_000);
    assert_eq!(found.routes[0], [(2, 0), (3, 0)]);
    assert_eq!(found.routes[2], [(1, 0)]);
    assert_eq!(found.absent, [0]);
}
