//! How good the links to other nodes are: round trip, jitter, loss, outages and throughput.
//!
//! [`LinkMonitor`] is the reckoning, without clock and network. [`Links`] drives it over a Zenoh session, with probes of six
//! bytes under `fleet/<fleet>/probe/<to>/<from>/*`; every node that has one answers. [`Metered`] counts the bytes that a
//! transport receives.
//!
//! Probes go as control frames do, so that round trips are those of control frames. Over TCP nothing is lost but where a link
//! breaks or is full: there a bad link shows in round trips and outages.

mod drive;
mod meter;
mod peer;
mod probe;
mod report;

use std::collections::BTreeMap;
use std::time::Duration;

use fleet_core::{Invalid, NodeId, Problem, Time};

pub use drive::{Links, LinksError};
pub use meter::{Meter, Metered};
use peer::Peer;
use probe::Probe;
pub use report::{LinkReport, Shortfall, worst};

/// Probes of one link that are remembered.
const WINDOW: usize = 64;
/// Links that are watched, at most.
const LINKS: usize = 1_024;
/// More often nothing is probed.
const SHORTEST: Duration = Duration::from_millis(10);

/// How links are measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LinkSettings {
    /// Time between two probes of a link; at least 10 ms. The last 64 are reckoned with.
    pub interval: Duration,
    /// How long an answer may take, at most 32 intervals; later ones count as lost.
    pub timeout: Duration,
}

impl Default for LinkSettings {
    /// A probe a second, with two seconds for its answer.
    fn default() -> Self {
        LinkSettings {
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(2),
        }
    }
}

/// Measures links by probes, as a function of what arrives and of the time that it is given.
///
/// # Example
/// ```
/// use fleet_core::{NodeId, Time};
/// use fleet_zenoh::link::{LinkMonitor, LinkSettings};
///
/// let (a, b) = (NodeId::from_u128(1), NodeId::from_u128(2));
/// let (mut here, mut there) = (LinkMonitor::new(LinkSettings::default())?, LinkMonitor::new(LinkSettings::default())?);
/// here.watch(b, Time::ZERO);
/// let (to, ask) = here.poll(Time::ZERO).unwrap();
/// let answer = there.handle(Time::ZERO, a, &ask).unwrap(); // each has a clock of its own
/// here.handle(Time::from_micros(5_000), b, &answer);
/// assert_eq!((to, here.report(b, Time::from_micros(5_000)).unwrap().round_trip), (b, Some(std::time::Duration::from_millis(5))));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct LinkMonitor {
    settings: LinkSettings,
    peers: BTreeMap<NodeId, Peer>,
    odd: u64,
}

impl LinkMonitor {
    /// Watches no link yet.
    ///
    /// # Errors
    /// If probes were to be sent too often, or their fate is known too late.
    pub fn new(settings: LinkSettings) -> Result<Self, Invalid> {
        if settings.interval < SHORTEST {
            return Err(Invalid::new("interval", Problem::Other("must be at least 10 ms")));
        }
        if settings.timeout > settings.interval * (WINDOW as u32 / 2) {
            return Err(Invalid::new(
                "timeout",
                Problem::Other("must be at most 32 intervals"),
            ));
        }
        Ok(LinkMonitor {
            settings,
            peers: BTreeMap::new(),
            odd: 0,
        })
    }

    /// From now on the link to `node` is measured. `false` if there are 1,024 already.
    pub fn watch(&mut self, node: NodeId, now: Time) -> bool {
        if self.peers.len() >= LINKS && !self.peers.contains_key(&node) {
            return false;
        }
        self.peers.entry(node).or_insert_with(|| Peer::new(now));
        true
    }

    /// The link to `node` is not measured any more.
    pub fn forget(&mut self, node: NodeId) {
        self.peers.remove(&node);
    }

    /// A probe arrived from `from`. Returns what to answer at once, if anything.
    pub fn handle(&mut self, now: Time, from: NodeId, bytes: &[u8]) -> Option<[u8; probe::BYTES]> {
        let expected = match Probe::decode(bytes) {
            Some(Probe::Ask(number)) => return Some(Probe::Answer(number).encode()),
            Some(Probe::Answer(number)) => {
                let peer = self.peers.get_mut(&from);
                peer.is_some_and(|peer| peer.hear(number, now, &self.settings))
            }
            None => false,
        };
        self.odd += u64::from(!expected);
        None
    }

    /// So many bytes came from `from`, in whatever frames. Of links that are not watched nothing is kept.
    pub fn saw(&mut self, now: Time, from: NodeId, bytes: usize) {
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.saw(bytes, now);
        }
    }

    /// The next probe to send, and to whom, if one is due. Call it until there is none.
    pub fn poll(&mut self, now: Time) -> Option<(NodeId, [u8; probe::BYTES])> {
        let (node, peer) = self.peers.iter_mut().find(|(_, peer)| peer.next() <= now)?;
        let number = peer.ask(now, &self.settings)?;
        Some((*node, Probe::Ask(number).encode()))
    }

    /// When to call [`poll`](Self::poll) next; none if no link is watched.
    pub fn next_timeout(&self) -> Option<Time> {
        self.peers.values().map(Peer::next).min()
    }

    /// How the link to `node` is at `now`, if it is watched.
    pub fn report(&self, node: NodeId, now: Time) -> Option<LinkReport> {
        let peer = self.peers.get(&node)?;
        Some(peer.report(node, now, &self.settings))
    }

    /// All links that are watched, by node.
    pub fn reports(&self, now: Time) -> Vec<LinkReport> {
        let report = |(node, peer): (&NodeId, &Peer)| peer.report(*node, now, &self.settings);
        self.peers.iter().map(report).collect()
    }

    /// What arrived and was no probe, or an answer that nobody waits for: one that is late, or repeated.
    pub const fn odd(&self) -> u64 {
        self.odd
    }
}

#[cfg(test)]
mod tests;
