//! How a link is, and what that means for the times of a fleet.

use std::time::Duration;

use fleet_core::NodeId;
use fleet_core::pattern::LinkBudget;

/// The longest round trip, loss and outage of a [`LinkBudget`].
const ROUND_TRIP: Duration = Duration::from_secs(10);
const LOSS: f64 = 0.5;
const OUTAGE: Duration = Duration::from_secs(3_600);
/// Probes from which a loss is known well enough to be complained about.
const ENOUGH: usize = 16;

/// How a link was of late.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct LinkReport {
    /// The other end.
    pub node: NodeId,
    /// From a probe to its answer, as the median; none if none was answered.
    pub round_trip: Option<Duration>,
    /// The longest one.
    pub longest: Option<Duration>,
    /// How much round trips differ from one to the next, as RFC 3550 smooths it.
    pub jitter: Duration,
    /// Share of probes that were not answered in time, from 0 to 1.
    pub loss: f64,
    /// Probes of which that is known.
    pub probes: usize,
    /// Time since the last answer.
    pub silence: Duration,
    /// Longest time without an answer, the present silence included, beyond what lies between two probes.
    pub outage: Duration,
    /// Bytes that came from there, if somebody [counts](super::Meter) them.
    pub bytes_per_second: f64,
}

/// What a link does worse than was assumed of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Shortfall {
    /// Nothing was heard for longer than an outage was to last.
    #[error("silent for longer than an outage was to last")]
    Silent,
    /// An outage was longer.
    #[error("an outage was longer than assumed")]
    Outage,
    /// Answers take longer.
    #[error("round trips are longer than assumed")]
    RoundTrip,
    /// More is lost.
    #[error("more is lost than assumed")]
    Loss,
}

impl LinkReport {
    /// The link as the timings of a fleet [reckon](LinkBudget::apply) with it: the longest round trip and outage that were
    /// seen, and the share of frames whose loss, on the way or on the way back, explains that of probes. Values that a
    /// budget does not take are brought to the nearest end. None if no probe was answered.
    ///
    /// What was seen is no bound on what will be: leave room.
    pub fn budget(&self, risk: f64) -> Option<LinkBudget> {
        Some(LinkBudget {
            round_trip: self.longest?.min(ROUND_TRIP),
            loss: (1.0 - (1.0 - self.loss).sqrt()).clamp(0.0, LOSS),
            outage: self.outage.min(OUTAGE),
            risk,
        })
    }

    /// What is worse than `assumed`, the worst first.
    pub fn shortfall(&self, assumed: &LinkBudget) -> Option<Shortfall> {
        if self.silence > assumed.outage + assumed.round_trip {
            return Some(Shortfall::Silent);
        }
        if self.outage > assumed.outage + assumed.round_trip {
            return Some(Shortfall::Outage);
        }
        if self.longest.is_some_and(|longest| longest > assumed.round_trip) {
            return Some(Shortfall::RoundTrip);
        }
        let loss = 1.0 - (1.0 - assumed.loss) * (1.0 - assumed.loss);
        (self.probes >= ENOUGH && self.loss > loss).then_some(Shortfall::Loss)
    }
}

/// The budget that each of `links` keeps; none if no probe of any was answered.
pub fn worst(links: &[LinkReport], risk: f64) -> Option<LinkBudget> {
    links
        .iter()
        .filter_map(|link| link.budget(risk))
        .reduce(|one, other| LinkBudget {
            round_trip: one.round_trip.max(other.round_trip),
            loss: one.loss.max(other.loss),
            outage: one.outage.max(other.outage),
            risk,
        })
}
