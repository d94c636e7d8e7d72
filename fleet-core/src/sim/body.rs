//! A robot's body: it drives along the map at its speed, works, and uses and takes up charge.

use std::sync::Arc;
use std::time::Duration;

use super::happening::Doing;
use crate::ids::TaskId;
use crate::place::{Place, Point, Pose};
use crate::robot::{Battery, Robot};
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::travel::Travel;

#[derive(Clone, Debug)]
pub(super) struct Body {
    place: Place,
    heading: f64,
    speed: f64,
    battery: Option<Battery>,
    /// Seconds from empty to full.
    charging_time: f64,
    doing: Doing,
    job: Option<Job>,
    route: Vec<(Time, Point)>,
    metres: f64,
    /// When place, charge and metres were last brought up to date.
    settled: Time,
    /// When what it does now ends by itself.
    until: Time,
    /// Since when it stands still because its process does, and what it was doing until when.
    frozen: Option<(Time, Doing, Time)>,
    /// Counts what it did, so that the end of something given up is not taken for the end of something else.
    pub(super) turn: u64,
}

#[derive(Clone, Debug)]
struct Job {
    task: Arc<Task>,
    stop: usize,
}

/// What a body has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Milestone {
    /// It is at a stop, released, and begins to work.
    AtStop(TaskId),
    /// Its work at a stop is finished.
    StopDone(TaskId),
    /// It has charged enough, or all.
    Charged,
    /// Its battery is empty.
    Flat,
    /// Nothing to tell.
    None,
}

impl Body {
    pub(super) fn new(robot: &Robot, charging_time: Duration) -> Self {
        Body {
            place: robot.pose().place,
            heading: robot.pose().heading(),
            speed: robot.speed(),
            battery: robot.battery().copied(),
            charging_time: charging_time.as_secs_f64().max(1.0),
            doing: Doing::Idle,
            job: None,
            route: Vec::new(),
            metres: 0.0,
            settled: Time::ZERO,
            until: Time::NEVER,
            frozen: None,
            turn: 0,
        }
    }

    /// Its process stands still: its watchdog stops the body where it is.
    pub(super) fn freeze(&mut self, now: Time) {
        self.settle(now);
        if self.frozen.is_none() && self.doing != Doing::Broken {
            self.frozen = Some((now, self.doing, self.until));
            self.become_(Doing::Idle, Time::NEVER);
        }
    }

    /// Its process goes on, and so does the body, with what it was doing.
    pub(super) fn thaw(&mut self, now: Time) {
        self.settle(now);
        if let Some((since, doing, until)) = self.frozen.take() {
            let pause = now.since(since);
            self.route.iter_mut().for_each(|(at, _)| *at = *at + pause);
            self.become_(doing, until + pause);
        }
    }

    /// The task that it works at, even if it stands still just now.
    pub(super) fn task(&self) -> Option<TaskId> {
        match self.frozen.map_or(self.doing, |(_, doing, _)| doing) {
            Doing::Travelling(task) | Doing::Waiting(task) | Doing::Working(task) => Some(task),
            _ => None,
        }
    }

    pub(super) fn doing(&self) -> Doing {
        self.doing
    }

    pub(super) fn route(&self) -> &[(Time, Point)] {
        &self.route
    }

    pub(super) fn pose(&self) -> Pose {
        Pose::new(self.place, self.heading)
    }

    /// Where it is at `now`, which must not be before it was last brought up to date.
    pub(super) fn place_at(&self, now: Time) -> Place {
        let driving = self.frozen.is_none().then(|| along(&self.route, now)).flatten();
        driving.map_or(self.place, |(point, _)| Place::Point(point))
    }

    /// Charge, from 0 to 1.
    pub(super) fn level(&self) -> Option<f64> {
        self.battery.map(|battery| battery.level())
    }

    /// Metres driven so far.
    pub(super) fn metres(&self) -> f64 {
        self.metres
    }

    /// When to call [`milestone`](Self::milestone): at the end of what it does, or when its charge runs out.
    pub(super) fn next(&self) -> Time {
        self.until.min(self.flat_at())
    }

    /// Brings place and charge up to `now`.
    pub(super) fn settle(&mut self, now: Time) {
        let seconds = now.since(self.settled).as_secs_f64();
        if seconds == 0.0 {
            return;
        }
        let mut metres = 0.0;
        if !self.route.is_empty() && self.frozen.is_none() {
            metres = driven(&self.route, self.settled, now);
            if let Some((point, ahead)) = along(&self.route, now) {
                self.place = Place::Point(point);
                self.heading = heading(point, ahead).unwrap_or(self.heading);
            }
        }
        self.metres += metres;
        self.settled = now;
        if let Some(battery) = self.battery {
            let level = match self.doing {
                Doing::Charging => battery.level() + seconds / self.charging_time,
                Doing::Broken => battery.level(),
                _ => battery.level_after(battery.energy(metres, seconds)),
            };
            self.battery = Some(battery.at_level(level));
        }
    }

