//! Several witnesses as one: what is acknowledged is kept, and any of them may die.

use std::collections::BTreeSet;

use fleet_core::ledger::Phase;
use fleet_core::message::{Message, News};
use fleet_core::{Event, NodeId, Report, SubmitError, Task};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::witness;

fn is_done(message: &Message) -> bool {
    matches!(message, Message::Report { news: News::Done, .. })
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

fn is_claim(message: &Message) -> bool {
    matches!(message, Message::Heartbeat(beat) if !beat.claims.is_empty())
}

fn said(fleet: &Fleet, kind: fn(&Message) -> bool) -> bool {
    fleet.said.iter().any(|(_, message)| kind(message))
}

#[test]
fn a_task_is_accepted_when_a_majority_has_written_it_down_and_not_before() {
    for witnesses in [3, 5] {
        let majority = witnesses as usize / 2 + 1;
        for first in 0..witnesses {
            let mut fleet = Fleet::replicated(witnesses, []);
            fleet.submit_only(witness(first), task(1, 0.0)).unwrap();
            fleet.run(2.0);
            assert_eq!(fleet.accepted.len(), witnesses as usize, "by every witness");
            let least = fleet.accepted.iter().map(|(_, journals)| *journals).min();
            assert!(least >= Some(majority), "{:?}", fleet.accepted);
        }
    }
}

#[test]
fn a_task_that_only_a_minority_has_is_not_accepted() {
    for (witnesses, side) in [(3, 1), (5, 2)] {
        let mut fleet = Fleet::replicated(witnesses, [robot(1, 0.0)]);
        fleet.split((0..side).map(witness));
        fleet.submit_only(CHIEF, task(1, 0.0)).unwrap();
        fleet.run(20.0);
        assert_eq!(fleet.journals_with(1), side as usize);
        assert!(!fleet.was_told(&Event::Accepted(task_id(1))));
        assert_eq!(fleet.phase_at(CHIEF, 1), Some(Phase::Submitted));
        assert_eq!(fleet.starts(1), 0);
        fleet.heal();
        fleet.wait(5.0, |fleet| fleet.was_told(&Event::Accepted(task_id(1))));
        assert!(fleet.accepted[0].1 > witnesses as usize / 2);
    }
}

#[test]
fn to_submit_again_is_harmless_at_another_witness_too() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.exclusive = vec![1];
    fleet.work_by_themselves(3.0);
    // The acknowledgement never comes: the witness is cut off in the moment after.
    fleet.submit_only(CHIEF, task(1, 0.0)).unwrap();
    fleet.halt(1.0, |fleet| !fleet.queue.is_empty());
    fleet.split([CHIEF]);
    fleet.submit_at(witness(1), task(1, 0.0)).unwrap();
    fleet.submit_at(witness(2), task(1, 0.0)).unwrap();
    assert!(fleet.was_told(&Event::Accepted(task_id(1))));
    fleet.run(4.0);
    fleet.heal();
    for k in [0, 1, 2] {
        fleet
            .told
            .retain(|(_, _, event)| !matches!(event, Event::Accepted(_)));
        fleet.run(1.5);
        fleet.submit_at(witness(k), task(1, 0.0)).unwrap();
        let told = |event: &Event| matches!(event, Event::Accepted(_)).then_some(());
        assert_eq!(
            fleet.news_at(witness(k), told).len(),
            1,
            "whoever asks is answered"
        );
    }
    fleet.wait(20.0, |fleet| fleet.is_over(1));
    // Even after its end, and after the restart of a witness.
    fleet.restart(witness(1), true);
    for k in [0, 1, 2] {
        fleet.submit_at(witness(k), task(1, 0.0)).unwrap();
    }
    fleet.run(20.0);
    assert_eq!((fleet.starts(1), fleet.times_done(1)), (1, 1));
}

/// The contents under which `k` is accepted, anywhere.
fn contents(fleet: &Fleet, k: u128) -> Vec<Task> {
    let mut contents = Vec::<Task>::new();
    for record in fleet.ledgers().into_iter().flatten() {
        let accepted = record.task.id() == task_id(k) && record.state.is_accepted();
        if accepted && !contents.contains(&record.task) {
            contents.push((*record.task).clone());
        }
    }
    contents
}

