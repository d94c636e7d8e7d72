//! Links that are good and bad by turns.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::ids::NodeId;
use crate::time::Time;

/// The links that were used, by their ends, the lower one first.
#[derive(Debug)]
pub(super) struct Air {
    seed: u64,
    links: BTreeMap<(NodeId, NodeId), Link>,
}

impl Air {
    pub(super) fn new(seed: u64) -> Self {
        Air {
            seed,
            links: BTreeMap::new(),
        }
    }

    /// The link between two nodes.
    pub(super) fn link(&mut self, a: NodeId, b: NodeId) -> &mut Link {
        let (seed, ends) = (self.seed, (a.min(b), a.max(b)));
        self.links.entry(ends).or_insert_with(|| Link::new(seed, ends))
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
    fn new(seed: u64, ends: (NodeId, NodeId)) -> Self {
        Link {
            random: Xoshiro256PlusPlus::seed_from_u64(seed_of(seed, ends)),
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

/// The seed of a link, from that of the network.
fn seed_of(seed: u64, (low, high): (NodeId, NodeId)) -> u64 {
    let words = [low, high].map(|end| end.uuid().as_u64_pair());
    words
        .into_iter()
        .flat_map(|(first, second)| [first, second])
        .fold(seed, |seed, word| {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ word);
            random.random()
        })
}
