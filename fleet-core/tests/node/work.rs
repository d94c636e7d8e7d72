//! What a robot is told to do, and what it gives back.

use std::time::Duration;

use fleet_core::ledger::Phase;
use fleet_core::message::{Forfeit, Message};
use fleet_core::output::{Reopened, StopReason};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Ability, BatterySpec, Config, Decline, Event, Load, Place, Pose, Priority, Report, ReportError,
    RobotSpec, Stop, TaskSpec, UtcTime,
};

use crate::fleet::{CHIEF, Fleet, Order, robot, task, task_id};

fn urgent(k: u128, x: f64) -> TaskSpec {
    let mut spec = task(k, x);
    spec.priority = Priority::Critical;
    spec
}

fn refused(fleet: &mut Fleet, k: u128, report: Report) -> ReportError {
    let now = fleet.now;
    let node = fleet.robot(1);
    node.report(now, task_id(k), report, &mut Euclidean).unwrap_err()
}

#[test]
fn a_more_urgent_task_goes_first_while_the_robot_is_on_its_way() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 50.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.submit(urgent(2, -50.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(2));
    let (go, later) = (Order::Start, Order::Stop(1, StopReason::Later));
    assert_eq!(fleet.orders(1), [go(1), later.clone(), go(2)]);
    fleet.work(1, 2);
    assert_eq!(fleet.orders(1), [go(1), later, go(2), go(1)]);
    fleet.work(1, 1);
    assert_eq!(fleet.phase(1), Phase::Done);
}

#[test]
fn work_that_has_begun_is_not_interrupted() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    (1..=2).for_each(|k| fleet.submit(task(k, 0.0)));
    fleet.wait(1.0, |fleet| fleet.is_owned(1) && fleet.is_owned(2));
    let Some(Order::Start(first)) = fleet.orders(1).pop() else {
        panic!("{:?}", fleet.orders(1));
    };
    fleet.told.clear();
    fleet.report(1, first, Report::Begun);
    // Not even after something else was taken out of its plan.
    fleet.cancel(3 - first);
    fleet.submit(urgent(3, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(3));
    assert_eq!(fleet.orders(1), []);
    fleet.report(1, first, Report::StopDone);
    assert_eq!(fleet.orders(1), [Order::Start(3)]);
}

#[test]
fn work_is_interrupted_for_something_far_more_urgent_at_the_price_that_the_objective_states() {
    for (price, interrupted) in [(1.0, true), (1e6, false)] {
        let mut config = Config::new(CHIEF);
        config.objective.interruption = price;
        let mut fleet = Fleet::with(config, [robot(1, 0.0)]);
        let mut long = task(1, 0.0);
        long.stops[0].service = Duration::from_secs(600);
        fleet.submit(long);
        fleet.wait(1.0, |fleet| fleet.is_owned(1));
        fleet.report(1, 1, Report::Begun);
        fleet.told.clear();
        fleet.submit(urgent(2, 5.0));
        fleet.wait(1.0, |fleet| fleet.is_owned(2));
        if !interrupted {
            assert_eq!(fleet.orders(1), []);
            continue;
        }
        let (go, later) = (Order::Start, Order::Stop(1, StopReason::Later));
        assert_eq!(fleet.orders(1), [later.clone(), go(2)]);
        let paid = fleet.news(|event| match event {
            Event::Awarded(awarded) => awarded.bids.first().map(|(_, bid)| bid.terms.interruption),
            _ => None,
        });
        assert_eq!(paid, [price], "and the award says so");
        fleet.work(1, 2);
        assert_eq!(fleet.orders(1), [later, go(2), go(1)]);
        fleet.work(1, 1);
        assert_eq!(fleet.phase(1), Phase::Done);
    }
}

#[test]
fn displaced_tasks_are_auctioned_again() {
    let mut able = robot(1, 0.0);
    able.abilities = [Ability::new("lift").unwrap()].into();
    let mut fleet = Fleet::of([able.clone(), robot(2, 100.0)]);
    let mut spec = task(1, 10.0);
    spec.deadline = UtcTime::from_secs_f64(fleet.now.as_secs_f64() + 130.0);
    fleet.submit(spec);
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(1));
    let mut spec = urgent(2, 5.0);
    spec.stops[0].service = Duration::from_secs(120);
    spec.needs = able.abilities;
    fleet.submit(spec);
    fleet.wait(1.0, |fleet| {
        fleet.owner(2) == Some(1) && fleet.owner(1) == Some(2)
    });
    let why = fleet.news(|event| match event {
        Event::Task { reopened, .. } => reopened.clone(),
        _ => None,
    });
    assert_eq!(why, [Reopened::Forfeited(Forfeit::Displaced)]);
    let displaced = Order::Stop(1, StopReason::Lost(Forfeit::Displaced));
    assert_eq!(fleet.orders(1), [Order::Start(1), displaced, Order::Start(2)]);
}

