//! A fleet with certificates: who may order, and what is written down of it.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::processes::{Fleet, err, folder, out, program, until};

const TASK: &str = r#"{"id": "t", "stops": [{"x": 2, "y": 2}]}"#;

/// Lines of an audit.
fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn an_operator_orders_and_an_observer_only_looks_and_the_audit_has_both() {
    let fleet = Fleet::secured("secured", 1);
    assert!(fleet.ctl_with(&["submit"], TASK).status.success());
    until("it is done", || (fleet.task("t").0 == "done").then_some(()));
    let output = fleet.ctl(&["cancel", "nobody"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));

    let bob = fleet.certs("bob");
    let output = fleet.ctl(&["status", "--certs", &bob]);
    assert!(output.status.success(), "{}", err(&output));
    let file = fleet.folder.join("other.json");
    fs::write(&file, TASK.replace("\"t\"", "\"other\"")).unwrap();
    let mut command = fleet.command("fleetctl");
    let output = command
        .args(["--timeout", "1", "--certs", &bob, "submit"])
        .arg(&file);
    assert_eq!(output.output().unwrap().status.code(), Some(3));
    assert_eq!(fleet.json(&["list"]).as_array().unwrap().len(), 1);
    let output = fleet.ctl(&["status", "--certs", &bob, "--as", "anna"]);
    assert!(
        err(&output).contains("the certificate is of 'bob'"),
        "{}",
        err(&output)
    );

    let audit = fleet.folder.join("data/orchestrator-1.audit.jsonl");
    let find = |what: &str, is_it: &dyn Fn(&Value) -> bool| {
        until(what, || lines(&audit).into_iter().find(|line| is_it(line)))
    };
    let line = find("the order is written down", &|line| line["what"] == "submit");
    assert_eq!(
        (&line["who"], &line["allowed"]),
        (&"operator.anna".into(), &true.into())
    );
    assert_eq!(
        (&line["task"], &line["why"]),
        (&"74000000-0000-0000-0000-000000000000".into(), &"t".into())
    );
    let line = find("what was refused is", &|line| line["what"] == "cancel");
    assert_eq!(
        (&line["who"], &line["allowed"]),
        (&"operator.anna".into(), &false.into())
    );
    let line = find("what the network refused is", &|line| line["what"] == "query");
    let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
    assert!(text("who").starts_with("observer.bob."), "{line}");
    assert!(
        text("why").contains("ask/submit/bob") && line["allowed"] == false,
        "{line}"
    );
}

fn certs(authority: &Path, arguments: &[&str]) -> Output {
    let mut command = program("fleetctl");
    command.args(["certs", "--json", "--authority"]).arg(authority);
    command.args(arguments).output().unwrap()
}

#[test]
fn certificates_are_issued_rotated_revoked_and_listed() {
    let folder = folder("authority");
    let (authority, into) = (folder.join("authority"), |name: &str| {
        folder.join(name).display().to_string()
    });
    let output = certs(&authority, &["list"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("fleetctl certs init"), "{}", err(&output));
    assert!(certs(&authority, &["init", "--fleet", "blue"]).status.success());
    assert!(err(&certs(&authority, &["init"])).contains("exists already"));
    assert!(
        certs(
            &authority,
            &["issue", "robot", "robot-17", "--into", &into("one")]
        )
        .status
        .success()
    );
    let output = certs(
        &authority,
        &["issue", "robot", "robot-17", "--into", &into("two")],
    );
    assert!(
        output.status.code() == Some(1) && err(&output).contains("rotate"),
        "{}",
        err(&output)
    );
    assert!(
        certs(
            &authority,
            &["rotate", "robot", "robot-17", "--into", &into("two")]
        )
        .status
        .success()
    );
    assert!(
        certs(&authority, &["revoke", "robot", "robot-17", "--serial", "1"])
            .status
            .success()
    );
    let list: Value = serde_json::from_slice(&certs(&authority, &["list"]).stdout).unwrap();
    let states: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["name"], &one["state"]))
        .collect();
    let name = &"robot-17".into();
    assert_eq!(
        states,
        [(name, &"revoked".into()), (name, &"live".into())],
        "{list}"
    );
    let output = certs(&authority, &["issue", "king", "a"]);
    assert!(
        output.status.code() == Some(2) && err(&output).contains("`role` is robot"),
        "{}",
        err(&output)
    );
    let mut table = program("fleetctl");
    let table = table
        .args(["certs", "list", "--authority"])
        .arg(&authority)
        .output()
        .unwrap();
    assert!(
        out(&table).contains("HOLDS FOR") && out(&table).contains("365 days"),
        "{}",
        out(&table)
    );

    // A robot does not start with what was revoked, nor with another's.
    let mut robot = program("robot");
    robot
        .args(["--fleet", "blue", "--id", "robot-17", "--data"])
        .arg(&folder)
        .arg("--certs");
    fs::copy(authority.join("access.json"), folder.join("one/access.json")).unwrap();
    let output = robot.arg(folder.join("one")).output().unwrap();
    assert!(
        err(&output).contains("tls.folder: ") && err(&output).contains("revoked"),
        "{}",
        err(&output)
    );
    let mut other = program("robot");
    other
        .args(["--fleet", "blue", "--id", "robot-18", "--data"])
        .arg(&folder)
        .arg("--certs");
    let output = other.arg(folder.join("two")).output().unwrap();
    assert!(
        err(&output).contains("fleetctl certs issue robot robot-18"),
        "{}",
        err(&output)
    );
}
