//! Plans made better: no dearer, whole, and as lawful as before.

mod common;

use std::time::Duration;

use common::{NOW, Traits, objective, robot, spec, task};
use fleet_core::allocate::search::Rounds;
use fleet_core::allocate::{Plan, Problem, Rule, improve, sequential_auction};
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::Scheme;
use fleet_core::{Load, Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, UtcTime};
use proptest::prelude::*;

/// A delay that is nobody's: times are rounded.
const NEGLIGIBLE: Duration = Duration::from_millis(1);

fn problem() -> impl Strategy<Value = Problem> {
    let robots = prop::collection::vec(robot(), 1..4);
    let tasks = prop::collection::vec(task(Traits::ALL), 1..14);
    (robots, tasks, objective()).prop_map(|(robots, tasks, objective)| {
        let tasks = tasks.into_iter().map(|task| Task::new(task).unwrap()).collect();
        Problem::new(robots, tasks, objective, &Scheme::FixedClasses, NOW)
    })
}

fn every(plan: &Plan) -> Vec<u32> {
    let left = plan.unserved.iter().map(|unserved| unserved.task as u32);
    let mut keys: Vec<u32> = plan
        .schedules
        .iter()
        .flat_map(Schedule::keys)
        .chain(left)
        .collect();
    keys.sort_unstable();
    keys
}

fn job(problem: &Problem, key: u32) -> Job {
    let (task, standing) = (&problem.tasks()[key as usize], &problem.standings()[key as usize]);
    Job::new(key, task, standing, &mut Euclidean).unwrap()
}

/// When each task of a schedule begins and ends.
fn times(schedule: &Schedule, key: u32) -> (UtcTime, UtcTime) {
    let visits = || schedule.visits().filter(|visit| visit.key == key);
    (visits().next().unwrap().begin, visits().last().unwrap().end)
}

/// L1: without what is less urgent no task would be on time that is late, or begin earlier if it has no due time.
fn keeps_l1(problem: &Problem, schedule: &Schedule) -> Result<(), TestCaseError> {
    for key in schedule.keys() {
        let own = job(problem, key);
        let mut without = schedule.clone();
        for other in schedule.keys() {
            if job(problem, other).urgency() < own.urgency() {
                prop_assert!(without.remove(other, &mut Euclidean).is_some());
            }
        }
        let (with, free) = (times(schedule, key), times(&without, key));
        match problem.tasks()[key as usize].due() {
            Some(due) => prop_assert!(
                with.1 <= due + NEGLIGIBLE || with.1 <= free.1 + NEGLIGIBLE,
                "task {key} is late"
            ),
            None => prop_assert!(
                with.0 <= free.0 + NEGLIGIBLE,
                "task {key} begins {:?} after {:?}",
                with.0,
                free.0
            ),
        }
    }
    Ok(())
}

/// Whether there is never too much aboard, nor less than nothing.
fn load_fits(problem: &Problem, schedule: &Schedule, capacity: &Load) -> bool {
    let keys: Vec<u32> = schedule.keys().collect();
    let stops = keys.iter().flat_map(|key| problem.tasks()[*key as usize].stops());
    let mut aboard = Load::ZERO;
    stops.into_iter().all(|stop| {
        aboard = aboard + stop.load;
        aboard.fits(capacity) && Load::ZERO.fits(&aboard)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn a_better_plan_is_whole_and_lawful(problem in problem(), stay in prop::sample::select(vec![0.0, 5.0]), seed in any::<u64>()) {
        let before = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
        let after = improve(&problem, &before, stay, seed, &mut Rounds(200), &mut Euclidean);
        let cost = |plan: &Plan| plan.terms(&problem).total();
        prop_assert!(cost(&after) <= cost(&before) + 1e-6 * cost(&before).abs(), "{} after {}", cost(&after), cost(&before));
        prop_assert_eq!(every(&after), every(&before));
        for (robot, schedule) in after.schedules.iter().enumerate() {
            prop_assert_eq!(schedule.missed().count(), 0);
            prop_assert!(!schedule.overdrawn());
            let capacity = problem.robots()[robot].capacity();
            prop_assert!(load_fits(&problem, schedule, &capacity));
            keeps_l1(&problem, schedule)?;
        }
        let again = improve(&problem, &before, stay, seed, &mut Rounds(200), &mut Euclidean);
        prop_assert_eq!(after, again);
    }

    #[test]
    fn what_has_begun_stays(problem in problem(), seed in any::<u64>()) {
        let mut plan = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
        plan.schedules.iter_mut().for_each(Schedule::begin);
        let first = |plan: &Plan| -> Vec<Option<u32>> { plan.schedules.iter().map(|schedule| schedule.keys().next()).collect() };
        let after = improve(&problem, &plan, 0.0, seed, &mut Rounds(200), &mut Euclidean);
        for (before, after) in first(&plan).into_iter().zip(first(&after)) {
            prop_assert!(before.is_none() || before == after);
        }
    }
}

fn at(key: u32, x: f64, y: f64) -> Task {
    Task::new(spec(key, vec![Stop::at(Place::at(x, y))])).unwrap()
}

fn two_robots() -> Vec<Robot> {
    let robot = |k, x| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
    vec![robot(1, 0.0), robot(2, 100.0)]
}

/// The task is a little nearer to the other robot: not worth a change.
#[test]
fn a_robot_is_not_replanned_for_a_metre() {
    let problem = Problem::new(
        two_robots(),
        vec![at(0, 49.0, 0.0)],
        Objective::minisum(),
        &Scheme::FixedClasses,
        NOW,
    );
    let mut plan = Plan {
        schedules: Vec::new(),
        unserved: Vec::new(),
    };
    for robot in problem.robots() {
        plan.schedules.push(Schedule::new(
            robot,
            *problem.objective(),
            Start::new(robot.pose().place, NOW),
        ));
    }
    let job = job(&problem, 0);
    let there = plan.schedules[1].best_insertion(&job, &mut Euclidean).unwrap();
    plan.schedules[1].insert(&job, &there);
    let kept = improve(&problem, &plan, 3.0, 1, &mut Rounds(100), &mut Euclidean);
    assert_eq!(kept, plan);
    let moved = improve(&problem, &plan, 1.0, 1, &mut Rounds(100), &mut Euclidean);
    assert_eq!(moved.schedules[0].keys().collect::<Vec<_>>(), [0]);
}

/// What the auction could not place, and what it placed badly, is found.
#[test]
fn a_search_is_worth_its_time() {
    let (mut before, mut after) = (0.0, 0.0);
    for seed in 0..5_u32 {
        let point = |k: u32| {
            let x = f64::from((k * 7919 + seed * 104_729) % 1_000);
            let y = f64::from((k * 6_271 + seed * 7_907) % 1_000);
            (x, y)
        };
        let tasks = (0..60).map(|k| at(k, point(k).0, point(k).1)).collect();
        let robots = (60..66).map(|k| {
            let (x, y) = point(k);
            Robot::new(RobotSpec::new(RobotId::from_u128(u128::from(k)), Place::at(x, y))).unwrap()
        });
        let problem = Problem::new(
            robots.collect(),
            tasks,
            Objective::minisum(),
            &Scheme::FixedClasses,
            NOW,
        );
        let auction = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
        let better = improve(&problem, &auction, 0.0, 1, &mut Rounds(5_000), &mut Euclidean);
        before += auction.terms(&problem).total();
        after += better.terms(&problem).total();
    }
    assert!(after < 0.93 * before, "{after} after {before}");
}
