//! Values that may be written in more than one way.

use std::fmt;
use std::time::Duration;

use fleet_core::{Abilities, Ability, Invalid, Load, Priority, limits};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::SECONDS;
use crate::scenario::Wrong;

/// Least and most: `5` or `[5, 10]`.
#[derive(Clone, Copy, Default)]
pub(super) struct Span(pub(super) f64, pub(super) f64);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpanVisitor)
    }
}

struct SpanVisitor;

impl<'de> Visitor<'de> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or [least, most]")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Span, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Span, E> {
        Ok(Span(value, value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Span, A::Error> {
        let (least, most) = Deserialize::deserialize(SeqAccessDeserializer::new(items))?;
        Ok(Span(least, most))
    }
}

/// A place: `[column, row]` or `{ x = 1.5, y = 2.0 }`.
#[derive(Clone, Copy)]
pub(super) enum Spot {
    Cell([u32; 2]),
    Point { x: f64, y: f64 },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PointKeys {
    x: f64,
    y: f64,
}

impl<'de> Deserialize<'de> for Spot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SpotVisitor)
    }
}

struct SpotVisitor;

impl<'de> Visitor<'de> for SpotVisitor {
    type Value = Spot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[column, row] or { x, y }")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Spot, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(Spot::Cell)
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Spot, A::Error> {
        let PointKeys { x, y } = Deserialize::deserialize(MapAccessDeserializer::new(keys))?;
        Ok(Spot::Point { x, y })
    }
}

/// A stop: a place, or a table of a place and what is done there.
pub(super) struct StopKeys {
    pub(super) spot: Spot,
    pub(super) service: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StopTable {
    x: Option<f64>,
    y: Option<f64>,
    cell: Option<[u32; 2]>,
    service: Option<f64>,
}

impl<'de> Deserialize<'de> for StopKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StopVisitor)
    }
}

struct StopVisitor;

impl<'de> Visitor<'de> for StopVisitor {
    type Value = StopKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[column, row], { x, y, service } or { cell = [column, row], service }")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<StopKeys, A::Error> {
        let spot = SpotVisitor.visit_seq(items)?;
        Ok(StopKeys { spot, service: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<StopKeys, A::Error> {
        let table: StopTable = Deserialize::deserialize(MapAccessDeserializer::new(keys))?;
        let spot = match table {
            StopTable {
                cell: Some(cell),
                x: None,
                y: None,
                ..
            } => Spot::Cell(cell),
            StopTable {
                cell: None,
                x: Some(x),
                y: Some(y),
                ..
            } => Spot::Point { x, y },
            _ => return Err(A::Error::custom("a stop needs either x and y, or cell")),
        };
        Ok(StopKeys {
            spot,
            service: table.service,
        })
    }
}

/// Where robots start: `"random-free"`, the name of a zone, or a list of places.
#[derive(Default)]
pub(super) enum At {
    #[default]
    RandomFree,
    Zone(String),
    Spots(Vec<Spot>),
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AtVisitor)
    }
}

struct AtVisitor;

impl<'de> Visitor<'de> for AtVisitor {
    type Value = At;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"random-free\", the name of a zone, or a list of places [column, row] or { x, y }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<At, E> {
        Ok(match text {
            "random-free" => At::RandomFree,
            zone => At::Zone(zone.to_owned()),
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<At, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(At::Spots)
    }
}

/// Who is cut off: `"all"`, or the names of robots.
pub(super) enum Cut {
    All,
    Names(Vec<String>),
}

impl<'de> Deserialize<'de> for Cut {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CutVisitor)
    }
}

struct CutVisitor;

impl<'de> Visitor<'de> for CutVisitor {
    type Value = Cut;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"all\", or a list of names of robots")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cut, E> {
        match text {
            "all" => Ok(Cut::All),
            _ => Err(E::unknown_variant(text, &["all"])),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Cut, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(items)).map(Cut::Names)
    }
}

