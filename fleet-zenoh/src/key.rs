//! Keys: which fleet a frame belongs to, where it goes, how urgent it is, and who sends it.
//!
//! | destination | key |
//! |---|---|
//! | one node | `fleet/<fleet>/node/<node>/<class>/<sender>/*` |
//! | all robots | `fleet/<fleet>/robots/<class>/<sender>/*` |
//! | those in reach | `fleet/<fleet>/near/<class>/<sender>/*` |
//! | one node, [probes](crate::link) | `fleet/<fleet>/probe/<node>/<sender>/*` |
//! | who asks [who is there](crate::Presence) | `fleet/<fleet>/alive/<node>/*`, a liveliness token |
//!
//! Nodes are spelt as lower-case UUIDs with hyphens and in no other way, so that a rule of access control that names a
//! key means one node.
//!
//! **The tail.** Keys end with `/*` because Zenoh gives numbers to keys and says `17` instead of a key that it has
//! declared, but spells out what has a wildcard: `17/*`. What comes under a number alone is dangerous where there are rules
//! of access: Zenoh 1.10 then looks up, in the list of links that know the key, what it decided before, and holds no lock
//! meanwhile. When another link declares the same key at that moment, the list moves, and the process reads memory that was
//! freed. For a key that is spelt out it looks nothing up.

use std::fmt;
use std::str::FromStr;

use fleet_core::NodeId;
use fleet_core::transport::{Class, Destination};

use crate::quality;

/// Bytes of a fleet's name, and of those of what is kept in a spool.
pub(crate) const NAME: usize = 64;
/// Bytes of a node in a key.
const UUID: usize = 36;
/// What all keys end with.
const TAIL: &str = "/*";

/// The name of a fleet in keys: a UUID, or a short name. Fleets of different names never hear each other.
///
/// ```
/// use fleet_zenoh::FleetId;
///
/// assert!("warehouse-7".parse::<FleetId>().is_ok());
/// assert!("a/**".parse::<FleetId>().is_err());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FleetId(String);

/// What cannot be the name of a fleet.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FleetIdError {
    /// It has no bytes, or too many.
    #[error("a fleet's name has 1 to {NAME} bytes, not {0}")]
    Length(usize),
    /// It has a character that keys could take for something else.
    #[error("a fleet's name is of ASCII letters, digits, `-`, `_` and `.`, not `{0}`")]
    Character(char),
}

impl FromStr for FleetId {
    type Err = FleetIdError;

    fn from_str(name: &str) -> Result<Self, FleetIdError> {
        if !(1..=NAME).contains(&name.len()) {
            return Err(FleetIdError::Length(name.len()));
        }
        match name.chars().find(|c| !fits(*c)) {
            Some(c) => Err(FleetIdError::Character(c)),
            None => Ok(FleetId(name.to_owned())),
        }
    }
}

/// Whether such a name can have it: keys, files and addresses take it for nothing else.
pub(crate) fn fits(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.".contains(c)
}

impl fmt::Display for FleetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A destination as keys name it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Address {
    Node(NodeId),
    Robots,
    Near,
}

impl Address {
    pub(crate) fn of(destination: Destination) -> Option<Self> {
        match destination {
            Destination::Node(node) => Some(Address::Node(node)),
            Destination::Robots => Some(Address::Robots),
            Destination::Near => Some(Address::Near),
            _ => None,
        }
    }

    /// What the keys of all frames that go there begin with.
    pub(crate) fn prefix(self, fleet: &FleetId) -> String {
        match self {
            Address::Node(node) => format!("fleet/{fleet}/node/{node}/"),
            Address::Robots => format!("fleet/{fleet}/robots/"),
            Address::Near => format!("fleet/{fleet}/near/"),
        }
    }

    /// The key of a frame of `class` from `sender`.
    pub(crate) fn key(self, fleet: &FleetId, class: Class, sender: NodeId) -> String {
        format!("{}{}/{sender}{TAIL}", self.prefix(fleet), quality::name(class))
    }
}

/// Class and sender of what arrived under `key`, to an address with this prefix.
pub(crate) fn origin(key: &str, prefix: &str) -> Option<(Class, NodeId)> {
    let (class, sender) = key.strip_prefix(prefix)?.split_once('/')?;
    Some((quality::class(class)?, node(sender.strip_suffix(TAIL)?)?))
}

