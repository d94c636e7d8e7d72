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
/// Memory: 12 bytes a bid. A bid costs O(log bids of the lot), or O(bids of the lot) if the lowest rises.
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
    /// Robots that were awarded something and have not bid again, by number.
    stale: Vec<bool>,
}

/// What is needed of a lot to choose the next award.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Head {
    urgency: Urgency,
    awarded: bool,
    best: Option<(OrderedFloat<f64>, u32)>,
    second: Option<OrderedFloat<f64>>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Bids {
    robots: Vec<u32>,
    costs: Vec<OrderedFloat<f64>>,
}

impl Auction {
    /// Without lots.
    pub fn new(rule: Rule) -> Self {
        Auction {
            rule,
            ..Auction::default()
        }
    }

    /// A new lot; returns its number.
    pub fn open(&mut self, urgency: Urgency) -> usize {
        let lot = self.heads.len();
        self.heads.push(Head {
            urgency,
            awarded: false,
            best: None,
            second: None,
        });
        self.bids.push(Bids::default());
        self.open.push(lot as u32);
        lot
    }

    /// The lots that are not awarded yet, in no order.
    pub fn open_lots(&self) -> impl Iterator<Item = usize> + '_ {
        self.open.iter().map(|lot| *lot as usize)
    }

    /// `robot` asks `cost` for `lot`, or wants it no more. Replaces what it said before.
    ///
    /// Nothing happens if the lot is awarded already, or never was opened: bids may come late.
    pub fn bid(&mut self, lot: usize, robot: usize, cost: Option<Cost>) {
        let Some(head) = self.heads.get_mut(lot).filter(|head| !head.awarded) else {
            return;
        };
        let robot = robot as u32;
        let cost = cost.map(|cost| OrderedFloat(cost.value()));
        let replaced = self.bids[lot].set(robot, cost);
        let before = match head.best {
            None => Place::Empty,
            Some((_, leader)) if leader == robot => Place::Leads,
            Some(best) => Place::Follows(best),
        };
        match (before, cost) {
            (Place::Empty, Some(cost)) => head.best = Some((cost, robot)),
            (Place::Leads, Some(cost)) if head.second.is_none_or(|second| cost < second) => {
                head.best = Some((cost, robot));
            }
            (Place::Follows(best), Some(cost)) if (cost, robot) < best => {
                (head.best, head.second) = (Some((cost, robot)), Some(best.0));
            }
            (Place::Follows(_), Some(cost)) if replaced.is_none() => {
                head.second = Some(head.second.map_or(cost, |second| second.min(cost)));
            }
            (Place::Follows(_), _) if replaced.is_some() && replaced != head.second => {
                if let Some(cost) = cost {
                    head.second = head.second.map(|second| second.min(cost));
                }
            }
            (Place::Empty, None) => {}
            (Place::Follows(_), None) if replaced.is_none() => {}
            _ => (head.best, head.second) = self.bids[lot].two_lowest(),
        }
    }

    /// `robot` has bid again for all that it still wants, so it may win again.
    pub fn renewed(&mut self, robot: usize) {
        if let Some(stale) = self.stale.get_mut(robot) {
            *stale = false;
        }
    }

    /// The next award, if a lot has a lowest bidder who is not passed over. O(open lots).
    #[expect(
        clippy::should_implement_trait,
        reason = "bids come between two awards: this is no iterator"
    )]
    pub fn next(&mut self) -> Option<Award> {
        let better = |a: &u32, b: &u32| self.order(*a as usize, *b as usize);
        let place = (0..self.open.len())
            .filter(|k| {
                self.heads[self.open[*k] as usize]
                    .best
                    .is_some_and(|(_, robot)| !self.is_stale(robot))
            })
            .min_by(|a, b| better(&self.open[*a], &self.open[*b]))?;
        let lot = self.open.swap_remove(place) as usize;
        let Head { best, second, .. } = self.heads[lot];
        let (cost, robot) = best?;
        self.set_stale(robot);
        self.heads[lot].awarded = true;
        self.bids[lot] = Bids::default();
        let second = second.and_then(|second| Cost::new(second.0));
        Some(Award {
            lot,
            robot: robot as usize,
            cost: Cost::new(cost.0)?,
            second,
        })
    }

    fn order(&self, a: usize, b: usize) -> Ordering {
        let (x, y) = (&self.heads[a], &self.heads[b]);
        let by_rule = match self.rule {
            Rule::LowestBid => x.best.cmp(&y.best),
            Rule::Regret => y.regret().cmp(&x.regret()).then(x.best.cmp(&y.best)),
        };
        y.urgency.cmp(&x.urgency).then(by_rule).then(a.cmp(&b))
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

/// A robot among the bidders for one lot, before its new bid.
enum Place {
    Empty,
    Leads,
    Follows((OrderedFloat<f64>, u32)),
}

impl Head {
    fn regret(&self) -> Option<OrderedFloat<f64>> {
        let (best, _) = self.best?;
        Some(
            self.second
                .map_or(OrderedFloat(f64::INFINITY), |second| second - best),
        )
    }
}

impl Bids {
    /// Returns the bid that was there before.
    fn set(&mut self, robot: u32, cost: Option<OrderedFloat<f64>>) -> Option<OrderedFloat<f64>> {
        // Where all robots bid, in order, the robot's number is its place.
        let guess = robot as usize;
        let place = match self.robots.get(guess) {
            Some(found) if *found == robot => Ok(guess),
            _ => self.robots.binary_search(&robot),
        };
        match (place, cost) {
            (Ok(k), Some(cost)) => Some(core::mem::replace(&mut self.costs[k], cost)),
            (Ok(k), None) => {
                self.robots.remove(k);
                Some(self.costs.remove(k))
            }
            (Err(k), Some(cost)) => {
                self.robots.insert(k, robot);
                self.costs.insert(k, cost);
                None
            }
            (Err(_), None) => None,
        }
    }

    #[expect(clippy::type_complexity, reason = "as the fields of Head")]
    fn two_lowest(&self) -> (Option<(OrderedFloat<f64>, u32)>, Option<OrderedFloat<f64>>) {
        let (mut best, mut second) = (None, None);
        for (&cost, &robot) in self.costs.iter().zip(&self.robots) {
            if best.is_none_or(|best| (cost, robot) < best) {
                second = best.map(|(cost, _)| cost);
                best = Some((cost, robot));
            } else if second.is_none_or(|second| cost < second) {
                second = Some(cost);
            }
        }
        (best, second)
    }
}
