//! Li & Lim's format of pickups and deliveries.
//!
//! Number, capacity and speed of robots; then a line for the depot and each stop: number, x, y, load, earliest and latest
//! beginning, service time, number of its pickup (0 if it is one), number of its delivery.

use std::collections::BTreeMap;

use fleet_core::Load;
use fleet_core::allocate::search::{Robot, Stop, Task};

use super::text::{Lines, MOST, Wrong};
use super::{Format, Goal, Instance};

pub(super) fn parse(text: &str) -> Result<Instance, Wrong> {
    let mut lines = Lines::of(text);
    let fleet = lines.numbers(2, "number and capacity of robots")?;
    let count = fleet.count(0, "number of robots", MOST)?;
    let mut robot = Robot::new(0);
    robot.end = Some(0);
    robot.capacity =
        Load::capacity(&[fleet.at(1)]).map_err(|error| Wrong::new(fleet.line, error.to_string()))?;
    let (mut points, mut stops) = (Vec::new(), BTreeMap::new());
    let (mut pickups, mut ids, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(line) = lines.more(9, "number, x, y, load, window, service time, pickup, delivery") {
        let line = line?;
        points.push((line.at(1), line.at(2)));
        if line.at(5) < line.at(4) {
            return Err(Wrong::new(line.line, "its window ends before it begins"));
        }
        if points.len() == 1 {
            robot.shift = (line.at(4), line.at(5));
            continue;
        }
        if points.len() > 2 * MOST as usize {
            return Err(Wrong::new(
                line.line,
                format!("is beyond the {MOST} tasks that are read"),
            ));
        }
        let number = line.count(0, "number of a stop", u32::MAX - 1)?;
        let mut stop = Stop::new(points.len() as u32 - 1);
        stop.service = vec![line.at(6)];
        stop.windows = vec![(line.at(4), line.at(5))];
        stop.load = Load::new(&[line.at(3)]).map_err(|error| Wrong::new(line.line, error.to_string()))?;
        if stops.insert(number, stop).is_some() {
            return Err(Wrong::new(line.line, format!("stop {number} was given before")));
        }
        if line.at(7) == 0.0 {
            pickups.push((
                line.line,
                number,
                line.count(8, "number of a delivery", u32::MAX - 1)?,
            ));
        }
    }
    for (line, pickup, delivery) in pickups {
        let pair = [stops.remove(&pickup), stops.remove(&delivery)];
        let [Some(pickup_stop), Some(delivery_stop)] = pair else {
            return Err(Wrong::new(
                line,
                format!("its delivery {delivery} is no stop of its own"),
            ));
        };
        let (picked, left) = (pickup_stop.load, pickup_stop.load + delivery_stop.load);
        if left != Load::ZERO || !Load::ZERO.fits(&picked) {
            return Err(Wrong::new(
                line,
                format!("its load must not be negative, and delivery {delivery} must put down all of it"),
            ));
        }
        ids.push(pickup);
        tasks.push(Task::new(vec![pickup_stop, delivery_stop]));
    }
    if let Some(stop) = stops.keys().next() {
        return Err(Wrong::new(1, format!("stop {stop} is the delivery of no pickup")));
    }
    if points.is_empty() {
        return Err(Wrong::new(1, "has no depot"));
    }
    Ok(Instance {
        name: String::new(),
        format: Format::Pdptw,
        points,
        robots: vec![robot; count as usize],
        tasks,
        ids,
        goal: Goal::Robots,
    })
}
