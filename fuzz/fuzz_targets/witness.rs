//! One of three witnesses survives whatever the others and robots say, with bounded answers and a bounded ledger.
//!
//! The input is a sequence of steps: a byte that says what happens, and what it needs. What another witness says is
//! decoded from the input as it would be from a frame. What the journal keeps is all of the memory, at every restart.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use fleet_core::ledger::{Effect, Entry, LeaseTerms, Phase, Rules, Witness};
use fleet_core::message::{Between, News};
use fleet_core::{Epoch, NodeId, Panel, Place, RobotId, Stop, Task, TaskId, TaskSpec, Time, UtcTime};
use libfuzzer_sys::fuzz_target;

const EDITION: u32 = 1;
const WITNESSES: [NodeId; 3] = [NodeId::from_u128(1), NodeId::from_u128(2), NodeId::from_u128(3)];
const TASKS: usize = 48;
const BATCH: usize = 8;

/// Effects of one step at most: each task's record, end, promise and timer told to two others, and the sixteen parts
/// of a digest in messages of a batch.
const EFFECTS: usize = 32 * TASKS;

struct Books {
    now: Time,
    witness: Witness,
    boot: u32,
    journal: Vec<Entry>,
}

fn rules() -> Rules {
    Rules {
        panel: Panel::new(EDITION, &WITNESSES, &[]),
        lease: LeaseTerms::new(Duration::from_secs(2), 0.001).expect("valid"),
        heartbeat: Duration::from_millis(500),
        suspicion: Duration::from_millis(1_500),
        retry: Duration::from_millis(100),
        keep: Duration::from_secs(4),
        remember: Duration::from_secs(16),
        tasks: TASKS,
        batch: BATCH,
    }
}

impl Books {
    fn new() -> Self {
        Books {
            now: Time::from_secs(1),
            witness: Witness::new(WITNESSES[0], 1, rules()),
            boot: 1,
            journal: Vec::new(),
        }
    }

    fn step(&mut self, input: &mut Input<'_>) -> Option<()> {
        let now = self.now;
        match input.byte()? % 10 {
            0 | 1 => {
                let from = WITNESSES[1 + usize::from(input.byte()? % 2)];
                let frame = input.frame()?;
                if let Ok((between, _)) = postcard::take_from_bytes::<Between>(frame) {
                    self.witness.handle(from, EDITION, between, now);
                }
            }
            2 => self.submit(input.byte()?),
            3 => {
                let (robot, task, epoch) = (input.robot()?, input.task()?, input.epoch()?);
                let _ = self.witness.claim(robot.node(), task, epoch, now);
            }
            4 => {
                let (task, wish, floor) = (input.task()?, input.phase()?, input.epoch()?);
                self.witness.rule(task, wish, None, floor, now);
            }
            5 => {
                let (robot, task, epoch) = (input.robot()?, input.task()?, input.epoch()?);
                let news = [News::Done, News::Failed("so".into())];
                let which = usize::from(input.byte()? % 2);
                self.witness.report(robot, task, epoch, &news[which], now);
            }
            6 => {
                let (robot, task, epoch) = (input.robot()?, input.task()?, input.epoch()?);
                self.witness.holds(robot, task, epoch, Some(1), now);
                self.witness
                    .release(robot.node(), task, epoch.next(1, robot.node()));
            }
            7 => match input.byte()? % 4 {
                0 => self.restart(),
                1 => self.lose(),
                2 => self.witness.reborn(input.robot()?.node()),
                _ => self.witness.call_off(input.task()?, now),
            },
            _ => {
                self.now = now + Duration::from_millis(20 * u64::from(input.byte()?));
                self.witness.tick(self.now);
            }
        }
        self.settle();
        Some(())
    }

    fn submit(&mut self, k: u8) {
        if self.witness.ledger().len() < TASKS {
            let stop = Stop::at(Place::at(f64::from(k % 3), 0.0));
            let mut spec = TaskSpec::new(TaskId::from_u128((k / 3).into()), vec![stop]);
            if k > 200 {
                spec.after = vec![TaskId::from_u128((k - 200).into())];
            }
            if let Ok(task) = Task::new(spec) {
                self.witness
                    .submit(Arc::new(task), UtcTime::from_secs(1), self.now);
            }
        }
    }

    /// With a journal that begins anew every other time.
    fn restart(&mut self) {
        self.boot += 1;
        let known: Vec<TaskId> = self.witness.ledger().iter().map(|(task, _)| task).collect();
        if self.boot % 2 == 0 {
            self.journal = self.witness.memory().collect();
            assert!(self.journal.len() <= 1 + 3 * TASKS);
        }
        let entries = self.journal.iter();
        let entries = entries.map(|entry| Entry::decode(&entry.encode()).expect("what was written"));
        let next = Witness::recovered(WITNESSES[0], self.boot, rules(), entries);
        for task in known {
            let (old, new) = (self.witness.ledger().get(task), next.ledger().get(task));
            let (old, new) = (old.expect("known"), new.expect("written down"));
            assert_eq!(old.promise.epoch, new.promise.epoch);
            assert_eq!(old.record.task, new.record.task);
            let ends = |phase: &Phase| phase.is_terminal() || *phase == Phase::Submitted;
            if ends(&old.record.state.phase) {
                assert_eq!(old.record.state, new.record.state);
            }
        }
        self.witness = next;
    }

    fn lose(&mut self) {
        self.boot += 1;
        self.journal.clear();
        self.witness = Witness::new(WITNESSES[0], self.boot, rules());
    }

    fn settle(&mut self) {
        let mut effects = 0;
        while let Some(effect) = self.witness.poll() {
            effects += 1;
            if let Effect::Store(entry) = effect {
                self.journal.push(entry);
            }
        }
        assert!(effects <= EFFECTS, "{effects} effects of one step");
        assert!(self.witness.ledger().len() <= TASKS);
        if let Some(next) = self.witness.next_timeout() {
            assert!(next > Time::ZERO);
        }
    }
}

struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// Its length in one byte, in fours, then its bytes.
    fn frame(&mut self) -> Option<&'a [u8]> {
        let length = (4 * usize::from(self.byte()?)).min(self.0.len());
        let (frame, rest) = self.0.split_at(length);
        self.0 = rest;
        Some(frame)
    }

    fn task(&mut self) -> Option<TaskId> {
        Some(TaskId::from_u128((self.byte()? / 3).into()))
    }

    fn robot(&mut self) -> Option<RobotId> {
        Some(RobotId::from_u128(100 + u128::from(self.byte()? % 4)))
    }

    fn epoch(&mut self) -> Option<Epoch> {
        let byte = self.byte()?;
        Some(Epoch {
            count: u32::from(byte >> 3),
            boot: u32::from(byte >> 2 & 1),
            issuer: NodeId::from_u128((byte & 3).into()),
        })
    }

    fn phase(&mut self) -> Option<Phase> {
        let all = [
            Phase::Open,
            Phase::Cancelled,
            Phase::Done,
            Phase::Failed("so".into()),
        ];
        Some(all[usize::from(self.byte()? % 4)].clone())
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (mut books, mut input) = (Books::new(), Input(bytes));
    while books.step(&mut input).is_some() {}
});
