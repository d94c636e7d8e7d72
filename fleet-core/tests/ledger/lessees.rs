//! A grant is held for the robot that may act, whoever has the epoch by now. Found by the search of small worlds.

use fleet_core::ledger::{Effect, Entry, Phase, Rules, Witness};
use fleet_core::message::{Between, Refusal};
use fleet_core::{Epoch, Time, UtcTime};

use crate::fleet::{id, robot, rules, task, witness};

/// A witness alone that has granted a task to the first robot, what it wrote down, and the epoch.
fn granted() -> (Witness, Vec<Entry>, Epoch) {
    let mut only = Witness::new(witness(0), 1, rules(1));
    let (now, epoch) = (Time::from_secs(1), Epoch::ZERO.next(1, witness(0)));
    only.submit(task(0), UtcTime::default(), now);
    assert_eq!(only.claim(robot(0).node(), id(0), epoch, now), Ok(()));
    let entries = written(&mut only);
    (only, entries, epoch)
}

fn written(witness: &mut Witness) -> Vec<Entry> {
    let effects = std::iter::from_fn(|| witness.poll());
    let entry = |effect| match effect {
        Effect::Store(entry) => Some(entry),
        _ => None,
    };
    effects.filter_map(entry).collect()
}

fn restarted(rules: Rules, entries: impl IntoIterator<Item = Entry>) -> Witness {
    Witness::recovered(witness(0), 2, rules, entries)
}

/// A heartbeat of before the claim, or the first word of a new life that is the life of the claim, comes late.
#[test]
fn what_a_robot_said_before_a_grant_does_not_end_it_after_a_restart() {
    let (_, entries, epoch) = granted();
    let (now, next) = (Time::from_secs(2), epoch.next(2, witness(0)));
    let late: [fn(&mut Witness); 2] = [
        |witness| witness.abandon(robot(0).node(), id(0)),
        |witness| witness.reborn(robot(0).node()),
    ];
    for late in late {
        let mut again = restarted(rules(1), entries.clone());
        again.tick(now);
        late(&mut again);
        let rival = again.claim(robot(1).node(), id(0), next, now);
        assert_eq!(rival, Err(Refusal::Taken(epoch)));
        let owner = again.claim(robot(0).node(), id(0), epoch, now);
        assert_eq!(owner, Ok(()), "its owner goes on");
        late(&mut again);
        let rival = again.claim(robot(1).node(), id(0), next, now);
        assert_eq!(rival, Ok(()), "what it said after that counts");
    }
}

/// A robot that is a witness too calls a task off, and is then to do it itself.
#[test]
fn who_takes_an_epoch_by_a_decision_has_to_wait_for_the_lease() {
    let rules = rules(3);
    let (guard, now) = (rules.lease.guard(), Time::from_secs(1));
    let coordinator = witness(1);
    let (first, end) = (
        Epoch::ZERO.next(1, coordinator),
        Epoch::ZERO.next(1, coordinator).next(1, coordinator),
    );
    let mut voter = Witness::new(witness(0), 1, rules);
    voter.submit(task(0), UtcTime::default(), now);
    let mut record = voter
        .ledger()
        .get(id(0))
        .expect("it was submitted")
        .record
        .clone();
    record.state.phase = Phase::Open;
    let known = Between::Records {
        records: vec![record],
        scope: None,
        echo: false,
    };
    voter.handle(coordinator, 1, known, now);
    assert_eq!(voter.claim(robot(0).node(), id(0), first, now), Ok(()));
    let prepare = Between::Prepare {
        task: id(0),
        epoch: end,
        end: true,
    };
    voter.handle(coordinator, 1, prepare, now);
    voter.reborn(coordinator);
    let next = end.next(1, coordinator);
    let early = voter.claim(coordinator, id(0), next, now);
    assert_eq!(
        early,
        Err(Refusal::Taken(end)),
        "the first robot may still be at it"
    );
    assert_eq!(voter.claim(coordinator, id(0), next, now + guard), Ok(()));
}

/// A journal that begins anew keeps what was promised, also of what was given back since.
#[test]
fn an_epoch_that_was_given_back_stays_promised() {
    let (mut only, _, epoch) = granted();
    only.release(robot(0).node(), id(0), epoch);
    let again = restarted(rules(1), only.memory());
    let promise = again.ledger().get(id(0)).expect("it is kept").promise;
    assert_eq!(promise.epoch, epoch);
}
