//! Nodes that begin anew without memory.

use fleet_core::ledger::Phase;
use fleet_core::message::{Forfeit, Message};
use fleet_core::output::{Reopened, StopReason};
use fleet_core::{Event, Report};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task};

#[test]
fn the_tasks_of_a_robot_that_restarts_go_to_others_at_once() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(1));
    let old = fleet.state(1).epoch;
    fleet.join(robot(1, 1_000.0), 2);
    let took = fleet.wait(5.0, |fleet| fleet.is_owned(1) && fleet.state(1).epoch > old);
    assert!(took < 1.2, "{took}"); // a heartbeat or two, and an auction
    let why = fleet.news(|event| match event {
        Event::Task { reopened, .. } => reopened.clone(),
        _ => None,
    });
    assert_eq!(why, [Reopened::Forfeited(Forfeit::Forgotten)]);
}

#[test]
fn a_lost_robot_is_not_brought_back_by_what_it_said_before() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let hello = Message::Hello {
        boot: 1,
        robot: fleet.robot(1).body().unwrap().clone(),
    };
    fleet.run(2.0);
    let said = fleet.sent.clone();
    fleet.leave(1);
    fleet.run(10.0);
    fleet.deliver(robot_id(1).node(), CHIEF, &hello);
    for (from, to, message) in said {
        fleet.deliver(from, to, &message);
    }
    fleet.submit(task(1, 0.0));
    fleet.run(1.0);
    assert!(!fleet.chief().members().any(|member| member.is_alive()));
    assert_eq!(fleet.count("award"), 0);
}

#[test]
fn a_coordinator_without_memory_revokes_what_it_does_not_know() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.replace_chief(2);
    fleet.run(3.0);
    assert_eq!(
        fleet.orders(1),
        [Order::Start(1), Order::Stop(1, StopReason::Revoked)]
    );
}

#[test]
fn a_coordinator_without_memory_awaits_the_leases_of_its_former_life() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    // The owner is cut off when the coordinator restarts, and its task is submitted again.
    fleet.cut_off(1);
    fleet.replace_chief(2);
    fleet.submit(task(1, 0.0));
    fleet.wait(20.0, |fleet| fleet.owner(1) == Some(2));
    assert_eq!(fleet.permit(1, 1), None);
}

#[test]
fn a_lot_of_a_former_coordinator_is_not_taken_for_a_new_one_of_the_same_number() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Award(_)));
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    fleet.heal();
    fleet.replace_chief(2);
    fleet.submit(task(2, 20.0));
    fleet.wait(20.0, |fleet| fleet.is_owned(2));
    assert_eq!(fleet.orders(1), [Order::Start(2)]);
    fleet.work(1, 2);
    assert_eq!(fleet.phase(2), Phase::Done);
}

#[test]
fn tasks_go_on_under_the_new_coordinator_when_they_are_submitted_again() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 30.0)]);
    (1..=4).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.wait(1.0, |fleet| (1..=4).all(|k| fleet.is_owned(k)));
    fleet.replace_chief(2);
    (1..=4).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.wait(30.0, |fleet| (1..=4).all(|k| fleet.is_owned(k)));
}
