//! From the settings to a session: the one place where links are set up.

use fleet_zenoh::ZenohSettings;

use super::Settings;
use super::file::{LinkTable, Mode, span};
use crate::Wrong;

impl LinkTable {
    /// As the adapter takes it, connecting to `connect`.
    pub(super) fn zenoh(&self, connect: &[String]) -> Result<ZenohSettings, Wrong> {
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
        // Says which field no session would take.
        settings.config().map_err(|error| match error {
            fleet_zenoh::SettingsError::TooShort { field, least, is } => Wrong::new(
                format!("link.{field}"),
                format_args!("is at least {least:?}, not {is:?}"),
            ),
            error => Wrong::new("link", error),
        })?;
        Ok(settings)
    }
}

impl Settings {
    /// The session of a robot, or of a program of people.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session(&self) -> Result<ZenohSettings, Wrong> {
        self.link.zenoh(&self.link.connect)
    }

    /// The session of the orchestrator that stands at `at` among them. Where each of them has its place in `connect`, it
    /// connects to those before it, and those after it connect to it. If robots choose for themselves it passes on what
    /// they say to each other.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn session_of_orchestrator(&self, at: usize) -> Result<ZenohSettings, Wrong> {
        let connect = match self.link.connect.len() == self.config.witnesses.len() {
            true => &self.link.connect[..at],
            false => &self.link.connect[..],
        };
        let mut settings = self.link.zenoh(connect)?;
        if self.link.mode.is_none() && self.config.strategy != fleet_core::Strategy::Centralized {
            settings.mode = fleet_zenoh::Mode::Router;
        }
        Ok(settings)
    }
}
