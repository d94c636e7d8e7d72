//! What a witness without memory must not spoil: majorities that its former life was part of, and that still form.

use fleet_core::Epoch;
use fleet_core::ledger::Phase;

use crate::amnesia::{accepted, claim, first, is_ready, promise};
use crate::fleet::{Fleet, id, millis, secs, terms};

/// A grant of the former life, and one that is on its way, are a majority whose promise nobody tells of if the
/// witness asks too early.
#[test]
fn it_asks_for_promises_when_the_leases_of_its_former_life_have_run_out() {
    let mut fleet = accepted(3, 1);
    assert_eq!(claim(&mut fleet, 2, 0, first()), Ok(()));
    let asked = fleet.now;
    fleet.restart(2, false);
    fleet.run(terms().length() - millis(100));
    assert_eq!(
        claim(&mut fleet, 1, 0, first()),
        Ok(()),
        "what was asked then arrives"
    );
    assert!(fleet.now < asked + terms().length());
    fleet.run(secs(3));
    assert!(is_ready(&fleet, 2));
    assert_eq!(promise(&fleet, 2, id(0)), first());
}

/// Its former life promised witness 0 an epoch above one under which witness 1 has taken an end. It must not add its
/// voice to that end now.
#[test]
fn it_does_not_agree_to_an_end_below_what_its_former_life_promised() {
    let mut fleet = accepted(3, 1);
    let is_terminal = |fleet: &Fleet, k| fleet.phase(k, id(0)).is_some_and(|phase| phase.is_terminal());
    // Witness 1 takes an end, which nobody hears of.
    fleet.side = vec![1, 0, 0];
    fleet.rule(1, id(0), Phase::Failed("b".into()));
    fleet.run_till(secs(1), "to take an end", |fleet| is_terminal(fleet, 1));
    // Witness 2 promises more to witness 0, which does not hear of it yet.
    fleet.side = vec![0, 1, 0];
    fleet.rule(0, id(0), Phase::Cancelled);
    let promised = |fleet: &Fleet| promise(fleet, 2, id(0)) > promise(fleet, 1, id(0));
    fleet.run_till(secs(1), "to promise more", promised);
    let yes = fleet.hold(2, 0);
    assert_eq!(yes.len(), 1);
    // If it asks at once, it hears of the end first, then of the promise.
    fleet.side = vec![1, 0, 0];
    fleet.restart(2, false);
    fleet.run(millis(20));
    fleet.side = vec![0, 1, 0];
    fleet.run(millis(135));
    fleet.side = vec![1, 0, 0];
    fleet.run_while(secs(1), |fleet| fleet.end_of(id(0)).is_none());
    // Now the old promise arrives, and what witness 0 decides then reaches witness 1.
    fleet.side = vec![0, 1, 0];
    yes.into_iter().for_each(|mail| fleet.deliver(mail));
    fleet.side = vec![0, 0, 1];
    fleet.run(secs(5));
    fleet.heal();
    fleet.run(secs(20));
    assert!((0..3).all(|k| fleet.state(k, id(0)).unwrap().settled));
}

/// Of five, witness 4 has one promise of the former life of witness 0 and gets another later. Witness 0 must not vote
/// before it has asked witness 4 too.
#[test]
fn it_asks_everybody_who_may_count_on_its_former_life() {
    let mut fleet = accepted(5, 1);
    fleet.side = vec![0, 1, 1, 1, 0];
    fleet.rule(4, id(0), Phase::Cancelled);
    fleet.run(millis(50));
    assert_ne!(promise(&fleet, 0, id(0)), Epoch::ZERO);
    fleet.restart(0, false);
    fleet.side = vec![0, 0, 0, 0, 1];
    fleet.run(terms().guard() + millis(300));
    fleet.side = vec![0, 1, 0, 0, 1];
    fleet.rule(3, id(0), Phase::Failed("d".into()));
    fleet.run_while(secs(2), |fleet| fleet.end_of(id(0)).is_none());
    fleet.side = vec![0, 0, 1, 2, 0];
    fleet.run(secs(10));
    fleet.heal();
    fleet.run(secs(20));
    assert!((0..5).all(|k| fleet.state(k, id(0)).unwrap().settled));
}
