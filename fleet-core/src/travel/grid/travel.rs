use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::{Cell, GridMap};
use crate::place::{Place, Point};
use crate::travel::{CacheStats, DEFAULT_CACHE_BYTES, FieldCache, PlaceError, Travel};

/// Not a free cell, and no way.
const NONE: u32 = u32::MAX;

/// Shortest ways over a [`GridMap`] in steps up, down, left and right, as in the League of Robot Runners.
///
/// A distance counts steps from the middle of one cell to the middle of the other, times the cell's size. It
/// is exact for sites. A point counts as its cell, so the path between two points is longer or shorter than
/// their distance by at most the diagonal of a cell, and points in one cell are 0 apart.
///
/// A question costs some nanoseconds if the field of either cell is held, else a breadth-first search,
/// O(free cells).
///
/// Memory: 4 bytes a free cell for each field held, within the cache's budget. There is no table of all pairs:
/// 40,000 free cells have room for about 1,600 fields in the default 256 MiB. The map and its graph
/// take 5 bytes a cell and 28 a free cell besides.
///
/// # Example
/// ```
/// use fleet_core::travel::{GridMap, GridTravel, Travel};
/// use fleet_core::{Place, Point};
///
/// let map = GridMap::parse("type octile\nheight 2\nwidth 3\nmap\n.@.\n...\n")?;
/// let mut travel = GridTravel::new(map);
/// assert_eq!(travel.distance(Place::Site(0), Place::Site(2)), Some(4.0));
/// let around = [(0.5, 1.5), (0.5, 0.5), (2.5, 0.5), (2.5, 1.5)];
/// let path = travel.path(Place::Site(0), Place::Site(2)).unwrap();
/// assert_eq!(path, around.map(|(x, y)| Point::new(x, y)));
/// # Ok::<(), fleet_core::travel::MapError>(())
/// ```
#[derive(Clone)]
pub struct GridTravel {
    map: GridMap,
    steps: Steps,
    cache: FieldCache<u32>,
}

/// The free cells as a graph; they are numbered row by row.
#[derive(Clone)]
struct Steps {
    /// For each cell its vertex; `NONE` for obstacles.
    vertices: Vec<u32>,
    /// For each vertex its cell.
    cells: Vec<u32>,
    /// For each vertex those above, right, below and left of it; itself where there is none.
    neighbours: Vec<[u32; 4]>,
    /// Where a search keeps the vertices that it found.
    found: Vec<u32>,
}

impl GridTravel {
    /// Over `map`, with the default budget for its cache. O(cells).
    pub fn new(map: GridMap) -> Self {
        let steps = Steps::new(&map);
        let cache = FieldCache::new(steps.cells.len(), NONE, DEFAULT_CACHE_BYTES);
        GridTravel { map, steps, cache }
    }

    /// The same, with a budget of `bytes` for its cache. Answers do not depend on it.
    #[must_use]
    pub fn with_cache_bytes(mut self, bytes: usize) -> Self {
        self.cache.set_budget(bytes);
        self
    }

    /// The map.
    pub const fn map(&self) -> &GridMap {
        &self.map
    }

    /// What the cache did and holds.
    pub fn cache_stats(&self) -> CacheStats {
        self.cache.stats()
    }

    #[inline]
    fn vertex(&self, place: Place) -> Option<u32> {
        let vertex = self.steps.vertices[self.map.index_at(place).ok()?];
        (vertex != NONE).then_some(vertex)
    }

    /// Steps between two vertices; `NONE` without a way. Steps are the same there and back, so either field
    /// serves.
    #[inline]
    fn hops(&mut self, from: u32, to: u32) -> u32 {
        if from == to {
            return 0;
        }
        let held = self.cache.distance(to, from);
        let held = held.or_else(|| self.cache.distance(from, to));
        held.unwrap_or_else(|| self.hops_without_field(from, to))
    }

    fn hops_without_field(&mut self, from: u32, to: u32) -> u32 {
        let (low, high) = (from.min(to), from.max(to));
        if let Some(hops) = self.cache.pair(low, high) {
            return hops;
        }
        let hops = field(&mut self.cache, &mut self.steps, to)[from as usize];
        self.cache.keep_pair(low, high, hops);
        hops
    }

    fn centre(&self, vertex: u32) -> Point {
        let cell = self.map.cell(self.steps.cells[vertex as usize] as usize);
        self.map.centre(cell)
    }

    /// The vertices of a shortest way, both ends included.
    fn vertices_between(&mut self, from: u32, to: u32) -> Option<Vec<u32>> {
        let field = field(&mut self.cache, &mut self.steps, to);
        self.steps.descend(from, field)
    }
}

impl Travel for GridTravel {
    #[inline]
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let (from, to) = (self.vertex(from)?, self.vertex(to)?);
        let hops = self.hops(from, to);
        (hops != NONE).then(|| f64::from(hops) * self.map.cell_size)
    }

    fn check(&self, place: Place) -> Result<(), PlaceError> {
        let cell: Cell = self.map.cell_at(place)?;
        if self.map.is_free(cell) {
            Ok(())
        } else {
            Err(PlaceError::Obstacle)
        }
    }

    /// Through the middles of the cells between, without those on a straight line. A point at either end is
    /// reached directly from the neighbouring cell's middle, not over its own: a robot between two middles
    /// does not turn back.
    fn path(&mut self, from: Place, to: Place) -> Option<Vec<Point>> {
        let way = self.vertices_between(self.vertex(from)?, self.vertex(to)?)?;
        let (&first, &last) = (way.first()?, way.last()?);
        let mut points = vec![from.point().unwrap_or_else(|| self.centre(first))];
        for vertex in way.iter().skip(1).take(way.len().saturating_sub(2)) {
            push_straight(&mut points, self.centre(*vertex));
        }
        push_straight(&mut points, to.point().unwrap_or_else(|| self.centre(last)));
        Some(points)
    }

    fn prepare(&mut self, place: Place) {
        if let Some(vertex) = self.vertex(place) {
            field(&mut self.cache, &mut self.steps, vertex);
        }
    }
}

