//! What one robot wants to do next, as it tells the others.
//!
//! A bundle has one writer, its robot, and counts its versions. Whoever holds an older version follows with what was
//! [news](BundleNews) since then, from whomever it comes and in whatever order: the highest version stays. So bundles
//! can be passed on by anybody over any number of hops, and nobody ever has to judge whose word on somebody else's bid
//! is the latest: the decision table of the consensus-based bundle algorithm (Choi, Brunet & How 2009) and of its
//! asynchronous form (Johnson, Ponda, Choi & How 2010) has no counterpart here.
//!
//! Of a version only the first bids may be known; whoever knows more of it follows with the rest. So a later version counts
//! more than an earlier one, and of the same version more bids than fewer.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{RobotId, TaskId};
use crate::objective::Cost;

/// One task that a robot bids for, and for how much, on top of those before it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct BundleBid {
    /// The task.
    pub task: TaskId,
    /// Its price.
    pub cost: Cost,
}

/// What changed in a bundle.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct BundleNews {
    /// Whose bundle.
    pub robot: RobotId,
    /// Counts the robot's lives.
    pub boot: u32,
    /// Counts the changes in this life.
    pub version: u32,
    /// Whoever has this version or a later one can follow; 0 if everything is told.
    pub base: u32,
    /// What the robot claims or owns, if that has changed.
    pub claims: Option<Vec<TaskId>>,
    /// How many bids are as they were.
    pub keep: u32,
    /// The bids behind those.
    pub bids: Vec<BundleBid>,
    /// Whether more follow, which are not told: see [`Bundle::is_whole`].
    pub cut: bool,
}

/// A bid, and the version in which it was made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Written {
    bid: BundleBid,
    since: u32,
}

/// What one robot claims or owns, and bids for, in the order in which it chose.
///
/// # Example
/// ```
/// use fleet_core::bundle::{Bundle, BundleBid, Followed};
/// use fleet_core::{Cost, RobotId, TaskId};
///
/// let robot = RobotId::from_u128(1);
/// let bid = |task, cost| BundleBid { task: TaskId::from_u128(task), cost: Cost::new(cost).unwrap() };
/// let mut own = Bundle::new(1);
/// let mut copy = Bundle::default();
///
/// own.rewrite(0, [bid(7, 2.0), bid(8, 3.0)]);
/// assert!(matches!(copy.follow(&own.news(robot, 0), 10), Followed::Changed { .. }));
/// own.rewrite(1, [bid(9, 4.0)]); // it was outbid for the second
/// let news = own.news(robot, copy.version());
/// assert_eq!(news.bids.len(), 1);
/// copy.follow(&news, 10);
/// assert_eq!(copy.bids().collect::<Vec<_>>(), own.bids().collect::<Vec<_>>());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Bundle {
    boot: u32,
    version: u32,
    claims: Vec<TaskId>,
    claims_since: u32,
    bids: Vec<Written>,
    /// A reader: more bids follow, which were not told.
    part: bool,
}

/// What came of [`Bundle::follow`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Followed {
    /// The bundle is another: so many of the first bids are as they were.
    Changed {
        /// How many.
        kept: usize,
    },
    /// Nothing new.
    Known,
    /// What was before the news is missing here.
    Gap,
}

impl Bundle {
    /// An empty one, of a robot's life number `boot`. That it is empty is the first version: whoever knows of a former
    /// life has to be told.
    pub fn new(boot: u32) -> Self {
        Bundle {
            boot,
            version: 1,
            ..Bundle::default()
        }
    }

    /// The robot's life.
    pub const fn boot(&self) -> u32 {
        self.boot
    }

    /// Counts the changes; 0 if nothing is known yet.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// Whether all bids of this version are known. Those of others are passed on
    /// [as far as they stand](crate::allocate::consensus::Gossip).
    pub const fn is_whole(&self) -> bool {
        !self.part
    }

    /// What the robot claims or owns.
    pub fn claims(&self) -> &[TaskId] {
        &self.claims
    }

