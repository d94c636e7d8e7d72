//! What people see.

use comfy_table::{Table, TableStyle};
use serde_json::Value;

use super::Failure;
use crate::answers;
use crate::out::outln;

/// JSON, or what `table` prints.
pub(super) fn answer(value: &Value, json: bool, table: impl FnOnce(&Value)) {
    match json {
        true => outln!("{value}"),
        false => table(value),
    }
}

/// A value as people write it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => format!("{:.2}", number.as_f64().unwrap_or_default()),
        other => other.to_string(),
    }
}

pub(super) fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new())
        .set_header(head.iter().map(|head| head.to_uppercase()));
    for row in rows {
        table.add_row(row);
    }
    outln!("{}", table.trim_fmt());
}

pub(super) fn tasks(tasks: &[Value], json: bool) -> Result<(), Failure> {
    if json {
        outln!("{}", Value::from(tasks.to_vec()));
        return Ok(());
    }
    let row = |task: &Value| {
        let stops = answers::items(&task["stops"]).map(|stop| match stop.get("site") {
            Some(site) => format!("#{site}"),
            None => format!("({}, {})", stop["x"], stop["y"]),
        });
        vec![
            plain(&task["id"]),
            plain(&task["phase"]),
            plain(&task["robot"]),
            plain(&task["priority"]),
            stops.collect::<Vec<_>>().join(" "),
            task["reason"].as_str().unwrap_or_default().to_owned(),
        ]
    };
    table(
        &["task", "phase", "robot", "priority", "stops", "reason"],
        tasks.iter().map(row),
    );
    Ok(())
}

pub(super) fn status(statuses: &[Value], json: bool) -> Result<(), Failure> {
    if json {
        outln!("{}", Value::from(statuses.to_vec()));
        return Ok(());
    }
    let Some(best) = answers::best(statuses) else {
        return Ok(());
    };
    let alive = answers::alive(best);
    let size = best["size"]
        .as_u64()
        .map_or_else(String::new, |size| format!(" of {size}"));
    outln!(
        "fleet {}: {alive}{size} robots, strategy {}",
        plain(&best["fleet"]),
        plain(&best["strategy"])
    );
    let counts = best["tasks"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, count)| **count != 0);
    let counts: Vec<String> = counts.map(|(phase, count)| format!("{count} {phase}")).collect();
    outln!(
        "tasks: {}\n",
        if counts.is_empty() {
            "none".into()
        } else {
            counts.join(", ")
        }
    );
    let row = |answer: &Value| {
        let leads = if answers::leads(answer) { "leads" } else { "" };
        vec![
            plain(&answer["orchestrator"]),
            leads.to_owned(),
            plain(&answer["boot"]),
        ]
    };
    table(&["orchestrator", "", "life"], statuses.iter().map(row));
    outln!();
    let row = |robot: &Value| {
        let there = if robot["alive"] == true {
            plain(&robot["activity"])
        } else {
            "gone".into()
        };
        let columns = ["x", "y", "battery", "tasks", "drain"].map(|field| plain(&robot[field]));
        [
            vec![plain(&robot["robot"]), there],
            columns.to_vec(),
            vec![link(&robot["link"])],
        ]
        .concat()
    };
    let robots = answers::items(&best["robots"]);
    table(
        &["robot", "does", "x", "y", "battery", "tasks", "drain", "link"],
        robots.map(row),
    );
    Ok(())
}

/// Seconds without an answer that are worth a word: probes go once a second.
const SILENCE: f64 = 3.0;

/// Round trip and loss of a link, or how long it has been silent.
fn link(link: &Value) -> String {
    let silence = link["silence"].as_f64().filter(|silence| *silence >= SILENCE);
    match (silence, link["round_trip"].as_f64()) {
        (Some(silence), _) => format!("silent for {silence:.0} s"),
        (None, None) => "-".to_owned(),
        (None, Some(round_trip)) => {
            let loss = link["loss"].as_f64().filter(|loss| *loss > 0.0);
            let loss = loss.map_or_else(String::new, |loss| format!(", {:.0} % lost", loss * 100.0));
            format!("{:.1} ms{loss}", round_trip * 1e3)
        }
    }
}

/// Why a robot has a task, or nobody.
pub(super) fn explain(answer: &Value) {
    outln!(
        "{} is {}, robot {}",
        plain(&answer["id"]),
        plain(&answer["phase"]),
        plain(&answer["robot"])
    );
    if let Some(reason) = answer["reason"].as_str() {
        outln!("because {reason}");
    }
    let award = &answer["award"];
    if award.is_null() {
        outln!(
            "no auction of it is known: it was not awarded yet, its robot chose it, or the orchestrator that led has restarted"
        );
    } else {
        outln!(
            "{} got it for {}; the next best price was {}\n",
            plain(&award["robot"]),
            plain(&award["cost"]),
            plain(&award["second"])
        );
        let row = |bid: &Value| {
            let terms = bid["terms"].as_object().into_iter().flatten();
            let terms: Vec<String> = terms
                .map(|(name, value)| format!("{name} {}", plain(value)))
                .collect();
            vec![plain(&bid["robot"]), plain(&bid["cost"]), terms.join(", ")]
        };
        let mut bids: Vec<&Value> = answers::items(&award["bids"]).collect();
        bids.sort_by(|a, b| {
            a["cost"]
                .as_f64()
                .unwrap_or(f64::MAX)
                .total_cmp(&b["cost"].as_f64().unwrap_or(f64::MAX))
        });
        table(&["robot", "price", "made of"], bids.into_iter().map(row));
        declined(&award["declined"]);
        for robot in answers::texts(&award["silent"]) {
            outln!("{robot} did not answer");
        }
    }
    declined(&answer["unsold"]);
}

fn declined(list: &Value) {
    for decline in answers::items(list) {
        outln!("{} {}", plain(&decline["robot"]), plain(&decline["reason"]));
    }
}
