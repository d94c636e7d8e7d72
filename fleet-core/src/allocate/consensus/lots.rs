//! The tasks that are open.

use alloc::vec::Vec;

use crate::ids::TaskId;
use crate::schedule::Job;
use crate::standing::Urgency;

/// One task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Lot {
    pub(super) task: TaskId,
    pub(super) urgency: Urgency,
    /// Whether it may be bid for. Others may bid for a task that this participant has not heard of.
    pub(super) open: bool,
    /// Whether it is of a team: a robot has one such at a time.
    pub(super) bound: bool,
    /// How many others claim it, or own it.
    pub(super) claims: u32,
    /// How many others bid for it.
    pub(super) bids: u32,
}

/// All of them, numbered.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Lots {
    lots: Vec<Lot>,
    /// `None` of those that this participant cannot do.
    jobs: Vec<Option<Job>>,
    /// Sorted: of all look-ups hardly any finds a new task.
    slots: Vec<(TaskId, u32)>,
    free: Vec<u32>,
}

impl Lots {
    pub(super) fn len(&self) -> usize {
        self.lots.len()
    }

    pub(super) fn get(&self, slot: u32) -> &Lot {
        &self.lots[slot as usize]
    }

    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Lot {
        &mut self.lots[slot as usize]
    }

    pub(super) fn job(&self, slot: u32) -> Option<&Job> {
        self.jobs[slot as usize].as_ref()
    }

    pub(super) fn set_job(&mut self, slot: u32, job: Option<Job>) {
        self.jobs[slot as usize] = job;
    }

    pub(super) fn slot(&self, task: TaskId) -> Option<u32> {
        self.place(task).ok().map(|place| self.slots[place].1)
    }

    fn place(&self, task: TaskId) -> Result<usize, usize> {
        self.slots.binary_search_by_key(&task, |(task, _)| *task)
    }

    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &Lot)> {
        (0..).zip(&self.lots)
    }

    /// The number of `task`, which nobody may have heard of.
    pub(super) fn enter(&mut self, task: TaskId) -> u32 {
        let place = match self.place(task) {
            Ok(place) => return self.slots[place].1,
            Err(place) => place,
        };
        let lot = Lot {
            task,
            urgency: Urgency::LEAST,
            open: false,
            bound: false,
            claims: 0,
            bids: 0,
        };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.lots[slot as usize] = lot;
                slot
            }
            None => {
                self.lots.push(lot);
                self.jobs.push(None);
                self.lots.len() as u32 - 1
            }
        };
        self.slots.insert(place, (task, slot));
        slot
    }

    /// Forgets it, if it is closed and nobody bids for it.
    pub(super) fn tidy(&mut self, slot: u32) {
        let lot = &self.lots[slot as usize];
        if !lot.open
            && lot.claims + lot.bids == 0
            && let Ok(place) = self.place(lot.task)
        {
            self.slots.remove(place);
            self.free.push(slot);
        }
    }
}
