//! With rules of access, nothing that a fleet says may come under the number of a key alone: Zenoh then looks up what it
//! decided before without the lock that this needs, and the process may crash. All keys end with a wildcard for that.
#![cfg(feature = "tls")]

mod loopback;
mod secure;

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination, Outgoing, Transport};
use fleet_zenoh::certs::Role;
use fleet_zenoh::link::{LinkSettings, Links};
use fleet_zenoh::{Arrivals, FleetId, Mode, Presence, Seat, ZenohTransport};
use loopback::{listening_with, until};
use secure::Fleet;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use zenoh::Wait;

const CHIEF: NodeId = NodeId::from_u128(0xc0);
const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);
const CLASSES: [Class; 4] = [Class::Safety, Class::Control, Class::State, Class::Bulk];

/// What was decided by what was looked up, as Zenoh tells it.
#[derive(Clone, Default)]
struct LookedUp(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for LookedUp {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().ends_with("::access_control") {
            let mut message = Message::default();
            event.record(&mut message);
            if message.0.starts_with("Using cached result") {
                self.0.lock().unwrap().push(message.0);
            }
        }
    }
}

#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            write!(self.0, "{value:?}").unwrap();
        }
    }
}

/// Until a frame of each class, short and long, has come from the first to the second.
fn speak(from: &mut ZenohTransport, to: &mut ZenohTransport, destination: Destination) {
    for class in CLASSES {
        for length in [64, 4_096] {
            let frame: Arc<[u8]> = vec![class as u8; length].into();
            until("it is heard", || {
                let outgoing = Outgoing {
                    to: destination,
                    class,
                    frame: frame.clone(),
                };
                from.send(outgoing).unwrap();
                let heard = to.recv_timeout(Duration::from_millis(50));
                heard.is_some_and(|incoming| incoming.frame == frame)
            });
        }
    }
}

#[test]
fn what_a_fleet_says_is_spelt_out() {
    let looked_up = LookedUp::default();
    let subscriber = tracing_subscriber::registry().with(looked_up.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let mut fleet = Fleet::new("blue");
    fleet.issue(Role::Router, "r");
    fleet.issue(Role::Orchestrator, &CHIEF.to_string());
    fleet.issue(Role::Robot, &A.to_string());
    fleet.issue(Role::Robot, &B.to_string());
    let mut settings = fleet.settings("r");
    settings.mode = Mode::Router;
    let (_router, endpoint) = listening_with(&settings, "tls");
    // One node by the router only, and two that are linked with each other as well.
    let mut settings = fleet.settings(&CHIEF.to_string());
    settings.connect.push(endpoint.clone());
    let (chief, beside) = listening_with(&settings, "tls");
    let a = fleet.connected(&A.to_string(), &beside);
    let mut settings = fleet.settings(&B.to_string());
    settings.mode = Mode::Client;
    settings.connect.push(endpoint.clone());
    let b = settings.open().unwrap();

    let name: FleetId = "blue".parse().unwrap();
    let seats = [
        (&chief, CHIEF, Seat::node(name.clone(), CHIEF)),
        (&a, A, Seat::robot(name.clone(), A.robot())),
        (&b, B, Seat::robot(name.clone(), B.robot())),
    ];
    let there = Arc::new(Mutex::new(Vec::new()));
    let [chief_end, a_end, b_end] = &mut seats.map(|(session, node, seat)| {
        let there = there.clone();
        let presence = Presence::watch(session, &name, move |other, _| {
            there.lock().unwrap().push((node, other));
        });
        let end = ZenohTransport::join(session, seat).unwrap();
        let links = Links::start(session, name.clone(), node, LinkSettings::default());
        (end, presence.unwrap(), links.unwrap())
    });
    for (one, two) in [(CHIEF, A), (CHIEF, B), (A, CHIEF), (B, CHIEF)] {
        until("all are there", || there.lock().unwrap().contains(&(one, two)));
    }
    for ((other, _, with_other), node) in [(a_end, A), (b_end, B)] {
        let (chief, _, with_chief) = &mut *chief_end;
        assert!(with_chief.watch(node) && with_other.watch(CHIEF));
        speak(chief, other, Destination::Node(node));
        speak(other, chief, Destination::Node(CHIEF));
        speak(chief, other, Destination::Robots);
        speak(other, chief, Destination::Near);
        until("it is heard of", || other.is_heard(Destination::Node(CHIEF)));
        until("the link is probed", || {
            let reports = with_other.reports();
            reports.iter().any(|report| report.round_trip.is_some())
        });
    }
    assert_eq!(*looked_up.0.lock().unwrap(), Vec::<String>::new());

    // What is not spelt out is seen here.
    let stranger = fleet.lawless(&A.to_string(), &beside);
    let token = stranger
        .liveliness()
        .declare_token(format!("fleet/blue/alive/{A}"));
    let _token = token.wait().unwrap();
    until("it is looked up", || !looked_up.0.lock().unwrap().is_empty());
}
