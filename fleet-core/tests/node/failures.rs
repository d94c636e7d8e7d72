//! Six failures of the auction dispatcher that robots know best, and that they cannot happen here.

use fleet_core::ledger::Phase;
use fleet_core::message::{Forfeit, Message};
use fleet_core::output::StopReason;
use fleet_core::{Event, NodeId, Place, Pose};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::witness;

/// Every end that any witness was told of, of any task.
fn ends(fleet: &Fleet) -> Vec<(u128, Phase)> {
    let end = |event: &Event| match event {
        Event::Task { task, phase, .. } if phase.is_terminal() => {
            Some((task.uuid().as_u128(), phase.clone()))
        }
        _ => None,
    };
    let mut ends: Vec<_> = fleet.told.iter().filter_map(|(_, _, event)| end(event)).collect();
    ends.sort();
    ends.dedup();
    ends
}

fn awarded(fleet: &Fleet, k: u128) -> usize {
    let is_it = |event: &Event| matches!(event, Event::Awarded(awarded) if awarded.task == task_id(k));
    fleet.told.iter().filter(|(_, _, event)| is_it(event)).count()
}

/// Says again all of a kind that `from` once said to a witness.
fn say_again(fleet: &mut Fleet, from: NodeId, kind: fn(&Message) -> bool) {
    let late = fleet.sent.clone().into_iter();
    let late = late.filter(|(sender, _, message)| *sender == from && kind(message));
    late.for_each(|(from, to, message)| fleet.deliver(from, to, &message));
}

fn is_accept(message: &Message) -> bool {
    matches!(message, Message::Accept { .. })
}

#[test]
fn a_late_acknowledgement_does_not_make_the_next_task_fail() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
    // The winner says yes, and nobody hears it, nor anything else of it, for longer than its lease.
    let mute = robot_id(1).node();
    fleet.lose = Box::new(move |from, _, message| from == mute && !matches!(message, Message::Bids(_)));
    fleet.submit(task(1, 0.0));
    fleet.wait(30.0, |fleet| fleet.owner(1) == Some(2));
    fleet.heal();
    fleet.run(2.0);
    // The next task is awarded to it, and unanswered, when its old acknowledgement arrives; and again afterwards.
    fleet.said.clear();
    fleet.lose_one("award");
    fleet.submit(task(2, 0.0));
    fleet.wait(1.0, |fleet| fleet.count("award") > 0);
    say_again(&mut fleet, mute, is_accept);
    fleet.wait(2.0, |fleet| fleet.owner(2) == Some(1));
    say_again(&mut fleet, mute, is_accept);
    fleet.settle();
    assert_eq!((fleet.owner(1), fleet.owner(2)), (Some(2), Some(1)));
    fleet.work(2, 1);
    fleet.work(1, 2);
    assert_eq!(ends(&fleet), [(1, Phase::Done), (2, Phase::Done)]);
}

#[test]
fn a_refused_award_does_not_count_as_dispatched() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    fleet.robot(1).take_tasks(false);
    fleet.wait(1.0, |fleet| fleet.count("refuse") > 0);
    fleet.run(1.0);
    assert_eq!((fleet.phase(1), awarded(&fleet, 1)), (Phase::Open, 0));
    let unsold = |event: &Event| matches!(event, Event::Unsold { .. }).then_some(());
    assert!(!fleet.news(unsold).is_empty(), "that nobody takes it is said");
    assert_eq!(fleet.orders(1), []);
    // It is for sale again until somebody takes it.
    fleet.robot(1).take_tasks(true);
    fleet.wait(fleet.config.reoffer.as_secs_f64() + 1.0, |fleet| {
        fleet.owner(1) == Some(1)
    });
    fleet.work(1, 1);
    assert_eq!(ends(&fleet), [(1, Phase::Done)]);
}

#[test]
fn a_refused_award_goes_to_the_next_best_even_if_the_refusal_is_lost() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 50.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    let far = Pose::from(Place::at(5_000.0, 0.0));
    fleet.robot(1).moved(far).unwrap();
    fleet.lose_one("refuse");
    fleet.wait(3.0, |fleet| fleet.owner(1) == Some(2));
    assert_eq!(awarded(&fleet, 1), 1, "to the one that took it");
}

