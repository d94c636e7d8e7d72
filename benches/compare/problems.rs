//! The problems, and what is known of them.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use fleet_examples::instances::{Format, Goal, Instance};
use serde_json::Value;

use crate::Error;
use crate::drawn::{self, Size};

const SMALL: Size = Size(10, 100);
const LARGE: Size = Size(50, 500);
/// Of each kind of drawn problems.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=3;

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
    /// 10 robots and 100 tasks there that take up to a minute each, for the earliest end of all work.
    Makespan,
    /// The same with 50 robots and 500 tasks.
    MakespanLarge,
    /// 10 robots and 100 tasks there that are due sooner than all can be done, for the least weighted lateness.
    Tardiness,
    /// The same with 50 robots and 500 tasks.
    TardinessLarge,
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// A problem and the best that is known of it.
pub(crate) struct Known {
    pub(crate) instance: Instance,
    pub(crate) best: Option<f64>,
    pub(crate) robots: Option<i64>,
}

impl Family {
    /// What its solutions are judged by.
    pub(crate) fn goal(self) -> Goal {
        match self {
            Family::Mdvrp | Family::Vrptw | Family::Open => Goal::Distance,
            Family::VrptwRobots | Family::Pdptw => Goal::Robots,
            Family::Taptc => Goal::Served,
            Family::Makespan | Family::MakespanLarge => Goal::Makespan,
            Family::Tardiness | Family::TardinessLarge => Goal::Tardiness,
        }
    }

    pub(crate) fn problems(self, data: Option<&Path>) -> Result<Vec<Known>, Error> {
        match self {
            Family::Mdvrp => self.published(data, "mdvrp/cordeau", Format::Mdvrp),
            Family::Vrptw | Family::VrptwRobots => self.published(data, "vrptw/solomon", Format::Vrptw),
            Family::Pdptw => self.published(data, "pdptw/li_lim_100", Format::Pdptw),
            Family::Taptc => self.published(data, "taptc/group1", Format::Taptc),
            Family::Open => Ok(drawn(drawn::open, LARGE)),
            Family::Makespan => Ok(drawn(drawn::makespan, SMALL)),
            Family::MakespanLarge => Ok(drawn(drawn::makespan, LARGE)),
            Family::Tardiness => Ok(drawn(drawn::tardiness, SMALL)),
            Family::TardinessLarge => Ok(drawn(drawn::tardiness, LARGE)),
        }
    }

    fn published(self, data: Option<&Path>, folder: &str, format: Format) -> Result<Vec<Known>, Error> {
        let data = data.ok_or_else(|| format!("the problems of {self} are read from --data"))?;
        let folder = data.join(folder);
        let best = best_known(&folder)?;
        // Solomon's have one best length for any number of robots, and another for the fewest.
        let suffix = if self == Family::Vrptw { "_distance" } else { "" };
        let mut known = Vec::new();
        for file in files(&folder)? {
            let instance = Instance::read(&file, format)?;
            let entry = &best[format!("{}{suffix}", instance.name)];
            let robots = entry["solved_with_vehicles"].as_i64();
            known.push(Known {
                best: entry["best_known_cost"].as_f64(),
                robots: robots.filter(|_| self.goal() == Goal::Robots),
                instance,
            });
        }
        Ok(known)
    }
}

fn drawn(draw: fn(Size, u64) -> Instance, size: Size) -> Vec<Known> {
    let known = |seed| Known {
        instance: draw(size, seed),
        best: None,
        robots: None,
    };
    SEEDS.map(known).collect()
}

/// The best known solutions, from the file beside the folder with the problems, if there is one.
fn best_known(folder: &Path) -> Result<Value, Error> {
    let file = folder.parent().map(|parent| parent.join("BKS.json"));
    match file.filter(|path| path.exists()) {
        Some(path) => Ok(serde_json::from_str(&fs::read_to_string(path)?)?),
        None => Ok(Value::Null),
    }
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
