//! What is said, and is on its way: for ever, if nothing else is asked for.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use fleet_core::message::{Between, Claim, News, Refusal};
use fleet_core::{Epoch, NodeId, TaskId};

use super::shared::Shared;

/// What nodes say, as far as ownership goes.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Word {
    /// A heartbeat of a robot.
    Ask {
        boot: u32,
        ask: u32,
        claims: Vec<Claim>,
        news: Vec<(TaskId, Epoch, News)>,
    },
    /// The answer of a witness to it.
    Heard {
        boot: u32,
        ask: u32,
        refused: Vec<(TaskId, Epoch, Refusal)>,
        noted: Vec<(TaskId, Epoch)>,
    },
    /// Final news, between heartbeats.
    Report(TaskId, Epoch, News),
    /// A robot does not claim any more what it never owned.
    Release(TaskId, Epoch),
    /// Among witnesses.
    Between(Between),
}

/// Something that one node says to another.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Letter {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) word: Word,
}

/// All letters on their way. Any of them may arrive next, or never; it is a set, so that saying a thing twice is
/// saying it once.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Net(BTreeMap<u64, Shared<Letter>>);

impl Net {
    pub(crate) fn send(&mut self, letter: Letter) {
        let letter = Shared::new(letter);
        self.0.insert(letter.key(), letter);
    }

    pub(crate) fn take(&mut self, letter: &Shared<Letter>) {
        self.0.remove(&letter.key());
    }

    pub(crate) fn letters(&self) -> impl Iterator<Item = &Shared<Letter>> {
        self.0.values()
    }

    /// Whether all of this was said in `other` too.
    pub(crate) fn is_part_of(&self, other: &Net) -> bool {
        self.0.keys().all(|key| other.0.contains_key(key))
    }

    /// Keeps only these: the others can do nothing any more.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Letter) -> bool) {
        self.0.retain(|_, letter| keep(letter));
    }
}

impl Hash for Net {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.0.len());
        self.0.keys().for_each(|key| state.write_u64(*key));
    }
}