#[test]
fn an_award_without_acknowledgement_is_not_for_ever() {
    // Once the winner is dead, once it is there and just never hears of it.
    for dead in [true, false] {
        let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 500.0)]);
        let winner = robot_id(1).node();
        fleet.lose = Box::new(move |_, to, message| to == winner && matches!(message, Message::Award(_)));
        fleet.submit(task(1, 0.0));
        fleet.wait(1.0, |fleet| fleet.count("award") == 1);
        if dead {
            fleet.crash(winner);
        }
        let lease = fleet.config.lease;
        let bound = lease.length() + lease.guard() + fleet.config.retry * 2;
        let given_up = |fleet: &Fleet| fleet.state(1).epoch.count > 0;
        fleet.wait(bound.as_secs_f64(), given_up);
        fleet.robot(2).moved(Pose::from(Place::at(0.0, 0.0))).unwrap();
        if !dead {
            fleet.robot(1).take_tasks(false);
        }
        fleet.wait(2.0, |fleet| fleet.owner(1) == Some(2));
        fleet.work(2, 1);
        assert_eq!(ends(&fleet), [(1, Phase::Done)]);
    }
}

#[test]
fn a_cancel_during_an_auction_does_not_kill_the_next_task() {
    type Moment = fn(&Fleet) -> bool;
    let moments: [(&str, Moment); 4] = [
        ("announced", |fleet| fleet.count("announce") > 0),
        ("bids on their way", |fleet| fleet.count("bids") > 0),
        ("awarded", |fleet| fleet.count("award") > 0),
        ("accepted", |fleet| fleet.count("accept") > 0),
    ];
    for (name, moment) in moments {
        let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 50.0)]);
        fleet.submit(task(1, 10.0));
        fleet.halt(1.0, moment);
        let now = fleet.now;
        let travel = &mut fleet_core::travel::Euclidean;
        assert_eq!(fleet.chief().cancel(now, task_id(1), travel), Ok(true), "{name}");
        fleet.submit_only(CHIEF, task(2, 10.0)).unwrap();
        fleet.wait(2.0, |fleet| fleet.owner(2) == Some(1));
        say_again(&mut fleet, robot_id(1).node(), |message| {
            is_accept(message) || matches!(message, Message::Bids(_))
        });
        fleet.run(2.0);
        fleet.work(1, 2);
        assert_eq!(ends(&fleet), [(1, Phase::Cancelled), (2, Phase::Done)], "{name}");
        assert_eq!(fleet.actors(1), [], "{name}");
    }
}

/// Five tasks in all states: done, cancelled, at work, waiting, for sale; then all coordinators die at once.
fn all_die_after(seconds: f64) -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
    fleet.exclusive = (1..=6).collect();
    fleet.submit(task(1, 0.0));
    fleet.wait(1.5, |fleet| fleet.owner(1) == Some(1));
    fleet.work(1, 1);
    fleet.submit(task(2, 50.0));
    assert!(fleet.cancel(2));
    fleet.work_by_themselves(4.0);
    (3..=6).for_each(|k| fleet.submit(task(k, 25.0 * (k - 2) as f64)));
    fleet.run(seconds);
    (0..3).for_each(|k| fleet.crash(witness(k)));
    fleet
}

