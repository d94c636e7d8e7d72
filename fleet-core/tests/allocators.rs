//! The allocators: each keeps all rules and costs what it says; and what each is proven to be worth.

mod routes;

use fleet_core::allocate::Rule;
use fleet_core::allocate::search::{
    Allocator, BundleAuction, Exact, Improve, Model, NearestRobot, OptimalAssignment, PairwiseExchange,
    Robot, Rounds, SequentialAuction, Stop, Task, Ways, Weights, best_of,
};
use proptest::prelude::*;
use routes::case;

fn all() -> Vec<Box<dyn Allocator>> {
    vec![
        Box::new(NearestRobot),
        Box::new(OptimalAssignment),
        Box::new(SequentialAuction::default()),
        Box::new(SequentialAuction { rule: Rule::Regret }),
        Box::new(BundleAuction::default()),
        Box::new(BundleAuction { most: 2 }),
        Box::new(Improve::default()),
        Box::new(PairwiseExchange::default()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn all_keep_the_rules_and_cost_what_they_say(case in case(8), rounds in 0..100_u64) {
        let model = case.model();
        for allocator in all() {
            let solution = allocator.allocate(&model, None, &mut Rounds(rounds)).unwrap();
            prop_assert!(case.is_whole(&solution), "{allocator:?}: {solution:?}");
            let cost = case.cost(&solution);
            prop_assert!(cost.is_some(), "{allocator:?}: {solution:?} breaks a rule");
            prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{allocator:?}: {cost:?} is not {}", solution.cost);
            prop_assert_eq!(&allocator.allocate(&model, None, &mut Rounds(rounds)).unwrap(), &solution);
        }
    }

    #[test]
    fn all_go_on_from_a_plan(case in case(8), first in 0..8_usize, second in 0..8_usize) {
        let model = case.model();
        let allocators = all();
        let plan = allocators[first].allocate(&model, None, &mut Rounds(3)).unwrap();
        let next = allocators[second].allocate(&model, Some(&plan), &mut Rounds(1_000)).unwrap();
        prop_assert!(case.is_whole(&next));
        prop_assert!(case.cost(&next).is_some(), "{next:?} breaks a rule");
        prop_assert!(next.absent.len() <= plan.absent.len() || second >= 6);
        if second >= 6 {
            prop_assert!(next.cost <= plan.cost + 1e-6);
        }
    }

    #[test]
    fn exact_is_the_optimum(case in case(4)) {
        let solution = Exact.allocate(&case.model(), None, &mut Rounds(100)).unwrap();
        prop_assert!(case.is_whole(&solution), "{solution:?}");
        let cost = case.cost(&solution);
        prop_assert!(cost.is_some(), "{solution:?} breaks a rule");
        prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{cost:?} is not {}", solution.cost);
        let optimum = case.optimum();
        prop_assert!((solution.cost - optimum).abs() < 1e-6, "{} is not {optimum}", solution.cost);
    }

    /// Where no task makes another one cheaper, the bundle auction gives what the sequential auction gives, and at least
    /// half of the most that can be had is had.
    #[test]
    fn bundles_are_as_good_as_the_auction_where_gains_diminish(
        service in prop::collection::vec(prop::collection::vec(0.0..10.0, 3), 1..7),
        prizes in prop::collection::vec(1.0..12.0, 7),
        most in 1..4_usize,
    ) {
        // Everything is in one place, and work is all that costs; robots differ in how long they take.
        let robots: Vec<Robot> = (0..3).map(|pace| Robot { pace, ..Robot::new(0) }).collect();
        let task = |(times, prize): (&Vec<f64>, &f64)| {
            let stop = Stop { service: times.clone(), ..Stop::new(0) };
            Task { prize: *prize, ..Task::new(vec![stop]) }
        };
        let tasks: Vec<Task> = service.iter().zip(&prizes).map(task).collect();
        let weights = Weights { work: 1.0, ..Weights::TRAVEL };
        let model = Model::new(Ways::straight(&[(0.0, 0.0)]), robots, tasks, weights).unwrap();
        let bundle = BundleAuction::default().allocate(&model, None, &mut Rounds(1_000)).unwrap();
        let auction = SequentialAuction::default().allocate(&model, None, &mut Rounds(1_000)).unwrap();
        prop_assert!((bundle.cost - auction.cost).abs() < 1e-9, "{} and {}", bundle.cost, auction.cost);
        let all: f64 = prizes[..service.len()].iter().sum();
        let best = Exact.allocate(&model, None, &mut Rounds(100)).unwrap();
        prop_assert!(all - bundle.cost >= 0.5 * (all - best.cost) - 1e-9);
        let short = BundleAuction { most }.allocate(&model, None, &mut Rounds(1_000)).unwrap();
        prop_assert!(short.routes.iter().all(|route| route.len() <= most));
    }
}

/// Robots and tasks in a row: the assignment finds what the nearest robot misses.
#[test]
fn one_task_a_robot_at_the_least_sum() {
    let points = [(0.0, 0.0), (10.0, 0.0), (9.0, 0.0), (12.0, 0.0), (30.0, 0.0)];
    let tasks = (2..5).map(|place| Task::new(vec![Stop::new(place)])).collect();
    let robots = vec![Robot::new(0), Robot::new(1)];
    let model = Model::new(Ways::straight(&points), robots, tasks, Weights::TRAVEL).unwrap();
    let assigned = OptimalAssignment.allocate(&model, None, &mut Rounds(1)).unwrap();
    assert_eq!(assigned.routes, [vec![(0, 0)], vec![(1, 0)]]);
    assert_eq!(assigned.absent, [2]);
    let nearest = NearestRobot.allocate(&model, None, &mut Rounds(2)).unwrap();
    assert_eq!(nearest.routes, [vec![], vec![(0, 0), (1, 0)]]);
}

#[test]
fn what_is_too_large_for_a_proof_is_an_error() {
    let tasks = vec![Task::new(vec![Stop::new(0)]); 15];
    let model = Model::new(
        Ways::straight(&[(0.0, 0.0)]),
        vec![Robot::new(0)],
        tasks,
        Weights::TRAVEL,
    )
    .unwrap();
    assert_eq!(
        Exact.allocate(&model, None, &mut Rounds(1)).unwrap_err().field,
        "tasks"
    );
}

#[test]
fn runs_at_once_give_the_best_of_them_and_the_first_of_equals() {
    let points: Vec<(f64, f64)> = (0..40)
        .map(|k| (f64::from(k * 37 % 101), f64::from(k * 53 % 89)))
        .collect();
    let tasks = (4..40).map(|place| Task::new(vec![Stop::new(place)])).collect();
    let robots = (0..4).map(Robot::new).collect();
    let model = Model::new(Ways::straight(&points), robots, tasks, Weights::TRAVEL).unwrap();
    let run = |seed| {
        let search = Improve {
            seed,
            ..Improve::default()
        };
        let plan = search.allocate(&model, None, &mut Rounds(64))?;
        Ok((plan.cost, plan))
    };
    let alone: Vec<_> = (0..6).map(|seed| run(seed).unwrap().1).collect();
    let best = alone.iter().min_by(|a, b| a.cost.total_cmp(&b.cost)).unwrap();
    assert!(alone.iter().any(|other| other.cost > best.cost), "all are alike");
    assert_eq!(&best_of(0..6, run).unwrap(), best);
    assert_eq!(best_of(0..0, run).unwrap_err().field, "seeds");
}
