//! What people order at one witness gets to all others, by whoever knows of it.

use std::time::Duration;

use fleet_core::ledger::{self, Phase};
use fleet_core::message::{Activity, Drain, Heartbeat, Message};
use fleet_core::travel::Euclidean;
use fleet_core::{Event, NodeId, Place, Pose, Report, SubmitError};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::witness;

const LONE: NodeId = witness(2);

/// Robot 1 works at task 1. The last witness reaches robots, and none of the other witnesses.
fn with_a_lone_witness() -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(2.0, |fleet| fleet.owner(1) == Some(1) && fleet.agrees());
    fleet.report(1, 1, Report::Begun);
    fleet.run(0.1);
    let others = [witness(0), witness(1)];
    let apart = move |a: NodeId, b: NodeId| a == LONE && others.contains(&b);
    fleet.lose = Box::new(move |from, to, _| apart(from, to) || apart(to, from));
    fleet
}

fn paused(fleet: &Fleet) -> Vec<bool> {
    let records = fleet.ledgers().into_iter().flatten();
    records.map(|record| record.order.paused).collect()
}

#[test]
fn a_robot_passes_on_that_a_task_is_to_rest() {
    let mut fleet = with_a_lone_witness();
    fleet.pause_at(LONE, 1, true);
    fleet.wait(1.5, |fleet| fleet.starts(1) == 1 && fleet.orders(1).len() == 2);
    fleet.crash(LONE);
    fleet.run(1.1);
    assert_eq!(paused(&fleet), [true, true]);
    fleet.pause_at(CHIEF, 1, false);
    fleet.run(1.1);
    assert_eq!(fleet.orders(1).last(), Some(&Order::Start(1)));
}

#[test]
fn a_robot_passes_on_that_a_task_is_called_off() {
    let mut fleet = with_a_lone_witness();
    fleet.cancel_at(LONE, 1);
    fleet.run(1.1);
    fleet.crash(LONE);
    fleet.wait(3.0, |fleet| fleet.phase(1) == Phase::Cancelled);
}

#[test]
fn a_robot_passes_on_that_it_goes_out_of_service() {
    let mut fleet = with_a_lone_witness();
    let now = fleet.now;
    let drained = fleet
        .node(LONE)
        .drain(now, robot_id(1), Some(Drain::Finish), &mut Euclidean);
    drained.unwrap();
    fleet.run(1.1);
    fleet.crash(LONE);
    fleet.report(1, 1, Report::StopDone);
    fleet.wait(3.0, |fleet| {
        let drained = Event::Drained(robot_id(1));
        fleet.news_at(CHIEF, |event| (*event == drained).then_some(())) == [()]
    });
}

#[test]
fn a_robot_orders_nothing_of_what_it_does_not_claim() {
    let mut fleet = with_a_lone_witness();
    let here = Pose::from(Place::at(0.0, 0.0));
    let order = ledger::Order {
        number: 7,
        paused: true,
        ..ledger::Order::default()
    };
    let forged = Heartbeat {
        ask: 1_000,
        boot: 1,
        edition: 1,
        pose: here,
        charge: None,
        activity: Activity::Idle,
        free: (here, Duration::ZERO),
        claims: Vec::new(),
        news: Vec::new(),
        orders: vec![(task_id(1), order)],
        drain: (0, None),
        adrift: false,
    };
    fleet.deliver(robot_id(1).node(), CHIEF, &Message::Heartbeat(forged));
    fleet.settle();
    assert!(!paused(&fleet)[0]);
}

#[test]
fn a_witness_without_memory_takes_no_orders() {
    let mut fleet = with_a_lone_witness();
    fleet.restart(LONE, false);
    let now = fleet.now;
    let cancelled = fleet.node(LONE).cancel(now, task_id(1), &mut Euclidean);
    assert_eq!(cancelled, Err(SubmitError::NotReady));
    let paused = fleet.node(LONE).pause(now, task_id(1), true, &mut Euclidean);
    assert_eq!(paused, Err(SubmitError::NotReady));
}
