//! Which bids of others stand: gone through in the order of an auctioneer who sees them all.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use ordered_float::OrderedFloat;

use super::lots::{Lot, Lots};
use crate::bundle::Bundle;
use crate::ids::{RobotId, TaskId};
use crate::standing::Urgency;

/// Who comes first: the most urgent task, of those the lowest price; of equals what comes earlier in its bundle, then
/// by id. Along a bundle ranks rise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Rank {
    pub(super) urgency: Reverse<Urgency>,
    pub(super) cost: OrderedFloat<f64>,
    pub(super) depth: u32,
    pub(super) task: TaskId,
    pub(super) robot: RobotId,
}

/// A bid of another robot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Entry {
    rank: Rank,
    slot: u32,
    seat: u32,
}

/// The bids of all others, by rank.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Standings {
    entries: Vec<Entry>,
    /// For each seat from which of its bids on the entries are out of date.
    stale: Vec<u32>,
    /// What comes in their place, in no order.
    new: Vec<Entry>,
}

/// No bid of a seat is out of date.
const FRESH: u32 = u32::MAX;

impl Standings {
    /// The bids of the robot in this seat, from number `from` on, are these from now on.
    pub(super) fn set(
        &mut self,
        (seat, robot): (u32, RobotId),
        from: usize,
        bundle: &Bundle,
        slots: &[u32],
        lots: &Lots,
    ) {
        let place = seat as usize;
        if place >= self.stale.len() {
            self.stale.resize(place + 1, FRESH);
        }
        let stale = &mut self.stale[place];
        if *stale != FRESH {
            self.new
                .retain(|entry| entry.seat != seat || (entry.rank.depth as usize) < from);
        }
        *stale = (from as u32).min(*stale);
        let bids = (0..).zip(bundle.bids().zip(slots)).skip(from);
        self.new.extend(bids.map(|(depth, (bid, slot))| Entry {
            rank: Rank {
                urgency: Reverse(lots.get(*slot).urgency),
                cost: bid.cost.value().into(),
                depth,
                task: bid.task,
                robot,
            },
            slot: *slot,
            seat,
        }));
    }

    /// Takes over what was set. The first rank at which a bid has come or gone, if any has.
    pub(super) fn refresh(&mut self) -> Option<Rank> {
        if self.stale.iter().all(|stale| *stale == FRESH) {
            return None;
        }
        self.new.sort_unstable();
        let mut first = self.new.first().map(|entry| entry.rank);
        let stale = &self.stale;
        self.entries.retain(|entry| {
            let stays = entry.rank.depth < stale[entry.seat as usize];
            if !stays && first.is_none_or(|first| entry.rank < first) {
                first = Some(entry.rank);
            }
            stays
        });
        self.stale.fill(FRESH);
        let mut end = self.entries.len();
        self.entries.extend_from_slice(&self.new);
        while let Some(entry) = self.new.pop() {
            let place = self.entries[..end].partition_point(|other| *other < entry);
            self.entries.copy_within(place..end, place + self.new.len() + 1);
            self.entries[place + self.new.len()] = entry;
            end = place;
        }
        first
    }

    /// From the first on.
    pub(super) fn sweep<'a>(&'a self, lots: &'a Lots) -> Sweep<'a> {
        let taken = lots.numbered().map(|(_, lot)| !lot.open || lot.claims > 0);
        Sweep {
            entries: &self.entries,
            next: 0,
            taken: taken.collect(),
            out: vec![false; self.stale.len()],
            lots,
        }
    }
}

/// How far the auctioneer has come.
pub(super) struct Sweep<'a> {
    entries: &'a [Entry],
    next: usize,
    /// Tasks that cannot be had any more.
    taken: Vec<bool>,
    /// Robots that have lost a task: what they chose after it they will choose anew.
    out: Vec<bool>,
    lots: &'a Lots,
}

impl Sweep<'_> {
    /// What can still be had.
    pub(super) fn open(&self) -> impl Iterator<Item = (u32, &Lot)> {
        let lots = self.lots.numbered().zip(&self.taken);
        lots.filter(|(_, taken)| !**taken).map(|(lot, _)| lot)
    }

    pub(super) fn take(&mut self, slot: u32) {
        self.taken[slot as usize] = true;
    }

    /// Goes on to the first bid that does not rank before `rank`, or to the one that takes `slot`. Whether it is taken.
    pub(super) fn advance(&mut self, rank: &Rank, slot: u32) -> bool {
        while let Some(entry) = self.entries.get(self.next).filter(|entry| entry.rank < *rank) {
            self.next += 1;
            let (lot, seat) = (entry.slot as usize, entry.seat as usize);
            // A bid for what is not open any more neither stands nor falls.
            if self.out[seat] || !self.lots.get(entry.slot).open {
                continue;
            }
            if core::mem::replace(&mut self.taken[lot], true) {
                self.out[seat] = true;
            } else if entry.slot == slot {
                return true;
            }
        }
        false
    }
}
