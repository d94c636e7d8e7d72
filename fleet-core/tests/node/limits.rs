//! M2: whatever arrives, nodes keep and send no more than their limits.

use std::time::Duration;

use fleet_core::message::{Activity, Answer, Award, Claim, Heartbeat, Lot, Message, News};
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    Bid, Config, Epoch, NodeId, Place, Point, Pose, Stop, Task, TaskSpec, Terms, UtcTime, wire,
};

use crate::fleet::{CHIEF, Fleet, robot, robot_id, task, task_id};

fn lot(number: u32, spec: TaskSpec) -> Lot {
    let task = Task::new(spec).unwrap();
    let now = UtcTime::from_secs(0);
    let standing = Scheme::FixedClasses.standing(&task, now, now);
    Lot {
        number,
        task,
        standing,
    }
}

fn beat(ask: u32) -> Heartbeat {
    let here = Pose::from(Place::at(0.0, 0.0));
    Heartbeat {
        ask,
        boot: 1,
        edition: 1,
        pose: here,
        charge: None,
        activity: Activity::Idle,
        free: (here, Duration::ZERO),
        claims: Vec::new(),
        news: Vec::new(),
        orders: Vec::new(),
        drain: (0, None),
        adrift: false,
    }
}

fn epoch(count: u32) -> Epoch {
    (0..count).fold(Epoch::ZERO, |epoch, _| epoch.next(1, CHIEF))
}

#[test]
fn a_flood_of_lots_pushes_out_the_oldest() {
    let mut config = Config::new(CHIEF);
    config.limits.lots = 100;
    let mut fleet = Fleet::with(config, [robot(1, 0.0)]);
    for number in 1..=1_000 {
        let announce = Message::Announce(vec![lot(number, task(u128::from(number), 0.0))]);
        fleet.deliver(CHIEF, robot_id(1).node(), &announce);
    }
    let grown = format!("{:?}", fleet.robot(1)).len();
    for number in 1_001..=2_000 {
        let announce = Message::Announce(vec![lot(number, task(u128::from(number), 0.0))]);
        fleet.deliver(CHIEF, robot_id(1).node(), &announce);
    }
    let more = format!("{:?}", fleet.robot(1)).len();
    assert!(more < grown + grown / 20, "{grown}, then {more}");
}

#[test]
fn a_flood_of_cancellations_is_forgotten() {
    let mut config = Config::new(CHIEF);
    config.limits.lots = 100;
    let mut fleet = Fleet::with(config, [robot(1, 0.0)]);
    let empty = format!("{:?}", fleet.robot(1)).len();
    for k in 0..1_000 {
        let cancel = Message::Cancel {
            task: task_id(k),
            epoch: epoch(1),
        };
        fleet.deliver(CHIEF, robot_id(1).node(), &cancel);
    }
    let full = format!("{:?}", fleet.robot(1)).len();
    assert!(full < empty + 100 * 250, "{empty}, then {full}");
    fleet.run(12.0);
    assert!(format!("{:?}", fleet.robot(1)).len() < empty + 1_000);
}

#[test]
fn a_huge_heartbeat_is_answered_within_a_frame_and_leaves_nothing_behind() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.run(1.0);
    let before = format!("{:?}", fleet.chief()).len();
    let mut huge = beat(1_000);
    let claim = |k| Claim {
        task: task_id(k),
        epoch: epoch(9),
        leased: k % 2 == 0,
        stops_done: Some(u32::MAX),
        there: true,
    };
    huge.claims = (0..1_000).map(claim).collect();
    huge.news = (0..500).map(|k| (task_id(k), epoch(9), News::Done)).collect();
    let frame = wire::encode(&Message::Heartbeat(huge.clone()));
    assert!(frame.len() <= fleet.config.limits.frame, "{}", frame.len());
    fleet.deliver(robot_id(1).node(), CHIEF, &Message::Heartbeat(huge)); // the answer is decoded within the limit
    let after = format!("{:?}", fleet.chief()).len();
    assert!(after < before + 200, "{before}, then {after}");
}

