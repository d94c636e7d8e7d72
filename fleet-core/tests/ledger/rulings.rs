//! Decisions: a task is open again, or has ended; one end, whoever decides at the same time.

use fleet_core::Epoch;
use fleet_core::ledger::Phase;
use fleet_core::message::{News, Refusal};

use crate::fleet::{Fleet, Weather, id, millis, robot, rules, secs, task, terms, witness};

/// Witnesses who have accepted task 0.
fn accepted(n: usize) -> Fleet {
    let mut fleet = Fleet::of(n);
    fleet.submit(0, task(0));
    fleet.run(secs(2));
    assert_eq!(fleet.phase(n - 1, id(0)), Some(Phase::Open));
    fleet
}

fn first() -> Epoch {
    Epoch::ZERO.next(1, witness(0))
}

/// Robot 0 is granted task 0 by the witnesses `by`, now.
fn grant(fleet: &mut Fleet, by: impl IntoIterator<Item = usize>) {
    for k in by {
        let answer = fleet.with(k, |witness, now| {
            witness.claim(robot(0).node(), id(0), first(), now)
        });
        assert_eq!(answer, Some(Ok(())));
    }
}

/// What another robot hears that claims task 0 under a high epoch.
fn other_claim(fleet: &mut Fleet, k: usize) -> Result<(), Refusal> {
    let epoch = Epoch {
        count: 1_000,
        ..first()
    };
    let claim =
        |witness: &mut fleet_core::ledger::Witness, now| witness.claim(robot(1).node(), id(0), epoch, now);
    fleet.with(k, claim).unwrap()
}

#[test]
fn one_witness_decides_at_once() {
    let mut fleet = accepted(1);
    assert!(fleet.rule(0, id(0), Phase::Cancelled));
    assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
    assert!(!fleet.rule(0, id(0), Phase::Done), "it has ended");
}

#[test]
fn a_majority_decides_within_two_round_trips() {
    for n in [3, 5] {
        let mut fleet = accepted(n);
        fleet.rule(1, id(0), Phase::Failed("so".into()));
        fleet.run(4 * Weather::FAIR.delay);
        assert_eq!(
            fleet.end_of(id(0)),
            Some(&Phase::Failed("so".into())),
            "{n} witnesses"
        );
        fleet.run(Weather::FAIR.delay);
        assert!((0..n).all(|k| fleet.state(k, id(0)).unwrap().settled));
    }
}

#[test]
fn a_minority_decides_nothing() {
    for n in [3, 5] {
        let mut fleet = accepted(n);
        (0..n / 2).for_each(|k| fleet.side[k] = 1);
        fleet.rule(0, id(0), Phase::Cancelled);
        fleet.run(secs(60));
        assert_eq!(fleet.end_of(id(0)), None);
        fleet.heal();
        fleet.run(secs(10));
        assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
    }
}

#[test]
fn opening_waits_for_leases_and_ending_does_not() {
    for n in [1, 3] {
        let mut fleet = accepted(n);
        grant(&mut fleet, 0..n);
        assert!(!fleet.rule(0, id(0), Phase::Open), "the lease runs");
        let ends = fleet.now + terms().guard();
        fleet.run_until(fleet_core::Time::from_micros(ends.as_micros() - 1));
        assert!(!fleet.rule(0, id(0), Phase::Open), "until its very end");
        fleet.run_until(ends);
        assert!(fleet.rule(0, id(0), Phase::Open));
        fleet.run(millis(100));
        assert_eq!(fleet.phase(0, id(0)), Some(Phase::Open));
        assert!(fleet.state(0, id(0)).unwrap().epoch > first());

        let mut fleet = accepted(n);
        grant(&mut fleet, 0..n);
        fleet.rule(0, id(0), Phase::Cancelled);
        fleet.run(millis(100));
        assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
    }
}

#[test]
fn every_witness_guards_the_lease_that_it_granted() {
    let mut fleet = accepted(3);
    grant(&mut fleet, [1, 2]);
    let ends = fleet.now + terms().guard();
    fleet.rule(0, id(0), Phase::Open);
    fleet.run_until(fleet_core::Time::from_micros(ends.as_micros() - 1));
    for k in 0..3 {
        assert_eq!(fleet.state(k, id(0)).unwrap().epoch, Epoch::ZERO);
    }
    fleet.run(secs(5));
    assert!(fleet.state(0, id(0)).unwrap().epoch > first());
}

