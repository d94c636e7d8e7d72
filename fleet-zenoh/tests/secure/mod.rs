//! A fleet with an authority of its own, in a folder that goes when the test is over.

use std::time::{SystemTime, UNIX_EPOCH};

use fleet_core::UtcTime;
use fleet_zenoh::certs::{Authority, Issued, Request, Role};
use fleet_zenoh::{Tls, ZenohSettings};
use zenoh::Session;

#[path = "../shared/folder.rs"]
mod folder;
pub(crate) use folder::Folder;

pub(crate) fn now() -> UtcTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    UtcTime::from_micros(since.as_micros() as i64)
}

/// An authority, and what it has issued.
pub(crate) struct Fleet {
    pub(crate) folder: Folder,
    pub(crate) authority: Authority,
}

#[allow(dead_code)]
impl Fleet {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Folder::new();
        let authority = Authority::init(&folder.path("authority"), &name.parse().unwrap(), now()).unwrap();
        Fleet { folder, authority }
    }

    /// Issued to somebody who can be connected to on this machine, into a folder of that name.
    pub(crate) fn issue(&mut self, role: Role, id: &str) -> Issued {
        self.issue_for(role, id, &["127.0.0.1", "localhost"])
    }

    pub(crate) fn issue_for(&mut self, role: Role, id: &str, hosts: &[&str]) -> Issued {
        let mut request = Request::new(role, id);
        request.hosts = hosts.iter().map(ToString::to_string).collect();
        self.authority
            .issue(&request, now(), &self.folder.path(id))
            .unwrap()
    }

    /// Of that folder, with the list as it is now, though the holder may not be in it.
    pub(crate) fn tls(&self, folder: &str) -> Tls {
        let file = |name: &str| self.folder.path(folder).join(name);
        let access = self.authority.access(now());
        Tls::new(file("node.pem"), file("node.key"), file("authority.pem"), access).unwrap()
    }

    pub(crate) fn settings(&self, folder: &str) -> ZenohSettings {
        let mut settings = ZenohSettings::default();
        settings.tls = Some(self.tls(folder));
        settings
    }

    /// A session that listens, and the endpoint to connect to.
    pub(crate) fn listening(&self, folder: &str) -> (Session, String) {
        super::loopback::listening_with(&self.settings(folder), "tls")
    }

    /// A session that connects to it.
    pub(crate) fn connected(&self, folder: &str, to: &str) -> Session {
        let mut settings = self.settings(folder);
        settings.connect.push(to.to_owned());
        settings.open().unwrap()
    }

    /// The same of one that does not keep to the rules: what it sends and hears is up to the others.
    pub(crate) fn lawless(&self, folder: &str, to: &str) -> Session {
        use zenoh::Wait;
        let mut settings = self.settings(folder);
        settings.connect.push(to.to_owned());
        let mut config = settings.config().unwrap();
        config
            .insert_json5("access_control", "{ enabled: false }")
            .unwrap();
        zenoh::open(config).wait().unwrap()
    }
}
