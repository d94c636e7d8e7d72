//! Links that are good and bad by turns.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::ids::NodeId;
use crate::time::Time;

/// The ends of a link, the lower one first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Ends {
    /// Of one that two nodes have for themselves.
    Nodes(NodeId, NodeId),
    /// Of one that all nodes of two sites share.
    Sites(u32, u32),
}

impl Ends {
    pub(super) fn nodes(a: NodeId, b: NodeId) -> Self {
        Ends::Nodes(a.min(b), a.max(b))
    }

    pub(super) fn sites(a: u32, b: u32) -> Self {
        Ends::Sites(a.min(b), a.max(b))
    }

    /// The seed of a link between them, from that of the network.
    fn seed(self, seed: u64) -> u64 {
        let mix = |seed, word| Xoshiro256PlusPlus::seed_from_u64(seed ^ word).random();
        match self {
            Ends::Nodes(low, high) => {
                let words = [low, high].map(|end| end.uuid().as_u64_pair());
                let words = words.into_iter().flat_map(|(first, second)| [first, second]);
                words.fold(seed, mix)
            }
            Ends::Sites(low, high) => mix(seed, u64::from(low) << 32 | u64::from(high)),
        }
    }
}

/// The links that were used.
#[derive(Debug)]
pub(super) struct Air {
    seed: u64,
    links: BTreeMap<Ends, Link>,
}

impl Air {
    pub(super) fn new(seed: u64) -> Self {
        Air {
            seed,
            links: BTreeMap::new(),
        }
    }

    /// The link between these ends.
    pub(super) fn link(&mut self, ends: Ends) -> &mut Link {
        let seed = self.seed;
        self.links
            .entry(ends)
            .or_insert_with(|| Link::new(ends.seed(seed)))
    }
}

/// One link, with a generator of its own: its state does not depend on what others carry.
#[derive(Debug)]
pub(super) struct Link {
    random: Xoshiro256PlusPlus,
    /// When its state was brought up to date; never before its first use.
    at: Option<Time>,
    bad: bool,
    /// Its real and its imaginary part.
    gain: [f64; 2],
}

impl Link {
    fn new(seed: u64) -> Self {
        Link {
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            at: None,
            bad: false,
            gain: [0.0; 2],
        }
    }

    /// Seconds since the last time; without end at the first use, so that the state is drawn anew.
    fn elapsed(&mut self, now: Time) -> f64 {
        let before = self.at.replace(now);
        before.map_or(f64::INFINITY, |at| now.since(at).as_secs_f64())
    }

    /// Whether it is in the bad one of two states: a Markov chain, there for `loss` of the time and for `burst` on
    /// average. As with the power, `now` must not be before it was last.
    pub(super) fn is_bad(&mut self, now: Time, burst: Duration, loss: f64) -> bool {
        let elapsed = self.elapsed(now);
        if elapsed > 0.0 {
            let memory = libm::exp(-elapsed / (burst.as_secs_f64() * (1.0 - loss)));
            let before = f64::from(u8::from(self.bad));
            self.bad = self.random.random::<f64>() < loss + (before - loss) * memory;
        }
        self.bad
    }

    /// The power that arrives, 1 on average: that of a gain which is a Gauss-Markov process of the first order.
    pub(super) fn power(&mut self, now: Time, coherence: Duration) -> f64 {
        let elapsed = self.elapsed(now) / coherence.as_secs_f64();
        if elapsed > 0.0 {
            let memory = libm::exp(-elapsed);
            // What is new has the power that is forgotten, half of it in each part.
            let new = libm::sqrt(-libm::expm1(-2.0 * elapsed) / 2.0);
            let [x, y] = normal(&mut self.random);
            self.gain = [memory * self.gain[0] + new * x, memory * self.gain[1] + new * y];
        }
        let [x, y] = self.gain;
        x * x + y * y
    }
}

/// Two numbers of a normal distribution, by the polar method (Marsaglia 1964).
fn normal(random: &mut Xoshiro256PlusPlus) -> [f64; 2] {
    loop {
        let [x, y] = [0; 2].map(|_| 2.0 * random.random::<f64>() - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            let scale = libm::sqrt(-2.0 * libm::log(square) / square);
            return [x * scale, y * scale];
        }
    }
}
