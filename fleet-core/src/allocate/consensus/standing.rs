//! Which bids of others stand: gone through in the order of an auctioneer who sees them all.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;

use super::lots::Lots;
use crate::bundle::Bundle;
use crate::ids::{RobotId, TaskId};
use crate::objective::Cost;
use crate::standing::Urgency;

/// Stands for a float that is not NaN: in the same order, but faster to compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
struct Key(i64);

impl From<f64> for Key {
    fn from(value: f64) -> Self {
        // Both zeros are one; below it more bits are less.
        let bits = (value + 0.0).to_bits() as i64;
        Key(bits ^ ((bits >> 63) & i64::MAX))
    }
}

/// Who comes first: the most urgent task, of those the lowest price; of equals what comes earlier in its bundle, then
/// by id. Along a bundle ranks rise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) struct Rank {
    urgency: Reverse<Key>,
    cost: Key,
    depth: u32,
    pub(super) task: TaskId,
    robot: RobotId,
}

impl Rank {
    /// Of what `robot` bids for this task, in this place of its bundle.
    pub(super) fn new(urgency: Urgency, cost: Cost, depth: u32, task: TaskId, robot: RobotId) -> Self {
        Rank {
            urgency: Reverse(urgency.value().into()),
            cost: cost.value().into(),
            depth,
            task,
            robot,
        }
    }
}

/// A bid of another robot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
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
            rank: Rank::new(lots.get(*slot).urgency, bid.cost, depth, bid.task, robot),
            slot: *slot,
            seat,
        }));
    }

    /// Takes over what was set. The first rank at which a bid has come or gone, if any has.
    pub(super) fn refresh(&mut self) -> Option<Rank> {
        if self.stale.iter().all(|stale| *stale == FRESH) {
            return None;
        }
        self.new.sort_unstable_by_key(|entry| entry.rank);
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
        if self.entries.is_empty() {
            core::mem::swap(&mut self.entries, &mut self.new);
        }
        let mut end = self.entries.len();
        self.entries.extend_from_slice(&self.new);
        while let Some(entry) = self.new.pop() {
            let place = self.entries[..end].partition_point(|other| other.rank < entry.rank);
            self.entries.copy_within(place..end, place + self.new.len() + 1);
            self.entries[place + self.new.len()] = entry;
            end = place;
        }
        first
    }

    /// From the first on.
    pub(super) fn sweep<'a>(&'a self, lots: &'a Lots) -> Sweep<'a> {
        let mut open: Vec<(Urgency, Vec<u32>)> = Vec::new();
        let taken = lots.numbered().map(|(slot, lot)| {
            let taken = !lot.open || lot.claims > 0;
            if !taken {
                let class = open.binary_search_by(|(urgency, _)| lot.urgency.cmp(urgency));
                let class = class.unwrap_or_else(|place| {
                    open.insert(place, (lot.urgency, Vec::new()));
                    place
                });
                open[class].1.push(slot);
            }
            taken
        });
        Sweep {
            entries: &self.entries,
            next: 0,
            taken: taken.collect(),
            open,
            stand: vec![ALL; self.stale.len()],
            lots,
        }
    }

    /// Of each seat how many of its first bids stand, where these are chosen here. None is said to fall before what was
    /// set last is taken over.
    pub(super) fn standing<'a>(
        &self,
        chosen: impl Iterator<Item = (&'a Rank, u32)>,
        lots: &Lots,
    ) -> Vec<u32> {
        let mut sweep = self.sweep(lots);
        if self.stale.iter().all(|stale| *stale == FRESH) {
            for (rank, slot) in chosen {
                sweep.advance(rank, slot);
                sweep.take(slot);
            }
            while sweep.next < self.entries.len() {
                sweep.step();
            }
        }
        sweep.stand
    }
}

/// All bids of a seat stand.
const ALL: u32 = u32::MAX;

/// How far the auctioneer has come.
pub(super) struct Sweep<'a> {
    entries: &'a [Entry],
    next: usize,
    /// Tasks that cannot be had any more.
    taken: Vec<bool>,
    /// The others by their urgency, the most urgent first, and with them some that have been taken since.
    open: Vec<(Urgency, Vec<u32>)>,
    /// Of each seat how many of its first bids stand: from the first task that it has lost on it will choose anew.
    stand: Vec<u32>,
    lots: &'a Lots,
}

impl Sweep<'_> {
    /// What can still be had: the most urgent first, together with those that are as urgent.
    pub(super) fn open(&mut self) -> impl Iterator<Item = (Urgency, &[u32])> {
        let taken = &self.taken;
        self.open.iter_mut().map(|(urgency, slots)| {
            slots.retain(|slot| !taken[*slot as usize]);
            (*urgency, &slots[..])
        })
    }

    pub(super) fn take(&mut self, slot: u32) {
        self.taken[slot as usize] = true;
    }

    /// Goes on to the first bid that does not rank before `rank`, or to the one that takes `slot`. Whether it is taken.
    pub(super) fn advance(&mut self, rank: &Rank, slot: u32) -> bool {
        while self
            .entries
            .get(self.next)
            .is_some_and(|entry| entry.rank < *rank)
        {
            if self.step() == Some(slot) {
                return true;
            }
        }
        false
    }

    /// Goes on by one bid; what it takes, if anything.
    fn step(&mut self) -> Option<u32> {
        let entry = &self.entries[self.next];
        self.next += 1;
        let (lot, seat) = (entry.slot as usize, entry.seat as usize);
        // A bid for what is not open any more neither stands nor falls.
        if self.stand[seat] < ALL || !self.lots.get(entry.slot).open {
            return None;
        }
        if core::mem::replace(&mut self.taken[lot], true) {
            self.stand[seat] = entry.rank.depth;
            return None;
        }
        Some(entry.slot)
    }
}
