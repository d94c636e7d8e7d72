//! Changing who decides, while a fleet is at work.

use fleet_core::travel::Euclidean;
use fleet_core::{Event, NodeId, Priority, Regime, RobotId, Strategy};

use crate::distributed::choosing;
use crate::fleet::{CHIEF, Fleet, name, robot, robot_id, task};
use crate::witnesses::witness;

fn order(fleet: &mut Fleet, node: NodeId, strategy: Strategy) -> Regime {
    let now = fleet.now;
    fleet.node(node).set_strategy(now, strategy, &mut Euclidean);
    fleet.settle();
    fleet.node(node).regime()
}

fn regimes(fleet: &Fleet) -> Vec<Regime> {
    fleet.nodes.iter().map(|node| node.regime()).collect()
}

#[track_caller]
fn all_follow(fleet: &Fleet, regime: Regime) {
    assert_eq!(regimes(fleet), vec![regime; fleet.nodes.len()]);
}

/// Three witnesses, three robots, and one coordinator, at first.
fn fleet() -> Fleet {
    Fleet::replicated(3, (1..=3).map(|k| robot(k, 50.0 * k as f64)))
}

#[test]
fn whoever_is_told_tells_all_others_at_once() {
    for node in [CHIEF, witness(2), robot_id(2).node()] {
        let mut fleet = fleet();
        let regime = order(&mut fleet, node, Strategy::Distributed);
        assert_eq!(regime.strategy, Strategy::Distributed);
        all_follow(&fleet, regime);
    }
}

#[test]
fn nothing_is_lost_or_done_twice_while_the_strategy_changes() {
    for (first, pause) in [(Strategy::Distributed, 2.0), (Strategy::Centralized, 0.3)] {
        let mut config = choosing(3);
        config.strategy = first;
        let mut fleet = Fleet::with(config, (1..=3).map(|k| robot(k, 50.0 * k as f64)));
        fleet.work_by_themselves(3.0);
        fleet.exclusive = (1..=24).collect();
        let strategies = [Strategy::Centralized, Strategy::Distributed, Strategy::Hybrid];
        for k in 1..=24 {
            fleet.submit(task(k, 10.0 * k as f64));
            fleet.run(pause);
            order(&mut fleet, witness(k % 3), strategies[k as usize % 3]);
        }
        fleet.wait(120.0, |fleet| (1..=24).all(|k| fleet.is_over(k)));
        let times: Vec<usize> = (1..=24).map(|k| fleet.times_done(k)).collect();
        assert_eq!(times, [1; 24]);
        assert!(fleet.count("award") > 0 && fleet.count("bundles") > 0);
    }
}

#[test]
fn what_is_owned_stays_with_its_robot() {
    let mut fleet = fleet();
    fleet.submit(task(1, 50.0));
    fleet.wait(2.0, |fleet| fleet.owner(1) == Some(1));
    let epoch = fleet.state(1).epoch;
    for strategy in [Strategy::Distributed, Strategy::Centralized] {
        order(&mut fleet, CHIEF, strategy);
        fleet.run(20.0);
        assert_eq!((fleet.owner(1), fleet.state(1).epoch), (Some(1), epoch));
    }
    assert_eq!(fleet.starts(1), 1);
    fleet.work(1, 1);
    fleet.wait(2.0, |fleet| fleet.is_over(1));
}

#[test]
fn what_was_chosen_or_for_sale_is_given_out_anew() {
    let mut fleet = fleet();
    for (k, strategy) in [(1, Strategy::Distributed), (2, Strategy::Centralized)] {
        fleet.submit(task(k, 50.0));
        fleet.run(0.06); // announced, or chosen, and nobody's
        assert!(!fleet.is_owned(k));
        order(&mut fleet, CHIEF, strategy);
        fleet.wait(6.0, |fleet| fleet.is_owned(k));
    }
}

#[test]
fn a_robot_that_was_away_learns_it_from_other_robots() {
    let mut fleet = fleet();
    fleet.cut_off(3);
    let regime = order(&mut fleet, CHIEF, Strategy::Distributed);
    fleet.run(5.0);
    assert_ne!(fleet.robot(3).regime(), regime);
    let witnesses = fleet.config.witnesses.clone();
    fleet.lose = Box::new(move |from, _, message| witnesses.contains(&from) && name(message) == "regime");
    fleet.run(1.5);
    all_follow(&fleet, regime);
}

