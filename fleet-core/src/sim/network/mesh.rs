//! Who hears whom, and who passes on for whom.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::topology::Topology;
use crate::ids::NodeId;
use crate::place::Point;
use crate::time::Time;

/// How often a radio network looks who is where.
const LOOK: Duration = Duration::from_secs(1);
/// Trees that are kept; with more, all are found again.
const TREES: usize = 2_048;

/// Which node a way is looked for from: two ways between the same nodes may be equally short.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Root {
    /// Its beginning.
    From,
    /// Its end.
    To,
}

/// For each node the next one on its way to the root, if it has a way.
type Tree = Vec<Option<usize>>;

/// The nodes, by numbers, and the ways between them, which are kept until something changes.
#[derive(Debug)]
pub(super) struct Mesh {
    topology: Topology,
    nodes: Vec<NodeId>,
    down: BTreeSet<usize>,
    looked: Option<Time>,
    neighbours: Vec<Vec<usize>>,
    trees: BTreeMap<(Root, usize), Tree>,
}

impl Mesh {
    pub(super) fn new(topology: Topology) -> Self {
        Mesh {
            topology,
            nodes: Vec::new(),
            down: BTreeSet::new(),
            looked: None,
            neighbours: Vec::new(),
            trees: BTreeMap::new(),
        }
    }

    /// The nodes hear each other like this from now on.
    pub(super) fn set_topology(&mut self, topology: Topology) {
        (self.topology, self.looked) = (topology, None);
        self.forget();
    }

    /// One more node.
    pub(super) fn join(&mut self, node: NodeId) {
        self.nodes.push(node);
    }

    pub(super) fn node(&self, number: usize) -> NodeId {
        self.nodes[number]
    }

    /// A node is up or down from now on.
    pub(super) fn set_up(&mut self, node: usize, up: bool) {
        let changed = if up {
            self.down.remove(&node)
        } else {
            self.down.insert(node)
        };
        if changed {
            self.forget();
        }
    }

    /// Ways are to be found again.
    pub(super) fn forget(&mut self) {
        self.trees.clear();
    }

    /// Whether it is time to [look](Self::look).
    pub(super) fn is_due(&self, now: Time) -> bool {
        let moves = matches!(self.topology, Topology::Radio { .. });
        self.looked
            .is_none_or(|looked| moves && now.since(looked) >= LOOK)
    }

    /// Sees where all nodes are.
    pub(super) fn look(&mut self, now: Time, places: &[Option<Point>]) {
        self.looked = Some(now);
        let neighbours = self.topology.neighbours(&self.nodes, places);
        if neighbours != self.neighbours {
            self.neighbours = neighbours;
            self.forget();
        }
    }

    /// The direct neighbours of a node.
    pub(super) fn neighbours(&self, node: usize) -> Vec<usize> {
        match self.topology {
            Topology::Full => (0..self.nodes.len()).filter(|other| *other != node).collect(),
            _ => self.neighbours[node].clone(),
        }
    }

    fn are_neighbours(&self, from: usize, to: usize) -> bool {
        self.topology == Topology::Full || self.neighbours[from].binary_search(&to).is_ok()
    }

    /// A way of the fewest hops over links that are not `cut`, both ends included; empty if there is none.
    pub(super) fn way(
        &mut self,
        from: usize,
        to: usize,
        root: Root,
        cut: impl Fn(NodeId, NodeId) -> bool,
    ) -> Vec<usize> {
        if self.are_neighbours(from, to) {
            // What a partition separates has no other way either.
            return if cut(self.node(from), self.node(to)) {
                Vec::new()
            } else {
                vec![from, to]
            };
        }
        let (start, end) = match root {
            Root::From => (to, from),
            Root::To => (from, to),
        };
        let mut way = climb(self.tree(root, end, cut), start, end);
        if root == Root::From {
            way.reverse();
        }
        way
    }

    fn tree(&mut self, root: Root, node: usize, cut: impl Fn(NodeId, NodeId) -> bool) -> &Tree {
        if self.trees.len() >= TREES && !self.trees.contains_key(&(root, node)) {
            self.forget();
        }
        let (nodes, neighbours, down) = (&self.nodes, &self.neighbours, &self.down);
        let usable = |near: usize, far: usize| match root {
            Root::From => !cut(nodes[near], nodes[far]),
            Root::To => !cut(nodes[far], nodes[near]),
        };
        let passes = |other: usize| other == node || !down.contains(&other);
        self.trees
            .entry((root, node))
            .or_insert_with(|| grow(neighbours, node, passes, usable))
    }
}

/// All shortest ways to `root`, over nodes that pass frames on and links that are usable.
fn grow(
    neighbours: &[Vec<usize>],
    root: usize,
    passes: impl Fn(usize) -> bool,
    usable: impl Fn(usize, usize) -> bool,
) -> Tree {
    let mut tree = vec![None; neighbours.len()];
    tree[root] = Some(root);
    let mut queue = VecDeque::from([root]);
    while let Some(near) = queue.pop_front() {
        for far in neighbours[near].iter().filter(|_| passes(near)) {
            if tree[*far].is_none() && usable(near, *far) {
                tree[*far] = Some(near);
                queue.push_back(*far);
            }
        }
    }
    tree
}

/// The way from `start` to the root of a tree; empty if there is none.
fn climb(tree: &Tree, start: usize, root: usize) -> Vec<usize> {
    let mut way = vec![start];
    let mut here = start;
    while here != root {
        let Some(next) = tree[here] else {
            return Vec::new();
        };
        way.push(next);
        here = next;
    }
    way
}
