//! Commands that cannot be carried out say what is wrong.

use fleet_core::travel::{Euclidean, GridMap, GridTravel, PlaceError, Travel};
use fleet_core::{
    Abilities, Ability, Config, Node, Place, Point, Pose, Report, ReportError, Robot, Stop, SubmitError,
    Task, TaskSpec, Time,
};

use crate::fleet::{CHIEF, Fleet, robot, task, task_id};

fn refused(fleet: &mut Fleet, spec: TaskSpec, travel: &mut dyn Travel) -> SubmitError {
    let (now, task) = (fleet.now, Task::new(spec).unwrap());
    fleet.chief().submit(now, task, travel).unwrap_err()
}

#[test]
fn the_same_task_may_be_submitted_twice_and_another_one_not_under_its_id() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 10.0));
    fleet.submit(task(1, 10.0));
    fleet.run(1.0);
    fleet.submit(task(1, 10.0));
    assert_eq!(fleet.count("award"), 1);
    let error = refused(&mut fleet, task(1, 11.0), &mut Euclidean);
    assert_eq!(error, SubmitError::OtherContent(task_id(1)));
    assert!(error.to_string().starts_with("id: "), "{error}");
}

#[test]
fn a_place_where_no_robot_can_be_is_refused_by_the_name_of_its_stop() {
    let map = "type octile\nheight 2\nwidth 3\nmap\n..@\n...\n";
    let mut travel = GridTravel::new(GridMap::parse(map).unwrap());
    let mut fleet = Fleet::of([]);
    let mut spec = task(1, 0.5);
    spec.stops = vec![Stop::at(Place::Site(0)), Stop::at(Place::Site(2))];
    let error = refused(&mut fleet, spec, &mut travel);
    let expected = SubmitError::Place {
        stop: 1,
        error: PlaceError::Obstacle,
    };
    assert_eq!(error, expected);
    assert_eq!(error.to_string(), "stops[1].place: is on an obstacle");
}

#[test]
fn a_need_that_the_settings_do_not_list_is_refused() {
    let known = |name: &str| -> Abilities { [Ability::new(name).unwrap()].into() };
    let mut config = Config::new(CHIEF);
    config.abilities = Some(known("lift"));
    let mut fleet = Fleet::with(config, []);
    let mut spec = task(1, 0.0);
    spec.needs = known("lfit");
    let error = refused(&mut fleet, spec.clone(), &mut Euclidean);
    assert_eq!(
        error.to_string(),
        "needs: names lfit, which this fleet's settings do not list"
    );
    spec.needs = known("lift");
    fleet.submit(spec);
}

#[test]
fn a_predecessor_must_have_been_submitted_before() {
    let mut fleet = Fleet::of([]);
    let mut spec = task(1, 0.0);
    spec.after = vec![task_id(9)];
    let error = refused(&mut fleet, spec, &mut Euclidean);
    assert_eq!(error, SubmitError::After(task_id(9)));
    assert_eq!(fleet.chief().records().count(), 0, "nothing is changed");
}

#[test]
fn a_full_ledger_takes_no_more() {
    let mut config = Config::new(CHIEF);
    config.limits.tasks = 2;
    let mut fleet = Fleet::with(config, []);
    (1..=2).for_each(|k| fleet.submit(task(k, 0.0)));
    assert_eq!(
        refused(&mut fleet, task(3, 0.0), &mut Euclidean),
        SubmitError::Full(2)
    );
}

#[test]
fn commands_on_the_wrong_kind_of_node_are_errors() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let (now, some) = (fleet.now, Task::new(task(1, 0.0)).unwrap());
    let node = fleet.robot(1);
    assert_eq!(
        node.submit(now, some, &mut Euclidean),
        Err(SubmitError::NotCoordinator)
    );
    assert_eq!(
        node.cancel(now, task_id(1), &mut Euclidean),
        Err(SubmitError::NotCoordinator)
    );
    assert_eq!((node.record(task_id(1)), node.records().count()), (None, 0));
    let chief = fleet.chief();
    let report = chief.report(now, task_id(1), Report::Begun, &mut Euclidean);
    assert_eq!(report, Err(ReportError::NotOwned));
    assert_eq!(chief.moved(Place::at(0.0, 0.0).into()).unwrap_err().field, "pose");
    assert_eq!(
        chief.charged(now, 0.5, &mut Euclidean).unwrap_err().field,
        "battery.level"
    );
    assert_eq!((chief.body(), chief.permit(task_id(1), now)), (None, None));
    assert_eq!(
        chief.cancel(now, task_id(9), &mut Euclidean),
        Err(SubmitError::Unknown(task_id(9)))
    );
}

#[test]
fn a_pose_or_charge_that_makes_no_sense_is_refused_and_changes_nothing() {
    let mut fleet = Fleet::of([robot(1, 3.0)]);
    let now = fleet.now;
    let node = fleet.robot(1);
    let before = node.clone();
    let nowhere = Pose::from(Place::Point(Point::new(f64::NAN, 0.0)));
    assert_eq!(node.moved(nowhere).unwrap_err().field, "pose.place.x");
    assert_eq!(
        node.charged(now, 1.5, &mut Euclidean).unwrap_err().field,
        "battery.level"
    );
    assert!(*node == before);
}

#[test]
fn a_coordinator_must_be_a_witness_and_a_robot_may_be() {
    let body = || Robot::new(robot(1, 0.0)).unwrap();
    let own = Config::new(body().id().node());
    assert_eq!(
        Node::coordinator(own.clone(), CHIEF, 1).unwrap_err().field,
        "witnesses"
    );
    let now = Time::ZERO;
    let mut alone = Node::robot(own, body(), 1).unwrap();
    assert_eq!(
        alone.submit(now, Task::new(task(1, 0.0)).unwrap(), &mut Euclidean),
        Ok(())
    );
    let mut led = Node::robot(Config::new(CHIEF), body(), 1).unwrap();
    let refused = led.submit(now, Task::new(task(1, 0.0)).unwrap(), &mut Euclidean);
    assert_eq!(refused, Err(SubmitError::NotCoordinator));
}
