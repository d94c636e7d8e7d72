//! Whether the links of a robot have room for more than what coordinates the fleet.

use fleet_core::Config;
use fleet_core::pattern::LinkBudget;
use fleet_zenoh::link::LinkReport;

use crate::links::Neighbours;

/// Share of probes whose loss is put up with.
const LOSS: f64 = 0.2;
/// Nothing is reckoned from it here.
const RISK: f64 = 1e-3;

/// The links to the orchestrators.
pub(super) struct Uplink {
    links: Neighbours,
    assumed: LinkBudget,
}

impl Uplink {
    /// These, and what is put up with.
    pub(super) fn new(links: Neighbours, config: &Config) -> Self {
        let assumed = assumed(config);
        Uplink { links, assumed }
    }

    /// Whether bulk may be sent.
    pub(super) fn is_good(&self) -> bool {
        is_good(&self.links.reports(), &self.assumed)
    }
}

/// What is worse than this makes robots and orchestrators doubt each other.
fn assumed(config: &Config) -> LinkBudget {
    LinkBudget {
        round_trip: config.suspicion,
        loss: LOSS,
        outage: config.suspicion + config.degrade,
        risk: RISK,
    }
}

/// One link that is as good as it has to be is enough: an orchestrator may be gone, and not the link.
fn is_good(links: &[LinkReport], assumed: &LinkBudget) -> bool {
    links.iter().any(|link| link.shortfall(assumed).is_none())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fleet_core::{NodeId, Time};
    use fleet_zenoh::link::{LinkMonitor, LinkSettings};

    use super::*;

    const NODES: [NodeId; 2] = [NodeId::from_u128(1), NodeId::from_u128(2)];

    /// Two links after half a minute, of which so many are answered.
    fn links(answering: usize) -> Vec<LinkReport> {
        let mut monitor = LinkMonitor::new(LinkSettings::default()).unwrap();
        let mut now = Time::ZERO;
        for node in NODES {
            monitor.watch(node, now);
        }
        for _ in 0..30 {
            while let Some((to, ask)) = monitor.poll(now) {
                let answer = monitor.clone().handle(now, to, &ask).unwrap();
                if NODES[..answering].contains(&to) {
                    monitor.handle(now, to, &answer);
                }
            }
            now = now + Duration::from_secs(1);
        }
        monitor.reports(now)
    }

    #[test]
    fn bulk_waits_when_no_link_is_good() {
        let assumed = assumed(&Config::new(NODES[0]));
        assert!(is_good(&links(2), &assumed));
        assert!(is_good(&links(1), &assumed));
        assert!(!is_good(&links(0), &assumed));
    }
}
