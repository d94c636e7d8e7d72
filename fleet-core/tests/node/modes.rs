//! What robots do when they do not hear who leads, and when they do again.

use fleet_core::{Ability, Event, Mode, NodeId, RobotSpec, Strategy};

use crate::fleet::{CHIEF, Fleet, robot, robot_id, task};
use crate::hybrid::each_done_once;
use crate::witnesses::{settings, witness};

/// Three witnesses, and so many robots, fifty metres apart, who do by themselves what they start.
fn fleet(strategy: Strategy, robots: u128) -> Fleet {
    let mut config = settings(3);
    config.strategy = strategy;
    with(config, (1..=robots).map(|k| robot(k, 50.0 * k as f64)))
}

fn with(config: fleet_core::Config, robots: impl IntoIterator<Item = RobotSpec>) -> Fleet {
    let mut fleet = Fleet::with(config, robots);
    fleet.work_by_themselves(5.0);
    fleet.run(2.0);
    fleet.said.clear();
    fleet
}

fn mode(fleet: &Fleet, k: u128) -> Mode {
    let node = fleet.nodes.iter().find(|node| node.id() == robot_id(k).node());
    node.unwrap().mode().unwrap()
}

/// Which modes a robot has gone through.
fn modes(fleet: &Fleet, k: u128) -> Vec<Mode> {
    fleet.news_at(robot_id(k).node(), |event| match event {
        Event::Mode { now, .. } => Some(*now),
        _ => None,
    })
}

/// No robot hears the first witness, nor is heard by it; the other witnesses are.
fn cut_off_from_the_leader(fleet: &mut Fleet, robots: &[u128]) {
    let robots: Vec<NodeId> = robots.iter().map(|k| robot_id(*k).node()).collect();
    fleet.lose = Box::new(move |from, to, _| {
        (from == CHIEF && robots.contains(&to)) || (to == CHIEF && robots.contains(&from))
    });
}

/// How long it takes until a robot notices, at most.
fn notice(fleet: &Fleet) -> f64 {
    let config = &fleet.config;
    (config.suspicion + config.degrade + config.heartbeat * 2).as_secs_f64()
}

#[test]
fn robots_that_do_not_hear_who_leads_are_advised_by_a_witness_that_they_hear() {
    for strategy in [Strategy::Centralized, Strategy::Hybrid] {
        let mut fleet = fleet(strategy, 4);
        cut_off_from_the_leader(&mut fleet, &[1, 2, 3, 4]);
        let notice = notice(&fleet);
        fleet.run(notice);
        assert_eq!(fleet.leaders(), [CHIEF], "it is there, and the others hear it");
        assert!((1..=4).all(|k| mode(&fleet, k) == Mode::Hybrid));
        fleet.said.clear();
        fleet.exclusive = (1..=12).collect();
        for k in 1..=12 {
            fleet.submit(task(k, 20.0 * k as f64));
        }
        fleet.wait(120.0, |fleet| (1..=12).all(|k| fleet.is_over(k)));
        each_done_once(&fleet, 12);
        assert!(fleet.said.iter().any(|(from, message)| *from == witness(1)
            && matches!(message, fleet_core::message::Message::Advice { .. })));
    }
}

#[test]
fn what_the_coordinator_cannot_sell_is_done_by_one_that_does_not_hear_it() {
    let lift = Ability::new("lift").unwrap();
    let mut able = robot(3, 150.0);
    able.abilities = [lift.clone()].into_iter().collect();
    let mut fleet = with(settings(3), [robot(1, 50.0), robot(2, 100.0), able]);
    cut_off_from_the_leader(&mut fleet, &[3]);
    let notice = notice(&fleet);
    fleet.run(notice);
    assert_eq!(
        [1, 2, 3].map(|k| mode(&fleet, k)),
        [Mode::Centralized, Mode::Centralized, Mode::Hybrid]
    );
    fleet.exclusive = (1..=6).collect();
    for k in 1..=6 {
        let mut spec = task(k, 25.0 * k as f64);
        spec.needs = [lift.clone()].into_iter().filter(|_| k % 2 == 0).collect();
        fleet.submit(spec);
    }
    fleet.wait(120.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 6);
    assert!(
        fleet
            .done
            .iter()
            .all(|(task, robot)| task % 2 == 1 || *robot == 3)
    );
}

