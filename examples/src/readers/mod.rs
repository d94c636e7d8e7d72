//! Readers of problem files: from a path to a [`Scenario`].
//!
//! | file | what it is |
//! |---|---|
//! | `.toml` | a scenario of our own, see `docs/src/scenario-file.md` |
//! | `.json` | a problem of the League of Robot Runners, with the map, agents and tasks that it names |
//! | `.map` | a MovingAI grid map; robots and tasks are drawn |
//! | else | a routing problem that `solve` reads, told from its content |

mod error;
mod lorr;
pub(crate) mod movingai;
mod routes;
mod source;

use std::path::Path;

pub use error::{Origin, ReadError};

pub(crate) use source::{Source, position, stem};

use crate::instances::Format;
use crate::scenario::{Scenario, TaskKind, read_toml};

/// For what has no places.
const TABLE: &str = "is a table of costs: `solve` reads it";

/// For a command line that asks for none.
const NO_ROBOTS: &str = "the fleet is empty: ask for at least one robot";

/// What the command line says about the scenario. The default leaves everything to the file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// For all draws; without it, the file's, or 0.
    pub seed: Option<u64>,
    /// Robots to draw on a `.map` (20 without it), or the most that are taken from a problem.
    pub robots: Option<usize>,
    /// Tasks to draw on a `.map` (100 without it), or the most that are taken from a problem.
    pub tasks: Option<usize>,
    /// What tasks are drawn on a `.map`.
    pub kind: TaskKind,
}

/// The scenario in the file at `path`. The kind of file is told by its extension, else by how it begins.
///
/// # Errors
/// The first thing that is wrong: which file, where, and what.
pub fn open(path: impl AsRef<Path>, options: &Options) -> Result<Scenario, ReadError> {
    let path = path.as_ref();
    let source = Source::open(path)?;
    match kind(path, &source.text) {
        Some(Kind::Toml) => toml(path, &source, options),
        Some(Kind::Lorr) => lorr::read(path, &source, options),
        Some(Kind::Map) => movingai::read(&source, options),
        Some(Kind::Routes(Format::Assign)) => Err(source.origin().wrong(TABLE)),
        Some(Kind::Routes(format)) => routes::read(path, &source, format, options),
        None => Err(source.origin().wrong(unknown(path))),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Toml,
    Lorr,
    Map,
    Routes(Format),
}

fn extension(path: &Path) -> String {
    let extension = path.extension().unwrap_or_default();
    extension.to_string_lossy().to_lowercase()
}

fn kind(path: &Path, text: &str) -> Option<Kind> {
    match extension(path).as_str() {
        "toml" => Some(Kind::Toml),
        "json" => Some(Kind::Lorr),
        "map" => Some(Kind::Map),
        "agents" | "tasks" => None,
        _ if text.trim_start().starts_with('{') => Some(Kind::Lorr),
        _ if text.starts_with("type ") => Some(Kind::Map),
        _ => Format::guess(text).map(Kind::Routes),
    }
}

fn unknown(path: &Path) -> &'static str {
    match extension(path).as_str() {
        "agents" | "tasks" => "is a part of a LoRR problem: open the .json file that names it",
        _ => {
            "is none of the files that can be read: a scenario (.toml), a LoRR problem (.json), a map (.map) or a routing problem"
        }
    }
}

fn toml(path: &Path, source: &Source, options: &Options) -> Result<Scenario, ReadError> {
    if options.robots.is_some() || options.tasks.is_some() {
        let message =
            "a scenario file says itself how many robots and tasks there are: change its `count` keys";
        return Err(source.origin().wrong(message));
    }
    let fetch = |name: &str| {
        let path = beside(path, name);
        Ok((path.display().to_string(), source::bytes(&path)?))
    };
    read_toml(&source.name, &source.text, options.seed, &fetch)
}

/// The path of a file that the one at `path` names.
fn beside(path: &Path, name: &str) -> std::path::PathBuf {
    path.parent().unwrap_or(Path::new("")).join(name)
}
