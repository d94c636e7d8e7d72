use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{folder, run};

fn data(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    path.to_str().expect("a path of text").to_owned()
}

fn summary(test: &str, arguments: &[&str]) -> Value {
    let ended = run(
        "simulate",
        &folder(test),
        &[arguments, &["--json", "--quiet"]].concat(),
    );
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    serde_json::from_str(&ended.out).expect("JSON")
}

#[test]
fn a_small_problem_of_the_league_runs_to_its_end() {
    let all = summary("lorr", &[&data("lorr/yard_3.json")]);
    assert_eq!((&all["tasks"]["done"], &all["robots"]), (&5.into(), &3.into()));
    assert_eq!(all["complete"], true);
    let some = summary(
        "lorr-some",
        &[&data("lorr/yard_3.json"), "--tasks", "3", "--robots", "2"],
    );
    assert_eq!((&some["tasks"]["done"], &some["robots"]), (&3.into(), &2.into()));
}

#[test]
fn what_a_problem_says_and_we_ignore_is_noted() {
    let ended = run("simulate", &folder("note"), &[&data("lorr/yard_3.json")]);
    let note = ended.err.lines().next().expect("a line");
    assert!(note.starts_with("note: "), "{note}");
    assert!(
        note.contains("yard_3.json") && note.contains("delayConfig"),
        "{note}"
    );
}

#[test]
fn a_map_runs_to_its_end() {
    for kind in ["visit", "delivery", "errands"] {
        let arguments = [
            &data("island.map"),
            "--robots",
            "3",
            "--tasks",
            "30",
            "--kind",
            kind,
        ];
        let all = summary(&format!("map-{kind}"), &arguments);
        assert_eq!(all["tasks"]["done"], 30, "{kind}");
    }
}

/// A published problem, where a machine has them: `FLEET_DATA` names the folder.
#[test]
fn a_problem_for_400_robots() {
    let Some(folder) = std::env::var_os("FLEET_DATA") else {
        return;
    };
    let problem = Path::new(&folder).join("lorr/example_problems/random.domain/random-example_400.json");
    let problem = problem.to_str().expect("a path of text");
    let all = summary("random", &[problem, "--duration", "200"]);
    assert_eq!(all["robots"], 400);
    assert!(all["tasks"]["done"].as_u64() > Some(400), "{}", all["tasks"]);
    assert_eq!(all["tasks"]["failed"], 0);
}
