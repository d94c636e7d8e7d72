//! How a fleet looks from ROS.

use std::time::Duration;

use fleet_core::drive::Driver;
use fleet_core::transport::MemoryNetwork;
use fleet_core::travel::Euclidean;
use fleet_core::{BatterySpec, Config, Place, RobotSpec, Stop, Task, TaskSpec};

use super::*;

const ROBOT: RobotId = RobotId::from_u128(1);
const UTC: UtcTime = UtcTime::from_secs(100);

fn robot(level: f64) -> Robot {
    let mut spec = RobotSpec::new(ROBOT, Place::at(0.0, 0.0));
    spec.battery = Some(BatterySpec {
        capacity: 1e6,
        level,
        reserve: 0.1,
        per_metre: 0.0,
        per_second: 0.0,
    });
    Robot::new(spec).unwrap()
}

fn of(node: &Node, now: Time) -> FleetReport {
    FleetReport::of(node, now, UTC, &Ros2Settings::default())
}

/// The level of the robot's status.
fn level(node: &Node, now: Time) -> Level {
    of(node, now).statuses[1].level
}

#[test]
fn a_robot_that_falls_silent_is_a_warning_and_then_stale() {
    let (network, config) = (
        MemoryNetwork::new(),
        Config::new(fleet_core::NodeId::from_u128(100)),
    );
    let chief = Node::coordinator(config.clone(), config.witnesses[0], 1).unwrap();
    let mut chief = Driver::new(chief, network.join(config.witnesses[0]));
    let mut body = Driver::new(
        Node::robot(config, robot(0.9), 1).unwrap(),
        network.join(ROBOT.node()),
    );
    let task = TaskSpec::new(TaskId::from_u128(7), vec![Stop::at(Place::at(90.0, 0.0))]);
    let submitted = chief
        .node_mut()
        .submit(Time::ZERO, Task::new(task).unwrap(), &mut Euclidean);
    assert_eq!(submitted, Ok(()));
    let (tick, mut now) = (Duration::from_millis(100), Time::ZERO);
    while now < Time::from_secs(10) {
        now = now + tick;
        chief.step(now, &mut Euclidean);
        body.step(now, &mut Euclidean);
    }
    assert_eq!(level(chief.node(), now), Level::Ok);
    let report = of(chief.node(), now);
    let held = &report.robots[0].tasks.status_list;
    assert_eq!((held.len(), held[0].status), (1, GoalState::Accepted));
    assert_eq!(report.tasks.status_list, *held);
    // What it knows itself: it owns the task, and is on its way.
    let own = of(body.node(), now);
    assert_eq!(own.statuses[1].message, "in touch");
    assert_eq!(
        own.robots[0].tasks.status_list[0].goal_info.goal_id,
        held[0].goal_info.goal_id
    );
    let mut levels = Vec::new();
    while now < Time::from_secs(60) {
        now = now + tick;
        chief.step(now, &mut Euclidean);
        levels.push(level(chief.node(), now));
    }
    levels.dedup();
    assert_eq!(levels, [Level::Ok, Level::Warn, Level::Stale]);
    assert_eq!(of(chief.node(), now).statuses[0].message, "no robot is there");
}

#[test]
fn a_battery_at_its_reserve_is_an_error() {
    for (charge, expected) in [(0.9, Level::Ok), (0.25, Level::Warn), (0.1, Level::Error)] {
        let node = Node::robot(Config::new(ROBOT.node()), robot(charge), 1).unwrap();
        assert_eq!(level(&node, Time::ZERO), expected, "{charge}");
    }
}

#[test]
fn a_heading_becomes_a_turn_about_the_vertical() {
    let pose = pose(
        Pose::new(Place::at(1.0, 2.0), std::f64::consts::FRAC_PI_2),
        UTC,
        "map",
    )
    .unwrap();
    let turn = pose.pose.orientation;
    let half = std::f64::consts::FRAC_1_SQRT_2;
    assert!((turn.z - half).abs() < 1e-12 && (turn.w - half).abs() < 1e-12);
    let stamped = stamp(UtcTime::from_micros(-1));
    assert_eq!((stamped.sec, stamped.nanosec), (-1, 999_999_000));
    assert_eq!(stamp(UtcTime::MAX).sec, i32::MAX);
    assert!(super::pose(Place::Site(3).into(), UTC, "map").is_none());
}