    /// What it bids for, in order.
    pub fn bids(&self) -> impl ExactSizeIterator<Item = BundleBid> + '_ {
        self.bids.iter().map(|written| written.bid)
    }

    /// The writer: the first `keep` bids stay, the others are these now.
    pub fn rewrite(&mut self, keep: usize, bids: impl IntoIterator<Item = BundleBid>) {
        self.version += 1;
        let since = self.version;
        self.bids.truncate(keep);
        self.bids
            .extend(bids.into_iter().map(|bid| Written { bid, since }));
    }

    /// The writer: what it claims or owns is this now.
    pub fn claim(&mut self, claims: Vec<TaskId>) {
        if claims != self.claims {
            self.version += 1;
            (self.claims, self.claims_since) = (claims, self.version);
        }
    }

    /// What changed since version `base` of this life.
    pub fn news(&self, robot: RobotId, base: u32) -> BundleNews {
        self.news_of(robot, (base, usize::MAX), usize::MAX)
    }

    /// The same of the first `length` bids, for one who has the first bids of version `base`, so many of them. What is known
    /// already is not taken back.
    pub(crate) fn news_of(&self, robot: RobotId, (base, known): (u32, usize), length: usize) -> BundleNews {
        let keep = self
            .bids
            .partition_point(|written| written.since <= base)
            .min(known);
        let end = length.clamp(keep, self.bids.len());
        BundleNews {
            robot,
            boot: self.boot,
            version: self.version,
            base,
            claims: (self.claims_since > base).then(|| self.claims.clone()),
            keep: keep as u32,
            bids: self.bids[keep..end].iter().map(|written| written.bid).collect(),
            cut: self.part || end < self.bids.len(),
        }
    }

    /// A reader: takes over news, of at most `limit` bids and as many claims; longer ones count as a gap.
    pub fn follow(&mut self, news: &BundleNews, limit: usize) -> Followed {
        let keep = news.keep as usize;
        let length = keep.saturating_add(news.bids.len());
        if !self.is_behind(news, length) {
            return Followed::Known;
        }
        let anew = news.base == 0 && keep == 0;
        let follows = news.boot == self.boot && news.base <= self.version && keep <= self.bids.len();
        let claims = news.claims.as_ref().map_or(0, Vec::len);
        if !(anew || follows) || length.max(claims) > limit || !self.is_free_of(news, keep) {
            return Followed::Gap;
        }
        if news.boot != self.boot {
            *self = Bundle::new(news.boot);
        }
        (self.version, self.part) = (news.version, news.cut);
        if let Some(claims) = &news.claims {
            (self.claims, self.claims_since) = (claims.clone(), news.version);
        }
        let same = |(written, bid): (&Written, &BundleBid)| written.bid == *bid;
        let same = self.bids[keep..]
            .iter()
            .zip(&news.bids)
            .take_while(|pair| same(*pair));
        let kept = keep + same.count();
        // Also those that are as they were: in a version that was missed here they may have been others.
        let since = news.version;
        self.bids.truncate(keep);
        self.bids
            .extend(news.bids.iter().map(|bid| Written { bid: *bid, since }));
        Followed::Changed { kept }
    }

    /// Whether a later version is told, or more of this one.
    fn is_behind(&self, news: &BundleNews, length: usize) -> bool {
        let more = self.part && (!news.cut || length > self.bids.len());
        let same = (news.boot, news.version) == (self.boot, self.version);
        // Nobody writes a version 0.
        news.version > 0 && ((news.boot, news.version) > (self.boot, self.version) || same && more)
    }

    /// Whether no task would be bid for twice.
    fn is_free_of(&self, news: &BundleNews, keep: usize) -> bool {
        let new = |k: usize| news.bids[k].task;
        let kept = |task| {
            self.bids
                .iter()
                .take(keep)
                .any(|written| written.bid.task == task)
        };
        (0..news.bids.len()).all(|k| !kept(new(k)) && (0..k).all(|before| new(before) != new(k)))
    }
}