#[test]
fn what_all_coordinators_forget_is_in_their_journals() {
    for tenths in 0..30 {
        let mut fleet = all_die_after(f64::from(tenths) * 0.1);
        fleet.run(1.0);
        (0..3).for_each(|k| fleet.restart(witness(k), true));
        fleet.wait(60.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
        fleet.run(10.0);
        let times: Vec<usize> = (3..=6).map(|k| fleet.times_done(k)).collect();
        assert_eq!(times, [1; 4], "after {tenths} tenths");
        let starts: Vec<usize> = (1..=6).map(|k| fleet.starts(k)).collect();
        assert_eq!(
            starts,
            [1, 0, 1, 1, 1, 1],
            "nothing is repeated, after {tenths} tenths"
        );
        let done: Vec<_> = [1, 3, 4, 5, 6].map(|k| (k, Phase::Done)).into();
        assert_eq!(ends(&fleet)[..1], done[..1]);
        assert!(fleet.agrees());
        assert_eq!(fleet.phase(2), Phase::Cancelled);
        assert!((3..=6).all(|k| fleet.phase(k) == Phase::Done));
    }
}

#[test]
fn what_a_majority_had_accepted_outlives_the_journal_of_one() {
    let mut fleet = all_die_after(1.0);
    fleet.restart(CHIEF, false);
    fleet.restart(witness(1), true);
    fleet.restart(witness(2), true);
    fleet.wait(90.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
    assert!((3..=6).all(|k| fleet.times_done(k) == 1 && fleet.phase(k) == Phase::Done));
    assert_eq!((fleet.phase(1), fleet.phase(2)), (Phase::Done, Phase::Cancelled));
}

#[test]
fn the_others_go_on_when_the_leader_dies_in_an_auction() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
    fleet.exclusive = (1..=4).collect();
    (1..=4).for_each(|k| fleet.submit(task(k, 25.0 * k as f64)));
    fleet.halt(1.0, |fleet| fleet.count("bids") > 0);
    fleet.crash(CHIEF);
    fleet.swallow(CHIEF);
    let suspicion = fleet.config.suspicion.as_secs_f64();
    fleet.wait(suspicion, |fleet| fleet.leaders() == [witness(1)]);
    fleet.work_by_themselves(5.0);
    fleet.wait(60.0, |fleet| (1..=4).all(|k| fleet.is_over(k)));
    assert!((1..=4).all(|k| fleet.starts(k) == 1 && fleet.times_done(k) == 1));
    assert!(fleet.agrees());
}

/// The first two witnesses do not hear each other, nor each the robot of the other; the third hears all. Both lead, and
/// each has a majority.
fn two_leaders(tasks: u128) -> Fleet {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
    fleet.exclusive = (1..=tasks).collect();
    let left = [CHIEF, robot_id(1).node()];
    let right = [witness(1), robot_id(2).node()];
    fleet.lose = Box::new(move |from, to, _| {
        let across = |a: [NodeId; 2], b: [NodeId; 2]| a.contains(&from) && b.contains(&to);
        across(left, right) || across(right, left)
    });
    let suspicion = fleet.config.suspicion.as_secs_f64();
    fleet.wait(suspicion, |fleet| fleet.leaders() == [CHIEF, witness(1)]);
    fleet
}

#[test]
fn two_leaders_never_give_one_task_to_two_robots() {
    let mut fleet = two_leaders(8);
    fleet.work_by_themselves(3.0);
    for k in 1..=8 {
        for leader in [CHIEF, witness(1)] {
            fleet.submit_only(leader, task(k, 12.0 * k as f64)).unwrap();
        }
        fleet.run(2.0);
    }
    let sellers = fleet
        .said
        .iter()
        .filter(|(_, message)| matches!(message, Message::Award(_)));
    let sellers: std::collections::BTreeSet<_> = sellers.map(|(from, _)| *from).collect();
    assert_eq!(sellers.len(), 2, "both sell");
    fleet.wait(120.0, |fleet| (1..=8).all(|k| fleet.times_done(k) > 0));
    fleet.heal();
    fleet.wait(5.0, |fleet| {
        fleet.leaders() == [CHIEF] && (1..=8).all(|k| fleet.is_over(k))
    });
    fleet.run(3.0);
    assert!(fleet.agrees(), "{:#?}", fleet.ledgers());
    assert!((1..=8).all(|k| fleet.times_done(k) == 1 && fleet.phase(k) == Phase::Done));
}

#[test]
fn the_two_sides_of_a_partition_agree_afterwards() {
    let mut fleet = Fleet::replicated(3, [robot(1, 0.0), robot(2, 100.0)]);
    fleet.exclusive = (1..=4).collect();
    fleet.work_by_themselves(8.0);
    fleet.submit(task(1, 0.0));
    fleet.submit(task(2, 100.0));
    fleet.run(1.0);
    fleet.split([CHIEF, robot_id(1).node()]);
    let suspicion = fleet.config.suspicion.as_secs_f64();
    fleet.wait(suspicion, |fleet| fleet.leaders() == [CHIEF, witness(1)]);
    fleet.submit_at(CHIEF, task(3, 10.0)).unwrap();
    fleet.submit_at(witness(1), task(4, 90.0)).unwrap();
    // Meanwhile the greater side takes over what the robot of the other one was at, and does it.
    fleet.wait(40.0, |fleet| {
        [1, 2, 4]
            .iter()
            .all(|k| fleet.phase_at(witness(1), *k) == Some(Phase::Done))
    });
    let lost = Order::Stop(1, StopReason::Lost(Forfeit::LeaseLost));
    assert_eq!(fleet.orders(1), [Order::Start(1), lost]);
    assert_eq!(fleet.times_done(3), 0);
    fleet.heal();
    fleet.wait(30.0, |fleet| (1..=4).all(|k| fleet.is_over(k)));
    assert_eq!(fleet.leaders(), [CHIEF]);
    assert!(fleet.agrees());
    assert!((1..=4).all(|k| fleet.times_done(k) == 1 && fleet.phase(k) == Phase::Done));
}
