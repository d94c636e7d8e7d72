//! The life of a task at the coordinator.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Coordinator, Timer};
use crate::ability::Ability;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{RobotId, TaskId};
use crate::ledger::{Phase, TaskRecord, TaskState};
use crate::message::Message;
use crate::objective::Cost;
use crate::output::{Event, Reopened};
use crate::task::Task;
use crate::time::Time;
use crate::transport::Class;
use crate::travel::PlaceError;

/// What the coordinator knows of one task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Entry {
    pub(super) record: TaskRecord,
    /// Predecessors that are not done.
    pub(super) waiting_for: usize,
    /// Attempts that failed.
    failures: u32,
    /// Robots to ask next time.
    pub(super) reach: usize,
    /// When it is offered again, if nobody wanted it last time.
    pub(super) reoffer: Option<Time>,
    /// Under which number it is for sale.
    pub(super) lot: Option<u32>,
    /// Awarded, and not yet answered.
    pub(super) offer: Option<Offer>,
    /// The first heartbeat of its owner that must name it.
    pub(super) since: u32,
}

/// An award without an answer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Offer {
    pub(super) robot: RobotId,
    pub(super) lot: u32,
    pub(super) cost: Cost,
    pub(super) second: Option<Cost>,
    /// When the award was first sent, and when last.
    pub(super) first: Time,
    pub(super) sent: Time,
}

/// Why a task was not taken, or not called off.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Tasks go to the coordinator.
    #[error("this node is no coordinator")]
    NotCoordinator,
    /// The id is in use for a task with other content.
    #[error("id: {0} is another task's already")]
    OtherContent(TaskId),
    /// There is no such task.
    #[error("id: {0} is no task's")]
    Unknown(TaskId),
    /// A stop where no robot can be.
    #[error("stops[{stop}].place: {error}")]
    Place {
        /// Which stop.
        stop: usize,
        /// What is wrong with its place.
        error: PlaceError,
    },
    /// A need that the fleet's settings do not know.
    #[error("needs: names {0}, which this fleet's settings do not list")]
    Need(Ability),
    /// A predecessor that was not submitted before.
    #[error("after: names {0}, which was not submitted")]
    After(TaskId),
    /// The ledger is full.
    #[error("the coordinator keeps {0} tasks already, its limit")]
    Full(usize),
}

impl Coordinator {
    pub(crate) fn submit(&mut self, task: Task, cx: &mut Context<'_>) -> Result<(), SubmitError> {
        let id = task.id();
        if let Some(entry) = self.tasks.get(&id) {
            let same = *entry.record.task == task;
            return if same {
                Ok(())
            } else {
                Err(SubmitError::OtherContent(id))
            };
        }
        self.check(&task, cx)?;
        let state = TaskState {
            epoch: Epoch::first(self.boot, self.me),
            robot: None,
            phase: Phase::Open,
        };
        let mut waiting_for = 0;
        for before in task.after() {
            if self
                .record(*before)
                .is_some_and(|record| record.state.phase != Phase::Done)
            {
                waiting_for += 1;
                self.followers.entry(*before).or_default().push(id);
            }
        }
        let hopeless = task
            .after()
            .iter()
            .find(|before| self.ended_undone(**before))
            .copied();
        let record = TaskRecord {
            task: Arc::new(task),
            submitted: cx.now.utc,
            state,
        };
        let entry = Entry {
            record,
            waiting_for,
            failures: 0,
            reach: 0,
            reoffer: None,
            lot: None,
            offer: None,
            since: 0,
        };
        self.tasks.insert(id, entry);
        self.deadline(id, cx);
        match hopeless {
            Some(before) => self.end(
                id,
                Phase::Failed(format!("its predecessor {before} is not done")),
                cx,
            ),
            None => self.offer(id, cx),
        }
        Ok(())
    }

    fn check(&self, task: &Task, cx: &Context<'_>) -> Result<(), SubmitError> {
        if self.tasks.len() >= cx.config.limits.tasks {
            return Err(SubmitError::Full(self.tasks.len()));
        }
        for (k, stop) in task.stops().iter().enumerate() {
            cx.travel
                .check(stop.place)
                .map_err(|error| SubmitError::Place { stop: k, error })?;
        }
        if let Some(abilities) = &cx.config.abilities
            && let Some(need) = crate::ability::missing(task.needs(), abilities)
        {
            return Err(SubmitError::Need(need.clone()));
        }
        let unknown = task
            .after()
            .iter()
            .find(|before| !self.tasks.contains_key(*before));
        unknown.map_or(Ok(()), |before| Err(SubmitError::After(*before)))
    }

