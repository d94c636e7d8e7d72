//! S1 and S2: who may act, and from when on no longer.

use std::time::Duration;

use fleet_core::ledger::{LeaseTerms, Phase};
use fleet_core::message::{Forfeit, Heard, Message, News, Refusal};
use fleet_core::output::{Reopened, StopReason};
use fleet_core::travel::Euclidean;
use fleet_core::{Assurance, Event, NodeId, Report, ReportError, Time};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::{settings, witness};

/// A fleet of two; the first owns and works at task 1.
fn at_work() -> Fleet {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(1));
    fleet.report(1, 1, Report::Begun);
    fleet
}

fn when(fleet: &Fleet, k: u128, order: &dyn Fn(&Event) -> bool) -> Time {
    let node = robot_id(k).node();
    let event = fleet
        .told
        .iter()
        .find(|(_, of, event)| *of == node && order(event));
    event.unwrap().0
}

#[test]
fn a_robot_that_is_cut_off_stops_before_another_one_starts() {
    let mut fleet = at_work();
    fleet.cut_off(1);
    fleet.wait(20.0, |fleet| fleet.owner(1) == Some(2));
    let stopped = when(&fleet, 1, &|event| matches!(event, Event::Stop { .. }));
    let started = when(&fleet, 2, &|event| matches!(event, Event::Start { .. }));
    let (lease, stopping) = (fleet.config.lease, fleet.config.stopping);
    assert!(stopped + stopping < started, "{stopped:?} {started:?}");
    assert!(started.since(stopped) <= lease.guard() - lease.length() + stopping + lease.length());
    let lost = Order::Stop(1, StopReason::Lost(Forfeit::LeaseLost));
    assert_eq!(fleet.orders(1), [Order::Start(1), lost]);
}

#[test]
fn a_robot_whose_process_sleeps_has_no_permit_when_it_wakes() {
    let mut fleet = at_work();
    let epoch = fleet.state(1).epoch;
    assert_eq!(fleet.permit(1, 1), Some(epoch));
    // Nothing calls the robot's node any more: its lease runs out by itself.
    let lease = fleet.config.lease.length();
    let now = fleet.now;
    let node = fleet.robot(1);
    assert_eq!(node.permit(task_id(1), now + lease), None);
    let late = node.report(now + lease, task_id(1), Report::StopDone, &mut Euclidean);
    assert_eq!(late, Err(ReportError::NotOwned));
}

#[test]
fn a_robot_whose_process_sleeps_starts_nothing_that_ran_out() {
    let mut fleet = at_work();
    fleet.submit(task(2, 0.0));
    fleet.submit(task(3, 1.0));
    fleet.wait(1.0, |fleet| {
        fleet.owner(3) == Some(1) && fleet.owner(2) == Some(1)
    });
    fleet.told.clear();
    // The first thing it gets to see after its sleep takes away what it worked at.
    fleet.now = fleet.now + fleet.config.lease.length();
    let cancel = Message::Cancel {
        task: task_id(1),
        epoch: fleet.state(1).epoch,
    };
    fleet.deliver(CHIEF, robot_id(1).node(), &cancel);
    let started = fleet
        .orders(1)
        .into_iter()
        .any(|order| matches!(order, Order::Start(_)));
    assert!(!started, "{:?}", fleet.orders(1));
}

#[test]
fn a_lease_counts_from_when_it_was_asked_for_not_from_the_answer() {
    let mut fleet = at_work();
    fleet.lose = Box::new(|from, _, _| from == CHIEF);
    fleet.sent.clear();
    let answer = |fleet: &Fleet| {
        let to_first = |(_, to, message): &&(NodeId, NodeId, Message)| {
            *to == robot_id(1).node() && matches!(message, Message::Heard(_))
        };
        fleet
            .sent
            .iter()
            .find(to_first)
            .map(|(_, _, heard)| heard.clone())
    };
    fleet.wait(1.1, |fleet| answer(fleet).is_some());
    let (asked, lease) = (fleet.now, fleet.config.lease.length());
    let heard = answer(&fleet).unwrap();
    // The answer takes three seconds; no other comes.
    fleet.run(3.0);
    fleet.deliver(CHIEF, robot_id(1).node(), &heard);
    let until = asked + lease;
    let just_before = Time::from_micros(until.as_micros() - 1);
    let node = fleet.robot(1);
    assert!(node.permit(task_id(1), just_before).is_some());
    assert_eq!(node.permit(task_id(1), until), None);
}

#[test]
fn the_old_owner_changes_nothing_but_by_having_done_the_task() {
    let mut fleet = at_work();
    let old = fleet.state(1).epoch;
    fleet.cut_off(1);
    fleet.wait(20.0, |fleet| fleet.owner(1) == Some(2));
    fleet.heal();
    let (now, from) = (fleet.state(1), robot_id(1).node());
    let late = [
        News::Started,
        News::Progress(1),
        News::Failed("wheel".into()),
        News::Forfeited(Forfeit::Application),
    ];
    for news in late {
        fleet.deliver(
            from,
            CHIEF,
            &Message::Report {
                task: task_id(1),
                epoch: old,
                news,
            },
        );
        fleet.settle();
        assert_eq!(fleet.state(1), now);
    }
    let done = Message::Report {
        task: task_id(1),
        epoch: old,
        news: News::Done,
    };
    fleet.deliver(from, CHIEF, &done);
    fleet.settle();
    assert_eq!(fleet.phase(1), Phase::Done);
    assert_eq!(
        fleet.orders(2).last(),
        Some(&Order::Stop(1, StopReason::Cancelled))
    );
    assert_eq!(fleet.permit(2, 1), None);
}

