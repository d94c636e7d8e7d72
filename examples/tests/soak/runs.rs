use std::path::Path;

use fleet_core::sim::trial::COVERED;
use serde_json::Value;

use crate::program::{Ended, folder, run};

fn summary(folder: &Path, options: &str) -> Value {
    let arguments: Vec<&str> = options.split(' ').chain(["--json"]).collect();
    let ended = run("soak", folder, &arguments);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{options}");
    serde_json::from_str(&ended.out).expect("JSON and nothing else")
}

#[test]
fn a_short_run_prints_a_table() {
    let ended = run("soak", &folder("table"), &["--seeds", "6", "--threads", "2"]);
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (
            Some(0),
            "8 robots, 3 witnesses, 30 tasks; seeds 0 to 5 on 2 threads\n"
        )
    );
    for text in [
        "what happened",
        "in seeds",
        "6 from 0",
        "seeds a second",
        "broken promises none",
    ] {
        assert!(ended.out.contains(text), "no {text:?} in\n{}", ended.out);
    }
    for name in COVERED {
        assert!(ended.out.contains(name), "no {name:?} in\n{}", ended.out);
    }
    assert!(!ended.out.contains(['\u{1b}', '\r']), "{}", ended.out);
}

#[test]
fn what_never_happened_is_marked() {
    let ended = run("soak", &folder("never"), &["--seed", "1", "--witnesses", "1"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let line = |name: &str| ended.out.lines().find(|line| line.trim_start().starts_with(name));
    // A single witness always comes back, and with its memory.
    for name in ["witness: crash, for good", "witness: crash, without memory"] {
        assert!(line(name).is_some_and(|line| line.trim_end().ends_with("NEVER")));
        let told = line("never happened:");
        assert!(told.is_some_and(|line| line.contains(name)), "{}", ended.out);
    }
    assert!(line("task: done").is_some_and(|line| !line.contains("NEVER")));
}

#[test]
fn the_summary_has_every_counter() {
    let summary = summary(&folder("json"), "--seeds 4");
    let coverage = summary["coverage"].as_object().expect("counters");
    for name in COVERED {
        let count = |what: &str| coverage[name][what].as_u64().expect("a number");
        assert!(count("seeds") <= 4 && count("seeds") <= count("times"), "{name}");
        let never = summary["never"].as_array().expect("a list");
        assert_eq!(never.contains(&name.into()), count("seeds") == 0, "{name}");
    }
    assert_eq!(coverage["frame: sent"]["seeds"], 4);
    assert_eq!((&summary["seeds"], &summary["failed"]), (&4.into(), &0.into()));
    assert_eq!(summary["scale"]["robots"], 8);
    assert_eq!(summary["interrupted"], false);
    assert!(
        summary["seeds_per_second"]
            .as_f64()
            .is_some_and(|pace| pace > 0.0)
    );
    assert_eq!(summary["violations"], serde_json::json!({}));
}

#[test]
fn the_same_seeds_give_the_same_counts_on_any_number_of_threads() {
    let folder = folder("threads");
    let counts = |options: &str| summary(&folder, options)["coverage"].take();
    let one = counts("--from 3 --seeds 4 --threads 1");
    assert_eq!(one, counts("--from 3 --seeds 4 --threads 3"));
    assert_ne!(one, counts("--from 4 --seeds 4"));
}

#[test]
fn a_storm_has_the_size_that_it_was_given() {
    let folder = folder("size");
    let options = "--seed 2 --robots 3 --witnesses 2 --tasks 4 --among-robots";
    let small = summary(&folder, options);
    let scale = serde_json::json!({"robots": 3, "witnesses": 2, "tasks": 4, "among_robots": true});
    assert_eq!(small["scale"], scale);
    let large = summary(&folder, "--seed 2 --scale large --tasks 4");
    assert_eq!(
        (&large["scale"]["robots"], &large["scale"]["tasks"]),
        (&50.into(), &4.into())
    );
}

fn traced(folder: &Path, arguments: &[&str]) -> Ended {
    let ended = run("soak", folder, &[arguments, &["--trace"]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended
}

#[test]
fn one_seed_is_traced_and_replayed() {
    let folder = folder("trace");
    let first = traced(&folder, &["--seed", "5", "--tasks", "3"]);
    for text in [
        "N1001 -> ",
        " tells: Accepted(T1)",
        "Heartbeat(",
        " is Travelling(T",
    ] {
        assert!(first.err.contains(text), "no {text:?} in the trace");
    }
    assert!(first.out.contains("1, number 5"), "{}", first.out);
    assert!(first.err == traced(&folder, &["--seed", "5", "--tasks", "3"]).err);
    assert!(first.err != traced(&folder, &["--seed", "6", "--tasks", "3"]).err);
}

#[test]
fn parts_are_left_out() {
    let folder = folder("parts");
    let whole = summary(&folder, "--seed 5");
    assert!(whole["coverage"]["task: done"]["times"].as_u64() > Some(0));
    // Beyond the last part there is nothing to leave out.
    let none = summary(&folder, "--seed 5 --leave-out 0-99,100,101-5000");
    for name in ["task: accepted", "link: partition", "robot: crash"] {
        assert_eq!(none["coverage"][name]["times"], 0, "{name}");
    }
}
