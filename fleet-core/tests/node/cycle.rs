//! The life of a task among several witnesses: progress, giving back, failing, calling off, resting.

use fleet_core::ledger::Phase;
use fleet_core::message::{Forfeit, Message, News};
use fleet_core::output::{Reopened, StopReason};
use fleet_core::travel::Euclidean;
use fleet_core::{Event, NodeId, Place, Report, Stop};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::witness;

const ALL: [NodeId; 3] = [witness(0), witness(1), witness(2)];

/// Three witnesses and two robots; the first owns task 1, and has begun it if so.
pub(crate) fn owned(begun: bool) -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    fleet.exclusive = vec![1];
    fleet.submit(task(1, 0.0));
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    if begun {
        fleet.report(1, 1, Report::Begun);
    }
    fleet
}

/// Why tasks were open again, as any witness was told.
pub(crate) fn reopened(fleet: &Fleet) -> Vec<Reopened> {
    let why = |event: &Event| match event {
        Event::Task { reopened, .. } => reopened.clone(),
        _ => None,
    };
    let mut all: Vec<_> = fleet.told.iter().filter_map(|(_, _, event)| why(event)).collect();
    all.dedup();
    all
}

#[test]
fn all_witnesses_know_how_far_a_task_has_come() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    let mut spec = task(1, 0.0);
    spec.stops = [0.0, 5.0, 9.0].map(|x| Stop::at(Place::at(x, 0.0))).into();
    fleet.submit(spec);
    fleet.wait(1.5, |fleet| fleet.is_owned(1));
    let everywhere = |fleet: &Fleet, phase: &Phase| {
        ALL.iter()
            .all(|at| fleet.phase_at(*at, 1).as_ref() == Some(phase))
    };
    fleet.report(1, 1, Report::Begun);
    assert!(everywhere(&fleet, &Phase::Running(0)));
    for stops in 1..3 {
        fleet.report(1, 1, Report::StopDone);
        assert!(everywhere(&fleet, &Phase::Running(stops)));
        // Whoever leads next goes on from there.
        if stops == 1 {
            fleet.crash(CHIEF);
            fleet.run(4.0);
            fleet.restart(CHIEF, true);
            fleet.run(1.0);
            assert!(everywhere(&fleet, &Phase::Running(1)));
        }
        fleet.report(1, 1, Report::Begun);
    }
    fleet.report(1, 1, Report::StopDone);
    fleet.run(1.0);
    assert!(everywhere(&fleet, &Phase::Done));
    assert_eq!(fleet.orders(1), [Order::Start(1)]);
}

#[test]
fn a_task_that_is_given_back_goes_on_even_if_the_leader_dies_of_it() {
    for dies in [false, true] {
        let mut fleet = owned(true);
        let first = fleet.state(1).epoch;
        fleet.robot(1).take_tasks(false);
        let now = fleet.now;
        let given = fleet
            .robot(1)
            .report(now, task_id(1), Report::GiveBack, &mut Euclidean);
        assert_eq!(given, Ok(()));
        if dies {
            fleet.crash(CHIEF);
        }
        fleet.wait(8.0, |fleet| fleet.owner(1) == Some(2));
        assert!(fleet.state(1).epoch > first);
        assert_eq!(reopened(&fleet), [Reopened::Forfeited(Forfeit::Application)]);
        fleet.work(2, 1);
        fleet.run(1.0);
        assert_eq!(fleet.phase(1), Phase::Done);
    }
}

#[test]
fn failures_are_counted_by_all_and_end_a_task_across_a_failover() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    let attempts = fleet.config.attempts;
    for attempt in 1..=attempts {
        fleet.wait(15.0, |fleet| !fleet.actors(1).is_empty());
        fleet.report(1, 1, Report::Begun);
        let (now, why) = (fleet.now, format!("wheel {attempt}"));
        let failed = fleet
            .robot(1)
            .report(now, task_id(1), Report::Failed(why), &mut Euclidean);
        assert_eq!(failed, Ok(()));
        // Another witness dies with each failure, and the one before is back.
        let dies = witness(u128::from(attempt - 1));
        fleet.crash(dies);
        fleet.run(0.5);
        let counted = ALL.iter().filter_map(|at| fleet.state_at(*at, 1));
        assert!(
            counted
                .map(|state| state.failures)
                .all(|failures| failures == attempt)
        );
        fleet.restart(dies, true);
    }
    fleet.run(60.0);
    assert_eq!(fleet.starts(1), attempts as usize);
    let phases: Vec<_> = ALL.iter().filter_map(|at| fleet.phase_at(*at, 1)).collect();
    assert!(
        phases.iter().all(|phase| matches!(phase, Phase::Failed(_))),
        "{phases:?}"
    );
    assert!(phases.iter().all(|phase| *phase == phases[0]));
}

type Moment = fn(&Fleet) -> bool;

fn is_claim(message: &Message) -> bool {
    matches!(message, Message::Heartbeat(beat) if !beat.claims.is_empty())
}

fn is_started(message: &Message) -> bool {
    matches!(
        message,
        Message::Report {
            news: News::Started,
            ..
        }
    )
}

fn said(fleet: &Fleet, kind: fn(&Message) -> bool) -> bool {
    fleet.said.iter().any(|(_, message)| kind(message))
}

