//! The transport over real sessions, through TCP on this machine.

mod loopback;
#[path = "../../fleet-core/tests/transport/suite.rs"]
mod suite;

use std::sync::Arc;
use std::time::Duration;

use fleet_core::transport::{Class, Destination, Incoming, Outgoing, SendError, Transport};
use fleet_core::{NodeId, RobotId};
use fleet_zenoh::{Arrivals, FleetId, Room, Seat, ZenohTransport};
use loopback::{LONG, listening, mesh, new_fleet, until};
use suite::{frame, to};
use zenoh::{Session, Wait};

const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);
const C: NodeId = NodeId::from_u128(0xc);

/// A frame takes time: what is not there is waited for a moment.
struct Patient(ZenohTransport);

impl Transport for Patient {
    fn send(&mut self, outgoing: Outgoing) -> Result<(), SendError> {
        self.0.send(outgoing)
    }

    fn recv(&mut self) -> Option<Incoming> {
        self.0.recv_timeout(Duration::from_millis(1))
    }
}

fn robot(fleet: &FleetId, node: NodeId) -> Seat {
    Seat::robot(fleet.clone(), node.robot())
}

/// Takes each seat at the session beside it, and waits until each is heard by each.
fn join<'a>(seats: impl IntoIterator<Item = (&'a Session, Seat)>) -> Vec<ZenohTransport> {
    let mut ends: Vec<_> = seats
        .into_iter()
        .map(|(session, seat)| ZenohTransport::join(session, seat).unwrap())
        .collect();
    let nodes: Vec<NodeId> = ends.iter().map(|end| end.seat().node).collect();
    for end in &mut ends {
        for node in nodes
            .iter()
            .filter(|node| **node != end.seat().node)
            .copied()
            .collect::<Vec<_>>()
        {
            until("they hear each other", || end.is_heard(Destination::Node(node)));
        }
    }
    ends
}

/// Two robots of one new fleet, each with a session of its own.
fn pair() -> (ZenohTransport, ZenohTransport, Vec<Session>) {
    let (sessions, fleet) = (mesh(2), new_fleet());
    let mut ends = join(sessions.iter().zip([robot(&fleet, A), robot(&fleet, B)]));
    let right = ends.pop().unwrap();
    (ends.pop().unwrap(), right, sessions)
}

fn of(class: Class, outgoing: Outgoing) -> Outgoing {
    Outgoing { class, ..outgoing }
}

#[test]
fn it_does_what_every_transport_must() {
    let sessions = mesh(8);
    suite::all(|nodes| {
        let fleet = new_fleet();
        let seats = nodes.iter().map(|node| robot(&fleet, *node));
        join(sessions.iter().zip(seats))
            .into_iter()
            .map(Patient)
            .collect()
    });
}

#[test]
fn nodes_may_share_a_session_and_fleets_do_not_mix() {
    let ((session, _), one, other) = (listening(&[]), new_fleet(), new_fleet());
    let mut ends = join([(&session, robot(&one, A)), (&session, robot(&one, B))]);
    let mut stranger = ZenohTransport::join(&session, robot(&other, B)).unwrap();
    for destination in [Destination::Node(B), Destination::Robots, Destination::Near] {
        let sent = frame(7);
        ends[0]
            .send(Outgoing {
                to: destination,
                ..to(B, &sent)
            })
            .unwrap();
        let incoming = ends[1].recv_timeout(LONG);
        assert_eq!(incoming, Some(Incoming { from: A, frame: sent }));
        assert_eq!((ends[0].recv(), stranger.recv()), (None, None));
    }
}

#[test]
fn who_is_no_robot_does_not_hear_what_is_for_robots() {
    let ((session, _), fleet) = (listening(&[]), new_fleet());
    let seats = [
        Seat::node(fleet.clone(), A),
        robot(&fleet, B),
        Seat::node(fleet, C),
    ];
    let mut ends = join(seats.map(|seat| (&session, seat)));
    let call = Outgoing {
        to: Destination::Robots,
        ..to(B, &frame(1))
    };
    ends[0].send(call).unwrap();
    ends[0].send(to(C, &frame(2))).unwrap();
    assert_eq!(ends[1].recv_timeout(LONG).unwrap().frame, frame(1));
    assert_eq!(ends[2].recv_timeout(LONG).unwrap().frame, frame(2));
    assert_eq!(ends[2].recv(), None);
}

