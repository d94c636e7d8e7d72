//! Problems of the League of Robot Runners: a `.json` that names a map, agents and tasks.
//!
//! One tick is one second and one cell is one metre, so robots move at 1 m/s. A location is `row * width + column`.

mod list;
mod problem;

use std::path::Path;
use std::time::Duration;

use fleet_core::travel::{Cell, GridMap};
use fleet_core::{Place, Point, Stop, Task, TaskId, TaskSpec};

use self::list::List;
use self::problem::Problem;
use super::movingai::{parse_map, robot};
use super::{NO_ROBOTS, Options, ReadError, Source, beside, source};
use crate::scenario::{Floor, NamedRobot, Regions, Reveal, Scenario, TimedTask, check_tasks};

pub(super) fn read(path: &Path, source: &Source, options: &Options) -> Result<Scenario, ReadError> {
    let problem = Problem::parse(source)?;
    let map = read_map(path, &problem)?;
    let mut robots = read_robots(path, &problem, &map)?;
    robots.truncate(options.robots.unwrap_or(usize::MAX));
    if robots.is_empty() {
        return Err(source.origin().wrong(NO_ROBOTS));
    }
    let (task_file, lines, tasks) = read_tasks(path, &problem, &map, options)?;
    let floor = Floor::Map(map);
    check_tasks(
        &Regions::of(&floor),
        &robots,
        tasks.iter().map(|timed| &timed.task),
    )
    .map_err(|(k, wrong)| {
        let origin = task_file.origin().line(lines[k]);
        origin.key(wrong.key).wrong(wrong.message)
    })?;
    let reveal = Reveal::Pool {
        size: problem.pool(robots.len())?,
    };
    Ok(Scenario {
        reveal,
        seed: options.seed.unwrap_or(0),
        notes: problem.notes(),
        ..Scenario::calm(source.stem(), floor, robots, tasks)
    })
}

/// The file that `key` of the problem names.
fn part(path: &Path, problem: &Problem<'_>, key: &str, name: &str) -> Result<(String, Vec<u8>), ReadError> {
    let path = beside(path, name);
    let bytes = source::bytes(&path).map_err(|error| problem.wrong(key, error))?;
    Ok((path.display().to_string(), bytes))
}

fn read_map(path: &Path, problem: &Problem<'_>) -> Result<GridMap, ReadError> {
    let (name, bytes) = part(path, problem, "mapFile", &problem.keys.map_file)?;
    parse_map(&name, &bytes)
}

fn read_robots(path: &Path, problem: &Problem<'_>, map: &GridMap) -> Result<Vec<NamedRobot>, ReadError> {
    let (name, bytes) = part(path, problem, "agentFile", &problem.keys.agent_file)?;
    let source = Source::new(name, bytes)?;
    let list = List::parse(&source)?;
    let size = problem.team_size(list.lines.len(), &source.name)?;
    let one = |(k, (line, text)): (usize, &(usize, &str))| {
        let at = location(map, text).map_err(|message| source.origin().line(*line).wrong(message))?;
        Ok(robot(k, at))
    };
    list.lines[..size].iter().enumerate().map(one).collect()
}

/// The file of the tasks, the line of each, and the tasks.
fn read_tasks(
    path: &Path,
    problem: &Problem<'_>,
    map: &GridMap,
    options: &Options,
) -> Result<(Source, Vec<usize>, Vec<TimedTask>), ReadError> {
    let (name, bytes) = part(path, problem, "taskFile", &problem.keys.task_file)?;
    let source = Source::new(name, bytes)?;
    let list = List::parse(&source)?;
    let count = list.lines.len().min(options.tasks.unwrap_or(usize::MAX));
    let (mut lines, mut tasks) = (Vec::with_capacity(count), Vec::with_capacity(count));
    for (line, text) in &list.lines[..count] {
        let task = read_task(map, text, tasks.len());
        tasks.push(task.map_err(|(key, message)| source.origin().line(*line).key(key).wrong(message))?);
        lines.push(*line);
    }
    Ok((source, lines, tasks))
}

fn read_task(map: &GridMap, text: &str, k: usize) -> Result<TimedTask, (String, String)> {
    let stop = |(k, text): (usize, &str)| match location(map, text) {
        Ok(point) => Ok(Stop::at(Place::Point(point))),
        Err(message) => Err((format!("stops[{k}]"), message)),
    };
    let stops: Result<Vec<Stop>, _> = text
        .trim_end_matches(',')
        .split(',')
        .enumerate()
        .map(stop)
        .collect();
    let spec = TaskSpec::new(TaskId::from_u128(1 + k as u128), stops?);
    Ok(TimedTask {
        at: Duration::ZERO,
        task: Task::new(spec).map_err(|invalid| (invalid.field, invalid.problem.to_string()))?,
        name: format!("task-{}", k + 1),
    })
}

/// The centre of the free cell with this number.
fn location(map: &GridMap, text: &str) -> Result<Point, String> {
    let (width, height) = (u64::from(map.width()), u64::from(map.height()));
    let text = text.trim();
    let number: u64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a location: row * width + column, a whole number"))?;
    if number >= width * height {
        return Err(format!(
            "location {number} is outside the map of {width} columns and {height} rows"
        ));
    }
    let cell = Cell {
        column: (number % width) as u32,
        row: (number / width) as u32,
    };
    if !map.is_free(cell) {
        let Cell { column, row } = cell;
        return Err(format!(
            "location {number} (column {column}, row {row}) is on an obstacle"
        ));
    }
    Ok(map.centre(cell))
}
