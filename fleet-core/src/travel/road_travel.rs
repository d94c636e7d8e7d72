use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::fmt;

use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

use super::nearest::Nearest;
use super::{CacheStats, DEFAULT_CACHE_BYTES, FieldCache, PlaceError, RoadMap, Travel};
use crate::place::{Place, Point};

/// No way, in micrometres.
const NONE: u64 = u64::MAX;

type Graph = DiGraph<Point, u64, u32>;

/// Shortest ways over a [`RoadMap`].
///
/// A site is a vertex. A point is reached over the vertex that is nearest to it in a straight line (the first
/// of several), and the line between the two counts. It is found in O(vertices) at worst, O(sqrt vertices) on
/// an even map.
///
/// A question costs some nanoseconds if the field of `to` is held, else Dijkstra's algorithm from there
/// against the direction of the roads, O((vertices + edges) log vertices). Memory: 8 bytes a vertex for each
/// field held, within the cache's budget.
///
/// # Example
/// ```
/// use fleet_core::travel::{RoadMap, RoadMapSpec, RoadTravel, Travel};
/// use fleet_core::{Place, Point};
///
/// let mut spec = RoadMapSpec::default();
/// let a = spec.vertex(Point::new(0.0, 0.0));
/// let b = spec.vertex(Point::new(10.0, 0.0));
/// let c = spec.vertex(Point::new(10.0, 5.0));
/// spec.one_way(a, b, 10.0);
/// spec.two_way(b, c, 5.0);
/// let mut travel = RoadTravel::new(RoadMap::new(spec)?);
/// assert_eq!(travel.distance(Place::Site(a), Place::Site(c)), Some(15.0));
/// assert_eq!(travel.distance(Place::Site(c), Place::Site(a)), None);
/// assert_eq!(travel.distance(Place::at(0.0, 2.0), Place::Site(c)), Some(17.0));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone)]
pub struct RoadTravel {
    map: RoadMap,
    nearest: Nearest,
    cache: FieldCache<u64>,
}

impl RoadTravel {
    /// Over `map`, with the default budget for its cache. O(vertices log vertices).
    pub fn new(map: RoadMap) -> Self {
        RoadTravel {
            nearest: Nearest::new(map.points()),
            cache: FieldCache::new(map.vertex_count(), NONE, DEFAULT_CACHE_BYTES),
            map,
        }
    }

    /// The same, with a budget of `bytes` for its cache. Answers do not depend on it.
    #[must_use]
    pub fn with_cache_bytes(mut self, bytes: usize) -> Self {
        self.cache.set_budget(bytes);
        self
    }

    /// The map.
    pub const fn map(&self) -> &RoadMap {
        &self.map
    }

    /// What the cache did and holds.
    pub fn cache_stats(&self) -> CacheStats {
        self.cache.stats()
    }

    /// The vertex for a place, and the metres between them.
    fn vertex(&self, place: Place) -> Result<(u32, f64), PlaceError> {
        let sites = self.map.vertex_count();
        match place {
            Place::Site(site) if (site as usize) < sites => Ok((site, 0.0)),
            Place::Site(site) => Err(PlaceError::NoSuchSite { site, sites }),
            Place::Point(point) if !point.x().is_finite() || !point.y().is_finite() => {
                Err(PlaceError::NotFinite)
            }
            Place::Point(point) => self.nearest.of(point).ok_or(PlaceError::Outside),
        }
    }

    /// Micrometres from one vertex to another; `NONE` without a way.
    #[inline]
    fn micrometres(&mut self, from: u32, to: u32) -> u64 {
        if from == to {
            return 0;
        }
        let held = self.cache.distance(to, from);
        let held = held.or_else(|| self.cache.pair(from, to));
        held.unwrap_or_else(|| {
            let micrometres = field(&mut self.cache, self.map.graph(), to)[from as usize];
            self.cache.keep_pair(from, to, micrometres);
            micrometres
        })
    }
}

impl Travel for RoadTravel {
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let (a, access) = self.vertex(from).ok()?;
        let (b, egress) = self.vertex(to).ok()?;
        if from == to {
            return Some(0.0);
        }
        let micrometres = self.micrometres(a, b);
        (micrometres != NONE).then(|| micrometres as f64 / 1e6 + (access + egress))
    }

    fn check(&self, place: Place) -> Result<(), PlaceError> {
        self.vertex(place).map(|_| ())
    }

    /// Through the vertices on the way, with straight lines between them even where a road's length says that
    /// it bends.
    fn path(&mut self, from: Place, to: Place) -> Option<Vec<Point>> {
        let (a, _) = self.vertex(from).ok()?;
        let (b, _) = self.vertex(to).ok()?;
        if from == to {
            let here = from.point().or_else(|| self.map.point(a))?;
            return Some(vec![here, here]);
        }
        let field = field(&mut self.cache, self.map.graph(), b);
        let way = descend(self.map.graph(), a, field)?;
        let mut points = Vec::with_capacity(way.len() + 2);
        points.extend(from.point());
        points.extend(way.iter().filter_map(|vertex| self.map.point(*vertex)));
        points.extend(to.point());
        points.dedup();
        if points.len() == 1 {
            points.push(points[0]);
        }
        Some(points)
    }

    fn prepare(&mut self, place: Place) {
        if let Ok((vertex, _)) = self.vertex(place) {
            field(&mut self.cache, self.map.graph(), vertex);
        }
    }
}

