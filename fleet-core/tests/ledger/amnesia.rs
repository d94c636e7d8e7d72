//! Witnesses that lose their memory: what they must not do, and how they get it back.

use fleet_core::ledger::{Phase, Witness};
use fleet_core::message::Refusal;
use fleet_core::{Epoch, TaskId};

use crate::fleet::{Fleet, id, millis, robot, secs, task, terms, witness};

pub(crate) fn first() -> Epoch {
    Epoch::ZERO.next(1, witness(0))
}

pub(crate) fn accepted(seats: usize, n: usize) -> Fleet {
    let mut fleet = Fleet::of(seats);
    (0..n).for_each(|k| fleet.submit(0, task(k)));
    fleet.run(secs(2));
    assert!(fleet.is_in_step());
    fleet
}

pub(crate) fn promise(fleet: &Fleet, k: usize, task: TaskId) -> Epoch {
    let known = fleet.at(k).ledger().get(task);
    known.map_or(Epoch::ZERO, |known| known.promise.epoch)
}

pub(crate) fn claim(fleet: &mut Fleet, k: usize, r: usize, epoch: Epoch) -> Result<(), Refusal> {
    let ask = |witness: &mut Witness, now| witness.claim(robot(r).node(), id(0), epoch, now);
    fleet.with(k, ask).unwrap()
}

pub(crate) fn is_ready(fleet: &Fleet, k: usize) -> bool {
    fleet.at(k).is_ready()
}

#[test]
fn with_its_journal_it_goes_on_at_once() {
    let mut fleet = accepted(3, 3);
    assert_eq!(claim(&mut fleet, 2, 0, first()), Ok(()));
    fleet.crash(2);
    fleet.restart(2, true);
    assert!(is_ready(&fleet, 2));
    assert_eq!(promise(&fleet, 2, id(0)), first());
    assert_eq!(claim(&mut fleet, 2, 0, first()), Ok(()), "its owner goes on");
    let other = first().next(1, witness(0));
    assert_eq!(claim(&mut fleet, 2, 1, other), Err(Refusal::Taken(first())));
}

/// What a robot gave back, or lost with its life, stays promised: others may have accepted what it said.
#[test]
fn a_journal_that_begins_anew_keeps_every_promise() {
    let mut fleet = accepted(3, 3);
    assert_eq!(claim(&mut fleet, 2, 0, first()), Ok(()));
    fleet.with(2, |witness, _| witness.reborn(robot(0).node()));
    fleet.compact(2);
    fleet.restart(2, true);
    assert_eq!(promise(&fleet, 2, id(0)), first());
    // Nobody holds it: it is free at once.
    assert_eq!(claim(&mut fleet, 2, 1, first().next(1, witness(0))), Ok(()));
}

#[test]
fn without_memory_it_grants_and_promises_nothing_until_old_leases_have_run_out() {
    let mut fleet = accepted(3, 3);
    for k in 0..3 {
        assert_eq!(claim(&mut fleet, k, 0, first()), Ok(()));
    }
    let ends = fleet.now + terms().guard();
    fleet.restart(2, false);
    let higher = first().next(9, witness(0));
    while fleet.now < ends {
        assert_eq!(
            claim(&mut fleet, 2, 1, higher),
            Err(Refusal::Later),
            "{:?}",
            fleet.now
        );
        assert!(!fleet.rule(2, id(0), Phase::Open));
        assert!(!fleet.rule(2, id(0), Phase::Cancelled) || fleet.end_of(id(0)).is_none());
        assert_eq!(fleet.at(2).grants_from(), Some(ends));
        fleet.run(millis(100));
    }
    fleet.run(secs(1));
    assert!(is_ready(&fleet, 2));
    assert_eq!(promise(&fleet, 2, id(0)), first());
    assert_eq!(claim(&mut fleet, 2, 1, higher), Ok(()));
}

#[test]
fn it_waits_for_both_others() {
    for other in [0, 1] {
        let mut fleet = accepted(3, 3);
        fleet.side[other] = 1;
        fleet.restart(2, false);
        fleet.run(secs(30));
        assert!(!is_ready(&fleet, 2));
        assert_eq!(claim(&mut fleet, 2, 0, first()), Err(Refusal::Later));
        fleet.heal();
        fleet.run(secs(2));
        assert!(is_ready(&fleet, 2));
    }
}

#[test]
fn it_gets_everything_back() {
    let mut fleet = accepted(3, 500);
    for k in (0..500).step_by(3) {
        let epoch = Epoch {
            count: k as u32 + 1,
            ..first()
        };
        fleet.with(k % 2, |witness, now| {
            witness.claim(robot(0).node(), id(k), epoch, now)
        });
    }
    (1..500).step_by(7).for_each(|k| {
        fleet.rule(0, id(k), Phase::Cancelled);
    });
    fleet.run(secs(3));
    fleet.restart(2, false);
    fleet.run(secs(4));
    assert!(is_ready(&fleet, 2));
    for k in 0..500 {
        let others = promise(&fleet, 0, id(k)).max(promise(&fleet, 1, id(k)));
        let ended = fleet.state(0, id(k)).unwrap().settled;
        assert!(ended || promise(&fleet, 2, id(k)) == others, "task {k}");
        assert_eq!(fleet.phase(2, id(k)), fleet.phase(0, id(k)), "task {k}");
    }
    // And has it on disk.
    fleet.restart(2, true);
    assert!(is_ready(&fleet, 2));
    assert!(fleet.is_in_step());
}

/// The second life wrote down some of what it was told. That is no memory.
#[test]
fn a_crash_while_it_asks_does_not_make_it_ready() {
    let mut fleet = accepted(3, 300);
    fleet.side[0] = 1; // half of the others cannot be asked
    fleet.restart(2, false);
    fleet.run(secs(5));
    assert!(!fleet.seats[2].journal.is_empty());
    fleet.crash(2);
    for _ in 0..2 {
        fleet.restart(2, true);
        assert!(!is_ready(&fleet, 2));
        assert_eq!(claim(&mut fleet, 2, 0, first()), Err(Refusal::Later));
        fleet.compact(2);
    }
    fleet.heal();
    fleet.run(secs(5));
    assert!(is_ready(&fleet, 2));
    fleet.restart(2, true);
    assert!(is_ready(&fleet, 2));
}

#[test]
fn if_all_lose_their_memory_they_begin_anew() {
    let mut fleet = accepted(3, 3);
    (0..3).for_each(|k| fleet.restart(k, false));
    fleet.run(terms().guard() + secs(1));
    assert!((0..3).all(|k| is_ready(&fleet, k) && fleet.at(k).ledger().is_empty()));
    fleet.submit(1, task(7));
    fleet.run(secs(1));
    assert_eq!(fleet.phase(0, id(7)), Some(Phase::Open));
}

#[test]
fn a_lone_witness_waits_for_nothing_but_leases() {
    let mut fleet = accepted(1, 1);
    assert_eq!(claim(&mut fleet, 0, 0, first()), Ok(()));
    fleet.restart(0, false);
    assert!(is_ready(&fleet, 0));
    fleet.submit(0, task(0));
    assert_eq!(claim(&mut fleet, 0, 1, first()), Err(Refusal::Later));
    fleet.run(terms().guard());
    assert_eq!(claim(&mut fleet, 0, 1, first()), Ok(()));
}