#[test]
fn what_nobody_reads_is_bounded_and_pushes_out_nothing_more_urgent() {
    let (sessions, fleet) = (mesh(2), new_fleet());
    let mut reader = robot(&fleet, B);
    reader.room = Room {
        frames: 10,
        bytes: 1 << 20,
    };
    let mut ends = join(sessions.iter().zip([robot(&fleet, A), reader]));
    ends[0].send(of(Class::Safety, to(B, &frame(0)))).unwrap();
    for k in 1..=3 {
        ends[0].send(of(Class::Control, to(B, &frame(k)))).unwrap();
    }
    for k in 0..100 {
        let bulk = of(Class::Bulk, to(B, &frame(1_000 + k)));
        until("there is room", || ends[0].send(bulk.clone()).is_ok());
    }
    let frames = |end: &ZenohTransport| end.counts().received.map(|class| class.frames);
    until("all have come", || frames(&ends[1]) == [1, 3, 0, 100]);
    assert_eq!(
        ends[1].counts().received.map(|class| class.dropped),
        [0, 0, 0, 90]
    );
    let read: Vec<_> = std::iter::from_fn(|| ends[1].recv())
        .map(|incoming| incoming.frame)
        .collect();
    let expected: Vec<_> = (0..=3).chain(1_090..1_100).map(frame).collect();
    assert_eq!(read, expected);
    assert_eq!(ends[0].counts().sent, [1, 3, 0, 100]);
}

#[test]
fn a_frame_that_is_too_long_is_refused_at_both_ends() {
    let (sessions, fleet) = (mesh(2), new_fleet());
    let mut sender = robot(&fleet, A);
    sender.frame = 128 * 1024;
    let mut ends = join(sessions.iter().zip([sender, robot(&fleet, B)]));
    let long = |bytes: usize| -> Arc<[u8]> { vec![0; bytes].into() };
    let refused = ends[0].send(to(B, &long(128 * 1024 + 1)));
    assert_eq!(refused, Err(SendError::TooLong { limit: 128 * 1024 }));
    assert_eq!(ends[0].counts().refused, [0, 1, 0, 0]);
    ends[0].send(to(B, &long(64 * 1024 + 1))).unwrap();
    until("it is counted", || ends[1].counts().too_long == 1);
    ends[0].send(to(B, &long(64 * 1024))).unwrap();
    assert_eq!(ends[1].recv_timeout(LONG).unwrap().frame.len(), 64 * 1024);
}

#[test]
fn what_has_no_proper_key_is_counted_and_dropped() {
    let (_left, mut right, sessions) = pair();
    let prefix = format!("fleet/{}/node/{B}", right.seat().fleet);
    for key in [
        "control/somebody/*",
        "control",
        "state/1/2",
        "rumour/00000000-0000-0000-0000-00000000000a/*",
    ] {
        sessions[0].put(format!("{prefix}/{key}"), "x").wait().unwrap();
    }
    sessions[0]
        .delete(format!("{prefix}/control/{A}/*"))
        .wait()
        .unwrap();
    until("all are counted", || right.counts().nameless == 5);
    assert_eq!(right.recv(), None);
    assert!(right.counts().received.iter().all(|class| class.frames == 0));
}

#[test]
fn a_closed_session_says_so() {
    let (mut left, mut right, sessions) = pair();
    left.send(to(B, &frame(1))).unwrap();
    sessions[0].close().wait().unwrap();
    for sent in [frame(2), vec![0; 10_000].into()] {
        until("it is closed", || {
            left.send(to(B, &sent)) == Err(SendError::Closed)
        });
    }
    // What was sent before was not lost, and the other end goes on.
    assert_eq!(right.recv_timeout(LONG).unwrap().frame, frame(1));
    assert_eq!(right.send(to(A, &frame(3))), Ok(()));
    assert!(ZenohTransport::join(&sessions[0], robot(&new_fleet(), A)).is_err());
}

#[test]
fn a_node_that_joins_later_is_heard_and_one_that_leaves_is_not() {
    let (sessions, fleet) = (mesh(2), new_fleet());
    let mut left = ZenohTransport::join(&sessions[0], robot(&fleet, A)).unwrap();
    assert!(!left.is_heard(Destination::Node(B)));
    assert_eq!(
        left.send(to(B, &frame(1))),
        Ok(()),
        "a frame to nobody is no error"
    );
    let mut right = ZenohTransport::join(&sessions[1], Seat::robot(fleet, RobotId::from_u128(0xb))).unwrap();
    until("it is heard", || left.is_heard(Destination::Node(B)));
    left.send(to(B, &frame(2))).unwrap();
    assert_eq!(right.recv_timeout(LONG).unwrap().frame, frame(2));
    drop(right);
    until("it is gone", || !left.is_heard(Destination::Node(B)));
}
