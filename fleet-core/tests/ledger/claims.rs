//! A robot's claims: when it has a lease, until when, and that a majority of the witnesses guards it all the while.

use std::collections::BTreeSet;

use fleet_core::ledger::Claimant;
use fleet_core::message::Refusal;
use fleet_core::{Epoch, NodeId, Panel, Time};

use crate::fleet::{EDITION, id, terms, witness};

fn panel(n: usize) -> Panel {
    let witnesses: Vec<NodeId> = (0..n).map(witness).collect();
    Panel::new(EDITION, &witnesses, &[])
}

fn epoch() -> Epoch {
    Epoch::ZERO.next(1, witness(0))
}

fn at(millis: u64) -> Time {
    Time::from_micros(millis * 1_000)
}

/// Claims task 0 of `n` witnesses.
fn claims(n: usize) -> Claimant {
    let mut claimant = Claimant::new(panel(n), terms());
    claimant.claim(id(0), epoch());
    claimant
}

fn yes(claimant: &mut Claimant, k: usize, ask: u32, now: Time) {
    assert_eq!(claimant.answered(witness(k), ask, &[], now), []);
}

fn no(claimant: &mut Claimant, k: usize, ask: u32, why: Refusal) -> bool {
    let lost = claimant.answered(witness(k), ask, &[(id(0), epoch(), why)], at(1_500));
    assert!(lost.is_empty() || lost == [(id(0), why)]);
    !lost.is_empty()
}

fn until(claimant: &Claimant) -> Option<Time> {
    claimant.get(id(0)).unwrap().until()
}

#[test]
fn a_lease_counts_from_the_ask_and_ends_on_time() {
    let mut claimant = claims(1);
    let ask = claimant.ask(at(1_000));
    assert_eq!(claimant.permit(id(0), at(1_000)), None);
    yes(&mut claimant, 0, ask, at(2_900));
    assert_eq!(until(&claimant), Some(at(3_000)));
    assert_eq!(claimant.permit(id(0), at(2_999)), Some(epoch()));
    assert_eq!(claimant.permit(id(0), at(3_000)), None);
}

#[test]
fn it_takes_a_majority() {
    for n in [1, 2, 3, 4, 5] {
        let mut claimant = claims(n);
        let ask = claimant.ask(at(1_000));
        for k in 0..n {
            assert_eq!(until(&claimant).is_some(), 2 * k > n, "{k} of {n}");
            yes(&mut claimant, k, ask, at(1_100));
        }
        assert!(until(&claimant).is_some());
    }
}

#[test]
fn it_lasts_from_the_latest_ask_that_a_majority_has_granted() {
    let mut claimant = claims(5);
    let asks: Vec<u32> = (0..5).map(|k| claimant.ask(at(1_000 + 100 * k))).collect();
    for (k, ask) in [(0, 0), (1, 3), (2, 1)] {
        yes(&mut claimant, k, asks[ask], at(1_500));
    }
    assert_eq!(until(&claimant), Some(at(3_000)));
    yes(&mut claimant, 3, asks[4], at(1_500));
    assert_eq!(until(&claimant), Some(at(3_100)));
    yes(&mut claimant, 0, asks[4], at(1_500));
    assert_eq!(until(&claimant), Some(at(3_300)));
}

#[test]
fn until_never_falls_back() {
    let mut claimant = claims(3);
    let first = claimant.ask(at(1_000));
    let second = claimant.ask(at(1_500));
    yes(&mut claimant, 0, second, at(1_600));
    yes(&mut claimant, 1, second, at(1_600));
    yes(&mut claimant, 2, first, at(1_700));
    yes(&mut claimant, 0, first, at(1_700));
    assert_eq!(until(&claimant), Some(at(3_500)));
}

#[test]
fn it_is_lost_when_no_majority_is_left() {
    let mut claimant = claims(3);
    let ask = claimant.ask(at(1_000));
    assert!(!no(&mut claimant, 0, ask, Refusal::Taken(epoch())));
    assert!(!no(&mut claimant, 1, ask, Refusal::Later), "no answer yet");
    assert!(no(&mut claimant, 2, ask, Refusal::Stale(epoch())));
}

#[test]
fn a_witness_may_change_its_mind() {
    let mut claimant = claims(3);
    let first = claimant.ask(at(1_000));
    assert!(!no(&mut claimant, 0, first, Refusal::Unknown));
    let second = claimant.ask(at(1_100));
    yes(&mut claimant, 0, second, at(1_200));
    assert!(!no(&mut claimant, 1, second, Refusal::Unknown));
    yes(&mut claimant, 2, second, at(1_200));
    assert_eq!(until(&claimant), Some(at(3_100)));
}

#[test]
fn an_end_is_believed_at_once() {
    let mut claimant = claims(5);
    let ask = claimant.ask(at(1_000));
    assert!(no(&mut claimant, 4, ask, Refusal::Ended));
}

#[test]
fn strange_answers_change_nothing() {
    let mut claimant = claims(3);
    let early = claimant.ask(at(900));
    claimant.drop(id(0));
    claimant.claim(id(0), epoch().next(1, witness(0)));
    let ask = claimant.ask(at(1_000));
    let before = claimant.clone();
    yes(&mut claimant, 0, early, at(1_100)); // before it was claimed
    yes(&mut claimant, 7, ask, at(1_100)); // from whom it did not ask
    assert_eq!(claimant, before);

    let other = [(id(1), epoch(), Refusal::Ended), (id(0), epoch(), Refusal::Ended)];
    assert_eq!(
        claimant.answered(witness(0), ask, &other, at(1_100)),
        [],
        "another epoch"
    );
    let once = claimant.clone();
    assert!(!no(&mut claimant, 0, ask, Refusal::Ended), "it has answered this");
    assert_eq!(claimant, once);
    yes(&mut claimant, 1, ask + 1, at(1_100)); // to what it did not ask yet
    assert_eq!((until(&claimant), &claimant), (None, &once));
    yes(&mut claimant, 2, ask, at(1_100));
    assert_eq!(until(&claimant), Some(at(3_000)));
}

#[test]
fn an_ask_beyond_a_lease_counts_for_nothing() {
    let mut claimant = claims(1);
    let old = claimant.ask(at(1_000));
    let new = claimant.ask(at(3_000));
    assert_eq!(
        (claimant.asked_at(old), claimant.asked_at(new)),
        (None, Some(at(3_000)))
    );
    yes(&mut claimant, 0, old, at(3_100));
    assert_eq!(until(&claimant), None);
    assert_eq!(claimant.leases().count(), 1);
    assert_eq!(claimant.drop(id(0)).map(|lease| lease.epoch()), Some(epoch()));
    assert_eq!(claimant.permit(id(0), at(3_100)), None);
}

#[test]
fn old_asks_are_not_kept() {
    let mut claimant = claims(1);
    for k in 0..10_000 {
        claimant.ask(at(100 * k));
    }
    let kept: BTreeSet<u32> = (1..=10_000)
        .filter(|ask| claimant.asked_at(*ask).is_some())
        .collect();
    assert_eq!(kept.len(), 20);
}
