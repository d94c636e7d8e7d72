//! Who is asked, who answers, when an auction closes.

use fleet_core::message::Message;
use fleet_core::output::Awarded;
use fleet_core::{Abilities, Ability, Decline, Event};

use crate::fleet::{CHIEF, Fleet, robot, robot_id, task};

fn lifting() -> Abilities {
    [Ability::new("lift").unwrap()].into()
}

fn awards(fleet: &Fleet) -> Vec<Awarded> {
    fleet.news(|event| match event {
        Event::Awarded(awarded) => Some((**awarded).clone()),
        _ => None,
    })
}

#[test]
fn an_auction_closes_as_soon_as_all_have_answered() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.submit(task(1, 10.0));
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert!(took <= fleet.config.gather.as_secs_f64(), "{took}");
    assert_eq!(fleet.owner(1), Some(1));
}

#[test]
fn an_auction_closes_at_its_bound_if_somebody_is_silent() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    let silent = robot_id(2).node();
    fleet.lose = Box::new(move |from, _, message| from == silent && matches!(message, Message::Bids(_)));
    fleet.submit(task(1, 10.0));
    let took = fleet.wait(2.0, |fleet| fleet.is_owned(1));
    let bound = fleet.config.gather + fleet.config.auction;
    assert_eq!(took, bound.as_secs_f64());
    assert_eq!(awards(&fleet)[0].silent, [robot_id(2)]);
}

#[test]
fn an_auction_does_not_wait_for_a_robot_whose_link_has_ended() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    fleet.crash(robot_id(2).node());
    fleet.submit(task(1, 10.0));
    fleet.run(fleet.config.gather.as_secs_f64());
    assert!(!fleet.is_owned(1));
    fleet.miss(robot_id(2).node());
    assert!(fleet.is_owned(1));
    // Nor is it asked.
    fleet.said.clear();
    fleet.submit(task(2, 50.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(2));
    assert_eq!(awards(&fleet)[1].silent, []);
}

#[test]
fn an_announcement_that_was_lost_is_repeated_to_those_who_are_silent() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 50.0)]);
    let deaf = robot_id(2).node();
    let mut left = 1;
    fleet.lose = Box::new(move |_, to, message| {
        let hit = left > 0 && to == deaf && matches!(message, Message::Announce(_));
        left -= i32::from(hit);
        hit
    });
    fleet.submit(task(1, 10.0));
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert!(
        took <= (fleet.config.gather + fleet.config.retry).as_secs_f64(),
        "{took}"
    );
    assert_eq!(awards(&fleet)[0].bids.len(), 2);
}

#[test]
fn many_auctions_are_open_at_once_and_only_winners_bid_again() {
    let mut fleet = Fleet::of((1..=4).map(|k| robot(k, 100.0 * k as f64)));
    (1..=12).for_each(|k| fleet.submit(task(k, 40.0 * k as f64)));
    fleet.wait(0.1, |fleet| (1..=12).all(|k| fleet.is_owned(k)));
    assert_eq!(fleet.count("announce"), 1);
    // Each robot bids once for all; after that each award makes its winner bid again, with its acceptance.
    assert_eq!(fleet.count("bids"), 4);
    assert_eq!(
        fleet.count("award"),
        fleet.count("accept") + fleet.count("refuse")
    );
    assert_eq!(fleet.count("accept"), 12);
    assert_eq!(fleet.count("refuse"), 0);
}

#[test]
fn robots_that_lack_an_ability_are_not_waited_for_and_are_explained() {
    let mut able = robot(1, 500.0);
    able.abilities = lifting();
    let mut fleet = Fleet::of([able, robot(2, 0.0), robot(3, 0.0)]);
    let mut spec = task(1, 0.0);
    spec.needs = lifting();
    fleet.submit(spec);
    let took = fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert!(took <= fleet.config.gather.as_secs_f64(), "{took}");
    assert_eq!((fleet.owner(1), fleet.sayers("bids")), (Some(1), vec![1]));
    let lift = Decline::Needs(Ability::new("lift").unwrap());
    let declined = [(robot_id(2), lift.clone()), (robot_id(3), lift)];
    assert_eq!(awards(&fleet)[0].declined, declined);
}

#[test]
fn a_task_that_nobody_can_do_is_offered_again_when_somebody_comes_who_can() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let mut spec = task(1, 0.0);
    spec.needs = lifting();
    fleet.submit(spec);
    fleet.run(2.0);
    let unsold = fleet.news(|event| match event {
        Event::Unsold { declined, .. } => Some(declined.clone()),
        _ => None,
    });
    assert_eq!(unsold.len(), 1);
    let mut able = robot(2, 0.0);
    able.abilities = lifting();
    fleet.join(able, 1);
    let took = fleet.wait(5.0, |fleet| fleet.is_owned(1));
    assert!(took < 1.2, "{took}"); // the next heartbeat, and an auction
}

#[test]
fn what_nobody_wants_is_offered_once_a_round_however_many_robots_come_and_go() {
    let mut fleet = Fleet::of((1..=5).map(|k| robot(k, 0.0)));
    fleet.submit({
        let mut spec = task(1, 0.0);
        spec.needs = lifting();
        spec
    });
    (6..=12).for_each(|k| {
        fleet.join(robot(k, 0.0), 1);
        fleet.run(0.7);
    });
    fleet.told.clear();
    let rounds = 10;
    fleet.run(fleet.config.reoffer.as_secs_f64() * f64::from(rounds));
    let unsold = fleet.news(|event| matches!(event, Event::Unsold { .. }).then_some(()));
    assert!(unsold.len() <= rounds as usize, "{} times", unsold.len());
}

#[test]
fn a_lot_whose_bids_are_all_withdrawn_is_offered_again_though_somebody_is_silent() {
    // Robot 3 never answers. Robots 1 and 2 bid for two tasks; each takes one and has a full plan then, so that
    // the third has no bidder left.
    let mut config = fleet_core::Config::new(CHIEF);
    config.limits.plan = 1;
    let mut fleet = Fleet::with(config, [robot(1, 0.0), robot(2, 50.0), robot(3, 90.0)]);
    let silent = robot_id(3).node();
    fleet.lose = Box::new(move |from, _, message| from == silent && matches!(message, Message::Bids(_)));
    (1..=3).for_each(|k| fleet.submit(task(k, 10.0 * k as f64)));
    fleet.wait(3.0, |fleet| (1..=3).filter(|k| fleet.is_owned(*k)).count() == 2);
    fleet.heal();
    fleet.wait(10.0, |fleet| (1..=3).all(|k| fleet.is_owned(k)));
}

#[test]
fn equal_prices_are_not_refused_in_turn() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    // The award takes a moment, in which waiting has become dearer for both.
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(3.0, |fleet| fleet.is_owned(1));
    assert_eq!(fleet.count("refuse"), 0);
}
