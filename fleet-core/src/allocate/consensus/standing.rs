//! Which bids of others stand: gone through in the order of an auctioneer who sees them all.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use ordered_float::OrderedFloat;

use super::lots::Lots;
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
    /// Seats whose entries are out of date.
    stale: Vec<bool>,
    /// What comes in their place, in no order.
    new: Vec<Entry>,
}

impl Standings {
    /// The bids of the robot in this seat are these from now on.
    pub(super) fn set(&mut self, seat: u32, robot: RobotId, bundle: &Bundle, slots: &[u32], lots: &Lots) {
        let place = seat as usize;
        if place >= self.stale.len() {
            self.stale.resize(place + 1, false);
        }
        if core::mem::replace(&mut self.stale[place], true) {
            self.new.retain(|entry| entry.seat != seat);
        }
        let bids = (0..).zip(bundle.bids().zip(slots));
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

    /// Takes over what was set.
    pub(super) fn refresh(&mut self) {
        if !self.stale.contains(&true) {
            return;
        }
        let stale = &self.stale;
        self.entries.retain(|entry| !stale[entry.seat as usize]);
        self.stale.fill(false);
        self.entries.append(&mut self.new);
        // Two sorted runs at most: this is a merge.
        self.entries.sort();
    }

    /// From the first on.
    pub(super) fn sweep(&self, lots: &Lots) -> Sweep<'_> {
        let taken = lots.numbered().map(|(_, lot)| !lot.open || lot.claims > 0);
        Sweep {
            entries: &self.entries,
            next: 0,
            taken: taken.collect(),
            closed: lots.numbered().map(|(_, lot)| !lot.open).collect(),
            out: vec![false; self.stale.len()],
        }
    }
}

/// How far the auctioneer has come.
pub(super) struct Sweep<'a> {
    entries: &'a [Entry],
    next: usize,
    /// Tasks that cannot be had any more.
    taken: Vec<bool>,
    closed: Vec<bool>,
    /// Robots that have lost a task: what they chose after it they will choose anew.
    out: Vec<bool>,
}

impl Sweep<'_> {
    #[inline]
    pub(super) fn is_taken(&self, slot: u32) -> bool {
        self.taken[slot as usize]
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
            if self.out[seat] || self.closed[lot] {
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