#[test]
fn a_robot_that_is_nowhere_when_it_is_free_is_where_it_was() {
    let mut fleet = Fleet::of([robot(1, 7.0)]);
    let mut lost = beat(1_000);
    let nowhere = Place::Point(Point::new(f64::NAN, f64::INFINITY));
    lost.free = (Pose::from(nowhere), Duration::MAX);
    fleet.deliver(robot_id(1).node(), CHIEF, &Message::Heartbeat(lost));
    let now = fleet.now;
    let member = fleet.chief().members().next().unwrap().clone();
    assert_eq!(member.free(now).0, Place::at(7.0, 0.0));
}

#[test]
fn bids_for_nothing_and_from_nobody_are_ignored() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    fleet.submit(task(1, 10.0));
    let cheap = Answer::Bid(Bid {
        terms: Terms {
            travel: -1e9,
            ..Terms::default()
        },
    });
    let bids = Message::Bids((0..1_000).map(|lot| (lot, cheap.clone())).collect());
    fleet.deliver(NodeId::from_u128(77), CHIEF, &bids);
    fleet.deliver(robot_id(2).node(), CHIEF, &bids); // the lot is not open yet
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert_eq!(fleet.count("award"), 1);
}

#[test]
fn only_the_coordinator_of_the_settings_is_obeyed() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let award = Award {
        lot: lot(1, task(1, 0.0)),
        epoch: epoch(1),
        boot: 1,
        limit: None,
        rebid: Vec::new(),
    };
    fleet.deliver(
        NodeId::from_u128(77),
        robot_id(1).node(),
        &Message::Award(award.clone()),
    );
    assert_eq!(fleet.count("accept"), 0);
    fleet.deliver(CHIEF, robot_id(1).node(), &Message::Award(award));
    assert_eq!(fleet.count("accept"), 1);
    fleet.settle();
    assert_eq!(fleet.permit(1, 1), None, "no witness knows of such a task");
}

#[test]
fn a_plan_is_never_longer_than_its_limit() {
    let mut config = Config::new(CHIEF);
    config.limits.plan = 3;
    let mut fleet = Fleet::with(config, [robot(1, 0.0)]);
    (1..=10).for_each(|k| fleet.submit(task(k, k as f64)));
    fleet.run(3.0);
    assert_eq!((1..=10).filter(|k| fleet.is_owned(*k)).count(), 3);
}

/// As many bytes as a task may have, or nearly so.
fn heavy(k: u128) -> TaskSpec {
    let mut spec = task(k, 0.0);
    spec.stops = vec![Stop::at(Place::at(0.1, 0.2)); 64];
    spec.note = vec![7; 1024];
    spec
}

#[test]
fn heavy_tasks_are_announced_in_messages_that_arrive() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    (1..=60).for_each(|k| fleet.submit(heavy(k)));
    fleet.run(0.06);
    // The harness decodes every frame within the limit, or fails.
    let announced = fleet.said.iter().map(|(_, message)| match message {
        Message::Announce(lots) => lots.len(),
        _ => 0,
    });
    assert_eq!(announced.sum::<usize>(), 60);
}

#[test]
fn thousands_of_open_tasks_are_awarded_with_messages_that_arrive() {
    let mut config = Config::new(CHIEF);
    config.limits.plan = 5;
    let mut fleet = Fleet::with(config, [robot(1, 0.0), robot(2, 0.0)]);
    (1..=5_000).for_each(|k| fleet.submit(task(k, k as f64)));
    fleet.wait(5.0, |fleet| {
        (1..=5_000).filter(|k| fleet.is_owned(*k)).count() == 10
    });
    assert_eq!(
        fleet.robot(1).dropped() + fleet.robot(2).dropped() + fleet.chief().dropped(),
        0
    );
}
