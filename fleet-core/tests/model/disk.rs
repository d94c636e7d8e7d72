//! A journal as what replaying it gives: the last word on each task.

use std::collections::BTreeMap;

use fleet_core::TaskId;
use fleet_core::ledger::Entry;

/// The entries of one task that count, in the order of replay.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
struct Page {
    record: Option<Entry>,
    state: Option<Entry>,
    /// The last grant, and what was promised without one since.
    lease: Option<Entry>,
    promise: Option<Entry>,
    buried: Option<Entry>,
}

/// What is durable of one witness.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Disk {
    pages: BTreeMap<TaskId, Page>,
    /// Whether a memory was last lost, or got back.
    memory: Option<Entry>,
}

impl Disk {
    /// Entries that replace what earlier ones said are kept instead of them: replaying comes to the same.
    pub(crate) fn append(&mut self, entry: Entry) {
        match entry.clone() {
            Entry::Record(record) => {
                self.pages.insert(
                    record.task.id(),
                    Page {
                        record: Some(entry),
                        ..Page::default()
                    },
                );
            }
            Entry::State { task, .. } => self.page(task).state = Some(entry),
            Entry::Promise {
                task, lease: true, ..
            } => {
                let page = self.page(task);
                (page.lease, page.promise) = (Some(entry), None);
            }
            Entry::Promise { task, .. } => self.page(task).promise = Some(entry),
            Entry::Buried { task, .. } => {
                let buried = self.page(task).buried.take().or(Some(entry));
                self.pages.insert(
                    task,
                    Page {
                        buried,
                        ..Page::default()
                    },
                );
            }
            Entry::Forgotten(task) => drop(self.pages.remove(&task)),
            Entry::Lost | Entry::Regained => self.memory = Some(entry),
            _ => {}
        }
    }

    fn page(&mut self, task: TaskId) -> &mut Page {
        self.pages.entry(task).or_default()
    }

    /// All that is to be replayed.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let pages = self.pages.values().cloned();
        let entries = pages.flat_map(|page| [page.record, page.state, page.lease, page.promise, page.buried]);
        let memory = self.memory.iter().cloned();
        memory.chain(entries.flatten()).collect()
    }
}

impl FromIterator<Entry> for Disk {
    fn from_iter<I: IntoIterator<Item = Entry>>(entries: I) -> Self {
        let mut disk = Disk::default();
        entries.into_iter().for_each(|entry| disk.append(entry));
        disk
    }
}
