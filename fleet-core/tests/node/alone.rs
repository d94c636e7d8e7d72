//! Robots and witnesses that are alone: what stops, what goes on, and what they make of it afterwards.

use fleet_core::ledger::Phase;
use fleet_core::message::Forfeit;
use fleet_core::output::StopReason;
use fleet_core::{Alone, Assurance, Event, NodeId, Place, Report, TaskSpec};

use crate::fleet::{CHIEF, Fleet, robot, robot_id, task, task_id};
use crate::witnesses::{settings, witness};

fn refuge(x: f64) -> Place {
    Place::at(x, 7.0)
}

/// A fleet with places to retreat to; its first robot works at task 1.
fn at_work(change: impl Fn(&mut TaskSpec)) -> Fleet {
    let mut config = settings(3);
    config.refuges = vec![refuge(40.0), refuge(3.0), refuge(-20.0)];
    let mut fleet = Fleet::with(config, [robot(1, 0.0), robot(2, 500.0)]);
    let mut spec = task(1, 0.0);
    change(&mut spec);
    fleet.submit(spec);
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    fleet.told.clear();
    fleet
}

fn best_effort(spec: &mut TaskSpec) {
    spec.assurance = Assurance::BestEffort;
}

/// What robot `k` was told to do.
fn told(fleet: &Fleet, k: u128) -> Vec<Event> {
    fleet.news_at(robot_id(k).node(), |event| match event {
        Event::Mode { .. } => None,
        event => Some(event.clone()),
    })
}

fn stopped() -> Event {
    Event::Stop {
        task: task_id(1),
        why: StopReason::Lost(Forfeit::LeaseLost),
    }
}

fn duplicates(fleet: &Fleet, witness: NodeId) -> Vec<u128> {
    fleet.news_at(witness, |event| match event {
        Event::Duplicated { task, .. } => Some(task.uuid().as_u128()),
        _ => None,
    })
}

#[test]
fn a_robot_that_is_alone_stops_where_it_is() {
    let mut fleet = at_work(|spec| spec.alone = Alone::Hold);
    fleet.cut_off(1);
    fleet.run(60.0);
    assert_eq!(told(&fleet, 1), [stopped()]);
}

#[test]
fn a_robot_that_must_not_stay_alone_retreats_to_the_nearest_refuge() {
    let mut fleet = at_work(|spec| spec.alone = Alone::Retreat);
    fleet.cut_off(1);
    let cut = fleet.now;
    fleet.wait(10.0, |fleet| !told(fleet, 1).is_empty());
    let (lease, stopping) = (fleet.config.lease.length(), fleet.config.stopping);
    assert!(fleet.now.since(cut) + stopping <= lease, "in time to stop safely");
    fleet.run(60.0);
    assert_eq!(told(&fleet, 1), [stopped(), Event::Retreat { at: refuge(3.0) }]);
}

#[test]
fn a_robot_on_the_side_of_a_lone_witness_is_alone_too() {
    let mut fleet = at_work(|spec| spec.alone = Alone::Retreat);
    fleet.split([CHIEF, robot_id(1).node()]);
    fleet.run(10.0);
    assert_eq!(told(&fleet, 1), [stopped(), Event::Retreat { at: refuge(3.0) }]);
}

#[test]
fn a_robot_without_work_or_with_a_task_that_it_may_finish_is_never_sent_away() {
    let mut fleet = at_work(|spec| {
        best_effort(spec);
        spec.alone = Alone::Retreat;
    });
    fleet.split([robot_id(1).node(), robot_id(2).node()]);
    fleet.run(60.0);
    assert_eq!((told(&fleet, 1), told(&fleet, 2)), (vec![], vec![]));
}

#[test]
fn best_effort_work_goes_on_alone_and_counts_afterwards() {
    let mut fleet = at_work(best_effort);
    fleet.crash(robot_id(2).node());
    fleet.cut_off(1);
    fleet.run(30.0);
    assert!(fleet.permit(1, 1).is_some());
    fleet.report(1, 1, Report::StopDone);
    fleet.run(10.0);
    fleet.heal();
    fleet.wait(3.0, |fleet| fleet.is_over(1));
    assert_eq!(fleet.phase(1), Phase::Done);
    assert!(fleet.agrees());
}

