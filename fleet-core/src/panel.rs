//! The witnesses of a fleet, and which of them are a majority.

use alloc::vec::Vec;

use crate::ids::NodeId;

/// The witnesses, under one edition of the fleet's settings.
///
/// While the set of witnesses is being changed there are two: what is to hold needs a majority of each. So every
/// majority of the old set alone, of both, and of the new set alone meets the one before it (Lamport, Malkhi & Zhou
/// 2010; the joint consensus of Ongaro & Ousterhout 2014).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Panel {
    edition: u32,
    present: Vec<NodeId>,
    successors: Vec<NodeId>,
    all: Vec<NodeId>,
}

impl Panel {
    /// Of these witnesses, and of these besides if they are to follow them.
    pub fn new(edition: u32, present: &[NodeId], successors: &[NodeId]) -> Self {
        let new = successors.iter().filter(|witness| !present.contains(witness));
        Panel {
            edition,
            present: present.to_vec(),
            successors: successors.to_vec(),
            all: present.iter().chain(new).copied().collect(),
        }
    }

    /// Counts the editions of the settings.
    pub const fn edition(&self) -> u32 {
        self.edition
    }

    /// All witnesses; those named first lead first.
    pub fn all(&self) -> &[NodeId] {
        &self.all
    }

    /// Those who are to follow, if the set is being changed.
    pub fn successors(&self) -> &[NodeId] {
        &self.successors
    }

    /// Whether `node` is one of those whose place may be taken over.
    pub fn is_present(&self, node: NodeId) -> bool {
        self.present.contains(&node)
    }

    /// Where `node` comes among them.
    pub fn seat(&self, node: NodeId) -> Option<usize> {
        self.all.iter().position(|witness| *witness == node)
    }

    /// Whether those of whom `has` says so are a majority; while the set is being changed, of both sets.
    pub fn is_majority(&self, has: impl Fn(NodeId) -> bool) -> bool {
        is_majority_of(&self.present, &has)
            && (self.successors.is_empty() || is_majority_of(&self.successors, &has))
    }

    /// Whether those of whom `has` says so are in every majority that there has been, `one` not counted: none of
    /// them can have decided anything without one of those.
    pub fn is_in_every_majority(&self, one: NodeId, has: impl Fn(NodeId) -> bool) -> bool {
        !is_majority_of(&self.present, &|node| node == one || !has(node))
    }

    /// Whether those of whom `has` says so are a majority of the successors.
    pub fn is_majority_of_successors(&self, has: impl Fn(NodeId) -> bool) -> bool {
        is_majority_of(&self.successors, &has)
    }

    /// Whether they are a majority of the witnesses whose place is taken over.
    pub fn is_majority_of_present(&self, has: impl Fn(NodeId) -> bool) -> bool {
        is_majority_of(&self.present, &has)
    }

    /// The greatest value that a majority has, or exceeds, if each has the one that `value` says.
    pub fn majority_value<T: Ord + Copy>(&self, value: impl Fn(usize) -> Option<T>) -> Option<T> {
        let of = |set: &[NodeId]| {
            let mut values: Vec<T> = set.iter().filter_map(|node| value(self.seat(*node)?)).collect();
            values.sort_unstable_by(|a, b| b.cmp(a));
            values.get(set.len() / 2).copied()
        };
        let present = of(&self.present)?;
        if self.successors.is_empty() {
            Some(present)
        } else {
            Some(present.min(of(&self.successors)?))
        }
    }
}

fn is_majority_of(set: &[NodeId], has: &impl Fn(NodeId) -> bool) -> bool {
    2 * set.iter().filter(|node| has(**node)).count() > set.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(k: u32) -> NodeId {
        NodeId::from_u128(u128::from(k))
    }

    fn members(bits: u32) -> Vec<NodeId> {
        (0..6).filter(|k| bits >> k & 1 == 1).map(node).collect()
    }

    #[test]
    fn majorities_of_two_editions_that_follow_each_other_meet() {
        let sets = [
            members(0b000111),
            members(0b111100),
            members(0b000001),
            members(0b011111),
        ];
        for old in &sets {
            for new in &sets {
                let panels = [
                    Panel::new(1, old, &[]),
                    Panel::new(2, old, new),
                    Panel::new(3, new, &[]),
                ];
                for pair in panels.windows(2) {
                    for one in 0..64 {
                        for other in (0..64).filter(|other| other & one == 0) {
                            let has = |bits: u32| move |k: NodeId| bits >> k.uuid().as_u128() & 1 == 1;
                            let both = pair[0].is_majority(has(one)) && pair[1].is_majority(has(other));
                            assert!(!both, "{pair:?} {one:b} {other:b}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn the_value_of_a_majority_is_what_a_majority_has_or_exceeds() {
        let panel = Panel::new(1, &members(0b111), &[]);
        let value = |values: [Option<u32>; 3]| panel.majority_value(|seat| values[seat]);
        assert_eq!(value([Some(5), Some(9), Some(7)]), Some(7));
        assert_eq!(value([Some(5), None, Some(7)]), Some(5));
        assert_eq!(value([None, None, Some(7)]), None);
        let joint = Panel::new(2, &members(0b1), &members(0b10));
        assert_eq!(joint.majority_value(|seat| [Some(3), Some(8)][seat]), Some(3));
        assert_eq!(joint.majority_value(|seat| [Some(3), None][seat]), None);
    }
}
