//! Tasks that are begun together, each by another robot, or not at all.

use fleet_core::ledger::Phase;
use fleet_core::message::Forfeit;
use fleet_core::output::StopReason;
use fleet_core::travel::Euclidean;
use fleet_core::{
    Ability, Config, Event, NodeId, Report, ReportError, RobotSpec, Strategy, SubmitError, TaskSpec, Time,
};

use crate::fleet::{CHIEF, Fleet, Order, robot, robot_id, task, task_id};
use crate::witnesses::settings;

const ALL: [Strategy; 3] = [Strategy::Centralized, Strategy::Distributed, Strategy::Hybrid];

/// The settings of a fleet with so many witnesses.
fn deciding(strategy: Strategy, witnesses: u128) -> Config {
    Config {
        strategy,
        ..settings(witnesses)
    }
}

/// Robots that do by themselves what they start.
fn fleet(config: Config, robots: impl IntoIterator<Item = RobotSpec>) -> Fleet {
    let mut fleet = Fleet::with(config, robots);
    fleet.run(5.0); // who chooses in cells has found one by then
    fleet.work_by_themselves(5.0);
    fleet
}

/// Task `k` at `x` metres, of a team.
fn member(k: u128, x: f64, team: &[u128]) -> TaskSpec {
    let mut spec = task(k, x);
    spec.team = team
        .iter()
        .filter(|other| **other != k)
        .map(|k| task_id(*k))
        .collect();
    spec
}

/// Two tasks of one team, thirty metres apart.
fn submit_two(fleet: &mut Fleet) {
    for (k, x) in [(1, 0.0), (2, 30.0)] {
        fleet.submit(member(k, x, &[1, 2]));
    }
}

/// Who began these tasks last, and when; all of them have to have begun.
#[track_caller]
fn beginnings(fleet: &Fleet, tasks: &[u128]) -> Vec<(Time, u128)> {
    let last = |task: &u128| {
        let begun = fleet.begun.iter().rev().find(|(_, begun, _)| begun == task);
        let (at, _, robot) = begun.unwrap_or_else(|| panic!("task {task} has not begun: {:?}", fleet.begun));
        (*at, *robot)
    };
    tasks.iter().map(last).collect()
}

/// These began within a moment, each by another robot.
#[track_caller]
fn began_together(fleet: &Fleet, tasks: &[u128]) {
    let begun = beginnings(fleet, tasks);
    let mut robots: Vec<u128> = begun.iter().map(|(_, robot)| *robot).collect();
    robots.sort_unstable();
    robots.dedup();
    assert_eq!(robots.len(), tasks.len(), "{begun:?}");
    let (first, last) = (begun.iter().min().unwrap().0, begun.iter().max().unwrap().0);
    let apart = last.since(first).as_secs_f64();
    assert!(apart <= 0.3, "{apart} s apart: {begun:?}");
}

fn all_done(fleet: &Fleet, tasks: &[u128]) -> bool {
    tasks.iter().all(|task| fleet.phase(*task) == Phase::Done)
}

#[test]
fn a_team_is_begun_together_each_task_by_another_robot() {
    for strategy in ALL {
        for witnesses in [1, 3] {
            let robots = [robot(1, 0.0), robot(2, 30.0), robot(3, 60.0), robot(4, 90.0)];
            let mut fleet = fleet(deciding(strategy, witnesses), robots);
            // All at one place, where one robot would do all of them one after the other.
            for k in 1..=3 {
                fleet.submit(member(k, k as f64, &[1, 2, 3]));
            }
            fleet.wait(60.0, |fleet| all_done(fleet, &[1, 2, 3]));
            began_together(&fleet, &[1, 2, 3]);
            assert_eq!(fleet.begun.len(), 3, "{strategy:?}");
        }
    }
}

