//! Robots that charge on the way, at chargers with few docks.

mod routes;

use fleet_core::allocate::search::{
    Allocator, BundleAuction, Charger, Exact, Improve, Model, NearestRobot, Rate, Robot, Rounds, Search,
    SequentialAuction, Solution, Stop, Task, Ways, Weights,
};
use proptest::prelude::*;
use routes::{Case, case};

/// Robots whose charge lasts for some tasks, and chargers at some of the places.
fn charged(tasks: usize) -> impl Strategy<Value = Case> {
    let charger = (0..tasks as u32, 1..3_u32, 0.5..20.0).prop_map(|(place, docks, power)| Charger {
        place,
        docks,
        power,
    });
    let charges = prop::collection::vec((10.0..60.0, 30.0..60.0), 2);
    (case(tasks), prop::collection::vec(charger, 1..3), charges).prop_map(|(mut case, chargers, charges)| {
        for (robot, (charge, full)) in case.robots.iter_mut().zip(charges) {
            (robot.charge, robot.full) = (charge, full);
        }
        Case { chargers, ..case }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn nobody_runs_out_of_charge_or_takes_a_dock_that_is_taken(case in charged(8), rounds in 0..400_u64) {
        let model = case.model();
        let all: [&dyn Allocator; 4] =
            [&NearestRobot, &SequentialAuction::default(), &BundleAuction::default(), &Improve::default()];
        for allocator in all {
            let solution = allocator.allocate(&model, None, &mut Rounds(rounds)).unwrap();
            prop_assert!(case.is_whole(&solution), "{allocator:?}: {solution:?}");
            let cost = case.cost(&solution);
            prop_assert!(cost.is_some(), "{allocator:?}: {solution:?} breaks a rule");
            prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{allocator:?}: {cost:?} is not {}", solution.cost);
        }
    }

    #[test]
    fn a_search_goes_on_from_what_it_found(case in charged(8), rounds in 0..400_u64) {
        let model = case.model();
        let plan = case.solve(rounds);
        let mut search = Search::resume(&model, 2, &plan).unwrap();
        search.run(|done| done as f64 / 100.0);
        prop_assert!(case.cost(&search.best()).is_some(), "{:?} breaks a rule", search.best());
    }

    #[test]
    fn an_optimum_is_proven_where_nobody_has_to_charge(case in charged(4)) {
        if let Ok(best) = Exact.allocate(&case.model(), None, &mut Rounds(100)) {
            prop_assert!(best.charges.iter().all(Vec::is_empty));
            prop_assert!(best.cost <= case.solve(500).cost + 1e-6);
        }
    }
}

/// Along a line, at the metres given.
fn line(metres: &[f64], robots: Vec<Robot>, tasks: &[u32], chargers: &[Charger]) -> Solution {
    let points: Vec<(f64, f64)> = metres.iter().map(|metre| (*metre, 0.0)).collect();
    let tasks = tasks
        .iter()
        .map(|place| Task::new(vec![Stop::new(*place)]))
        .collect();
    let model = Model::new(Ways::straight(&points), robots, tasks, Weights::TRAVEL).unwrap();
    let model = model.with_chargers(chargers.to_vec()).unwrap();
    Improve::default()
        .allocate(&model, None, &mut Rounds(1_000))
        .unwrap()
}

fn driver(start: u32) -> Robot {
    Robot {
        charge: 10.0,
        full: 20.0,
        draw: Rate {
            metre: 1.0,
            second: 0.0,
        },
        ..Robot::new(start)
    }
}

const CHARGER: Charger = Charger {
    place: 1,
    docks: 1,
    power: 2.0,
};

#[test]
fn a_robot_charges_as_much_as_it_needs_where_it_is_on_its_way() {
    let far = [0.0, 8.0, 25.0];
    assert_eq!(line(&far, vec![driver(0)], &[2], &[]).absent, [0]);
    let plan = line(&far, vec![driver(0)], &[2], &[CHARGER]);
    assert_eq!((plan.absent.len(), plan.cost), (0, 25.0));
    let [charge] = plan.charges[0][..] else {
        panic!("{plan:?}")
    };
    // It arrives with 2 after 8 s, and needs 17.
    assert_eq!((charge.before, charge.charger, charge.time), (0, 0, (8.0, 15.5)));
    // Beyond what a full charge lasts for.
    assert_eq!(
        line(&[0.0, 8.0, 30.0], vec![driver(0)], &[2], &[CHARGER]).absent,
        [0]
    );
}

#[test]
fn two_robots_take_turns_at_one_dock() {
    // The one that gets its task last is there first, but would still be there when the other one comes.
    let points = [0.0, 8.0, 25.0, 6.0, 32.0].map(|metre| (metre, 0.0));
    let robots = vec![
        driver(0),
        Robot {
            full: 30.0,
            ..driver(3)
        },
    ];
    let task = |robot: u32, place: u32| Task {
        robots: Some(vec![robot]),
        ..Task::new(vec![Stop::new(place)])
    };
    let model = Model::new(
        Ways::straight(&points),
        robots,
        vec![task(0, 2), task(1, 4)],
        Weights::TRAVEL,
    )
    .unwrap();
    for (docks, second) in [(1, (15.5, 23.5)), (2, (2.0, 10.0))] {
        let model = model
            .clone()
            .with_chargers(vec![Charger { docks, ..CHARGER }])
            .unwrap();
        let plan = SequentialAuction::default()
            .allocate(&model, None, &mut Rounds(100))
            .unwrap();
        let times: Vec<(f64, f64)> = plan.charges.iter().flatten().map(|charge| charge.time).collect();
        assert_eq!(times, [(8.0, 15.5), second]);
    }
}

#[test]
fn a_charger_that_cannot_be_is_an_error() {
    let model = || Model::new(Ways::straight(&[(0.0, 0.0); 2]), vec![], vec![], Weights::TRAVEL).unwrap();
    let field = |charger| {
        model()
            .with_chargers(vec![CHARGER, charger])
            .err()
            .map(|error| error.field)
    };
    assert_eq!(field(CHARGER), None);
    assert_eq!(
        field(Charger { place: 2, ..CHARGER }).as_deref(),
        Some("chargers[1].place")
    );
    assert_eq!(
        field(Charger { docks: 0, ..CHARGER }).as_deref(),
        Some("chargers[1].docks")
    );
    assert_eq!(
        field(Charger {
            power: f64::NAN,
            ..CHARGER
        })
        .as_deref(),
        Some("chargers[1].power")
    );
}
