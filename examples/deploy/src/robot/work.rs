//! From what the node wants to what the body does, and back.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet_core::{Epoch, Event, Place, Report, ReportError, Task, TaskId, UtcTime};
use fleet_zenoh::Handle;

use crate::body::{Body, Doing};
use crate::log::Log;
use crate::node;

/// How long the node may take to answer.
const NODE: Duration = Duration::from_secs(1);
/// Time between two words to the node of where the body is.
const POSE: Duration = Duration::from_millis(250);

/// The task in hand.
struct Job {
    task: Arc<Task>,
    epoch: Epoch,
    stop: usize,
    step: Step,
    /// The last moment at which the node said that it may be acted on.
    permitted: UtcTime,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Driving,
    /// At the stop, which it may not begin yet.
    Waiting,
    Working,
}

/// The body, and what it is at.
pub(super) struct Work<B> {
    node: Handle,
    body: B,
    log: Log,
    charge_to: f64,
    job: Option<Job>,
    /// On its way to a charger, or charging.
    charger: Option<(Place, bool)>,
    told: Instant,
}

impl<B: Body> Work<B> {
    pub(super) fn new(node: Handle, body: B, log: Log, charge_to: f64) -> Self {
        let (job, charger, told) = (None, None, Instant::now());
        Work {
            node,
            body,
            log,
            charge_to,
            job,
            charger,
            told,
        }
    }

    /// The task in hand.
    pub(super) fn task(&self) -> Option<TaskId> {
        self.job.as_ref().map(|job| job.task.id())
    }

    /// Does what the node wants.
    pub(super) fn obey(&mut self, event: Event) {
        let now = Instant::now();
        match event {
            Event::Start {
                task,
                epoch,
                stops_done,
            } => {
                self.drop_job("another task came");
                let stop = (stops_done as usize).min(task.stops().len() - 1);
                self.log.task(node::utc(), "start", task.id(), epoch, "");
                self.charger = None;
                self.body.drive(task.stops()[stop].place, now);
                self.job = Some(Job {
                    task,
                    epoch,
                    stop,
                    step: Step::Driving,
                    permitted: node::utc(),
                });
            }
            Event::Stop { task, why } if self.task() == Some(task) => self.drop_job(&format!("{why:?}")),
            Event::Charge { at } => {
                self.charger = Some((at, false));
                self.body.drive(at, now);
            }
            Event::Retreat { at } => self.body.drive(at, now),
            _ => {}
        }
    }

    /// Looks at the body, and takes the next step.
    pub(super) fn go_on(&mut self) {
        let now = Instant::now();
        let doing = self.body.look(now);
        self.tell_pose(now, doing != Doing::Busy);
        if let Some((_, charging)) = self.charger {
            return self.go_on_charging(doing, charging, now);
        }
        let Some(job) = &mut self.job else { return };
        let (id, epoch) = (job.task.id(), job.epoch);
        let permitted = self
            .node
            .ask(move |turn| turn.node.permit(id, turn.now) == Some(epoch))
            .wait(NODE);
        if permitted != Ok(true) {
            return self.abandon("not permitted any more");
        }
        job.permitted = node::utc();
        match (job.step, doing) {
            (_, Doing::Busy) => {}
            (Step::Driving | Step::Working, Doing::Failed(reason)) => {
                self.report_current(Report::Failed(reason));
            }
            (Step::Driving | Step::Waiting, _) => self.begin(now),
            (Step::Working, Doing::Finished) => self.finish_stop(now),
        }
    }

    fn go_on_charging(&mut self, doing: Doing, charging: bool, now: Instant) {
        match doing {
            Doing::Busy => {}
            Doing::Finished if !charging => {
                self.charger = self.charger.map(|(at, _)| (at, true));
                self.body.charge(self.charge_to, now);
            }
            Doing::Finished => self.charger = None,
            // Tried again when the node says so.
            Doing::Failed(reason) => {
                eprintln!("cannot charge: {reason}");
                self.charger = None;
            }
        }
    }

    /// The body is at the stop.
    fn begin(&mut self, now: Instant) {
        let Some(job) = &self.job else { return };
        let (task, epoch, stop, first) = (job.task.clone(), job.epoch, job.stop, job.stop == 0);
        match self.report(task.id(), Report::Begun) {
            Ok(()) => {
                if first {
                    self.log.task(node::utc(), "begin", task.id(), epoch, "");
                }
                self.body.execute(&task, &task.stops()[stop], now);
                self.set_step(Step::Working);
            }
            Err(ReportError::NotReleased | ReportError::NotTogether) => self.set_step(Step::Waiting),
            // It will be told to start again.
            Err(error @ ReportError::NotStarted) => self.drop_job(&error.to_string()),
            Err(error) => self.abandon(&error.to_string()),
        }
    }

