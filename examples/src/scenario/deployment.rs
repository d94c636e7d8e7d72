use std::time::Duration;

use fleet_core::ledger::LeaseTerms;
use fleet_core::pattern::Pattern;
use fleet_core::{Config, Invalid, NodeId};

/// Where the witnesses of a fleet are, and how long its nodes wait. The default is one coordinator, and the library's
/// own timings.
#[derive(Clone, PartialEq, Debug)]
pub struct Deployment {
    /// The ready-made settings that it was made from.
    pub pattern: Option<Pattern>,
    /// The witnesses that are no robots.
    pub servers: Vec<NodeId>,
    /// The settings of all nodes, as far as the deployment decides them.
    pub config: Config,
}

impl Default for Deployment {
    fn default() -> Self {
        let servers = servers(1);
        Deployment {
            pattern: None,
            config: Config::new(servers[0]),
            servers,
        }
    }
}

/// The names of so many servers: no robot of a scenario has them.
pub(crate) fn servers(count: usize) -> Vec<NodeId> {
    const FIRST: u128 = 0xc000_0000_0000_0000_0000_0000_0000_0001;
    (0..count as u128).map(|k| NodeId::from_u128(FIRST + k)).collect()
}

/// Timings that a file gives itself; the others are those of its pattern, or the library's.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Timings {
    pub(crate) heartbeat: Option<Duration>,
    pub(crate) lease: Option<Duration>,
    pub(crate) stopping: Option<Duration>,
    pub(crate) suspicion: Option<Duration>,
    pub(crate) degrade: Option<Duration>,
    pub(crate) restore: Option<Duration>,
    pub(crate) gather: Option<Duration>,
    pub(crate) auction: Option<Duration>,
    pub(crate) retry: Option<Duration>,
    pub(crate) reoffer: Option<Duration>,
    pub(crate) settle: Option<Duration>,
    pub(crate) commit: Option<Duration>,
    pub(crate) absence: Option<Duration>,
    pub(crate) team_found: Option<Duration>,
    pub(crate) team_there: Option<Duration>,
}

impl Timings {
    /// Puts them into `config`.
    ///
    /// # Errors
    /// Names the first one that makes no sense with the others.
    pub(crate) fn apply(&self, config: &mut Config) -> Result<(), Invalid> {
        let set = |field: &mut Duration, given: Option<Duration>| *field = given.unwrap_or(*field);
        set(&mut config.heartbeat, self.heartbeat);
        set(&mut config.stopping, self.stopping);
        set(&mut config.suspicion, self.suspicion);
        set(&mut config.degrade, self.degrade);
        set(&mut config.restore, self.restore);
        set(&mut config.gather, self.gather);
        set(&mut config.auction, self.auction);
        set(&mut config.retry, self.retry);
        set(&mut config.reoffer, self.reoffer);
        set(&mut config.settle, self.settle);
        set(&mut config.commit, self.commit);
        set(&mut config.absence, self.absence);
        set(&mut config.team_found, self.team_found);
        set(&mut config.team_there, self.team_there);
        if let Some(lease) = self.lease {
            config.lease = LeaseTerms::new(lease, config.lease.drift())?;
        }
        config.check()
    }
}
