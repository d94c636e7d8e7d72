//! Which tasks are announced where more are for sale than robots keep in mind.

use std::collections::BTreeSet;

use fleet_core::ledger::Phase;
use fleet_core::message::Message;
use fleet_core::{Abilities, Ability, Config, Load, Priority, TaskSpec};

use crate::fleet::{CHIEF, Fleet, number, robot, task, task_id};

/// Tasks that a robot keeps in mind.
const LOTS: usize = 64;

/// Two robots that take two tasks each.
fn fleet(robots: impl IntoIterator<Item = fleet_core::RobotSpec>) -> Fleet {
    let mut config = Config::new(CHIEF);
    config.limits.plan = 2;
    config.limits.lots = LOTS;
    Fleet::with(config, robots)
}

fn urgent(k: u128) -> TaskSpec {
    let mut spec = task(k, k as f64);
    spec.priority = Priority::Critical;
    spec
}

/// The tasks that were announced since `said` was cleared.
fn announced(fleet: &Fleet) -> BTreeSet<u128> {
    let lots = fleet.said.iter().filter_map(|(_, message)| match message {
        Message::Announce(lots) => Some(lots),
        _ => None,
    });
    lots.flatten().map(|lot| number(lot.task.id())).collect()
}

#[test]
fn no_more_is_offered_at_once_than_robots_keep_in_mind_and_the_most_urgent_first() {
    let mut fleet = fleet([robot(1, 0.0), robot(2, 50.0)]);
    fleet.run(1.5);
    fleet.work_by_themselves(0.1);
    (1..=200).for_each(|k| fleet.submit(task(k, k as f64)));
    (201..=300).for_each(|k| fleet.submit(urgent(k)));
    fleet.said.clear();
    fleet.run(fleet.config.gather.as_secs_f64());
    let first = announced(&fleet);
    assert_eq!(first.len(), LOTS);
    let waited = first.iter().filter(|k| **k <= 200).count();
    assert_eq!(waited, LOTS / 4, "one of four is one that has waited longest");
    let most: BTreeSet<u128> = (201..249).chain(1..17).collect();
    assert_eq!(first, most, "of equally urgent ones those with the lowest ids");
    // The rest follows, and all are done.
    fleet.run(2.0);
    assert!(announced(&fleet).len() > 2 * LOTS);
    fleet.wait(600.0, |fleet| (1..=300).all(|k| fleet.phase(k) == Phase::Done));
}

#[test]
fn a_task_does_not_wait_for_ever_behind_more_urgent_ones_that_nobody_can_do() {
    // Able to do them by what it says, but they are too heavy.
    let mut fleet = fleet([robot(1, 0.0)]);
    fleet.run(1.5);
    let heavy = |k| {
        let mut spec = urgent(k);
        spec.stops[0].load = Load::new(&[1_000.0]).unwrap();
        spec
    };
    (1..=2_000).for_each(|k| fleet.submit(heavy(k)));
    fleet.submit(task(2_001, 5.0));
    let took = fleet.wait(60.0, |fleet| fleet.is_owned(2_001));
    let rounds = 2_001 / (LOTS / 4) + 1;
    let bound = fleet.config.retry.as_secs_f64() * rounds as f64 + fleet.config.auction.as_secs_f64() * 4.0;
    assert!(took < bound, "{took} of {bound}");
}

#[test]
fn a_team_is_announced_as_a_whole_whatever_room_there_is() {
    let lift: Abilities = [Ability::new("lift").unwrap()].into();
    let robots = (1..=2).map(|k| {
        let mut spec = robot(k, 10.0 * k as f64);
        spec.abilities = lift.clone();
        spec
    });
    let mut fleet = fleet(robots);
    fleet.run(1.5);
    fleet.work_by_themselves(0.1);
    (1..=300).for_each(|k| fleet.submit(task(k, k as f64)));
    for (k, other) in [(400, 401), (401, 400)] {
        let mut spec = urgent(k);
        spec.team = [task_id(other)].into();
        fleet.submit(spec);
    }
    fleet.said.clear();
    fleet.run(fleet.config.gather.as_secs_f64());
    let first = announced(&fleet);
    assert!(first.contains(&400) && first.contains(&401), "{first:?}");
    fleet.wait(600.0, |fleet| {
        fleet.phase(400) == Phase::Done && fleet.phase(401) == Phase::Done
    });
}

#[test]
fn while_a_fleet_gathers_each_robot_gets_one_task_and_the_rest_is_for_all_that_come() {
    let mut fleet = Fleet::of([]);
    (1..=6).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.run(1.0);
    fleet.join(robot(1, 0.0), 1);
    fleet.run(1.0);
    let owned = |fleet: &Fleet| (1..=6).filter(|k| fleet.is_owned(*k)).count();
    assert_eq!(
        (owned(&fleet), fleet.owner(1)),
        (1, Some(1)),
        "it does not stand idle"
    );
    fleet.join(robot(2, 70.0), 1);
    fleet.wait(3.0, |fleet| owned(fleet) == 6);
    let owners = [1, 2, 3, 4, 5, 6].map(|k| fleet.owner(k));
    assert_eq!(owners, [1, 1, 1, 1, 2, 2].map(Some));
}

#[test]
fn a_robot_that_comes_alone_gets_all_tasks_and_one_that_comes_to_others_keeps_nobody_waiting() {
    let mut fleet = Fleet::of([]);
    (1..=4).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.join(robot(1, 0.0), 1);
    fleet.wait(3.0, |fleet| (1..=4).all(|k| fleet.is_owned(k)));
    fleet.join(robot(2, 70.0), 1);
    (5..=9).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.wait(0.2, |fleet| (5..=9).all(|k| fleet.is_owned(k)));
}