#[test]
fn a_robot_that_is_drained_keeps_what_it_has_and_takes_nothing_new() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.robot(1).take_tasks(false);
    fleet.submit(task(2, 10.0));
    fleet.run(10.0);
    assert_eq!((fleet.owner(1), fleet.owner(2)), (Some(1), None));
    let why = fleet.news(|event| match event {
        Event::Unsold { declined, .. } => Some(declined[0].1.clone()),
        _ => None,
    });
    assert!(why.iter().all(|why| *why == Decline::NotTaking), "{why:?}");
    fleet.robot(1).take_tasks(true);
    fleet.wait(6.0, |fleet| fleet.is_owned(2));
}

#[test]
fn a_robot_is_clear_once_what_it_gave_back_is_noted() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    assert!(fleet.robot(1).is_clear());
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.robot(1).take_tasks(false);
    assert!(!fleet.robot(1).is_clear());
    let now = fleet.now;
    let given = fleet
        .robot(1)
        .report(now, task_id(1), Report::GiveBack, &mut Euclidean);
    assert_eq!(given, Ok(()));
    assert!(!fleet.robot(1).is_clear(), "nobody has heard of it yet");
    fleet.run(1.0);
    assert!(fleet.robot(1).is_clear());
}

#[test]
fn a_robot_that_stopped_taking_tasks_refuses_an_award() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 90.0)]);
    fleet.lose_one("award");
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.count("award") == 1);
    fleet.robot(1).take_tasks(false);
    fleet.wait(1.0, |fleet| fleet.owner(1) == Some(2));
}

fn battery(level: f64) -> BatterySpec {
    BatterySpec {
        capacity: 1_000.0,
        level,
        reserve: 0.1,
        per_metre: 10.0,
        per_second: 0.0,
    }
}

fn charging(spec: RobotSpec, level: f64) -> Fleet {
    let mut config = Config::new(CHIEF);
    config.chargers = vec![Place::at(5.0, 0.0), Place::at(2.0, 0.0)];
    let mut spec = spec;
    spec.battery = Some(battery(level));
    Fleet::with(config, [spec])
}

fn charged(fleet: &mut Fleet, level: f64) {
    let now = fleet.now;
    fleet.robot(1).charged(now, level, &mut Euclidean).unwrap();
    fleet.settle();
}

#[test]
fn a_low_battery_is_charged_and_then_there_is_work() {
    let mut fleet = charging(robot(1, 0.0), 0.5);
    charged(&mut fleet, 0.2);
    fleet.run(1.0);
    let nearest = fleet.told.iter().any(|(_, _, event)| match event {
        Event::Charge { at } => *at == Place::at(2.0, 0.0),
        _ => false,
    });
    assert!(nearest, "{:?}", fleet.orders(1));
    fleet.submit(task(1, 10.0));
    fleet.run(3.0);
    assert_eq!(fleet.owner(1), None);
    charged(&mut fleet, 0.95);
    fleet.wait(6.0, |fleet| fleet.is_owned(1));
    assert_eq!(fleet.orders(1), [Order::Charge, Order::Start(1)]);
}

#[test]
fn a_robot_too_hungry_for_the_only_task_charges_though_it_is_not_low() {
    let mut fleet = charging(robot(1, 0.0), 0.5);
    fleet.submit(task(1, 60.0)); // 600 J, of which it has 400 above its reserve
    fleet.run(1.0);
    assert_eq!((fleet.owner(1), fleet.orders(1)), (None, vec![Order::Charge]));
    charged(&mut fleet, 0.95);
    fleet.wait(6.0, |fleet| fleet.is_owned(1));
}