/// A decision that failed to end the task leaves the lease of its owner guarded.
#[test]
fn a_displaced_owner_is_waited_for() {
    let mut fleet = accepted(3);
    grant(&mut fleet, 0..3);
    let ends = fleet.now + terms().guard();
    fleet.side = vec![0, 1, 1];
    fleet.rule(0, id(0), Phase::Cancelled);
    assert!(matches!(other_claim(&mut fleet, 0), Err(Refusal::Taken(_))));
    fleet.run_until(ends);
    assert_eq!(other_claim(&mut fleet, 0), Ok(()));
}

#[test]
fn an_end_outranks_an_opening() {
    let mut fleet = accepted(3);
    grant(&mut fleet, 1..3);
    fleet.rule(0, id(0), Phase::Open);
    assert!(fleet.at(0).is_ruling(id(0)));
    assert!(fleet.rule(0, id(0), Phase::Cancelled));
    fleet.run(secs(2));
    assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
}

/// Witness 1 has promised a robot more than witness 0 asks for, and the third is away: it takes a higher epoch.
#[test]
fn a_decision_outbids_the_one_witness_that_refuses() {
    let mut fleet = accepted(3);
    fleet.crash(2);
    let epoch = Epoch { count: 5, ..first() };
    fleet.with(1, |witness, now| {
        witness.claim(robot(0).node(), id(0), epoch, now)
    });
    fleet.rule(0, id(0), Phase::Cancelled);
    fleet.run(secs(30));
    assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
}

/// While witness 0 decides, it grants the task to a robot under a higher epoch: it decides again.
#[test]
fn a_decision_survives_a_claim_that_overtakes_it() {
    let mut fleet = accepted(3);
    fleet.rule(0, id(0), Phase::Cancelled);
    assert_eq!(other_claim(&mut fleet, 0), Ok(()));
    fleet.run(secs(30));
    assert_eq!(fleet.end_of(id(0)), Some(&Phase::Cancelled));
}

#[test]
fn done_or_cancelled_but_not_both() {
    for late in [0, 5, 10, 15, 20, 30, 50] {
        let mut fleet = accepted(3);
        grant(&mut fleet, 0..3);
        fleet.rule(1, id(0), Phase::Cancelled);
        fleet.run(millis(late));
        for k in 0..3 {
            let (who, what) = (robot(0), News::Done);
            fleet.with(k, |witness, now| witness.report(who, id(0), first(), &what, now));
        }
        fleet.run(secs(10));
        let end = fleet.end_of(id(0)).unwrap();
        assert!(*end == Phase::Cancelled || *end == Phase::Done);
        assert!((0..3).all(|k| fleet.state(k, id(0)).unwrap().settled));
    }
}

/// Two decide differently at once, the network loses, repeats and splits, witnesses restart: the harness compares all
/// ends that are settled anywhere, and in the end all have the same.
#[test]
fn two_decisions_at_once_never_both_hold() {
    let mut ends = [0, 0];
    for seed in 0..400 {
        let mut fleet = Fleet::new(rules(if seed % 4 == 0 { 5 } else { 3 }), seed);
        let n = fleet.seats.len();
        fleet.submit(0, task(0));
        fleet.run(secs(1));
        fleet.weather = Weather::FOUL;
        let (a, b) = (fleet.pick(n), fleet.pick(n));
        fleet.rule(a, id(0), Phase::Cancelled);
        let later = millis(fleet.pick(200) as u64);
        fleet.run(later);
        fleet.rule(b, id(0), Phase::Failed("late".into()));
        for _ in 0..10 {
            let k = fleet.pick(n);
            match fleet.pick(3) {
                0 => fleet.side[k] = 1 - fleet.side[k],
                1 => fleet.restart(k, true),
                _ => {}
            }
            fleet.run(millis(100));
        }
        fleet.heal();
        fleet.rule(a, id(0), Phase::Cancelled); // a restart may have forgotten the wish
        fleet.run(secs(20));
        let settled = |k| fleet.state(k, id(0)).is_some_and(|state| state.settled);
        assert!((0..n).all(settled), "seed {seed}");
        ends[usize::from(fleet.end_of(id(0)) == Some(&Phase::Cancelled))] += 1;
    }
    assert!(ends.iter().all(|count| *count > 20), "one always wins: {ends:?}");
}
