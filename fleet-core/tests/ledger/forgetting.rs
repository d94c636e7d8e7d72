//! What has ended is forgotten in the end, and never before nobody can bring it back.

use std::sync::Arc;

use fleet_core::ledger::{Phase, Rules, TaskRecord, TaskState, Witness};
use fleet_core::message::Between;
use fleet_core::planted::{Bug, plant};
use fleet_core::{Stop, Task, TaskSpec, Time};

use crate::fleet::{EDITION, Fleet, Traffic, UTC, id, rules, secs, task, witness};

fn short(n: usize) -> Rules {
    Rules {
        keep: secs(5),
        remember: secs(20),
        ..rules(n)
    }
}

/// Task 0 is called off at this moment, as all know whom `side` lets know.
fn called_off(n: usize, side: &[u32]) -> Fleet {
    let mut fleet = Fleet::new(short(n), 1);
    fleet.submit(0, task(0));
    fleet.run(secs(2));
    fleet.side = side.to_vec();
    fleet.rule(0, id(0), Phase::Cancelled);
    fleet.run(secs(1));
    assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
    fleet
}

fn has_content(fleet: &Fleet, k: usize) -> bool {
    fleet.at(k).ledger().get(id(0)).is_some()
}

fn is_known(fleet: &Fleet, k: usize) -> bool {
    fleet.state(k, id(0)).is_some()
}

#[test]
fn first_the_content_goes_then_the_end() {
    for n in [1, 3, 5] {
        let mut fleet = called_off(n, &vec![0; n]);
        fleet.run(secs(3)); // less than 5 s after the end
        assert!((0..n).all(|k| has_content(&fleet, k)));
        fleet.run(secs(2));
        assert!(
            (0..n).all(|k| !has_content(&fleet, k) && is_known(&fleet, k)),
            "{n} witnesses"
        );
        fleet.run(secs(38)); // less than twice 20 s after that
        assert!((0..n).all(|k| is_known(&fleet, k)));
        fleet.run(secs(5));
        assert!((0..n).all(|k| fleet.at(k).ledger().is_empty()), "{n} witnesses");
        fleet.traffic = Traffic::default();
        fleet.run(secs(60));
        assert_eq!(fleet.traffic.messages, 0);
        // A restart does not bring it back either.
        (0..n).for_each(|k| fleet.restart(k, true));
        fleet.run(secs(5));
        assert!((0..n).all(|k| fleet.at(k).ledger().is_empty()));
    }
}

#[test]
fn the_end_stays_known_while_a_witness_is_away() {
    let mut fleet = called_off(3, &[0, 0, 0]);
    fleet.crash(2);
    fleet.run(secs(600));
    for k in 0..2 {
        assert!(!has_content(&fleet, k) && is_known(&fleet, k));
    }
    fleet.heal();
    fleet.run(secs(60));
    assert!((0..3).all(|k| fleet.at(k).ledger().is_empty()));
}

/// Witness 2 was cut off when the task ended, and thinks that it is open. Whether it brings it back.
fn is_brought_back() -> bool {
    let mut fleet = called_off(3, &[0, 0, 1]);
    fleet.run(secs(600));
    assert_eq!(fleet.phase(2, id(0)), Some(Phase::Open));
    fleet.side.fill(0);
    let mut back = false;
    let end = fleet.now + secs(30);
    fleet.run_while(secs(30), |fleet| {
        back |= (0..2).any(|k| fleet.state(k, id(0)).is_some_and(|state| !state.settled));
        !back
    });
    back || (fleet.now >= end && fleet.phase(2, id(0)) == Some(Phase::Open))
}

#[test]
fn whoever_was_cut_off_cannot_bring_it_back() {
    assert!(!is_brought_back());
    plant(Some(Bug::ForgetTooEarly));
    let back = is_brought_back();
    plant(None);
    assert!(back, "the check would not see it");
}

/// The same over a restart of those who remember.
#[test]
fn a_restart_forgets_nothing_too_early() {
    let mut fleet = called_off(3, &[0, 0, 1]);
    for _ in 0..5 {
        fleet.run(secs(60));
        fleet.compact(0);
        fleet.restart(0, true);
        fleet.restart(1, true);
    }
    fleet.side.fill(0);
    fleet.run(secs(3));
    assert!((0..3).all(|k| fleet.phase(k, id(0)) == Some(Phase::Cancelled)));
}

#[test]
fn what_others_wait_for_stays_known() {
    let mut fleet = called_off(3, &[0, 0, 0]);
    let mut spec = TaskSpec::new(id(1), vec![Stop::at(fleet_core::Place::at(0.0, 0.0))]);
    spec.after = vec![id(0)];
    fleet.submit(1, Arc::new(Task::new(spec).unwrap()));
    fleet.run(secs(300));
    assert!((0..3).all(|k| is_known(&fleet, k)));
    fleet.rule(0, id(1), Phase::Cancelled);
    fleet.run(secs(100));
    assert!((0..3).all(|k| fleet.at(k).ledger().is_empty()));
}

#[test]
fn the_ledger_takes_no_more_than_its_limit() {
    let mut rules = short(3);
    rules.tasks = 100;
    let record = |k| TaskRecord::new(task(k), UTC);
    let end = TaskState {
        settled: true,
        phase: Phase::Done,
        ..TaskState::open()
    };
    let mut books = Witness::new(witness(0), 1, rules);
    let now = Time::from_secs(1);
    for first in (0..400).step_by(50) {
        let records = (first..first + 25).map(record).collect();
        let (scope, echo) = (None, true);
        books.handle(
            witness(1),
            EDITION,
            Between::Records { records, scope, echo },
            now,
        );
        let ended = (first + 25..first + 50).map(|k| (id(k), end.clone())).collect();
        books.handle(witness(2), EDITION, Between::Ended(ended), now);
        assert!(books.ledger().len() <= 100);
        while books.poll().is_some() {}
    }
    assert_eq!(books.ledger().len(), 100);
}
