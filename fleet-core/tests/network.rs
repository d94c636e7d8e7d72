//! The simulated network: who hears whom, who passes on for whom, and how links fade.

#[path = "network/fading.rs"]
mod fading;
#[path = "network/fleet.rs"]
mod fleet;
#[path = "network/hops.rs"]
mod hops;
#[path = "network/sites.rs"]
mod sites;

use std::time::Duration;

use fleet_core::sim::{Faults, Network, Topology};
use fleet_core::transport::Destination;
use fleet_core::{NodeId, Time};

/// What each hop takes.
const HOP: Duration = Duration::from_millis(5);

/// The node that joins as number `k`.
fn node(k: usize) -> NodeId {
    NodeId::from_u128(1 + k as u128)
}

fn to(k: usize) -> Destination {
    Destination::Node(node(k))
}

fn steady() -> Faults {
    Faults {
        delay_min: HOP,
        delay_max: HOP,
        ..Faults::default()
    }
}

/// So many nodes, that are nowhere.
fn joined(mut network: Network, nodes: usize) -> Network {
    (0..nodes).for_each(|k| network.join(node(k)));
    network.look(Time::ZERO, &vec![None; nodes]);
    network
}

fn network(topology: Topology, nodes: usize) -> Network {
    joined(Network::new(steady(), topology, 1), nodes)
}