    fn flat_at(&self) -> Time {
        let Some(battery) = self
            .battery
            .filter(|_| !matches!(self.doing, Doing::Charging | Doing::Broken))
        else {
            return Time::NEVER;
        };
        let speed = if self.route.is_empty() { 0.0 } else { self.speed };
        let watts = battery.energy(speed, 1.0);
        // All of the charge, the reserve included.
        let joules = battery.joules();
        if watts > 0.0 {
            self.settled + seconds(joules / watts)
        } else {
            Time::NEVER
        }
    }

    /// Begins a task at one of its stops. `false` if there is no way.
    pub(super) fn start(
        &mut self,
        task: &Arc<Task>,
        stop: usize,
        now: Time,
        travel: &mut dyn Travel,
    ) -> bool {
        self.halt(now);
        let Some(place) = task.stops().get(stop).map(|stop| stop.place) else {
            return false;
        };
        self.job = Some(Job {
            task: task.clone(),
            stop,
        });
        self.drive(place, Doing::Travelling(task.id()), now, travel)
    }

    /// Drives to a charger. `false` if there is no way.
    pub(super) fn charge_at(&mut self, place: Place, now: Time, travel: &mut dyn Travel) -> bool {
        self.halt(now);
        self.drive(place, Doing::ToCharger, now, travel)
    }

    /// Drives to where it is out of the way.
    pub(super) fn retreat_to(&mut self, place: Place, now: Time, travel: &mut dyn Travel) {
        self.halt(now);
        self.drive(place, Doing::Retreating, now, travel);
    }

    /// Stands still and has nothing to do.
    pub(super) fn halt(&mut self, now: Time) {
        self.settle(now);
        self.frozen = None;
        self.route.clear();
        self.job = None;
        self.become_(Doing::Idle, Time::NEVER);
    }

    /// Stands still for good, or until it is repaired.
    pub(super) fn fail(&mut self, now: Time) {
        self.halt(now);
        self.become_(Doing::Broken, Time::NEVER);
    }

    fn become_(&mut self, doing: Doing, until: Time) {
        (self.doing, self.until) = (doing, until);
        self.turn += 1;
    }

    fn drive(&mut self, to: Place, doing: Doing, now: Time, travel: &mut dyn Travel) -> bool {
        let arrival = match travel.path(self.place, to) {
            Some(path) => {
                self.route = timed(&path, now, self.speed);
                self.route.last().map_or(now, |(at, _)| *at)
            }
            // Ways without a shape: it is here until it is there.
            None => match travel.distance(self.place, to) {
                Some(metres) => now + seconds(metres / self.speed),
                None => return false,
            },
        };
        self.become_(doing, arrival);
        true
    }

    /// What it does now has come to its end: what comes next, and what to tell the node.
    pub(super) fn milestone(&mut self, now: Time, utc: UtcTime) -> Milestone {
        let flat = now >= self.flat_at();
        self.settle(now);
        if flat {
            self.fail(now);
            return Milestone::Flat;
        }
        if now < self.until {
            return Milestone::None;
        }
        match self.doing {
            Doing::Travelling(_) | Doing::Waiting(_) => self.at_stop(now, utc),
            Doing::Working(task) => {
                self.until = Time::NEVER;
                Milestone::StopDone(task)
            }
            Doing::ToCharger => {
                self.arrive(now);
                let missing = 1.0 - self.level().unwrap_or(1.0);
                self.become_(Doing::Charging, now + seconds(missing * self.charging_time));
                Milestone::None
            }
            Doing::Retreating => {
                self.halt(now);
                Milestone::None
            }
            Doing::Charging => {
                // Times are in whole microseconds; full is full.
                self.battery = self.battery.map(|battery| battery.at_level(1.0));
                self.until = Time::NEVER;
                Milestone::Charged
            }
            Doing::Idle | Doing::Broken => Milestone::None,
        }
    }

    fn at_stop(&mut self, now: Time, utc: UtcTime) -> Milestone {
        self.arrive(now);
        let Some(job) = &self.job else {
            return Milestone::None;
        };
        let (task, stop) = (job.task.id(), job.task.stops()[job.stop]);
        self.place = stop.place;
        match job
            .task
            .release()
            .filter(|release| job.stop == 0 && *release > utc)
        {
            Some(release) => {
                self.become_(Doing::Waiting(task), now + release.since(utc));
                Milestone::None
            }
            None => {
                self.become_(Doing::Working(task), now + stop.service);
                Milestone::AtStop(task)
            }
        }
    }

