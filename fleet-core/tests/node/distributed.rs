//! Robots that choose for themselves.

use std::collections::BTreeSet;

use fleet_core::ledger::Phase;
use fleet_core::message::{Drain, Message};
use fleet_core::travel::Euclidean;
use fleet_core::{Ability, Config, Epoch, Event, NodeId, OnLoss, RobotSpec, Strategy, Time};

use crate::fleet::{CHIEF, Fleet, name, robot, robot_id, task, task_id};
use crate::witnesses::settings;

/// The settings of a fleet with so many witnesses of their own, whose robots choose for themselves.
pub(crate) fn choosing(witnesses: u128) -> Config {
    Config {
        strategy: Strategy::Distributed,
        ..settings(witnesses)
    }
}

/// So many robots, fifty metres apart, that are the witnesses, do by themselves what they start, and need nobody else.
fn on_their_own(robots: u128) -> Fleet {
    let mut config = choosing(1);
    config.witnesses = (1..=robots).map(|k| robot_id(k).node()).collect();
    // Each takes the place of the witness of its name.
    let robots = (1..=robots).map(|k| robot(k, 50.0 * (k - 1) as f64));
    let mut fleet = Fleet::with(config, robots);
    fleet.work_by_themselves(5.0);
    fleet
}

/// Submits tasks of these numbers, each near the robot that comes next.
fn submit_to_robots(fleet: &mut Fleet, tasks: u128, robots: u128) {
    fleet.exclusive = (1..=tasks).collect();
    for k in 1..=tasks {
        let (at, x) = (k % robots, 50.0 * (k % robots) as f64 + k as f64);
        fleet.submit_at(robot_id(at + 1).node(), task(k, x)).unwrap();
    }
}

/// What only passes between nodes that are near to each other.
fn is_near(message: &Message) -> bool {
    ["sign", "bundles", "tasks", "compare"].contains(&name(message))
}

fn doers(fleet: &Fleet) -> BTreeSet<u128> {
    fleet.done.iter().map(|(_, robot)| *robot).collect()
}

#[track_caller]
fn each_done_once(fleet: &Fleet, tasks: u128) {
    let mut done: Vec<u128> = fleet.done.iter().map(|(task, _)| *task).collect();
    done.sort_unstable();
    assert_eq!(done, (1..=tasks).collect::<Vec<_>>());
}

#[test]
fn a_robot_that_is_alone_and_its_own_witness_does_a_task() {
    let mut fleet = on_their_own(1);
    submit_to_robots(&mut fleet, 1, 1);
    fleet.wait(10.0, |fleet| fleet.is_over(1));
    assert_eq!(fleet.done, [(1, 1)]);
}

#[test]
fn robots_that_are_the_witnesses_share_tasks_and_nobody_sells_them() {
    let mut fleet = on_their_own(3);
    submit_to_robots(&mut fleet, 6, 3);
    fleet.wait(60.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 6);
    assert_eq!(doers(&fleet).len(), 3, "{:?}", fleet.done);
    assert_eq!(fleet.count("announce") + fleet.count("award"), 0);
}

#[test]
fn the_tasks_of_a_robot_that_dies_are_done_by_others_after_its_lease() {
    let mut fleet = on_their_own(3);
    submit_to_robots(&mut fleet, 6, 3);
    fleet.wait(5.0, |fleet| fleet.owner(2) == Some(3));
    let (died, before) = (fleet.now, fleet.done.len());
    fleet.crash(robot_id(3).node());
    let until = died + fleet.config.lease.length();
    while fleet.now < until {
        fleet.run(0.1);
        assert!(
            fleet.now >= until || fleet.owner(2) == Some(3),
            "before its lease ran out"
        );
    }
    fleet.wait(60.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 6);
    assert!(fleet.done[before..].iter().all(|(_, robot)| *robot != 3));
}

#[test]
fn of_a_lost_owner_a_person_is_told_though_all_witnesses_forgot_it_and_only_robots_know() {
    let mut fleet = Fleet::with(choosing(3), [robot(1, 0.0), robot(2, 50.0)]);
    let mut spec = task(1, 5.0);
    spec.on_loss = OnLoss::Ask;
    fleet.submit(spec);
    fleet.wait(5.0, |fleet| fleet.owner(1) == Some(1));
    fleet.run(2.0);
    fleet.crash(robot_id(1).node());
    let witnesses = fleet.config.witnesses.clone();
    witnesses.iter().for_each(|witness| fleet.crash(*witness));
    witnesses.iter().for_each(|witness| fleet.restart(*witness, true));
    let told = |event: &Event| matches!(event, Event::Lost { .. }).then_some(());
    fleet.wait(20.0, |fleet| !fleet.news(told).is_empty());
    fleet.work_by_themselves(1.0);
    let now = fleet.now;
    fleet.chief().reopen(now, task_id(1), &mut Euclidean).unwrap();
    fleet.wait(20.0, |fleet| fleet.is_over(1));
    assert_eq!(fleet.done, [(1, 2)]);
}

#[test]
fn a_robot_that_joins_late_learns_by_comparison_what_there_is_to_do() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 0.0)]);
    fleet.work_by_themselves(1.0);
    let mut lifting = robot(2, 10.0);
    lifting.abilities = [Ability::new("lift").unwrap()].into();
    for k in 1..=20 {
        let mut spec = task(k, k as f64);
        spec.needs = lifting.abilities.clone();
        fleet.submit(spec);
    }
    fleet.run(10.0);
    assert!(!(1..=20).any(|k| fleet.is_owned(k)));
    fleet.said.clear();
    fleet.join(lifting, 1);
    fleet.wait(60.0, |fleet| (1..=20).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 20);
    assert!(fleet.count("compare") > 0);
}

