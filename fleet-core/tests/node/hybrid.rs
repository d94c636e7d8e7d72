//! Robots that choose in cells.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use fleet_core::{Config, NodeId, Strategy};

use crate::distributed::choosing;
use crate::fleet::{CHIEF, Fleet, name, robot, robot_id, task};

/// One witness, and robots in two places far from each other, so many in each, who do by themselves what they start.
fn two_groups(robots: u128) -> Fleet {
    let mut config = Config {
        strategy: Strategy::Hybrid,
        ..choosing(1)
    };
    config.limits.cell = robots as usize;
    let place = |k: u128| if k.is_multiple_of(2) { 1_000.0 } else { 0.0 };
    let robots = (1..=2 * robots).map(|k| robot(k, place(k) + k as f64));
    let mut fleet = Fleet::with(config, robots);
    fleet.work_by_themselves(5.0);
    fleet
}

/// So many tasks, in turn at both places.
fn submit(fleet: &mut Fleet, tasks: u128) {
    fleet.exclusive = (1..=tasks).collect();
    for k in 1..=tasks {
        let place = if k.is_multiple_of(2) { 1_000.0 } else { 0.0 };
        fleet.submit(task(k, place + 3.0 * k as f64));
    }
}

#[track_caller]
pub(crate) fn each_done_once(fleet: &Fleet, tasks: u128) {
    let times: Vec<usize> = (1..=tasks).map(|k| fleet.times_done(k)).collect();
    assert_eq!(times, vec![1; tasks as usize]);
}

/// From now on no advice is heard; who tells whom of bundles is written down.
fn without_advice(fleet: &mut Fleet) -> Rc<RefCell<BTreeSet<(NodeId, NodeId)>>> {
    let told = Rc::new(RefCell::new(BTreeSet::new()));
    let book = told.clone();
    fleet.lose = Box::new(move |from, to, message| {
        if name(message) == "bundles" {
            book.borrow_mut().insert((from, to));
        }
        name(message) == "advice"
    });
    told
}

#[test]
fn robots_that_are_near_each_other_choose_together_and_with_nobody_else() {
    let mut fleet = two_groups(3);
    let told = without_advice(&mut fleet);
    fleet.run(20.0);
    told.borrow_mut().clear();
    submit(&mut fleet, 12);
    fleet.wait(120.0, |fleet| (1..=12).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 12);
    let group = |node: NodeId| (1..=6u128).find(|k| robot_id(*k).node() == node).map(|k| k % 2);
    let told = told.borrow();
    assert!(!told.is_empty());
    let across = told.iter().find(|(from, to)| group(*from) != group(*to));
    assert_eq!(across, None);
    // Nobody crossed a kilometre for what others were near to.
    for (task, robot) in &fleet.done {
        assert_eq!(task % 2, robot % 2, "task {task} by robot {robot}");
    }
}

#[test]
fn tasks_of_a_cell_that_is_gone_are_done_by_the_other() {
    let mut fleet = two_groups(2);
    let _told = without_advice(&mut fleet);
    fleet.run(20.0);
    for k in [2, 4] {
        fleet.leave(k);
    }
    submit(&mut fleet, 6);
    fleet.wait(200.0, |fleet| (1..=6).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 6);
}

#[test]
fn a_cell_goes_on_without_its_leader() {
    let mut fleet = two_groups(3);
    let _told = without_advice(&mut fleet);
    fleet.run(20.0);
    submit(&mut fleet, 12);
    fleet.run(1.0);
    fleet.leave(1);
    fleet.wait(120.0, |fleet| (1..=12).all(|k| fleet.is_over(k)));
    assert!(fleet.done.iter().any(|(_, robot)| *robot == 3));
}

#[test]
fn a_coordinator_that_is_heard_says_who_should_do_what_from_the_first_moment() {
    let mut fleet = two_groups(2);
    fleet.run(0.5); // no cell is there yet
    submit(&mut fleet, 8);
    fleet.wait(2.0, |fleet| (1..=4).all(|k| fleet.is_owned(k)));
    fleet.wait(60.0, |fleet| (1..=8).all(|k| fleet.is_over(k)));
    each_done_once(&fleet, 8);
    assert_eq!(fleet.count("announce") + fleet.count("award"), 0);
    assert!(fleet.count("advice") > 0);
}

#[test]
fn advice_of_one_that_is_no_witness_is_not_followed() {
    let mut fleet = two_groups(1);
    fleet.lose = Box::new(|from, _, message| name(message) == "advice" && from == CHIEF);
    let nothing = fleet_core::message::Message::Advice {
        tasks: Vec::new(),
        idle: false,
    };
    submit(&mut fleet, 1);
    for _ in 0..20 {
        fleet.deliver(robot_id(2).node(), robot_id(1).node(), &nothing);
        fleet.run(1.0);
    }
    assert!(fleet.is_over(1));
}
