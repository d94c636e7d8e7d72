//! What an authority has issued.

use fleet_core::UtcTime;
use serde::{Deserialize, Serialize};

use super::error::CertsError;
use super::identity::{Identity, Role};
use crate::access::Access;
use crate::key::FleetId;

/// One certificate in the index of its authority.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Issued {
    /// Whose, and which one.
    pub identity: Identity,
    /// Under which names and addresses others may connect to it.
    pub hosts: Vec<String>,
    /// When it was issued.
    pub issued: UtcTime,
    /// From when on it is worth nothing.
    pub expires: UtcTime,
    /// Whether a later one takes its place. It holds until it is revoked or expires.
    pub is_superseded: bool,
    /// When it was revoked, if it was.
    pub revoked: Option<UtcTime>,
}

/// How a certificate stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// It holds.
    Live,
    /// It holds, and a later one of the same holder as well: revoke it when that one is in use.
    Superseded,
    /// It was revoked.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Issued {
    /// How it stands at `now`.
    pub fn state(&self, now: UtcTime) -> State {
        match self {
            _ if self.revoked.is_some() => State::Revoked,
            _ if self.expires <= now => State::Expired,
            _ if self.is_superseded => State::Superseded,
            _ => State::Live,
        }
    }

    /// Whether its holder may speak at `now`.
    pub fn holds(&self, now: UtcTime) -> bool {
        matches!(self.state(now), State::Live | State::Superseded)
    }
}

/// All of them, as the file has them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    pub(super) fleet: String,
    /// The name of the authority in its certificates.
    pub(super) authority: String,
    pub(super) certificates: Vec<Issued>,
}

impl Index {
    pub(super) fn next_serial(&self) -> Result<u32, CertsError> {
        let last = self.certificates.iter().map(|issued| issued.identity.serial());
        last.max().unwrap_or(0).checked_add(1).ok_or(CertsError::Full)
    }

    /// Whoever has `id` now, in whatever role.
    pub(super) fn holder(&self, id: &str, now: UtcTime) -> Option<&Issued> {
        self.certificates
            .iter()
            .find(|issued| issued.identity.id() == id && issued.holds(now))
    }

    /// The latest certificate of its holder that still holds.
    pub(super) fn latest(&self, role: Role, id: &str, now: UtcTime) -> Option<&Issued> {
        let of = |issued: &&Issued| issued.identity.role() == role && issued.identity.id() == id;
        let mut holding = self
            .certificates
            .iter()
            .filter(of)
            .filter(|issued| issued.holds(now));
        holding.next_back()
    }

    pub(super) fn access(&self, fleet: &FleetId, now: UtcTime) -> Access {
        let holding = self.certificates.iter().filter(|issued| issued.holds(now));
        Access::new(fleet.clone(), holding.map(|issued| issued.identity.clone()))
    }
}
