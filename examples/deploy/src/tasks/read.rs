//! From a JSON object to a task, with the path of what is wrong.

use std::time::Duration;

use fleet_core::{Ability, Load, Place, Stop, Task, TaskId, TaskSpec, UtcTime};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Wrong, names};

const TASK: [&str; 13] = [
    "id",
    "stops",
    "release",
    "due",
    "deadline",
    "priority",
    "needs",
    "after",
    "team",
    "assurance",
    "on_loss",
    "alone",
    "note",
];
const STOP: [&str; 5] = ["x", "y", "site", "service", "load"];

/// The task that `value` describes.
///
/// # Errors
/// Names the first field that is unknown, missing or wrong.
pub fn task(value: &Value) -> Result<Task, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&TASK)?;
    let id = fields.text("id")?.ok_or_else(|| Wrong::new("id", "is missing"))?;
    let mut stops = Vec::new();
    for (k, value) in fields.list("stops")?.iter().enumerate() {
        stops.push(stop(value).map_err(|wrong| wrong.within(format_args!("stops[{k}]")))?);
    }
    let mut spec = TaskSpec::new(task_id("id", id)?, stops);
    spec.release = fields.moment("release")?;
    spec.due = fields.moment("due")?;
    spec.deadline = fields.moment("deadline")?;
    spec.priority = fields.choice("priority")?.unwrap_or_default();
    for need in fields.texts("needs")? {
        spec.needs
            .insert(Ability::new(need).map_err(|invalid| Wrong::new("needs", invalid.problem))?);
    }
    for (field, place) in [("after", &mut spec.after), ("team", &mut spec.team)] {
        for text in fields.texts(field)? {
            place.push(task_id(field, text)?);
        }
    }
    spec.assurance = fields.choice("assurance")?.unwrap_or_default();
    spec.on_loss = fields.choice("on_loss")?.unwrap_or_default();
    spec.alone = fields.choice("alone")?.unwrap_or_default();
    spec.note = fields.text("note")?.unwrap_or_default().into();
    Ok(Task::new(spec)?)
}

fn stop(value: &Value) -> Result<Stop, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&STOP)?;
    let place = match (fields.number("x")?, fields.number("y")?, fields.number("site")?) {
        (Some(x), Some(y), None) => Place::at(x, y),
        (None, None, Some(site)) if site >= 0.0 && site <= f64::from(u32::MAX) && site.fract() == 0.0 => {
            Place::Site(site as u32)
        }
        (None, None, Some(_)) => return Err(Wrong::new("site", "must be the number of a place, 0 or more")),
        (None, Some(_), None) => return Err(Wrong::new("x", "is missing")),
        (Some(_), None, None) => return Err(Wrong::new("y", "is missing")),
        (None, None, None) => return Err(Wrong::new("x", "is missing: give x and y, or site")),
        _ => return Err(Wrong::new("site", "goes without x and y")),
    };
    let service = fields.number("service")?.unwrap_or(0.0);
    let service = Duration::try_from_secs_f64(service).map_err(|_| {
        Wrong::new(
            "service",
            format_args!("must be seconds, 0 or more, but is {service}"),
        )
    })?;
    let mut amounts = Vec::new();
    for value in fields.list("load")? {
        amounts.push(
            value
                .as_f64()
                .ok_or_else(|| Wrong::new("load", "must be a list of numbers"))?,
        );
    }
    let load = Load::new(&amounts).map_err(|invalid| Wrong::new("load", invalid.problem))?;
    Ok(Stop::at(place).lasting(service).loading(load))
}

fn task_id(field: &str, text: &str) -> Result<TaskId, Wrong> {
    let id = names::id(text).map_err(|error| Wrong::new(field, error))?;
    Ok(TaskId::from_u128(id))
}

