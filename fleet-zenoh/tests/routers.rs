//! Routers: at one site, between sites, and lost.

mod loopback;
#[path = "loopback/relay.rs"]
mod relay;

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Incoming, Outgoing, Transport};
use fleet_zenoh::{Arrivals, FleetId, Mode, Seat, SettingsError, ZenohSettings, ZenohTransport};
use loopback::{LONG, listening_with, new_fleet, until};
use relay::Relay;
use zenoh::{Session, Wait};

const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);
const C: NodeId = NodeId::from_u128(0xc);

fn router(connect: &[&str]) -> (Session, String) {
    let mut settings = ZenohSettings::default();
    settings.mode = Mode::Router;
    settings.connect = connect.iter().map(ToString::to_string).collect();
    listening_with(&settings, "tcp")
}

/// A robot that is linked with the first of `routers` that it finds.
fn robot(fleet: &FleetId, node: NodeId, routers: &[&str]) -> (ZenohTransport, Session) {
    let mut settings = ZenohSettings::default();
    settings.mode = Mode::Client;
    settings.connect = routers.iter().map(ToString::to_string).collect();
    let session = settings.open().unwrap();
    let seat = Seat::robot(fleet.clone(), node.robot());
    (ZenohTransport::join(&session, seat).unwrap(), session)
}

fn put(to: Destination, text: &str) -> Outgoing {
    Outgoing {
        to,
        class: Class::Control,
        frame: text.as_bytes().into(),
    }
}

/// Until frames of each reach each other.
fn meet(ends: &mut [&mut ZenohTransport]) {
    let nodes: Vec<NodeId> = ends.iter().map(|end| end.seat().node).collect();
    for end in ends {
        for node in &nodes {
            if *node != end.seat().node {
                until("they hear each other", || end.is_heard(Destination::Node(*node)));
            }
        }
    }
}

#[track_caller]
fn hears(end: &mut ZenohTransport, from: NodeId, text: &str) {
    let incoming = end.recv_timeout(LONG);
    let frame = text.as_bytes().into();
    assert_eq!(incoming, Some(Incoming { from, frame }));
}

#[test]
fn what_one_robot_says_to_another_of_its_site_does_not_leave_it() {
    let fleet = new_fleet();
    let (_one, first) = router(&[]);
    let between = Relay::new(&first);
    let (_two, second) = router(&[between.endpoint()]);
    let (mut a, _a) = robot(&fleet, A, &[&first]);
    let (mut b, _b) = robot(&fleet, B, &[&first]);
    let (mut c, _c) = robot(&fleet, C, &[&second]);
    meet(&mut [&mut a, &mut b, &mut c]);

    a.send(put(Destination::Node(B), "for robot b alone")).unwrap();
    hears(&mut b, A, "for robot b alone");
    // It comes after all that was said before.
    a.send(put(Destination::Node(C), "for robot c alone")).unwrap();
    hears(&mut c, A, "for robot c alone");
    assert!(between.has_heard(b"for robot c alone"));
    assert!(!between.has_heard(b"for robot b alone"));

    for destination in [Destination::Robots, Destination::Near] {
        let text = format!("{destination:?}");
        a.send(put(destination, &text)).unwrap();
        hears(&mut b, A, &text);
        hears(&mut c, A, &text);
    }
}

#[test]
fn a_robot_goes_to_the_next_router_when_its_own_is_lost() {
    let fleet = new_fleet();
    let (one, first) = router(&[]);
    let (_two, second) = router(&[&first]);
    let (mut a, _a) = robot(&fleet, A, &[&first, &second]);
    let (mut b, _b) = robot(&fleet, B, &[&second]);
    meet(&mut [&mut a, &mut b]);
    one.close().wait().unwrap();
    let lost = Instant::now();
    until("a frame gets through again", || {
        a.send(put(Destination::Node(B), "by another way")).unwrap();
        b.recv_timeout(Duration::from_millis(10)).is_some()
    });
    println!(
        "by the other router {:?} after the first was lost",
        lost.elapsed()
    );
    assert!(lost.elapsed() < Duration::from_secs(3), "{:?}", lost.elapsed());
}

#[test]
fn a_client_takes_whom_it_finds_and_waits_no_longer_than_it_is_told() {
    let fleet = new_fleet();
    let (_one, first) = router(&[]);
    let gone = {
        let (session, endpoint) = router(&[]);
        session.close().wait().unwrap();
        endpoint
    };
    let (mut a, _a) = robot(&fleet, A, &[&gone, &first]);
    let (mut b, _b) = robot(&fleet, B, &[&first]);
    meet(&mut [&mut a, &mut b]);

    let mut settings = ZenohSettings::default();
    settings.mode = Mode::Client;
    assert!(matches!(settings.open(), Err(SettingsError::Nobody)));
    settings.connect = vec![gone];
    let tries = Cell::new(0);
    let refused = settings.open_unless(|| tries.replace(tries.get() + 1) >= 2);
    assert!(matches!(refused, Err(SettingsError::Open(_))));
    assert_eq!(tries.get(), 3);
}

#[test]
fn what_a_silent_router_parted_comes_together_when_it_is_heard_again() {
    let fleet = new_fleet();
    let (_one, first) = router(&[]);
    let (to_a, between) = (Relay::new(&first), Relay::new(&first));
    let (_two, second) = router(&[between.endpoint()]);
    let (mut a, _a) = robot(&fleet, A, &[to_a.endpoint()]);
    let (mut c, _c) = robot(&fleet, C, &[&second]);
    meet(&mut [&mut a, &mut c]);
    for link in [&to_a, &between] {
        link.set_open(false);
    }
    thread::sleep(Duration::from_secs(4)); // what is tested, not waited for
    assert!(!a.is_heard(Destination::Node(C)));
    for link in [&to_a, &between] {
        link.set_open(true);
    }
    let healed = Instant::now();
    until("a frame gets through again", || {
        a.send(put(Destination::Node(C), "again")).unwrap();
        c.recv_timeout(Duration::from_millis(10)).is_some()
    });
    println!("whole {:?} after the heal", healed.elapsed());
    assert!(
        healed.elapsed() < Duration::from_secs(3),
        "{:?}",
        healed.elapsed()
    );
}