/// What the keys of all probes to `node` begin with.
pub(crate) fn probe_prefix(fleet: &FleetId, node: NodeId) -> String {
    format!("fleet/{fleet}/probe/{node}/")
}

/// The key of a probe.
pub(crate) fn probe(fleet: &FleetId, to: NodeId, from: NodeId) -> String {
    format!("{}{from}{TAIL}", probe_prefix(fleet, to))
}

/// What the keys of all liveliness tokens begin with.
pub(crate) fn alive_prefix(fleet: &FleetId) -> String {
    format!("fleet/{fleet}/alive/")
}

/// The key of the liveliness token of `node`.
pub(crate) fn alive(fleet: &FleetId, node: NodeId) -> String {
    format!("{}{node}{TAIL}", alive_prefix(fleet))
}

/// The node that a key names at its end and behind `prefix`: the sender of a probe, or who is alive.
pub(crate) fn sender(key: &str, prefix: &str) -> Option<NodeId> {
    node(key.strip_prefix(prefix)?.strip_suffix(TAIL)?)
}

/// A node as keys spell it.
pub(crate) fn node(text: &str) -> Option<NodeId> {
    let canonical = text.len() == UUID && !text.contains(|c: char| c.is_ascii_uppercase());
    canonical.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId::from_u128(0xa1);
    const OTHER: NodeId = NodeId::from_u128(0xb2);

    fn fleet() -> FleetId {
        "blue.7".parse().unwrap()
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        for address in [Address::Node(ME), Address::Robots, Address::Near] {
            for class in quality::CLASSES {
                let key = address.key(&fleet(), class, OTHER);
                assert!(zenoh::key_expr::KeyExpr::try_from(key.as_str()).is_ok());
                assert_eq!(origin(&key, &address.prefix(&fleet())), Some((class, OTHER)));
            }
        }
    }

    #[test]
    fn a_key_looks_like_this() {
        let key = Address::Node(ME).key(&fleet(), Class::Safety, OTHER);
        let (me, other) = (ME.to_string(), OTHER.to_string());
        assert_eq!(key, format!("fleet/blue.7/node/{me}/safety/{other}/*"));
    }

    #[test]
    fn a_probe_names_its_sender() {
        let (prefix, key) = (probe_prefix(&fleet(), ME), probe(&fleet(), ME, OTHER));
        assert_eq!(key, format!("fleet/blue.7/probe/{ME}/{OTHER}/*"));
        assert_eq!(sender(&key, &prefix), Some(OTHER));
        assert_eq!(sender(&key.to_uppercase(), &prefix), None);
        assert_eq!(sender(&format!("{key}/more"), &prefix), None);
    }

    #[test]
    fn what_is_no_key_of_ours_names_nobody() {
        let prefix = Address::Robots.prefix(&fleet());
        let plain = "0123456789abcdef0123456789abcdef";
        for rest in [
            "",
            "control",
            "control/*",
            "control/00000000-0000-0000-0000-0000000000b2",
            "other/00000000-0000-0000-0000-0000000000b2/*",
            "control/00000000-0000-0000-0000-0000000000B2/*",
            "control/00000000-0000-0000-0000-0000000000b2/more/*",
            "control/{00000000-0000-0000-0000-0000000000b2}/*",
            &format!("control/{plain}/*"),
        ] {
            assert_eq!(origin(&format!("{prefix}{rest}"), &prefix), None, "{rest}");
        }
        assert_eq!(origin("another/key", &prefix), None);
    }

    #[test]
    fn a_name_that_keys_could_misread_is_refused() {
        for name in ["a/b", "*", "a$*", "@a", "a#", "a?b", "a b", "é"] {
            assert!(
                matches!(name.parse::<FleetId>(), Err(FleetIdError::Character(_))),
                "{name}"
            );
        }
        assert_eq!("".parse::<FleetId>(), Err(FleetIdError::Length(0)));
        assert_eq!("x".repeat(65).parse::<FleetId>(), Err(FleetIdError::Length(65)));
    }
}
