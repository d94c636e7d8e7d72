use std::collections::BTreeSet;

use crate::ids::NodeId;
use crate::invalid::{Invalid, Problem, positive};
use crate::limits;
use crate::place::Point;

/// Which nodes are direct neighbours: what one of them sends, the other hears, if nothing goes wrong.
///
/// A frame for a node that is no neighbour is passed on by others, along a way of the fewest hops; each hop has its own
/// delay and its own faults. Nodes that are down pass nothing on, those whose process stands still do; and a way uses
/// no link that a partition cuts at that moment. The order of the nodes, where it counts, is: witnesses that are no
/// robots, as the settings name them, then robots, as the setup does.
#[derive(Clone, Default, PartialEq, Debug)]
pub enum Topology {
    /// Each of all others.
    #[default]
    Full,
    /// Each of the ones before and after it.
    Line,
    /// A line whose ends are neighbours, too.
    Ring,
    /// All of the first one.
    Star,
    /// These pairs.
    Links(BTreeSet<(NodeId, NodeId)>),
    /// Those within reach of a radio, wherever they are at the time. A node that is nowhere is a neighbour of all.
    Radio {
        /// Metres, in a straight line through walls.
        range: f64,
    },
}

impl Topology {
    /// Whether its range is one, and the ends of its links are different nodes that are `there`.
    ///
    /// # Errors
    /// Names the first of them that makes no sense.
    pub fn check(&self, there: impl Fn(&NodeId) -> bool) -> Result<(), Invalid> {
        match self {
            Topology::Radio { range } => positive("range", *range, limits::DISTANCE).map(|_| ()),
            Topology::Links(links) => links.iter().enumerate().try_for_each(|(k, (a, b))| {
                let wrong = |problem| Err(Invalid::new(format!("links[{k}]"), problem));
                match [a, b].into_iter().find(|node| !there(node)) {
                    Some(stranger) => wrong(Problem::Unknown(stranger.to_string())),
                    None if a == b => wrong(Problem::Other("must be of two different nodes")),
                    None => Ok(()),
                }
            }),
            _ => Ok(()),
        }
    }

    /// The direct neighbours of each of `nodes`, which are at `places`, by their numbers and in their order. Without
    /// any for [`Full`](Self::Full), where they need no list.
    pub(super) fn neighbours(&self, nodes: &[NodeId], places: &[Option<Point>]) -> Vec<Vec<usize>> {
        let count = nodes.len();
        let mut neighbours = vec![Vec::new(); count];
        let mut link = |a: usize, b: usize| {
            neighbours[a].push(b);
            neighbours[b].push(a);
        };
        match self {
            Topology::Full => {}
            Topology::Line => (1..count).for_each(|k| link(k - 1, k)),
            Topology::Ring => (0..count).for_each(|k| link(k, (k + 1) % count)),
            Topology::Star => (1..count).for_each(|k| link(0, k)),
            Topology::Links(links) => links.iter().for_each(|(a, b)| {
                let number = |id: &NodeId| nodes.iter().position(|node| node == id);
                if let (Some(a), Some(b)) = (number(a), number(b)) {
                    link(a, b);
                }
            }),
            Topology::Radio { range } => in_range(places, *range, link),
        }
        for (node, list) in neighbours.iter_mut().enumerate() {
            list.retain(|other| *other != node);
            list.sort_unstable();
            list.dedup();
        }
        neighbours
    }
}

fn in_range(places: &[Option<Point>], range: f64, mut link: impl FnMut(usize, usize)) {
    let far = |(a, b): (Point, Point)| a.distance(b) > range;
    for (b, there) in places.iter().enumerate() {
        for (a, here) in places[..b].iter().enumerate() {
            if !here.zip(*there).is_some_and(far) {
                link(a, b);
            }
        }
    }
}
