//! Zenoh sessions on this machine, over TCP, on ports that nobody uses.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

use fleet_zenoh::{FleetId, ZenohSettings};
use zenoh::Session;

#[path = "../shared/waiting.rs"]
mod waiting;
#[allow(unused_imports)] // not all tests wait for both
pub(crate) use waiting::{LONG, until};

/// A session that listens, and the endpoint to connect to.
pub(crate) fn listening(connect: &[String]) -> (Session, String) {
    let mut settings = ZenohSettings::default();
    settings.connect = connect.to_vec();
    listening_with(&settings, "tcp")
}

/// A session with these settings that listens.
pub(crate) fn listening_with(settings: &ZenohSettings, protocol: &str) -> (Session, String) {
    for _ in 0..20 {
        let endpoint = format!("{protocol}/127.0.0.1:{}", free_port());
        let mut settings = settings.clone();
        settings.listen.push(endpoint.clone());
        // Somebody else may have taken the port in between.
        if let Ok(session) = settings.open() {
            return (session, endpoint);
        }
    }
    panic!("no port is free");
}

/// A session that only connects.
#[allow(dead_code)]
pub(crate) fn connected(to: &str) -> Session {
    let mut settings = ZenohSettings::default();
    settings.connect.push(to.to_owned());
    settings.open().unwrap()
}

/// Each with a link to each.
#[allow(dead_code)]
pub(crate) fn mesh(sessions: usize) -> Vec<Session> {
    let mut endpoints = Vec::new();
    (0..sessions)
        .map(|_| {
            let (session, endpoint) = listening(&endpoints);
            endpoints.push(endpoint);
            session
        })
        .collect()
}

/// A name that no fleet of this test has.
#[allow(dead_code)]
pub(crate) fn new_fleet() -> FleetId {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("fleet-{number}").parse().unwrap()
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
