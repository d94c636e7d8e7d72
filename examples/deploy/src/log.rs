//! What robots did, as they write it down themselves: one JSON object a line, each with the time of the wall clock.
//!
//! | `what` | when |
//! |---|---|
//! | `up`, `down` | the robot's process begins, ends in good order |
//! | `start` | the robot sets out to a task |
//! | `begin` | its work at the first stop begins |
//! | `stop` | it must leave the task; `at` is the last moment at which it was allowed to act on it |
//! | `end` | it has finished the last stop |
//! | `failed`, `back` | it could not do it, gives it back |

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fleet_core::{Epoch, RobotId, TaskId, UtcTime};
use serde::Deserialize;
use serde_json::json;

use crate::{names, node};

/// An execution log that is written; or none, if nobody wants one.
#[derive(Debug)]
pub struct Log {
    file: Option<File>,
    robot: String,
}

impl Log {
    /// Adds to the file at `path`.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn open(path: Option<&Path>, robot: RobotId) -> Result<Self, String> {
        let open = |path: &Path| OpenOptions::new().create(true).append(true).open(path);
        let refused = |path: &Path, error: io::Error| format!("robot.log: {}: {error}", path.display());
        let file = path
            .map(|path| open(path).map_err(|error| refused(path, error)))
            .transpose()?;
        Ok(Log {
            file,
            robot: names::robot(robot),
        })
    }

    /// Something that is about no task.
    pub fn process(&mut self, what: &str) {
        self.write(&json!({ "at": node::utc().as_secs_f64(), "robot": self.robot, "what": what }));
    }

    /// Something about `task`.
    pub fn task(&mut self, at: UtcTime, what: &str, task: TaskId, epoch: Epoch, why: &str) {
        let period = [epoch.count, epoch.boot];
        let (robot, task) = (&self.robot, names::task(task));
        self.write(&json!({ "at": at.as_secs_f64(), "robot": robot, "what": what, "task": task, "epoch": period, "why": why }));
    }

    /// In one call, so that a process that is killed leaves whole lines.
    fn write(&mut self, line: &serde_json::Value) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(format!("{line}\n").as_bytes())
        {
            eprintln!("robot.log: {error}");
        }
    }
}

/// One line.
#[derive(Clone, Debug, Deserialize)]
pub struct Line {
    /// Seconds since 1970.
    pub at: f64,
    /// Who.
    pub robot: String,
    /// What.
    pub what: String,
    /// The task, if it is about one.
    #[serde(default)]
    pub task: Option<String>,
}

/// All lines of these files. One that was cut short by a kill is left out.
///
/// # Errors
/// If a file cannot be read.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        lines.extend(
            text.lines()
                .filter_map(|line| serde_json::from_str::<Line>(line).ok()),
        );
    }
    Ok(lines)
}

/// What the logs of all robots come to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdict {
    /// Times at which two robots acted on one task, in words.
    pub overlaps: Vec<String>,
    /// Tasks that were finished more than once, one after the other.
    pub repeated: Vec<String>,
    /// When work at each task first began, in seconds since 1970.
    pub begun: BTreeMap<String, f64>,
    /// Tasks that a robot has finished.
    pub finished: BTreeMap<String, u32>,
}

/// Judges what robots did. A robot whose process ended without a word acted until the last thing that it wrote, or set out
/// to.
pub fn judge(lines: &[Line]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut acts = BTreeMap::<&str, Vec<(f64, f64, &str)>>::new();
    let mut by_robot = BTreeMap::<&str, Vec<&Line>>::new();
    lines
        .iter()
        .for_each(|line| by_robot.entry(&line.robot).or_default().push(line));
    for (robot, lines) in by_robot {
        let mut at_it = None::<(&str, f64)>;
        for line in lines {
            let Some(task) = line.task.as_deref() else {
                if let Some((task, since)) = at_it.take() {
                    acts.entry(task).or_default().push((since, since, robot));
                }
                continue;
            };
            match line.what.as_str() {
                "start" => at_it = Some((task, line.at)),
                "begin" => {
                    let begun = verdict.begun.entry(task.to_owned()).or_insert(line.at);
                    *begun = begun.min(line.at);
                }
                what => {
                    if let Some((task, since)) = at_it.take() {
                        acts.entry(task).or_default().push((since, line.at, robot));
                    }
                    if what == "end" {
                        *verdict.finished.entry(task.to_owned()).or_default() += 1;
                    }
                }
            }
        }
        if let Some((task, since)) = at_it {
            acts.entry(task).or_default().push((since, since, robot));
        }
    }
    for (task, acts) in &mut acts {
        acts.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut latest = (f64::MIN, "");
        for (since, until, robot) in acts.iter().copied() {
            if since < latest.0 && robot != latest.1 {
                let overlap = format!(
                    "{task}: {} until {:.3}, {robot} from {since:.3}",
                    latest.1, latest.0
                );
                verdict.overlaps.push(overlap);
            }
            if until > latest.0 {
                latest = (until, robot);
            }
        }
    }
    let twice = verdict.finished.iter().filter(|(_, times)| **times > 1);
    verdict.repeated = twice.map(|(task, _)| task.clone()).collect();
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: f64, robot: &str, what: &str, task: &str) -> Line {
        let task = (!task.is_empty()).then(|| task.to_owned());
        Line {
            at,
            robot: robot.into(),
            what: what.into(),
            task,
        }
    }

    #[test]
    fn two_robots_at_one_task_are_found() {
        let mut lines = vec![
            line(1.0, "a", "start", "t"),
            line(2.0, "a", "begin", "t"),
            line(3.0, "a", "stop", "t"),
            line(3.0, "b", "start", "t"),
            line(4.0, "b", "begin", "t"),
            line(5.0, "b", "end", "t"),
        ];
        let verdict = judge(&lines);
        assert_eq!(
            (verdict.overlaps, verdict.begun["t"], verdict.finished["t"]),
            (vec![], 2.0, 1)
        );
        lines[3].at = 2.5;
        lines.push(line(6.0, "a", "start", "t"));
        lines.push(line(7.0, "a", "end", "t"));
        let verdict = judge(&lines);
        assert_eq!(verdict.overlaps.len(), 1, "{verdict:?}");
        assert_eq!(verdict.repeated, ["t"]);
    }

    #[test]
    fn a_robot_that_was_killed_does_not_act_for_ever() {
        let lines = [
            line(1.0, "a", "start", "t"),
            line(2.0, "b", "start", "t"),
            line(3.0, "b", "end", "t"),
            line(9.0, "a", "up", ""),
        ];
        assert_eq!(judge(&lines).overlaps, [""; 0]);
    }
}
