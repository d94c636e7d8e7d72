//! What is refused over TLS, and leaves its line in the audit. All sessions are real; those that attack do not keep to any
//! rules themselves.
#![cfg(feature = "tls")]

#[allow(dead_code)]
mod loopback;
mod secure;

use std::fs;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use fleet_core::NodeId;
use fleet_core::transport::Transport;
use fleet_zenoh::audit::{Audit, Keep, Watch};
use fleet_zenoh::certs::{Request, Role};
use fleet_zenoh::{Arrivals, Seat, ZenohSettings, ZenohTransport};
use loopback::{LONG, until};
use secure::{Fleet, now};
use serde_json::Value;
use zenoh::{Session, Wait};

const CHIEF: NodeId = NodeId::from_u128(0xc0);
const A: NodeId = NodeId::from_u128(0xa);
const B: NodeId = NodeId::from_u128(0xb);
const REVOKED: NodeId = NodeId::from_u128(0xd);
const EXPIRED: NodeId = NodeId::from_u128(0xe);
const ELSEWHERE: NodeId = NodeId::from_u128(0xf);
const SHORT: NodeId = NodeId::from_u128(0x5);
const MINUTE: Duration = Duration::from_secs(60);

/// A fleet with one orchestrator, which all tests of this file attack, each as somebody else.
struct World {
    fleet: Mutex<Fleet>,
    chief: Session,
    endpoint: String,
    transport: Mutex<ZenohTransport>,
    audit: Audit,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut fleet = Fleet::new("blue");
    for node in [CHIEF, A, B, REVOKED] {
        let role = if node == CHIEF {
            Role::Orchestrator
        } else {
            Role::Robot
        };
        fleet.issue(role, &node.to_string());
    }
    fleet.issue_for(Role::Robot, &ELSEWHERE.to_string(), &["elsewhere"]);
    fleet.issue(Role::Operator, "anna");
    fleet.issue(Role::Observer, "eve");
    let mut request = Request::new(Role::Robot, &EXPIRED.to_string());
    request.validity = Some(MINUTE);
    let into = fleet.folder.path(&EXPIRED.to_string());
    fleet
        .authority
        .issue(&request, now() - 2 * MINUTE, &into)
        .unwrap();
    fleet
        .authority
        .revoke(&format!("robot.{REVOKED}"), now())
        .unwrap();

    let audit = Audit::open(&fleet.folder.path("audit.jsonl"), Keep::default()).unwrap();
    let access = fleet.authority.access(now());
    Watch::new(audit.clone(), access, now).install().unwrap();
    let (chief, endpoint) = fleet.listening(&CHIEF.to_string());
    let seat = Seat::node("blue".parse().unwrap(), CHIEF);
    let transport = ZenohTransport::join(&chief, seat).unwrap();
    chief
        .declare_queryable("fleet/blue/ask/**")
        .callback(|query| query.reply(query.key_expr().clone(), "done").wait().unwrap())
        .background()
        .wait()
        .unwrap();
    World {
        fleet: Mutex::new(fleet),
        chief,
        endpoint,
        transport: Mutex::new(transport),
        audit,
    }
});

impl World {
    fn lawless(&self, id: impl ToString) -> Session {
        let fleet = self.fleet.lock().unwrap();
        fleet.lawless(&id.to_string(), &self.endpoint)
    }

    fn is_linked(&self, session: &Session) -> bool {
        let peers = self.chief.info().peers_zid().wait();
        peers.into_iter().any(|zid| zid == session.zid())
    }

    /// Waits for a line in which something was refused.
    fn line(&self, who: &str, what: &str, why: &str) {
        let path = self.fleet.lock().unwrap().folder.path("audit.jsonl");
        let has = |line: &Value, field: &str, part: &str| line[field].as_str().unwrap_or("").contains(part);
        let mut lines = Vec::new();
        let end = std::time::Instant::now() + LONG;
        while !lines.iter().any(|line| {
            has(line, "who", who)
                && has(line, "what", what)
                && has(line, "why", why)
                && line["allowed"] == false
        }) {
            assert!(
                std::time::Instant::now() < end,
                "no line of {who}, {what}, {why}: {lines:#?}"
            );
            self.audit.flush(LONG).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let written = text.rfind('\n').unwrap_or(0); // the last line may be half there
            lines = text[..written]
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
        }
    }
}

