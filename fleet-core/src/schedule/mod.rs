//! One robot's ordered plan, and the price of putting one more task into it.
//!
//! A schedule keeps for every visit when it happens (forward) and how much later it could happen (backward), so
//! that testing an insertion looks at the two neighbours of the gap only:
//!
//! - deadlines: the *forward time slack* of the visit after the gap (Savelsbergh 1992, "The vehicle routing
//!   problem with time windows: minimizing route duration");
//! - flowtime and tardiness of everything after the gap: the functions of the `delay` module;
//! - load: the largest and smallest load from the gap on; battery: metres and duration of the whole plan.
//!
//! # Urgency
//! **L1.** A less urgent task never makes a more urgent one late: it is put before one only if the more urgent
//! one stays within its due time or, having none, begins no later; and a more urgent task is put behind a less
//! urgent one only under the same condition, which every later insertion before the two keeps. If deadlines, load or battery of less urgent tasks leave no such
//! gap, they make room: they are put back where they still fit, and the rest is *displaced*, at the price that
//! the objective sets on leaving them undone. Work that has begun is not interrupted, unless the objective sets a
//! price on that.

mod delay;
mod detour;
mod first;
mod insertion;
pub(crate) mod job;
mod rebuild;
mod room;
mod visit;

use alloc::vec::Vec;
use core::ops::Range;

use ordered_float::OrderedFloat;

use delay::{Delays, Penalty, seconds};
pub(crate) use detour::{Errand, Gap};
pub use insertion::Insertion;
pub use job::Job;
use job::{Micros, NEVER, ride};
pub(crate) use rebuild::Frozen;
pub use room::Quote;
use visit::Visit;

use crate::load::Load;
use crate::objective::{Objective, Terms};
use crate::place::Place;
use crate::robot::{Battery, Robot};
use crate::standing::Urgency;
use crate::time::UtcTime;
use crate::travel::{Travel, way};

/// Where and when a plan begins.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Start {
    /// Where the robot is, or will be when it is free.
    pub place: Place,
    /// When it is free there.
    pub at: UtcTime,
    /// What it carries then.
    pub load: Load,
}

impl Start {
    /// At `place` at `at`, carrying nothing.
    pub const fn new(place: Place, at: UtcTime) -> Self {
        Start {
            place,
            at,
            load: Load::ZERO,
        }
    }
}

/// One visit of a plan, as others see it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Planned {
    /// The number of the task, as given to [`Job::new`].
    pub key: u32,
    /// Where.
    pub place: Place,
    /// When the robot gets there.
    pub arrive: UtcTime,
    /// When its work there begins: later than `arrive` if the task is not released yet.
    pub begin: UtcTime,
    /// When its work there ends.
    pub end: UtcTime,
    /// Whether the task is finished then.
    pub last: bool,
    /// How much later it could arrive without making a task from here on miss its deadline, or miss it by more.
    pub slack: core::time::Duration,
}

/// One robot's ordered plan.
///
/// # Example
/// ```
/// use fleet_core::schedule::{Job, Schedule, Start};
/// use fleet_core::travel::Euclidean;
/// use fleet_core::urgency::{PriorityScheme, Scheme};
/// use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};
///
/// let now = UtcTime::from_secs(0);
/// let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
/// let mut plan = Schedule::new(&robot, Objective::minisum(), Start::new(robot.pose().place, now));
///
/// for (key, x) in [(0, 10.0), (1, 5.0)] {
///     let task = Task::new(TaskSpec::new(TaskId::from_u128(key), vec![Stop::at(Place::at(x, 0.0))]))?;
///     let standing = Scheme::FixedClasses.standing(&task, now, now);
///     let job = Job::new(key as u32, &task, &standing, &mut Euclidean).unwrap();
///     let insertion = plan.best_insertion(&job, &mut Euclidean).unwrap();
///     plan.insert(&job, &insertion);
/// }
/// // The second task lies on the way to the first: it comes first and costs nothing.
/// assert_eq!(plan.keys().collect::<Vec<_>>(), [1, 0]);
/// assert_eq!(plan.terms().travel, 10.0);
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Schedule {
    speed: OrderedFloat<f64>,
    capacity: Load,
    battery: Option<Battery>,
    objective: Objective,
    start: Start,
    visits: Vec<Visit>,
    /// The first visits that may not be moved.
    frozen: usize,
    metres: OrderedFloat<f64>,
    flow: Delays,
    late: Delays,
    /// If only ways count for what is planned, its urgency.
    ways_only: Option<Option<Urgency>>,
}

