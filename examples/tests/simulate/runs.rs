use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{folder, run};

#[test]
fn the_bundled_run_does_all_tasks() {
    let folder = folder("bundled");
    let ended = run("simulate", &folder, &["--json"]);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (Some(0), "report: fleet-report.html\n")
    );
    let summary: Value = serde_json::from_str(&ended.out).expect("JSON");
    let tasks = &summary["tasks"];
    assert_eq!(tasks["done"], 500, "{tasks}");
    for none in ["failed", "cancelled", "unserved"] {
        assert_eq!(tasks[none], 0, "{tasks}");
    }
    assert_eq!(summary["complete"], true);
    assert_eq!(summary["robots"], 50);
    let report = fs::read_to_string(folder.join("fleet-report.html")).expect("a report");
    assert!(report.contains("Fleet run: warehouse"));
    assert!(report.trim_end().ends_with("</html>"));
}

#[test]
fn tables_are_plain_text_in_a_pipe() {
    let folder = folder("tables");
    let ended = run("simulate", &folder, &["--no-report"]);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    for text in [
        "warehouse, seed 1: 50 robots",
        "500 of 500",
        "makespan",
        "centralized strategy",
    ] {
        assert!(ended.out.contains(text), "no {text:?} in\n{}", ended.out);
    }
    assert!(!ended.out.contains(['\u{1b}', '\r']), "{}", ended.out);
    let wide = ended.out.lines().filter(|line| line.chars().count() > 80);
    assert_eq!(wide.collect::<Vec<_>>(), [""; 0], "wider than a terminal");
    assert_eq!(
        fs::read_dir(folder).unwrap().count(),
        0,
        "--no-report writes nothing"
    );
}

#[test]
fn quiet_is_quiet() {
    let folder = folder("quiet");
    let ended = run("simulate", &folder, &["--quiet", "--report", "here.html"]);
    assert_eq!(
        (ended.code, ended.out.as_str(), ended.err.as_str()),
        (Some(0), "", "")
    );
    assert!(folder.join("here.html").is_file());
}

#[test]
fn help_and_version() {
    let folder = folder("help");
    let help = run("simulate", &folder, &["--help"]);
    assert_eq!(help.code, Some(0));
    for text in ["Exit codes:", "130", "Examples:", "--map-cache", "auction-regret"] {
        assert!(help.out.contains(text), "no {text:?} in\n{}", help.out);
    }
    let version = run("simulate", &folder, &["--version"]);
    assert_eq!(version.out, format!("simulate {}\n", env!("CARGO_PKG_VERSION")));
}

fn trace(folder: &Path, name: &str, arguments: &[&str]) -> Vec<u8> {
    let fixed = ["--duration", "240", "--no-report", "--quiet", "--trace", name];
    let ended = run("simulate", folder, &[&fixed, arguments].concat());
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let trace = fs::read(folder.join(name)).expect("a trace");
    assert!(trace.len() > 100_000, "{} bytes", trace.len());
    fs::remove_file(folder.join(name)).expect("it was there");
    trace
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let folder = folder("traces");
    let first = trace(&folder, "first", &["--seed", "5"]);
    assert!(first == trace(&folder, "again", &["--seed", "5"]), "another run");
    for size in ["0", "1", "64"] {
        let other = trace(&folder, "cache", &["--seed", "5", "--map-cache", size]);
        assert!(first == other, "another run with {size} MiB");
    }
    assert!(first != trace(&folder, "other", &["--seed", "6"]));
}

/// `tasks.done`, `classes[].late`: every path of the summary that has a value.
fn paths(value: &Value, at: &str, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let dot = if at.is_empty() { "" } else { "." };
            for (key, value) in members {
                paths(value, &format!("{at}{dot}{key}"), into);
            }
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| paths(item, &format!("{at}[]"), into)),
        _ => drop(into.insert(at.to_owned())),
    }
}

/// A spread is documented once, with a star for its members.
fn short(path: String) -> String {
    let spread = ["mean", "p50", "p95", "p99", "min", "max"]
        .iter()
        .find_map(|end| path.strip_suffix(&format!(".{end}")));
    spread.map_or(path.clone(), |start| format!("{start}.*"))
}

#[test]
fn the_manual_has_every_key_of_the_summary() {
    let ended = run(
        "simulate",
        &folder("keys"),
        &["--json", "--quiet", "--no-report", "--duration", "60"],
    );
    let summary: Value = serde_json::from_str(&ended.out).expect("JSON");
    let mut found = BTreeSet::new();
    paths(&summary, "", &mut found);
    let found: BTreeSet<String> = found.into_iter().map(short).collect();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/src/simulator.md");
    let page = fs::read_to_string(page).expect("the manual");
    let (_, section) = page.split_once("## The summary as JSON").expect("its section");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeSet<String> = rows
        .filter_map(|row| Some(row.split_once('`')?.0.to_owned()))
        .collect();
    assert_eq!(found, documented);
}
