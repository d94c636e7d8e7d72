//! Which node is at which site, and what the links between sites are like.

use std::collections::BTreeMap;

use super::faults::Faults;
use crate::ids::NodeId;
use crate::invalid::{Invalid, Problem};

/// Nodes at several sites, whose links are not all alike.
///
/// A node is at site 0 unless it is [put](Self::put) elsewhere, and a link is as bad as the network is on the whole unless
/// [its sites say otherwise](Self::link). Two sites have one line, which all that is sent between them shares: if it
/// [fades](super::Fading), it does so for all at the same moment. Inside a site each two nodes have a link of their own.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use fleet_core::NodeId;
/// use fleet_core::sim::{Faults, Sites};
///
/// let cloud = NodeId::from_u128(100);
/// let uplink = Faults { delay_max: Duration::from_millis(200), loss: 0.1, ..Faults::default() };
/// let sites = Sites::default().put(cloud, 1).link(0, 1, uplink);
/// assert_eq!(sites.site(cloud), 1);
/// assert_eq!(sites.faults(1, 0), Some(&uplink));
/// assert_eq!(sites.faults(0, 0), None);
/// ```
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Sites {
    at: BTreeMap<NodeId, u32>,
    links: BTreeMap<(u32, u32), Faults>,
}

impl Sites {
    /// The same, with `node` at `site`.
    #[must_use]
    pub fn put(mut self, node: NodeId, site: u32) -> Self {
        self.at.insert(node, site);
        self
    }

    /// The same, with links between these two sites that are like this, in both directions; those inside a site, if both
    /// are the same.
    #[must_use]
    pub fn link(mut self, a: u32, b: u32, faults: Faults) -> Self {
        self.links.insert((a.min(b), a.max(b)), faults);
        self
    }

    /// Where a node is.
    pub fn site(&self, node: NodeId) -> u32 {
        self.at.get(&node).copied().unwrap_or(0)
    }

    /// What was said of the links between two sites, or inside one.
    pub fn faults(&self, a: u32, b: u32) -> Option<&Faults> {
        self.links.get(&(a.min(b), a.max(b)))
    }

    /// Whether the faults make sense, and all nodes that are put somewhere are `there`.
    ///
    /// # Errors
    /// Names the first of them that makes no sense.
    pub fn check(&self, there: impl Fn(&NodeId) -> bool) -> Result<(), Invalid> {
        if let Some(stranger) = self.at.keys().find(|node| !there(node)) {
            return Err(Invalid::new("at", Problem::Unknown(stranger.to_string())));
        }
        self.links.iter().try_for_each(|((a, b), faults)| {
            let check = faults.check();
            check.map_err(|invalid| invalid.within(format_args!("links[{a}-{b}]")))
        })
    }
}
