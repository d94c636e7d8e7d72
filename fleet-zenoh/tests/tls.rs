//! A fleet over TLS, in which everybody says only what they may.
#![cfg(feature = "tls")]

#[allow(dead_code)]
mod loopback;
#[path = "loopback/relay.rs"]
mod relay;
mod secure;

use std::sync::mpsc::channel;

use fleet_core::drive::Driver;
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Report, Robot, RobotId, RobotSpec};
use fleet_core::{Stop, Task, TaskId, TaskSpec};
use fleet_zenoh::certs::Role;
use fleet_zenoh::link::{LinkSettings, Links};
use fleet_zenoh::{FleetId, Mode, Runner, Seat, Turn, ZenohTransport, monotonic};
use loopback::{LONG, connected, listening, listening_with, new_fleet, until};
use relay::Relay;
use secure::Fleet;
use zenoh::Session;

const CHIEF: NodeId = NodeId::from_u128(0xc0);

fn task(k: u128, note: &[u8]) -> Task {
    let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(k as f64, 0.0))]);
    spec.note = note.into();
    Task::new(spec).unwrap()
}

fn robot(session: &Session, fleet: &FleetId, k: u128) -> Runner<ZenohTransport> {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0))).unwrap();
    let seat = Seat::robot(fleet.clone(), robot.id());
    let transport = ZenohTransport::join(session, seat).unwrap();
    let driver = Driver::new(Node::robot(Config::new(CHIEF), robot, 1).unwrap(), transport);
    let body = |event, turn: &mut Turn<'_>| {
        let Event::Start { task, .. } = event else { return };
        for report in [Report::Begun, Report::StopDone] {
            turn.node
                .report(turn.now, task.id(), report, turn.travel)
                .unwrap();
        }
    };
    Runner::spawn(driver, Euclidean, monotonic(), body).unwrap()
}

/// Runs an orchestrator and robots until ten tasks with that note are done.
fn work(center: &Session, robots: &[Session], fleet: &FleetId, note: &'static [u8]) {
    let transport = ZenohTransport::join(center, Seat::node(fleet.clone(), CHIEF)).unwrap();
    let driver = Driver::new(
        Node::coordinator(Config::new(CHIEF), CHIEF, 1).unwrap(),
        transport,
    );
    let (tell, told) = channel();
    let chief = Runner::spawn(driver, Euclidean, monotonic(), move |event, _| {
        let _ = tell.send(event);
    })
    .unwrap();
    let robots: Vec<_> = (1..)
        .zip(robots)
        .map(|(k, session)| robot(session, fleet, k))
        .collect();
    for k in 1..=10 {
        let submitted = chief
            .handle()
            .ask(move |turn| turn.node.submit(turn.now, task(k, note), turn.travel));
        submitted.wait(LONG).unwrap().unwrap();
    }
    let mut ended = 0;
    until("all are done", || {
        for event in told.try_iter() {
            ended += usize::from(matches!(event, Event::Task { phase, .. } if phase.is_terminal()));
        }
        ended == 10
    });
    for runner in robots {
        runner.stop(LONG).unwrap();
    }
    let driver = chief.into_driver(LONG).unwrap();
    assert_eq!((driver.refused(), driver.node().dropped()), (0, 0));
    assert_eq!(driver.transport().counts().nameless, 0);
}

/// With an orchestrator and robots of the numbers from 1 on.
fn issued(robots: u128) -> Fleet {
    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Orchestrator, &CHIEF.to_string());
    for k in 1..=robots {
        fleet.issue(Role::Robot, &name(k));
    }
    fleet
}

fn name(k: u128) -> String {
    NodeId::from_u128(k).to_string()
}

#[test]
fn tasks_are_awarded_and_done_over_tls_with_access_control() {
    let fleet = issued(3);
    let (center, endpoint) = fleet.listening(&CHIEF.to_string());
    let robots = [1, 2, 3].map(|k| fleet.connected(&name(k), &endpoint));
    work(&center, &robots, fleet.authority.fleet(), b"");
}

#[test]
fn nodes_measure_their_links_under_the_rules() {
    let fleet = issued(1);
    let (center, endpoint) = fleet.listening(&CHIEF.to_string());
    let robot = fleet.connected(&name(1), &endpoint);
    let links = |session: &Session, node| {
        let links = Links::start(
            session,
            fleet.authority.fleet().clone(),
            node,
            LinkSettings::default(),
        );
        links.unwrap()
    };
    let (one, other) = (links(&center, CHIEF), links(&robot, NodeId::from_u128(1)));
    assert!(one.watch(NodeId::from_u128(1)) && other.watch(CHIEF));
    until("both are answered", || {
        [&one, &other]
            .iter()
            .all(|links| links.reports()[0].round_trip.is_some())
    });
}

#[test]
fn a_router_passes_on_for_those_who_may_speak() {
    let mut fleet = issued(2);
    fleet.issue(Role::Router, "hall");
    let mut settings = fleet.settings("hall");
    settings.mode = Mode::Router;
    let (_router, endpoint) = listening_with(&settings, "tls");
    let client = |id: &str| {
        let mut settings = fleet.settings(id);
        settings.mode = Mode::Client;
        settings.connect.push(endpoint.clone());
        settings.open().unwrap()
    };
    let center = client(&CHIEF.to_string());
    let robots = [1, 2].map(|k| client(&name(k)));
    work(&center, &robots, fleet.authority.fleet(), b"");
}

#[test]
fn who_listens_on_the_way_reads_nothing_over_tls_and_everything_without() {
    const SECRET: &[u8] = b"the code of the door is 4711";
    let fleet = issued(1);
    let (center, endpoint) = fleet.listening(&CHIEF.to_string());
    let relay = Relay::new(&endpoint);
    let robot = fleet.connected(&name(1), relay.endpoint());
    work(&center, &[robot], fleet.authority.fleet(), SECRET);
    assert!(relay.has_heard(&[22, 3]), "a handshake of TLS has passed");
    assert!(!relay.has_heard(SECRET));
    assert!(!relay.has_heard(name(1).as_bytes()), "nor who speaks to whom");

    let (center, endpoint) = listening(&[]);
    let relay = Relay::new(&endpoint);
    let robot = connected(relay.endpoint());
    work(&center, &[robot], &new_fleet(), SECRET);
    assert!(relay.has_heard(SECRET));
    assert!(relay.has_heard(name(1).as_bytes()));
}