#[test]
fn a_witness_that_was_away_learns_it_too() {
    let mut fleet = fleet();
    fleet.split([witness(2)]);
    let regime = order(&mut fleet, CHIEF, Strategy::Distributed);
    fleet.run(5.0);
    assert_ne!(fleet.node(witness(2)).regime(), regime);
    fleet.heal();
    fleet.run(1.5);
    all_follow(&fleet, regime);
}

#[test]
fn whoever_begins_anew_with_the_old_settings_learns_it() {
    let mut fleet = fleet();
    fleet.submit(task(2, 150.0)); // so that there is something in the journals
    fleet.wait(2.0, |fleet| fleet.owner(2) == Some(3) && fleet.agrees());
    let regime = order(&mut fleet, CHIEF, Strategy::Distributed);
    fleet.said.clear();
    fleet.join(robot(1, 50.0), 2);
    fleet.restart(witness(1), true);
    fleet.restart(CHIEF, true);
    fleet.run(1.5);
    all_follow(&fleet, regime);
    fleet.submit(task(1, 50.0));
    fleet.wait(3.0, |fleet| fleet.owner(1) == Some(1));
    assert_eq!(fleet.count("announce"), 0);
}

#[test]
fn an_older_order_does_not_undo_a_later_one() {
    let mut fleet = fleet();
    order(&mut fleet, CHIEF, Strategy::Distributed);
    fleet.cut_off(3);
    let old = order(&mut fleet, robot_id(3).node(), Strategy::Centralized);
    fleet.run(0.1);
    let later = order(&mut fleet, CHIEF, Strategy::Distributed);
    assert!(old < later);
    fleet.heal();
    fleet.run(1.5);
    all_follow(&fleet, later);
    // And the later one holds though it comes first.
    fleet.cut_off(3);
    let old = order(&mut fleet, CHIEF, Strategy::Centralized);
    fleet.run(0.1);
    let later = order(&mut fleet, robot_id(3).node(), Strategy::Distributed);
    assert!(old < later);
    fleet.heal();
    fleet.run(1.5);
    all_follow(&fleet, later);
}

#[test]
fn of_two_orders_of_one_number_all_come_to_the_same() {
    let mut fleet = fleet();
    let sides = [CHIEF, witness(1), RobotId::from_u128(1).node()];
    fleet.split(sides);
    let [a, b] = [
        (CHIEF, Strategy::Distributed),
        (witness(2), Strategy::Centralized),
    ]
    .map(|(node, strategy)| order(&mut fleet, node, strategy));
    assert_eq!(a.number, b.number);
    fleet.heal();
    fleet.run(1.5);
    all_follow(&fleet, a.max(b));
}

/// It was open when robots last chose for themselves, and has ended since: nobody claims it again and again, and keeps
/// all others from coming to agree on the rest.
#[test]
fn what_ended_meanwhile_is_not_chosen_again() {
    let mut fleet = fleet();
    let regime = order(&mut fleet, CHIEF, Strategy::Distributed);
    let mut urgent = task(1, 50.0);
    urgent.priority = Priority::Critical;
    fleet.submit(urgent);
    fleet.wait(1.0, |fleet| fleet.count("tasks") > 0);
    assert!(!fleet.is_owned(1));
    assert!(order(&mut fleet, CHIEF, Strategy::Centralized) > regime);
    fleet.wait(6.0, |fleet| fleet.is_owned(1));
    let owner = fleet.owner(1).unwrap();
    fleet.work(owner, 1);
    fleet.wait(2.0, |fleet| fleet.is_over(1));
    fleet.run(30.0);
    order(&mut fleet, CHIEF, Strategy::Distributed);
    fleet.run(5.0);
    fleet.said.clear();
    fleet.told.clear();
    fleet.run(30.0);
    let awarded = |event: &Event| matches!(event, Event::Awarded(_));
    assert!(!fleet.told.iter().any(|(_, _, event)| awarded(event)));
    assert_eq!(fleet.count("bundles"), 0);
}
