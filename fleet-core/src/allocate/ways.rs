//! The auction where nothing but ways counts.
//!
//! The price of a lot is that of one gap in one plan then, and an award takes away one gap and brings two. So it is
//! enough to know the two lowest bids for each lot: after an award every lot looks at the two new gaps, and only those
//! that were to fill the one that is gone look further. No table of lots and robots is kept.

use alloc::vec::Vec;

use ordered_float::OrderedFloat;

use super::auction::{Auction, Offer, Rule};
use super::problem::Problem;
use crate::schedule::{Errand, Gap, Insertion, Job, Schedule};
use crate::travel::Travel;

/// What a robot asks, and the task before which it would put the lot.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Bid {
    pub(super) cost: f64,
    robot: u32,
    gap: u32,
}

/// Before no task: at the end of a plan.
const END: u32 = u32::MAX;

impl Bid {
    pub(super) const NONE: Bid = Bid {
        cost: f64::INFINITY,
        robot: u32::MAX,
        gap: END,
    };

    /// Nobody was asked yet.
    pub(super) const UNKNOWN: Bid = Bid {
        cost: f64::NAN,
        ..Bid::NONE
    };

    /// For a place in a plan, whichever it is.
    pub(super) const fn of_plan(cost: f64) -> Self {
        Bid { cost, ..Bid::NONE }
    }

    /// Whether it says for which gap it is.
    pub(super) const fn is_for_gap(&self) -> bool {
        self.robot != Bid::NONE.robot
    }

    /// Of equal bids that of the robot with the lower number is lower.
    fn is_below(&self, other: &Bid) -> bool {
        self.cost < other.cost || self.cost == other.cost && self.robot < other.robot
    }

    fn is_for(&self, robot: u32, gap: u32) -> bool {
        self.robot == robot && self.gap == gap
    }

    fn offer(self) -> Option<Offer> {
        (self != Bid::NONE).then_some((OrderedFloat(self.cost), self.robot))
    }
}

/// The lowest bid of a robot with these gaps that is not above `most`.
#[inline]
pub(super) fn cheapest<'a, T: Travel + ?Sized>(
    robot: u32,
    gaps: impl IntoIterator<Item = &'a Gap>,
    errand: &Errand,
    most: f64,
    travel: &mut T,
) -> Bid {
    let mut most = most.min(errand.worth()).min(f64::MAX);
    let mut bid = Bid::NONE;
    for gap in gaps {
        if let Some(cost) = errand.price(gap, most, travel) {
            most = cost;
            let gap = gap.before.unwrap_or(END);
            bid = Bid { cost, robot, gap };
        }
    }
    bid
}

/// What an award did to the plan of its winner.
#[derive(Clone, Debug)]
pub(super) struct Change {
    robot: u32,
    /// The task before which a gap was filled.
    filled: u32,
    /// The gaps in its place.
    new: [Gap; 2],
}

impl Change {
    /// Puts `job` into the schedule of `robot`, which has these gaps until then.
    pub(super) fn make(
        robot: usize,
        schedule: &mut Schedule,
        job: &Job,
        insertion: &Insertion,
        gaps: &mut Vec<Gap>,
    ) -> Option<Self> {
        let filled = schedule.gap(insertion.gap)?.before;
        schedule.insert(job, insertion);
        let behind = insertion.gap + job.stops.len();
        let new = [schedule.gap(insertion.gap)?, schedule.gap(behind)?];
        let place = gaps.iter().position(|gap| gap.before == filled)?;
        gaps.splice(place..=place, new);
        Some(Change {
            robot: robot as u32,
            filled: filled.unwrap_or(END),
            new,
        })
    }

    /// What the robot asks at least that asked no less than `before`.
    #[inline]
    pub(super) fn least<T: Travel + ?Sized>(&self, before: f64, errand: &Errand, travel: &mut T) -> f64 {
        let lower = |least: f64, gap| {
            let price = errand.least(gap, travel);
            if price < least { price } else { least }
        };
        self.new.iter().fold(before, lower)
    }

    /// What the robot, which has these gaps now, asks instead of what it asked `before`.
    pub(super) fn rebid<T: Travel + ?Sized>(
        &self,
        before: Bid,
        gaps: &[Gap],
        errand: &Errand,
        travel: &mut T,
    ) -> Bid {
        let new = cheapest(self.robot, &self.new, errand, before.cost, travel);
        if new != Bid::NONE {
            new
        } else if before.is_for(self.robot, self.filled) {
            cheapest(self.robot, gaps, errand, f64::INFINITY, travel)
        } else {
            before
        }
    }
}

/// A lot and its lowest bids.
pub(super) struct Lot {
    task: usize,
    for_all: bool,
    /// Whether `second` is a bid, not only a bound.
    known: bool,
    best: Bid,
    /// Nobody but the best bidder bids below this.
    second: Bid,
    /// `None` if there is no way between its stops.
    errand: Option<Errand>,
}

/// The tasks of `tier` as lots, if only ways count for all of them in all schedules.
pub(super) fn lots(
    tier: &[usize],
    jobs: &[Option<Job>],
    problem: &Problem,
    schedules: &[Schedule],
) -> Option<Vec<Lot>> {
    let lot = |&task: &usize| {
        let errand = match &jobs[task] {
            Some(job) => Some(Errand::of(job, problem.objective())?),
            None => None,
        };
        Some(Lot {
            task,
            for_all: problem.tasks()[task].needs().is_empty(),
            known: true,
            best: Bid::NONE,
            second: Bid::NONE,
            errand,
        })
    };
    let lots: Vec<Lot> = tier.iter().map(lot).collect::<Option<_>>()?;
    // They are equally urgent: what goes for one goes for all.
    let one = lots.iter().find_map(|lot| lot.errand);
    one.is_none_or(|errand| schedules.iter().all(|schedule| schedule.takes_by_ways(&errand)))
        .then_some(lots)
}