#[test]
fn epochs_rise_with_every_owner() {
    let mut fleet = at_work();
    let mut epochs = vec![fleet.state(1).epoch];
    for _ in 0..5 {
        let owner = fleet.owner(1).unwrap();
        fleet.report(owner, 1, Report::GiveBack);
        fleet.wait(2.0, |fleet| fleet.is_owned(1));
        epochs.push(fleet.state(1).epoch);
    }
    assert!(epochs.is_sorted_by(|a, b| a < b), "{epochs:?}");
}

#[test]
fn best_effort_work_goes_on_alone_and_ends_when_the_sides_meet() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    let mut spec = task(1, 0.0);
    spec.assurance = Assurance::BestEffort;
    fleet.submit(spec);
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(1));
    fleet.cut_off(1);
    fleet.wait(20.0, |fleet| fleet.owner(1) == Some(2));
    assert!(fleet.permit(1, 1).is_some(), "it goes on");
    fleet.heal();
    fleet.run(2.0);
    assert_eq!(fleet.permit(1, 1), None);
    assert_eq!(fleet.orders(1).last(), Some(&Order::Stop(1, StopReason::Revoked)));
}

#[test]
fn a_task_that_is_won_again_under_a_new_epoch_starts_anew() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let mut specs: Vec<_> = (1..=3).map(|k| task(k, 10.0 * k as f64)).collect();
    specs
        .iter_mut()
        .for_each(|spec| spec.assurance = Assurance::BestEffort);
    specs.into_iter().for_each(|spec| fleet.submit(spec));
    fleet.wait(1.0, |fleet| (1..=3).all(|k| fleet.is_owned(k)));
    // It is given up for lost and does not know; it wins its own tasks before it hears that they are not its own.
    fleet.cut_off(1);
    fleet.run(10.0);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Heard(_)));
    let old = fleet.permit(1, 1);
    fleet.wait(10.0, |fleet| (1..=3).all(|k| fleet.is_owned(k)));
    let epoch = fleet.state(1).epoch;
    assert!(old < Some(epoch));
    assert_eq!(
        fleet.permit(1, 1),
        None,
        "what it had is over, and what it won is not granted yet"
    );
    fleet.heal();
    fleet.run(0.5);
    assert_eq!(fleet.permit(1, 1), Some(epoch));
    (1..=3).for_each(|k| fleet.work(1, k));
    assert!((1..=3).all(|k| fleet.phase(k) == Phase::Done));
}

#[test]
fn a_task_that_its_robot_no_longer_names_is_open_again() {
    let mut fleet = at_work();
    // The robot restarts under its old number, against the rules: its heartbeats name nothing.
    fleet.run(1.0);
    let beat = fleet.said.iter().rev().find_map(|(from, message)| match message {
        Message::Heartbeat(beat) if from.robot() == robot_id(1) => Some(beat.clone()),
        _ => None,
    });
    let mut beat = beat.unwrap();
    (beat.ask, beat.claims) = (1_000, Vec::new());
    fleet.deliver(robot_id(1).node(), CHIEF, &Message::Heartbeat(beat));
    let why = fleet.news(|event| match event {
        Event::Task { reopened, .. } => reopened.clone(),
        _ => None,
    });
    assert_eq!(why, [Reopened::Forfeited(Forfeit::Forgotten)]);
}

#[test]
fn a_heartbeat_that_leases_hang_on_is_repeated_soon_if_it_is_not_answered() {
    let beats = |fleet: &mut Fleet| {
        fleet.wait(1.0, |fleet| fleet.count("heartbeat") > 0);
        fleet.said.clear();
        fleet.run(fleet.config.retry.as_secs_f64() * 2.0);
        fleet.count("heartbeat")
    };
    let mut idle = Fleet::of([robot(1, 0.0)]);
    idle.cut_off(1);
    assert_eq!(beats(&mut idle), 0);

    let mut busy = Fleet::of([robot(1, 0.0)]);
    busy.submit(task(1, 0.0));
    busy.wait(1.0, |fleet| fleet.is_owned(1));
    busy.said.clear();
    assert_eq!(beats(&mut busy), 0);
    busy.cut_off(1);
    assert_eq!(beats(&mut busy), 2);
}

#[test]
fn a_claim_that_a_witness_will_never_grant_is_given_up_before_a_lease_has_passed() {
    let mut config = settings(3);
    config.lease = LeaseTerms::new(Duration::from_secs(60), 0.001).unwrap();
    let mut fleet = Fleet::with(config, [robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Heard(_)));
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.count("accept") == 1);
    let asked = fleet.said.iter().rev().find_map(|(_, message)| match message {
        Message::Heartbeat(beat) => Some((beat.ask, beat.claims.first()?.epoch)),
        _ => None,
    });
    let (ask, epoch) = asked.unwrap();
    let never = Refusal::Stale(epoch.next(1, witness(2)));
    let heard = Heard {
        boot: 1,
        ask,
        refused: vec![(task_id(1), epoch, never)],
        noted: Vec::new(),
        orders: Vec::new(),
        drain: (0, None),
        open_from: 0,
        known: true,
        leads: true,
        fellows: Vec::new(),
    };
    fleet.deliver(witness(2), robot_id(1).node(), &Message::Heard(heard));
    fleet.wait(5.0, |fleet| fleet.count("refuse") == 1);
}