/// The fields of a JSON object.
#[derive(Debug)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Of `value`.
    ///
    /// # Errors
    /// If it is no object.
    pub fn of(value: &'a Value) -> Result<Self, Wrong> {
        value
            .as_object()
            .map(Fields)
            .ok_or_else(|| Wrong::new("", format_args!("must be an object, but is {}", kind(value))))
    }

    /// That there are no others.
    ///
    /// # Errors
    /// Names the first that is none of `known`.
    pub fn only(&self, known: &[&str]) -> Result<(), Wrong> {
        match self.0.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Wrong::new(
                key.chars().take(64).collect::<String>(),
                format_args!("is unknown: there are {}", known.join(", ")),
            )),
            None => Ok(()),
        }
    }

    /// A field that is not null.
    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    /// A text.
    ///
    /// # Errors
    /// If it is something else.
    pub fn text(&self, field: &str) -> Result<Option<&'a str>, Wrong> {
        let wrong = |value| Wrong::new(field, format_args!("must be a text, but is {}", kind(value)));
        self.get(field)
            .map(|value| value.as_str().ok_or_else(|| wrong(value)))
            .transpose()
    }

    /// A number.
    ///
    /// # Errors
    /// If it is something else.
    pub fn number(&self, field: &str) -> Result<Option<f64>, Wrong> {
        let wrong = |value| Wrong::new(field, format_args!("must be a number, but is {}", kind(value)));
        self.get(field)
            .map(|value| value.as_f64().ok_or_else(|| wrong(value)))
            .transpose()
    }

    /// Yes or no; no if it is missing.
    ///
    /// # Errors
    /// If it is something else.
    pub fn flag(&self, field: &str) -> Result<bool, Wrong> {
        let wrong = |value| {
            Wrong::new(
                field,
                format_args!("must be true or false, but is {}", kind(value)),
            )
        };
        self.get(field)
            .map_or(Ok(false), |value| value.as_bool().ok_or_else(|| wrong(value)))
    }

    /// A list; empty if it is missing.
    ///
    /// # Errors
    /// If it is something else.
    pub fn list(&self, field: &str) -> Result<&'a [Value], Wrong> {
        let wrong = |value| Wrong::new(field, format_args!("must be a list, but is {}", kind(value)));
        match self.get(field) {
            None => Ok(&[]),
            Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(value)),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// If it is something else.
    pub fn texts(&self, field: &str) -> Result<Vec<&'a str>, Wrong> {
        let text = |(k, value): (usize, &'a Value)| {
            let wrong = || {
                Wrong::new(
                    format!("{field}[{k}]"),
                    format_args!("must be a text, but is {}", kind(value)),
                )
            };
            value.as_str().ok_or_else(wrong)
        };
        self.list(field)?.iter().enumerate().map(text).collect()
    }

    /// One of several names.
    ///
    /// # Errors
    /// If it is none of them; they are listed.
    pub fn choice<T: DeserializeOwned>(&self, field: &str) -> Result<Option<T>, Wrong> {
        self.get(field)
            .map(|value| serde_json::from_value(value.clone()).map_err(|error| Wrong::new(field, error)))
            .transpose()
    }

    /// Seconds since 1970.
    fn moment(&self, field: &str) -> Result<Option<UtcTime>, Wrong> {
        let wrong = || Wrong::new(field, "must be seconds since 1970");
        let moment = |seconds| UtcTime::from_secs_f64(seconds).ok_or_else(wrong);
        self.number(field)?.map(moment).transpose()
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        other => other.to_string().chars().take(64).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::json;

    fn read(text: &str) -> Result<Task, String> {
        task(&serde_json::from_str(text).unwrap()).map_err(|wrong| wrong.to_string())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = r#"{"id":"a","stops":[{"x":1.5,"y":2,"service":3.25,"load":[2]},{"site":7,"load":[-2]}],
            "release":10.5,"due":20,"deadline":30,"priority":"high","needs":["lift"],"after":["b"],
            "assurance":"best-effort","on_loss":"ask","alone":"retreat","note":"with care"}"#;
        let first = read(text).unwrap();
        assert_eq!(task(&json(&first)), Ok(first));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        for (text, field) in [
            ("[]", "must be an object"),
            (r#"{"stops":[]}"#, "id: is missing"),
            (r#"{"id":"a"}"#, "stops: must not be empty"),
            (r#"{"id":"a/b","stops":[{"x":0,"y":0}]}"#, "id: "),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0},{"x":1}]}"#,
                "stops[1].y: is missing",
            ),
            (
                r#"{"id":"a","stops":[{"x":"1","y":0}]}"#,
                "stops[0].x: must be a number",
            ),
            (
                r#"{"id":"a","stops":[{"x":1e30,"y":0}]}"#,
                "stops[0].x: must be from",
            ),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0,"service":-3}]}"#,
                "stops[0].service: ",
            ),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0}],"priority":"mad"}"#,
                "priority: unknown variant `mad`",
            ),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0}],"urgent":1}"#,
                "urgent: is unknown",
            ),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0}],"needs":[1]}"#,
                "needs[0]: must be a text",
            ),
            (
                r#"{"id":"a","stops":[{"x":0,"y":0}],"due":1,"release":2}"#,
                "due: ",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(field), "{text}: {error}");
        }
    }
}
