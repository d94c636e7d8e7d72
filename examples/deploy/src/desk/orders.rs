//! What people order: tasks to do, to call off, and robots to leave service.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleet_core::message::Drain;
use fleet_core::{RobotId, SubmitError, Task, TaskId};
use serde_json::{Value, json};
use zenoh::query::Query;

use super::Clerk;
use super::waiting::{Want, push};
use crate::ask::{Refusal, TASKS};
use crate::tasks::{Fields, task};
use crate::{Wrong, names};

type Later = Result<Option<Value>, Refusal>;

impl Clerk {
    /// Takes `tasks`, all that are written well or none.
    pub(super) fn submit(&mut self, value: &Value, query: &Query) -> Later {
        let tasks = read(value)?;
        let content = tasks.clone();
        let taken = self.ask(move |turn| {
            let take = |task: Task| turn.node.submit(turn.now, task, turn.travel);
            content.into_iter().map(take).collect::<Vec<_>>()
        })?;
        let mut answer = json!({ "accepted": [], "refused": [] });
        let mut left = BTreeMap::new();
        for (task, taken) in tasks.into_iter().zip(taken) {
            match taken {
                Ok(()) => drop(left.insert(task.id(), Want::Accepted(Arc::new(task)))),
                Err(SubmitError::NotReady) => return Err(Refusal::for_now(SubmitError::NotReady)),
                Err(error) => push(&mut answer, "refused", refused(task.id(), &error.to_string())),
            }
        }
        self.wait(query, left, answer)
    }

    /// Calls `tasks` off.
    pub(super) fn cancel(&mut self, value: &Value, query: &Query) -> Later {
        let tasks = listed(value, "tasks")?;
        let asked: Vec<TaskId> = tasks.iter().map(|id| TaskId::from_u128(*id)).collect();
        let wanted = asked.clone();
        let called = self.ask(move |turn| {
            let call = |task| turn.node.cancel(turn.now, task, turn.travel);
            wanted.into_iter().map(call).collect::<Vec<_>>()
        })?;
        let mut answer = json!({ "cancelled": [], "done": [], "failed": [], "refused": [] });
        let mut left = BTreeMap::new();
        for (task, called) in asked.into_iter().zip(called) {
            match called {
                Ok(_) => drop(left.insert(task, Want::Ended)),
                Err(SubmitError::NotReady) => return Err(Refusal::for_now(SubmitError::NotReady)),
                Err(error) => push(&mut answer, "refused", refused(task, &error.to_string())),
            }
        }
        self.wait(query, left, answer)
    }

    /// Takes `robots`, or `"all": true` of them, out of service or back into it.
    pub(super) fn drain(&mut self, value: &Value) -> Result<Value, Refusal> {
        let (robots, all, how) = drained(value)?;
        let ordered = self.ask(move |turn| {
            let known = turn.node.members().map(|member| member.robot().id());
            let known: Vec<RobotId> = known.collect();
            let robots = if all { known.clone() } else { robots };
            if let Some(stranger) = robots.iter().find(|robot| !known.contains(robot)) {
                return Err(*stranger);
            }
            for robot in &robots {
                // It is a witness: nothing else is refused.
                let _ = turn.node.drain(turn.now, *robot, how, turn.travel);
            }
            Ok(robots)
        })?;
        match ordered {
            Ok(robots) => Ok(
                json!({ "robots": robots.iter().map(|robot| names::robot(*robot)).collect::<Value>(), "how": how }),
            ),
            Err(stranger) => {
                let message = format!("names {}, which has not reported here", names::robot(stranger));
                Err(Wrong::new("robots", message).into())
            }
        }
    }
}

/// What is wrong with a task, by the field that the message begins with.
fn refused(task: TaskId, message: &str) -> Value {
    let (field, message) = message.split_once(": ").unwrap_or(("", message));
    json!({ "id": names::task(task), "field": field.replace(".place", ""), "message": message })
}

fn read(value: &Value) -> Result<Vec<Task>, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&["tasks"])?;
    let list = fields.list("tasks")?;
    if list.is_empty() || list.len() > TASKS {
        return Err(Wrong::new(
            "tasks",
            format_args!("must be 1 to {TASKS} tasks, but are {}", list.len()),
        ));
    }
    let mut tasks = Vec::<Task>::with_capacity(list.len());
    for (k, value) in list.iter().enumerate() {
        tasks.push(task(value).map_err(|wrong| wrong.within(format_args!("tasks[{k}]")))?);
    }
    Ok(tasks)
}

fn listed(value: &Value, field: &str) -> Result<Vec<u128>, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&[field])?;
    ids(&fields, field)
}

fn ids(fields: &Fields<'_>, field: &str) -> Result<Vec<u128>, Wrong> {
    let list = fields.texts(field)?;
    if list.is_empty() || list.len() > TASKS {
        return Err(Wrong::new(
            field,
            format_args!("must be 1 to {TASKS} ids, but are {}", list.len()),
        ));
    }
    let id = |(k, text)| names::id(text).map_err(|error| Wrong::new(format!("{field}[{k}]"), error));
    list.into_iter().enumerate().map(id).collect()
}

fn drained(value: &Value) -> Result<(Vec<RobotId>, bool, Option<Drain>), Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&["robots", "all", "how", "undo"])?;
    let (all, undo) = (fields.flag("all")?, fields.flag("undo")?);
    let robots = match all {
        true => Vec::new(),
        false => ids(&fields, "robots")?
            .into_iter()
            .map(RobotId::from_u128)
            .collect(),
    };
    let how: Option<Drain> = fields.choice("how")?;
    Ok((robots, all, (!undo).then(|| how.unwrap_or(Drain::Reassign))))
}