/// Awards all that somebody bids for. The lots are numbered as in `auction`, which does not know of any bid yet.
pub(super) fn auction_off<T: Travel + ?Sized>(
    mut lots: Vec<Lot>,
    auction: &mut Auction,
    jobs: &[Option<Job>],
    problem: &Problem,
    schedules: &mut [Schedule],
    travel: &mut T,
) {
    let mut bidders = Bidders {
        problem,
        gaps: schedules
            .iter()
            .map(|schedule| schedule.gaps().collect())
            .collect(),
        seconds: auction.rule() == Rule::Regret,
    };
    for (number, lot) in lots.iter_mut().enumerate() {
        bidders.find_best(lot, f64::NEG_INFINITY, travel);
        lot.tell(number, auction);
    }
    let mut open = Vec::new();
    while let Some(award) = auction.next() {
        let (schedule, gaps) = (&mut schedules[award.robot], &mut bidders.gaps[award.robot]);
        if let Some(job) = &jobs[lots[award.lot].task]
            && let Ok(insertion) = schedule.best_insertion(job, travel)
            && let Some(change) = Change::make(award.robot, schedule, job, &insertion, gaps)
        {
            open.clear();
            open.extend(auction.open_lots());
            for &number in &open {
                if bidders.follow(&mut lots[number], &change, travel) {
                    lots[number].tell(number, auction);
                }
            }
        }
        auction.renewed(award.robot);
    }
}

impl Lot {
    fn tell(&self, number: usize, auction: &mut Auction) {
        let second = Some(self.second).filter(|_| self.known);
        auction.lead(number, self.best.offer(), second.and_then(Bid::offer));
    }

    /// Takes note of a bid of a robot that is not the best bidder and has asked more so far, if anything.
    fn lower(&mut self, bid: Bid) {
        if bid.is_below(&self.best) {
            (self.second, self.known) = (self.best, true);
            self.best = bid;
        } else if bid.is_below(&self.second) {
            (self.second, self.known) = (bid, true);
        }
    }
}

struct Bidders<'a> {
    problem: &'a Problem,
    /// Those of each robot.
    gaps: Vec<Vec<Gap>>,
    /// Whether second bids count.
    seconds: bool,
}

impl Bidders<'_> {
    fn is_able(&self, robot: usize, lot: &Lot) -> bool {
        lot.for_all || self.problem.unable(robot, lot.task).is_none()
    }

    /// Asks all for their bids until one is as low as `floor`, below which there is none.
    fn find_best<T: Travel + ?Sized>(&self, lot: &mut Lot, floor: f64, travel: &mut T) {
        (lot.best, lot.second, lot.known) = (Bid::NONE, Bid::NONE, true);
        let Some(errand) = lot.errand else { return };
        for (robot, gaps) in self.gaps.iter().enumerate() {
            if self.is_able(robot, lot) {
                let bid = cheapest(robot as u32, gaps, &errand, lot.second.cost, travel);
                lot.lower(bid);
                if bid.cost <= floor {
                    (lot.second, lot.known) = (bid, false);
                    return;
                }
            }
        }
    }

    /// Asks all but the best bidder until one bids as low as the bound.
    fn find_second<T: Travel + ?Sized>(&self, lot: &mut Lot, travel: &mut T) {
        let floor = core::mem::replace(&mut lot.second, Bid::NONE).cost;
        lot.known = true;
        let Some(errand) = lot.errand else { return };
        for (robot, gaps) in self.gaps.iter().enumerate() {
            if robot as u32 != lot.best.robot && self.is_able(robot, lot) {
                let bid = cheapest(robot as u32, gaps, &errand, lot.second.cost, travel);
                lot.lower(bid);
                if bid.cost <= floor {
                    return;
                }
            }
        }
    }

    /// Finds the lowest bids after a change; whether they may be others.
    #[inline]
    fn follow<T: Travel + ?Sized>(&self, lot: &mut Lot, change: &Change, travel: &mut T) -> bool {
        let (robot, filled) = (change.robot, change.filled);
        let Some(errand) = lot.errand.as_ref() else {
            return false;
        };
        let leads = lot.best.robot == robot;
        let most = if leads { lot.best.cost } else { lot.second.cost };
        let new = cheapest(robot, &change.new, errand, most, travel);
        let best_rises = lot.best.is_for(robot, filled);
        let second_rises = lot.known && lot.second.is_for(robot, filled);
        if new == Bid::NONE && !best_rises && !second_rises || !self.is_able(robot as usize, lot) {
            return false;
        }
        match (leads, new == Bid::NONE) {
            (true, false) => lot.best = new,
            (true, true) => self.replace_best(lot, travel),
            (false, false) => {
                if lot.second.robot == robot {
                    lot.second = new;
                }
                lot.lower(new);
            }
            (false, true) => lot.known = false,
        }
        if self.seconds && !lot.known {
            self.find_second(lot, travel);
        }
        true
    }

    /// The best bidder asks more than it did.
    #[inline(never)]
    fn replace_best<T: Travel + ?Sized>(&self, lot: &mut Lot, travel: &mut T) {
        let Some(errand) = &lot.errand else { return };
        let robot = lot.best.robot;
        let gaps = &self.gaps[robot as usize];
        let own = cheapest(robot, gaps, errand, lot.second.cost, travel);
        if own.is_below(&lot.second) {
            lot.best = own;
        } else if lot.known {
            (lot.best, lot.known) = (lot.second, false);
        } else {
            self.find_best(lot, lot.second.cost, travel);
        }
    }
}
