//! A task is accepted when a majority has it on disk, and not before. The harness looks into the journals at that
//! moment.

use std::collections::BTreeMap;

use fleet_core::Time;
use fleet_core::ledger::{Effect, Phase, Witness};
use fleet_core::message::Between;

use crate::fleet::{EDITION, Fleet, UTC, Weather, content, id, millis, rules, secs, task, witness};

#[test]
fn one_witness_accepts_at_once() {
    let mut fleet = Fleet::of(1);
    fleet.submit(0, task(0));
    assert_eq!(fleet.phase(0, id(0)), Some(Phase::Open));
    assert_eq!(fleet.seats[0].written(id(0)).unwrap().state.phase, Phase::Open);
}

#[test]
fn a_majority_accepts_within_one_round_trip() {
    for n in [3, 5] {
        let mut fleet = Fleet::of(n);
        fleet.submit(1, task(0));
        assert_eq!(fleet.phase(1, id(0)), Some(Phase::Submitted));
        fleet.run(2 * Weather::FAIR.delay);
        assert_eq!(fleet.phase(1, id(0)), Some(Phase::Open));
        fleet.run(Weather::FAIR.delay);
        for k in 0..n {
            assert_eq!(fleet.phase(k, id(0)), Some(Phase::Open), "witness {k} of {n}");
        }
    }
}

#[test]
fn a_minority_never_accepts() {
    for n in [3, 5] {
        let mut fleet = Fleet::of(n);
        fleet.run(secs(2));
        for k in 0..n / 2 {
            fleet.side[k] = 1;
        }
        fleet.submit(0, task(0));
        fleet.run(secs(60));
        for k in 0..n / 2 {
            assert_eq!(fleet.phase(k, id(0)), Some(Phase::Submitted));
        }
        fleet.heal();
        fleet.run(secs(5));
        for k in 0..n {
            assert_eq!(fleet.phase(k, id(0)), Some(Phase::Open), "witness {k} of {n}");
        }
    }
}

#[test]
fn another_witness_sees_to_it_if_the_first_dies() {
    let mut fleet = Fleet::of(5);
    fleet.run(secs(2));
    // Only the last one hears of it.
    fleet.side = vec![0, 1, 1, 1, 0];
    fleet.submit(0, task(0));
    fleet.run(Weather::FAIR.delay);
    assert_eq!(fleet.phase(4, id(0)), Some(Phase::Submitted));
    fleet.crash(0);
    fleet.side.fill(0);
    fleet.run(secs(5));
    for k in 1..5 {
        assert_eq!(fleet.phase(k, id(0)), Some(Phase::Open), "witness {k}");
    }
}

#[test]
fn acceptance_survives_all_weather_and_restarts() {
    for seed in 0..60 {
        let mut fleet = Fleet::new(rules(if seed % 3 == 0 { 5 } else { 3 }), seed);
        fleet.weather = Weather::FOUL;
        let n = fleet.seats.len();
        for k in 0..40 {
            let (to, victim) = (fleet.pick(n), fleet.pick(n));
            fleet.submit(to, task(k));
            if fleet.chance(0.3) {
                fleet.submit(victim, task(k)); // the submitter asked elsewhere too
            }
            fleet.run(millis(50));
            if fleet.chance(0.2) {
                fleet.crash(victim);
                fleet.run(millis(300));
                fleet.restart(victim, true);
            }
        }
        let accepted = fleet.accepted.clone();
        fleet.heal();
        fleet.run(secs(10));
        assert!(fleet.is_in_step(), "seed {seed}");
        for task in accepted.keys() {
            for k in 0..n {
                assert_eq!(fleet.phase(k, *task), Some(Phase::Open), "seed {seed}");
            }
        }
    }
}

/// What each witness takes task 0 to be, if it is accepted there.
fn accepted_contents(fleet: &Fleet) -> BTreeMap<usize, f64> {
    let content = |k: usize| {
        let witness = fleet.seats[k].witness.as_ref()?;
        let known = witness.ledger().get(id(0))?;
        let place = known.record.task.stops()[0].place;
        let fleet_core::Place::Point(point) = place else {
            return None;
        };
        known.record.state.is_accepted().then_some((k, point.x()))
    };
    (0..fleet.seats.len()).filter_map(content).collect()
}

#[test]
fn of_two_contents_one_is_accepted_everywhere() {
    let mut fleet = Fleet::of(3);
    fleet.submit(0, content(0, 1.0));
    fleet.submit(2, content(0, 2.0));
    fleet.run(secs(10));
    let accepted = accepted_contents(&fleet);
    assert_eq!(accepted.len(), 3);
    assert!(accepted.values().all(|x| *x == accepted[&0]), "{accepted:?}");
    assert!(!fleet.conflicts.is_empty());
}

/// The witness whose content was not accepted writes down the other one.
#[test]
fn the_accepted_content_survives_a_restart() {
    for (first, second) in [(0, 2), (2, 0)] {
        let mut fleet = Fleet::of(3);
        fleet.submit(first, content(0, 1.0));
        fleet.run(Weather::FAIR.delay);
        fleet.side[second] = 1;
        fleet.submit(second, content(0, 2.0));
        fleet.heal();
        fleet.run(secs(5));
        for k in 0..3 {
            fleet.restart(k, true);
        }
        let accepted = accepted_contents(&fleet);
        assert_eq!(accepted.len(), 3);
        assert!(accepted.values().all(|x| *x == accepted[&0]), "{accepted:?}");
    }
}

/// Two witnesses of three have different contents under one id, and the third is away: their sums of the live tasks
/// must not be the same, or each takes the other's sign of life for consent.
#[test]
fn of_two_contents_with_equal_support_neither_is_accepted() {
    let mut fleet = Fleet::of(3);
    fleet.run(secs(2));
    fleet.crash(1);
    fleet.submit(0, content(0, 1.0));
    fleet.submit(2, content(0, 2.0));
    fleet.run(secs(30));
    assert_eq!(accepted_contents(&fleet), BTreeMap::new());
    fleet.heal();
    fleet.run(secs(30));
    let accepted = accepted_contents(&fleet);
    assert!(accepted.values().all(|x| *x == accepted[&0]), "{accepted:?}");
}

#[test]
fn an_order_that_comes_with_the_acceptance_is_heeded() {
    let now = Time::from_secs(1);
    let mut books = Witness::new(witness(0), 1, rules(3));
    books.submit(task(0), UTC, now);
    while books.poll().is_some() {}
    let mut record = books.ledger().get(id(0)).unwrap().record.clone();
    record.state.phase = Phase::Open;
    record.order.cancelled = true;
    let (records, scope, echo) = (vec![record], None, false);
    let known = Between::Records { records, scope, echo };
    books.handle(witness(1), EDITION, known, now);
    let effects: Vec<Effect> = std::iter::from_fn(|| books.poll()).collect();
    let changed = |effect: &Effect| matches!(effect, Effect::Changed { after, .. } if after.is_accepted());
    assert!(effects.iter().any(changed), "{effects:?}");
    assert!(effects.contains(&Effect::Ordered(id(0))), "{effects:?}");
}
