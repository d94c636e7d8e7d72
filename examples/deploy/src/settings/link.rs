//! From the settings to a session: the one place where links are set up.

use fleet_core::NodeId;
use fleet_zenoh::certs::Role;
use fleet_zenoh::{Tls, ZenohSettings};

use super::Settings;
use super::file::{LinkTable, Mode, span};
use crate::{Wrong, names, node};

impl LinkTable {
    /// As the adapter takes it, connecting to `connect`.
    pub(super) fn zenoh(&self, connect: &[String], tls: Option<Tls>) -> Result<ZenohSettings, Wrong> {
        let mut settings = ZenohSettings::default();
        settings.mode = match self.mode {
            None | Some(Mode::Peer) => fleet_zenoh::Mode::Peer,
            Some(Mode::Client) => fleet_zenoh::Mode::Client,
            Some(Mode::Router) => fleet_zenoh::Mode::Router,
        };
        settings.listen.clone_from(&self.listen);
        settings.connect = connect.to_vec();
        if let Some(retry) = self.retry {
            settings.retry = span("link.retry", retry)?;
        }
        if let Some(lease) = self.lease {
            settings.lease = span("link.lease", lease)?;
        }
        (settings.multicast, settings.gossip) = (self.multicast, self.gossip);
        (settings.send_buffer, settings.batch) = (self.send_buffer, self.batch);
        settings.receive_buffer = self.receive_buffer;
        settings.tls = tls;
        // Says which field no session would take.
        settings.config().map_err(|error| match error {
            fleet_zenoh::SettingsError::TooShort { field, least, is } => Wrong::new(
                format!("link.{field}"),
                format_args!("is at least {least:?}, not {is:?}"),
            ),
            fleet_zenoh::SettingsError::Protocol {
                field, protocol, is, ..
            } => {
                let hint = match protocol {
                    "tcp" => ", or give a certificate: tls.folder, --certs, FLEET_CERTS",
                    _ => "",
                };
                let message = format!("takes {protocol}/HOST:PORT with these settings, not '{is}'{hint}");
                Wrong::new(format!("link.{field}"), message)
            }
            error => Wrong::new("link", error),
        })?;
        Ok(settings)
    }
}

impl Settings {
    /// The session of the robot `id`.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session_of_robot(&self, id: NodeId) -> Result<ZenohSettings, Wrong> {
        let tls = self.certificate()?;
        Self::is_of(tls.as_ref(), Role::Robot, id)?;
        self.link.zenoh(&self.link.connect, tls)
    }

    /// The session of a program of people, who are an operator or an observer.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session_of_people(&self) -> Result<ZenohSettings, Wrong> {
        let tls = self.certificate()?;
        if let Some(tls) = &tls
            && !matches!(tls.identity().role(), Role::Operator | Role::Observer)
        {
            let message = format!(
                "has the certificate of {}, and people need one of an operator or an observer: \
                 fleetctl certs issue operator NAME",
                tls.identity()
            );
            return Err(Wrong::new("tls.folder", message));
        }
        self.link.zenoh(&self.link.connect, tls)
    }

    /// The session of the orchestrator `id` that stands at `at` among them. Where each of them has its place in `connect`, it
    /// connects to those before it, and those after it connect to it. If robots choose for themselves it passes on what
    /// they say to each other; not with certificates, as nobody is heard through another's.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session_of_orchestrator(&self, at: usize, id: NodeId) -> Result<ZenohSettings, Wrong> {
        let connect = match self.link.connect.len() == self.config.witnesses.len() {
            true => &self.link.connect[..at],
            false => &self.link.connect[..],
        };
        let tls = self.certificate()?;
        Self::is_of(tls.as_ref(), Role::Orchestrator, id)?;
        let mut settings = self.link.zenoh(connect, tls)?;
        if self.link.mode.is_none()
            && self.config.strategy != fleet_core::Strategy::Centralized
            && settings.tls.is_none()
        {
            settings.mode = fleet_zenoh::Mode::Router;
        }
        Ok(settings)
    }

    /// The session of a router.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session_of_router(&self) -> Result<ZenohSettings, Wrong> {
        if self.link.listen.is_empty() {
            let missing = "is missing: give --listen, or FLEET_LISTEN, for those whom a router connects";
            return Err(Wrong::new("link.listen", missing));
        }
        if !matches!(self.link.mode, None | Some(Mode::Router)) {
            return Err(Wrong::new("link.mode", "is 'router' for a router"));
        }
        let tls = self.certificate()?;
        if let Some(tls) = &tls
            && tls.identity().role() != Role::Router
        {
            let is = tls.identity();
            let message = format!("has the certificate of {is}: fleetctl certs issue router NAME");
            return Err(Wrong::new("tls.folder", message));
        }
        let mut settings = self.link.zenoh(&self.link.connect, tls)?;
        settings.mode = fleet_zenoh::Mode::Router;
        Ok(settings)
    }

    /// The certificate of this program, if it is to have one.
    fn certificate(&self) -> Result<Option<Tls>, Wrong> {
        let Some(table) = &self.tls else { return Ok(None) };
        let tls = Tls::open(&table.folder, node::utc()).map_err(|error| Wrong::new("tls.folder", error))?;
        if *tls.fleet() != self.fleet {
            let message = format!("is of the fleet {}, and this is {}", tls.fleet(), self.fleet);
            return Err(Wrong::new("tls.folder", message));
        }
        Ok(Some(tls))
    }

    /// Nobody would hear a node with another's certificate.
    fn is_of(tls: Option<&Tls>, role: Role, id: NodeId) -> Result<(), Wrong> {
        match tls.map(Tls::identity) {
            Some(is) if is.role() != role || is.node() != Some(id) => {
                let name = names::node(id);
                let message = format!(
                    "has the certificate of {is}, and this is {name}: fleetctl certs issue {role} {name}"
                );
                Err(Wrong::new("tls.folder", message))
            }
            _ => Ok(()),
        }
    }
}
