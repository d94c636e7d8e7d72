//! Another solver, called through Python.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use fleet_core::allocate::search::Solution;
use fleet_examples::instances::{Goal, Instance};
use serde::Deserialize;
use serde_json::json;

use crate::Error;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/compare/peers.py");

/// A process that solves problems, a line each.
pub(crate) struct Peer {
    name: String,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

#[derive(Deserialize)]
struct Answer {
    routes: Vec<(usize, Vec<(u32, u32)>)>,
    cpu: f64,
}

impl Peer {
    /// # Errors
    /// If Python has no such solver.
    pub(crate) fn start(python: &str, name: &str) -> Result<Self, Error> {
        let module = name.split('-').next().unwrap_or(name);
        let probe = Command::new(python)
            .args(["-c", &format!("import {module}")])
            .stderr(Stdio::null())
            .status()?;
        if !probe.success() {
            return Err(format!("{python} has no {module}").into());
        }
        let mut child = Command::new(python)
            .args([SCRIPT, name])
            .env("OMP_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("has no pipes".into());
        };
        Ok(Peer {
            name: name.to_string(),
            child,
            to,
            from: BufReader::new(from),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it stops when its time is over.
    pub(crate) fn keeps_time(&self) -> bool {
        !self.name.starts_with("vroom")
    }

    /// What it finds, and the seconds of CPU; `None` if it cannot take such a problem.
    pub(crate) fn solve(
        &mut self,
        instance: &Instance,
        goal: Goal,
        seconds: f64,
        seed: u64,
    ) -> Result<Option<(Solution, f64)>, Error> {
        writeln!(self.to, "{}", problem(instance, goal, seconds, seed))?;
        self.to.flush()?;
        let mut line = String::new();
        self.from.read_line(&mut line)?;
        let Some(answer) = serde_json::from_str::<Option<Answer>>(&line)? else {
            return Ok(None);
        };
        let mut routes = vec![Vec::new(); instance.robots.len()];
        for (robot, route) in answer.routes {
            routes[robot] = route;
        }
        let visited = |task: &u32| routes.iter().flatten().any(|(other, _)| other == task);
        let absent = (0..instance.tasks.len() as u32)
            .filter(|task| !visited(task))
            .collect();
        let solution = Solution {
            routes,
            absent,
            ..Solution::default()
        };
        Ok(Some((solution, answer.cpu)))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

fn problem(instance: &Instance, goal: Goal, seconds: f64, seed: u64) -> serde_json::Value {
    let amount = |load: fleet_core::Load| Vec::<f64>::from(load).first().copied().unwrap_or(0.0);
    let robots = instance.robots.iter().map(|robot| {
        json!({
            "start": robot.start, "end": robot.end, "capacity": amount(robot.capacity), "pace": robot.pace,
            "from": robot.shift.0, "until": finite(robot.shift.1),
        })
    });
    let tasks = instance.tasks.iter().map(|task| {
        let stops = task.stops.iter().map(|stop| {
            json!({
                "place": stop.place.0, "service": stop.service, "open": finite(stop.windows.first().map_or(f64::NEG_INFINITY, |window| window.0)),
                "close": finite(stop.windows.last().map_or(f64::INFINITY, |window| window.1)), "finish": finite(stop.finish), "load": amount(stop.load),
            })
        });
        json!({ "stops": stops.collect::<Vec<_>>(), "due": finite(task.due), "weight": task.lateness })
    });
    json!({
        "points": instance.points, "robots": robots.collect::<Vec<_>>(), "tasks": tasks.collect::<Vec<_>>(),
        "goal": format!("{goal:?}").to_lowercase(), "seconds": seconds, "seed": seed,
    })
}
