//! Who has a link, and what a coordinator makes of one that has ended.

mod loopback;
#[path = "loopback/relay.rs"]
mod relay;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use fleet_core::drive::Driver;
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Node, NodeId};
use fleet_zenoh::{Change, Presence, Runner, Seat, ZenohTransport, monotonic};
use loopback::{LONG, connected, listening, mesh, new_fleet, until};
use relay::Relay;
use zenoh::Session;

const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);
const C: NodeId = NodeId::from_u128(0xc);

/// Those who have a link, as is told.
type There = Arc<Mutex<BTreeSet<NodeId>>>;

fn watch(session: &Session, fleet: &fleet_zenoh::FleetId) -> (Presence, There) {
    let there = There::default();
    let seen = there.clone();
    let presence = Presence::watch(session, fleet, move |node, change| {
        let mut there = seen.lock().unwrap();
        match change {
            Change::Linked => there.insert(node),
            Change::Gone => there.remove(&node),
        };
    });
    (presence.unwrap(), there)
}

fn is(there: &There, nodes: &[NodeId]) -> bool {
    *there.lock().unwrap() == nodes.iter().copied().collect()
}

#[test]
fn who_comes_late_is_told_who_is_there_and_who_leaves_is_gone() {
    let (sessions, fleet) = (mesh(2), new_fleet());
    let left = ZenohTransport::join(&sessions[0], Seat::node(fleet.clone(), A)).unwrap();
    let (_early, early) = watch(&sessions[1], &fleet);
    let _other = ZenohTransport::join(&sessions[0], Seat::node(new_fleet(), C)).unwrap();
    let right = ZenohTransport::join(&sessions[1], Seat::node(fleet.clone(), B)).unwrap();
    let (_late, late) = watch(&sessions[0], &fleet);
    for there in [&early, &late] {
        until("all are there", || is(there, &[A, B]));
    }
    drop(left);
    for there in [&early, &late] {
        until("one is gone", || is(there, &[B]));
    }
    drop(right);
    until("all are gone", || is(&early, &[]));
}

#[test]
fn whose_link_is_silent_is_gone_after_its_lease_and_comes_back() {
    let ((right, endpoint), fleet) = (listening(&[]), new_fleet());
    let relay = Relay::new(&endpoint);
    let left = connected(relay.endpoint());
    let _far = ZenohTransport::join(&left, Seat::node(fleet.clone(), A)).unwrap();
    let (_presence, there) = watch(&right, &fleet);
    until("it is there", || is(&there, &[A]));
    relay.set_open(false);
    until("it is gone", || is(&there, &[]));
    relay.set_open(true);
    until("it is there again", || is(&there, &[A]));
}

#[test]
fn the_next_witness_leads_as_soon_as_the_link_to_the_first_has_ended() {
    let ((first, endpoint), fleet) = (listening(&[]), new_fleet());
    let relay = Relay::new(&endpoint);
    let (second, endpoint) = listening(&[relay.endpoint().to_owned()]);
    let (third, _) = listening(&[relay.endpoint().to_owned(), endpoint]);
    let mut config = Config::new(A);
    config.witnesses = vec![A, B, C];
    // Without the hint nobody would follow before the test is over.
    config.suspicion = LONG * 100;
    config.degrade = config.suspicion;
    let mut runners = Vec::new();
    for (session, id) in [(&first, A), (&second, B), (&third, C)] {
        let transport = ZenohTransport::join(session, Seat::node(fleet.clone(), id)).unwrap();
        let node = Node::coordinator(config.clone(), id, 1).unwrap();
        let runner = Runner::spawn(Driver::new(node, transport), Euclidean, monotonic(), |_, _| {});
        let runner = runner.unwrap();
        let presence = Presence::hint(session, &fleet, runner.handle()).unwrap();
        runners.push((runner, presence));
    }
    let leads = |k: usize| {
        let (runner, _) = &runners[k];
        let leads = runner.handle().ask(|turn| turn.node.leads(turn.now));
        leads.wait(LONG).unwrap()
    };
    let watching = [&second, &third].map(|session| watch(session, &fleet));
    until("the first leads, and all know of all", || {
        let known = watching.iter().all(|(_, there)| is(there, &[A, B, C]));
        known && leads(0) && !leads(1) && !leads(2)
    });
    // Silent and not closed: nothing that it has said arrives after its token has gone.
    relay.set_open(false);
    until("the second leads", || leads(1) && !leads(2));
}
