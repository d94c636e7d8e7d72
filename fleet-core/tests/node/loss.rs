//! Robots that are lost, tasks that are late, and robots that leave service, whoever leads by then.

use std::time::Duration;

use fleet_core::ledger::Phase;
use fleet_core::message::Drain;
use fleet_core::output::Reopened;
use fleet_core::travel::Euclidean;
use fleet_core::{Event, NodeId, OnLoss, Report, TaskSpec, UtcTime};

use crate::cycle::{owned, reopened};
use crate::fleet::{CHIEF, Fleet, robot, robot_id, task, task_id};
use crate::witnesses::witness;

fn drain(fleet: &mut Fleet, witness: NodeId, k: u128, how: Option<Drain>) {
    let now = fleet.now;
    let drained = fleet.node(witness).drain(now, robot_id(k), how, &mut Euclidean);
    drained.unwrap();
    fleet.settle();
}

fn reopen(fleet: &mut Fleet, k: u128) -> bool {
    let (now, leader) = (fleet.now, fleet.leaders()[0]);
    let reopened = fleet.node(leader).reopen(now, task_id(k), &mut Euclidean);
    fleet.settle();
    reopened.unwrap()
}

fn lost(fleet: &Fleet, k: u128) -> usize {
    let is_it = |event: &Event| matches!(event, Event::Lost { task, .. } if *task == task_id(k));
    fleet.told.iter().filter(|(_, _, event)| is_it(event)).count()
}

fn with_on_loss(on_loss: OnLoss) -> TaskSpec {
    let mut spec = task(1, 0.0);
    spec.on_loss = on_loss;
    spec
}

/// A robot that died with a task that is to wait for an order.
fn asking() -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    fleet.exclusive = vec![1];
    fleet.submit(with_on_loss(OnLoss::Ask));
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    fleet.cut_off(1);
    fleet
}

#[test]
fn a_lost_task_that_asks_waits_for_an_order() {
    let mut fleet = asking();
    fleet.wait(7.0, |fleet| lost(fleet, 1) > 0);
    fleet.run(60.0);
    assert_eq!((fleet.state(1).robot, fleet.starts(1)), (Some(robot_id(1)), 1));
    // So it does under the next leader, which asks too.
    fleet.crash(CHIEF);
    let before = lost(&fleet, 1);
    fleet.run(60.0);
    assert!(lost(&fleet, 1) > before);
    assert_eq!(fleet.starts(1), 1);
    assert!(reopen(&mut fleet, 1));
    fleet.wait(3.0, |fleet| fleet.owner(1) == Some(2));
}

#[test]
fn an_order_to_give_a_task_to_others_that_comes_early_is_kept() {
    let mut fleet = asking();
    fleet.run(1.0);
    // Its robot may still act on it.
    assert!(!fleet.actors(1).is_empty());
    assert!(reopen(&mut fleet, 1));
    fleet.wait(6.0, |fleet| fleet.actors(1).is_empty());
    assert_eq!(fleet.owner(1), Some(1), "not before its lease is over");
    fleet.wait(20.0, |fleet| fleet.owner(1) == Some(2));
}

#[test]
fn a_lost_task_that_asks_goes_on_when_its_robot_is_back() {
    let mut fleet = asking();
    fleet.wait(7.0, |fleet| lost(fleet, 1) > 0);
    fleet.run(10.0);
    fleet.heal();
    // It had to stop in time, and is the nearest.
    fleet.wait(5.0, |fleet| fleet.permit_of(1, 1));
    assert_eq!(fleet.orders(2), []);
    fleet.work(1, 1);
    fleet.run(1.0);
    assert_eq!(fleet.phase(1), Phase::Done);
}

#[test]
fn a_lost_task_that_does_not_ask_goes_to_others() {
    let mut fleet = owned(true);
    fleet.cut_off(1);
    fleet.wait(8.0, |fleet| fleet.owner(1) == Some(2));
    assert_eq!(
        (lost(&fleet, 1), reopened(&fleet)),
        (0, vec![Reopened::RobotLost])
    );
}

fn due_in(fleet: &Fleet, seconds: u64) -> Option<UtcTime> {
    let at = fleet.now + Duration::from_secs(seconds);
    Some(UtcTime::from_micros(at.as_micros() as i64))
}