#[test]
fn a_side_with_one_witness_may_begin_best_effort_work_and_no_other() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    fleet.robot(1).take_tasks(false);
    fleet.robot(2).take_tasks(false);
    let mut patrol = task(1, 0.0);
    best_effort(&mut patrol);
    fleet.submit(patrol);
    fleet.submit(task(2, 0.0));
    fleet.run(2.0);
    fleet.split([CHIEF, robot_id(1).node()]);
    fleet.run(4.0);
    fleet.robot(1).take_tasks(true);
    fleet.wait(12.0, |fleet| fleet.permit_of(1, 1));
    fleet.work(1, 1);
    fleet.run(20.0);
    assert_eq!(fleet.starts(2), 0, "that one is exclusive");
    fleet.heal();
    fleet.wait(5.0, |fleet| fleet.is_over(1));
    assert_eq!(fleet.phase(1), Phase::Done);
}

#[test]
fn work_that_was_done_on_both_sides_is_reported_when_they_meet() {
    // Once both are still at it when they meet, once one has finished, once both.
    for finished in 0..3 {
        let mut fleet = at_work(best_effort);
        fleet.split([CHIEF, robot_id(1).node()]);
        fleet.wait(30.0, |fleet| fleet.permit_of(2, 1));
        fleet.report(2, 1, Report::Begun);
        assert!(fleet.permit_of(1, 1), "it goes on");
        if finished > 0 {
            fleet.report(1, 1, Report::StopDone);
        }
        if finished > 1 {
            fleet.report(2, 1, Report::StopDone);
        }
        fleet.run(2.0);
        fleet.heal();
        fleet.run(5.0);
        let told: usize = (0..3).map(|k| duplicates(&fleet, witness(k)).len()).sum();
        assert!(told > 0, "{finished} finished");
        if finished == 0 {
            let at_it = fleet.actors(1);
            assert_eq!(at_it.len(), 1, "one of them goes on");
            fleet.report(at_it[0].0, 1, Report::StopDone);
        }
        fleet.wait(5.0, |fleet| fleet.is_over(1));
        assert_eq!(
            (fleet.phase(1), fleet.actors(1)),
            (Phase::Done, vec![]),
            "{finished} finished"
        );
        fleet.run(5.0);
        assert!(fleet.agrees(), "{finished} finished: {:#?}", fleet.ledgers());
        for k in 0..3 {
            assert!(
                duplicates(&fleet, witness(k)).len() <= 2,
                "told once for each robot"
            );
        }
    }
}

#[test]
fn the_ledgers_of_three_parts_join_when_they_meet() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    fleet.exclusive = (1..=5).collect();
    fleet.work_by_themselves(10.0);
    (1..=3).for_each(|k| fleet.submit(task(k, 200.0 * k as f64)));
    fleet.run(0.3);
    // Nobody hears anybody; people order something of every witness.
    fleet.lose = Box::new(|_, _, _| true);
    fleet.run(5.0);
    fleet.submit_at(CHIEF, task(4, 0.0)).unwrap();
    fleet.submit_at(witness(2), task(5, 0.0)).unwrap();
    fleet.cancel_at(witness(1), 2);
    fleet.pause_at(witness(2), 3, true);
    fleet.run(20.0);
    assert!(!fleet.agrees());
    fleet.heal();
    fleet.wait(60.0, |fleet| [1, 2, 4, 5].iter().all(|k| fleet.is_over(*k)));
    fleet.run(3.0);
    assert!(fleet.agrees(), "{:#?}", fleet.ledgers());
    let orders: Vec<bool> = fleet.ledgers()[0]
        .iter()
        .map(|record| record.order.paused)
        .collect();
    assert_eq!(orders, [false, false, true, false, false]);
}