#[test]
fn of_two_contents_under_one_id_at_most_one_is_accepted() {
    for (a, b) in [(0, 1), (1, 0), (0, 2), (2, 1)] {
        let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
        fleet.submit_only(witness(a), task(1, 0.0)).unwrap();
        fleet.submit_only(witness(b), task(1, 30.0)).unwrap();
        while fleet.step() {
            assert!(contents(&fleet, 1).len() <= 1);
        }
        fleet.run(5.0);
        assert!(fleet.was_told(&Event::Conflict(task_id(1))), "{a} {b}");
        assert_eq!(contents(&fleet, 1).len(), 1, "the third witness decides");
        let mine = |x: f64, fleet: &mut Fleet| fleet.submit_at(CHIEF, task(1, x));
        let answers = [mine(0.0, &mut fleet), mine(30.0, &mut fleet)];
        assert!(
            answers.contains(&Err(SubmitError::OtherContent(task_id(1)))),
            "{answers:?}"
        );
        assert!(fleet.agrees());
    }
}

#[test]
fn without_a_majority_neither_of_two_contents_is_accepted() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.crash(witness(2));
    fleet.submit_only(CHIEF, task(1, 0.0)).unwrap();
    fleet.submit_only(witness(1), task(1, 30.0)).unwrap();
    fleet.run(10.0);
    assert!(fleet.was_told(&Event::Conflict(task_id(1))));
    assert_eq!((contents(&fleet, 1), fleet.starts(1)), (vec![], 0));
}

#[test]
fn a_leader_may_die_at_every_moment() {
    type Moment = fn(&Fleet) -> bool;
    let moments: [(&str, Moment); 7] = [
        ("announced", |fleet| fleet.count("announce") > 0),
        ("bids in", |fleet| fleet.count("bids") == 2),
        ("awarded", |fleet| fleet.count("award") > 0),
        ("accepted", |fleet| fleet.count("accept") > 0),
        ("claimed", |fleet| said(fleet, is_claim)),
        ("running", |fleet| said(fleet, is_started)),
        ("done reported", |fleet| said(fleet, is_done)),
    ];
    for (name, moment) in moments {
        // What it said last is still heard, or is not.
        for swallowed in [false, true] {
            let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
            fleet.exclusive = vec![1];
            fleet.work_by_themselves(1.0);
            fleet.submit(task(1, 0.0));
            fleet.halt(5.0, moment);
            fleet.crash(CHIEF);
            if swallowed {
                fleet.swallow(CHIEF);
            }
            let suspicion = fleet.config.suspicion.as_secs_f64();
            fleet.wait(suspicion, |fleet| fleet.leaders() == [witness(1)]);
            fleet.wait(10.0, |fleet| fleet.is_over(1));
            fleet.run(10.0);
            assert_eq!(fleet.phase(1), Phase::Done, "{name}");
            let times = (fleet.starts(1), fleet.times_done(1));
            assert_eq!(times, (1, 1), "{name}, swallowed: {swallowed}");
        }
    }
}

/// A stream of tasks while all witnesses restart in turn.
fn rolling_restart(memory: bool) {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 50.0), robot(3, 100.0)]);
    fleet.work_by_themselves(2.0);
    let mut submitted = BTreeSet::new();
    for second in 0..60_u32 {
        for k in 0..3 {
            let down = second == 5 + 18 * k;
            let up = second == 9 + 18 * k;
            if down {
                fleet.crash(witness(k.into()));
            } else if up {
                fleet.restart(witness(k.into()), memory);
            }
        }
        let k = u128::from(second) + 1;
        fleet.exclusive.push(k);
        submitted.insert(k);
        fleet.submit_anywhere(task(k, f64::from(second * 37 % 100)));
        fleet.run(1.0);
    }
    fleet.wait(120.0, |fleet| submitted.iter().all(|k| fleet.is_over(*k)));
    for k in submitted {
        assert_eq!(
            (fleet.phase(k), fleet.times_done(k)),
            (Phase::Done, 1),
            "task {k}"
        );
    }
    assert!(fleet.agrees());
}

#[test]
fn a_rolling_restart_loses_and_repeats_nothing() {
    rolling_restart(true);
}

#[test]
fn a_rolling_restart_with_empty_disks_loses_and_repeats_nothing() {
    rolling_restart(false);
}

#[test]
fn a_robot_works_on_and_renews_while_the_leader_is_dead() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    let epoch = fleet.permit(1, 1);
    fleet.crash(CHIEF);
    for _ in 0..200 {
        fleet.run(0.1);
        assert_eq!(fleet.permit(1, 1), epoch);
    }
    fleet.report(1, 1, Report::StopDone);
    fleet.run(1.0);
    assert_eq!(
        (fleet.phase(1), fleet.orders(1)),
        (Phase::Done, vec![Order::Start(1)])
    );
}