impl fmt::Debug for GridTravel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("GridTravel");
        f.field("map", &self.map)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Steps from every vertex to `anchor`, searched if they are not held.
fn field<'a>(cache: &'a mut FieldCache<u32>, steps: &mut Steps, anchor: u32) -> &'a [u32] {
    if cache.holds(anchor) {
        return cache.field(anchor).unwrap_or_default();
    }
    cache.compute(anchor, |field| steps.search(anchor, field))
}

/// Adds a point, in place of the last one if that lies on the way to it along an axis.
fn push_straight(points: &mut Vec<Point>, next: Point) {
    if let [.., a, b] = points[..] {
        let along_x = a.y() == b.y() && b.y() == next.y();
        let along_y = a.x() == b.x() && b.x() == next.x();
        if along_x || along_y {
            points.pop();
        }
    }
    points.push(next);
}

impl Steps {
    fn new(map: &GridMap) -> Self {
        let free = |index: &usize| map.free[*index];
        let cells: Vec<u32> = (0..map.free.len())
            .filter(free)
            .map(|index| index as u32)
            .collect();
        let mut vertices = vec![NONE; map.free.len()];
        for (vertex, cell) in cells.iter().enumerate() {
            vertices[*cell as usize] = vertex as u32;
        }
        let around = |cell: &u32| {
            let itself = vertices[*cell as usize];
            let sides = map.free_neighbours(*cell as usize);
            sides.map(|side| side.map_or(itself, |cell| vertices[cell]))
        };
        Steps {
            neighbours: cells.iter().map(around).collect(),
            // One more than is ever found: a search writes one ahead.
            found: vec![0; cells.len() + 1],
            vertices,
            cells,
        }
    }

    /// Fills `field` with the steps from every vertex to `anchor`, breadth first. What is not reached stays
    /// as it was: `NONE`.
    fn search(&mut self, anchor: u32, field: &mut [u32]) {
        let found = &mut self.found[..];
        field[anchor as usize] = 0;
        found[0] = anchor;
        let (mut next, mut end) = (0, 1);
        while next < end {
            let at = found[next] as usize;
            next += 1;
            let hops = field[at] + 1;
            for neighbour in self.neighbours[at] {
                // Without a branch, which could not be predicted: the vertex stays in the list only if it is
                // new.
                let known = &mut field[neighbour as usize];
                found[end] = neighbour;
                end += usize::from(*known == NONE);
                *known = hops.min(*known);
            }
        }
    }

    /// From `from` to the anchor of `field`, or `None` if there is no way. It goes straight on where it can,
    /// else takes the first of up, right, down and left.
    fn descend(&self, from: u32, field: &[u32]) -> Option<Vec<u32>> {
        let hops = field[from as usize];
        if hops == NONE {
            return None;
        }
        let (mut way, mut at, mut heading) = (vec![from], from, 0);
        for hops in (0..hops).rev() {
            let next = self.neighbours[at as usize];
            let nearer = |side: &usize| field[next[*side] as usize] == hops;
            heading = Some(heading).filter(nearer).or_else(|| (0..4).find(nearer))?;
            at = next[heading];
            way.push(at);
        }
        Some(way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(rows: &str) -> GridTravel {
        let (width, height) = (rows.find('\n').unwrap(), rows.lines().count());
        let head = alloc::format!("type octile\nheight {height}\nwidth {width}\nmap\n");
        GridTravel::new(GridMap::parse(&(head + rows)).unwrap())
    }

    #[test]
    fn there_is_no_way_through_walls_or_over_corners() {
        let mut travel = travel(".@.\n@.@\n");
        assert_eq!(travel.distance(Place::Site(0), Place::Site(4)), None);
        assert_eq!(travel.path(Place::Site(0), Place::Site(4)), None);
        assert_eq!(travel.distance(Place::Site(0), Place::Site(1)), None);
        assert_eq!(travel.check(Place::Site(1)), Err(PlaceError::Obstacle));
    }

    #[test]
    fn points_count_as_their_cell() {
        let mut travel = travel("....\n");
        let (a, b, far) = (Place::at(0.1, 0.9), Place::at(0.9, 0.1), Place::at(3.9, 0.5));
        assert_eq!(travel.distance(a, b), Some(0.0));
        assert_eq!(travel.distance(a, far), Some(3.0));
    }

    #[test]
    fn a_robot_between_two_cells_drives_straight_on() {
        let mut travel = travel("....\n");
        let way = travel.path(Place::at(0.9, 0.5), Place::Site(3)).unwrap();
        assert_eq!(way, [Point::new(0.9, 0.5), Point::new(3.5, 0.5)]);
    }

    #[test]
    fn a_path_holds_both_ends_even_if_they_are_one() {
        let mut travel = travel("..\n");
        let here = Point::new(0.5, 0.5);
        assert_eq!(
            travel.path(Place::Site(0), Place::Site(0)),
            Some(vec![here, here])
        );
    }

    #[test]
    fn one_search_answers_for_its_anchor_in_both_directions() {
        let mut travel = travel("......\n");
        travel.prepare(Place::Site(2));
        for site in 0..6 {
            travel.distance(Place::Site(site), Place::Site(2));
            travel.distance(Place::Site(2), Place::Site(site));
        }
        assert_eq!(travel.cache_stats().computed, 1);
    }
}
