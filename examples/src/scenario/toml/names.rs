use std::collections::BTreeMap;

use fleet_core::RobotId;

use crate::scenario::{NamedRobot, Wrong};

/// Robots by their names.
pub(super) struct Names<'r>(BTreeMap<&'r str, RobotId>);

impl<'r> Names<'r> {
    pub(super) fn of(robots: &'r [NamedRobot]) -> Self {
        let pair = |named: &'r NamedRobot| (named.name.as_str(), named.robot.id());
        Names(robots.iter().map(pair).collect())
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<RobotId> {
        self.0.values().copied().collect()
    }

    pub(super) fn robot(&self, key: &str, name: &str) -> Result<RobotId, Wrong> {
        let id = self.0.get(name).copied();
        id.ok_or_else(|| Wrong::new(key, format_args!("there is no robot {name:?}")))
    }
}
