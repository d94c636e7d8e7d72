//! Solomon's format, and that of Gehring & Homberger.
//!
//! A name; `VEHICLE`, a heading, and the number and capacity of robots; `CUSTOMER`, a heading, and a line for the depot
//! and each task: number, x, y, demand, ready time, due date, service time.

use fleet_core::Load;
use fleet_core::allocate::search::{Robot, Stop, Task};

use super::text::{Lines, MOST, Wrong};
use super::{Format, Goal, Instance};

pub(super) fn parse(text: &str) -> Result<Instance, Wrong> {
    let mut lines = Lines::of(text);
    loop {
        let (_, line) = lines.text("VEHICLE")?;
        if line.to_ascii_uppercase().starts_with("VEHICLE") {
            break;
        }
    }
    lines.text("the heading of VEHICLE")?;
    let fleet = lines.numbers(2, "number and capacity of robots")?;
    let count = fleet.count(0, "number of robots", MOST)?;
    let capacity =
        Load::capacity(&[fleet.at(1)]).map_err(|error| Wrong::new(fleet.line, error.to_string()))?;
    lines.text("CUSTOMER")?;
    lines.text("the heading of CUSTOMER")?;
    let (mut points, mut tasks, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let mut robot = Robot::new(0);
    (robot.end, robot.capacity) = (Some(0), capacity);
    while let Some(line) = lines.more(7, "number, x, y, demand, ready time, due date, service time") {
        let line = line?;
        points.push((line.at(1), line.at(2)));
        if line.at(5) < line.at(4) {
            return Err(Wrong::new(line.line, "its due date is before its ready time"));
        }
        if points.len() == 1 {
            robot.shift = (line.at(4), line.at(5));
            continue;
        }
        ids.push(line.count(0, "number of a task", u32::MAX - 1)?);
        let mut stop = Stop::new(points.len() as u32 - 1);
        stop.service = vec![line.at(6)];
        stop.windows = vec![(line.at(4), line.at(5))];
        stop.load = Load::new(&[line.at(3)]).map_err(|error| Wrong::new(line.line, error.to_string()))?;
        tasks.push(Task::new(vec![stop]));
        if tasks.len() > MOST as usize {
            return Err(Wrong::new(
                line.line,
                format!("is beyond the {MOST} tasks that are read"),
            ));
        }
    }
    if points.is_empty() {
        return Err(Wrong::new(1, "has no depot"));
    }
    Ok(Instance {
        name: String::new(),
        format: Format::Vrptw,
        points,
        robots: vec![robot; count as usize],
        tasks,
        ids,
        goal: Goal::Distance,
    })
}