#[test]
fn a_deadline_ends_what_was_not_begun_whoever_leads_and_lets_work_go_on() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    let (mut far, mut near) = (task(1, 50_000.0), task(2, 0.0));
    (far.deadline, near.deadline) = (due_in(&fleet, 30), due_in(&fleet, 30));
    fleet.submit(far);
    fleet.submit(near);
    fleet.wait(1.5, |fleet| fleet.owner(2) == Some(1));
    fleet.report(1, 2, Report::Begun);
    fleet.crash(CHIEF);
    fleet.run(28.0);
    assert_eq!(fleet.phase(1), Phase::Open);
    fleet.run(2.0);
    let late = Phase::Failed("its deadline passed".into());
    assert_eq!((fleet.phase(1), fleet.phase(2)), (late, Phase::Running(0)));
    fleet.report(1, 2, Report::StopDone);
    fleet.run(1.0);
    assert_eq!(fleet.phase(2), Phase::Done);
}

/// Two robots; the first works at task 1 and is to do task 2 next.
fn busy() -> Fleet {
    let mut fleet = owned(true);
    fleet.submit(task(2, 1.0));
    fleet.wait(1.5, |fleet| fleet.owner(2) == Some(1));
    fleet
}

fn drained(fleet: &Fleet) -> bool {
    fleet.was_told(&Event::Drained(robot_id(1)))
}

#[test]
fn a_robot_that_is_to_finish_finishes_what_it_owns_and_takes_no_more() {
    for dies in [false, true] {
        let mut fleet = busy();
        drain(&mut fleet, CHIEF, 1, Some(Drain::Finish));
        if dies {
            fleet.crash(CHIEF);
        }
        fleet.run(5.0);
        fleet.submit_anywhere(task(3, 1.0));
        fleet.wait(3.0, |fleet| fleet.owner(3) == Some(2));
        assert_eq!((fleet.owner(1), fleet.owner(2)), (Some(1), Some(1)));
        fleet.report(1, 1, Report::StopDone);
        assert!(!drained(&fleet));
        fleet.work(1, 2);
        fleet.wait(2.5, drained);
        // Back in service, it is taken into account again.
        let leader = fleet.leaders()[0];
        drain(&mut fleet, leader, 1, None);
        fleet.run(1.1);
        fleet.submit_anywhere(task(4, 1.0));
        fleet.wait(3.0, |fleet| fleet.owner(4) == Some(1));
    }
}

#[test]
fn a_robot_that_is_to_hand_over_keeps_only_what_it_has_begun() {
    for (taker, dies) in [
        (CHIEF, false),
        (CHIEF, true),
        (witness(2), false),
        (witness(2), true),
    ] {
        let mut fleet = busy();
        drain(&mut fleet, taker, 1, Some(Drain::Reassign));
        if dies {
            fleet.crash(taker);
        }
        fleet.wait(10.0, |fleet| fleet.owner(2) == Some(2));
        assert_eq!(fleet.owner(1), Some(1));
        assert!(!drained(&fleet));
        fleet.report(1, 1, Report::StopDone);
        fleet.wait(2.5, drained);
    }
}

#[test]
fn what_a_robot_owns_that_is_taken_out_at_once_is_called_off() {
    for (taker, dies) in [
        (CHIEF, false),
        (CHIEF, true),
        (witness(2), false),
        (witness(2), true),
    ] {
        let mut fleet = busy();
        let now = fleet.now;
        let order = fleet
            .node(taker)
            .drain(now, robot_id(1), Some(Drain::Cancel), &mut Euclidean);
        assert_eq!(order, Ok(()));
        let place = fleet.nodes.iter().position(|node| node.id() == taker).unwrap();
        fleet.collect(place);
        if dies {
            fleet.crash(taker);
        }
        fleet.wait(8.0, |fleet| (1..=2).all(|k| fleet.is_over(k)));
        fleet.wait(2.5, drained);
        assert!(
            (1..=2).all(|k| fleet.phase(k) == Phase::Cancelled),
            "{taker:?} {dies}"
        );
        assert_eq!((fleet.actors(1), fleet.orders(2)), (vec![], vec![]));
    }
}
