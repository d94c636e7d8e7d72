use std::fs;
use std::path::Path;

use clap::ValueEnum;
use fleet_examples::run::Strategy;
use serde_json::Value;

use crate::program::{Ended, folder, run};

/// Few robots and values.
const SMALL: [&str; 3] = ["--quick", "--robots", "4,6"];

/// Runs it, and returns what it printed and the JSON that it wrote.
pub(crate) fn compared(folder: &Path, arguments: &[&str]) -> (Ended, Value) {
    let ended = run("compare", folder, &[arguments, &["--json", "all.json"]].concat());
    assert_eq!(ended.code, Some(0), "{arguments:?}: {}", ended.err);
    let json = fs::read(folder.join("all.json")).expect("it was written");
    (ended, serde_json::from_slice(&json).expect("JSON"))
}

/// All rows of all tables.
pub(crate) fn rows(results: &Value) -> impl Iterator<Item = &Value> {
    let tables = results["tables"].as_array().expect("tables");
    tables
        .iter()
        .flat_map(|table| table["rows"].as_array().expect("rows"))
}

#[test]
fn a_quick_run_does_all_tasks_in_every_row() {
    let (ended, results) = compared(&folder("quick"), &["--quick"]);
    let axes: Vec<&str> = results["tables"]
        .as_array()
        .expect("tables")
        .iter()
        .filter_map(|table| table["axis"].as_str())
        .collect();
    assert_eq!(axes, ["loss", "fading", "topology", "robots", "settle"]);
    for row in rows(&results) {
        let (case, mean) = (&row["case"], &row["mean"]);
        assert!(case["loss"].as_f64() <= Some(0.5));
        let tasks = case["robots"].as_f64().map(|robots| 10.0 * robots);
        assert_eq!(mean["done"].as_f64(), tasks, "{case}");
        assert_eq!(
            (&mean["unserved"], &mean["failed"]),
            (&0.0.into(), &0.0.into()),
            "{case}"
        );
        for ratio in ["metres_to_lossless", "metres_to_plan", "flowtime_to_lossless"] {
            assert!(
                mean[ratio].as_f64() > Some(0.3),
                "{ratio} of {case}: {}",
                mean[ratio]
            );
        }
        assert!(
            mean["awarded_95"].as_f64() <= mean["awarded_all"].as_f64(),
            "{case}"
        );
        assert!(mean["messages"].as_f64() <= mean["copies"].as_f64(), "{case}");
    }
    for text in [
        "Share of messages lost: 20 robots",
        "Wait before a claim",
        "95 % awarded s",
        "Plans of one who knows all",
    ] {
        assert!(ended.out.contains(text), "no {text:?} in\n{}", ended.out);
    }
    assert!(!ended.out.contains(['\u{1b}', '\r']), "{}", ended.out);
    assert!(ended.err.ends_with("threads\n"), "{}", ended.err);
}

#[test]
fn every_strategy_is_in_every_table() {
    let (_, results) = compared(
        &folder("strategies"),
        &[&SMALL[..], &["--axes", "loss,robots"]].concat(),
    );
    for table in results["tables"].as_array().expect("tables") {
        for strategy in Strategy::value_variants() {
            let name = strategy.to_string();
            let all = table["rows"].as_array().expect("rows").iter();
            let own = all.filter(|row| row["case"]["strategy"] == name.as_str()).count();
            assert_eq!(own, 2, "{name} in {}", table["axis"]);
        }
    }
}

/// Without what is another number each time.
fn without_times(mut results: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("times");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut results);
    results
}

#[test]
fn the_same_seeds_give_the_same_numbers_on_any_number_of_threads() {
    let folder = folder("same");
    let numbers = |more: &[&str]| without_times(compared(&folder, &[&SMALL[..], more].concat()).1);
    let first = numbers(&["--seeds", "2", "--threads", "1"]);
    assert_eq!(first, numbers(&["--seeds", "2", "--threads", "3"]));
    let other = numbers(&["--seeds", "2", "--from", "2"]);
    assert_ne!(first["tables"], other["tables"]);
}

#[test]
fn the_lossless_coordinator_is_what_others_are_compared_with() {
    let arguments = ["--quick", "--robots", "5", "--losses", "0,0.4", "--axes", "loss"];
    let (_, results) = compared(&folder("lossless"), &arguments);
    let of = |strategy: &str, loss: f64| {
        let is_it = |row: &&Value| row["case"]["strategy"] == strategy && row["case"]["loss"] == loss;
        rows(&results).find(is_it).expect("the row")["mean"].clone()
    };
    let (base, lossy) = (of("centralized", 0.0), of("centralized", 0.4));
    for (ratio, number) in [
        ("metres_to_lossless", "metres"),
        ("flowtime_to_lossless", "flowtime"),
    ] {
        assert_eq!(base[ratio], 1.0);
        let expected = lossy[number]
            .as_f64()
            .zip(base[number].as_f64())
            .map(|(own, other)| own / other);
        assert_eq!(lossy[ratio].as_f64(), expected);
    }
    let plan = results["plans"][0]["metres"]
        .as_f64()
        .zip(base["metres"].as_f64());
    assert_eq!(
        base["metres_to_plan"].as_f64(),
        plan.map(|(plan, own)| own / plan)
    );
    assert!(plan.is_some_and(|(plan, own)| plan <= own), "{plan:?}");
}

#[test]
fn what_is_left_undone_is_counted_and_not_compared() {
    let arguments = [
        "--quick",
        "--robots",
        "5",
        "--losses",
        "0",
        "--axes",
        "loss",
        "--duration",
        "20",
    ];
    let (ended, results) = compared(&folder("undone"), &arguments);
    for row in rows(&results) {
        let (done, unserved) = (row["mean"]["done"].as_f64(), row["mean"]["unserved"].as_f64());
        assert!(unserved > Some(0.0), "{row}");
        assert_eq!(
            done.zip(unserved).map(|(done, unserved)| done + unserved),
            Some(50.0)
        );
        assert!(row["mean"]["metres_to_plan"].is_null(), "{row}");
    }
    assert!(ended.out.contains(" - "), "{}", ended.out);
}

#[test]
fn the_base_case_is_what_the_lists_allow() {
    let arguments = [
        "--quick",
        "--robots",
        "3",
        "--losses",
        "0.2",
        "--topologies",
        "ring",
        "--settle",
        "0.1,0.2",
    ];
    let (_, results) = compared(&folder("base"), &arguments);
    let tables = results["tables"].as_array().expect("tables");
    // With one loss and no other fading there is nothing to vary but the wait.
    let axes: Vec<&Value> = tables.iter().map(|table| &table["axis"]).collect();
    assert_eq!(axes, ["fading", "settle"]);
    for row in rows(&results) {
        let case = &row["case"];
        assert_eq!((&case["loss"], &case["topology"]), (&0.2.into(), &"ring".into()));
        assert_eq!(case["robots"], 3);
    }
}

#[test]
fn witnesses_may_be_nodes_of_their_own() {
    let arguments = [
        "--quick",
        "--robots",
        "2",
        "--losses",
        "0",
        "--axes",
        "loss",
        "--witnesses",
        "5",
        "--among-robots",
        "false",
    ];
    let (_, results) = compared(&folder("apart"), &arguments);
    assert_eq!(results["settings"]["among_robots"], false);
    for row in rows(&results) {
        assert_eq!(row["mean"]["done"], 20.0, "{row}");
    }
}
