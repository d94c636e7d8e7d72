//! Robots that charge on the way, at chargers with few docks.

mod routes;

use fleet_core::Load;
use fleet_core::allocate::search::{
    Allocator, BundleAuction, Charger, Exact, Improve, Model, NearestRobot, PairwiseExchange, Rate, Robot,
    Rounds, Search, SequentialAuction, Solution, Stop, Task, Ways, Weights,
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
        let all: [&dyn Allocator; 5] =
            [&NearestRobot, &SequentialAuction::default(), &BundleAuction::default(), &Improve::default(), &PairwiseExchange::default()];
        for allocator in all {
            let solution = allocator.allocate(&model, None, &mut Rounds(rounds)).unwrap();
            prop_assert!(case.is_whole(&solution), "{allocator:?}: {solution:?}");
            let cost = case.cost(&solution);
            prop_assert!(cost.is_some(), "{allocator:?}: {solution:?} breaks a rule");
            prop_assert!((cost.unwrap() - solution.cost).abs() < 1e-6, "{allocator:?}: {cost:?} is not {}", solution.cost);
        }
    }

    #[test]
    fn pairs_that_share_out_anew_leave_robots_alone_that_charge(case in charged(8)) {
        let model = case.model();
        let plan = NearestRobot.allocate(&model, None, &mut Rounds(1_000)).unwrap();
        let pairs = PairwiseExchange { rounds: 64, ..PairwiseExchange::default() };
        let found = pairs.allocate(&model, Some(&plan), &mut Rounds(2_000)).unwrap();
        prop_assert!(found.cost <= plan.cost + 1e-6, "{} after {}", found.cost, plan.cost);
        for (robot, route) in plan.routes.iter().enumerate() {
            if !plan.charges[robot].is_empty() {
                prop_assert!(route.iter().all(|stop| found.routes[robot].contains(stop)), "{found:?} after {plan:?}");
            }
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
    fn a_plan_of_linked_tasks_is_taken_as_it_was_found(case in charged(8), rounds in 0..400_u64, links in prop::collection::vec((0..8_u32, 0..8_u32), 0..4)) {
        let mut case = case;
        for (a, b) in links {
            if a < b { case.tasks[b as usize].after.push(a); }
        }
        let model = case.model();
        let plan = case.solve(rounds);
        let search = Search::resume(&model, 2, &plan).unwrap();
        prop_assert!(search.best().cost <= plan.cost + 1e-6, "{:?} is worse than {plan:?}", search.best());
    }

    #[test]
    fn an_optimum_is_proven_where_nobody_has_to_charge(case in charged(4)) {
        if let Ok(best) = Exact.allocate(&case.model(), None, &mut Rounds(100)) {
            prop_assert!(best.charges.iter().all(Vec::is_empty));
            prop_assert!(best.cost <= case.solve(500).cost + 1e-6);
        }
    }
}

/// A dock that was taken when the robots chose where to charge was free again at the end: the first of them would choose
/// otherwise now, and come to no way through. Found by the property above.
#[test]
fn a_plan_is_taken_as_it_was_found_also_where_charging_would_be_planned_otherwise_now() {
    let points = vec![
        (12.638943935973693, 18.241459467908072),
        (3.474974971889581, 5.826979755439161),
        (18.012898115685385, 19.49031070176466),
        (1.8506930238294672, 17.669418044177238),
        (0.0, 0.0),
        (0.0, 13.376517915165046),
        (15.866009291944716, 4.67634043026277),
        (10.826154017725921, 0.0),
        (17.13964838013705, 10.052806860844035),
        (0.0, 0.0),
        (6.921865381812984, 0.0),
        (0.0, 0.0),
        (14.806666429507505, 0.0),
        (5.727785152163117, 7.310388590678371),
        (0.0, 0.0),
        (13.525473270990439, 0.0),
        (0.0, 0.0),
        (0.0, 0.0),
    ];
    let load = |load: f64| Load::new(&[load]).unwrap();
    let robot = Robot {
        shift: (0.0, 1e9),
        capacity: Load::capacity(&[4.0]).unwrap(),
        abilities: 1,
        draw: Rate {
            metre: 1.0,
            second: 0.0,
        },
        ..Robot::new(2)
    };
    let robots = vec![
        Robot {
            end: Some(7),
            speed: 1.3573643331311789,
            charge: 26.900642522958265,
            full: 50.10633981644455,
            cost: Rate {
                metre: 0.5,
                second: 0.3,
            },
            ..robot.clone()
        },
        Robot {
            start: 7,
            end: Some(2),
            aboard: load(1.0),
            speed: 1.5908808168317037,
            charge: 25.384418406585535,
            full: 38.34359038571297,
            ..robot
        },
    ];
    let stop = |place: u32| Stop {
        service: vec![0.0, 0.0],
        ..Stop::new(place)
    };
    let task = |stops: Vec<Stop>| Task {
        prize: 1e6,
        ..Task::new(stops)
    };
    let tasks = vec![
        task(vec![stop(0), stop(1)]),
        task(vec![
            stop(2),
            Stop {
                windows: vec![(23.666070232954382, 64.01914406126252)],
                peak: load(2.0),
                ..stop(3)
            },
        ]),
        Task {
            needs: 2,
            ..task(vec![
                Stop {
                    load: load(2.0),
                    ..stop(4)
                },
                Stop {
                    load: load(-2.0),
                    ..stop(5)
                },
            ])
        },
        Task {
            robots: Some(vec![0]),
            ..task(vec![Stop {
                windows: vec![
                    (15.091570129473986, 31.25385489734624),
                    (40.84921839656198, 61.73627159015541),
                ],
                load: load(1.0),
                ..stop(6)
            }])
        },
        Task {
            robots: Some(vec![0]),
            ..task(vec![Stop {
                service: vec![4.83321642302017, 0.0],
                load: load(2.0),
                ..stop(8)
            }])
        },
        task(vec![Stop {
            load: load(2.0),
            ..stop(10)
        }]),
        Task {
            prize: 20.0,
            ..task(vec![
                stop(12),
                Stop {
                    windows: vec![
                        (16.934869185195165, 35.04849753507189),
                        (51.07765729540209, 56.07765729540209),
                    ],
                    ..stop(13)
                },
            ])
        },
        Task {
            needs: 2,
            ..task(vec![stop(14)])
        },
    ];
    let charger = |place, power| Charger {
        place,
        docks: 1,
        power,
    };
    let case = Case {
        points,
        robots,
        tasks,
        weights: Weights::TRAVEL,
        chargers: vec![charger(6, 9.443965912788906), charger(2, 0.5)],
    };
    let plan = case.solve(1);
    let model = case.model();
    let search = Search::resume(&model, 2, &plan).unwrap();
    assert!(
        search.best().cost <= plan.cost + 1e-9,
        "{:?} is worse than {plan:?}",
        search.best()
    );
    assert!(case.cost(&search.best()).is_some());
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

/// The only neighbour charges and stays as it is; so this robot improves its own route.
#[test]
fn who_is_beside_a_robot_that_charges_goes_on_alone() {
    let points = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (0.0, 50.0), (15.0, 50.0)];
    let charging = Robot {
        draw: Rate {
            metre: 1.0,
            second: 0.0,
        },
        charge: 8.0,
        full: 30.0,
        ..Robot::new(3)
    };
    let task = |place| Task::new(vec![Stop::new(place)]);
    let charger = Charger {
        place: 3,
        docks: 1,
        power: 1.0,
    };
    let model = Model::new(
        Ways::straight(&points),
        vec![Robot::new(0), charging],
        [1, 2, 4].map(task).to_vec(),
        Weights::TRAVEL,
    );
    let model = model.unwrap().with_chargers(vec![charger]).unwrap();
    let routes = vec![vec![(1, 0), (0, 0)], vec![(2, 0)]];
    let plan = Search::resume(
        &model,
        1,
        &Solution {
            routes,
            ..Solution::default()
        },
    );
    let plan = plan.unwrap().best();
    assert_eq!(plan.charges[1].len(), 1);
    let pairs = PairwiseExchange::default();
    let found = pairs.allocate(&model, Some(&plan), &mut Rounds(2_000)).unwrap();
    assert_eq!(found.routes, [vec![(0, 0), (1, 0)], vec![(2, 0)]]);
    assert_eq!(found.charges, plan.charges);
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
