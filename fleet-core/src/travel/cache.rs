use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::mem::{size_of, take};

use super::pairs::Pairs;

/// Bytes that a [`FieldCache`] may use unless told otherwise: 256 MiB.
pub const DEFAULT_CACHE_BYTES: usize = 256 << 20;

const ABSENT: u32 = u32::MAX;

/// Distance fields of a graph, the least recently used thrown away when a budget of bytes is spent.
///
/// A field holds the distance `D` between every vertex and one vertex, its anchor. Single distances can be
/// kept as well, so that they outlive the field from which they came. The cache never changes an answer, only
/// its cost.
///
/// Memory: fields and pairs stay within the budget, or at one field if the budget is smaller than that; pairs
/// get at most a sixteenth of it. A table of 4 bytes a vertex comes on top.
///
/// # Example
/// ```
/// use fleet_core::travel::FieldCache;
///
/// // Three vertices in a row, one step apart.
/// let mut cache = FieldCache::new(3, u32::MAX, 1 << 20);
/// assert_eq!(cache.distance(2, 0), None);
/// cache.compute(2, |field| field.copy_from_slice(&[2, 1, 0]));
/// assert_eq!(cache.distance(2, 0), Some(2));
/// assert_eq!(cache.stats().hits, 1);
/// ```
#[derive(Clone)]
pub struct FieldCache<D> {
    /// For each vertex the index in `fields` of the field that it anchors.
    slots: Vec<u32>,
    fields: Vec<Field<D>>,
    pairs: Pairs<D>,
    /// Fills a field before it is computed.
    unreached: D,
    /// Fields that may be kept.
    room: usize,
    /// Counts uses of fields.
    clock: u64,
    stats: CacheStats,
}

#[derive(Clone)]
struct Field<D> {
    anchor: u32,
    /// The clock when it was last used.
    used: u64,
    distances: Vec<D>,
}

/// What a [`FieldCache`] did since it was made, and what it holds.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct CacheStats {
    /// Fields computed.
    pub computed: u64,
    /// Questions answered from a field.
    pub hits: u64,
    /// Questions answered from the kept pairs.
    pub pair_hits: u64,
    /// Fields thrown away.
    pub evictions: u64,
    /// Fields held now.
    pub fields: usize,
    /// Bytes of the fields and pairs held now.
    pub bytes: usize,
}

impl<D: Copy> FieldCache<D> {
    /// For a graph of `vertices` (fewer than `u32::MAX`), within `budget` bytes; `unreached` is the distance
    /// between vertices without a way.
    pub fn new(vertices: usize, unreached: D, budget: usize) -> Self {
        let pairs = Pairs::within(budget / 16, unreached);
        let field = size_of::<D>() * vertices.max(1);
        FieldCache {
            slots: vec![ABSENT; vertices],
            fields: Vec::new(),
            room: ((budget - pairs.most_bytes()) / field).max(1),
            pairs,
            unreached,
            clock: 0,
            stats: CacheStats::default(),
        }
    }

    /// The distance between `anchor` and `vertex`, if the field of `anchor` is held. O(1).
    ///
    /// # Panics
    /// If the graph has no such vertices.
    #[inline]
    pub fn distance(&mut self, anchor: u32, vertex: u32) -> Option<D> {
        self.field(anchor).map(|field| field[vertex as usize])
    }

    /// Whether the field of `anchor` is held. Not counted as a use. O(1).
    ///
    /// # Panics
    /// If the graph has no such vertex.
    pub fn holds(&self, anchor: u32) -> bool {
        self.slots[anchor as usize] != ABSENT
    }

    /// The field of `anchor`, if it is held. O(1).
    ///
    /// # Panics
    /// If the graph has no such vertex.
    #[inline]
    pub fn field(&mut self, anchor: u32) -> Option<&[D]> {
        let slot = self.slots[anchor as usize];
        if slot == ABSENT {
            return None;
        }
        self.stats.hits += 1;
        self.clock += 1;
        let field = &mut self.fields[slot as usize];
        field.used = self.clock;
        Some(&field.distances)
    }

    /// Computes the field of `anchor` and keeps it in place of an older one if there is no room.
    ///
    /// `compute` gets a slice with one distance a vertex, all unreached. Complexity: that of `compute`, and
    /// O(vertices).
    ///
    /// # Panics
    /// If the graph has no such vertex.
    pub fn compute(&mut self, anchor: u32, compute: impl FnOnce(&mut [D])) -> &[D] {
        let slot = self.claim_slot(anchor);
        self.stats.computed += 1;
        self.clock += 1;
        let field = &mut self.fields[slot];
        field.used = self.clock;
        compute(&mut field.distances);
        &field.distances
    }

