//! The demo: three orchestrators and robots, at work.

use std::fs;
use std::net::TcpStream;
use std::process::Stdio;

use serde_json::Value;

use crate::processes::{Process, err, folder, program, until};

fn demo(arguments: &[&str]) -> Value {
    let output = program("demo")
        .args(["--json", "--limit", "120"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", err(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn nothing_is_lost_or_done_by_two_when_the_leader_is_killed() {
    let result = demo(&[
        "--size",
        "4",
        "--tasks",
        "20",
        "--service",
        "0.05",
        "--kill-leader",
        "2",
    ]);
    assert_eq!(result["phases"]["done"], 70, "{result}");
    assert_eq!(
        (result["overlaps"].to_string(), result["lost"].to_string()),
        ("[]".into(), "[]".into())
    );
    assert_eq!(
        (&result["ended"]["well"], &result["submitted_to_running"]["count"]),
        (&7.into(), &70.into())
    );
    assert_eq!(result["next_award"].as_array().unwrap().len(), 2);
}

/// Three robots that choose for themselves do six tasks, and so many processes end well.
fn choose(more: &[&str], processes: usize) {
    let few = ["--size", "3", "--tasks", "6", "--service", "0.05", "--strategy"];
    let result = demo(&[&few, more].concat());
    assert_eq!(
        (&result["phases"]["done"], &result["ended"]["well"]),
        (&6.into(), &processes.into()),
        "{result}"
    );
}

#[test]
fn robots_that_choose_for_themselves_do_all_too() {
    for strategy in ["distributed", "hybrid"] {
        choose(&[strategy], 6);
    }
}

#[test]
fn with_certificates_they_go_by_a_router() {
    choose(&["hybrid", "--tls"], 7);
}

#[test]
fn no_process_is_left_when_the_demo_is_killed() {
    let folder = folder("parent");
    let mut command = program("demo");
    command
        .args(["--size", "2", "--tasks", "1", "--stay", "--keep"])
        .arg(&folder)
        .stderr(Stdio::null())
        .stdout(Stdio::null());
    let demo = Process(command.spawn().unwrap());
    let text = until("the settings are there", || {
        fs::read_to_string(folder.join("fleet.toml")).ok()
    });
    let endpoint = text
        .split("tcp/")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap();
    let connect = || TcpStream::connect(endpoint).ok();
    until("it listens", connect);
    demo.signal("KILL");
    until("it listens no more", || connect().is_none().then_some(()));
}
