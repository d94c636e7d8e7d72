//! Tasks: what has to be done, where, when and by whom.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ability::Abilities;
use crate::ids::TaskId;
use crate::invalid::{Invalid, Problem, at_most};
use crate::limits;
use crate::load::Load;
use crate::place::Place;
use crate::time::UtcTime;

/// How much a task matters to people, as a class. What it means for the order of work is the
/// [`PriorityScheme`](crate::urgency::PriorityScheme)'s business.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Priority {
    /// When there is nothing better to do.
    Low,
    /// Daily work.
    #[default]
    Normal,
    /// Before daily work.
    High,
    /// Before all else.
    Critical,
}

impl Priority {
    /// All classes, least urgent first.
    pub const ALL: [Priority; 4] = [
        Priority::Low,
        Priority::Normal,
        Priority::High,
        Priority::Critical,
    ];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
            Priority::Critical => "critical",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What must hold when the network splits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// Never two robots at a time: a robot stops before its lease runs out.
    #[default]
    Exclusive,
    /// Rather twice than not at all: a robot that is cut off goes on.
    BestEffort,
}

/// What happens to a task whose robot fell silent and whose lease ran out.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLoss {
    /// Another robot gets it.
    #[default]
    Retry,
    /// It waits for its robot, or for a person who says that it may be given to another.
    Ask,
}

/// What a robot does with its body when a task was taken from it because it was alone for too long.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alone {
    /// It stays where it stopped.
    #[default]
    Hold,
    /// It goes to the nearest refuge of the settings.
    Retreat,
}

/// One place that a task visits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {
    /// Where.
    pub place: Place,
    /// How long the work there takes.
    #[serde(default)]
    pub service: Duration,
    /// What the robot carries more (picked up) or less (put down) afterwards.
    #[serde(default)]
    pub load: Load,
}

impl Stop {
    /// A stop without service time or load.
    pub const fn at(place: Place) -> Self {
        Stop {
            place,
            service: Duration::ZERO,
            load: Load::ZERO,
        }
    }

    /// The same, with a service time.
    #[must_use]
    pub const fn lasting(mut self, service: Duration) -> Self {
        self.service = service;
        self
    }

    /// The same, with a change of load.
    #[must_use]
    pub const fn loading(mut self, load: Load) -> Self {
        self.load = load;
        self
    }

    fn check(&self) -> Result<(), Invalid> {
        self.place.check().map_err(|invalid| invalid.within("place"))?;
        if self.service > limits::SERVICE {
            let (value, max) = (self.service.as_secs_f64(), limits::SERVICE.as_secs_f64());
            return Err(Invalid::new(
                "service",
                Problem::OutOfRange { value, min: 0.0, max },
            ));
        }
        Ok(())
    }
}

/// A task as it is written down, before it is checked: the plain fields of a [`Task`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    /// Chosen by the submitter.
    pub id: TaskId,
    /// The places to visit, in order, by one robot, without other work in between: one stop is a visit, a stop
    /// that loads and one that unloads are a pickup and delivery, more are a sequence of errands.
    pub stops: Vec<Stop>,
    /// The work at the first stop must not begin before this.
    #[serde(default)]
    pub release: Option<UtcTime>,
    /// The task should be finished by this. Later is allowed, and counts as tardiness.
    #[serde(default)]
    pub due: Option<UtcTime>,
    /// The task must be finished by this. Later is worthless.
    #[serde(default)]
    pub deadline: Option<UtcTime>,
    /// How much it matters.
    #[serde(default)]
    pub priority: Priority,
    /// What the robot must be able to do.
    #[serde(default)]
    pub needs: Abilities,
    /// Tasks that must be done before this one begins.
    #[serde(default)]
    pub after: Vec<TaskId>,
    /// The other tasks of its team, if it has one: all of them are begun together, each by another robot, or none is.
    /// Each must name all others.
    #[serde(default)]
    pub team: Vec<TaskId>,
    /// What must hold when the network splits.
    #[serde(default)]
    pub assurance: Assurance,
    /// What happens when its robot is lost.
    #[serde(default)]
    pub on_loss: OnLoss,
    /// What its robot does when it lost the task because it was alone for too long.
    #[serde(default)]
    pub alone: Alone,
    /// Bytes for the application; carried, never read.
    #[serde(default)]
    pub note: Vec<u8>,
}

