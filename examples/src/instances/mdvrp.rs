//! Cordeau's format of multi-depot problems.
//!
//! `2 robots tasks depots`; for each depot the longest route and the capacity (0 for none); a line for each task and then
//! each depot: number, x, y, service time, demand.

use fleet_core::Load;
use fleet_core::allocate::search::{Robot, Stop, Task};

use super::text::{Lines, MOST, Wrong};
use super::{Format, Goal, Instance};

pub(super) fn parse(text: &str) -> Result<Instance, Wrong> {
    let mut lines = Lines::of(text);
    let head = lines.numbers(4, "type, robots, tasks, depots")?;
    if head.at(0) != 2.0 {
        return Err(Wrong::new(
            head.line,
            "is no multi-depot problem: the first number must be 2",
        ));
    }
    let each = head.count(1, "number of robots", MOST)?;
    let count = head.count(2, "number of tasks", MOST)?;
    let depots = head.count(3, "number of depots", MOST)?;
    if each.saturating_mul(depots) > MOST {
        return Err(Wrong::new(
            head.line,
            format!("{each} robots at each of {depots} depots are more than the {MOST} that are read"),
        ));
    }
    let mut limits = Vec::new();
    for _ in 0..depots {
        let limit = lines.numbers(2, "the longest route and the capacity of a depot")?;
        limits.push((limit.at(0), limit.at(1), limit.line));
    }
    let (mut points, mut tasks, mut ids, mut robots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for k in 0..count {
        let line = lines.numbers(5, "number, x, y, service time and demand of a task")?;
        ids.push(line.count(0, "number of a task", u32::MAX - 1)?);
        points.push((line.at(1), line.at(2)));
        let mut stop = Stop::new(k);
        stop.service = vec![line.at(3)];
        stop.load = Load::new(&[line.at(4)]).map_err(|error| Wrong::new(line.line, error.to_string()))?;
        tasks.push(Task::new(vec![stop]));
    }
    for (k, (longest, capacity, line)) in limits.into_iter().enumerate() {
        let depot = lines.numbers(3, "number, x and y of a depot")?;
        points.push((depot.at(1), depot.at(2)));
        let place = count + k as u32;
        let mut robot = Robot::new(place);
        robot.end = Some(place);
        if longest > 0.0 {
            robot.shift.1 = longest;
        }
        let capacity = if capacity > 0.0 { capacity } else { 1e9 };
        robot.capacity = Load::capacity(&[capacity]).map_err(|error| Wrong::new(line, error.to_string()))?;
        robots.extend((0..each).map(|_| robot.clone()));
    }
    Ok(Instance {
        name: String::new(),
        format: Format::Mdvrp,
        points,
        robots,
        tasks,
        ids,
        goal: Goal::Distance,
    })
}
