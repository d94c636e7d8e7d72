use fleet_core::{Place, Stop, Task, TaskId, UtcTime};
use serde_json::{Map, Value, json as object};

use crate::names;

/// As [`task`](super::task) reads it; what is as usual is left out.
pub fn json(task: &Task) -> Value {
    let mut map = Map::new();
    map.insert("id".into(), names::task(task.id()).into());
    map.insert("stops".into(), task.stops().iter().map(stop).collect());
    for (field, moment) in [
        ("release", task.release()),
        ("due", task.due()),
        ("deadline", task.deadline()),
    ] {
        if let Some(moment) = moment {
            map.insert(field.into(), seconds(moment).into());
        }
    }
    map.insert("priority".into(), task.priority().name().into());
    for (field, tasks) in [("after", task.after()), ("team", task.team())] {
        if !tasks.is_empty() {
            map.insert(field.into(), ids(tasks));
        }
    }
    if !task.needs().is_empty() {
        map.insert(
            "needs".into(),
            task.needs().iter().map(|need| need.as_str()).collect(),
        );
    }
    for (field, choice) in [
        ("assurance", object!(task.assurance())),
        ("on_loss", object!(task.on_loss())),
        ("alone", object!(task.alone())),
    ] {
        map.insert(field.into(), choice);
    }
    if !task.note().is_empty() {
        map.insert("note".into(), String::from_utf8_lossy(task.note()).into());
    }
    Value::Object(map)
}

fn stop(stop: &Stop) -> Value {
    let mut value = match stop.place {
        Place::Point(point) => object!({ "x": point.x(), "y": point.y() }),
        Place::Site(site) => object!({ "site": site }),
    };
    if !stop.service.is_zero() {
        value["service"] = stop.service.as_secs_f64().into();
    }
    let load = stop.load.amounts();
    if !load.is_empty() {
        value["load"] = load.into();
    }
    value
}

fn ids(tasks: &[TaskId]) -> Value {
    tasks.iter().map(|task| names::task(*task)).collect()
}

/// Seconds since 1970.
fn seconds(moment: UtcTime) -> f64 {
    moment.as_secs_f64()
}
