//! Which tasks two witnesses know differently, found with messages proportional to the difference.
//!
//! Every live task has a hash of its whole record; the tasks are ordered by their scrambled ids, and
//! for each part of that order (a [`Scope`]) the sum of the hashes is kept up to date. Two witnesses compare the
//! sum of the whole, then those of sixteen parts where it differs, and so on down to a handful of tasks. It is the
//! idea of a Merkle tree (Merkle 1987), with sums instead of hashes of hashes so that a change costs `DEPTH`
//! additions.

use alloc::collections::BTreeMap;
use core::hash::{Hash, Hasher};

use crate::ids::{TaskId, scramble};
use crate::message::Scope;

/// How often a scope can be divided: 65,536 parts in the end.
pub(crate) const DEPTH: u8 = 4;

/// Into how many parts.
pub(crate) const PARTS: usize = 16;

impl Scope {
    /// All tasks.
    pub const ALL: Scope = Scope { depth: 0, prefix: 0 };

    /// The part of its depth that `place` is in.
    fn of(place: u64, depth: u8) -> Scope {
        let mask = if depth == 0 {
            0
        } else {
            u64::MAX << (64 - 4 * u32::from(depth))
        };
        Scope {
            depth,
            prefix: place & mask,
        }
    }

    /// Its sixteen parts.
    pub(crate) fn parts(self) -> impl Iterator<Item = Scope> {
        let depth = self.depth + 1;
        (0..PARTS as u64).map(move |part| Scope {
            depth,
            prefix: self.prefix | part << (64 - 4 * u32::from(depth)),
        })
    }

    /// Whether it is one that a witness can have named.
    pub(crate) fn is_valid(self) -> bool {
        self.depth <= DEPTH && Scope::of(self.prefix, self.depth) == self
    }

    fn last(self) -> u64 {
        let rest = if self.depth == 0 {
            u64::MAX
        } else {
            !(u64::MAX << (64 - 4 * u32::from(self.depth)))
        };
        self.prefix | rest
    }
}

/// The sums of all scopes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Sums {
    hashes: BTreeMap<(u64, TaskId), u64>,
    sums: BTreeMap<Scope, (u64, u32)>,
}

impl Sums {
    /// The task is live and stands like this (`Some`), or is not live.
    pub(crate) fn set<R: Hash>(&mut self, task: TaskId, record: Option<&R>) {
        let place = task.scrambled();
        if let Some(old) = self.hashes.remove(&(place, task)) {
            self.add(place, old.wrapping_neg(), -1);
        }
        if let Some(record) = record {
            let hash = hash(record);
            self.hashes.insert((place, task), hash);
            self.add(place, hash, 1);
        }
    }

    fn add(&mut self, place: u64, hash: u64, count: i32) {
        for depth in 0..=DEPTH {
            let scope = Scope::of(place, depth);
            let sum = self.sums.entry(scope).or_default();
            sum.0 = sum.0.wrapping_add(hash);
            sum.1 = sum.1.saturating_add_signed(count);
            if sum.1 == 0 {
                self.sums.remove(&scope);
            }
        }
    }

    pub(crate) fn sum(&self, scope: Scope) -> u64 {
        self.sums.get(&scope).map_or(0, |sum| sum.0)
    }

    pub(crate) fn count(&self, scope: Scope) -> u32 {
        self.sums.get(&scope).map_or(0, |sum| sum.1)
    }

    /// The live tasks of a part.
    pub(crate) fn tasks(&self, scope: Scope) -> impl Iterator<Item = TaskId> + '_ {
        let least = TaskId::from_u128(0);
        let most = TaskId::from_u128(u128::MAX);
        let range = self.hashes.range((scope.prefix, least)..=(scope.last(), most));
        range.map(|((_, task), _)| *task)
    }
}

fn hash<R: Hash>(record: &R) -> u64 {
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    record.hash(&mut hasher);
    scramble(hasher.0)
}

/// FNV-1a, 64 bits, integers in little-endian order: the same on every machine.
struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn write_u16(&mut self, value: u16) {
        self.write(&value.to_le_bytes());
    }

    fn write_u128(&mut self, value: u128) {
        self.write(&value.to_le_bytes());
    }

    fn write_u32(&mut self, value: u32) {
        self.write(&value.to_le_bytes());
    }

    fn write_u64(&mut self, value: u64) {
        self.write(&value.to_le_bytes());
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value as u64);
    }
}
