//! MovingAI grid maps (`.map`), on which robots and tasks are drawn.

use fleet_core::travel::{GridMap, MapError};
use fleet_core::{Place, Point, Robot, RobotId, RobotSpec, Task, TaskId};

use super::{NO_ROBOTS, Options, Origin, ReadError, Source};
use crate::scenario::generate::Generator;
use crate::scenario::{Area, Floor, NamedRobot, Regions, Scenario, TaskKind, TimedTask, generator};

const ROBOTS: usize = 20;
const TASKS: usize = 100;
/// More tasks than this are not drawn.
const MOST_TASKS: usize = 200_000;

/// The map in `bytes`, from the file called `name`.
pub(crate) fn parse_map(name: &str, bytes: &[u8]) -> Result<GridMap, ReadError> {
    GridMap::parse_bytes(bytes).map_err(|error| broken(name, &error))
}

/// Display of a map's error begins with its line, which a [`ReadError`] names before.
fn broken(name: &str, error: &MapError) -> ReadError {
    let text = error.to_string();
    let message = text
        .split_once(": ")
        .map_or(text.as_str(), |(_, message)| message);
    let (line, column) = match error {
        MapError::Character { line, column, .. } => (Some(*line), Some(*column)),
        MapError::NotText { line }
        | MapError::Header { line, .. }
        | MapError::TooLarge { line, .. }
        | MapError::Width { line, .. }
        | MapError::MissingRows { line, .. }
        | MapError::ExtraRow { line, .. } => (Some(*line), None),
        _ => return Origin::file(name).wrong(text),
    };
    let file = Origin::file(name);
    Origin { line, column, ..file }.wrong(message)
}

/// Robots of 1 m/s and tasks on the largest connected part of a map.
pub(super) fn read(source: &Source, options: &Options) -> Result<Scenario, ReadError> {
    let floor = Floor::Map(parse_map(&source.name, source.text.as_bytes())?);
    let regions = Regions::of(&floor);
    let area = Area::region(&regions, regions.largest());
    if area.is_empty() {
        return Err(source.origin().wrong("the map has no free cell"));
    }
    let seed = options.seed.unwrap_or(0);
    let robots = robots(source, area.clone(), seed, options.robots.unwrap_or(ROBOTS))?;
    let tasks = tasks(source, area, seed, options.tasks.unwrap_or(TASKS), options.kind)?;
    Ok(Scenario {
        seed,
        ..Scenario::calm(source.stem(), floor, robots, tasks)
    })
}

fn robots(source: &Source, area: Area, seed: u64, count: usize) -> Result<Vec<NamedRobot>, ReadError> {
    if count == 0 {
        return Err(source.origin().wrong(NO_ROBOTS));
    }
    let places = area.draw_apart(&mut generator(seed, 1), count).ok_or_else(|| {
        let message =
            format!("the largest connected part of the map has fewer than {count} cells, one a robot");
        source.origin().wrong(message)
    })?;
    Ok(places
        .into_iter()
        .enumerate()
        .map(|(k, at)| robot(k, at))
        .collect())
}

/// Robot number `k`, from 0: a cell a tick.
pub(super) fn robot(k: usize, at: Point) -> NamedRobot {
    let spec = RobotSpec::new(RobotId::from_u128(1 + k as u128), Place::Point(at));
    NamedRobot {
        name: format!("robot-{}", k + 1),
        robot: Robot::new(spec).expect("1 m/s at a cell's centre"),
    }
}

fn tasks(
    source: &Source,
    area: Area,
    seed: u64,
    count: usize,
    kind: TaskKind,
) -> Result<Vec<TimedTask>, ReadError> {
    if count > MOST_TASKS {
        let message = format!("{count} tasks are more than the {MOST_TASKS} that are drawn");
        return Err(source.origin().wrong(message));
    }
    let drawn = Generator::new(kind, area).draw(&mut generator(seed, 2), count, |k| {
        TaskId::from_u128(1 + k as u128)
    });
    let named = drawn.into_iter().enumerate().map(|(k, (at, spec))| TimedTask {
        at,
        task: Task::new(spec).expect("drawn within the limits"),
        name: format!("task-{}", k + 1),
    });
    Ok(named.collect())
}