    fn ended_undone(&self, task: TaskId) -> bool {
        let phase = self.record(task).map(|record| &record.state.phase);
        phase.is_some_and(|phase| phase.is_terminal() && *phase != Phase::Done)
    }

    pub(crate) fn cancel(&mut self, task: TaskId, cx: &mut Context<'_>) -> Result<bool, SubmitError> {
        let entry = self.tasks.get(&task).ok_or(SubmitError::Unknown(task))?;
        let state = &entry.record.state;
        if state.phase.is_terminal() {
            return Ok(false);
        }
        if let Some(robot) = state.robot {
            let message = Message::Cancel {
                task,
                epoch: state.epoch,
            };
            cx.out.send(robot.node(), Class::Safety, message);
        }
        self.end(task, Phase::Cancelled, cx);
        Ok(true)
    }

    /// Whether `robot` is the owner of `task` under `epoch`.
    pub(super) fn owns(&self, robot: RobotId, task: TaskId, epoch: Epoch) -> bool {
        self.record(task).is_some_and(|record| {
            let state = &record.state;
            state.robot == Some(robot) && state.epoch == epoch && !state.phase.is_terminal()
        })
    }

    /// `robot` has accepted.
    pub(super) fn hold(&mut self, robot: RobotId, task: TaskId, since: u32, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.since = since;
        let epoch = entry.record.state.epoch;
        if let Some(member) = self.members.get_mut(robot) {
            member.holds.insert(task);
        }
        self.join(
            task,
            TaskState {
                epoch,
                robot: Some(robot),
                phase: Phase::Held,
            },
            None,
            cx,
        );
    }

    /// `robot` says that it owns the task, and has finished so many stops. Whether that is so.
    pub(super) fn confirm(
        &mut self,
        robot: RobotId,
        task: TaskId,
        epoch: Epoch,
        stops_done: Option<u32>,
        cx: &mut Context<'_>,
    ) -> bool {
        if !self.owns(robot, task, epoch) {
            return false;
        }
        // It may have accepted an award in a message that was lost; the award is repeated until that is heard.
        if self.tasks.get(&task).is_some_and(|entry| entry.offer.is_none())
            && let Some(stops) = stops_done
        {
            self.join(
                task,
                TaskState {
                    epoch,
                    robot: Some(robot),
                    phase: Phase::Running(stops),
                },
                None,
                cx,
            );
        }
        true
    }

    pub(super) fn done(&mut self, robot: RobotId, task: TaskId, epoch: Epoch, cx: &mut Context<'_>) {
        let Some(state) = self.record(task).map(|record| &record.state) else {
            return;
        };
        let (owner, current) = (state.robot, state.epoch);
        if state.phase.is_terminal() || epoch > current {
            return;
        }
        // Done is done, even by an earlier owner: the present one must stop.
        if let Some(owner) = owner.filter(|owner| *owner != robot) {
            let message = Message::Cancel { task, epoch: current };
            cx.out.send(owner.node(), Class::Safety, message);
        }
        self.finish(
            task,
            TaskState {
                epoch,
                robot: Some(robot),
                phase: Phase::Done,
            },
            cx,
        );
    }

    pub(super) fn attempt_failed(
        &mut self,
        robot: RobotId,
        task: TaskId,
        epoch: Epoch,
        reason: String,
        cx: &mut Context<'_>,
    ) {
        if !self.owns(robot, task, epoch) {
            return;
        }
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        entry.failures += 1;
        if entry.failures >= cx.config.attempts {
            self.end(task, Phase::Failed(reason), cx);
        } else {
            self.reopen(task, Reopened::Failed(reason), cx);
        }
    }

