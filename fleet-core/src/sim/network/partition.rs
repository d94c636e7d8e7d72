use std::collections::BTreeSet;
use std::time::Duration;

use crate::ids::NodeId;
use crate::time::Time;

/// A time during which some nodes hear only each other, and the rest only the rest.
#[derive(Clone, PartialEq, Debug)]
pub struct Partition {
    /// When it begins.
    pub from: Time,
    /// When it heals.
    pub until: Time,
    /// The nodes that are cut off.
    pub nodes: BTreeSet<NodeId>,
    /// In which direction.
    pub direction: Direction,
}

/// Which frames a partition swallows.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// All between the two sides.
    #[default]
    Both,
    /// Those to the nodes that are cut off: they are deaf.
    In,
    /// Those from them: they are mute.
    Out,
}

impl Partition {
    fn swallows(&self, from: NodeId, to: NodeId) -> bool {
        let (from, to) = (self.nodes.contains(&from), self.nodes.contains(&to));
        match self.direction {
            Direction::Both => from != to,
            Direction::In => to && !from,
            Direction::Out => from && !to,
        }
    }
}

/// A time during which frames take longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spike {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// By how much.
    pub extra: Duration,
}

/// All partitions, and which of them there are now.
#[derive(Default, Debug)]
pub(super) struct Partitions {
    all: Vec<Partition>,
    active: Vec<usize>,
    /// When the next one begins or heals.
    next: Time,
}

impl Partitions {
    pub(super) fn new(all: Vec<Partition>) -> Self {
        Partitions {
            all,
            active: Vec::new(),
            next: Time::ZERO,
        }
    }

    pub(super) fn all(&self) -> &[Partition] {
        &self.all
    }

    /// Goes on to `now`, and returns whether any may have begun or healed.
    pub(super) fn advance(&mut self, now: Time) -> bool {
        if now < self.next {
            return false;
        }
        let active =
            |(number, cut): (usize, &Partition)| (cut.from <= now && now < cut.until).then_some(number);
        self.active = self.all.iter().enumerate().filter_map(active).collect();
        let edges = self.all.iter().flat_map(|cut| [cut.from, cut.until]);
        self.next = edges.filter(|at| *at > now).min().unwrap_or(Time::NEVER);
        true
    }

    /// Whether a partition separates the two.
    pub(super) fn cut(&self, from: NodeId, to: NodeId) -> bool {
        let mut active = self.active.iter().map(|number| &self.all[*number]);
        active.any(|cut| cut.swallows(from, to))
    }
}
