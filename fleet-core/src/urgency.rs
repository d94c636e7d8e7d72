//! Which task goes first.
//!
//! A scheme turns a task into an [`Urgency`]. What urgency does is the same for all schemes: auctions award the
//! most urgent tasks first, and no schedule lets a less urgent task make a more urgent one late
//! (see [`Schedule`](crate::schedule::Schedule)).

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

pub use crate::standing::{Standing, Urgency};
use crate::task::{Priority, Task};
use crate::time::UtcTime;

/// How urgency follows from a task and the time it has waited.
///
/// An implementation must be a function of its arguments alone: coordinators that take over from each other
/// must agree.
pub trait PriorityScheme: fmt::Debug {
    /// How urgent `task` is at `now`, having been submitted at `submitted`.
    fn urgency(&self, task: &Task, submitted: UtcTime, now: UtcTime) -> Urgency;

    /// How `task` stands against others at `now`, having been submitted at `submitted`.
    fn standing(&self, task: &Task, submitted: UtcTime, now: UtcTime) -> Standing {
        let since = submitted.max(task.release().unwrap_or(submitted));
        Standing::new(self.urgency(task, submitted, now), self.weight(task), since)
    }

    /// How much a second of lateness or of waiting of this task counts in the
    /// [`Objective`](crate::Objective), relative to a low-priority task. Doubles with each class.
    fn weight(&self, task: &Task) -> f64 {
        class_weight(task.priority())
    }
}

/// 1 for low, 2 for normal, 4 for high, 8 for critical.
pub fn class_weight(priority: Priority) -> f64 {
    f64::from(1_u8 << (priority as u8))
}

/// The schemes that come with the library.
///
/// # Example
/// ```
/// use fleet_core::urgency::{PriorityScheme, Scheme};
/// use fleet_core::{Place, Priority, Stop, Task, TaskId, TaskSpec, UtcTime};
/// use std::time::Duration;
///
/// let task = |priority| {
///     let mut spec = TaskSpec::new(TaskId::from_u128(1), vec![Stop::at(Place::at(0.0, 0.0))]);
///     spec.priority = priority;
///     Task::new(spec).unwrap()
/// };
/// let (old, new) = (UtcTime::from_secs(0), UtcTime::from_secs(3600));
/// let ageing = Scheme::Ageing { patience: Duration::from_secs(600) };
/// // After an hour a low task goes before a critical one that has just come; with fixed classes it never does.
/// assert!(ageing.urgency(&task(Priority::Low), old, new) > ageing.urgency(&task(Priority::Critical), new, new));
/// let fixed = Scheme::FixedClasses;
/// assert!(fixed.urgency(&task(Priority::Low), old, new) < fixed.urgency(&task(Priority::Critical), new, new));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The class alone. A steady stream of urgent tasks starves the others.
    FixedClasses,
    /// The earlier due the more urgent (Jackson 1955, "earliest due date"); a deadline counts where there is no
    /// due time, and a task with neither comes last. The class does not matter.
    EarliestDue,
    /// The less time is left to begin the work, the more urgent: due time less service time. Waiting shrinks
    /// all slacks alike, so the order of two tasks never changes.
    Slack,
    /// The class, and one class more for every `patience` waited.
    ///
    /// All tasks age at one rate, so this equals earliest due date with a due time of our making, and the order
    /// of two tasks never changes. Times are cut into steps of a quarter of `patience`; tasks of the same step
    /// are equally urgent, so that cost may decide between them.
    ///
    /// Nothing starves: only tasks submitted before [`outranked_until`](Scheme::outranked_until) can ever go
    /// before a given one.
    Ageing {
        /// Waiting time that counts as one class. Below 4 microseconds it counts as 4.
        patience: Duration,
    },
}

impl Scheme {
    /// Under [`Ageing`](Scheme::Ageing): a task submitted later than this never goes before `task`, whatever its
    /// class. `None` for the other schemes, which promise no such moment.
    ///
    /// With `n` tasks submitted before that moment, the time at which a feasible task begins on one robot is at
    /// most that moment plus the time that these `n` take. A task with a due time may be overtaken up to it, so for
    /// such a task the bound is its due time if that is later.
    pub fn outranked_until(&self, task: &Task, submitted: UtcTime) -> Option<UtcTime> {
        let Scheme::Ageing { patience } = self else {
            return None;
        };
        let classes = i64::from(Priority::Critical as u8 - task.priority() as u8);
        let outranked = step(*patience).saturating_mul(STEPS * classes + 1);
        Some(submitted + Duration::from_micros(outranked.unsigned_abs()))
    }
}

impl PriorityScheme for Scheme {
    fn urgency(&self, task: &Task, submitted: UtcTime, _now: UtcTime) -> Urgency {
        match self {
            Scheme::FixedClasses => Urgency::new(f64::from(task.priority() as u8)),
            Scheme::EarliestDue => due(task).map_or(Urgency::LEAST, |due| Urgency::new(-due.as_secs_f64())),
            Scheme::Slack => due(task).map_or(Urgency::LEAST, |due| {
                Urgency::new(-(due - task.service()).as_secs_f64())
            }),
            Scheme::Ageing { patience } => aged(*patience, task.priority(), submitted),
        }
    }
}

fn due(task: &Task) -> Option<UtcTime> {
    task.due().or(task.deadline())
}

/// Into how many steps a `patience` is cut.
const STEPS: i64 = 4;

/// One step, in microseconds.
fn step(patience: Duration) -> i64 {
    i64::try_from(patience.as_micros())
        .map_or(i64::MAX, |micros| micros / STEPS)
        .max(1)
}

/// Steps counted down from the time of submission, and up for the class.
fn aged(patience: Duration, priority: Priority, submitted: UtcTime) -> Urgency {
    let bonus = i64::from(priority as u8) * STEPS;
    Urgency::new(bonus.saturating_sub(submitted.as_micros().div_euclid(step(patience))) as f64)
}
