use alloc::vec::Vec;

use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Problem, at_most, in_range, positive};
use crate::limits;
use crate::place::{Place, Point};

/// One edge of a road map.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Road {
    /// The vertex where it begins.
    pub from: u32,
    /// The vertex where it ends.
    pub to: u32,
    /// Metres. What a robot drives: it may be more than the straight line, as in a bend, or less, as in a lift.
    pub length: f64,
    /// Whether it may be driven from `from` to `to` only.
    #[serde(default)]
    pub one_way: bool,
}

/// A road map as it is written down, before it is checked: the plain fields of a [`RoadMap`].
#[derive(Clone, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct RoadMapSpec {
    /// Where the vertices are; a vertex is named by its place in this list.
    pub vertices: Vec<Point>,
    /// The roads between them.
    pub edges: Vec<Road>,
}

impl RoadMapSpec {
    /// Adds a vertex, and names it.
    pub fn vertex(&mut self, point: Point) -> u32 {
        self.vertices.push(point);
        (self.vertices.len() - 1) as u32
    }

    /// Adds a road of `length` metres that is driven both ways.
    pub fn two_way(&mut self, from: u32, to: u32, length: f64) {
        self.edges.push(Road {
            from,
            to,
            length,
            one_way: false,
        });
    }

    /// Adds a road of `length` metres that is driven from `from` to `to`.
    pub fn one_way(&mut self, from: u32, to: u32, length: f64) {
        self.edges.push(Road {
            from,
            to,
            length,
            one_way: true,
        });
    }
}

/// A network of roads between numbered vertices, some of them one-way.
///
/// Lengths are kept in micrometres, so that sums are exact whatever their order.
///
/// # Example
/// ```
/// use fleet_core::Point;
/// use fleet_core::travel::{RoadMap, RoadMapSpec};
///
/// let mut spec = RoadMapSpec::default();
/// let dock = spec.vertex(Point::new(0.0, 0.0));
/// let gate = spec.vertex(Point::new(5.0, 0.0));
/// spec.one_way(dock, gate, 5.5);
/// let map = RoadMap::new(spec.clone())?;
/// assert_eq!(map.vertex_count(), 2);
///
/// spec.two_way(gate, dock, 0.0);
/// let error = RoadMap::new(spec).unwrap_err();
/// assert_eq!(error.to_string(), "edges[1].length: must be greater than zero, but is 0");
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct RoadMap {
    /// Edges weigh their length in micrometres; a two-way road is two edges.
    graph: DiGraph<Point, u64, u32>,
}

impl RoadMap {
    /// The network that `spec` describes. O(vertices + edges).
    ///
    /// # Errors
    /// Names the first vertex that is not finite or out of range, or the first edge that begins or ends
    /// nowhere, ends where it begins, or whose length is not finite, below a micrometre or above
    /// [`limits::ROAD_LENGTH`].
    pub fn new(spec: RoadMapSpec) -> Result<Self, Invalid> {
        at_most("vertices", spec.vertices.len(), limits::ROAD_VERTICES)?;
        at_most("edges", spec.edges.len(), limits::ROAD_EDGES)?;
        let mut graph = DiGraph::with_capacity(spec.vertices.len(), 2 * spec.edges.len());
        for (k, point) in spec.vertices.iter().enumerate() {
            let place = Place::Point(*point).check();
            place.map_err(|invalid| invalid.within(format_args!("vertices[{k}]")))?;
            graph.add_node(*point);
        }
        for (k, road) in spec.edges.iter().enumerate() {
            let length = check_road(road, graph.node_count());
            let length = length.map_err(|invalid| invalid.within(format_args!("edges[{k}]")))?;
            let (from, to) = (
                NodeIndex::new(road.from as usize),
                NodeIndex::new(road.to as usize),
            );
            graph.add_edge(from, to, length);
            if !road.one_way {
                graph.add_edge(to, from, length);
            }
        }
        Ok(RoadMap { graph })
    }

    /// How many vertices there are: the sites are numbered from 0 to one less.
    pub fn vertex_count(&self) -> usize {
        self.graph.node_count()
    }

    /// Where a vertex is.
    pub fn point(&self, vertex: u32) -> Option<Point> {
        self.graph.node_weight(NodeIndex::new(vertex as usize)).copied()
    }

    /// The vertices, in order.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        self.graph.node_weights().copied()
    }

    pub(super) fn graph(&self) -> &DiGraph<Point, u64, u32> {
        &self.graph
    }
}

/// The length in micrometres.
fn check_road(road: &Road, vertices: usize) -> Result<u64, Invalid> {
    for (field, vertex) in [("from", road.from), ("to", road.to)] {
        if vertex as usize >= vertices {
            return Err(Invalid::new(
                field,
                Problem::Other("names a vertex that is not in `vertices` (numbered from 0)"),
            ));
        }
    }
    if road.from == road.to {
        return Err(Invalid::new(
            "to",
            Problem::Other("must not be the vertex where the edge begins"),
        ));
    }
    positive("length", road.length, limits::ROAD_LENGTH)?;
    let metres = in_range("length", road.length, 1e-6, limits::ROAD_LENGTH)?;
    Ok((metres * 1e6 + 0.5) as u64)
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;

    fn error(road: Road) -> String {
        let vertices = (0..3).map(|x| Point::new(f64::from(x), 0.0)).collect();
        let spec = RoadMapSpec {
            vertices,
            edges: alloc::vec![road],
        };
        RoadMap::new(spec).unwrap_err().to_string()
    }

    #[test]
    fn errors_name_the_field() {
        let good = Road {
            from: 0,
            to: 1,
            length: 1.0,
            one_way: false,
        };
        assert!(error(Road { from: 3, ..good }).starts_with("edges[0].from: "));
        assert!(error(Road { to: 9, ..good }).starts_with("edges[0].to: "));
        assert!(error(Road { to: 0, ..good }).starts_with("edges[0].to: "));
        for length in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-9, 1e7] {
            assert!(error(Road { length, ..good }).starts_with("edges[0].length: "));
        }
        let mut spec = RoadMapSpec::default();
        spec.vertex(Point::new(0.0, f64::NAN));
        let error = RoadMap::new(spec).unwrap_err().to_string();
        assert!(error.starts_with("vertices[0].y: "), "{error}");
    }
}
