//! What certificates and rules cost: the median round trip of a frame of 64 bytes between a robot and an orchestrator,
//! and how long a session takes to open.
//!
//! `cargo bench -p fleet-zenoh --features tls --bench security`

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fleet_core::transport::{Class, Destination, Outgoing, Transport};
use fleet_core::{NodeId, UtcTime};
use fleet_zenoh::audit::{Audit, Keep, Watch};
use fleet_zenoh::certs::{Authority, Identity, Request, Role};
use fleet_zenoh::{Access, Arrivals, Seat, Tls, ZenohSettings, ZenohTransport};
use zenoh::{Config, Session, Wait};

const ROUNDS: usize = 5_000;
const LONG: Duration = Duration::from_secs(10);
const CHIEF: NodeId = NodeId::from_u128(0xc0);
const ROBOT: NodeId = NodeId::from_u128(1);

fn now() -> UtcTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UtcTime::from_micros(since.as_micros() as i64)
}

fn open(config: Config) -> (Session, Duration) {
    let start = Instant::now();
    let session = zenoh::open(config).wait().unwrap();
    (session, start.elapsed())
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A fleet of one robot and one orchestrator with certificates, and others who are only named in the list.
struct Fleet {
    folder: PathBuf,
    access: Access,
}

impl Fleet {
    fn new(folder: &Path, others: u128) -> Self {
        let mut authority =
            Authority::init(&folder.join("authority"), &"bench".parse().unwrap(), now()).unwrap();
        for (role, node) in [(Role::Orchestrator, CHIEF), (Role::Robot, ROBOT)] {
            let mut request = Request::new(role, &node.to_string());
            request.hosts = vec!["127.0.0.1".into()];
            authority
                .issue(&request, now(), &folder.join(node.to_string()))
                .unwrap();
        }
        let others = (0..others).map(|k| {
            let node = NodeId::from_u128((1 << 64) + k).to_string();
            Identity::new(Role::Robot, &node, 1).unwrap()
        });
        let live: Vec<_> = authority.access(now()).live().cloned().chain(others).collect();
        Fleet {
            access: Access::new("bench".parse().unwrap(), live),
            folder: folder.to_owned(),
        }
    }

    fn settings(&self, node: NodeId) -> ZenohSettings {
        let file = |name: &str| self.folder.join(node.to_string()).join(name);
        let (certificate, key, root) = (file("node.pem"), file("node.key"), file("authority.pem"));
        let mut settings = ZenohSettings::default();
        settings.tls = Some(Tls::new(certificate, key, root, self.access.clone()).unwrap());
        settings
    }
}

/// Prints the median round trip, and how long the orchestrator's session took to open.
fn measure(what: &str, [mut chief, mut robot]: [ZenohSettings; 2], has_rules: bool) {
    let protocol = if chief.tls.is_some() { "tls" } else { "tcp" };
    let endpoint = format!("{protocol}/127.0.0.1:{}", free_port());
    chief.listen.push(endpoint.clone());
    robot.connect.push(endpoint);
    let configs = [chief, robot].map(|settings| {
        let mut config = settings.config().unwrap();
        if !has_rules {
            config
                .insert_json5("access_control", "{ enabled: false }")
                .unwrap();
        }
        config
    });
    let [(center, opened), (edge, _)] = configs.map(open);
    let fleet: fleet_zenoh::FleetId = "bench".parse().unwrap();
    let mut chief = ZenohTransport::join(&center, Seat::node(fleet.clone(), CHIEF)).unwrap();
    let mut robot = ZenohTransport::join(&edge, Seat::robot(fleet, ROBOT.robot())).unwrap();
    while !(chief.is_heard(Destination::Node(ROBOT)) && robot.is_heard(Destination::Node(CHIEF))) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let echo = std::thread::spawn(move || {
        while let Some(incoming) = chief.recv_timeout(LONG) {
            if incoming.frame.is_empty() {
                break;
            }
            chief.send(to(ROBOT, incoming.frame)).unwrap();
        }
    });
    let frame: std::sync::Arc<[u8]> = vec![7; 64].into();
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            robot.send(to(CHIEF, frame.clone())).unwrap();
            black_box(robot.recv_timeout(LONG).unwrap());
            start.elapsed()
        })
        .collect();
    robot.send(to(CHIEF, Vec::new().into())).unwrap();
    echo.join().unwrap();
    times.sort();
    let [half, most] = [ROUNDS / 2, ROUNDS * 99 / 100].map(|at| times[at].as_nanos() as f64 / 1e3);
    println!("{what:<34} median {half:>6.1} us   p99 {most:>6.1} us   open {opened:>8.1?}");
}

fn to(node: NodeId, frame: std::sync::Arc<[u8]>) -> Outgoing {
    Outgoing {
        to: Destination::Node(node),
        class: Class::Control,
        frame,
    }
}

fn main() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{}", std::process::id()));
    let (few, many) = (
        Fleet::new(&folder.join("few"), 49),
        Fleet::new(&folder.join("many"), 499),
    );
    let pair = |fleet: &Fleet| [CHIEF, ROBOT].map(|node| fleet.settings(node));
    for round in 0..3 {
        measure("tcp", [ZenohSettings::default(), ZenohSettings::default()], false);
        measure("tls, no rules", pair(&few), false);
        measure("tls, rules for 50 robots", pair(&few), true);
        measure("tls, rules for 500 robots", pair(&many), true);
        if round == 1 {
            let audit = Audit::open(&folder.join("audit.jsonl"), Keep::default()).unwrap();
            Watch::new(audit, many.access.clone(), now).install().unwrap();
            println!("from here on with a watch");
        }
    }
    for fleet in [&few, &many] {
        let rules: serde_json::Value = serde_json::from_str(&fleet.access.rules()).unwrap();
        let count = |field: &str| rules[field].as_array().unwrap().len();
        let (subjects, rules, bytes) = (count("subjects"), count("rules"), fleet.access.rules().len());
        println!("{subjects} certificates: {rules} rules, {bytes} bytes");
    }
    fs::remove_dir_all(&folder).unwrap();
}