#[test]
fn a_robot_goes_down_step_by_step_and_comes_back_when_it_has_heard_for_a_while() {
    for (strategy, best) in [
        (Strategy::Centralized, Mode::Centralized),
        (Strategy::Hybrid, Mode::Hybrid),
    ] {
        let mut fleet = fleet(strategy, 2);
        let notice = notice(&fleet);
        fleet.split([1, 2].map(|k| robot_id(k).node()));
        fleet.run(2.0 * notice);
        assert_eq!([1, 2].map(|k| mode(&fleet, k)), [Mode::Distributed; 2]);
        fleet.cut_off(1);
        fleet.run(notice);
        assert_eq!(mode(&fleet, 1), Mode::Alone);
        fleet.heal();
        let restore = fleet.config.restore.as_secs_f64();
        fleet.run(restore - 1.0);
        assert_eq!(mode(&fleet, 1), Mode::Alone, "not yet");
        fleet.run(2.5);
        assert_eq!(mode(&fleet, 1), best);
        assert_eq!(modes(&fleet, 1), [Mode::Distributed, Mode::Alone, best]);
    }
}

#[test]
fn robots_among_themselves_are_alone_or_they_are_not() {
    let mut fleet = fleet(Strategy::Distributed, 2);
    let notice = notice(&fleet);
    fleet.cut_off(1);
    fleet.run(notice);
    assert_eq!([1, 2].map(|k| mode(&fleet, k)), [Mode::Alone, Mode::Distributed]);
    fleet.heal();
    fleet.run(fleet.config.restore.as_secs_f64() + 1.5);
    assert_eq!(modes(&fleet, 1), [Mode::Alone, Mode::Distributed]);
    assert_eq!(modes(&fleet, 2), []);
}

#[test]
fn while_another_witness_takes_over_nobody_falls_back() {
    for strategy in [Strategy::Centralized, Strategy::Hybrid] {
        let mut fleet = fleet(strategy, 3);
        fleet.crash(CHIEF);
        fleet.run(60.0);
        assert_eq!(fleet.leaders(), [witness(1)]);
        assert!((1..=3).all(|k| modes(&fleet, k).is_empty()));
    }
}

#[test]
fn a_link_that_comes_and_goes_does_not_make_a_mode_come_and_go() {
    // Heard for so long, then not for so long, in seconds; what comes of it.
    for (heard, silent, expected) in [(4.0, 4.0, vec![]), (5.0, 9.0, vec![Mode::Hybrid])] {
        let mut fleet = fleet(Strategy::Centralized, 2);
        for _ in 0..10 {
            cut_off_from_the_leader(&mut fleet, &[1]);
            fleet.run(silent);
            fleet.heal();
            fleet.run(heard);
        }
        assert_eq!(modes(&fleet, 1), expected, "{heard} s heard, {silent} s silent");
    }
}

#[test]
fn whoever_hears_the_coordinator_again_is_sold_to_and_claims_nothing_by_itself() {
    let mut fleet = fleet(Strategy::Centralized, 2);
    cut_off_from_the_leader(&mut fleet, &[1, 2]);
    let notice = notice(&fleet);
    fleet.run(notice);
    fleet.heal();
    fleet.run(1.5);
    fleet.told.clear();
    fleet.exclusive = (1..=4).collect();
    for k in 1..=4 {
        fleet.submit(task(k, 30.0 * k as f64));
    }
    fleet.wait(3.0, |fleet| (1..=4).all(|k| fleet.is_owned(k)));
    assert!((1..=2).all(|k| mode(&fleet, k) == Mode::Hybrid), "not back yet");
    let awarded_by =
        |(_, node, event): &(_, NodeId, Event)| matches!(event, Event::Awarded(_)).then_some(*node);
    let awards: Vec<NodeId> = fleet.told.iter().filter_map(awarded_by).collect();
    assert_eq!(awards, [CHIEF; 4]);
    fleet.wait(120.0, |fleet| (1..=4).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 4);
}

#[test]
fn as_long_as_all_hear_who_leads_robots_say_nothing_to_each_other() {
    let words = ["sign", "cells", "bundles", "tasks", "advice"];
    let chatter = |fleet: &Fleet| words.map(|word| fleet.count(word)).iter().sum::<usize>();
    let mut fleet = fleet(Strategy::Centralized, 3);
    let work = |fleet: &mut Fleet, first: u128| {
        fleet.said.clear();
        for k in first..first + 6 {
            fleet.submit(task(k, 20.0 * k as f64));
        }
        fleet.wait(120.0, |fleet| (first..first + 6).all(|k| fleet.is_over(k)));
        fleet.run(20.0);
    };
    work(&mut fleet, 1);
    assert_eq!(chatter(&fleet), 0);
    cut_off_from_the_leader(&mut fleet, &[2, 3]);
    work(&mut fleet, 7);
    assert!(chatter(&fleet) > 0);
    fleet.heal();
    fleet.run(30.0);
    work(&mut fleet, 13);
    assert_eq!(chatter(&fleet), 0);
}