impl TaskSpec {
    /// A task of these stops, of normal priority, at any time, for any robot.
    pub fn new(id: TaskId, stops: Vec<Stop>) -> Self {
        TaskSpec {
            id,
            stops,
            release: None,
            due: None,
            deadline: None,
            priority: Priority::default(),
            needs: Abilities::new(),
            after: Vec::new(),
            team: Vec::new(),
            assurance: Assurance::default(),
            on_loss: OnLoss::default(),
            alone: Alone::default(),
            note: Vec::new(),
        }
    }
}

/// A task that passed every check that can be made without knowing the fleet.
///
/// # Example
/// ```
/// use fleet_core::{Place, Priority, Stop, Task, TaskId, TaskSpec};
/// use std::time::Duration;
///
/// let shelf = Stop::at(Place::at(3.0, 4.0)).lasting(Duration::from_secs(10));
/// let mut spec = TaskSpec::new(TaskId::from_u128(1), vec![shelf, Stop::at(Place::at(0.0, 0.0))]);
/// spec.priority = Priority::High;
/// let task = Task::new(spec)?;
/// assert_eq!(task.stops().len(), 2);
///
/// let nowhere = TaskSpec::new(TaskId::from_u128(2), vec![]);
/// assert_eq!(Task::new(nowhere).unwrap_err().to_string(), "stops: must not be empty");
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "TaskSpec", into = "TaskSpec")]
pub struct Task(TaskSpec);

impl Task {
    /// The task that `spec` describes.
    ///
    /// # Errors
    /// Names the first field that is empty, not finite, out of range, too large, contradictory or repeated.
    pub fn new(spec: TaskSpec) -> Result<Self, Invalid> {
        check_stops(&spec.stops)?;
        check_window(&spec)?;
        at_most("needs", spec.needs.len(), limits::ABILITIES)?;
        at_most("note", spec.note.len(), limits::NOTE_BYTES)?;
        check_others("after", &spec.after, limits::AFTER, spec.id)?;
        check_team(&spec)?;
        Ok(Task(spec))
    }

    /// Its id.
    pub const fn id(&self) -> TaskId {
        self.0.id
    }

    /// The places to visit, in order; never empty.
    pub fn stops(&self) -> &[Stop] {
        &self.0.stops
    }

    /// The work at the first stop must not begin before this.
    pub const fn release(&self) -> Option<UtcTime> {
        self.0.release
    }

    /// The task should be finished by this.
    pub const fn due(&self) -> Option<UtcTime> {
        self.0.due
    }

    /// The task must be finished by this.
    pub const fn deadline(&self) -> Option<UtcTime> {
        self.0.deadline
    }

    /// How much it matters.
    pub const fn priority(&self) -> Priority {
        self.0.priority
    }

    /// What the robot must be able to do.
    pub const fn needs(&self) -> &Abilities {
        &self.0.needs
    }

    /// Tasks that must be done before this one begins.
    pub fn after(&self) -> &[TaskId] {
        &self.0.after
    }

    /// The other tasks of its team; empty if it has none.
    pub fn team(&self) -> &[TaskId] {
        &self.0.team
    }

    /// The task of its team with the lowest id, which stands for the team; `None` if it has none.
    pub fn lead(&self) -> Option<TaskId> {
        let lowest = self.team().iter().min()?;
        Some((*lowest).min(self.id()))
    }

    /// Whether the two are of one team: whether both name the same tasks, themselves included.
    pub fn is_fellow_of(&self, other: &Task) -> bool {
        let all =
            |task: &Task| -> BTreeSet<TaskId> { task.team().iter().copied().chain([task.id()]).collect() };
        self.team().contains(&other.id()) && all(self) == all(other)
    }

    /// What must hold when the network splits.
    pub const fn assurance(&self) -> Assurance {
        self.0.assurance
    }

    /// What happens when its robot is lost.
    pub const fn on_loss(&self) -> OnLoss {
        self.0.on_loss
    }

