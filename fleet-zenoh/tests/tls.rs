//! A fleet over TLS, in which everybody says only what they may.
#![cfg(feature = "tls")]

#[allow(dead_code)]
mod loopback;
mod secure;

use std::sync::mpsc::channel;

use fleet_core::drive::Driver;
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Report, Robot, RobotId, RobotSpec};
use fleet_core::{Stop, Task, TaskId, TaskSpec};
use fleet_zenoh::certs::Role;
use fleet_zenoh::{Runner, Seat, Turn, ZenohTransport, monotonic};
use loopback::LONG;
use secure::Fleet;
use zenoh::Session;

const CHIEF: NodeId = NodeId::from_u128(0xc0);

fn task(k: u128, note: &[u8]) -> Task {
    let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(k as f64, 0.0))]);
    spec.note = note.into();
    Task::new(spec).unwrap()
}

fn robot(session: &Session, fleet: &Fleet, k: u128) -> Runner<ZenohTransport> {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0))).unwrap();
    let seat = Seat::robot(fleet.authority.fleet().clone(), robot.id());
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

#[test]
fn a_task_is_awarded_and_done_over_tls_with_access_control() {
    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Orchestrator, &CHIEF.to_string());
    for k in 1..=3 {
        fleet.issue(Role::Robot, &NodeId::from_u128(k).to_string());
    }
    let (center, endpoint) = fleet.listening(&CHIEF.to_string());
    let seat = Seat::node(fleet.authority.fleet().clone(), CHIEF);
    let transport = ZenohTransport::join(&center, seat).unwrap();
    let driver = Driver::new(
        Node::coordinator(Config::new(CHIEF), CHIEF, 1).unwrap(),
        transport,
    );
    let (tell, told) = channel();
    let chief = Runner::spawn(driver, Euclidean, monotonic(), move |event, _| {
        let _ = tell.send(event);
    })
    .unwrap();
    let robots: Vec<_> = (1..=3)
        .map(|k| {
            let session = fleet.connected(&NodeId::from_u128(k).to_string(), &endpoint);
            robot(&session, &fleet, k)
        })
        .collect();
    for k in 1..=10 {
        let submitted = chief
            .handle()
            .ask(move |turn| turn.node.submit(turn.now, task(k, b""), turn.travel));
        submitted.wait(LONG).unwrap().unwrap();
    }
    let mut ended = 0;
    while ended < 10 {
        if let Event::Task { phase, .. } = told.recv_timeout(LONG).expect("a task ends") {
            ended += usize::from(phase.is_terminal());
        }
    }
    for runner in robots {
        runner.stop(LONG).unwrap();
    }
    let driver = chief.into_driver(LONG).unwrap();
    assert_eq!((driver.refused(), driver.node().dropped()), (0, 0));
    assert_eq!(driver.transport().counts().nameless, 0);
}
