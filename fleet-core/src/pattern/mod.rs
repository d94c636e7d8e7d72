//! Where the witnesses of a fleet are, as ready-made settings.

mod link;

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::ids::{NodeId, RobotId};
use crate::invalid::{Invalid, Problem};

pub use self::link::LinkBudget;

/// How a fleet is deployed: which of its nodes keep the ledger and grant leases, and over which links.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use fleet_core::pattern::{LinkBudget, Pattern};
/// use fleet_core::{NodeId, RobotId};
///
/// let robots: Vec<RobotId> = (1..=8).map(RobotId::from_u128).collect();
/// let servers = [101, 102, 103].map(NodeId::from_u128);
/// // Measured here: 250 ms there and back, 2 % lost, gone for up to 20 s.
/// let uplink = LinkBudget {
///     round_trip: Duration::from_millis(250),
///     loss: 0.02,
///     outage: Duration::from_secs(20),
///     ..LinkBudget::UPLINK
/// };
/// let config = Pattern::RobotCloud.config(&robots, &servers, &uplink)?;
/// assert_eq!(config.witnesses, servers);
/// assert_eq!(config.retry, Duration::from_millis(375));
/// // 0.5 s to stop, 1.5 s to the next heartbeat, 20 s of outage, a retry and two round trips.
/// assert_eq!(config.lease.length(), Duration::from_millis(22_875));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pattern {
    /// One robot that is its own and only witness: nothing depends on any link.
    SingleRobot,
    /// Robots, and one server on the site's network that is coordinator and witness.
    RobotEdge,
    /// Robots, and one, three or five servers behind an uplink that they share.
    RobotCloud,
    /// Robots, and three or five servers on the site's network; without servers, the first three of the robots are the
    /// witnesses.
    Fleet,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Pattern; 4] = [
        Pattern::SingleRobot,
        Pattern::RobotEdge,
        Pattern::RobotCloud,
        Pattern::Fleet,
    ];

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Pattern::SingleRobot => "single-robot",
            Pattern::RobotEdge => "robot-edge",
            Pattern::RobotCloud => "robot-cloud",
            Pattern::Fleet => "fleet",
        }
    }

    /// How many servers it usually has: witnesses that are no robots.
    pub const fn servers(self) -> usize {
        match self {
            Pattern::SingleRobot => 0,
            Pattern::RobotEdge => 1,
            Pattern::RobotCloud | Pattern::Fleet => 3,
        }
    }

    /// What is assumed of its links if nothing is known of them.
    pub const fn link(self) -> LinkBudget {
        match self {
            Pattern::SingleRobot => LinkBudget::LOCAL,
            Pattern::RobotEdge | Pattern::Fleet => LinkBudget::SITE,
            Pattern::RobotCloud => LinkBudget::UPLINK,
        }
    }

    /// The settings of a fleet of these robots and servers, with timings for `link`. All else is as [`Config::new`] has
    /// it, and may be changed.
    ///
    /// # Errors
    /// Names `robots` or `servers` if the pattern has not so many of them, `witnesses` if two of these are the same, or the
    /// field of `link` that makes no sense.
    pub fn config(
        self,
        robots: &[RobotId],
        servers: &[NodeId],
        link: &LinkBudget,
    ) -> Result<Config, Invalid> {
        let witnesses = self.witnesses(robots, servers)?;
        let mut config = Config::new(witnesses[0]);
        config.witnesses = witnesses;
        link.apply(&mut config)
            .map_err(|invalid| invalid.within("link"))?;
        config.check()?;
        Ok(config)
    }

    /// At least one.
    fn witnesses(self, robots: &[RobotId], servers: &[NodeId]) -> Result<Vec<NodeId>, Invalid> {
        let refuse = |field: &str, why| Err(Invalid::new(field, Problem::Other(why)));
        let among_robots = |count: usize| robots[..count].iter().map(|robot| robot.node()).collect();
        match (self, robots.len(), servers.len()) {
            (Pattern::SingleRobot, 1, 0) => Ok(among_robots(1)),
            (Pattern::SingleRobot, 1, _) => {
                refuse("servers", "must be none: a single robot needs nobody else")
            }
            (Pattern::SingleRobot, ..) => refuse("robots", "must be one: a single robot is its own witness"),
            (Pattern::RobotEdge, _, 1) | (Pattern::RobotCloud, _, 1 | 3 | 5) | (Pattern::Fleet, _, 3 | 5) => {
                Ok(servers.to_vec())
            }
            (Pattern::RobotEdge, ..) => refuse("servers", "must be one: the edge server"),
            (Pattern::RobotCloud, ..) => refuse("servers", "must be one, three or five"),
            (Pattern::Fleet, 3.., 0) => Ok(among_robots(3)),
            (Pattern::Fleet, _, 0) => refuse(
                "robots",
                "must be three at least, which are the witnesses without servers",
            ),
            (Pattern::Fleet, ..) => refuse(
                "servers",
                "must be three or five, or none if robots are the witnesses",
            ),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
