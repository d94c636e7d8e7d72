//! Who wins: from bids to awards, one at a time.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::objective::Cost;
use crate::standing::Urgency;

/// Which of the equally urgent tasks is awarded next. It always goes to its lowest bidder.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The one with the lowest bid: the sequential single-item auction (Lagoudakis et al. 2005).
    #[default]
    LowestBid,
    /// The one that loses most if its lowest bidder gets something else: the largest difference between its two
    /// lowest bids, a lone bid before all others (Koenig et al. 2008, "Agent coordination with regret clearing").
    Regret,
}

/// One decision of an [`Auction`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Award {
    /// The lot.
    pub lot: usize,
    /// The robot with the lowest bid.
    pub robot: usize,
    /// That bid.
    pub cost: Cost,
    /// The next lowest bid, if another robot bid.
    pub second: Option<Cost>,
}

/// A sequential auction over numbered lots (tasks) and robots.
///
/// A robot's bids are good for one award: it changes the robot's schedule and so the price of everything else.
/// After an award the robot is passed over until [`renewed`](Self::renewed) says that it has bid again; bids of
/// the other robots stay valid.
///
/// Robots are numbered from 0 without large holes. Memory: 8 bytes a lot and robot. A bid costs O(1), or O(robots)
/// if one of the two lowest rises.
///
/// # Example
/// ```
/// use fleet_core::allocate::{Auction, Rule};
/// use fleet_core::urgency::Urgency;
/// use fleet_core::Cost;
///
/// let mut auction = Auction::new(Rule::LowestBid);
/// let (desk, door) = (auction.open(Urgency::new(0.0)), auction.open(Urgency::new(1.0)));
/// for (lot, robot, cost) in [(desk, 0, 1.0), (door, 0, 8.0), (door, 1, 9.0)] {
///     auction.bid(lot, robot, Cost::new(cost));
/// }
/// // The door is more urgent, though the desk is cheaper.
/// let award = auction.next().unwrap();
/// assert_eq!((award.lot, award.robot), (door, 0));
/// // The only bidder for the desk has a new schedule now, and must say what the desk costs on top of it.
/// assert_eq!(auction.next(), None);
/// auction.bid(desk, 0, Cost::new(3.0));
/// auction.renewed(0);
/// assert_eq!(auction.next().map(|award| award.lot), Some(desk));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Auction {
    rule: Rule,
    heads: Vec<Head>,
    bids: Vec<Bids>,
    open: Vec<u32>,
    /// Numbers of lots that were awarded or withdrawn, to be used again.
    free: Vec<u32>,
    /// Robots that were awarded something and have not bid again, by number.
    stale: Vec<bool>,
}

/// A bid and its robot; of equal bids the robot with the lower number comes first.
pub(super) type Offer = (OrderedFloat<f64>, u32);

/// What is needed of a lot to choose the next award: its two lowest offers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Head {
    urgency: Urgency,
    closed: bool,
    best: Option<Offer>,
    second: Option<Offer>,
}

/// What each robot asks, by number; infinite if it does not bid.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Bids(Vec<OrderedFloat<f64>>);

const NO_BID: OrderedFloat<f64> = OrderedFloat(f64::INFINITY);

impl Auction {
    /// Without lots.
    pub fn new(rule: Rule) -> Self {
        Auction {
            rule,
            ..Auction::default()
        }
    }

    pub(super) const fn rule(&self) -> Rule {
        self.rule
    }

    /// A new lot; returns its number, which may have been that of a lot awarded or withdrawn before.
    pub fn open(&mut self, urgency: Urgency) -> usize {
        let head = Head {
            urgency,
            closed: false,
            best: None,
            second: None,
        };
        let lot = match self.free.pop() {
            Some(lot) => {
                self.heads[lot as usize] = head;
                lot
            }
            None => {
                self.heads.push(head);
                self.bids.push(Bids::default());
                self.heads.len() as u32 - 1
            }
        };
        self.open.push(lot);
        lot as usize
    }

    /// Takes a lot that is not awarded yet out of the auction. O(open lots).
    pub fn withdraw(&mut self, lot: usize) {
        if let Some(place) = self.open.iter().position(|open| *open as usize == lot) {
            self.open.swap_remove(place);
            self.retire(lot);
        }
    }

    fn retire(&mut self, lot: usize) {
        self.heads[lot].closed = true;
        self.bids[lot] = Bids::default();
        self.free.push(lot as u32);
    }

