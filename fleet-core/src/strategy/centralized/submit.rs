//! What people want of tasks.

use alloc::sync::Arc;

use super::Coordinator;
use crate::ability::Ability;
use crate::context::Context;
use crate::ids::TaskId;
use crate::ledger::Phase;
use crate::output::{Event, Reopened};
use crate::task::Task;
use crate::travel::PlaceError;

/// Why a task was not taken, or not called off.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Tasks go to witnesses.
    #[error("this node is no witness")]
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
    /// One of its team, which was submitted before, names another team.
    #[error("team: names {0}, which is not of the same team")]
    Team(TaskId),
    /// This witness has lost its memory and is getting it back from the others.
    #[error("this witness is starting: ask another one, or again in a moment")]
    NotReady,
    /// The ledger is full.
    #[error("the ledger keeps {0} tasks already, its limit")]
    Full(usize),
}

impl Coordinator {
    pub(crate) fn submit(&mut self, task: Task, cx: &mut Context<'_>) -> Result<(), SubmitError> {
        let id = task.id();
        self.can_take_orders(cx)?;
        if let Some(record) = self.record(id) {
            if *record.task != task {
                return Err(SubmitError::OtherContent(id));
            }
            if record.state.is_accepted() {
                cx.out.event(Event::Accepted(id)); // whoever asks again did not hear of it
            }
            return Ok(());
        }
        if self.witness.ledger().state(id).is_some() {
            return Ok(()); // it ended long ago
        }
        self.check(&task, cx)?;
        self.witness.submit(Arc::new(task), cx.now.utc, cx.now.time);
        self.catch_up(cx);
        Ok(())
    }

    /// Without its memory a witness takes nothing from people: it could not pass it on.
    fn can_take_orders(&self, cx: &Context<'_>) -> Result<(), SubmitError> {
        let can = self.witness.is_ready() || cx.config.has_one_witness();
        can.then_some(()).ok_or(SubmitError::NotReady)
    }

    fn check(&self, task: &Task, cx: &Context<'_>) -> Result<(), SubmitError> {
        let kept = self.witness.ledger().len();
        if kept >= cx.config.limits.tasks {
            return Err(SubmitError::Full(kept));
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
        let fellow = |fellow: &&TaskId| {
            self.record(**fellow)
                .is_some_and(|other| !other.task.is_fellow_of(task))
        };
        if let Some(stranger) = task.team().iter().find(fellow) {
            return Err(SubmitError::Team(*stranger));
        }
        let unknown = task
            .after()
            .iter()
            .find(|before| self.witness.ledger().state(**before).is_none());
        unknown.map_or(Ok(()), |before| Err(SubmitError::After(*before)))
    }

    pub(crate) fn cancel(&mut self, task: TaskId, cx: &mut Context<'_>) -> Result<bool, SubmitError> {
        self.can_take_orders(cx)?;
        let state = self
            .witness
            .ledger()
            .state(task)
            .ok_or(SubmitError::Unknown(task))?;
        if state.phase.is_terminal() {
            return Ok(false);
        }
        self.witness.call_off(task, cx.now.time);
        self.end(task, Phase::Cancelled);
        self.catch_up(cx);
        Ok(true)
    }

    pub(crate) fn pause(
        &mut self,
        task: TaskId,
        rest: bool,
        cx: &mut Context<'_>,
    ) -> Result<(), SubmitError> {
        self.can_take_orders(cx)?;
        let record = self.record(task).ok_or(SubmitError::Unknown(task))?;
        // Also if it is so already, as far as this node knows: others may have been ordered otherwise before.
        if !record.state.phase.is_terminal() {
            self.witness.order(task, rest, cx.now.utc, cx.now.time);
        }
        self.catch_up(cx);
        Ok(())
    }

    pub(crate) fn give_to_others(&mut self, task: TaskId, cx: &mut Context<'_>) -> Result<bool, SubmitError> {
        let record = self.record(task).ok_or(SubmitError::Unknown(task))?;
        let may = self.leading && record.state.phase.is_owned();
        if may {
            self.reopen(task, Reopened::RobotLost, cx);
            self.catch_up(cx);
        }
        Ok(may)
    }
}
