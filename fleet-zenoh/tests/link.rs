//! Links measured over real sessions.

mod loopback;

use std::time::Duration;

use fleet_core::NodeId;
use fleet_core::pattern::LinkBudget;
use fleet_core::transport::{Class, Destination, Outgoing, Transport};
use fleet_zenoh::link::{LinkReport, LinkSettings, Links, Metered, Shortfall, worst};
use fleet_zenoh::{FleetId, Seat, ZenohTransport};
use loopback::{LONG, connected, listening, new_fleet, until};
use zenoh::{Session, Wait};

const A: NodeId = NodeId::from_u128(1);
const B: NodeId = NodeId::from_u128(2);

fn quick() -> LinkSettings {
    let mut settings = LinkSettings::default();
    (settings.interval, settings.timeout) = (Duration::from_millis(20), Duration::from_millis(500));
    settings
}

fn links(session: &Session, fleet: &FleetId, node: NodeId) -> Links {
    Links::start(session, fleet.clone(), node, quick()).unwrap()
}

fn report(links: &Links) -> LinkReport {
    links.reports()[0]
}

#[test]
fn two_nodes_measure_the_link_between_them() {
    let ((center, endpoint), fleet) = (listening(&[]), new_fleet());
    let (a, b) = (links(&center, &fleet, A), links(&connected(&endpoint), &fleet, B));
    assert!(a.watch(B) && b.watch(A));
    for links in [&a, &b] {
        until("all of the last probes were answered", || {
            let report = report(links);
            report.probes >= 16 && report.loss == 0.0
        });
        let report = report(links);
        assert!(
            report.round_trip.is_some_and(|round_trip| round_trip < LONG),
            "{report:?}"
        );
        assert!(report.longest >= report.round_trip && worst(&[report], 1e-9).is_some());
    }
}

#[test]
fn a_node_that_is_gone_is_missed() {
    let ((center, endpoint), fleet) = (listening(&[]), new_fleet());
    let (a, b) = (links(&center, &fleet, A), links(&connected(&endpoint), &fleet, B));
    a.watch(B);
    until("it is there", || {
        report(&a).probes > 0 && report(&a).round_trip.is_some()
    });
    drop(b);
    let assumed = LinkBudget {
        outage: Duration::from_millis(300),
        ..LinkBudget::SITE
    };
    until("it is missed", || {
        report(&a).shortfall(&assumed) == Some(Shortfall::Silent)
    });
    until("probes are lost", || report(&a).loss > 0.0);
}

#[test]
fn other_fleets_and_damaged_probes_change_nothing() {
    let ((center, endpoint), fleet) = (listening(&[]), new_fleet());
    let a = links(&center, &fleet, A);
    let other = connected(&endpoint);
    let _b = links(&other, &new_fleet(), B);
    a.watch(B);
    for key in [
        format!("fleet/{fleet}/probe/{A}/{B}/*"),
        format!("fleet/{fleet}/probe/{A}/nobody/*"),
    ] {
        for bytes in [&b""[..], &[1, 1, 1, 0, 0], &[9; 6], &[0; 1_000]] {
            other.put(key.as_str(), bytes).wait().unwrap();
        }
    }
    until("probes are lost", || report(&a).probes > 4);
    assert_eq!((report(&a).loss, report(&a).round_trip), (1.0, None));
}

#[test]
fn what_a_transport_receives_is_counted() {
    let ((center, endpoint), fleet) = (listening(&[]), new_fleet());
    let a = links(&center, &fleet, A);
    a.watch(B);
    let transport = ZenohTransport::join(&center, Seat::node(fleet.clone(), A)).unwrap();
    let mut transport = Metered::new(transport, a.meter());
    let mut other = ZenohTransport::join(&connected(&endpoint), Seat::node(fleet, B)).unwrap();
    until("some bytes are counted", || {
        let (to, frame) = (Destination::Node(A), [0; 1_000].into());
        other
            .send(Outgoing {
                to,
                class: Class::State,
                frame,
            })
            .unwrap();
        while transport.recv().is_some() {}
        report(&a).bytes_per_second >= 1_000.0
    });
}