    /// The kept distance of a pair. O(1).
    #[inline]
    pub fn pair(&mut self, from: u32, to: u32) -> Option<D> {
        let distance = self.pairs.get(from, to)?;
        self.stats.pair_hits += 1;
        Some(distance)
    }

    /// Keeps the distance of a pair, in place of another pair now and then. O(1).
    pub fn keep_pair(&mut self, from: u32, to: u32, distance: D) {
        self.pairs.put(from, to, distance);
    }

    /// What it did and holds.
    pub fn stats(&self) -> CacheStats {
        CacheStats {
            fields: self.fields.len(),
            bytes: self.fields.len() * self.slots.len() * size_of::<D>() + self.pairs.bytes(),
            ..self.stats
        }
    }

    /// Where the field of `anchor` goes, filled with unreached.
    fn claim_slot(&mut self, anchor: u32) -> usize {
        let slot = match self.slots[anchor as usize] {
            ABSENT if self.fields.len() < self.room => self.fields.len(),
            ABSENT => self.evict(),
            held => held as usize,
        };
        if slot == self.fields.len() {
            self.fields.push(Field {
                anchor,
                used: 0,
                distances: vec![self.unreached; self.slots.len()],
            });
        } else {
            let field = &mut self.fields[slot];
            field.anchor = anchor;
            field.distances.fill(self.unreached);
        }
        self.slots[anchor as usize] = slot as u32;
        slot
    }

    /// Forgets the least recently used field; its memory is used again. Looks at every field, of which there
    /// are never more than vertices: computing the field that comes instead costs more.
    fn evict(&mut self) -> usize {
        let oldest = (0..self.fields.len()).min_by_key(|slot| self.fields[*slot].used);
        let oldest = oldest.expect("there is room for one field at least");
        self.stats.evictions += 1;
        self.slots[self.fields[oldest].anchor as usize] = ABSENT;
        oldest
    }

    /// Changes the budget; what was held is forgotten, the counts go on.
    pub fn set_budget(&mut self, budget: usize) {
        let stats = self.stats;
        *self = FieldCache::new(take(&mut self.slots).len(), self.unreached, budget);
        self.stats = stats;
    }
}

impl<D: Copy> fmt::Debug for FieldCache<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldCache")
            .field("vertices", &self.slots.len())
            .field("room", &self.room)
            .field("stats", &self.stats())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cache of 4 vertices with room for `fields` fields and no pairs.
    fn cache(fields: usize) -> FieldCache<u32> {
        FieldCache::new(4, u32::MAX, fields * 16)
    }

    fn fill(cache: &mut FieldCache<u32>, anchor: u32) {
        cache.compute(anchor, |field| field.fill(anchor));
    }

    #[test]
    fn the_least_recently_used_field_goes_first() {
        let mut cache = cache(2);
        fill(&mut cache, 0);
        fill(&mut cache, 1);
        assert_eq!(cache.distance(0, 3), Some(0));
        fill(&mut cache, 2);
        assert_eq!(cache.distance(1, 3), None);
        assert_eq!(cache.distance(0, 3), Some(0));
        assert_eq!(cache.distance(2, 3), Some(2));
        assert_eq!(cache.stats().evictions, 1);
    }

    #[test]
    fn one_field_is_kept_whatever_the_budget() {
        let mut cache = cache(0);
        fill(&mut cache, 3);
        assert_eq!(cache.distance(3, 0), Some(3));
        fill(&mut cache, 1);
        assert_eq!(cache.distance(3, 0), None);
        assert_eq!(cache.stats().bytes, 16);
    }

    #[test]
    fn a_field_computed_again_takes_no_more_room() {
        let mut cache = cache(2);
        fill(&mut cache, 0);
        fill(&mut cache, 0);
        let stats = cache.stats();
        assert_eq!((stats.computed, stats.fields, stats.evictions), (2, 1, 0));
    }

    #[test]
    fn fields_start_unreached() {
        let mut cache = cache(1);
        fill(&mut cache, 0);
        let field = cache.compute(1, |_| ());
        assert_eq!(field, [u32::MAX; 4]);
    }

    #[test]
    fn a_pair_outlives_its_field() {
        let mut cache = FieldCache::new(4, u32::MAX, 4096);
        cache.keep_pair(1, 2, 9);
        assert_eq!(cache.pair(1, 2), Some(9));
        assert_eq!(cache.pair(2, 1), None);
        assert_eq!(cache.stats().pair_hits, 1);
        assert!(cache.stats().bytes <= 4096);
    }

    #[test]
    fn an_empty_graph_needs_nothing() {
        let cache = FieldCache::new(0, u32::MAX, 100);
        assert_eq!(cache.stats(), CacheStats::default());
    }
}
