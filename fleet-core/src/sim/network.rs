//! A network that loses, repeats, delays and reorders, as a seed decides.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::ids::NodeId;
use crate::invalid::{Invalid, Problem, in_range};
use crate::time::Time;

/// How bad the network is, on every link alike.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Shortest delay of a frame.
    pub delay_min: Duration,
    /// Longest delay of a frame; delays are spread evenly between the two.
    pub delay_max: Duration,
    /// Share of frames that are lost, from 0 to 1.
    pub loss: f64,
    /// Share of frames that arrive twice.
    pub duplicate: f64,
    /// Share of frames that are held back by up to ten longest delays, so that later ones overtake them.
    pub reorder: f64,
}

impl Default for Faults {
    /// A good wireless network: 2 to 10 ms, no faults.
    fn default() -> Self {
        Faults {
            delay_min: Duration::from_millis(2),
            delay_max: Duration::from_millis(10),
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
        }
    }
}

impl Faults {
    /// Whether the shares are shares and the delays in order.
    ///
    /// # Errors
    /// Names the first field that makes no sense.
    pub fn check(&self) -> Result<(), Invalid> {
        in_range("loss", self.loss, 0.0, 1.0)?;
        in_range("duplicate", self.duplicate, 0.0, 1.0)?;
        in_range("reorder", self.reorder, 0.0, 1.0)?;
        in_range("delay_max", self.delay_max.as_secs_f64(), 0.0, 3600.0)?;
        if self.delay_max < self.delay_min {
            return Err(Invalid::new("delay_max", Problem::Before("least delay")));
        }
        Ok(())
    }
}

/// A time during which some nodes hear only each other, and the rest only the rest.
#[derive(Clone, PartialEq, Debug)]
pub struct Partition {
    /// When it begins.
    pub from: Time,
    /// When it heals.
    pub until: Time,
    /// The nodes that are cut off.
    pub nodes: BTreeSet<NodeId>,
    /// In which direction.
    pub direction: Direction,
}

/// Which frames a partition swallows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// All between the two sides.
    #[default]
    Both,
    /// Those to the nodes that are cut off: they are deaf.
    In,
    /// Those from them: they are mute.
    Out,
}

impl Partition {
    fn swallows(&self, from: NodeId, to: NodeId) -> bool {
        let (from, to) = (self.nodes.contains(&from), self.nodes.contains(&to));
        match self.direction {
            Direction::Both => from != to,
            Direction::In => to && !from,
            Direction::Out => from && !to,
        }
    }
}

/// A time during which frames take longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spike {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// By how much.
    pub extra: Duration,
}

/// The fates of frames.
#[derive(Debug)]
pub struct Network {
    pub(super) faults: Faults,
    partitions: Vec<Partition>,
    spikes: Vec<Spike>,
    lose: BTreeSet<u64>,
    sent: u64,
    random: Xoshiro256PlusPlus,
}

impl Network {
    pub(super) fn new(
        faults: Faults,
        partitions: Vec<Partition>,
        spikes: Vec<Spike>,
        lose: BTreeSet<u64>,
        seed: u64,
    ) -> Self {
        Network {
            faults,
            partitions,
            spikes,
            lose,
            sent: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
        }
    }

    /// When a frame sent at `now` arrives: not at all, once, or twice.
    pub(super) fn arrivals(&mut self, now: Time, from: NodeId, to: NodeId) -> [Option<Time>; 2] {
        let number = self.sent;
        self.sent += 1;
        if self.cut(now, from, to) || self.lose.contains(&number) || self.happens(self.faults.loss) {
            return [None, None];
        }
        let spikes = self
            .spikes
            .iter()
            .filter(|spike| spike.from <= now && now < spike.until);
        let extra: Duration = spikes.map(|spike| spike.extra).sum();
        let first = now + self.delay() + extra;
        let second = if self.happens(self.faults.duplicate) {
            Some(now + self.delay() + extra)
        } else {
            None
        };
        [Some(first), second]
    }

    /// Whether a partition separates the two.
    pub(super) fn cut(&self, now: Time, from: NodeId, to: NodeId) -> bool {
        let active = self
            .partitions
            .iter()
            .filter(|cut| cut.from <= now && now < cut.until);
        active.into_iter().any(|cut| cut.swallows(from, to))
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        &self.partitions
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random::<f64>() < share
    }

    fn delay(&mut self) -> Duration {
        let Faults {
            delay_min: min,
            delay_max: max,
            reorder,
            ..
        } = self.faults;
        let spread = |random: &mut Xoshiro256PlusPlus, span: Duration| span.mul_f64(random.random::<f64>());
        let usual = min + spread(&mut self.random, max - min);
        if self.happens(reorder) {
            usual + spread(&mut self.random, max * 10)
        } else {
            usual
        }
    }
}
