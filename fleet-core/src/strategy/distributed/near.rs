//! Who is near, and who is there at all.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::ids::{NodeId, RobotId};
use crate::time::Time;

/// A node that is heard directly.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Neighbour {
    heard: Time,
    /// Whom it hears, as it last said.
    near: Vec<NodeId>,
}

/// The latest sign of a node, from wherever it was heard.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Presence {
    boot: u32,
    number: u32,
    at: Time,
    told: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Near {
    neighbours: BTreeMap<NodeId, Neighbour>,
    presences: BTreeMap<NodeId, Presence>,
}

impl Near {
    /// A sign of a node was heard, or heard of. Whether it is the latest.
    pub(super) fn note(&mut self, node: NodeId, boot: u32, number: u32, now: Time, limit: usize) -> bool {
        if !self.presences.contains_key(&node) && self.presences.len() >= limit {
            return false;
        }
        let presence = self.presences.entry(node).or_insert(Presence {
            boot: 0,
            number: 0,
            at: now,
            told: true,
        });
        let later = (boot, number) > (presence.boot, presence.number);
        if later {
            *presence = Presence {
                boot,
                number,
                at: now,
                told: false,
            };
        }
        later
    }

    /// A neighbour was heard, which hears these, or those whom it named last. Whether that changes who is near to whom.
    pub(super) fn hear(&mut self, node: NodeId, near: Option<Vec<NodeId>>, now: Time) -> bool {
        let new = !self.neighbours.contains_key(&node);
        let neighbour = self.neighbours.entry(node).or_insert(Neighbour {
            heard: now,
            near: Vec::new(),
        });
        neighbour.heard = now;
        let other = near.filter(|near| *near != neighbour.near);
        let changed = other.is_some();
        if let Some(near) = other {
            neighbour.near = near;
        }
        new || changed
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.neighbours.keys().copied()
    }

    /// Each with those whom it hears.
    pub(super) fn lists(&self) -> impl Iterator<Item = (NodeId, &[NodeId])> {
        self.neighbours
            .iter()
            .map(|(node, neighbour)| (*node, &neighbour.near[..]))
    }

    /// Forgets neighbours that were not heard for so long. Whether there were any.
    pub(super) fn drop_silent(&mut self, now: Time, silence: Duration) -> bool {
        let before = self.neighbours.len();
        self.neighbours
            .retain(|_, neighbour| neighbour.heard + silence > now);
        before > self.neighbours.len()
    }

    /// Signs that were not told yet and that some neighbour may not have heard itself.
    pub(super) fn to_tell(&mut self) -> Vec<(RobotId, u32, u32)> {
        let neighbours = &self.neighbours;
        let heard_by_all = |node: NodeId| {
            neighbours
                .iter()
                .all(|(other, neighbour)| *other == node || neighbour.near.contains(&node))
        };
        let mut tell = Vec::new();
        for (node, presence) in &mut self.presences {
            if !core::mem::replace(&mut presence.told, true) && !heard_by_all(*node) {
                tell.push((node.robot(), presence.boot, presence.number));
            }
        }
        tell
    }

    /// Those of whom nothing was heard for so long, and the others.
    pub(super) fn presences(
        &self,
        now: Time,
        absence: Duration,
    ) -> impl Iterator<Item = (NodeId, bool)> + '_ {
        self.presences
            .iter()
            .map(move |(node, presence)| (*node, presence.at + absence <= now))
    }
}