    /// What its robot does when it lost the task because it was alone for too long.
    pub const fn alone(&self) -> Alone {
        self.0.alone
    }

    /// Bytes for the application.
    pub fn note(&self) -> &[u8] {
        &self.0.note
    }

    /// Time at work, without the ways between.
    pub fn service(&self) -> Duration {
        self.stops().iter().map(|stop| stop.service).sum()
    }

    /// Bytes that it takes in a message at most, with what goes along with it there.
    pub(crate) fn size_bound(&self) -> usize {
        let needs: usize = self.needs().iter().map(|need| need.as_str().len() + 1).sum();
        128 + self.stops().len() * 72
            + needs
            + (self.after().len() + self.team().len()) * 17
            + self.note().len()
    }

    /// The fields, to change some and check again.
    pub fn into_spec(self) -> TaskSpec {
        self.0
    }
}

impl TryFrom<TaskSpec> for Task {
    type Error = Invalid;

    fn try_from(spec: TaskSpec) -> Result<Self, Invalid> {
        Task::new(spec)
    }
}

impl From<Task> for TaskSpec {
    fn from(task: Task) -> TaskSpec {
        task.0
    }
}

fn check_stops(stops: &[Stop]) -> Result<(), Invalid> {
    if stops.is_empty() {
        return Err(Invalid::new("stops", Problem::Empty));
    }
    at_most("stops", stops.len(), limits::STOPS)?;
    for (k, stop) in stops.iter().enumerate() {
        stop.check()
            .map_err(|invalid| invalid.within(format_args!("stops[{k}]")))?;
    }
    Ok(())
}

fn check_window(spec: &TaskSpec) -> Result<(), Invalid> {
    for (field, time) in [
        ("release", spec.release),
        ("due", spec.due),
        ("deadline", spec.deadline),
    ] {
        let micros = time.map_or(0, UtcTime::as_micros);
        if micros.unsigned_abs() > limits::UTC_MICROS.unsigned_abs() {
            let max = limits::UTC_MICROS as f64 / 1e6;
            let problem = Problem::OutOfRange {
                value: micros as f64 / 1e6,
                min: -max,
                max,
            };
            return Err(Invalid::new(field, problem));
        }
    }
    if let (Some(release), Some(due)) = (spec.release, spec.due)
        && due < release
    {
        return Err(Invalid::new("due", Problem::Before("release time")));
    }
    let service: Duration = spec.stops.iter().map(|stop| stop.service).sum();
    match (spec.release, spec.deadline) {
        (Some(release), Some(deadline)) if deadline < release => {
            Err(Invalid::new("deadline", Problem::Before("release time")))
        }
        (Some(release), Some(deadline)) if deadline < release + service => Err(Invalid::new(
            "deadline",
            Problem::Before("release time plus the service times"),
        )),
        _ => Ok(()),
    }
}

/// Of other tasks that `task` names in a list: not too many, none twice, and not itself.
fn check_others(field: &str, others: &[TaskId], limit: usize, task: TaskId) -> Result<(), Invalid> {
    at_most(field, others.len(), limit)?;
    let mut seen = BTreeSet::new();
    for (k, id) in others.iter().enumerate() {
        let wrong = if *id == task {
            Problem::Other("names the task itself")
        } else if !seen.insert(id) {
            Problem::Duplicate(id.to_string())
        } else {
            continue;
        };
        return Err(Invalid::new(format!("{field}[{k}]"), wrong));
    }
    Ok(())
}

fn check_team(spec: &TaskSpec) -> Result<(), Invalid> {
    check_others("team", &spec.team, limits::TEAM - 1, spec.id)?;
    if let Some(k) = spec.team.iter().position(|fellow| spec.after.contains(fellow)) {
        let problem = Problem::Other("names a task that must be done before");
        return Err(Invalid::new(format!("team[{k}]"), problem));
    }
    if !spec.team.is_empty() && spec.assurance == Assurance::BestEffort {
        let problem = Problem::Other("must be exclusive for a task of a team");
        return Err(Invalid::new("assurance", problem));
    }
    Ok(())
}
