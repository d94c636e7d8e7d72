//! Who must be told what: news travel over links, and no further than they have to.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Consensus;
use crate::bundle::{Bundle, BundleNews, Followed};
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

/// So many of the first bids of a version; [`WHOLE`] for all there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
struct Extent {
    version: u32,
    length: u32,
}

const WHOLE: u32 = u32::MAX;

impl Extent {
    const fn all(bundle: &Bundle) -> Self {
        Extent {
            version: bundle.version(),
            length: WHOLE,
        }
    }

    /// What whoever hears these news knows then.
    fn of(news: &BundleNews) -> Self {
        Extent {
            version: news.version,
            length: match news.cut {
                true => news.keep.saturating_add(news.bids.len() as u32),
                false => WHOLE,
            },
        }
    }
}

/// How far one bundle has been told.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Told {
    boot: u32,
    /// All neighbours have this.
    base: Extent,
    /// Those in `who` have this.
    most: Extent,
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

    /// Whether the bids in these news are those that all neighbours know, though it may be in an earlier version. What
    /// follows is not told anyway.
    fn has_all_of(&self, news: &BundleNews) -> bool {
        let same = news.keep == self.base.length && news.bids.is_empty();
        same && news.cut && news.claims.is_none()
    }
}

/// What the neighbours of one participant are believed to know.
///
/// A bundle is passed on only if a neighbour may not have it: one that is out of reach of those who told it. Where
/// everybody hears everybody nothing is passed on at all; along a line everything is, once. Belief may be wrong, for
/// words get lost: whoever misses something finds that out by comparing [digests](Consensus::digest).
///
/// Of a bundle only the first bids are passed on, those that stand as far as is known here. What beats the next one is told
/// too, so that robot will hear of it and choose anew from there on; if it does not, for the other bid is gone, the rest stands
/// and is told then. What stands in the end stands everywhere, so in the end all know all.
///
/// In all, a bundle of `n` bids takes at most `62 + 26 n` bytes plus 18 for each claim, and a change costs each
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
            let extent = Extent::of(news);
            if (news.boot, extent) > (told.boot, told.most) {
                told.most = extent;
                told.who.clear();
            }
            if (news.boot, extent) == (told.boot, told.most) {
                // The writer has what it wrote.
                let writer = self.near.numbers.get(&news.robot.node());
                writer.into_iter().for_each(|writer| told.who.set(*writer));
                told.who.add(&self.near.reach[*number]);
                if told.who.has_all(&self.near.all) {
                    told.base = told.most;
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
        let mut standing = None;
        let mut stands = |robot: RobotId| match consensus.seats.get(&robot) {
            Some(seat) => {
                let standing = standing.get_or_insert_with(|| consensus.standing());
                standing.get(*seat as usize).copied().unwrap_or(WHOLE)
            }
            None => WHOLE, // its own
        };
        let mut all = Vec::new();
        for (robot, bundle) in consensus.bundles().filter(|(_, bundle)| bundle.version() > 0) {
            let told = self.told.entry(robot).or_default();
            told.begin(bundle.boot());
            if told.boot != bundle.boot() || told.base >= Extent::all(bundle) {
                continue;
            }
            let base = (told.base.version, told.base.length as usize);
            let news = bundle.news_of(robot, base, stands(robot) as usize);
            if !told.has_all_of(&news) {
                told.base = Extent::of(&news);
                told.most = told.most.max(told.base);
                all.push(news);
            }
        }
        all
    }
}
