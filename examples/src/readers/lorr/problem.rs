use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use crate::readers::{Origin, ReadError, Source, position};

/// The keys of a problem that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Keys {
    pub(super) map_file: String,
    pub(super) agent_file: String,
    pub(super) task_file: String,
    team_size: u64,
    #[serde(default = "one")]
    num_tasks_reveal: f64,
    /// Other people's files may say more.
    #[serde(flatten)]
    ignored: BTreeMap<String, IgnoredAny>,
}

const KEYS: [&str; 5] = ["mapFile", "agentFile", "taskFile", "teamSize", "numTasksReveal"];

fn one() -> f64 {
    1.0
}

/// A problem file.
pub(super) struct Problem<'s> {
    source: &'s Source,
    pub(super) keys: Keys,
}

impl<'s> Problem<'s> {
    pub(super) fn parse(source: &'s Source) -> Result<Self, ReadError> {
        match serde_json::from_str(&source.text) {
            Ok(keys) => Ok(Problem { source, keys }),
            Err(error) => Err(refused(source, &error)),
        }
    }

    /// The value of `key` is wrong.
    pub(super) fn wrong(&self, key: &str, message: impl std::fmt::Display) -> ReadError {
        let offset = self.source.text.find(&format!("\"{key}\"")).unwrap_or(0);
        let (line, column) = position(&self.source.text, offset);
        at(self.source.origin(), line, column).key(key).wrong(message)
    }

    /// How many of the `agents` in the file called `name` take part.
    pub(super) fn team_size(&self, agents: usize, name: &str) -> Result<usize, ReadError> {
        match self.keys.team_size {
            0 => Err(self.wrong("teamSize", "the fleet is empty: must be at least 1")),
            size if size > agents as u64 => Err(self.wrong(
                "teamSize",
                format_args!("is {size}, but {name} has only {agents} agents"),
            )),
            size => Ok(size as usize),
        }
    }

    /// How many tasks `robots` robots see at a time.
    pub(super) fn pool(&self, robots: usize) -> Result<usize, ReadError> {
        let share = self.keys.num_tasks_reveal;
        if !(share > 0.0 && share <= 1e6) {
            return Err(self.wrong(
                "numTasksReveal",
                format_args!("must be more than zero and at most 1e6, but is {share}"),
            ));
        }
        Ok(((share * robots as f64).round() as usize).max(1))
    }

    /// What the user should know.
    pub(super) fn notes(&self) -> Vec<String> {
        if self.keys.ignored.is_empty() {
            return Vec::new();
        }
        let keys: Vec<&str> = self.keys.ignored.keys().map(String::as_str).collect();
        vec![format!("{}: ignores {}", self.source.name, keys.join(", "))]
    }
}

fn at(origin: Origin, line: usize, column: usize) -> Origin {
    Origin {
        line: Some(line),
        column: Some(column),
        ..origin
    }
}

fn refused(source: &Source, error: &serde_json::Error) -> ReadError {
    let full = error.to_string();
    let message = full.split(" at line ").next().unwrap_or(&full);
    let mut origin = at(source.origin(), error.line(), error.column());
    if error.classify() == Category::Data {
        origin.key = key_before(&source.text, error, message);
    }
    let hint = if error.is_eof() {
        ": the file ends too early"
    } else {
        ""
    };
    origin.wrong(format_args!("{message}{hint}"))
}

/// The key that the message names, or the last known one before the place of the error.
fn key_before(text: &str, error: &serde_json::Error, message: &str) -> Option<String> {
    if let Some(field) = message.split('`').nth(1).filter(|_| message.contains("field `")) {
        return Some(field.to_owned());
    }
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let end = lines.map(str::len).sum::<usize>() + error.column();
    let before = text.get(..end.min(text.len()))?;
    let found = |key: &&str| before.rfind(&format!("\"{key}\""));
    let last = KEYS
        .into_iter()
        .filter(|key| found(key).is_some())
        .max_by_key(found);
    last.map(str::to_owned)
}
