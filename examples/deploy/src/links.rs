//! The links of a program, as it measures them itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet_core::NodeId;
use fleet_core::pattern::LinkBudget;
use fleet_zenoh::link::{LinkReport, LinkSettings, Links, Meter, worst};
use fleet_zenoh::{Change, FleetId, Handle, Presence};
use serde_json::{Value, json};
use zenoh::Session;

/// Who has been silent for so long is not asked any more, until it has a link again; but for those that were named.
const GONE: Duration = Duration::from_secs(600);
/// Who is silent for so long may not be there: nothing follows from its link.
const SILENT: Duration = Duration::from_secs(3);
/// Time between two looks at what a robot's patience follows from.
const FOLLOW: Duration = Duration::from_secs(10);
/// Chance that is taken of losing a lease for want of answers.
const RISK: f64 = 1e-9;

/// The links to other nodes. A copy is the same.
#[derive(Clone)]
pub struct Neighbours {
    links: Arc<Links>,
    named: Arc<[NodeId]>,
    _presence: Option<Arc<Presence>>,
}

impl Neighbours {
    /// Those of `me` to these nodes.
    ///
    /// # Errors
    /// If the session is closed, or the machine gives no thread.
    pub fn of(
        session: &Session,
        fleet: &FleetId,
        me: NodeId,
        nodes: impl IntoIterator<Item = NodeId>,
    ) -> Result<Self, String> {
        let links = Links::start(session, fleet.clone(), me, LinkSettings::default());
        let links = links.map_err(|error| format!("link: {error}"))?;
        let named: Arc<[NodeId]> = nodes.into_iter().filter(|node| *node != me).collect();
        for node in &*named {
            links.watch(*node);
        }
        Ok(Neighbours {
            links: Arc::new(links),
            named,
            _presence: None,
        })
    }

    /// And to all others that have a link, now or later.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn and_all(self, session: &Session, fleet: &FleetId, me: NodeId) -> Result<Self, String> {
        let links = self.links.clone();
        let presence = Presence::watch(session, fleet, move |node, change| {
            if node != me && change == Change::Linked {
                links.watch(node);
            }
        });
        let presence = presence.map_err(|error| format!("link: {error}"))?;
        Ok(Neighbours {
            _presence: Some(Arc::new(presence)),
            ..self
        })
    }

    /// To count what arrives.
    pub fn meter(&self) -> Meter {
        self.links.meter()
    }

    /// How they are now.
    pub fn reports(&self) -> Vec<LinkReport> {
        let mut reports = self.links.reports();
        for node in gone(&reports, &self.named) {
            self.links.forget(node);
        }
        reports.retain(|report| report.silence < GONE);
        reports
    }

    /// What a robot that hears any of them can expect of those that it hears.
    fn budget(&self) -> Option<LinkBudget> {
        let mut reports = self.reports();
        reports.retain(|report| report.silence < SILENT);
        worst(&reports, RISK)
    }
}

/// Who is not asked any more. Those that the settings name are, however long an outage lasts: nobody tells a robot that they
/// are back.
fn gone(reports: &[LinkReport], named: &[NodeId]) -> Vec<NodeId> {
    let gone = reports.iter().filter(|report| report.silence >= GONE);
    gone.map(|report| report.node)
        .filter(|node| !named.contains(node))
        .collect()
}

/// Lets a robot's patience with silent orchestrators follow its links, now and then.
pub struct Following {
    neighbours: Neighbours,
    next: Instant,
}

impl Following {
    /// These links.
    pub fn new(neighbours: Neighbours) -> Self {
        Following {
            neighbours,
            next: Instant::now() + FOLLOW,
        }
    }

    /// Does so, if that is due. If the node has ended nobody minds.
    pub fn keep(&mut self, node: &Handle) {
        if Instant::now() < self.next {
            return;
        }
        self.next += FOLLOW;
        if let Some(budget) = self.neighbours.budget() {
            // What was measured is within what a budget takes.
            let _ = node.post(move |turn| drop(turn.node.follow_link(&budget)));
        }
    }
}

/// A link as people see it: times in seconds.
pub fn json(report: &LinkReport) -> Value {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    json!({
        "round_trip": seconds(report.round_trip), "longest": seconds(report.longest),
        "jitter": report.jitter.as_secs_f64(), "loss": report.loss,
        "silence": report.silence.as_secs_f64(), "outage": report.outage.as_secs_f64(),
        "bytes_per_second": report.bytes_per_second,
    })
}

#[cfg(test)]
mod tests {
    use fleet_core::Time;
    use fleet_zenoh::link::LinkMonitor;

    use super::*;

    #[test]
    fn who_was_named_is_never_forgotten() {
        let nodes = [NodeId::from_u128(1), NodeId::from_u128(2)];
        let mut monitor = LinkMonitor::new(LinkSettings::default()).unwrap();
        assert!(nodes.iter().all(|node| monitor.watch(*node, Time::ZERO)));
        let after = |seconds| monitor.reports(Time::from_secs(seconds));
        assert_eq!(gone(&after(599), &nodes[..1]), []);
        assert_eq!(gone(&after(600), &nodes[..1]), nodes[1..]);
    }
}