impl Schedule {
    /// An empty plan of `robot`, to be judged by `objective`.
    pub fn new(robot: &Robot, objective: Objective, start: Start) -> Self {
        let mut schedule = Schedule {
            speed: robot.speed().into(),
            capacity: robot.capacity(),
            battery: robot.battery().copied(),
            objective,
            start,
            visits: Vec::new(),
            frozen: 0,
            metres: OrderedFloat(0.0),
            flow: Delays::default(),
            late: Delays::default(),
            ways_only: None,
        };
        schedule.ways_only = schedule.ways_only();
        schedule
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.visits.is_empty()
    }

    /// How many visits are planned.
    pub fn len(&self) -> usize {
        self.visits.len()
    }

    /// Where and when it begins.
    pub const fn start(&self) -> Start {
        self.start
    }

    /// The objective it is judged by.
    pub const fn objective(&self) -> &Objective {
        &self.objective
    }

    /// The numbers of its tasks, in order.
    pub fn keys(&self) -> impl Iterator<Item = u32> + '_ {
        self.visits
            .iter()
            .filter(|visit| visit.finish.is_some())
            .map(|visit| visit.key)
    }

    /// Its visits, in order.
    pub fn visits(&self) -> impl ExactSizeIterator<Item = Planned> + '_ {
        self.visits.iter().map(|visit| Planned {
            key: visit.key,
            place: visit.place,
            arrive: UtcTime::from_micros(visit.arrive),
            begin: UtcTime::from_micros(visit.begin),
            end: UtcTime::from_micros(visit.end),
            last: visit.finish.is_some(),
            slack: core::time::Duration::from_micros(visit.slack.unsigned_abs()),
        })
    }

    /// Metres to drive.
    pub fn metres(&self) -> f64 {
        self.metres.0
    }

    /// When the last visit ends; the start if there is none.
    pub fn finish(&self) -> UtcTime {
        UtcTime::from_micros(self.finish_micros())
    }

    /// Where it ends.
    pub fn end_place(&self) -> Place {
        self.place_before(self.visits.len())
    }

    /// The numbers of the tasks that will miss their deadline.
    pub fn missed(&self) -> impl Iterator<Item = u32> + '_ {
        let missed = |visit: &&Visit| {
            visit
                .finish
                .as_ref()
                .is_some_and(|finish| visit.end > finish.deadline)
        };
        self.visits.iter().filter(missed).map(|visit| visit.key)
    }

    /// Puts `job` where `insertion` says, which [`best_insertion`](Self::best_insertion) of this very schedule,
    /// unchanged since, gave for it. O(visits), and O(visits with due times squared) at worst.
    pub fn insert(&mut self, job: &Job, insertion: &Insertion) {
        let gap = insertion.gap;
        self.visits.splice(gap..gap, visit::visits(job));
        self.visits[gap].leg = insertion.leg_in;
        if let Some(next) = self.visits.get_mut(gap + job.stops.len()) {
            next.leg = insertion.leg_out;
        }
        self.retime();
    }

    /// Takes the task with this number out and returns it, unless it is not there, has begun, or the gap cannot
    /// be closed because there is no way.
    pub fn remove<T: Travel + ?Sized>(&mut self, key: u32, travel: &mut T) -> Option<Job> {
        let range = self.block(key).filter(|range| range.start >= self.frozen)?;
        if let Some(next) = self.visits.get(range.end) {
            let leg = way(travel, self.place_before(range.start), next.place)?;
            self.visits[range.end].leg = leg.into();
        }
        let job = visit::job(&self.visits[range.clone()]);
        self.visits.drain(range);
        self.retime();
        job
    }

    /// The work at the first visit has begun: its task stays first from now on.
    pub fn begin(&mut self) {
        if let Some(first) = self.visits.first() {
            let key = first.key;
            self.frozen = self.visits.iter().take_while(|visit| visit.key == key).count();
            self.guard();
        }
    }

    /// The first visit is over, and what is left of its task has [begun](Self::begin); the plan goes on from there
    /// at `at`.
    pub fn complete(&mut self, at: UtcTime) {
        if self.visits.is_empty() {
            return;
        }
        self.begin();
        let done = self.visits.remove(0);
        self.start = Start {
            place: done.place,
            at,
            load: done.load_after,
        };
        self.frozen -= 1;
        if let Some(next) = self.visits.first_mut().filter(|next| next.key == done.key) {
            next.first = true;
        }
        self.retime();
    }

    /// Forgets the task with this number whether it has begun or not. What the robot has `aboard` for it is put down.
    pub fn abandon<T: Travel + ?Sized>(&mut self, key: u32, aboard: Load, travel: &mut T) -> bool {
        let Some(range) = self.block(key) else {
            return false;
        };
        self.start.load = self.start.load - aboard;
        self.frozen -= range.end.min(self.frozen) - range.start.min(self.frozen);
        self.visits.drain(range.clone());
        if let Some(next) = self.visits.get(range.start) {
            // If there is no way any more, the straight plan is kept; the next `restart` tells.
            let leg = way(travel, self.place_before(range.start), next.place).unwrap_or(next.leg.0);
            self.visits[range.start].leg = leg.into();
        }
        self.retime();
        true
    }

    /// The robot is elsewhere, or later, than the plan says.
    ///
    /// The plan is unchanged and the answer is `false` if there is no way from there to its first visit.
    pub fn restart<T: Travel + ?Sized>(&mut self, start: Start, travel: &mut T) -> bool {
        if start.place != self.start.place
            && let Some(first) = self.visits.first_mut()
        {
            let Some(leg) = way(travel, start.place, first.place) else {
                return false;
            };
            first.leg = leg.into();
        }
        if start != self.start {
            self.start = start;
            self.retime();
        }
        true
    }

    /// The robot is faster or slower than it was, in metres a second. Nothing happens unless `speed` is above zero.
    pub fn set_speed(&mut self, speed: f64) {
        if speed > 0.0 && speed.is_finite() {
            self.speed = speed.into();
            self.retime();
        }
    }

    /// The robot's battery is at another charge.
    pub fn set_battery(&mut self, battery: Option<Battery>) {
        self.battery = battery;
        self.ways_only = self.ways_only();
    }

    /// Whether the battery does not last for the plan.
    pub fn overdrawn(&self) -> bool {
        self.battery
            .is_some_and(|battery| self.energy(&battery) > battery.usable())
    }

    /// Joules of the whole plan.
    fn energy(&self, battery: &Battery) -> f64 {
        let duration = seconds(self.finish_micros().saturating_sub(self.start.at.as_micros()));
        battery.energy(self.metres.0, duration)
    }

    /// What the plan costs, by terms, without the tasks left out. Its makespan is counted from its start.
    pub fn terms(&self) -> Terms {
        let duration = seconds(self.finish_micros().saturating_sub(self.start.at.as_micros()));
        let mut terms = Terms {
            travel: self.objective.travel * self.metres.0,
            makespan: self.objective.makespan * duration,
            ..Terms::default()
        };
        if let Some(battery) = &self.battery {
            terms.energy = self.objective.energy * self.energy(battery);
        }
        for visit in &self.visits {
            let Some(finish) = &visit.finish else { continue };
            let weight = finish.weight.0;
            terms.flowtime += self.objective.waiting(weight, finish.haste.0)
                * seconds(visit.end.saturating_sub(finish.since));
            terms.tardiness += self.objective.tardiness * weight * lateness(visit.end, finish.due);
        }
        terms
    }

    fn block(&self, key: u32) -> Option<Range<usize>> {
        let first = self.visits.iter().position(|visit| visit.key == key)?;
        let count = self.visits[first..]
            .iter()
            .take_while(|visit| visit.key == key)
            .count();
        Some(first..first + count)
    }

    #[inline(always)]
    fn place_before(&self, gap: usize) -> Place {
        gap.checked_sub(1)
            .map_or(self.start.place, |k| self.visits[k].place)
    }

    fn end_before(&self, gap: usize) -> Micros {
        gap.checked_sub(1)
            .map_or(self.start.at.as_micros(), |k| self.visits[k].end)
    }

    fn load_before(&self, gap: usize) -> Load {
        gap.checked_sub(1)
            .map_or(self.start.load, |k| self.visits[k].load_after)
    }

    fn finish_micros(&self) -> Micros {
        self.end_before(self.visits.len())
    }

    fn retime(&mut self) {
        self.guard();
        self.forward();
        self.backward();
        self.ways_only = self.ways_only();
    }

    fn guard(&mut self) {
        let mut least = None;
        for visit in &mut self.visits[self.frozen..] {
            visit.guarded = least.is_some_and(|least| least < visit.urgency);
            least = Some(least.map_or(visit.urgency, |least: Urgency| least.min(visit.urgency)));
        }
    }

    fn forward(&mut self) {
        let (mut free, mut load, mut metres) = (self.start.at.as_micros(), self.start.load, 0.0);
        for visit in &mut self.visits {
            visit.ride = ride(visit.leg.0, self.speed.0);
            visit.arrive = free.saturating_add(visit.ride);
            visit.begin = visit.arrive.max(visit.open);
            visit.end = visit.begin.saturating_add(visit.service);
            visit.load_after = load + visit.load;
            (free, load, metres) = (visit.end, visit.load_after, metres + visit.leg.0);
        }
        self.metres = metres.into();
    }

    fn backward(&mut self) {
        self.flow.clear();
        self.late.clear();
        let (mut slack, mut waiting, mut loads) = (NEVER, 0, None);
        for visit in self.visits.iter_mut().rev() {
            let own = visit
                .finish
                .as_ref()
                .map_or(NEVER, |finish| finish.deadline.saturating_sub(visit.end).max(0));
            slack = own.min(slack).saturating_add(visit.wait());
            waiting = visit.wait().saturating_add(waiting);
            let (max, min) = loads.unwrap_or((visit.load_after, visit.load_after));
            loads = Some((max.max(&visit.load_after), min.min(&visit.load_after)));
            (visit.slack, visit.waiting) = (slack, waiting);
            (visit.load_max, visit.load_min) = loads.unwrap_or((max, min));
            push_penalties(visit, &self.objective, &mut self.flow, &mut self.late);
        }
    }
}

fn push_penalties(visit: &Visit, objective: &Objective, flow: &mut Delays, late: &mut Delays) {
    if !objective.minds_delay() {
        return;
    }
    let mut penalty = Penalty {
        wait: visit.wait(),
        slope: 0.0,
        late_slope: 0.0,
        free: 0,
    };
    let (mut haste, mut due) = (0.0, None);
    if let Some(finish) = &visit.finish {
        haste = objective.waiting(finish.weight.0, finish.haste.0);
        due = (finish.due != NEVER).then_some((objective.tardiness * finish.weight.0, finish.due));
    }
    flow.push_front(Penalty {
        slope: haste,
        ..penalty
    });
    if let Some((slope, due)) = due {
        penalty.late_slope = slope;
        penalty.free = due.saturating_sub(visit.end).max(0);
    }
    late.push_front(penalty);
}

/// Seconds from `due` to `end`; zero before.
fn lateness(end: Micros, due: Micros) -> f64 {
    seconds(end.saturating_sub(due).max(0))
}
