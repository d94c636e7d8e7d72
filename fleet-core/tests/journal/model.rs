//! Any order of writes, faults and crashes, beside a model of what must be found.

use fleet_core::journal::{Journal, MemoryStorage};
use proptest::prelude::*;

use crate::{Memory, open};

/// Something that happens to a journal.
#[derive(Clone, Debug)]
enum Step {
    Append(u8),
    Sync,
    /// As a driver does it that writes down all it knows.
    Compact,
    TearAppend(usize),
    FillDisk(usize),
    EmptyDisk,
    FailSync,
    InterruptReplace(bool),
    Crash(usize),
    /// The process ends, the machine does not.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..20_u8).prop_map(Step::Append),
        6 => Just(Step::Sync),
        2 => Just(Step::Compact),
        1 => (0..40_usize).prop_map(Step::TearAppend),
        1 => (0..40_usize).prop_map(Step::FillDisk),
        2 => Just(Step::EmptyDisk),
        1 => Just(Step::FailSync),
        1 => any::<bool>().prop_map(Step::InterruptReplace),
        2 => (0..60_usize).prop_map(Step::Crash),
        1 => Just(Step::Restart),
    ]
}

/// A journal, and what a node that uses it knows.
struct Model {
    journal: Memory,
    /// All entries that the node has made.
    known: Vec<Vec<u8>>,
    /// How many of them it was told are durable.
    durable: usize,
    next: u32,
}

impl Model {
    fn new() -> Self {
        Model {
            journal: open(MemoryStorage::new()).0,
            known: Vec::new(),
            durable: 0,
            next: 0,
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Append(length) => self.append(*length),
            Step::Sync => {
                if self.journal.sync().is_ok() {
                    self.durable = self.known.len();
                }
            }
            Step::Compact => {
                if self.journal.compact(self.known.clone()).is_ok() {
                    self.durable = self.known.len();
                }
            }
            Step::TearAppend(bytes) => self.disk().tear_next_append(*bytes),
            Step::FillDisk(room) => {
                let length = self.disk().written().len();
                self.disk().set_capacity(Some(length + room));
            }
            Step::EmptyDisk => self.disk().set_capacity(None),
            Step::FailSync => self.disk().fail_next_sync(),
            Step::InterruptReplace(done) => self.disk().interrupt_next_replace(*done),
            Step::Crash(keep) => {
                self.disk().crash(*keep);
                self.reopen();
            }
            Step::Restart => self.reopen(),
        }
    }

    fn disk(&mut self) -> &mut MemoryStorage {
        self.journal.storage_mut()
    }

    /// An entry unlike all others; the node counts on nothing if the journal is poisoned.
    fn append(&mut self, length: u8) {
        let mut entry = Vec::from(self.next.to_le_bytes());
        entry.resize(4 + usize::from(length), length);
        self.next += 1;
        let taken = self.journal.append(&entry);
        assert_eq!(taken.is_err(), self.journal.is_poisoned());
        self.known.push(entry);
    }

    /// Opens the journal, if need be once more on a disk that works.
    fn reopen(&mut self) {
        let boot = self.journal.boot();
        let mut storage = self.journal.storage().clone();
        let mut tried = storage.clone();
        let failed = Journal::open(&mut tried).is_err();
        if failed {
            storage = tried;
            storage.set_capacity(None);
        }
        let (journal, recovered) = open(storage);
        assert!(recovered.boot > boot && recovered.boot <= boot + 1 + u32::from(failed));
        assert!(
            recovered.entries.len() >= self.durable,
            "what was durable is lost"
        );
        assert!(
            self.known.starts_with(&recovered.entries),
            "{:?} of {:?}",
            recovered.entries,
            self.known
        );
        self.durable = recovered.entries.len();
        self.known = recovered.entries;
        self.journal = journal;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn nothing_durable_is_lost_and_nothing_is_invented(steps in prop::collection::vec(step(), 0..60)) {
        let mut model = Model::new();
        steps.iter().for_each(|step| model.step(step));
        model.step(&Step::Crash(0));
    }
}
