//! The life of a task: cancelled, failed, late, before and after others.

use fleet_core::Report;
use fleet_core::UtcTime;
use fleet_core::ledger::Phase;
use fleet_core::message::Message;
use fleet_core::output::StopReason;
use fleet_core::{Event, TaskSpec};

use crate::fleet::{CHIEF, Fleet, Order, robot, task, task_id};

fn ends(fleet: &Fleet, k: u128) -> Vec<Phase> {
    fleet.news(|event| match event {
        Event::Task { task, phase, .. } if *task == task_id(k) && phase.is_terminal() => Some(phase.clone()),
        _ => None,
    })
}

fn failed(reason: &str) -> Phase {
    Phase::Failed(reason.into())
}

#[test]
fn a_task_is_cancelled_before_it_is_announced() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 10.0));
    assert!(fleet.cancel(1));
    fleet.run(10.0);
    assert_eq!((fleet.phase(1), fleet.count("announce")), (Phase::Cancelled, 0));
}

#[test]
fn a_task_is_cancelled_while_bids_are_awaited() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Bids(_)));
    fleet.submit(task(1, 10.0));
    fleet.run(0.3);
    assert!(fleet.cancel(1));
    fleet.heal();
    fleet.run(10.0);
    assert_eq!((fleet.phase(1), fleet.count("award")), (Phase::Cancelled, 0));
}

#[test]
fn a_task_is_cancelled_while_nobody_wants_it() {
    let mut fleet = Fleet::of([]);
    fleet.submit(task(1, 10.0));
    fleet.run(2.0);
    assert!(fleet.cancel(1));
    fleet.join(robot(1, 0.0), 1);
    fleet.run(10.0);
    assert_eq!((fleet.phase(1), fleet.count("announce")), (Phase::Cancelled, 0));
}

#[test]
fn a_task_is_cancelled_while_its_award_is_unanswered() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Accept { .. }));
    fleet.submit(task(1, 10.0));
    fleet.run(0.1);
    assert_eq!(fleet.orders(1), [Order::Start(1)]);
    assert!(fleet.cancel(1));
    assert_eq!(
        fleet.orders(1),
        [Order::Start(1), Order::Stop(1, StopReason::Cancelled)]
    );
}

#[test]
fn a_task_is_cancelled_while_its_robot_drives_or_works_even_if_the_word_is_lost() {
    for begun in [false, true] {
        let mut fleet = Fleet::of([robot(1, 0.0)]);
        fleet.submit(task(1, 10.0));
        fleet.wait(1.0, |fleet| fleet.is_owned(1));
        if begun {
            fleet.report(1, 1, Report::Begun);
        }
        fleet.lose_one("cancel");
        assert!(fleet.cancel(1));
        assert_eq!(fleet.orders(1), [Order::Start(1)]);
        fleet.run(fleet.config.heartbeat.as_secs_f64()); // the next heartbeat names it
        assert_eq!(
            fleet.orders(1),
            [Order::Start(1), Order::Stop(1, StopReason::Revoked)]
        );
        assert_eq!(ends(&fleet, 1), [Phase::Cancelled]);
    }
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.work(1, 1);
    assert!(!fleet.cancel(1));
    assert_eq!(ends(&fleet, 1), [Phase::Done]);
}

fn after(k: u128, before: &[u128]) -> TaskSpec {
    let mut spec = task(k, 10.0);
    spec.after = before.iter().copied().map(task_id).collect();
    spec
}

#[test]
fn a_task_is_offered_when_all_before_it_are_done() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    (1..=2).for_each(|k| fleet.submit(task(k, 10.0)));
    fleet.submit(after(3, &[1, 2]));
    fleet.wait(1.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
    for k in [1, 2] {
        assert_eq!(fleet.phase(3), Phase::Open);
        let owner = fleet.owner(k).unwrap();
        fleet.work(owner, k);
    }
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(3));
    assert!(took <= fleet.config.gather.as_secs_f64(), "{took}");
}

#[test]
fn a_task_after_one_that_is_done_is_offered_at_once() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.work(1, 1);
    fleet.submit(after(2, &[1]));
    fleet.wait(1.0, |fleet| fleet.is_owned(2));
}

#[test]
fn whoever_waits_for_a_task_that_ends_undone_fails_and_says_why_once() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    (1..=2).for_each(|k| fleet.submit(task(k, 10.0)));
    fleet.submit(after(3, &[1, 2]));
    fleet.submit(after(4, &[3]));
    fleet.cancel(1);
    fleet.cancel(2);
    let because = |k: u128| failed(&format!("its predecessor {} is not done", task_id(k)));
    assert_eq!(ends(&fleet, 3), [because(1)]);
    assert_eq!(ends(&fleet, 4), [because(3)]);
    // And so does one that comes later.
    fleet.submit(after(5, &[4]));
    assert_eq!(ends(&fleet, 5), [because(4)]);
}