#[test]
fn a_leader_that_returns_leads_again_and_catches_up() {
    for memory in [true, false] {
        let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
        fleet.submit(task(1, 0.0));
        fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
        fleet.crash(CHIEF);
        fleet.wait(3.0, |fleet| fleet.leaders() == [witness(1)]);
        fleet.work(1, 1);
        fleet.submit_at(witness(2), task(2, 100.0)).unwrap();
        fleet.submit_at(witness(1), task(3, 50.0)).unwrap();
        fleet.wait(2.0, |fleet| fleet.owner(2) == Some(2));
        assert!(fleet.cancel_at(witness(2), 3));
        fleet.run(5.0);
        fleet.restart(CHIEF, memory);
        // Without memory it first waits until no lease of its former life can run.
        let guard = fleet.config.lease.guard().as_secs_f64();
        let patience = if memory { 0.0 } else { guard };
        fleet.wait(patience + fleet.config.heartbeat.as_secs_f64() * 2.0, |fleet| {
            fleet.leaders() == [CHIEF] && fleet.phase_at(CHIEF, 2) == Some(Phase::Held)
        });
        fleet.run(2.0);
        let phases = |k: u128| fleet.phase_at(CHIEF, k);
        let terminal = [phases(1), phases(3)].map(|phase| phase.is_none_or(|phase| phase.is_terminal()));
        assert_eq!(terminal, [true; 2], "memory: {memory}");
        fleet.work(2, 2);
        fleet.submit_at(CHIEF, task(4, 0.0)).unwrap();
        fleet.wait(10.0, |fleet| fleet.owner(4) == Some(1));
        fleet.work(1, 4);
        fleet.wait(5.0, |fleet| fleet.phase_at(witness(2), 4) == Some(Phase::Done));
    }
}

#[test]
fn a_leader_whose_link_has_ended_is_followed_at_once() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.run(2.0);
    fleet.crash(CHIEF);
    assert_eq!(fleet.leaders(), []);
    fleet.miss(CHIEF);
    assert_eq!(fleet.leaders(), [witness(1)]);
    fleet.submit_at(witness(1), task(1, 0.0)).unwrap();
    let took = fleet.wait(9.0, |fleet| fleet.owner(1) == Some(1));
    assert!(took < fleet.config.suspicion.as_secs_f64(), "{took}");
}

#[test]
fn a_leader_that_is_missed_for_nothing_leads_again_with_its_next_sign() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.exclusive = (1..=20).collect();
    fleet.work_by_themselves(0.5);
    for k in 1..=20 {
        fleet.submit(task(k, 0.0));
        fleet.miss(if k % 2 == 0 { CHIEF } else { robot_id(1).node() });
        fleet.wait(fleet.config.heartbeat.as_secs_f64() * 2.0, |fleet| {
            fleet.leaders() == [CHIEF]
        });
    }
    fleet.wait(60.0, |fleet| (1..=20).all(|k| fleet.phase(k) == Phase::Done));
}

/// The first witness and the first robot on one side, the rest on the other.
fn lesser_side() -> [NodeId; 2] {
    [CHIEF, robot_id(1).node()]
}

#[test]
fn the_lesser_side_takes_no_exclusive_tasks() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.robot(1).take_tasks(false);
    fleet.submit(task(1, 0.0));
    fleet.run(2.0);
    fleet.split(lesser_side());
    fleet.run(4.0);
    fleet.robot(1).take_tasks(true);
    fleet.submit_at(CHIEF, task(2, 0.0)).unwrap();
    fleet.said.clear();
    fleet.run(30.0);
    assert_eq!(fleet.orders(1), []);
    assert_eq!(fleet.count("award"), 0, "nobody is even asked");
    fleet.heal();
    fleet.wait(10.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
}

#[test]
fn exclusive_work_on_the_lesser_side_stops_before_its_lease_is_over() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 50.0)]);
    fleet.exclusive = vec![1];
    fleet.submit(task(1, 0.0));
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    // It has just renewed its lease.
    fleet.said.clear();
    fleet.wait(1.5, |fleet| fleet.sayers("heartbeat").contains(&1));
    fleet.split(lesser_side());
    let cut = fleet.now;
    fleet.wait(20.0, |fleet| fleet.actors(1).is_empty());
    let (lease, stopping) = (fleet.config.lease, fleet.config.stopping);
    let stopped = fleet.now.since(cut);
    assert!(stopped + stopping <= lease.length(), "{stopped:?}");
    assert!(matches!(
        fleet.orders(1)[..],
        [Order::Start(1), Order::Stop(1, _)]
    ));
    let other = |fleet: &Fleet| fleet.actors(1).first().map(|(robot, _)| *robot) == Some(2);
    fleet.wait(lease.guard().as_secs_f64(), other);
}
