//! What every transport must do, over those of this crate.

#[path = "transport/faulty.rs"]
mod faulty;
#[path = "transport/suite.rs"]
mod suite;

use std::sync::Arc;

use fleet_core::NodeId;
use fleet_core::transport::{Destination, MemoryNetwork, MemoryTransport, Outgoing, SendError, Transport};

use faulty::Faulty;
use suite::{frame, to};

/// Ends at which these nodes sit.
fn memory(nodes: &[NodeId]) -> Vec<MemoryTransport> {
    let network = MemoryNetwork::new();
    nodes.iter().map(|node| network.join(*node)).collect()
}

#[test]
fn the_memory_network_does_what_every_transport_must() {
    suite::all(memory);
}

#[test]
fn on_the_memory_network_all_are_in_reach() {
    let mut ends = memory(&[1, 2, 3].map(NodeId::from_u128));
    let near = Outgoing {
        to: Destination::Near,
        ..to(NodeId::from_u128(1), &frame(1))
    };
    ends[0].send(near).unwrap();
    let heard = ends.iter_mut().map(|end| end.recv().is_some());
    assert_eq!(heard.collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_transport_that_repeats_and_reorders_is_a_transport_all_the_same() {
    for seed in 0..50 {
        suite::all(|nodes| {
            memory(nodes)
                .into_iter()
                .map(|end| Faulty::new(end, seed, 0.0))
                .collect()
        });
    }
}

#[test]
fn a_transport_that_loses_invents_nothing() {
    for seed in 0..50 {
        suite::nothing_is_invented(&|nodes| {
            memory(nodes)
                .into_iter()
                .map(|end| Faulty::new(end, seed, 0.5))
                .collect::<Vec<_>>()
        });
    }
}

#[test]
fn a_queue_that_nobody_reads_is_bounded() {
    let (a, b) = (NodeId::from_u128(1), NodeId::from_u128(2));
    let mut ends = memory(&[a, b]);
    let bytes: Arc<[u8]> = [0; 16].into();
    let taken = (0..1_000_000).position(|_| ends[0].send(to(b, &bytes)) == Err(SendError::Full));
    let taken = taken.expect("it is refused at some time");
    assert_eq!(ends[0].send(to(b, &bytes)), Err(SendError::Full));
    // Reading makes room again.
    assert_eq!(ends[1].recv().unwrap().frame, bytes);
    assert_eq!(ends[0].send(to(b, &bytes)), Ok(()));
    assert_eq!(std::iter::from_fn(|| ends[1].recv()).count(), taken);
}

#[test]
fn a_frame_to_nobody_is_no_error() {
    let mut ends = memory(&[NodeId::from_u128(1)]);
    assert_eq!(ends[0].send(to(NodeId::from_u128(77), &frame(1))), Ok(()));
}