    fn finish_stop(&mut self, now: Instant) {
        let Some(job) = &mut self.job else { return };
        let (task, epoch) = (job.task.clone(), job.epoch);
        (job.stop, job.step) = (job.stop + 1, Step::Driving);
        let next = task.stops().get(job.stop).map(|stop| stop.place);
        match (self.report(task.id(), Report::StopDone), next) {
            (Ok(()), Some(place)) => self.body.drive(place, now),
            (Ok(()), None) => {
                self.job = None;
                self.log.task(node::utc(), "end", task.id(), epoch, "");
            }
            (Err(error), _) => self.abandon(&error.to_string()),
        }
    }

    fn set_step(&mut self, step: Step) {
        if let Some(job) = &mut self.job {
            job.step = step;
        }
    }

    /// Tells the node. One that does not answer counts as one that says no.
    fn report(&self, task: TaskId, report: Report) -> Result<(), ReportError> {
        let answer = self
            .node
            .ask(move |turn| turn.node.report(turn.now, task, report, turn.travel));
        answer.wait(NODE).unwrap_or(Err(ReportError::NotOwned))
    }

    /// The body leaves the task in hand.
    fn drop_job(&mut self, why: &str) {
        if let Some(job) = self.job.take() {
            self.body.halt(Instant::now());
            self.log
                .task(job.permitted, "stop", job.task.id(), job.epoch, why);
        }
    }

    /// The body leaves the task in hand, whatever the node thinks: if it still owns it, in this period of ownership, it is
    /// to give it back.
    fn abandon(&mut self, why: &str) {
        let Some(job) = &self.job else { return };
        let (task, epoch) = (job.task.id(), job.epoch);
        self.drop_job(why);
        // If the node has ended there is nothing to give back.
        let _ = self.node.post(move |turn| {
            if turn.node.permit(task, turn.now) == Some(epoch) {
                let _ = turn.node.report(turn.now, task, Report::GiveBack, turn.travel);
            }
        });
    }

    /// Ends the task in hand without finishing it.
    pub(super) fn report_current(&mut self, report: Report) {
        let Some(job) = self.job.take() else { return };
        let (what, why) = match &report {
            Report::Failed(reason) => ("failed", reason.clone()),
            _ => ("back", String::new()),
        };
        self.body.halt(Instant::now());
        self.log.task(node::utc(), what, job.task.id(), job.epoch, &why);
        let _ = self.report(job.task.id(), report); // if it is not its own any more it need not be told
    }

    /// Takes no more tasks, and gives back those that it is not at; returns how many.
    pub(super) fn give_back_what_waits(&mut self) -> usize {
        let at_it = self.task();
        let given = self.node.ask(move |turn| {
            turn.node.take_tasks(false);
            let planned: std::collections::BTreeSet<TaskId> =
                turn.node.plan().map(|(task, _)| task).collect();
            let back = planned.into_iter().filter(|task| Some(*task) != at_it);
            // What it was not granted yet it is asked for again.
            back.filter(|task| {
                turn.node
                    .report(turn.now, *task, Report::GiveBack, turn.travel)
                    .is_ok()
            })
            .count()
        });
        given.wait(NODE).unwrap_or_default()
    }

    /// Whether nothing is left to do, and to tell.
    pub(super) fn is_clear(&self) -> bool {
        self.job.is_none() && self.node.ask(|turn| turn.node.is_clear()).wait(NODE) == Ok(true)
    }

    /// The process ends.
    pub(super) fn leave(&mut self) {
        self.drop_job("the process ends");
        self.log.process("down");
    }

    fn tell_pose(&mut self, now: Instant, at_once: bool) {
        let due = now.saturating_duration_since(self.told) >= POSE;
        let stands = at_once && self.job.is_some();
        if !(due || stands) {
            return;
        }
        self.told = now;
        let (pose, battery) = (self.body.pose(), self.body.battery());
        // A node that has ended is noticed elsewhere; a pose or a charge that makes no sense is not taken over.
        let _ = self.node.post(move |turn| {
            let _ = turn.node.moved(pose);
            if let Some(level) = battery {
                let _ = turn.node.charged(turn.now, level, turn.travel);
            }
        });
    }
}
