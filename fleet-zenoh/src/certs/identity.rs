//! Who a certificate is of.

use std::fmt;
use std::str::FromStr;

use fleet_core::NodeId;
use serde::{Deserialize, Serialize};

use crate::key;

/// Bytes of a name of somebody who is no node; as long as a UUID, so that a common name fits into a certificate.
const NAME: usize = 36;

/// What a certificate lets its holder do. See [`access`](crate::access) for the rules that follow from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// A robot's node.
    Robot,
    /// A coordinator's or witness's node. It answers what operators ask.
    Orchestrator,
    /// Passes on what others say, and can therefore say anything.
    Router,
    /// A person, or a program for people, that submits, cancels and drains.
    Operator,
    /// One that only looks.
    Observer,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 5] = [
        Role::Robot,
        Role::Orchestrator,
        Role::Router,
        Role::Operator,
        Role::Observer,
    ];

    /// As common names spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Robot => "robot",
            Role::Orchestrator => "orchestrator",
            Role::Router => "router",
            Role::Operator => "operator",
            Role::Observer => "observer",
        }
    }

    /// Whether it is the role of a node, whose id is a UUID.
    pub const fn is_node(self) -> bool {
        matches!(self, Role::Robot | Role::Orchestrator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = IdentityError;

    fn from_str(name: &str) -> Result<Self, IdentityError> {
        let known = Role::ALL.into_iter().find(|role| role.name() == name);
        known.ok_or_else(|| IdentityError::Role(name.to_owned()))
    }
}

/// Whose certificate it is, and which of theirs: what its common name says, as `<role>.<id>.<serial>`.
///
/// ```
/// use fleet_zenoh::certs::{Identity, Role};
///
/// let anna: Identity = "operator.anna.7".parse()?;
/// assert_eq!((anna.role(), anna.id(), anna.serial()), (Role::Operator, "anna", 7));
/// assert!("robot.anna.8".parse::<Identity>().is_err(), "robots have UUIDs");
/// # Ok::<(), fleet_zenoh::certs::IdentityError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity {
    role: Role,
    id: String,
    serial: u32,
}

/// What names nobody.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// There is no such role.
    #[error("`role` is robot, orchestrator, router, operator or observer, not `{0}`")]
    Role(String),
    /// Nodes are named as keys name them.
    #[error("`id` of a robot or an orchestrator is a UUID in lower case with hyphens, not `{0}`")]
    Node(String),
    /// Keys or common names could take it for something else.
    #[error("`id` has 1 to {NAME} ASCII letters, digits, `-` and `_`, unlike `{0}`")]
    Name(String),
    /// It is no common name of this crate.
    #[error("a common name is `<role>.<id>.<serial>`, not `{0}`")]
    CommonName(String),
}

impl Identity {
    /// The holder of the certificate with this serial number.
    ///
    /// # Errors
    /// Says what `id` must be.
    pub fn new(role: Role, id: &str, serial: u32) -> Result<Self, IdentityError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if role.is_node() {
            key::node(id).ok_or_else(|| IdentityError::Node(id.to_owned()))?;
        } else if !(1..=NAME).contains(&id.len()) || !id.chars().all(fits) {
            return Err(IdentityError::Name(id.to_owned()));
        }
        Ok(Identity {
            role,
            id: id.to_owned(),
            serial,
        })
    }

    /// What it may do.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The UUID of a node, or the name of somebody else: what stands in keys for the sender or the caller.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Which certificate of its authority it is.
    pub const fn serial(&self) -> u32 {
        self.serial
    }

    /// The node, if it is one.
    pub fn node(&self) -> Option<NodeId> {
        self.role.is_node().then(|| self.id.parse().ok()).flatten()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.role, self.id, self.serial)
    }
}

impl FromStr for Identity {
    type Err = IdentityError;

    fn from_str(name: &str) -> Result<Self, IdentityError> {
        let parts = name
            .split_once('.')
            .and_then(|(role, rest)| Some((role, rest.rsplit_once('.')?)));
        let (role, (id, serial)) = parts.ok_or_else(|| IdentityError::CommonName(name.to_owned()))?;
        let number = serial.parse::<u32>().ok();
        let serial = number.filter(|number| number.to_string() == serial);
        let serial = serial.ok_or_else(|| IdentityError::CommonName(name.to_owned()))?;
        Identity::new(role.parse()?, id, serial)
    }
}

impl TryFrom<String> for Identity {
    type Error = IdentityError;

    fn try_from(name: String) -> Result<Self, IdentityError> {
        name.parse()
    }
}

impl From<Identity> for String {
    fn from(identity: Identity) -> String {
        identity.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_is_read_as_it_was_written_and_fits_a_certificate() {
        let node = NodeId::from_u128(u128::MAX).to_string();
        for role in Role::ALL {
            let longest = Identity::new(role, &node, u32::MAX).unwrap();
            assert_eq!(longest.to_string().parse(), Ok(longest.clone()));
            assert!(longest.to_string().len() <= 64, "{longest}");
            assert_eq!(longest.node().is_some(), role.is_node());
        }
    }

    #[test]
    fn what_has_two_spellings_or_could_be_a_key_is_refused() {
        let upper = "robot.00000000-0000-0000-0000-0000000000AB.1";
        let plain = "robot.000000000000000000000000000000ab.1";
        for name in [
            upper,
            plain,
            "operator.anna.01",
            "operator.anna.+1",
            "operator.anna",
            "operator..1",
            "operator.a/b.1",
            "operator.a.b.1",
            "operator.**.1",
            "king.anna.1",
            "",
        ] {
            assert!(name.parse::<Identity>().is_err(), "{name}");
        }
    }
}
