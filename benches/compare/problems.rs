//! The problems, and what is known of them.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fleet_core::allocate::search::{Robot, Stop, Task};
use fleet_examples::instances::{Format, Goal, Instance};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::Error;

/// Where problems come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Family {
    /// Cordeau's.
    Mdvrp,
    /// Solomon's, for the least distance.
    Vrptw,
    /// Solomon's, for the fewest robots, and then the least distance.
    VrptwRobots,
    /// Li & Lim's, for the fewest robots, and then the least distance.
    Pdptw,
    /// Tasks with deadlines.
    Taptc,
    /// 50 robots and 500 tasks anywhere on a square kilometre; routes end anywhere.
    Open,
}

/// A problem and the best that is known of it.
pub(crate) struct Known {
    pub(crate) instance: Instance,
    pub(crate) goal: Goal,
    pub(crate) best: Option<f64>,
    pub(crate) robots: Option<i64>,
}

pub(crate) fn problems(family: Family, data: &Path) -> Result<Vec<Known>, Error> {
    let (folder, format, goal, suffix) = match family {
        Family::Mdvrp => ("mdvrp/cordeau", Format::Mdvrp, Goal::Distance, ""),
        Family::Vrptw => ("vrptw/solomon", Format::Vrptw, Goal::Distance, "_distance"),
        Family::VrptwRobots => ("vrptw/solomon", Format::Vrptw, Goal::Robots, ""),
        Family::Pdptw => ("pdptw/li_lim_100", Format::Pdptw, Goal::Robots, ""),
        Family::Taptc => ("taptc/group1", Format::Taptc, Goal::Served, ""),
        Family::Open => return Ok((1..=3).map(open).collect()),
    };
    let folder = data.join(folder);
    let best = folder.parent().map(|parent| parent.join("BKS.json"));
    let best: Value = match best.filter(|path| path.exists()) {
        Some(path) => serde_json::from_str(&fs::read_to_string(path)?)?,
        None => Value::Null,
    };
    let mut known = Vec::new();
    for file in files(&folder)? {
        let instance = Instance::read(&file, format)?;
        let entry = &best[format!("{}{suffix}", instance.name)];
        let robots = if goal == Goal::Robots {
            entry["solved_with_vehicles"].as_i64()
        } else {
            None
        };
        known.push(Known {
            goal,
            best: entry["best_known_cost"].as_f64(),
            robots,
            instance,
        });
    }
    Ok(known)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let within = |error| format!("{}: {error}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(within)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "txt") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn open(seed: u64) -> Known {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut point = || (random.random_range(0.0..1000.0), random.random_range(0.0..1000.0));
    let points: Vec<(f64, f64)> = (0..550).map(|_| point()).collect();
    let instance = Instance {
        name: format!("open-{seed}"),
        format: Format::Mdvrp,
        points,
        robots: (0..50).map(Robot::new).collect(),
        tasks: (50..550).map(|place| Task::new(vec![Stop::new(place)])).collect(),
        ids: (1..=500).collect(),
        goal: Goal::Distance,
    };
    Known {
        instance,
        goal: Goal::Distance,
        best: None,
        robots: None,
    }
}
