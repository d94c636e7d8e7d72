//! The suite. It knows nothing of how ends are made: give it something that makes one for each of some nodes, on one
//! network. An end may lose nothing in [`all`], but may repeat, delay by some calls of `recv`, and reorder.

use std::collections::BTreeSet;
use std::sync::Arc;

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Incoming, Outgoing, Transport};

/// Calls of `recv` in vain after which nothing more is expected.
const PATIENCE: usize = 100;

const NODES: [NodeId; 3] = [NodeId::from_u128(1), NodeId::from_u128(2), NodeId::from_u128(3)];

pub(crate) fn all<T: Transport>(make: impl Fn(&[NodeId]) -> Vec<T>) {
    a_frame_reaches_whom_it_is_for(&make);
    a_broadcast_reaches_all_but_its_sender(&make);
    what_is_for_those_in_reach_does_not_come_back(&make);
    the_sender_is_known_without_being_told(&make);
    many_frames_arrive_in_any_order(&make);
    frames_of_any_class_and_size_are_unaltered(&make);
    nothing_is_invented(&make);
}

pub(crate) fn frame(k: u32) -> Arc<[u8]> {
    Arc::from(k.to_le_bytes())
}

pub(crate) fn to(node: NodeId, frame: &Arc<[u8]>) -> Outgoing {
    Outgoing {
        to: Destination::Node(node),
        class: Class::Control,
        frame: frame.clone(),
    }
}

fn to_all(frame: &Arc<[u8]>) -> Outgoing {
    Outgoing {
        to: Destination::Robots,
        class: Class::Control,
        frame: frame.clone(),
    }
}

fn to_near(frame: &Arc<[u8]>) -> Outgoing {
    Outgoing {
        to: Destination::Near,
        class: Class::State,
        frame: frame.clone(),
    }
}

/// All that arrives, without repetitions.
fn received<T: Transport>(end: &mut T) -> BTreeSet<(NodeId, Vec<u8>)> {
    let (mut all, mut vain) = (BTreeSet::new(), 0);
    while vain < PATIENCE {
        match end.recv() {
            Some(Incoming { from, frame }) => {
                all.insert((from, frame.to_vec()));
                vain = 0;
            }
            None => vain += 1,
        }
    }
    all
}

fn one(from: NodeId, frame: &Arc<[u8]>) -> BTreeSet<(NodeId, Vec<u8>)> {
    [(from, frame.to_vec())].into()
}

fn a_frame_reaches_whom_it_is_for<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(1));
    ends[0].send(to(NODES[1], &sent)).unwrap();
    let arrived: Vec<_> = ends.iter_mut().map(received).collect();
    assert_eq!(arrived, [BTreeSet::new(), one(NODES[0], &sent), BTreeSet::new()]);
}

fn a_broadcast_reaches_all_but_its_sender<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(2));
    ends[0].send(to_all(&sent)).unwrap();
    let arrived: Vec<_> = ends.iter_mut().map(received).collect();
    let there = one(NODES[0], &sent);
    assert_eq!(arrived, [BTreeSet::new(), there.clone(), there]);
}

/// Who is in reach is the network's affair: whoever hears it hears what was sent, and from whom.
fn what_is_for_those_in_reach_does_not_come_back<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(4));
    ends[0].send(to_near(&sent)).unwrap();
    assert!(received(&mut ends[0]).is_empty());
    let there = one(NODES[0], &sent);
    assert!(ends[1..].iter_mut().all(|end| received(end).is_subset(&there)));
}

fn the_sender_is_known_without_being_told<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(3));
    ends[0].send(to(NODES[2], &sent)).unwrap();
    ends[1].send(to(NODES[2], &sent)).unwrap();
    let senders: Vec<NodeId> = received(&mut ends[2]).into_iter().map(|(from, _)| from).collect();
    assert_eq!(senders, [NODES[0], NODES[1]]);
}

fn many_frames_arrive_in_any_order<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    let sent: Vec<_> = (0..200).map(frame).collect();
    for frame in &sent {
        ends[0].send(to(NODES[1], frame)).unwrap();
    }
    let expected: BTreeSet<_> = sent.iter().map(|frame| (NODES[0], frame.to_vec())).collect();
    assert_eq!(received(&mut ends[1]), expected);
}

fn frames_of_any_class_and_size_are_unaltered<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    let classes = [Class::Safety, Class::Control, Class::State, Class::Bulk];
    for (class, size) in classes.into_iter().zip([0, 1, 1_500, 65_536]) {
        let sent: Arc<[u8]> = (0..size).map(|k| k as u8).collect();
        let outgoing = Outgoing {
            to: Destination::Node(NODES[1]),
            class,
            frame: sent.clone(),
        };
        ends[0].send(outgoing).unwrap();
        assert_eq!(received(&mut ends[1]), one(NODES[0], &sent));
    }
}

/// Holds for a transport that loses, too.
pub(crate) fn nothing_is_invented<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    assert!(
        ends.iter_mut().all(|end| received(end).is_empty()),
        "nothing was sent"
    );
    let sent: Vec<_> = (0..50).map(frame).collect();
    for frame in &sent {
        // A transport that is full says so.
        let _ = ends[0].send(to(NODES[1], frame));
        let _ = ends[0].send(to_all(frame));
        let _ = ends[0].send(to_near(frame));
    }
    let expected: BTreeSet<_> = sent.iter().map(|frame| (NODES[0], frame.to_vec())).collect();
    assert!(ends[1..].iter_mut().all(|end| received(end).is_subset(&expected)));
    assert!(received(&mut ends[0]).is_empty());
}