#[test]
fn a_task_that_is_called_off_before_the_robots_have_agreed_is_nobodys() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 0.0), robot(2, 20.0)]);
    fleet.submit(task(1, 10.0));
    fleet.wait(0.2, |fleet| fleet.count("bundles") > 0);
    assert!(fleet.cancel(1));
    fleet.run(15.0);
    assert_eq!((fleet.phase(1), fleet.starts(1)), (Phase::Cancelled, 0));
}

#[test]
fn a_task_waits_for_the_one_before_it() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 0.0), robot(2, 50.0)]);
    fleet.submit(task(1, 1.0));
    let mut second = task(2, 50.0);
    second.after = vec![task_id(1)];
    fleet.submit(second);
    fleet.wait(2.0, |fleet| fleet.is_owned(1));
    fleet.run(10.0);
    assert!(!fleet.is_owned(2));
    let owner = fleet.owner(1).unwrap();
    fleet.work(owner, 1);
    fleet.wait(2.0, |fleet| fleet.owner(2) == Some(2));
}

#[test]
fn a_task_that_rests_is_chosen_when_it_is_to_go_on() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 0.0)]);
    fleet.submit(task(1, 1.0));
    fleet.pause_at(CHIEF, 1, true);
    fleet.run(10.0);
    assert!(!fleet.is_owned(1));
    fleet.pause_at(CHIEF, 1, false);
    fleet.wait(2.0, |fleet| fleet.owner(1) == Some(1));
}

#[test]
fn a_robot_out_of_service_chooses_nothing() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 0.0), robot(2, 50.0)]);
    let now = fleet.now;
    let order = |fleet: &mut Fleet, drain| {
        let drained = fleet.chief().drain(now, robot_id(1), drain, &mut Euclidean);
        drained.unwrap();
        fleet.run(1.5);
    };
    order(&mut fleet, Some(Drain::Finish));
    fleet.submit(task(1, 1.0));
    fleet.wait(2.0, |fleet| fleet.owner(1) == Some(2));
    assert!(fleet.chief().drain_of(robot_id(1)).is_some());
    fleet.work(2, 1);
    order(&mut fleet, None);
    fleet.submit(task(2, 1.0));
    fleet.wait(2.0, |fleet| fleet.owner(2) == Some(1));
}

/// When robot `k` asked for task 1, and under which epochs.
fn claims(fleet: &mut Fleet, k: u128, seconds: u32) -> Vec<(Time, Epoch)> {
    let mut claims: Vec<(Time, Epoch)> = Vec::new();
    for _ in 0..seconds * 20 {
        fleet.said.clear();
        fleet.run(0.05);
        for (from, message) in &fleet.said {
            let Message::Heartbeat(beat) = message else {
                continue;
            };
            let mine = beat.claims.iter().filter(|_| *from == robot_id(k).node());
            let epoch = mine
                .filter(|claim| claim.task == task_id(1))
                .map(|claim| claim.epoch);
            for epoch in epoch {
                if claims.last().is_none_or(|(_, last)| *last != epoch) {
                    claims.push((fleet.now, epoch));
                }
            }
        }
    }
    claims
}

#[test]
fn a_robot_whose_claim_is_refused_tries_again_later_under_a_higher_epoch() {
    let mut fleet = Fleet::with(choosing(1), [robot(1, 1.0), robot(2, 50.0)]);
    fleet.submit(task(1, 0.0));
    fleet.wait(1.0, |fleet| fleet.count("tasks") > 0);
    // Both know of the task, and robot 2 does not hear that the other chose it, and has it.
    let deaf = robot_id(2).node();
    fleet.lose = Box::new(move |_, to, message| to == deaf && is_near(message));
    let claims = claims(&mut fleet, 2, 15);
    assert_eq!(fleet.owner(1), Some(1));
    assert!(claims.len() >= 3, "{claims:?}");
    let retry = fleet.config.retry;
    for pair in claims.windows(2) {
        assert!(pair[0].1 < pair[1].1, "{claims:?}");
        assert!(pair[1].0.since(pair[0].0) >= retry, "{claims:?}");
    }
    assert!(claims.len() < 10, "longer and longer rests: {claims:?}");
    fleet.leave(1);
    fleet.wait(30.0, |fleet| fleet.owner(1) == Some(2));
}

/// Along a line of robots, with the witness at its end, where each hears only those beside it. What goes to a witness, and
/// from it, others pass on.
#[test]
fn along_a_line_everything_is_done_once() {
    let robots: Vec<RobotSpec> = (1..=5).map(|k| robot(k, 20.0 * k as f64)).collect();
    let mut fleet = Fleet::with(choosing(1), []);
    let place = |node: NodeId| {
        if node == CHIEF {
            0
        } else {
            node.robot().uuid().as_u128()
        }
    };
    fleet.lose = Box::new(move |from, to, message| is_near(message) && place(from).abs_diff(place(to)) > 1);
    robots.into_iter().for_each(|spec| fleet.join(spec, 1));
    fleet.work_by_themselves(5.0);
    fleet.exclusive = (1..=10).collect();
    fleet.run(3.0);
    for k in 1..=10 {
        fleet.submit(task(k, 10.0 * k as f64 + 1.0));
    }
    fleet.wait(90.0, |fleet| (1..=10).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 10);
    assert_eq!(doers(&fleet).len(), 5, "{:?}", fleet.done);
}
