//! The simulator finds mistakes that are put back, within so many storms; `model.rs` finds others in small worlds.

use fleet_core::planted::{Bug, plant};
use fleet_core::sim::trial::weather;
use fleet_core::sim::{Scale, Storm};

/// The promise that one of these storms breaks if this mistake is made.
fn broken(bug: Bug, storms: std::ops::Range<u64>) -> Option<&'static str> {
    plant(Some(bug));
    let broken = |seed| weather(&Storm::draw(seed, Scale::SMALL)).violation;
    let found = storms.into_iter().find_map(broken);
    plant(None);
    found.map(|violation| violation.promise)
}

#[test]
fn an_award_that_is_not_repeated_leaves_a_task_and_a_robot_waiting() {
    assert_eq!(broken(Bug::AwardOnce, 0..5), Some("L5"));
}

#[test]
fn a_task_that_is_forgotten_too_early_comes_back() {
    assert_eq!(broken(Bug::ForgetTooEarly, 0..10), Some("S4"));
}

#[test]
fn one_grant_of_three_is_no_lease() {
    assert_eq!(broken(Bug::GrantWithoutMajority, 0..30), Some("S1"));
}

/// The first 34 storms do not show it.
#[test]
fn a_robot_that_does_not_look_at_its_lease_acts_too_late() {
    assert_eq!(broken(Bug::NoFencing, 30..60), Some("S1"));
}