impl fmt::Debug for RoadTravel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoadTravel")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Micrometres from every vertex to `anchor`, searched if they are not held.
fn field<'a>(cache: &'a mut FieldCache<u64>, graph: &Graph, anchor: u32) -> &'a [u64] {
    if cache.holds(anchor) {
        return cache.field(anchor).unwrap_or_default();
    }
    cache.compute(anchor, |field| search(graph, anchor, field))
}

/// Dijkstra's algorithm against the direction of the edges, into a flat field that begins as `NONE`.
///
/// petgraph's own answers in a hash map, which a field would have to be copied from.
fn search(graph: &Graph, anchor: u32, field: &mut [u64]) {
    let mut open = BinaryHeap::from([(Reverse(0), anchor)]);
    field[anchor as usize] = 0;
    while let Some((Reverse(length), at)) = open.pop() {
        if length > field[at as usize] {
            continue;
        }
        for edge in graph.edges_directed(NodeIndex::new(at as usize), Direction::Incoming) {
            let before = edge.source().index();
            let length = length + edge.weight();
            if length < field[before] {
                field[before] = length;
                open.push((Reverse(length), before as u32));
            }
        }
    }
}

/// The vertices from `from` to the anchor of `field`, or `None` if there is no way; of ways as short, over
/// the lower number.
fn descend(graph: &Graph, from: u32, field: &[u64]) -> Option<Vec<u32>> {
    let (mut way, mut at) = (vec![from], from);
    while field[at as usize] > 0 {
        let edges = graph.edges(NodeIndex::new(at as usize));
        let shortest = edges.filter(|edge| {
            let rest = field[edge.target().index()];
            rest.checked_add(*edge.weight()) == Some(field[at as usize])
        });
        at = shortest.map(|edge| edge.target().index() as u32).min()?;
        way.push(at);
    }
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring of four vertices at the corners of a square of 10 m, one way round; back to the first it is 10 m.
    fn ring() -> RoadTravel {
        let corners = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let mut spec = super::super::RoadMapSpec::default();
        for (x, y) in corners {
            spec.vertex(Point::new(x, y));
        }
        for k in 0..4 {
            spec.one_way(k, (k + 1) % 4, 10.0);
        }
        RoadTravel::new(RoadMap::new(spec).unwrap())
    }

    #[test]
    fn one_way_roads_are_driven_one_way() {
        let mut ring = ring();
        assert_eq!(ring.distance(Place::Site(0), Place::Site(1)), Some(10.0));
        assert_eq!(ring.distance(Place::Site(1), Place::Site(0)), Some(30.0));
        let way = ring.path(Place::Site(1), Place::Site(0)).unwrap();
        assert_eq!(way.len(), 4);
    }

    #[test]
    fn the_line_to_the_nearest_vertex_counts_and_is_driven() {
        let mut ring = ring();
        let (from, to) = (Place::at(-3.0, 0.0), Place::at(10.0, 14.0));
        assert_eq!(ring.distance(from, to), Some(27.0));
        let way = ring.path(from, to).unwrap();
        assert_eq!(way.first().copied(), from.point());
        assert_eq!(way.last().copied(), to.point());
        assert_eq!(way.len(), 5);
    }

    #[test]
    fn a_place_is_at_itself() {
        let mut ring = ring();
        let here = Place::at(3.0, 1.0);
        assert_eq!(ring.distance(here, here), Some(0.0));
        assert_eq!(ring.path(here, here).unwrap(), [here.point().unwrap(); 2]);
        let corner = Place::at(10.0, 0.0);
        assert_eq!(ring.distance(corner, Place::Site(1)), Some(0.0));
        assert_eq!(ring.path(corner, Place::Site(1)).unwrap().len(), 2);
    }

    #[test]
    fn what_is_not_on_the_map_is_refused() {
        let ring = ring();
        let beyond = PlaceError::NoSuchSite { site: 4, sites: 4 };
        assert_eq!(ring.check(Place::Site(4)), Err(beyond));
        assert_eq!(ring.check(Place::at(f64::NAN, 0.0)), Err(PlaceError::NotFinite));
        let empty = RoadTravel::new(RoadMap::new(Default::default()).unwrap());
        assert_eq!(empty.check(Place::at(0.0, 0.0)), Err(PlaceError::Outside));
    }
}
