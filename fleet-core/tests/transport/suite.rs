//! The suite, which the tests of other transports use as well. It knows nothing of how ends are made: give it something
//! that makes one for each of some nodes, all of them robots, on one network. An end may lose nothing in [`all`], but may
//! repeat, delay, and reorder. Over a network that takes time let each call of `recv` in vain take a millisecond or so.

use std::collections::BTreeSet;
use std::sync::Arc;

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Incoming, Outgoing, Transport};

/// Calls of `recv` in vain after which nothing more is expected.
const PATIENCE: usize = 100;
/// Calls of `recv` in vain after which what was sent is taken for lost.
const HOPE: usize = 20_000;

const NODES: [NodeId; 3] = [NodeId::from_u128(1), NodeId::from_u128(2), NodeId::from_u128(3)];

pub(crate) fn all<T: Transport>(make: impl Fn(&[NodeId]) -> Vec<T>) {
    a_frame_reaches_whom_it_is_for(&make);
    a_broadcast_reaches_all_but_its_sender(&make);
    what_is_for_those_in_reach_does_not_come_back(&make);
    the_sender_is_known_without_being_told(&make);
    many_frames_arrive_in_any_order(&make);
    frames_of_any_class_and_size_are_unaltered(&make);
    all_of_many_nodes_hear_each_other(&make);
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

type Received = BTreeSet<(NodeId, Vec<u8>)>;

/// All that arrives, without repetitions. That `expected` arrives is waited for; more that follows soon is found.
fn received<T: Transport>(end: &mut T, expected: &Received) -> Received {
    let (mut all, mut vain) = (BTreeSet::new(), 0);
    while vain < PATIENCE || (vain < HOPE && !expected.is_subset(&all)) {
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

/// Each end receives just this.
fn expect<T: Transport>(ends: &mut [T], expected: &[Received]) {
    for (end, expected) in ends.iter_mut().zip(expected) {
        assert_eq!(received(end, expected), *expected);
    }
}

fn nothing() -> Received {
    BTreeSet::new()
}

fn one(from: NodeId, frame: &Arc<[u8]>) -> Received {
    [(from, frame.to_vec())].into()
}

fn a_frame_reaches_whom_it_is_for<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(1));
    ends[0].send(to(NODES[1], &sent)).unwrap();
    expect(&mut ends, &[nothing(), one(NODES[0], &sent), nothing()]);
}

fn a_broadcast_reaches_all_but_its_sender<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(2));
    ends[0].send(to_all(&sent)).unwrap();
    let there = one(NODES[0], &sent);
    expect(&mut ends, &[nothing(), there.clone(), there]);
}

/// Who is in reach is the network's affair: whoever hears it hears what was sent, and from whom.
fn what_is_for_those_in_reach_does_not_come_back<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(4));
    ends[0].send(to_near(&sent)).unwrap();
    assert!(received(&mut ends[0], &nothing()).is_empty());
    let there = one(NODES[0], &sent);
    assert!(
        ends[1..]
            .iter_mut()
            .all(|end| received(end, &nothing()).is_subset(&there))
    );
}

fn the_sender_is_known_without_being_told<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let (mut ends, sent) = (make(&NODES), frame(3));
    ends[0].send(to(NODES[2], &sent)).unwrap();
    ends[1].send(to(NODES[2], &sent)).unwrap();
    let both = [0, 1].map(|k| (NODES[k], sent.to_vec())).into();
    expect(&mut ends[2..], &[both]);
}

fn many_frames_arrive_in_any_order<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    let sent: Vec<_> = (0..200).map(frame).collect();
    for frame in &sent {
        ends[0].send(to(NODES[1], frame)).unwrap();
    }
    let expected = sent.iter().map(|frame| (NODES[0], frame.to_vec())).collect();
    expect(&mut ends[1..2], &[expected]);
}

fn frames_of_any_class_and_size_are_unaltered<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    let classes = [Class::Safety, Class::Control, Class::State, Class::Bulk];
    let sizes = [0, 1, 1_500, 65_536];
    for (class, size) in classes.iter().flat_map(|class| sizes.map(|size| (*class, size))) {
        let sent: Arc<[u8]> = (0..size).map(|k| k as u8).collect();
        let outgoing = Outgoing {
            to: Destination::Node(NODES[1]),
            class,
            frame: sent.clone(),
        };
        ends[0].send(outgoing).unwrap();
        expect(&mut ends[1..2], &[one(NODES[0], &sent)]);
    }
}

/// Each writes to each, and all to all.
fn all_of_many_nodes_hear_each_other<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let nodes: Vec<NodeId> = (1..=8).map(NodeId::from_u128).collect();
    let mut ends = make(&nodes);
    let letter = |from: usize, to: usize| frame((from * nodes.len() + to) as u32);
    let call = frame(1_000);
    for (from, end) in ends.iter_mut().enumerate() {
        for (k, node) in nodes.iter().enumerate().filter(|(k, _)| *k != from) {
            end.send(to(*node, &letter(from, k))).unwrap();
        }
        end.send(to_all(&call)).unwrap();
    }
    let expected: Vec<Received> = (0..nodes.len())
        .map(|to| {
            let others = (0..nodes.len()).filter(|from| *from != to);
            others
                .flat_map(|from| [letter(from, to), call.clone()].map(|frame| (nodes[from], frame.to_vec())))
                .collect()
        })
        .collect();
    expect(&mut ends, &expected);
}

/// Holds for a transport that loses, too.
pub(crate) fn nothing_is_invented<T: Transport>(make: &impl Fn(&[NodeId]) -> Vec<T>) {
    let mut ends = make(&NODES);
    assert!(
        ends.iter_mut().all(|end| received(end, &nothing()).is_empty()),
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
    assert!(
        ends[1..]
            .iter_mut()
            .all(|end| received(end, &nothing()).is_subset(&expected))
    );
    assert!(received(&mut ends[0], &nothing()).is_empty());
}