#[test]
fn a_task_whose_team_is_not_known_waits_for_it() {
    for strategy in ALL {
        let mut fleet = fleet(deciding(strategy, 3), [robot(1, 0.0), robot(2, 30.0)]);
        fleet.submit(member(1, 0.0, &[1, 2]));
        fleet.submit(task(9, 0.0));
        fleet.wait(30.0, |fleet| all_done(fleet, &[9]));
        fleet.run(10.0);
        assert_eq!(fleet.phase(1), Phase::Open, "{strategy:?}");
        assert!(fleet.starts(1) == 0, "{strategy:?}");
        fleet.submit(member(2, 0.0, &[1, 2]));
        fleet.wait(60.0, |fleet| all_done(fleet, &[1, 2]));
        began_together(&fleet, &[1, 2]);
    }
}

#[test]
fn a_team_that_never_becomes_complete_fails_with_a_reason() {
    let mut config = deciding(Strategy::Centralized, 1);
    config.keep = std::time::Duration::from_secs(10);
    config.remember = std::time::Duration::from_secs(20);
    let mut fleet = fleet(config, [robot(1, 0.0), robot(2, 30.0)]);
    fleet.submit(member(1, 0.0, &[1, 2]));
    fleet.run(19.0);
    assert_eq!(fleet.phase(1), Phase::Open);
    fleet.run(6.5);
    let Phase::Failed(reason) = fleet.phase(1) else {
        panic!("{:?}", fleet.phase(1))
    };
    assert!(reason.contains("never submitted"), "{reason}");
    fleet.submit(member(2, 0.0, &[1, 2]));
    fleet.run(1.0);
    assert!(matches!(fleet.phase(2), Phase::Failed(_)), "{:?}", fleet.phase(2));
}

#[test]
fn a_task_of_another_team_is_refused_or_fails() {
    let mut fleet = fleet(
        deciding(Strategy::Centralized, 3),
        [robot(1, 0.0), robot(2, 30.0)],
    );
    fleet.submit(member(1, 0.0, &[1, 2]));
    let stranger = fleet.submit_at(CHIEF, member(2, 0.0, &[1, 2, 3]));
    assert_eq!(stranger, Err(SubmitError::Team(task_id(1))));
    // Where the first is not known it is taken.
    let other = NodeId::from_u128(1001);
    fleet.split([other]);
    fleet.submit_only(CHIEF, member(4, 0.0, &[4, 5])).unwrap();
    fleet.submit_only(other, member(5, 0.0, &[5])).unwrap();
    fleet.settle();
    fleet.heal();
    fleet.wait(10.0, |fleet| matches!(fleet.phase(4), Phase::Failed(_)));
}

#[test]
fn a_robot_that_is_there_first_waits_and_is_told() {
    for strategy in ALL {
        let mut fleet = Fleet::with(deciding(strategy, 3), [robot(1, 0.0), robot(2, 30.0)]);
        fleet.run(5.0);
        submit_two(&mut fleet);
        fleet.wait(20.0, |fleet| fleet.starts(1) == 1 && fleet.starts(2) == 1);
        let now = fleet.now;
        let early = fleet
            .robot(1)
            .report(now, task_id(1), Report::Begun, &mut Euclidean);
        assert_eq!(early, Err(ReportError::NotTogether));
        fleet.run(20.0);
        let together = |fleet: &Fleet, k: u128| {
            let told = |event: &Event| (*event == Event::Together(task_id(k))).then_some(());
            !fleet.news_at(robot_id(k).node(), told).is_empty()
        };
        assert!(!together(&fleet, 1), "{strategy:?}");
        assert_eq!(fleet.phase(1), Phase::Held);
        let now = fleet.now;
        let second = fleet
            .robot(2)
            .report(now, task_id(2), Report::Begun, &mut Euclidean);
        assert_eq!(
            second,
            Err(ReportError::NotTogether),
            "it has yet to be heard of the first"
        );
        fleet.wait(1.0, |fleet| together(fleet, 1) && together(fleet, 2));
        fleet.work(1, 1);
        fleet.work(2, 2);
        fleet.run(1.0);
        assert!(all_done(&fleet, &[1, 2]), "{strategy:?}");
    }
}