fn answers(session: &Session, key: &str) -> usize {
    let answers = session.get(key).wait().unwrap();
    answers
        .into_iter()
        .filter(|answer| answer.result().is_ok())
        .count()
}

#[test]
fn a_robot_that_speaks_as_another_is_not_heard() {
    let world = &*WORLD;
    let robot = world.lawless(A);
    until("it is linked", || world.is_linked(&robot));
    let put = |key: &str, text: &str| robot.put(format!("fleet/blue/{key}"), text).wait().unwrap();
    let mut transport = world.transport.lock().unwrap();
    while transport.recv().is_some() {}
    // Until the link works nothing leaves; then the second of the two comes.
    until("it is heard as itself", || {
        put(&format!("node/{CHIEF}/control/{B}/*"), "forged");
        put(&format!("near/state/{B}/*"), "forged");
        put(&format!("node/{CHIEF}/control/{A}/*"), "own");
        let incoming = transport.recv_timeout(Duration::from_millis(20));
        incoming.is_some_and(|incoming| {
            assert_eq!((incoming.from, &incoming.frame[..]), (A, &b"own"[..]));
            true
        })
    });
    let who = format!("robot.{A}.");
    world.line(&who, "put", &format!("fleet/blue/node/{CHIEF}/control/{B}"));
    world.line(&who, "put", &format!("fleet/blue/near/state/{B}"));
}

#[test]
fn nobody_is_alive_tells_news_or_probes_under_anothers_name() {
    let world = &*WORLD;
    let fleet = world.fleet.lock().unwrap();
    let robot = fleet.lawless(&B.to_string(), &world.endpoint);
    drop(fleet);
    let seen = world
        .chief
        .liveliness()
        .declare_subscriber("fleet/blue/alive/**")
        .history(true)
        .wait()
        .unwrap();
    let listen = |keys: String| world.chief.declare_subscriber(keys).wait().unwrap();
    let news = listen("fleet/blue/news/**".to_owned());
    let probes = listen(format!("fleet/blue/probe/{CHIEF}/**"));
    let alive = |node: NodeId| format!("fleet/blue/alive/{node}/*");
    let token = |node: NodeId| robot.liveliness().declare_token(alive(node)).wait().unwrap();
    let (_forged, _own) = (token(EXPIRED), token(B));
    until("it is seen as itself", || {
        let seen = seen.recv_timeout(LONG).unwrap().expect("somebody is alive");
        let key = seen.key_expr().as_str();
        assert_ne!(key, alive(EXPIRED));
        key == alive(B) // others of this world are alive too
    });
    for (heard, keys) in [
        (news, "fleet/blue/news/task".to_owned()),
        (probes, format!("fleet/blue/probe/{CHIEF}")),
    ] {
        until("what it says as itself is heard", || {
            for node in [EXPIRED, B] {
                robot.put(format!("{keys}/{node}/*"), "says").wait().unwrap();
            }
            heard
                .recv_timeout(Duration::from_millis(20))
                .unwrap()
                .is_some_and(|sample| {
                    assert_eq!(sample.key_expr().as_str(), format!("{keys}/{B}/*"));
                    true
                })
        });
    }
    let who = format!("robot.{B}.");
    world.line(&who, "liveliness token", &EXPIRED.to_string());
    world.line(&who, "put", &format!("news/task/{EXPIRED}"));
    world.line(&who, "put", &format!("probe/{CHIEF}/{EXPIRED}"));
    // Robots ask nothing.
    assert_eq!(answers(&robot, &format!("fleet/blue/ask/list/{B}")), 0);
}

#[test]
fn an_observer_that_submits_and_an_operator_under_another_name_get_no_answer() {
    let world = &*WORLD;
    let (anna, eve) = (world.lawless("anna"), world.lawless("eve"));
    until("eve is answered", || {
        answers(&eve, "fleet/blue/ask/list/eve") == 1
    });
    until("anna is answered", || {
        answers(&anna, "fleet/blue/ask/submit/anna") == 1
    });
    for verb in ["submit", "cancel", "drain"] {
        let key = format!("fleet/blue/ask/{verb}/eve");
        assert_eq!(answers(&eve, &key), 0, "{verb}");
        world.line("observer.eve.", "query", &key);
    }
    assert_eq!(answers(&anna, "fleet/blue/ask/submit/eve"), 0);
    world.line("operator.anna.", "query", "fleet/blue/ask/submit/eve");
    assert_eq!(answers(&anna, "fleet/blue/ask/erase/anna"), 0);

    // Nor does it hear what is not for it.
    let _ear = eve.declare_subscriber("fleet/blue/node/**").wait().unwrap();
    world.line("observer.eve.", "declare subscriber", "fleet/blue/node/**");
}