    /// Its owner, or the robot that it was offered to, will not do it: it is open under a new epoch.
    pub(super) fn reopen(&mut self, task: TaskId, why: Reopened, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let state = &entry.record.state;
        if state.phase.is_terminal() || state.robot.is_none() {
            return;
        }
        let epoch = state.epoch.next(self.boot, self.me);
        self.let_go(task, cx);
        self.join(
            task,
            TaskState {
                epoch,
                robot: None,
                phase: Phase::Open,
            },
            Some(why),
            cx,
        );
        self.deadline(task, cx);
        self.offer(task, cx);
    }

    /// It ends here.
    pub(super) fn end(&mut self, task: TaskId, phase: Phase, cx: &mut Context<'_>) {
        let Some(state) = self.record(task).map(|record| &record.state) else {
            return;
        };
        let state = TaskState {
            epoch: state.epoch,
            robot: state.robot,
            phase,
        };
        self.finish(task, state, cx);
    }

    fn finish(&mut self, task: TaskId, state: TaskState, cx: &mut Context<'_>) {
        let done = state.phase == Phase::Done;
        self.let_go(task, cx);
        self.join(task, state, None, cx);
        let followers = self.followers.remove(&task).unwrap_or_default();
        if done {
            for follower in followers {
                if let Some(entry) = self.tasks.get_mut(&follower) {
                    entry.waiting_for -= 1;
                }
                self.offer(follower, cx);
            }
        } else {
            self.fail_followers(task, followers, cx);
        }
    }

    /// What waits for a task that will not be done, directly or by others, cannot be done either. Chains may be
    /// as long as the ledger: this is a loop, no recursion.
    fn fail_followers(&mut self, task: TaskId, followers: Vec<TaskId>, cx: &mut Context<'_>) {
        let mut hopeless: Vec<(TaskId, TaskId)> = followers.into_iter().map(|next| (task, next)).collect();
        while let Some((before, task)) = hopeless.pop() {
            let Some(state) = self.record(task).map(|record| record.state.clone()) else {
                continue;
            };
            let phase = Phase::Failed(format!("its predecessor {before} is not done"));
            self.join(task, TaskState { phase, ..state }, None, cx);
            let followers = self.followers.remove(&task).unwrap_or_default();
            hopeless.extend(followers.into_iter().map(|next| (task, next)));
        }
    }

    /// Nobody owns it, nobody is offered it, nobody may bid for it.
    fn let_go(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        let (offer, lot) = (entry.offer.take(), entry.lot.take());
        entry.reoffer = None;
        self.market.gathered.remove(&task);
        if let Some(member) = entry
            .record
            .state
            .robot
            .and_then(|robot| self.members.get_mut(robot))
        {
            member.holds.remove(&task);
        }
        if let Some(lot) = lot {
            self.withdraw(lot);
        }
        if let Some(member) = offer.and_then(|offer| self.members.get_mut(offer.robot)) {
            // It may win again, with the bids that are known of it: if they are out of date, it refuses.
            member.offered = None;
            self.market.renewed(member.seat);
            self.award(cx);
        }
    }

    fn join(&mut self, task: TaskId, state: TaskState, reopened: Option<Reopened>, cx: &mut Context<'_>) {
        let Some(entry) = self.tasks.get_mut(&task) else {
            return;
        };
        if !entry.record.state.phase.is_terminal() && entry.record.state.join(&state) {
            let TaskState { epoch, robot, phase } = state;
            cx.out.event(Event::Task {
                task,
                epoch,
                phase,
                robot,
                reopened,
            });
        }
    }

    /// Sees whether a task has missed its deadline. Work that has begun may go on.
    pub(super) fn deadline(&mut self, task: TaskId, cx: &mut Context<'_>) {
        let Some(record) = self.record(task) else { return };
        let state = &record.state;
        let Some(deadline) = record.task.deadline().filter(|_| !state.phase.is_terminal()) else {
            return;
        };
        if cx.now.utc < deadline {
            self.timers
                .set(cx.now.time + deadline.since(cx.now.utc), Timer::Deadline(task));
        } else if !matches!(state.phase, Phase::Running(_)) {
            if let Some(robot) = state.robot {
                let epoch = state.epoch;
                cx.out
                    .send(robot.node(), Class::Control, Message::Cancel { task, epoch });
            }
            self.end(task, Phase::Failed("its deadline passed".to_string()), cx);
        }
    }
}