#[test]
fn a_robot_that_leaves_its_place_does_not_count() {
    let mut fleet = Fleet::with(
        deciding(Strategy::Centralized, 1),
        [robot(1, 0.0), robot(2, 500.0)],
    );
    fleet.submit(member(1, 0.0, &[1, 2]));
    fleet.submit(member(2, 500.0, &[1, 2]));
    fleet.wait(20.0, |fleet| fleet.starts(1) == 1 && fleet.starts(2) == 1);
    let now = fleet.now;
    let early = fleet
        .robot(1)
        .report(now, task_id(1), Report::Begun, &mut Euclidean);
    assert_eq!(early, Err(ReportError::NotTogether));
    fleet.run(1.0);
    let mut urgent = task(3, 5.0);
    urgent.priority = fleet_core::Priority::Critical;
    fleet.submit(urgent);
    fleet.wait(5.0, |fleet| fleet.starts(3) == 1);
    assert!(fleet.orders(1).contains(&Order::Stop(1, StopReason::Later)));
    let begin = |fleet: &mut Fleet| {
        let now = fleet.now;
        fleet
            .robot(2)
            .report(now, task_id(2), Report::Begun, &mut Euclidean)
    };
    assert_eq!(begin(&mut fleet), Err(ReportError::NotTogether));
    fleet.run(5.0);
    assert_eq!(begin(&mut fleet), Err(ReportError::NotTogether));
    fleet.work(1, 3);
    fleet.run(1.0);
    let now = fleet.now;
    let again = fleet
        .robot(1)
        .report(now, task_id(1), Report::Begun, &mut Euclidean);
    assert_eq!(again, Err(ReportError::NotTogether));
    fleet.run(1.0);
    assert_eq!(begin(&mut fleet), Ok(()));
}