#[test]
fn a_revoked_certificate_makes_a_link_over_which_nothing_passes() {
    let world = &*WORLD;
    let revoked = world.lawless(REVOKED);
    until("it is linked", || world.is_linked(&revoked));
    world.line(&format!("robot.{REVOKED}."), "link", "not in the list");
    world.line(&revoked.zid().to_string(), "link", "nothing is allowed");
    let mut transport = world.transport.lock().unwrap();
    revoked
        .put(format!("fleet/blue/near/control/{REVOKED}/*"), "frame")
        .wait()
        .unwrap();
    assert_eq!(
        answers(&revoked, &format!("fleet/blue/ask/list/{REVOKED}")),
        0,
        "it does not even know that somebody answers"
    );
    // What was sent before the end has come before it.
    revoked.close().wait().unwrap();
    until("it is gone", || !world.is_linked(&revoked));
    while let Some(incoming) = transport.recv() {
        assert_ne!(incoming.from, REVOKED);
    }
}

#[test]
fn expired_foreign_and_missing_certificates_make_no_link() {
    let world = &*WORLD;
    let expired = world.lawless(EXPIRED);
    world.line("unknown", "link", "certificate expired");
    world.line(&world.endpoint, "link", "CertificateExpired");

    // Of another authority, for the same name. It trusts that of the fleet.
    let mut red = Fleet::new("blue");
    red.issue(Role::Robot, &A.to_string());
    let mut settings = red.settings(&A.to_string());
    settings.connect.push(world.endpoint.clone());
    let root = world.fleet.lock().unwrap().tls(&A.to_string()).authority;
    let open = |mtls: bool| {
        let mut config = settings.config().unwrap();
        let file = format!("{:?}", root.display().to_string());
        config
            .insert_json5("transport/link/tls/root_ca_certificate", &file)
            .unwrap();
        config
            .insert_json5("transport/link/tls/enable_mtls", &mtls.to_string())
            .unwrap();
        zenoh::open(config).wait().unwrap()
    };
    let foreign = open(true);
    world.line("unknown", "link", "UnknownIssuer");
    let nobody = open(false);
    world.line("unknown", "link", "no certificates");
    for session in [&expired, &foreign, &nobody] {
        assert!(!world.is_linked(session));
    }
}

#[test]
fn who_answers_under_another_name_is_not_connected_to() {
    let world = &*WORLD;
    let fleet = world.fleet.lock().unwrap();
    let (elsewhere, endpoint) = fleet.listening(&ELSEWHERE.to_string());
    let session = fleet.connected(&B.to_string(), &endpoint);
    drop(fleet);
    world.line(&endpoint, "link", "not valid for name");
    assert_eq!(elsewhere.info().peers_zid().wait().count(), 0);
    drop(session);
}

#[test]
fn a_link_ends_when_the_certificate_at_its_other_end_expires() {
    let world = &*WORLD;
    let mut fleet = world.fleet.lock().unwrap();
    let mut request = Request::new(Role::Robot, &SHORT.to_string());
    request.validity = Some(MINUTE);
    let into = fleet.folder.path(&SHORT.to_string());
    let left = Duration::from_secs(5);
    fleet
        .authority
        .issue(&request, now() + left - MINUTE, &into)
        .unwrap();
    let session = fleet.lawless(&SHORT.to_string(), &world.endpoint);
    drop(fleet);
    until("it is linked", || world.is_linked(&session));
    until("it is gone", || !world.is_linked(&session));
    world.line("", "link", "remote certificate chain expired");
}

#[test]
fn without_certificates_nobody_gets_in() {
    let world = &*WORLD;
    let mut open = ZenohSettings::default();
    open.connect.push(world.endpoint.replace("tls/", "tcp/"));
    let session = open.open().unwrap();
    world.line("unknown", "link", "corrupt message");
    assert!(!world.is_linked(&session));
}
