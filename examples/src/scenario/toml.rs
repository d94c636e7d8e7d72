//! The scenario file, as `docs/src/scenario-file.md` describes it.

mod deployment;
mod document;
mod faults;
mod floor;
mod group;
mod keys;
mod links;
mod names;
mod robots;
mod task;
mod tasks;
mod values;

use std::time::Duration;

use self::document::Document;
use self::keys::File;
use self::names::Names;
use super::{Floor, Regions, Reveal, Scenario, Setting, Settings, Wrong};
use crate::readers::ReadError;

/// Reads another file that the scenario names: its name in messages, and its bytes.
pub(crate) type Fetch<'a> = &'a dyn Fn(&str) -> Result<(String, Vec<u8>), ReadError>;

/// Times in a scenario are at most this many seconds (three years).
const SECONDS: f64 = 1e8;

/// The scenario in `text`, which is called `name` in messages. `seed` goes before that of the file.
///
/// # Errors
/// The first thing that is wrong, with its line and key.
pub(crate) fn read(
    name: &str,
    text: &str,
    seed: Option<u64>,
    fetch: Fetch<'_>,
) -> Result<Scenario, ReadError> {
    let document = Document::parse(name, text)?;
    let file: File = document.deserialize()?;
    let floor = floor::read(&document, &file, fetch)?;
    build(&document, &file, floor, seed).map_err(|wrong| document.wrong(wrong))
}

fn build(document: &Document<'_>, file: &File, floor: Floor, seed: Option<u64>) -> Result<Scenario, Wrong> {
    let seed = seed.unwrap_or(file.seed);
    let regions = Regions::of(&floor);
    let zones = floor::zones(&regions, &file.zones)?;
    let robots = robots::read(&file.robots, &zones, seed)?;
    let tasks = tasks::read(file, &zones, &robots, seed)?;
    let names = Names::of(&robots);
    let network = faults::network(file.network.as_ref(), file.pattern)?;
    let deployment = deployment::read(file, &robots, &network)?;
    Ok(Scenario {
        name: file.name.clone().unwrap_or_else(|| document.stem().to_owned()),
        chargers: floor::chargers(&regions, &file.chargers)?,
        tasks,
        reveal: reveal(file)?,
        duration: duration(file)?,
        network,
        deployment,
        partitions: faults::partitions(&file.partition, &names)?,
        breakdowns: faults::breakdowns(&file.breakdown, &names)?,
        seed,
        settings: settings(document, file)?,
        notes: Vec::new(),
        robots,
        floor,
    })
}

fn reveal(file: &File) -> Result<Reveal, Wrong> {
    match file.pool {
        None => Ok(Reveal::Timed),
        Some(size) if size > 0 => Ok(Reveal::Pool { size }),
        Some(_) => Err(Wrong::new("pool", "must be at least 1")),
    }
}

fn duration(file: &File) -> Result<Option<Duration>, Wrong> {
    match file.duration {
        Some(0.0) => Err(Wrong::new("duration", "must be greater than zero")),
        Some(seconds) => values::seconds("duration", seconds).map(Some),
        None => Ok(None),
    }
}

fn settings(document: &Document<'_>, file: &File) -> Result<Settings, Wrong> {
    let setting = |key: &str, value: &str| Setting {
        value: value.to_owned(),
        origin: document.origin(key),
    };
    let optional = |key: &str, value: &Option<String>| value.as_ref().map(|value| setting(key, value));
    let mut objective = Vec::new();
    for (name, weight) in &file.objective {
        let key = format!("objective.{name}");
        let weight = values::number(&key, *weight, 0.0, 1e9)?;
        objective.push((setting(&key, name), weight));
    }
    Ok(Settings {
        strategy: optional("strategy", &file.strategy),
        allocator: optional("allocator", &file.allocator),
        urgency: optional("urgency", &file.urgency),
        objective,
    })
}
