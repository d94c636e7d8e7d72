//! The client in `examples/python`, with the package `eclipse-zenoh` from PyPI.
//!
//! With `FLEET_REQUIRE_PYPI=1` it is a failure that the package is missing. `FLEET_PYTHON` names another interpreter than
//! `python3`.

use std::env;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::processes::{Fleet, Process, err, fed, leave_out, out, outside_of_fleets};

/// Exit code of the client, if the package is missing.
const MISSING: i32 = 4;

fn python(fleet: &str, endpoint: &str) -> Command {
    let python = env::var("FLEET_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut command = outside_of_fleets(Command::new(python));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../python/fleet.py");
    command
        .arg(script)
        .args(["--fleet", fleet, "--connect", endpoint]);
    command
}

/// Whether the package is there; says so if it is not.
fn is_there() -> bool {
    let output = python("none", "tcp/127.0.0.1:1").arg("--help").output();
    if output.is_ok_and(|output| output.status.code() != Some(MISSING)) {
        return true;
    }
    let missing = "Python has no package `eclipse-zenoh`: pip install -r examples/python/requirements.txt";
    leave_out("FLEET_REQUIRE_PYPI", missing);
    false
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}{}", out(output), err(output)))
}

#[test]
fn a_program_in_python_submits_and_watches() {
    if !is_there() {
        return;
    }
    let fleet = Fleet::new("python", 2);
    let ask = |arguments: &[&str], input: &str| {
        let mut command = python("python", &fleet.endpoint);
        fed(command.args(["--timeout", "20"]).args(arguments), input)
    };
    let mut watching = python("python", &fleet.endpoint);
    watching.args(["--timeout", "20", "watch"]).stdout(Stdio::piped());
    let mut watching = Process(watching.spawn().unwrap());
    let mut heard = BufReader::new(watching.0.stdout.take().unwrap());
    let mut first = String::new();
    heard.read_line(&mut first).unwrap();
    assert!(
        first.contains("orchestrator-1"),
        "it listens when it has said how the fleet is: {first}"
    );
    let tasks = r#"[{"id": "a", "stops": [{"x": 5, "y": 5}]}, {"id": "b", "stops": [{"x": 1, "y": 5}]}]"#;
    let output = ask(&["submit", "-"], tasks);
    assert_eq!(json(&output)["accepted"].as_array().unwrap().len(), 2);
    assert_eq!(
        ask(&["submit", "-"], tasks).status.code(),
        Some(0),
        "again is harmless"
    );

    // What is another task's id, what is no task and what is no JSON.
    let output = ask(&["submit", "-"], r#"{"id": "a", "stops": [{"x": 6, "y": 5}]}"#);
    assert_eq!(
        (output.status.code(), &json(&output)["refused"][0]["field"]),
        (Some(1), &"id".into())
    );
    let output = ask(&["submit", "-"], r#"{"id": "c", "stops": []}"#);
    assert!(
        output.status.code() == Some(1) && err(&output).contains("stops"),
        "{}",
        err(&output)
    );
    let output = ask(&["submit", "-"], "{\"id\": \"c\",\n");
    assert!(
        output.status.code() == Some(2) && err(&output).contains("line 1: no JSON"),
        "{}",
        err(&output)
    );

    let output = ask(&["watch", "--until-done"], "");
    assert!(output.status.success(), "{}", err(&output));
    let status = json(&ask(&["status"], ""));
    assert_eq!(
        (&status["tasks"]["done"], &status["leads"]),
        (&2.into(), &true.into())
    );
    let listed = json(&ask(&["list"], ""));
    let ids: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|task| task["id"].as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let output = ask(&["cancel", "a", "nobody"], "");
    assert_eq!(json(&output)["done"][0], "a", "{}", out(&output));

    // Who watched all the time ends when it is told to, and has heard of both ends.
    watching.signal("TERM");
    let mut news = String::new();
    heard.read_to_string(&mut news).unwrap();
    for task in ["a", "b"] {
        let ended = |line: &str| line.contains(&format!("\"task\": \"{task}\"")) && line.contains("\"done\"");
        assert!(news.lines().any(ended), "{news}");
    }
}

#[test]
fn a_program_in_python_has_a_certificate() {
    if !is_there() {
        return;
    }
    let fleet = Fleet::secured("python-tls", 1);
    let ask = |holder: &str, arguments: &[&str], input: &str| {
        let mut command = python("python-tls", &fleet.endpoint);
        command.args(["--name", holder, "--certs", &fleet.certs(holder)]);
        fed(command.args(arguments), input)
    };
    let task = r#"{"id": "a", "stops": [{"x": 5, "y": 5}]}"#;
    let output = ask("anna", &["--timeout", "20", "submit", "-"], task);
    assert_eq!(json(&output)["accepted"][0], "a");
    let output = ask("bob", &["--timeout", "20", "status"], "");
    assert_eq!(json(&output)["leads"], true);
    // Who observes does not submit: Zenoh lets nothing of it through.
    let output = ask(
        "bob",
        &["--timeout", "2", "submit", "-"],
        r#"{"id": "b", "stops": [{"x": 5, "y": 5}]}"#,
    );
    assert_eq!(output.status.code(), Some(3), "{}", out(&output));
}
