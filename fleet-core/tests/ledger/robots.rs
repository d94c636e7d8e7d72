//! Robots that claim, hold and finish tasks, over the same network.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ledger::{Claimant, Phase, Said};
use fleet_core::message::{News, Refusal};
use fleet_core::{Epoch, TaskId, Time};

use crate::fleet::{Fleet, Mail, robot, witness};

/// What a robot says to a witness.
#[derive(Clone)]
pub(crate) struct Beat {
    robot: usize,
    boot: u32,
    ask: u32,
    /// Task, epoch, and whether it owns it.
    claims: Vec<(TaskId, Epoch, bool)>,
    done: Vec<(TaskId, Epoch)>,
}

/// What the witness answers.
#[derive(Clone)]
pub(crate) struct Heard {
    from: usize,
    boot: u32,
    ask: u32,
    refused: Vec<(TaskId, Epoch, Refusal)>,
    noted: Vec<(TaskId, Epoch)>,
}

pub(crate) struct Robot {
    boot: u32,
    pub(crate) claimant: Claimant,
    /// Until when nobody hears of it.
    pub(crate) silent: Time,
    /// What it has done, and who has taken note.
    done: BTreeMap<TaskId, (Epoch, BTreeSet<usize>)>,
}

impl Fleet {
    pub(crate) fn add_robots(&mut self, count: usize) {
        let claimant = Claimant::new(self.rules.panel.clone(), self.rules.lease);
        let robot = || Robot {
            boot: 1,
            claimant: claimant.clone(),
            silent: Time::ZERO,
            done: BTreeMap::new(),
        };
        self.robots = (0..count).map(|_| robot()).collect();
    }

    /// Robot `r` begins a new life, without memory.
    pub(crate) fn reboot(&mut self, r: usize) {
        let claimant = Claimant::new(self.rules.panel.clone(), self.rules.lease);
        let boot = self.robots[r].boot + 1;
        self.robots[r] = Robot {
            boot,
            claimant,
            silent: Time::ZERO,
            done: BTreeMap::new(),
        };
    }

    /// Witness `k` offers a task to robot `r`, which claims it.
    pub(crate) fn award(&mut self, k: usize, task: TaskId, r: usize) {
        let Some(known) = self.seats[k]
            .witness
            .as_ref()
            .and_then(|witness| witness.ledger().get(task))
        else {
            return;
        };
        let known = known.promise.epoch.max(known.record.state.epoch);
        let seat = &mut self.seats[k];
        let floor = seat.floors.entry(task).or_default();
        *floor = known.max(*floor).next(seat.boot, witness(k));
        let (epoch, robot) = (*floor, &mut self.robots[r]);
        if robot.claimant.get(task).is_none() && !robot.done.contains_key(&task) {
            robot.claimant.claim(task, epoch);
        }
    }

    /// Robot `r` says to all witnesses what it claims and has done.
    pub(crate) fn beat(&mut self, r: usize) {
        let now = self.now;
        let robot = &mut self.robots[r];
        if now < robot.silent {
            return;
        }
        let claims = robot.claimant.leases();
        let beat = Beat {
            robot: r,
            boot: robot.boot,
            claims: claims
                .map(|(task, lease)| (task, lease.epoch(), lease.until().is_some()))
                .collect(),
            ask: robot.claimant.ask(now),
            done: robot
                .done
                .iter()
                .map(|(task, (epoch, _))| (*task, *epoch))
                .collect(),
        };
        for k in 0..self.seats.len() {
            self.post(&Mail::Beat(k, beat.clone()));
        }
    }

    /// Robot `r` finishes what it may act on.
    pub(crate) fn finish(&mut self, r: usize, task: TaskId) -> bool {
        let robot = &mut self.robots[r];
        let Some(epoch) = robot.claimant.permit(task, self.now) else {
            return false;
        };
        robot.claimant.drop(task);
        robot.done.insert(task, (epoch, BTreeSet::new()));
        true
    }

    pub(crate) fn on_beat(&mut self, k: usize, beat: &Beat) {
        if !self.is_up(k) || !self.meet(k, beat) {
            return;
        }
        let (mut refused, mut noted) = (Vec::new(), Vec::new());
        let name = robot(beat.robot);
        for (task, epoch) in &beat.done {
            let said = self.with(k, |witness, now| {
                witness.report(name, *task, *epoch, &News::Done, now)
            });
            match said {
                Some(Said::Kept) => noted.push((*task, *epoch)),
                Some(Said::Late) => drop(self.rule(k, *task, Phase::Done)),
                _ => {}
            }
        }
        for (task, epoch, owned) in &beat.claims {
            let answer = self.with(k, |witness, now| witness.claim(name.node(), *task, *epoch, now));
            if let Some(Err(refusal)) = answer {
                refused.push((*task, *epoch, refusal));
            }
            if *owned {
                self.with(k, |witness, now| witness.holds(name, *task, *epoch, None, now));
            }
        }
        let heard = Heard {
            from: k,
            boot: beat.boot,
            ask: beat.ask,
            refused,
            noted,
        };
        self.post(&Mail::Heard(beat.robot, heard));
    }

    /// Whether the beat is of the life that witness `k` knows, or of a new one.
    fn meet(&mut self, k: usize, beat: &Beat) -> bool {
        let known = self.seats[k].lives.insert(beat.robot, beat.boot);
        match known {
            Some(known) if known > beat.boot => {
                self.seats[k].lives.insert(beat.robot, known);
                return false;
            }
            Some(known) if known < beat.boot => {
                self.with(k, |witness, _| witness.reborn(robot(beat.robot).node()));
            }
            _ => {}
        }
        true
    }

    pub(crate) fn on_heard(&mut self, r: usize, heard: &Heard) {
        let robot = &mut self.robots[r];
        if robot.boot != heard.boot {
            return;
        }
        let lost = robot
            .claimant
            .answered(witness(heard.from), heard.ask, &heard.refused, self.now);
        for (task, _) in lost {
            robot.claimant.drop(task);
        }
        for (task, epoch) in &heard.noted {
            if let Some((_, by)) = robot.done.get_mut(task).filter(|(done, _)| done == epoch) {
                by.insert(heard.from);
                if 2 * by.len() > self.seats.len() {
                    robot.done.remove(task);
                }
            }
        }
    }

    /// No two robots may act on one task.
    pub(crate) fn check_exclusion(&self) {
        let mut owners: BTreeMap<TaskId, usize> = BTreeMap::new();
        for (r, robot) in self.robots.iter().enumerate() {
            let leases = robot.claimant.leases().map(|(task, _)| task);
            for task in leases.filter(|task| robot.claimant.permit(*task, self.now).is_some()) {
                let other = owners.insert(task, r);
                assert_eq!(other, None, "{task} has two owners at {:?}", self.now);
            }
        }
    }
}
