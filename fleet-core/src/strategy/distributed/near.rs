//! Who is near, and who is there at all.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::ids::{NodeId, RobotId};
use crate::message::Sign;
use crate::time::Time;

/// A node that is heard directly.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Neighbour {
    heard: Time,
    /// The sum over those whom it hears, and itself.
    reach: u64,
    /// They by their names, as it last named them.
    near: Vec<NodeId>,
    /// Its digests when they were first found to be others than here, those here, and when.
    differs: Option<(Digests, Digests, Time)>,
}

/// Sums over bundles and over tasks.
type Digests = (u64, u64);

/// The latest sign of a node, from wherever it was heard.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Presence {
    boot: u32,
    number: u32,
    at: Time,
    told: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Near {
    me: NodeId,
    neighbours: BTreeMap<NodeId, Neighbour>,
    presences: BTreeMap<NodeId, Presence>,
    /// They by their names, and the sum over them and this node.
    all: Vec<NodeId>,
    reach: u64,
}

fn sum<'a>(nodes: impl IntoIterator<Item = &'a NodeId>) -> u64 {
    let nodes = nodes.into_iter();
    nodes.map(|node| node.scrambled()).fold(0, u64::wrapping_add)
}

impl Near {
    pub(super) fn new(me: NodeId) -> Self {
        Near {
            me,
            neighbours: BTreeMap::new(),
            presences: BTreeMap::new(),
            all: Vec::new(),
            reach: sum([&me]),
        }
    }

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

    /// A neighbour gave this sign. Whether that changes who is near to whom.
    pub(super) fn hear(&mut self, node: NodeId, sign: &mut Sign, now: Time) -> bool {
        let new = !self.neighbours.contains_key(&node);
        let neighbour = self.neighbours.entry(node).or_insert(Neighbour {
            heard: now,
            reach: 0,
            near: Vec::new(),
            differs: None,
        });
        neighbour.heard = now;
        let other = core::mem::replace(&mut neighbour.reach, sign.reach) != sign.reach;
        let mut named = sign.near.take();
        named.iter_mut().for_each(|near| near.sort_unstable());
        let named = named.filter(|near| *near != neighbour.near);
        let changed = new || other || named.is_some();
        if let Some(near) = named {
            neighbour.near = near;
        }
        if new {
            self.count();
        }
        changed
    }

    fn count(&mut self) {
        self.all = self.neighbours.keys().copied().collect();
        self.reach = sum(self.all.iter().chain([&self.me]));
    }

    /// Whether a neighbour has known something else for so long that something must have been lost: neither of the two
    /// has learnt anything since its last sign, or `patience` has passed.
    pub(super) fn differs(
        &mut self,
        node: NodeId,
        theirs: Digests,
        here: Digests,
        now: Time,
        patience: Duration,
    ) -> (bool, bool) {
        let Some(neighbour) = self.neighbours.get_mut(&node) else {
            return (false, false);
        };
        let before = neighbour.differs.take();
        let differs = (theirs.0 != here.0, theirs.1 != here.1);
        if !(differs.0 || differs.1) {
            return (false, false);
        }
        let since = before.map_or(now, |(.., since)| since);
        let impatient = since + patience <= now;
        let still = |old: fn(&Digests) -> u64| {
            before.is_some_and(|(other, own, _)| (old(&other), old(&own)) == (old(&theirs), old(&here)))
        };
        let ask = (
            differs.0 && (impatient || still(|digests| digests.0)),
            differs.1 && (impatient || still(|digests| digests.1)),
        );
        let since = if impatient { now } else { since };
        neighbour.differs = Some((theirs, here, since));
        ask
    }

    /// Whether something was heard of a node, from wherever, not too long ago.
    pub(super) fn is_there(&self, node: NodeId, now: Time, absence: Duration) -> bool {
        let presence = self.presences.get(&node);
        presence.is_some_and(|presence| presence.at + absence > now)
    }

    /// Whether it is not known whom a neighbour hears.
    pub(super) fn is_unknown(&self, node: NodeId) -> bool {
        let neighbour = self.neighbours.get(&node);
        neighbour.is_some_and(|neighbour| self.list(node, neighbour).is_none())
    }

    /// Whom a neighbour hears, if that is known: the same as this node, or those whom it named.
    fn list<'a>(&'a self, node: NodeId, neighbour: &'a Neighbour) -> Option<&'a [NodeId]> {
        if neighbour.reach == self.reach {
            Some(&self.all)
        } else {
            let named = sum(neighbour.near.iter().chain([&node])) == neighbour.reach;
            named.then_some(&neighbour.near[..])
        }
    }

    pub(super) fn nodes(&self) -> &[NodeId] {
        &self.all
    }

    pub(super) const fn reach(&self) -> u64 {
        self.reach
    }

    /// Each with those whom it hears, as far as that is known.
    pub(super) fn lists(&self) -> impl Iterator<Item = (NodeId, &[NodeId])> {
        let neighbours = self.neighbours.iter();
        neighbours.map(|(node, neighbour)| (*node, self.list(*node, neighbour).unwrap_or_default()))
    }

    /// Forgets neighbours that were not heard for so long. Whether there were any.
    pub(super) fn drop_silent(&mut self, now: Time, silence: Duration) -> bool {
        self.neighbours
            .retain(|_, neighbour| neighbour.heard + silence > now);
        let fewer = self.neighbours.len() < self.all.len();
        if fewer {
            self.count();
        }
        fewer
    }

    /// Signs that were not told yet and that some neighbour may not have heard itself.
    pub(super) fn take_untold(&mut self) -> Vec<(RobotId, u32, u32)> {
        let mut told = Vec::new();
        // Most often all who are near hear each other.
        let one = self.neighbours.values().all(|other| other.reach == self.reach);
        for (node, presence) in &self.presences {
            if one && self.neighbours.contains_key(node) {
                continue;
            }
            let heard_by = |(other, neighbour): (&NodeId, &Neighbour)| {
                let list = self.list(*other, neighbour).unwrap_or_default();
                other == node || list.binary_search(node).is_ok()
            };
            if !presence.told && !self.neighbours.iter().all(heard_by) {
                told.push((node.robot(), presence.boot, presence.number));
            }
        }
        self.presences
            .values_mut()
            .for_each(|presence| presence.told = true);
        told
    }

    /// All of whom something was heard, and whether that was so long ago.
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
