use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use crate::readers::{Origin, ReadError, position, stem};
use crate::scenario::Wrong;

/// A TOML text that knows where each key is written.
pub(super) struct Document<'t> {
    name: &'t str,
    text: &'t str,
    root: Spanned<DeValue<'t>>,
}

impl<'t> Document<'t> {
    pub(super) fn parse(name: &'t str, text: &'t str) -> Result<Self, ReadError> {
        let root = DeTable::parse(text).map_err(|error| broken(name, text, &error))?;
        let root = Spanned::new(root.span(), DeValue::Table(root.into_inner()));
        Ok(Document { name, text, root })
    }

    /// The keys as `T`.
    pub(super) fn deserialize<T: DeserializeOwned>(&self) -> Result<T, ReadError> {
        let DeValue::Table(table) = self.root.get_ref().clone() else {
            unreachable!("a document is a table")
        };
        let deserializer = Deserializer::from(Spanned::new(self.root.span(), table));
        T::deserialize(deserializer).map_err(|error| self.refused(&error))
    }

    /// The name of the file, without folder and extension.
    pub(super) fn stem(&self) -> &str {
        stem(self.name)
    }

    /// Where a key is written, or the nearest key that holds it.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let offset = locate(&self.root, key).start;
        at(Origin::file(self.name), self.text, offset).key(key)
    }

    pub(super) fn wrong(&self, wrong: Wrong) -> ReadError {
        self.origin(&wrong.key).wrong(wrong.message)
    }

    fn refused(&self, error: &Error) -> ReadError {
        let message = one_line(error.message());
        let offset = error.span().map_or(0, |span| span.start);
        let mut key = path_at(&self.root, offset);
        if let Some(missing) = message.strip_prefix("missing field `") {
            let missing = missing.trim_end_matches('`');
            key = if key.is_empty() {
                missing.to_owned()
            } else {
                format!("{key}.{missing}")
            };
        }
        let origin = at(Origin::file(self.name), self.text, offset);
        let origin = if key.is_empty() { origin } else { origin.key(key) };
        origin.wrong(message)
    }
}

/// What is no TOML.
fn broken(name: &str, text: &str, error: &Error) -> ReadError {
    let span = error.span().unwrap_or_default();
    let mut origin = at(Origin::file(name), text, span.start);
    if error.message().starts_with("duplicate key") {
        origin.key = text.get(span).map(str::to_owned);
    }
    origin.wrong(one_line(error.message()))
}

fn at(origin: Origin, text: &str, offset: usize) -> Origin {
    let (line, column) = position(text, offset);
    Origin {
        line: Some(line),
        column: Some(column),
        ..origin
    }
}

fn one_line(message: &str) -> String {
    message.trim().replace('\n', ", ")
}

/// Where the value of `path` is written, or the deepest value on the way to it.
fn locate(root: &Spanned<DeValue<'_>>, path: &str) -> Range<usize> {
    let mut here = root;
    for name in path.split(['.', '[']) {
        let next = match here.get_ref() {
            DeValue::Table(table) => table.get(name),
            DeValue::Array(array) => index(name).and_then(|k| array.get(k)),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => break,
        }
    }
    here.span()
}

fn index(name: &str) -> Option<usize> {
    name.strip_suffix(']')?.parse().ok()
}

/// The path of the shortest key or value that is written around `offset`; empty if there is none.
fn path_at(root: &Spanned<DeValue<'_>>, offset: usize) -> String {
    let mut best = (usize::MAX, String::new());
    search(root, String::new(), offset, &mut best);
    best.1
}

fn search(value: &Spanned<DeValue<'_>>, path: String, offset: usize, best: &mut (usize, String)) {
    if !path.is_empty() {
        offer(value.span(), &path, offset, best);
    }
    match value.get_ref() {
        DeValue::Table(table) => {
            for (name, value) in table {
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{}", name.get_ref());
                offer(name.span(), &path, offset, best);
                search(value, path, offset, best);
            }
        }
        DeValue::Array(array) => {
            for (k, value) in array.iter().enumerate() {
                search(value, format!("{path}[{k}]"), offset, best);
            }
        }
        _ => (),
    }
}

fn offer(span: Range<usize>, path: &str, offset: usize, best: &mut (usize, String)) {
    if span.contains(&offset) && span.len() <= best.0 {
        *best = (span.len(), path.to_owned());
    }
}
