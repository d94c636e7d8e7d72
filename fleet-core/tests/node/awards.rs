//! Awards and their answers: refused, lost, repeated, late.

use fleet_core::ledger::Phase;
use fleet_core::message::{Answer, Message, News};
use fleet_core::output::Reopened;
use fleet_core::{Decline, Event, Place, Pose};

use crate::fleet::{CHIEF, Fleet, Order, name, robot, robot_id, task, task_id};

/// The last message of a kind that was said.
fn last(fleet: &Fleet, kind: &str) -> Message {
    let said = fleet.said.iter().rev().find(|(_, message)| name(message) == kind);
    said.unwrap().1.clone()
}

#[test]
fn a_robot_that_has_become_dearer_than_the_next_best_refuses() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    // Its bid was for ten metres; now it is far away.
    let far = Pose::from(Place::at(500.0, 0.0));
    fleet.robot(1).moved(far).unwrap();
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert_eq!(fleet.owner(1), Some(2));
    let Message::Refuse { reason, bids, .. } = last(&fleet, "refuse") else {
        panic!("no refusal")
    };
    assert_eq!(reason, Decline::Dearer);
    assert!(
        matches!(bids[..], [(_, Answer::Bid(_))]),
        "it says what the task costs now: {bids:?}"
    );
}

#[test]
fn a_lost_award_is_repeated() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert_eq!(took, (fleet.config.gather + fleet.config.retry).as_secs_f64());
    assert_eq!(fleet.orders(1), [Order::Start(1)]);
}

#[test]
fn a_lost_acceptance_is_learnt_by_asking_again() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose_one("accept");
    fleet.submit(task(1, 10.0));
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert!(
        took <= (fleet.config.gather + fleet.config.retry).as_secs_f64(),
        "{took}"
    );
    assert_eq!(fleet.orders(1), [Order::Start(1)], "it began at once, and once");
}

#[test]
fn a_lost_acceptance_is_learnt_from_a_heartbeat() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Accept { .. }));
    fleet.submit(task(1, 10.0));
    fleet.wait(1.1, |fleet| fleet.is_owned(1));
    fleet.run(20.0);
    assert_eq!(fleet.orders(1), [Order::Start(1)]);
}

#[test]
fn a_lost_refusal_is_repeated_and_never_becomes_an_acceptance() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    let epoch = fleet.state(1).epoch;
    fleet.robot(1).moved(Pose::from(Place::at(500.0, 0.0))).unwrap();
    fleet.lose_one("refuse");
    fleet.wait(1.0, |fleet| fleet.count("refuse") == 1);
    // It is back, and would like it again; but it has said no to this epoch.
    fleet.robot(1).moved(Pose::from(Place::at(0.0, 0.0))).unwrap();
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert!(fleet.state(1).epoch > epoch);
    assert!(fleet.count("refuse") >= 2);
}

#[test]
fn an_award_that_comes_after_the_lease_it_counts_from_is_ignored() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Award(_)));
    fleet.submit(task(1, 10.0));
    fleet.run(0.2);
    let award = last(&fleet, "award");
    fleet.cut_off(1);
    fleet.run(4.6);
    fleet.deliver(CHIEF, robot_id(1).node(), &award);
    assert_eq!((fleet.permit(1, 1), fleet.orders(1)), (None, vec![]));
}

#[test]
fn an_award_of_another_life_is_ignored() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Award(_)));
    fleet.submit(task(1, 10.0));
    fleet.run(0.2);
    let award = last(&fleet, "award");
    // The new life counts its heartbeats from one again: the numbers meet.
    fleet.join(robot(1, 0.0), 2);
    fleet.run(2.0);
    fleet.deliver(CHIEF, robot_id(1).node(), &award);
    assert_eq!((fleet.permit(1, 1), fleet.orders(1)), (None, vec![]));
}

