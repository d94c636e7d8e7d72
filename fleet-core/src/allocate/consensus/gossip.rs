//! Who must be told what: news travel over links, and no further than they have to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Consensus;
use crate::bundle::{BundleNews, Followed};
use crate::ids::{NodeId, RobotId};

/// A set of neighbours, by their numbers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Marks(Vec<u64>);

impl Marks {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn set(&mut self, number: usize) {
        let word = number / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (number % 64);
    }

    fn add(&mut self, other: &Marks) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0
            .iter_mut()
            .zip(&other.0)
            .for_each(|(own, other)| *own |= other);
    }

    fn has_all(&self, of: &Marks) -> bool {
        let own = self.0.iter().copied().chain(core::iter::repeat(0));
        of.0.iter().zip(own).all(|(of, own)| of & !own == 0)
    }
}

/// Who is near.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Near {
    numbers: BTreeMap<NodeId, usize>,
    all: Marks,
    /// For each neighbour those of them that it reaches by itself, and itself.
    reach: Vec<Marks>,
}

/// How far one bundle has been told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Told {
    boot: u32,
    /// All neighbours have this version.
    base: u32,
    /// Those in `who` have this one.
    version: u32,
    who: Marks,
}

impl Told {
    /// Of a later life of the robot nothing has been told.
    fn begin(&mut self, boot: u32) {
        if boot > self.boot {
            *self = Told {
                boot,
                ..Told::default()
            };
        }
    }
}

/// What the neighbours of one participant are believed to know.
///
/// A bundle is passed on only if a neighbour may not have it: one that is out of reach of those who told it. Where
/// everybody hears everybody nothing is passed on at all; along a line everything is, once. Belief may be wrong, for
/// words get lost: whoever misses something finds that out by comparing [digests](Consensus::digest).
///
/// In all, a bundle of `n` bids takes at most `61 + 26 n` bytes plus 18 for each claim, and a change costs each
/// participant at most one such message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Gossip {
    near: Near,
    told: BTreeMap<RobotId, Told>,
}

impl Gossip {
    /// With nobody near.
    pub fn new() -> Self {
        Gossip::default()
    }

    /// These are near now, each with those that are near to it.
    pub fn set_near<'a>(&mut self, near: impl IntoIterator<Item = (NodeId, &'a [NodeId])>) {
        let near: BTreeMap<NodeId, &[NodeId]> = near.into_iter().collect();
        let nodes: Vec<NodeId> = near.keys().copied().collect();
        let marks = |of: &mut dyn Iterator<Item = NodeId>| {
            let (mut marks, mut next) = (Marks::default(), 0);
            for node in of {
                // Most often it is the one behind the last.
                if nodes.get(next) != Some(&node) {
                    let Ok(number) = nodes.binary_search(&node) else {
                        continue;
                    };
                    next = number;
                }
                marks.set(next);
                next += 1;
            }
            marks
        };
        let all = marks(&mut nodes.iter().copied());
        let reach: Vec<Marks> = near
            .iter()
            .map(|(node, reach)| marks(&mut reach.iter().copied().chain([*node])))
            .collect();
        let numbers: BTreeMap<NodeId, usize> = nodes.into_iter().zip(0..).collect();
        if numbers != self.near.numbers {
            let forget = |told: &mut Told| told.who.clear();
            self.told.values_mut().for_each(forget);
        }
        self.near = Near { numbers, all, reach };
    }

    /// `from` has sent this, to all who are near to it; `consensus` learns it.
    pub fn learn(&mut self, from: NodeId, news: &BundleNews, consensus: &mut Consensus) -> Followed {
        let followed = consensus.learn(news);
        if let Some(number) = self.near.numbers.get(&from) {
            let told = self.told.entry(news.robot).or_default();
            told.begin(news.boot);
            if (news.boot, news.version) > (told.boot, told.version) {
                told.version = news.version;
                told.who.clear();
            }
            if (news.boot, news.version) == (told.boot, told.version) {
                // The writer has what it wrote.
                let writer = self.near.numbers.get(&news.robot.node());
                writer.into_iter().for_each(|writer| told.who.set(*writer));
                told.who.add(&self.near.reach[*number]);
                if told.who.has_all(&self.near.all) {
                    told.base = told.version;
                }
            }
        }
        followed
    }

    /// Whether all who are near hear `from` by themselves.
    pub fn is_heard_by_all(&self, from: NodeId) -> bool {
        let number = self.near.numbers.get(&from);
        number.is_some_and(|number| self.near.reach[*number].has_all(&self.near.all))
    }

    /// What has to be told to all who are near: they are believed to know it from now on.
    pub fn tell(&mut self, consensus: &Consensus) -> Vec<BundleNews> {
        let mut news = Vec::new();
        for (robot, bundle) in consensus.bundles() {
            let (boot, version) = (bundle.boot(), bundle.version());
            let told = self.told.entry(robot).or_default();
            told.begin(boot);
            if told.boot != boot || told.base >= version {
                continue;
            }
            news.push(bundle.news(robot, told.base));
            (told.base, told.version) = (version, version);
        }
        news
    }
}