#[test]
fn a_robot_that_dies_on_its_way_is_replaced() {
    for strategy in ALL {
        let mut fleet = fleet(
            deciding(strategy, 3),
            [robot(1, 0.0), robot(2, 30.0), robot(3, 300.0)],
        );
        fleet.pace = None;
        submit_two(&mut fleet);
        fleet.wait(20.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
        fleet.work_by_themselves(5.0);
        assert_eq!(
            [fleet.owner(1), fleet.owner(2)],
            [Some(1), Some(2)],
            "{strategy:?}"
        );
        fleet.leave(2);
        fleet.take_in_hand(1, 1);
        fleet.wait(120.0, |fleet| all_done(fleet, &[1, 2]));
        began_together(&fleet, &[1, 2]);
    }
}

#[test]
fn a_robot_that_dies_while_it_waits_is_replaced_and_the_work_begins_together() {
    for strategy in ALL {
        let mut fleet = fleet(
            deciding(strategy, 1),
            [robot(1, 0.0), robot(2, 30.0), robot(3, 60.0)],
        );
        // Robot 2 never gets there.
        submit_two(&mut fleet);
        fleet.wait(20.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
        let (first, second) = (fleet.owner(1).unwrap(), fleet.owner(2).unwrap());
        if !fleet.begun.is_empty() {
            continue; // in the same moment: nothing to wait for
        }
        fleet.crash(robot_id(first).node());
        fleet.run(4.0);
        assert!(fleet.begun.iter().all(|(_, task, _)| *task != 1), "{strategy:?}");
        fleet.wait(120.0, |fleet| all_done(fleet, &[1, 2]));
        began_together(&fleet, &[1, 2]);
        assert_eq!(beginnings(&fleet, &[2])[0].1, second);
    }
}

#[test]
fn after_the_beginning_a_task_goes_on_without_its_team() {
    for strategy in ALL {
        let mut fleet = fleet(
            deciding(strategy, 3),
            [robot(1, 0.0), robot(2, 30.0), robot(3, 60.0)],
        );
        submit_two(&mut fleet);
        fleet.wait(30.0, |fleet| fleet.begun.len() == 2);
        let lost = beginnings(&fleet, &[2])[0].1;
        fleet.crash(robot_id(lost).node());
        fleet.wait(60.0, |fleet| all_done(fleet, &[1, 2]));
        assert_eq!(fleet.times_done(1), 1, "{strategy:?}");
        assert_ne!(beginnings(&fleet, &[2])[0].1, lost, "{strategy:?}");
    }
}

#[test]
fn if_one_is_called_off_before_the_beginning_the_others_fail_with_a_reason() {
    for strategy in ALL {
        let mut fleet = fleet(deciding(strategy, 3), [robot(1, 0.0), robot(2, 30.0)]);
        fleet.pace = None;
        submit_two(&mut fleet);
        fleet.wait(20.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
        assert!(fleet.cancel(2));
        fleet.run(3.0);
        assert_eq!(fleet.phase(2), Phase::Cancelled);
        let Phase::Failed(reason) = fleet.phase(1) else {
            panic!("{strategy:?}: {:?}", fleet.phase(1))
        };
        assert!(reason.contains("of its team"), "{reason}");
        assert_eq!(fleet.actors(1), []);
    }
}

#[test]
fn if_one_is_called_off_after_the_beginning_the_others_go_on() {
    let mut fleet = fleet(
        deciding(Strategy::Centralized, 3),
        [robot(1, 0.0), robot(2, 30.0)],
    );
    submit_two(&mut fleet);
    fleet.wait(30.0, |fleet| fleet.begun.len() == 2);
    fleet.run(1.0);
    assert!(fleet.cancel(2));
    fleet.wait(20.0, |fleet| all_done(fleet, &[1]));
    assert_eq!(fleet.phase(2), Phase::Cancelled);
}

#[test]
fn without_enough_robots_a_team_keeps_nobody_from_other_work() {
    for strategy in ALL {
        let mut lifter = robot(1, 0.0);
        lifter.abilities = [Ability::new("lift").unwrap()].into();
        let mut config = deciding(strategy, 1);
        config.team_found = std::time::Duration::from_secs(5);
        let mut fleet = fleet(config, [lifter.clone(), robot(2, 30.0)]);
        // Two that only one robot can do.
        for k in 1..=2 {
            let mut spec = member(k, 0.0, &[1, 2]);
            spec.needs = [Ability::new("lift").unwrap()].into();
            fleet.submit(spec);
        }
        for k in 11..=20 {
            fleet.run(5.0);
            fleet.submit(task(k, k as f64));
        }
        let others: Vec<u128> = (11..=20).collect();
        fleet.wait(90.0, |fleet| all_done(fleet, &others));
        fleet.run(60.0);
        assert!(fleet.begun.iter().all(|(_, task, _)| *task > 10), "{strategy:?}");
        lifter.id = robot_id(3);
        fleet.join(lifter, 1);
        fleet.wait(120.0, |fleet| all_done(fleet, &[1, 2]));
        began_together(&fleet, &[1, 2]);
    }
}

#[test]
fn two_teams_that_want_the_same_robots_do_not_wait_for_each_other_for_ever() {
    for strategy in ALL {
        let mut fleet = fleet(deciding(strategy, 3), [robot(1, 0.0), robot(2, 30.0)]);
        for (team, x) in [([1, 2], 0.0), ([3, 4], 30.0), ([5, 6], 10.0)] {
            for k in team {
                fleet.submit(member(k, x + k as f64, &team));
            }
        }
        fleet.wait(300.0, |fleet| all_done(fleet, &[1, 2, 3, 4, 5, 6]));
        for team in [[1, 2], [3, 4], [5, 6]] {
            began_together(&fleet, &team);
        }
    }
}

#[test]
fn a_robot_that_waits_too_long_gives_the_task_back() {
    for strategy in ALL {
        let mut config = deciding(strategy, 1);
        config.team_there = std::time::Duration::from_secs(10);
        let mut fleet = fleet(config, [robot(1, 0.0), robot(2, 30.0)]);
        fleet.pace = None;
        submit_two(&mut fleet);
        fleet.wait(20.0, |fleet| fleet.starts(1) == 1 && fleet.starts(2) == 1);
        let first = fleet.owner(1).unwrap();
        let now = fleet.now;
        let early = fleet
            .robot(first)
            .report(now, task_id(1), Report::Begun, &mut Euclidean);
        assert_eq!(early, Err(ReportError::NotTogether));
        fleet.run(9.0);
        assert!(fleet.permit_of(first, 1));
        fleet.run(3.0);
        let given_back = Order::Stop(1, StopReason::Lost(Forfeit::Team));
        assert!(fleet.orders(first).contains(&given_back), "{strategy:?}");
        assert_eq!(fleet.state(1).failures, 0, "{strategy:?}");
    }
}