#[test]
fn an_answer_to_a_heartbeat_of_another_life_renews_nothing() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.run(3.0);
    let heard = last(&fleet, "heard");
    let Message::Heard(old) = &heard else { panic!() };
    fleet.join(robot(1, 0.0), 2);
    fleet.run(0.1);
    fleet.submit(task(1, 10.0));
    fleet.wait(2.0, |fleet| fleet.is_owned(1));
    // From now on it hears nothing but an answer to a heartbeat of the same number in its former life.
    let ask = old.ask;
    fleet.lose = Box::new(|from, _, _| from == CHIEF);
    fleet.wait(4.0, |fleet| asked(fleet) >= ask);
    fleet.deliver(CHIEF, robot_id(1).node(), &heard);
    fleet.run(3.6);
    assert_eq!(fleet.permit(1, 1), None);
}

/// The number of the last heartbeat.
fn asked(fleet: &Fleet) -> u32 {
    match last(fleet, "heartbeat") {
        Message::Heartbeat(beat) => beat.ask,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_robot_that_answers_no_award_loses_it_after_its_lease() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    // Robot 1 is heard, but hears nothing any more from the award on.
    let deaf = robot_id(1).node();
    fleet.lose = Box::new(move |_, to, message| to == deaf && !matches!(message, Message::Announce(_)));
    fleet.submit(task(1, 10.0));
    let (lease, guard) = (fleet.config.lease.length(), fleet.config.lease.guard());
    fleet.wait((lease + guard).as_secs_f64() + 1.0, |fleet| {
        fleet.state(1).epoch.count >= 2
    });
    let reasons = fleet.news(|event| match event {
        Event::Task { reopened, .. } => reopened.clone(),
        _ => None,
    });
    assert_eq!(reasons, [Reopened::Unanswered]);
    assert!(fleet.orders(1).is_empty());
}

#[test]
fn a_cancelled_offer_leaves_its_bidder_free_for_the_next() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Award(_) | Message::Cancel { .. }));
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    assert!(fleet.cancel(1));
    fleet.heal();
    fleet.submit(task(2, 10.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(2));
}

#[test]
fn a_cancellation_that_overtakes_its_award_is_obeyed() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Award(_)));
    fleet.submit(task(1, 10.0));
    fleet.run(0.2);
    let award = last(&fleet, "award");
    fleet.cancel(1);
    fleet.deliver(CHIEF, robot_id(1).node(), &award);
    fleet.settle();
    assert_eq!((fleet.permit(1, 1), fleet.orders(1)), (None, vec![]));
}

#[test]
fn everything_said_twice_and_backwards_changes_nothing() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    (1..=3).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.wait(1.0, |fleet| (1..=3).all(|k| fleet.is_owned(k)));
    fleet.run(2.0);
    let before: Vec<_> = (1..=3).map(|k| fleet.state(k)).collect();
    let orders = fleet.orders(1);
    for (from, message) in fleet.said.clone().into_iter().rev() {
        let to_chief = from != CHIEF;
        let to = if to_chief {
            vec![CHIEF]
        } else {
            vec![robot_id(1).node(), robot_id(2).node()]
        };
        // What was for one robot only must not be taken by another.
        let one = matches!(message, Message::Award(_) | Message::Heard(_));
        to.into_iter()
            .take(if one { 0 } else { 2 })
            .for_each(|to| fleet.deliver(from, to, &message));
        fleet.settle();
    }
    assert_eq!((1..=3).map(|k| fleet.state(k)).collect::<Vec<_>>(), before);
    assert_eq!(fleet.orders(1), orders);
}

#[test]
fn a_robot_that_has_done_a_task_says_so_instead_of_doing_it_again() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    // Nobody hears that it is done; the robot is given up for lost, and heard again by a hello only.
    let robot = robot_id(1).node();
    fleet.lose = Box::new(move |from, _, _| from == robot);
    fleet.work(1, 1);
    fleet.run(8.0);
    assert_eq!(fleet.phase(1), Phase::Open);
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Report { news: News::Done, .. }));
    let mut beat = last(&fleet, "heartbeat");
    if let Message::Heartbeat(beat) = &mut beat {
        beat.news.clear(); // an earlier one, from before
    }
    fleet.deliver(robot, CHIEF, &beat);
    fleet.run(0.2);
    fleet.heal();
    fleet.wait(5.0, |fleet| fleet.phase(1) == Phase::Done);
    assert_eq!(fleet.orders(1), [Order::Start(1)], "{:?}", task_id(1));
}
