//! Robots, and tasks with deadlines, of which as many as possible are to be finished in time.
//!
//! A heading, and a line for each task: number, x, y, work, deadline. The robots are in a file of their own, in the folder
//! `agent` beside that of the tasks, named by the end of the file's name: `r11a2i00.txt` is for `agent/a2i00.txt`. Its lines:
//! number, x, y, work done in a time unit.

use std::path::Path;

use fleet_core::allocate::search::{Robot, Stop, Task};

use super::text::{Lines, MOST, ReadError, Wrong, read};
use super::{Format, Goal, Instance};

/// The most work rates that are read: each task has a service time for each of them.
const MOST_RATES: usize = 256;

/// The robots.
#[derive(Clone, PartialEq, Debug)]
pub struct Team {
    points: Vec<(f64, f64)>,
    robots: Vec<Robot>,
    /// The work that is done in a time unit, at each pace.
    rates: Vec<f64>,
}

impl Team {
    /// Reads the file that belongs to one with tasks.
    pub(super) fn beside(path: &Path) -> Result<Self, ReadError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let from = name.find('a').unwrap_or(0);
        let folder = path.parent().and_then(Path::parent).unwrap_or(Path::new(""));
        let path = folder.join("agent").join(&name[from..]);
        Team::parse(&read(&path)?).map_err(|error| error.of(&path))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong in which line.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let (mut points, mut robots, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        let mut lines = Lines::of(text);
        lines.numbers(1, "the heading of the robots")?;
        while let Some(line) = lines.more(4, "number, x, y and work rate of a robot") {
            let line = line?;
            let rate = line.at(3);
            if rate <= 0.0 {
                return Err(Wrong::new(line.line, "its work rate must be above zero"));
            }
            let known = rates.iter().position(|known| *known == rate);
            let pace = known.unwrap_or(rates.len());
            if pace == rates.len() {
                rates.push(rate);
            }
            if robots.len() >= MOST as usize || rates.len() > MOST_RATES {
                return Err(Wrong::new(
                    line.line,
                    format!("is beyond the {MOST} robots and {MOST_RATES} work rates that are read"),
                ));
            }
            let mut robot = Robot::new(points.len() as u32);
            robot.pace = pace;
            points.push((line.at(1), line.at(2)));
            robots.push(robot);
        }
        Ok(Team {
            points,
            robots,
            rates,
        })
    }
}

pub(super) fn parse(text: &str, team: &Team) -> Result<Instance, Wrong> {
    let mut points = team.points.clone();
    let (mut tasks, mut ids) = (Vec::new(), Vec::new());
    let mut lines = Lines::of(text);
    lines.numbers(1, "the heading of the tasks")?;
    while let Some(line) = lines.more(5, "number, x, y, work and deadline of a task") {
        let line = line?;
        ids.push(line.count(0, "number of a task", u32::MAX - 1)?);
        let mut stop = Stop::new(points.len() as u32);
        points.push((line.at(1), line.at(2)));
        stop.service = team.rates.iter().map(|rate| (line.at(3) / rate).ceil()).collect();
        // It has to be finished by then, however long it takes this robot.
        stop.finish = line.at(4);
        tasks.push(Task::new(vec![stop]));
        if tasks.len() > MOST as usize {
            return Err(Wrong::new(
                line.line,
                format!("is beyond the {MOST} tasks that are read"),
            ));
        }
    }
    Ok(Instance {
        name: String::new(),
        format: Format::Taptc,
        points,
        robots: team.robots.clone(),
        tasks,
        ids,
        goal: Goal::Served,
    })
}