    /// Whether it is at the first stop of a task of a team, and may have to wait for others.
    pub(super) fn meets_team(&self) -> bool {
        let first = |job: &Job| job.stop == 0 && !job.task.team().is_empty();
        self.job.as_ref().is_some_and(first)
    }

    /// The others of its team are not all there: it waits.
    pub(super) fn wait_for_team(&mut self) {
        if let Doing::Working(task) = self.doing {
            self.become_(Doing::Waiting(task), Time::NEVER);
        }
    }

    /// All of its team are there. Whether it waited for that.
    pub(super) fn go_on(&mut self, task: TaskId, now: Time) -> bool {
        let waits = self.doing == Doing::Waiting(task) && self.until == Time::NEVER;
        if waits {
            self.become_(Doing::Waiting(task), now);
        }
        waits
    }

    fn arrive(&mut self, now: Time) {
        self.settle(now);
        self.route.clear();
    }

    /// The stop is done: on to the next one of the task. `None` if that was the last, `Some(false)` if there is no
    /// way.
    pub(super) fn next_stop(&mut self, now: Time, travel: &mut dyn Travel) -> Option<bool> {
        let job = self.job.as_mut()?;
        job.stop += 1;
        let (task, stop) = (job.task.id(), job.task.stops().get(job.stop).copied());
        match stop {
            Some(stop) => Some(self.drive(stop.place, Doing::Travelling(task), now, travel)),
            None => {
                self.halt(now);
                None
            }
        }
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// When each point of `path` is reached.
fn timed(path: &[Point], now: Time, speed: f64) -> Vec<(Time, Point)> {
    let mut metres = 0.0;
    let mut route = Vec::with_capacity(path.len());
    for (k, point) in path.iter().enumerate() {
        metres += k
            .checked_sub(1)
            .map_or(0.0, |before| path[before].distance(*point));
        route.push((now + seconds(metres / speed), *point));
    }
    route
}

/// The leg of `route` that is driven at `now`, by the index of its end.
fn leg(route: &[(Time, Point)], now: Time) -> usize {
    route
        .partition_point(|(at, _)| *at <= now)
        .clamp(1, route.len().max(2) - 1)
}

/// Where a robot on `route` is at `now`, and the point that it drives to.
fn along(route: &[(Time, Point)], now: Time) -> Option<(Point, Point)> {
    let end = leg(route, now);
    let ((left, from), (right, to)) = (*route.get(end - 1)?, *route.get(end).or(route.last())?);
    let whole = right.since(left).as_secs_f64();
    let share = if whole > 0.0 {
        (now.since(left).as_secs_f64() / whole).min(1.0)
    } else {
        1.0
    };
    let mix = |a: f64, b: f64| a + (b - a) * share;
    Some((Point::new(mix(from.x(), to.x()), mix(from.y(), to.y())), to))
}

/// Metres driven on `route` between two moments.
fn driven(route: &[(Time, Point)], from: Time, to: Time) -> f64 {
    let at = |now: Time| {
        let end = leg(route, now);
        let whole: f64 = route[..end.min(route.len())]
            .windows(2)
            .map(|pair| pair[0].1.distance(pair[1].1))
            .sum();
        let start = route[(end - 1).min(route.len() - 1)].1;
        whole + along(route, now).map_or(0.0, |(point, _)| start.distance(point))
    };
    (at(to) - at(from)).max(0.0)
}

/// The direction from one point to another, to the nearest of eight.
fn heading(from: Point, to: Point) -> Option<f64> {
    const EIGHTH: f64 = core::f64::consts::FRAC_PI_4;
    let (dx, dy) = (to.x() - from.x(), to.y() - from.y());
    if dx == 0.0 && dy == 0.0 {
        return None;
    }
    // tan(pi / 8): where one of the eight directions gives way to the next.
    let (flat, steep) = (
        dy.abs() < 0.414_213_562_373_095 * dx.abs(),
        dx.abs() < 0.414_213_562_373_095 * dy.abs(),
    );
    let eighths = match (dx > 0.0, dy > 0.0) {
        (true, _) if flat => 0.0,
        (false, _) if flat => 4.0,
        (_, true) if steep => 2.0,
        (_, false) if steep => -2.0,
        (true, true) => 1.0,
        (false, true) => 3.0,
        (false, false) => -3.0,
        (true, false) => -1.0,
    };
    Some(eighths * EIGHTH)
}
