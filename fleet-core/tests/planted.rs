//! The simulator finds mistakes that are put back, within so many storms; `model.rs` finds others in small worlds.

#[allow(
    dead_code,
    reason = "the test without a planted mistake looks at more of an outcome"
)]
#[path = "sim/one_frame.rs"]
mod one_frame;

use fleet_core::planted::{Bug, plant};
use fleet_core::sim::trial::weather;
use fleet_core::sim::{Scale, Storm};

/// The promise that one of these storms breaks if this mistake is made.
fn broken_at(scale: Scale, bug: Bug, storms: std::ops::Range<u64>) -> Option<&'static str> {
    plant(Some(bug));
    let broken = |seed| weather(&Storm::draw(seed, scale)).violation;
    let found = storms.into_iter().find_map(broken);
    plant(None);
    found.map(|violation| violation.promise)
}

fn broken(bug: Bug, storms: std::ops::Range<u64>) -> Option<&'static str> {
    broken_at(Scale::SMALL, bug, storms)
}

#[test]
fn an_award_that_is_not_repeated_leaves_a_task_and_a_robot_waiting() {
    assert_eq!(broken(Bug::AwardOnce, 0..5), Some("L5"));
}

/// One storm in a hundred or so shows it.
#[test]
fn a_task_that_is_forgotten_too_early_comes_back() {
    assert_eq!(broken(Bug::ForgetTooEarly, 200..250), Some("S4"));
}

/// In earlier ones two robots act at a time before two leases are seen: S1.
#[test]
fn one_grant_of_three_is_no_lease() {
    assert_eq!(broken(Bug::GrantWithoutMajority, 11..20), Some("S2"));
}

#[test]
fn a_robot_that_does_not_look_at_its_lease_acts_too_late() {
    assert_eq!(broken(Bug::NoFencing, 0..10), Some("S1"));
}

/// One storm in a hundred or so shows it.
#[test]
fn a_lease_that_is_counted_from_its_receipt_lasts_too_long() {
    assert_eq!(broken(Bug::LeaseFromReceipt, 80..90), Some("S1"));
}

/// The first 60 storms do not show it.
#[test]
fn a_witness_without_memory_must_not_grant_at_once() {
    let among = Scale {
        among_robots: true,
        ..Scale::SMALL
    };
    assert_eq!(broken_at(among, Bug::NoRestartGrace, 60..70), Some("S2"));
}

/// The first 20 storms do not show it.
#[test]
fn what_was_said_before_it_was_written_is_lost_with_a_single_witness() {
    let one = Scale {
        witnesses: 1,
        ..Scale::SMALL
    };
    assert_eq!(broken_at(one, Bug::AckBeforeSync, 20..40), Some("L3"));
}

#[test]
fn a_robot_that_does_not_wait_for_its_team_begins_alone() {
    let teams = Scale {
        teams: 4,
        ..Scale::SMALL
    };
    assert_eq!(broken_at(teams, Bug::BeginAlone, 0..5), Some("S5"));
}

#[test]
fn an_end_that_is_said_once_is_done_again_if_that_frame_is_lost() {
    plant(Some(Bug::DoneOnce));
    let (whole, runs) = one_frame::sweep(1);
    plant(None);
    assert_eq!(whole.starts, 1);
    assert!(runs.iter().any(|run| run.starts > 1));
}
