//! From what a link is like to how long to wait for what is sent over it.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::invalid::{Invalid, in_range, positive};
use crate::ledger::LeaseTerms;

/// The longest round trip that is taken, in seconds.
const ROUND_TRIP: f64 = 10.0;
/// The longest outage that is taken, in seconds.
const OUTAGE: f64 = 3600.0;

/// Chance that is taken of a mistake that costs a few messages: a witness that is thought to be gone, a bid that is missed.
const SLIGHT: f64 = 1e-3;
/// Share of bids that may be missed when a robot claims what it chose: measured at losses from 0.1 to 0.5.
const MISSED: f64 = 0.08;
/// Hops over which robots that choose for themselves hear of each other, at most.
const HOPS: u32 = 3;

/// Nobody asks again sooner: a node that answers is stepped every 20 ms or so.
const RETRY: Duration = Duration::from_millis(50);
/// A robot that has nothing to ask for says no more often that it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// A task that nobody wanted is offered no more often: until then robots have moved on, or charged.
const REOFFER: Duration = Duration::from_secs(5);
/// Less does not pay where robots choose for themselves: measured on good links.
const SETTLE: Duration = Duration::from_millis(300);
/// A robot that comes free takes a task off a busy one within this time, or not at all.
const COMMIT: Duration = Duration::from_secs(5);

/// Less would part a team before a lost robot of it is replaced.
const TEAM_FOUND: Duration = Duration::from_secs(30);

/// What is assumed of the worst of the links that ownership depends on: those between robots and witnesses, and among
/// robots where these choose for themselves. All [timings](Self::apply) follow from it.
///
/// With round trip `R`, loss `q`, outage `O`, [`Config::stopping`] `s`, and `tries(x, p)` the least number of tries that
/// all fail with a chance of at most `p`, if each does with chance `x`:
///
/// | setting | is | because |
/// |---|---|---|
/// | `retry` `r` | `1.5 R`, at least 50 ms | before `R` the answer may still be under way; half of it more is for answers that are late |
/// | `heartbeat` `h` | `4 r`, at least 1 s | what matters is asked again every `r`; who has nothing to ask for need not be as loud |
/// | `lease` | `s + h + R + max(k r, O + r + R)` | from one answered ask to the next takes `h`; then there is time for `k` asks, each with all of its `r`, or for an outage and an ask after it, and at the end for the last answer and for the body to stop |
/// | ... with `k` | `tries(x, risk)` | `x` is the chance that of `n` witnesses no majority hears an ask and is heard: each does with `(1 - q)²` |
/// | `suspicion` | `m h + R`, `m = tries(q, 0.001)`, at least 2 | signs of life are not repeated, so `m` of them in a row have to be lost; a false suspicion costs messages, no safety |
/// | `degrade`, `restore` | as long as `suspicion`, and three times as long | time for another witness to lead; and a link that was silent is trusted when it would have been missed by now if it were still bad |
/// | `auction` | `R + (a - 1) r`, `a = tries(1 - (1 - q)², 0.001)`, at least 2 | robots that do not answer are asked again every `r`; a bid that is missed costs a dearer award |
/// | `reoffer` | 4 `auction`, at least 5 s | an offer in vain keeps a task busy for a fifth of the time at most |
/// | `settle` | `2 R`, at least 0.3 s; and `n h` more | what a robot chose makes another one bid, and that is heard: there and back, twice where it has to be passed on |
/// | ... with `n` | least with `qⁿ⁺¹` at most 0.08 | it is told again with each sign of life as long as it is waited for; a bid that is missed costs a dearer claim |
/// | `commit` | 2 `settle`, at least 5 s | it is for robots that come free, and these have to settle too |
/// | `absence` | `(m + 3) h + 1.5 R`, `m = tries(1 - (1 - q)³, 0.001)` | signs come over up to three hops, wait for a heartbeat at each, and are lost on any |
/// | `team_found` | 2 `lease` + 2 `reoffer`, at least 30 s | a robot that is lost is missed after a guard; then its task is offered, and once more |
///
/// Each is rounded up to a millisecond. Losses are taken as independent; where they come in bursts, `outage` is what
/// counts. What depends on the work and not on links (`stopping`, `gather`, `keep`, `remember`, the drift of clocks)
/// stays as it is.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBudget {
    /// Longest time from a question to its answer, if none of both is lost, with the pauses between the steps of both
    /// nodes; at most 10 s.
    pub round_trip: Duration,
    /// Share of frames that are lost, one way, each by itself; at most 0.5.
    pub loss: f64,
    /// Longest time in which nothing gets through and which is to cost no lease; at most an hour.
    pub outage: Duration,
    /// Chance that is taken of losing a lease for want of answers, each time that it is to be renewed; from 1e-12 to 0.1.
    pub risk: f64,
}

impl LinkBudget {
    /// No link at all: what a robot says to itself. Its own loop may stand still for a second.
    pub const LOCAL: LinkBudget = LinkBudget {
        round_trip: Duration::ZERO,
        loss: 0.0,
        outage: Duration::from_secs(1),
        risk: 1e-9,
    };

    /// The wireless network of a site: 50 ms, one frame in twenty lost, two seconds to roam between access points.
    pub const SITE: LinkBudget = LinkBudget {
        round_trip: Duration::from_millis(50),
        loss: 0.05,
        outage: Duration::from_secs(2),
        risk: 1e-9,
    };

