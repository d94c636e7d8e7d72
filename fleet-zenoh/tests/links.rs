//! Links that fall silent, and come back.

mod loopback;
#[path = "loopback/relay.rs"]
mod relay;

use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Outgoing, Transport};
use fleet_zenoh::{Arrivals, Seat, ZenohTransport};
use loopback::{LONG, connected, listening, new_fleet, until};
use relay::Relay;
use zenoh::Session;

const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);

/// `A` over the relay to `B`, once they hear each other.
fn ends() -> (ZenohTransport, ZenohTransport, Relay, [Session; 2]) {
    let ((right, endpoint), fleet) = (listening(&[]), new_fleet());
    let relay = Relay::new(&endpoint);
    let left = connected(relay.endpoint());
    let mut a = ZenohTransport::join(&left, Seat::node(fleet.clone(), A)).unwrap();
    let mut b = ZenohTransport::join(&right, Seat::node(fleet, B)).unwrap();
    until("they hear each other", || {
        a.is_heard(Destination::Node(B)) && b.is_heard(Destination::Node(A))
    });
    (a, b, relay, [left, right])
}

fn to_b(class: Class, bytes: usize) -> Outgoing {
    Outgoing {
        to: Destination::Node(B),
        class,
        frame: vec![7; bytes].into(),
    }
}

#[test]
fn a_silent_link_is_noticed_after_its_lease_and_comes_back() {
    let (mut a, mut b, relay, _sessions) = ends();
    relay.set_open(false);
    let silent = Instant::now();
    until("it is noticed", || !a.is_heard(Destination::Node(B)));
    assert!(
        silent.elapsed() < Duration::from_secs(4),
        "{:?}",
        silent.elapsed()
    );
    relay.set_open(true);
    until("it is back", || a.is_heard(Destination::Node(B)));
    until("a frame gets through", || {
        a.send(to_b(Class::Control, 10)).unwrap();
        b.recv_timeout(Duration::from_millis(10)).is_some()
    });
}

#[test]
fn a_link_that_moves_nothing_keeps_nobody_waiting() {
    let (mut a, mut b, relay, _sessions) = ends();
    relay.set_open(false);
    // More than all buffers on the way hold, short and long.
    let mut slowest = Duration::ZERO;
    for k in 0..20_000 {
        let class = if k % 2 == 0 { Class::Bulk } else { Class::Control };
        let bytes = if k % 8 < 2 { 60_000 } else { 1_000 };
        let start = Instant::now();
        // That there is no room is an answer, too.
        let _ = a.send(to_b(class, bytes));
        slowest = slowest.max(start.elapsed());
    }
    // Zenoh's own times of waiting for a link that is full are seconds.
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    assert_eq!(a.send(to_b(Class::Safety, 10)), Ok(()));

    relay.set_open(true);
    let stop: Arc<[u8]> = [1, 2, 3].into();
    let safety = |frame: &Arc<[u8]>| Outgoing {
        frame: frame.clone(),
        ..to_b(Class::Safety, 0)
    };
    let end = Instant::now() + LONG;
    loop {
        assert!(Instant::now() < end, "nothing urgent gets through");
        a.send(safety(&stop)).unwrap();
        if let Some(incoming) = b.recv_timeout(Duration::from_millis(10))
            && incoming.frame == stop
        {
            break;
        }
    }
}