/// A priority for all, or weights of the classes.
#[derive(Clone, Copy)]
pub(super) struct Mix(pub(super) [f64; 4]);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MixTable {
    #[serde(default)]
    low: f64,
    #[serde(default)]
    normal: f64,
    #[serde(default)]
    high: f64,
    #[serde(default)]
    critical: f64,
}

impl Default for Mix {
    fn default() -> Self {
        Mix([0.0, 1.0, 0.0, 0.0])
    }
}

impl<'de> Deserialize<'de> for Mix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MixVisitor)
    }
}

struct MixVisitor;

impl<'de> Visitor<'de> for MixVisitor {
    type Value = Mix;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("low, normal, high, critical, or a table of their weights")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Mix, E> {
        let class = Priority::ALL.iter().position(|class| class.name() == text);
        let class = class.ok_or_else(|| E::unknown_variant(text, &["low", "normal", "high", "critical"]))?;
        Ok(Mix(std::array::from_fn(|k| if k == class { 1.0 } else { 0.0 })))
    }

    fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<Mix, A::Error> {
        let table: MixTable = Deserialize::deserialize(MapAccessDeserializer::new(keys))?;
        Ok(Mix([table.low, table.normal, table.high, table.critical]))
    }
}

/// `value`, if it is finite and from `min` to `max`.
pub(super) fn number(key: &str, value: f64, min: f64, max: f64) -> Result<f64, Wrong> {
    if !value.is_finite() {
        Err(Wrong::new(
            key,
            format_args!("must be a finite number, but is {value}"),
        ))
    } else if value < 0.0 && min == 0.0 {
        Err(Wrong::new(
            key,
            format_args!("must not be negative, but is {value}"),
        ))
    } else if value < min || value > max {
        Err(Wrong::new(
            key,
            format_args!("must be from {min} to {max}, but is {value}"),
        ))
    } else {
        Ok(value)
    }
}

/// A time or a span in seconds, from 0.
pub(super) fn seconds(key: &str, value: f64) -> Result<Duration, Wrong> {
    number(key, value, 0.0, SECONDS).map(Duration::from_secs_f64)
}

/// `count`, if it is at most `max`.
pub(super) fn count(key: &str, count: usize, max: usize) -> Result<usize, Wrong> {
    if count > max {
        return Err(Wrong::new(
            key,
            format_args!("must be at most {max}, but is {count}"),
        ));
    }
    Ok(count)
}

/// Both ends, if they are from `min` to `max` and in order.
pub(super) fn span(key: &str, span: Span, min: f64, max: f64) -> Result<(f64, f64), Wrong> {
    let least = number(key, span.0, min, max)?;
    let most = number(key, span.1, min, max)?;
    if most < least {
        return Err(Wrong::new(
            key,
            format_args!("the least comes first, but {least} is more than {most}"),
        ));
    }
    Ok((least, most))
}

pub(super) fn abilities(key: &str, names: &[String]) -> Result<Abilities, Wrong> {
    if names.len() > limits::ABILITIES {
        return Err(Wrong::new(
            key,
            format_args!("must be at most {}", limits::ABILITIES),
        ));
    }
    let one = |(k, name): (usize, &String)| {
        Ability::new(name).map_err(|Invalid { problem, .. }| Wrong::new(format!("{key}[{k}]"), problem))
    };
    names.iter().enumerate().map(one).collect()
}

/// What is carried; no amount may be negative.
pub(super) fn load(key: &str, amounts: &[f64]) -> Result<Load, Wrong> {
    Load::capacity(amounts).map_err(|Invalid { problem, .. }| Wrong::new(key, problem))
}

/// The name given, or that of the number `k`; only letters, digits and a few signs.
pub(super) fn name(key: &str, name: &str) -> Result<String, Wrong> {
    let good = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(good) {
        return Err(Wrong::new(
            key,
            format_args!("must be of 1 to 64 letters, digits, '-', '_' and '.', but is {name:?}"),
        ));
    }
    Ok(name.to_owned())
}
