//! Who may speak, and what follows from it for Zenoh.
//!
//! An [`Access`] is the list of certificates that hold. Each node makes Zenoh's rules of access control from it: nothing is
//! allowed but what is named, by the common name of the certificate at the other end of a link, for each direction.
//!
//! | role | it may say | it may hear |
//! |---|---|---|
//! | robot | frames and news as itself | frames for it, for robots, and near it |
//! | orchestrator | frames and news as itself; answers | frames for it, and near it; news; questions |
//! | operator | questions as itself, all of them | answers to its own questions; news |
//! | observer | as itself `list`, `status` and `explain` | the same |
//! | router | everything | everything |
//!
//! All but routers declare themselves alive under their own id only, and all may know who is alive.
//!
//! | key | what |
//! |---|---|
//! | `fleet/<fleet>/node/<node>/<class>/<sender>/*`, `.../robots/...`, `.../near/...` | frames, see [`key`](crate::key) |
//! | `fleet/<fleet>/probe/<node>/<sender>/*` | [probes](crate::link), allowed like frames for one node |
//! | `fleet/<fleet>/ask/<verb>/<caller>` | a question: `submit`, `cancel`, `drain`, `list`, `status`, `explain` |
//! | `fleet/<fleet>/news/<what>/<node>/*` | what a node tells operators, observers and orchestrators |
//! | `fleet/<fleet>/alive/<node>/*` | a liveliness token |

mod rules;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::certs::files::{self, unfit};
use crate::certs::{CertsError, Identity};
use crate::key::FleetId;

/// The certificates that hold in a fleet. Whose is not among them is heard by nobody who has this list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    fleet: FleetId,
    /// By common name.
    live: BTreeMap<String, Identity>,
}

/// As the file has it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    fleet: String,
    live: Vec<Identity>,
}

impl Access {
    /// That these may speak, and nobody else.
    pub fn new(fleet: FleetId, live: impl IntoIterator<Item = Identity>) -> Self {
        let named = live.into_iter().map(|identity| (identity.to_string(), identity));
        Access {
            fleet,
            live: named.collect(),
        }
    }

    /// From an `access.json`.
    ///
    /// # Errors
    /// If it cannot be read, or names two holders with one id.
    pub fn read(path: &Path) -> Result<Self, CertsError> {
        let text = files::read(path)?;
        let listed: Listed = serde_json::from_str(&text).map_err(|error| unfit(path, error))?;
        let fleet = listed.fleet.parse();
        let fleet = fleet.map_err(|error| unfit(path, format_args!("`fleet`: {error}")))?;
        let access = Access::new(fleet, listed.live);
        let mut roles = BTreeMap::new();
        for identity in access.live() {
            let role = *roles.entry(identity.id()).or_insert(identity.role());
            if role != identity.role() {
                let why = format!(
                    "`live`: `{}` is a {role} and a {}",
                    identity.id(),
                    identity.role()
                );
                return Err(unfit(path, why));
            }
        }
        Ok(access)
    }

    /// Writes an `access.json`; who reads it meanwhile reads the old one or the new one.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), CertsError> {
        let listed = Listed {
            fleet: self.fleet.to_string(),
            live: self.live().cloned().collect(),
        };
        let text = serde_json::to_string_pretty(&listed).map_err(|error| unfit(path, error))?;
        files::replace(path, &(text + "\n"))
    }

    /// In which fleet.
    pub const fn fleet(&self) -> &FleetId {
        &self.fleet
    }

    /// Who may speak, by common name.
    pub fn live(&self) -> impl Iterator<Item = &Identity> {
        self.live.values()
    }

    /// Who has this common name, if that certificate holds.
    pub fn holder(&self, common_name: &str) -> Option<&Identity> {
        self.live.get(common_name)
    }

    /// The rules, as JSON: what Zenoh's configuration has under `access_control`, for routers that this crate does not
    /// start.
    pub fn rules(&self) -> String {
        rules::of(self).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certs::Role;

    fn listed(robots: u32) -> Access {
        let one = |role: Role, id: u128, serial| {
            let node = fleet_core::NodeId::from_u128(id).to_string();
            Identity::new(role, &node, serial).unwrap()
        };
        let robots = (1..=robots).map(|k| one(Role::Robot, k.into(), k));
        let others = [Role::Orchestrator, Role::Router, Role::Operator, Role::Observer];
        let others = (10_000..).zip(others).map(|(k, role)| one(role, k.into(), k));
        Access::new("blue".parse().unwrap(), robots.chain(others))
    }

    #[test]
    fn a_robot_more_is_four_rules_more_and_zenoh_takes_them_all() {
        let count = |robots| {
            let rules = listed(robots).rules();
            let mut config = zenoh::Config::default();
            config.insert_json5("access_control", &rules).unwrap();
            let rules: serde_json::Value = serde_json::from_str(&rules).unwrap();
            let count = |field: &str| rules[field].as_array().unwrap().len();
            (count("subjects"), count("rules"))
        };
        let (subjects, rules) = count(50);
        assert_eq!(subjects, 54);
        assert_eq!(count(500), (504, rules + 4 * 450));
        assert!(rules < 250, "{rules}");
    }

    #[test]
    fn a_list_in_which_two_have_one_id_is_refused() {
        let robot = "robot.00000000-0000-0000-0000-000000000001";
        let path = std::env::temp_dir().join(format!("fleet-access-{}.json", std::process::id()));
        let read = |live: &str| {
            std::fs::write(&path, format!(r#"{{"fleet": "blue", "live": [{live}]}}"#)).unwrap();
            Access::read(&path).map_err(|error| error.to_string())
        };
        let twice = read(&format!(r#""{robot}.1", "{robot}.2""#)).unwrap();
        assert_eq!(twice.live().count(), 2, "it is rotated");
        let other = robot.replace("robot", "orchestrator");
        let mixed = read(&format!(r#""{robot}.1", "{other}.2""#)).unwrap_err();
        assert!(mixed.contains("`live`"), "{mixed}");
        assert!(read(r#""king.a.1""#).unwrap_err().contains("`role`"));
        std::fs::remove_file(&path).unwrap();
    }
}
