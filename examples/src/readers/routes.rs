//! Published routing problems as fleets that work: the files that `solve` reads.

use std::path::Path;
use std::time::Duration;

use fleet_core::allocate::search;
use fleet_core::{Invalid, Place, Point, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};

use super::{NO_ROBOTS, Options, Origin, ReadError, Source};
use crate::instances::{self, Format, Instance};
use crate::scenario::{Floor, NamedRobot, Regions, Scenario, TimedTask, check_tasks};

/// What is left out of every such problem.
const NOTE: &str = "a robot stays where its last task ends; shifts, and all but the first begin and the last end of a task's \
                    windows, are left out";
const SLOWEST: &str = "robots work at different paces: all are taken for the slowest";

/// The scenario in a file of this format.
pub(super) fn read(
    path: &Path,
    source: &Source,
    format: Format,
    options: &Options,
) -> Result<Scenario, ReadError> {
    let mut instance = Instance::of(path, &source.text, format).map_err(|error| said(source, error))?;
    instance.robots.truncate(options.robots.unwrap_or(usize::MAX));
    instance.tasks.truncate(options.tasks.unwrap_or(usize::MAX));
    if instance.robots.is_empty() {
        return Err(source.origin().wrong(NO_ROBOTS));
    }
    let ground = Ground::of(&instance);
    let wrong = |list: &str, k: usize, invalid: &Invalid| {
        let key = format!("{list}[{k}].{}", invalid.field);
        source.origin().key(key).wrong(&invalid.problem)
    };
    let robots = instance.robots.iter().enumerate();
    let robots =
        robots.map(|(k, spec)| robot(k, spec, &ground).map_err(|invalid| wrong("robots", k, &invalid)));
    let robots: Vec<NamedRobot> = robots.collect::<Result<_, _>>()?;
    let tasks = instance.tasks.iter().zip(&instance.ids).enumerate();
    let tasks = tasks.map(|(k, (spec, number))| {
        task(k, *number, spec, &ground).map_err(|invalid| wrong("tasks", k, &invalid))
    });
    let tasks: Vec<TimedTask> = tasks.collect::<Result<_, _>>()?;
    let floor = ground.floor();
    check_tasks(
        &Regions::of(&floor),
        &robots,
        tasks.iter().map(|timed| &timed.task),
    )
    .map_err(|(k, wrong)| {
        let key = format!("tasks[{k}].{}", wrong.key);
        source.origin().key(key).wrong(wrong.message)
    })?;
    let paces = instance.robots.iter().any(|robot| robot.pace > 0);
    let notes = [Some(NOTE), paces.then_some(SLOWEST)].into_iter().flatten();
    Ok(Scenario {
        seed: options.seed.unwrap_or(0),
        notes: notes.map(|note| format!("{}: {note}", source.name)).collect(),
        ..Scenario::calm(&instance.name, floor, robots, tasks)
    })
}

fn said(source: &Source, error: instances::ReadError) -> ReadError {
    match error {
        instances::ReadError::Line { path, line, what } => {
            Origin::file(path.display()).line(line).wrong(what)
        }
        instances::ReadError::Io { path, error } => Origin::file(path.display()).wrong(error),
        other @ instances::ReadError::Format(_) => source.origin().wrong(other),
    }
}

/// The part of the plane that all places are in, moved to where floors begin.
struct Ground<'a> {
    points: &'a [(f64, f64)],
    corner: (f64, f64),
    size: (f64, f64),
}

impl<'a> Ground<'a> {
    fn of(instance: &'a Instance) -> Self {
        let [low, high] = instance.corners();
        Ground {
            points: &instance.points,
            corner: low,
            // A floor has some room even where all are in one line.
            size: ((high.0 - low.0).max(1.0), (high.1 - low.1).max(1.0)),
        }
    }

    fn floor(&self) -> Floor {
        let (width, height) = self.size;
        Floor::Open { width, height }
    }

    fn place(&self, number: u32) -> Place {
        let (x, y) = self.points[number as usize];
        Place::Point(Point::new(x - self.corner.0, y - self.corner.1))
    }
}

fn robot(k: usize, spec: &search::Robot, ground: &Ground<'_>) -> Result<NamedRobot, Invalid> {
    let mut own = RobotSpec::new(RobotId::from_u128(1 + k as u128), ground.place(spec.start));
    own.speed = spec.speed;
    own.capacity = spec.capacity.amounts();
    Ok(NamedRobot {
        name: format!("robot-{}", k + 1),
        robot: Robot::new(own)?,
    })
}

fn task(k: usize, number: u32, spec: &search::Task, ground: &Ground<'_>) -> Result<TimedTask, Invalid> {
    let longest = |stop: &search::Stop| stop.service.iter().copied().fold(0.0, f64::max);
    let stop = |stop: &search::Stop| Stop {
        place: ground.place(stop.place.0),
        service: seconds(longest(stop)),
        load: stop.load,
    };
    let mut own = TaskSpec::new(
        TaskId::from_u128(1 + k as u128),
        spec.stops.iter().map(stop).collect(),
    );
    let open = spec.stops.first().and_then(|stop| stop.windows.first());
    own.release = open.and_then(|window| UtcTime::from_secs_f64(window.0));
    own.deadline = spec.stops.last().and_then(|stop| {
        let close = stop.windows.last().map_or(f64::INFINITY, |window| window.1);
        UtcTime::from_secs_f64(stop.finish.min(close + longest(stop)))
    });
    Ok(TimedTask {
        at: Duration::ZERO,
        task: Task::new(own)?,
        name: format!("task-{number}"),
    })
}

fn seconds(time: f64) -> Duration {
    Duration::try_from_secs_f64(time.max(0.0)).unwrap_or(Duration::MAX)
}