    /// From a site to a cloud over a mobile network: 400 ms, one frame in ten lost, gone for ten seconds now and then.
    pub const UPLINK: LinkBudget = LinkBudget {
        round_trip: Duration::from_millis(400),
        loss: 0.1,
        outage: Duration::from_secs(10),
        risk: 1e-9,
    };

    /// Whether the times and shares are in their ranges.
    ///
    /// # Errors
    /// Names the first field that is not.
    pub fn check(&self) -> Result<(), Invalid> {
        in_range("round_trip", self.round_trip.as_secs_f64(), 0.0, ROUND_TRIP)?;
        in_range("loss", self.loss, 0.0, 0.5)?;
        in_range("outage", self.outage.as_secs_f64(), 0.0, OUTAGE)?;
        positive("risk", self.risk, 0.1)?;
        in_range("risk", self.risk, 1e-12, 0.1).map(|_| ())
    }

    /// Sets the timings of `config` by the table above, for the witnesses that it names.
    ///
    /// # Errors
    /// If the budget [makes no sense](Self::check), or the lease would be too long; nothing is changed then.
    pub fn apply(&self, config: &mut Config) -> Result<(), Invalid> {
        self.check()?;
        let round_trip = self.round_trip;
        let retry = whole((round_trip * 3 / 2).max(RETRY));
        let heartbeat = (retry * 4).max(HEARTBEAT);
        let asks = tries(self.unanswered(config.witnesses.len()), self.risk);
        let waiting = (retry * asks).max(self.outage + retry + round_trip);
        let lease = config.stopping + heartbeat + round_trip + waiting;
        config.lease = LeaseTerms::new(whole(lease), config.lease.drift())?;
        config.retry = retry;
        config.heartbeat = heartbeat;
        let signs = tries(self.loss, SLIGHT).max(2);
        config.suspicion = whole(heartbeat * signs + round_trip);
        (config.degrade, config.restore) = (config.suspicion, config.suspicion * 3);
        let offers = tries(self.unanswered(1), SLIGHT).max(2);
        config.auction = whole(round_trip + retry * (offers - 1));
        config.reoffer = (config.auction * 4).max(REOFFER);
        let heard = (round_trip * 2).max(SETTLE);
        config.settle = whole(heard + heartbeat * self.repeats());
        config.commit = (config.settle * 2).max(COMMIT);
        let signs = tries(1.0 - power(1.0 - self.loss, HOPS), SLIGHT);
        config.absence = whole(heartbeat * (signs + HOPS) + round_trip * HOPS / 2);
        config.team_found = (config.lease.length() * 2 + config.reoffer * 2).max(TEAM_FOUND);
        Ok(())
    }

    /// So many times news is told again until it has been heard, with few exceptions.
    fn repeats(&self) -> u32 {
        tries(self.loss, MISSED) - 1
    }

    /// The chance that an ask is not answered by a majority of so many witnesses.
    fn unanswered(&self, witnesses: usize) -> f64 {
        let answers = power(1.0 - self.loss, 2);
        // How likely each number of answers is, one witness after the other.
        let mut counts = alloc::vec![0.0; witnesses + 1];
        counts[0] = 1.0;
        for asked in 1..=witnesses {
            for count in (0..=asked).rev() {
                let one_more = if count > 0 {
                    counts[count - 1] * answers
                } else {
                    0.0
                };
                counts[count] = counts[count] * (1.0 - answers) + one_more;
            }
        }
        counts[..=witnesses / 2].iter().sum()
    }
}

/// The least number of tries, of which each fails with chance `fails` (below 1), that all fail with `chance` at most.
fn tries(fails: f64, chance: f64) -> u32 {
    let (mut count, mut all) = (1, fails);
    while all > chance {
        (count, all) = (count + 1, all * fails);
    }
    count
}

/// By multiplications only: the same on every machine.
fn power(base: f64, exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// Rounded up to a millisecond.
fn whole(span: Duration) -> Duration {
    Duration::from_millis(span.as_nanos().div_ceil(1_000_000) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(loss: f64) -> LinkBudget {
        LinkBudget {
            loss,
            ..LinkBudget::SITE
        }
    }

    #[test]
    fn unanswered_is_what_the_book_has() {
        for loss in [0.0, 0.05, 0.2, 0.5] {
            let y: f64 = (1.0 - loss) * (1.0 - loss);
            let one = link(loss).unanswered(1);
            let three = link(loss).unanswered(3);
            assert!((one - (1.0 - y)).abs() < 1e-12, "{loss}: {one}");
            assert!(
                (three - (1.0 - y * y * (3.0 - 2.0 * y))).abs() < 1e-12,
                "{loss}: {three}"
            );
        }
    }

    #[test]
    fn tries_are_as_few_as_will_do() {
        assert_eq!(tries(0.0, 0.001), 1);
        assert_eq!(tries(0.1, 0.011), 2);
        for fails in [0.05, 0.3, 0.9] {
            let count = tries(fails, 1e-6);
            assert!(
                power(fails, count) <= 1e-6 && power(fails, count - 1) > 1e-6,
                "{fails}"
            );
        }
    }
}
