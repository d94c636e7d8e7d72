//! What is left out comes with the reason of each robot, and the reasons are true.

mod routes;

use fleet_core::Load;
use fleet_core::allocate::search::{
    Allocator, Charger, Improve, Model, Rate, Reason, Robot, Rounds, Solution, Stop, Task, Ways, Weights,
};
use proptest::prelude::*;
use routes::{Case, case};

/// What it costs more that this robot does a task too, at best; `None` if it cannot.
fn cheapest(case: &Case, plan: &Solution, robot: usize, task: u32) -> Option<f64> {
    let before = case.cost(plan)?;
    let mut next = plan.clone();
    next.absent.retain(|other| *other != task);
    let mut best: Option<f64> = None;
    let mut look = |routes: &Solution| {
        if let Some(cost) = case.cost(routes) {
            let more = cost - before + case.tasks[task as usize].prize;
            best = Some(best.map_or(more, |best| best.min(more)));
        }
    };
    for first in 0..=plan.routes[robot].len() {
        next.routes[robot].insert(first, (task, 0));
        if case.tasks[task as usize].stops.len() == 1 {
            look(&next);
        } else {
            for second in first + 1..=next.routes[robot].len() {
                next.routes[robot].insert(second, (task, 1));
                look(&next);
                next.routes[robot].remove(second);
            }
        }
        next.routes[robot].remove(first);
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn reasons_are_true(case in case(6), rounds in 0..200_u64) {
        let model = case.model();
        let plan = Improve::default().allocate(&model, None, &mut Rounds(rounds)).unwrap();
        let reasons = model.reasons(&plan).unwrap();
        let mut left_out: Vec<u32> = reasons.iter().map(|(task, _)| *task).collect();
        let mut absent = plan.absent.clone();
        left_out.sort_unstable();
        absent.sort_unstable();
        prop_assert_eq!(left_out, absent);
        let nothing = Solution {
            routes: vec![Vec::new(); case.robots.len()],
            absent: (0..6).collect(),
            ..Solution::default()
        };
        for (task, why) in &reasons {
            let spec = &case.tasks[*task as usize];
            prop_assert_eq!(why.len(), case.robots.len());
            for (robot, reason) in why.iter().enumerate() {
                let allowed = spec.robots.as_ref().is_none_or(|robots| robots.contains(&(robot as u32)));
                let able = spec.needs & !case.robots[robot].abilities == 0;
                let alone = cheapest(&case, &nothing, robot, *task);
                let beside = cheapest(&case, &plan, robot, *task);
                let more = beside.unwrap_or(f64::NAN);
                let makespan = case.weights.makespan > 0.0;
                let is_true = match reason {
                    Reason::NotAllowed => !allowed && able,
                    Reason::Unable => !able,
                    Reason::Stops => spec.stops.len() > case.robots[robot].stops,
                    Reason::Load | Reason::Late | Reason::Charge => alone.is_none(),
                    Reason::Busy => alone.is_some() && beside.is_none(),
                    Reason::Dear => makespan || more > spec.prize - 1e-6,
                    Reason::Open => makespan || more < spec.prize,
                    _ => false,
                };
                prop_assert!(is_true, "robot {robot}, task {task}: {reason:?}; {alone:?}, {beside:?}");
            }
        }
    }
}

#[test]
fn each_reason_has_a_name_and_a_case() {
    let points = [0.0, 10.0, 20.0].map(|metre| (metre, 0.0));
    let robot = |abilities| Robot {
        capacity: Load::capacity(&[1.0]).unwrap(),
        draw: Rate {
            metre: 1.0,
            second: 0.0,
        },
        charge: 15.0,
        full: 15.0,
        abilities,
        ..Robot::new(0)
    };
    let task = || Task::new(vec![Stop::new(1)]);
    let stop = |change: fn(&mut Stop)| {
        let mut stop = Stop::new(1);
        change(&mut stop);
        Task::new(vec![stop])
    };
    let tasks = vec![
        Task {
            robots: Some(vec![1]),
            needs: 2,
            ..task()
        },
        stop(|stop| stop.load = Load::new(&[2.0]).unwrap()),
        stop(|stop| stop.finish = 5.0),
        Task::new(vec![Stop::new(2)]),
        Task {
            after: vec![3],
            ..task()
        },
        Task { prize: 0.1, ..task() },
    ];
    let robots = vec![robot(3), robot(1)];
    let model = Model::new(Ways::straight(&points), robots, tasks, Weights::TRAVEL).unwrap();
    // A charger too far away to be of use.
    let charger = Charger {
        place: 2,
        docks: 1,
        power: 1.0,
    };
    let model = model.with_chargers(vec![charger]).unwrap();
    let plan = Improve::default()
        .allocate(&model, None, &mut Rounds(100))
        .unwrap();
    let mut reasons = model.reasons(&plan).unwrap();
    reasons.sort();
    use Reason::{Charge, Dear, Late, NotAllowed, Unable, Waiting};
    let both = |reason| vec![reason; 2];
    let expected = [
        (0, vec![NotAllowed, Unable]),
        (1, both(Reason::Load)),
        (2, both(Late)),
        (3, both(Charge)),
        (4, both(Waiting)),
        (5, both(Dear)),
    ];
    assert_eq!(reasons, expected);
    assert_eq!(Reason::Busy.to_string(), "has too much else to do");
}
