use alloc::vec;
use alloc::vec::Vec;
use core::mem::size_of;

/// Pairs kept at most.
const MOST: usize = 1 << 18;

/// No vertex has this number.
const NOBODY: u32 = u32::MAX;

/// A bounded memory of single distances: each pair has one place, and the pair that comes last has it.
#[derive(Clone)]
pub(super) struct Pairs<D> {
    /// Empty or a power of two; filled on first use.
    table: Vec<Pair<D>>,
    capacity: usize,
    unreached: D,
}

#[derive(Clone, Copy)]
struct Pair<D> {
    from: u32,
    to: u32,
    distance: D,
}

impl<D: Copy> Pairs<D> {
    /// As many as fit into `bytes`, and never more than 2^18.
    pub(super) fn within(bytes: usize, unreached: D) -> Self {
        let fit = (bytes / size_of::<Pair<D>>()).min(MOST);
        Pairs {
            table: Vec::new(),
            // The largest power of two that is not above `fit`.
            capacity: if fit == 0 { 0 } else { 1 << fit.ilog2() },
            unreached,
        }
    }

    /// Bytes used once a pair is kept.
    pub(super) fn most_bytes(&self) -> usize {
        self.capacity * size_of::<Pair<D>>()
    }

    /// Bytes used now.
    pub(super) fn bytes(&self) -> usize {
        self.table.len() * size_of::<Pair<D>>()
    }

    #[inline]
    pub(super) fn get(&self, from: u32, to: u32) -> Option<D> {
        let pair = self.table.get(self.home(from, to))?;
        (pair.from == from && pair.to == to).then_some(pair.distance)
    }

    pub(super) fn put(&mut self, from: u32, to: u32, distance: D) {
        if self.table.len() < self.capacity {
            let empty = Pair {
                from: NOBODY,
                to: NOBODY,
                distance: self.unreached,
            };
            self.table = vec![empty; self.capacity];
        }
        let home = self.home(from, to);
        if let Some(pair) = self.table.get_mut(home) {
            *pair = Pair { from, to, distance };
        }
    }

    /// Fibonacci hashing (Knuth): spreads neighbouring vertices, the same on every machine.
    #[inline]
    fn home(&self, from: u32, to: u32) -> usize {
        let key = u64::from(from) << 32 | u64::from(to);
        let spread = (key ^ key >> 29).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        spread as usize & self.capacity.wrapping_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_kept_and_the_last_pair_is_found() {
        let mut pairs = Pairs::within(100 * size_of::<Pair<u64>>(), 0);
        assert_eq!(pairs.capacity, 64);
        for k in 0..1000 {
            pairs.put(k, k + 1, u64::from(k));
            assert_eq!(pairs.get(k, k + 1), Some(u64::from(k)));
        }
        assert_eq!(pairs.table.len(), 64);
        let found = (0..1000).filter(|k| pairs.get(*k, k + 1).is_some()).count();
        assert!((32..=64).contains(&found), "{found} of 64 places are in use");
    }

    #[test]
    fn without_room_nothing_is_kept() {
        let mut pairs = Pairs::within(0, 0);
        pairs.put(1, 2, 3);
        assert_eq!(pairs.get(1, 2), None);
    }
}