#[test]
fn a_battery_that_drains_sooner_than_planned_gives_back_what_it_cannot_do() {
    let mut fleet = charging(robot(1, 0.0), 1.0);
    (1..=2).for_each(|k| fleet.submit(task(k, 30.0 * k as f64)));
    fleet.wait(1.0, |fleet| (1..=2).all(|k| fleet.is_owned(k)));
    fleet.report(1, 1, Report::Begun);
    fleet.robot(1).moved(Pose::from(Place::at(30.0, 0.0))).unwrap();
    charged(&mut fleet, 0.3);
    fleet.report(1, 1, Report::StopDone);
    assert_eq!(fleet.orders(1), [Order::Start(1), Order::Charge]);
    assert_eq!(fleet.owner(2), None);
}

#[test]
fn stops_are_done_in_order_and_counted() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let mut spec = task(1, 0.0);
    spec.stops.push(Stop::at(Place::at(5.0, 0.0)));
    fleet.submit(spec);
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    for done in 0..2 {
        fleet.report(1, 1, Report::Begun);
        assert_eq!(fleet.phase(1), Phase::Running(done));
        fleet.report(1, 1, Report::StopDone);
    }
    assert_eq!(
        (fleet.phase(1), fleet.orders(1)),
        (Phase::Done, vec![Order::Start(1)])
    );
}

#[test]
fn reports_out_of_turn_are_refused() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    let mut released = task(1, 0.0);
    released.release = UtcTime::from_secs_f64(fleet.now.as_secs_f64() + 20.0);
    fleet.submit(released);
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    assert_eq!(refused(&mut fleet, 1, Report::StopDone), ReportError::OutOfOrder);
    assert_eq!(refused(&mut fleet, 1, Report::Begun), ReportError::NotReleased);
    assert_eq!(refused(&mut fleet, 9, Report::Begun), ReportError::NotOwned);
    fleet.run(20.0);
    fleet.report(1, 1, Report::Begun);
    assert_eq!(refused(&mut fleet, 1, Report::Begun), ReportError::OutOfOrder);
    fleet.submit(task(2, 0.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(2));
    assert_eq!(refused(&mut fleet, 2, Report::Begun), ReportError::NotStarted);
    fleet.report(1, 1, Report::StopDone);
    assert_eq!(refused(&mut fleet, 1, Report::StopDone), ReportError::NotOwned);
}

#[test]
fn a_task_that_is_given_back_stops_and_is_offered_again() {
    let mut fleet = Fleet::of([robot(1, 0.0)]);
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    fleet.robot(1).take_tasks(false);
    fleet.report(1, 1, Report::GiveBack);
    let stop = Order::Stop(1, StopReason::Lost(Forfeit::Application));
    assert_eq!(
        (fleet.orders(1), fleet.phase(1)),
        (vec![Order::Start(1), stop], Phase::Open)
    );
    fleet.run(0.1);
    assert!(matches!(fleet.said.last(), Some((_, Message::Bids(_)))));
}

#[test]
fn news_that_is_repeated_counts_once() {
    let mut fleet = Fleet::of([robot(1, 0.0), robot(2, 0.0)]);
    fleet.submit(task(1, 10.0));
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
    let owner = fleet.owner(1).unwrap();
    // The notice of the failure is lost, so that it comes again with the heartbeats.
    fleet.lose = Box::new(|_, _, message| matches!(message, Message::Noted { .. } | Message::Heard(_)));
    fleet.report(owner, 1, Report::Failed("slipped".into()));
    fleet.run(3.0);
    let failures = fleet.news(|event| match event {
        Event::Task {
            reopened: Some(Reopened::Failed(_)),
            ..
        } => Some(()),
        _ => None,
    });
    assert_eq!(failures.len(), 1);
}

#[test]
fn a_robot_puts_down_what_it_carried_for_a_task_that_it_lost() {
    let full = Load::new(&[1.0]).unwrap();
    let mut carrier = robot(1, 0.0);
    carrier.capacity = vec![1.0];
    let mut fleet = Fleet::of([carrier]);
    let pickup = Stop::at(Place::at(1.0, 0.0)).loading(full);
    let dropoff = Stop::at(Place::at(2.0, 0.0)).loading(Load::ZERO - full);
    fleet.submit(TaskSpec::new(task_id(1), vec![pickup, dropoff]));
    for report in [Report::GiveBack, Report::Failed("it slipped".to_string())] {
        fleet.wait(1.0, |fleet| fleet.is_owned(1));
        fleet.work(1, 1);
        assert_eq!(fleet.phase(1), Phase::Running(1));
        fleet.report(1, 1, report);
    }
    // It has room for the same task again.
    fleet.wait(1.0, |fleet| fleet.is_owned(1));
}
