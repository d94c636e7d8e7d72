//! One run, and what is counted in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fleet_core::ledger::Phase;
use fleet_core::message::{KINDS, Message, Refusal};
use fleet_core::sim::{Doing, Happening, Observer, Setup, Sim};
use fleet_core::{Epoch, Event, NodeId, RobotId, TaskId, Time, wire};

/// What came of one run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) tasks: f64,
    pub(crate) done: f64,
    pub(crate) failed: f64,
    pub(crate) metres: f64,
    /// Of the tasks done, in seconds.
    pub(crate) flowtime: f64,
    /// When the last was done.
    pub(crate) makespan: f64,
    /// When 95 per cent of all tasks had been awarded for the first time, and when all had.
    pub(crate) awarded: [Option<f64>; 2],
    pub(crate) messages: f64,
    pub(crate) copies: f64,
    pub(crate) bytes: f64,
    /// Awards beyond the first of each task.
    pub(crate) again: f64,
    pub(crate) refused: f64,
    /// Tasks begun more than once, begun by more than one robot, and worked at by more than one.
    pub(crate) restarted: f64,
    pub(crate) begun_by_two: f64,
    pub(crate) worked_by_two: f64,
    /// Of all nodes, in seconds.
    pub(crate) computing: f64,
    pub(crate) wall: f64,
}

/// Runs to the end, or until `stop`.
pub(crate) fn run(setup: Setup, until: Duration, tasks: usize, stop: &AtomicBool) -> Option<Outcome> {
    let (began, frame) = (Instant::now(), setup.config.limits.frame);
    let mut sim = Sim::new(setup).expect("what is drawn makes sense, and the rest was checked");
    let mut counts = Counts::new(frame);
    while !sim.is_over() && sim.step(Time::ZERO + until, &mut counts) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
    }
    let metres = sim.robots().map(|robot| robot.metres).sum();
    Some(counts.outcome(tasks, metres, began.elapsed().as_secs_f64()))
}

/// What is seen of a run.
struct Counts {
    /// Longest frame.
    frame: usize,
    tasks: BTreeMap<TaskId, Life>,
    messages: u64,
    copies: u64,
    bytes: u64,
    refused: BTreeSet<(TaskId, Epoch)>,
    computing: Duration,
    entered: Option<Instant>,
}

/// What is seen of one task.
#[derive(Default)]
struct Life {
    awarded: Option<f64>,
    awards: u64,
    ended: Option<(f64, bool)>,
    starts: u64,
    begun: BTreeSet<NodeId>,
    worked: BTreeSet<RobotId>,
}

impl Counts {
    fn new(frame: usize) -> Self {
        Counts {
            frame,
            tasks: BTreeMap::new(),
            messages: 0,
            copies: 0,
            bytes: 0,
            refused: BTreeSet::new(),
            computing: Duration::ZERO,
            entered: None,
        }
    }

    fn life(&mut self, task: TaskId) -> &mut Life {
        self.tasks.entry(task).or_default()
    }

    fn sent(&mut self, frame: &[u8], recipients: u32) {
        self.messages += 1;
        self.copies += u64::from(recipients);
        self.bytes += frame.len() as u64 * u64::from(recipients);
        let kind = wire::kind(frame).map(|kind| KINDS[kind]);
        if !matches!(kind, Some("release" | "refuse" | "heard")) {
            return;
        }
        // Said to every witness, or by each, and again if need be: counted once.
        match wire::decode(frame, self.frame) {
            Ok(Message::Release(claims)) => self.refused.extend(claims),
            Ok(Message::Refuse { task, epoch, .. }) => drop(self.refused.insert((task, epoch))),
            Ok(Message::Heard(heard)) => {
                // A robot says nothing more of a task that has ended. What else is refused it takes back, or gets.
                let ended = heard
                    .refused
                    .into_iter()
                    .filter(|claim| claim.2 == Refusal::Ended);
                self.refused.extend(ended.map(|(task, epoch, _)| (task, epoch)));
            }
            _ => {}
        }
    }

    fn event(&mut self, now: f64, node: NodeId, event: &Event) {
        match event {
            Event::Awarded(awarded) => {
                let life = self.life(awarded.task);
                life.awards += 1;
                life.awarded.get_or_insert(now);
            }
            Event::Start { task, .. } => {
                let life = self.life(task.id());
                life.starts += 1;
                // Of its award the coordinator may never have heard.
                life.awarded.get_or_insert(now);
                life.begun.insert(node);
            }
            Event::Task { task, phase, .. } if phase.is_terminal() => {
                let done = *phase == Phase::Done;
                self.life(*task).ended.get_or_insert((now, done));
            }
            _ => {}
        }
    }

    fn outcome(&self, tasks: usize, metres: f64, wall: f64) -> Outcome {
        let lives = || self.tasks.values();
        let count = |wanted: fn(&Life) -> bool| lives().filter(|life| wanted(life)).count() as f64;
        let mut awarded: Vec<f64> = lives().filter_map(|life| life.awarded).collect();
        awarded.sort_by(f64::total_cmp);
        let first = |share: f64| awarded.get((share * tasks as f64).ceil() as usize - 1).copied();
        let ends = lives().filter_map(|life| life.ended);
        let done: Vec<f64> = ends.filter(|(_, done)| *done).map(|(at, _)| at).collect();
        Outcome {
            tasks: tasks as f64,
            done: done.len() as f64,
            failed: count(|life| life.ended.is_some_and(|(_, done)| !done)),
            metres,
            flowtime: done.iter().sum::<f64>() / (done.len() as f64).max(1.0),
            makespan: done.iter().copied().fold(0.0, f64::max),
            awarded: [first(0.95), first(1.0)],
            messages: self.messages as f64,
            copies: self.copies as f64,
            bytes: self.bytes as f64,
            again: lives().map(|life| life.awards.saturating_sub(1)).sum::<u64>() as f64,
            refused: self.refused.len() as f64,
            restarted: count(|life| life.starts > 1),
            begun_by_two: count(|life| life.begun.len() > 1),
            worked_by_two: count(|life| life.worked.len() > 1),
            computing: self.computing.as_secs_f64(),
            wall,
        }
    }
}

impl Observer for Counts {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Sent {
                frame, recipients, ..
            } => self.sent(frame, *recipients),
            Happening::Event { node, event } => self.event(now.as_secs_f64(), *node, event),
            Happening::Body {
                robot,
                doing: Doing::Working(task),
                ..
            } => drop(self.life(*task).worked.insert(*robot)),
            _ => {}
        }
    }

    fn enter(&mut self, _node: NodeId) {
        self.entered = Some(Instant::now());
    }

    fn leave(&mut self, _node: NodeId) {
        let entered = self.entered.take();
        self.computing += entered.map_or(Duration::ZERO, |entered| entered.elapsed());
    }
}