#[test]
fn a_chain_as_long_as_the_ledger_fails_without_exhausting_the_stack() {
    let mut fleet = Fleet::of([]);
    fleet.submit(task(1, 0.0));
    (2..=50_000).for_each(|k| fleet.submit(after(k, &[k - 1])));
    fleet.cancel(1);
    assert!(matches!(fleet.phase(50_000), Phase::Failed(_)));
}

#[test]
fn attempts_are_limited() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    fleet.submit(task(1, 10.0));
    for _ in 0..fleet.config.attempts {
        fleet.wait(1.0, |fleet| fleet.is_owned(1));
        let owner = fleet.owner(1).unwrap();
        fleet.report(owner, 1, Report::Failed("door is locked".into()));
    }
    assert_eq!(ends(&fleet, 1), [failed("door is locked")]);
}

#[test]
fn a_long_reason_is_shortened_so_that_it_fits_every_heartbeat() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    for _ in 0..fleet.config.attempts {
        if fleet.count("announce") == 0 {
            fleet.submit(task(1, 10.0));
        }
        fleet.wait(1.0, |fleet| fleet.is_owned(1));
        fleet.report(1, 1, Report::Failed("ü".repeat(100_000)));
    }
    let Phase::Failed(reason) = fleet.phase(1) else {
        panic!()
    };
    assert_eq!(reason.len(), fleet_core::limits::NOTE_BYTES);
}

#[test]
fn a_lost_done_is_repeated_by_heartbeats_until_it_is_noted() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.lose_one("report");
    fleet.report(1, 1, Report::Begun);
    fleet.lose_one("report");
    fleet.report(1, 1, Report::StopDone);
    assert_eq!(fleet.phase(1), Phase::Held);
    fleet.wait(1.0, |fleet| fleet.phase(1) == Phase::Done);
    fleet.said.clear();
    fleet.run(3.0);
    let repeated = fleet.said.iter().any(|(_, message)| match message {
        Message::Heartbeat(beat) => !beat.news.is_empty(),
        _ => false,
    });
    assert!(!repeated, "it is not said again once it is noted");
}

/// A task that must be done within `seconds` of now.
fn until(fleet: &Fleet, k: u128, seconds: f64) -> TaskSpec {
    let mut spec = task(k, 10.0);
    spec.deadline = UtcTime::from_secs_f64(fleet.now.as_secs_f64() + seconds);
    spec
}

#[test]
fn a_task_that_nobody_began_fails_at_its_deadline() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(until(&fleet, 1, 15.0)); // ten metres and ten seconds: too late for this robot
    let took = fleet.wait(16.0, |fleet| fleet.phase(1).is_terminal());
    assert_eq!(took, 15.0);
    assert_eq!(ends(&fleet, 1), [failed("its deadline passed")]);
}

#[test]
fn a_robot_that_is_held_up_gives_back_what_it_will_be_late_for() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(until(&fleet, 1, 25.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.run(10.0); // it does not move
    assert_eq!(fleet.owner(1), None);
    fleet.run(20.0);
    assert_eq!(ends(&fleet, 1), [failed("its deadline passed")]);
}

#[test]
fn a_task_that_is_opened_again_after_its_deadline_fails() {
    let mut fleet = Fleet::of([robot(1, 10.0)]);
    fleet.submit(until(&fleet, 1, 15.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.report(1, 1, Report::Begun);
    fleet.run(30.0);
    assert_eq!(fleet.phase(1), Phase::Running(0), "work that has begun may go on");
    fleet.report(1, 1, Report::GiveBack);
    assert_eq!(ends(&fleet, 1), [failed("its deadline passed")]);
}

#[test]
fn a_calendar_that_is_set_moves_the_deadlines() {
    let mut fleet = Fleet::of([]);
    let day = 20_000 * 86_400;
    let mut spec = task(1, 0.0);
    spec.deadline = Some(UtcTime::from_secs(day + 60));
    fleet.submit(spec);
    let now = fleet.now;
    for _ in 0..1_000 {
        fleet.chief().set_utc(now, UtcTime::from_secs(day)); // as often as the site's clock is read
    }
    let took = fleet.wait(61.0, |fleet| fleet.phase(1).is_terminal());
    assert_eq!(took, 60.0);
    assert_eq!(CHIEF, fleet.chief().id());
}