    /// The lots that are not awarded yet, in the order in which they were opened.
    pub fn open_lots(&self) -> impl Iterator<Item = usize> + '_ {
        self.open.iter().map(|lot| *lot as usize)
    }

    /// `robot` asks `cost` for `lot`, or wants it no more. Replaces what it said before.
    ///
    /// Nothing happens if the lot is awarded already, or never was opened: bids may come late.
    pub fn bid(&mut self, lot: usize, robot: usize, cost: Option<Cost>) {
        let Some(head) = self.heads.get_mut(lot).filter(|head| !head.closed) else {
            return;
        };
        self.bids[lot].set(robot, cost);
        let offer = cost.map(|cost| (OrderedFloat(cost.value()), robot as u32));
        if !head.follow(robot as u32, offer) {
            (head.best, head.second) = self.bids[lot].two_lowest();
        }
    }

    /// The two lowest offers for an open lot, from someone who knows them all: bids are not looked at then.
    pub(super) fn lead(&mut self, lot: usize, best: Option<Offer>, second: Option<Offer>) {
        let head = &mut self.heads[lot];
        (head.best, head.second) = (best, second);
    }

    /// `robot` has bid again for all that it still wants, so it may win again.
    pub fn renewed(&mut self, robot: usize) {
        if let Some(stale) = self.stale.get_mut(robot) {
            *stale = false;
        }
    }

    /// `robot` may not win until it is renewed.
    pub(crate) fn pass_over(&mut self, robot: usize) {
        self.set_stale(robot as u32);
    }

    pub(crate) fn is_passed_over(&self, robot: usize) -> bool {
        self.is_stale(robot as u32)
    }

    /// How urgent the lot of the [`next`](Self::next) award is. O(open lots).
    pub(crate) fn next_urgency(&self) -> Option<Urgency> {
        let heads = self.open.iter().map(|lot| &self.heads[*lot as usize]);
        let can = heads.filter(|head| head.best.is_some_and(|(_, robot)| !self.is_stale(robot)));
        can.map(|head| head.urgency).max()
    }

    /// The next award, if a lot has a lowest bidder who is not passed over. O(open lots).
    #[expect(
        clippy::should_implement_trait,
        reason = "bids come between two awards: this is no iterator"
    )]
    pub fn next(&mut self) -> Option<Award> {
        let mut first: Option<(usize, u32, &Head)> = None;
        for (place, lot) in self.open.iter().copied().enumerate() {
            let head = &self.heads[lot as usize];
            if first.is_none_or(|(_, other, than)| self.order((lot, head), (other, than)).is_lt())
                && head.best.is_some_and(|(_, robot)| !self.is_stale(robot))
            {
                first = Some((place, lot, head));
            }
        }
        let (place, ..) = first?;
        // Lots stay in order: whoever bids for all of them walks memory forward.
        let lot = self.open.remove(place) as usize;
        let Head { best, second, .. } = self.heads[lot];
        let (cost, robot) = best?;
        self.set_stale(robot);
        self.retire(lot);
        let second = second.and_then(|(second, _)| Cost::new(second.0));
        Some(Award {
            lot,
            robot: robot as usize,
            cost: Cost::new(cost.0)?,
            second,
        })
    }

    #[inline(always)]
    fn order(&self, (a, x): (u32, &Head), (b, y): (u32, &Head)) -> Ordering {
        if x.urgency != y.urgency {
            return y.urgency.cmp(&x.urgency);
        }
        let by_rule = match self.rule {
            Rule::LowestBid => Ordering::Equal,
            Rule::Regret => y.regret().cmp(&x.regret()),
        };
        by_rule.then_with(|| x.best.cmp(&y.best)).then(a.cmp(&b))
    }

    fn is_stale(&self, robot: u32) -> bool {
        self.stale.get(robot as usize).copied().unwrap_or(false)
    }

    fn set_stale(&mut self, robot: u32) {
        let robot = robot as usize;
        if self.stale.len() <= robot {
            self.stale.extend(vec![false; robot + 1 - self.stale.len()]);
        }
        self.stale[robot] = true;
    }
}

impl Head {
    /// Takes note of what `robot` offers instead of what it did before. `false` if that may have let in a third one.
    ///
    /// Reads nothing but the head: with many lots, the bids themselves are far away in memory.
    fn follow(&mut self, robot: u32, offer: Option<Offer>) -> bool {
        let is = |place: Option<Offer>| place.is_some_and(|(_, other)| other == robot);
        let below = |place: Option<Offer>| offer.is_some_and(|offer| place.is_none_or(|place| offer < place));
        if is(self.best) {
            if !below(self.second) {
                return false;
            }
            self.best = offer;
        } else if below(self.best) {
            self.second = core::mem::replace(&mut self.best, offer);
        } else if below(self.second) {
            self.second = offer;
        } else {
            return !is(self.second) || offer == self.second;
        }
        true
    }

    fn regret(&self) -> Option<OrderedFloat<f64>> {
        let (best, _) = self.best?;
        Some(
            self.second
                .map_or(OrderedFloat(f64::INFINITY), |(second, _)| second - best),
        )
    }
}

impl Bids {
    fn set(&mut self, robot: usize, cost: Option<Cost>) {
        if robot >= self.0.len() {
            if cost.is_none() {
                return;
            }
            self.0.resize(robot + 1, NO_BID);
        }
        self.0[robot] = cost.map_or(NO_BID, |cost| OrderedFloat(cost.value()));
    }

    fn two_lowest(&self) -> (Option<Offer>, Option<Offer>) {
        let (mut best, mut second) = ((NO_BID, 0), (NO_BID, 0));
        for (robot, &cost) in self.0.iter().enumerate() {
            if cost < best.0 {
                (best, second) = ((cost, robot as u32), best);
            } else if cost < second.0 {
                second = (cost, robot as u32);
            }
        }
        let offered = |offer: Offer| (offer.0 != NO_BID).then_some(offer);
        (offered(best), offered(second))
    }
}
