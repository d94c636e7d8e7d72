//! Tasks that are written one by one.

use std::time::Duration;

use fleet_core::{Invalid, Place, Stop, Task, TaskId, TaskSpec, UtcTime};

use super::floor::{Zones, place};
use super::keys::TaskKeys;
use super::values::{self, StopKeys};
use crate::scenario::generate::carry;
use crate::scenario::{TimedTask, Wrong};

/// The task, without its predecessors and its team.
pub(super) fn read(
    keys: &TaskKeys,
    zones: &Zones<'_>,
    id: TaskId,
    number: usize,
) -> Result<TimedTask, Wrong> {
    let at = values::seconds("at", keys.at.unwrap_or(0.0))?;
    let name = match &keys.name {
        Some(name) => values::name("name", name)?,
        None => format!("task-{number}"),
    };
    let mut spec = TaskSpec::new(id, stops(keys, zones)?);
    let release = keys
        .release
        .map(|seconds| moment("release", seconds))
        .transpose()?;
    spec.release = release.or(Some(UtcTime::default() + at));
    spec.due = keys.due.map(|seconds| moment("due", seconds)).transpose()?;
    spec.deadline = keys
        .deadline
        .map(|seconds| moment("deadline", seconds))
        .transpose()?;
    spec.priority = keys.priority;
    spec.needs = values::abilities("needs", &keys.needs)?;
    spec.assurance = keys.assurance;
    check_submission(&spec, at)?;
    let task = Task::new(spec)?;
    Ok(TimedTask { at, task, name })
}

fn moment(key: &str, seconds: f64) -> Result<UtcTime, Wrong> {
    Ok(UtcTime::default() + values::seconds(key, seconds)?)
}

fn check_submission(spec: &TaskSpec, at: Duration) -> Result<(), Wrong> {
    let submitted = UtcTime::default() + at;
    for (key, time) in [("due", spec.due), ("deadline", spec.deadline)] {
        if time.is_some_and(|time| time < submitted) {
            return Err(Wrong::new(
                key,
                "must not be before `at`, when the task becomes known",
            ));
        }
    }
    Ok(())
}

fn stops(keys: &TaskKeys, zones: &Zones<'_>) -> Result<Vec<Stop>, Wrong> {
    let one = |(k, stop)| read_stop(stop, keys.service, zones, k);
    let stops: Result<Vec<Stop>, Wrong> = keys.stops.iter().enumerate().map(one).collect();
    let mut stops = stops?;
    let load = values::load("load", &keys.load)?;
    if !keys.load.is_empty() && stops.len() < 2 {
        return Err(Wrong::new(
            "load",
            "is taken from the first stop to the last: give two stops",
        ));
    }
    carry(&mut stops, load);
    Ok(stops)
}

fn read_stop(stop: &StopKeys, service: f64, zones: &Zones<'_>, k: usize) -> Result<Stop, Wrong> {
    let key = format!("stops[{k}]");
    let point = place(zones.regions, &key, stop.spot)?;
    let service = match stop.service {
        Some(service) => values::seconds(&format!("{key}.service"), service)?,
        None => values::seconds("service", service)?,
    };
    Ok(Stop::at(Place::Point(point)).lasting(service))
}

/// The task with these others in its team.
pub(super) fn of_team(task: Task, team: Vec<TaskId>) -> Result<Task, Invalid> {
    let mut spec = task.into_spec();
    spec.team = team;
    Task::new(spec)
}

/// The task with these predecessors.
pub(super) fn coming_after(task: Task, after: Vec<TaskId>) -> Result<Task, Invalid> {
    let mut spec = task.into_spec();
    spec.after = after;
    Task::new(spec)
}