const MOMENTS: [(&str, Moment); 7] = [
    ("submitted", |fleet| !fleet.queue.is_empty()),
    ("announced", |fleet| fleet.count("announce") > 0),
    ("bids in", |fleet| fleet.count("bids") == 2),
    ("awarded", |fleet| fleet.count("award") > 0),
    ("accepted", |fleet| fleet.count("accept") > 0),
    ("claimed", |fleet| said(fleet, is_claim)),
    ("running", |fleet| said(fleet, is_started)),
];

fn at(moment: Moment) -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    fleet.exclusive = vec![1];
    fleet.work_by_themselves(0.5);
    fleet.submit_only(CHIEF, task(1, 0.0)).unwrap();
    fleet.halt(3.0, moment);
    fleet
}

fn ends_cancelled(fleet: &mut Fleet, what: &str) {
    let cancelled = |fleet: &Fleet| {
        let states = ALL.iter().filter_map(|at| fleet.state_at(*at, 1));
        let states: Vec<_> = states.collect();
        states
            .iter()
            .all(|state| state.settled && state.phase == Phase::Cancelled)
    };
    fleet.run(8.0);
    assert!(
        cancelled(fleet),
        "{what}: {:?}",
        ALL.map(|at| fleet.state_at(at, 1))
    );
    assert_eq!(fleet.actors(1), [], "{what}");
    fleet.run(20.0);
    assert!(cancelled(fleet), "{what}");
    assert_eq!(fleet.actors(1), [], "{what}");
    assert!(fleet.starts(1) <= 1, "{what}");
}

#[test]
fn a_task_is_called_off_at_every_moment_at_every_witness_whatever_its_robot_hears() {
    for (name, moment) in MOMENTS {
        for taker in ALL {
            for reachable in [true, false] {
                let mut fleet = at(moment);
                fleet.hands.clear();
                if !reachable {
                    fleet.cut_off(1);
                    fleet.swallow(robot_id(1).node());
                }
                if fleet.state_at(taker, 1).is_none() {
                    fleet.settle(); // it has not heard of it yet
                }
                fleet.hands.clear();
                let what = format!("{name} at {taker:?}, reachable: {reachable}");
                assert!(fleet.cancel_at(taker, 1), "{what}");
                ends_cancelled(&mut fleet, &what);
                assert_eq!(fleet.times_done(1), 0, "{what}");
            }
        }
    }
}

#[test]
fn a_task_is_called_off_though_the_node_that_took_the_order_dies_at_once() {
    for (name, moment) in MOMENTS {
        for taker in ALL {
            let mut fleet = at(moment);
            if fleet.state_at(taker, 1).is_none() {
                fleet.settle();
            }
            fleet.hands.clear();
            let now = fleet.now;
            let cancelled = fleet.node(taker).cancel(now, task_id(1), &mut Euclidean);
            assert_eq!(cancelled, Ok(true));
            let place = fleet.nodes.iter().position(|node| node.id() == taker).unwrap();
            fleet.collect(place); // it says what it has to say, and is gone
            fleet.crash(taker);
            ends_cancelled(&mut fleet, &format!("{name} at {taker:?}"));
        }
    }
}

#[test]
fn a_task_that_rests_is_sold_when_it_is_to_go_on() {
    for taker in ALL {
        // Before its award ...
        let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
        fleet.submit_at(CHIEF, task(1, 0.0)).unwrap();
        fleet.pause_at(taker, 1, true);
        fleet.run(20.0);
        assert_eq!((fleet.starts(1), fleet.count("award")), (0, 0));
        fleet.crash(CHIEF);
        fleet.run(20.0);
        assert_eq!((fleet.starts(1), fleet.count("award")), (0, 0), "whoever leads");
        fleet.restart(CHIEF, true);
        fleet.pause_at(taker, 1, false);
        fleet.wait(3.0, |fleet| !fleet.actors(1).is_empty());
    }
}

#[test]
fn a_task_that_was_not_begun_is_given_back_when_it_is_to_rest() {
    for taker in ALL {
        let mut fleet = owned(false);
        fleet.pause_at(taker, 1, true);
        fleet.wait(1.5, |fleet| fleet.phase(1) == Phase::Open);
        let stop = Order::Stop(1, StopReason::Lost(Forfeit::Paused));
        assert_eq!(fleet.orders(1), [Order::Start(1), stop]);
        fleet.run(20.0);
        assert_eq!((fleet.actors(1), fleet.starts(1)), (vec![], 1));
        fleet.pause_at(taker, 1, false);
        fleet.wait(3.0, |fleet| fleet.is_owned(1));
        fleet.work(1, 1);
        fleet.run(1.0);
        assert_eq!(fleet.phase(1), Phase::Done);
    }
}

#[test]
fn a_task_that_was_begun_rests_with_its_robot() {
    for taker in ALL {
        let mut fleet = owned(true);
        fleet.pause_at(taker, 1, true);
        fleet.run(1.1);
        let paused = [Order::Start(1), Order::Stop(1, StopReason::Paused)];
        assert_eq!(fleet.orders(1), paused);
        fleet.crash(CHIEF);
        fleet.run(20.0);
        assert_eq!(fleet.orders(1), paused);
        assert_eq!((fleet.owner(1), fleet.orders(2)), (Some(1), vec![]));
        let taker = if taker == CHIEF { witness(1) } else { taker };
        fleet.pause_at(taker, 1, false);
        fleet.run(1.1);
        assert_eq!(fleet.orders(1).last(), Some(&Order::Start(1)));
        fleet.work(1, 1);
        fleet.run(1.0);
        assert_eq!(fleet.phase(1), Phase::Done);
    }
}
