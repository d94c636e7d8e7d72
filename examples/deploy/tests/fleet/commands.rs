//! What people say to a fleet.

use std::fs;
use std::process::{Output, Stdio};

use crate::processes::{Fleet, err, folder, free_port, out, program, until};

#[test]
fn people_submit_list_watch_explain_and_cancel() {
    let fleet = Fleet::new("commands", 2);
    let file = |name: &str, text: &str| {
        let path = fleet.folder.join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };

    // One bad line and nothing is submitted, unless that is asked for.
    let bad = file("bad.csv", "id,x,y,service\na,5,5,0\nb,five,5,0\nc,1,1,-2\n");
    let output = fleet.ctl(&["submit", &bad]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        err(&output).contains("line 3: x: must be a number, but is 'five'"),
        "{}",
        err(&output)
    );
    assert!(
        err(&output).contains("line 4: service: must be seconds"),
        "{}",
        err(&output)
    );
    assert_eq!(fleet.json(&["list"]), serde_json::json!([]));
    let output = fleet.ctl(&["submit", &bad, "--keep-going"]);
    assert!(
        output.status.success() && out(&output).contains("1 of 1 tasks accepted"),
        "{}",
        out(&output)
    );

    // Again is harmless, and what is different is refused.
    assert!(
        fleet
            .ctl_with(&["submit"], r#"{"id": "a", "stops": [{"x": 5, "y": 5}]}"#)
            .status
            .success()
    );
    let output = fleet.ctl_with(
        &["submit"],
        r#"[{"id": "a", "stops": [{"x": 6, "y": 5}]}, {"id": "d", "stops": [{"x": 1, "y": 1}]}]"#,
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("a: id: ") && err(&output).contains("another task's"),
        "{}",
        err(&output)
    );
    assert!(out(&output).contains("1 of 2 tasks accepted"), "{}", out(&output));

    // Something that cannot begin yet is called off; what is done stays done.
    assert!(
        fleet
            .ctl_with(
                &["submit"],
                r#"{"id": "later", "stops": [{"x": 0, "y": 0}], "release": 4e9}"#
            )
            .status
            .success()
    );
    until("a is done", || (fleet.task("a").0 == "done").then_some(()));
    let answer = fleet.json(&["cancel", "later", "a"]);
    assert_eq!(
        (&answer["cancelled"][0], &answer["done"][0]),
        (&"later".into(), &"a".into()),
        "{answer}"
    );
    let output = fleet.ctl(&["cancel", "nobody"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));

    let output = fleet.ctl(&["explain", "a"]);
    assert!(
        out(&output).contains("a is done, robot robot-") && out(&output).contains("travel "),
        "{}",
        out(&output)
    );
    let output = fleet.ctl(&["explain", "nobody"]);
    assert!(
        output.status.code() == Some(1) && err(&output).contains("id: nobody"),
        "{}",
        err(&output)
    );

    until("d is done", || (fleet.task("d").0 == "done").then_some(()));
    let list = fleet.json(&["list", "--phase", "done"]);
    let ids: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["a", "d"]);
    assert!(out(&fleet.ctl(&["list"])).contains("cancelled"));
    let output = fleet.ctl(&["list", "--phase", "lost"]);
    assert!(
        output.status.code() == Some(1) && err(&output).contains("phases: 'lost'"),
        "{}",
        err(&output)
    );
    let status = out(&fleet.ctl(&["status"]));
    assert!(
        status.contains("2 robots") && status.contains("2 done, ") || status.contains("1 cancelled, 2 done"),
        "{status}"
    );

    // Who watches sees the state, and ends when there is nothing left to do.
    let output = fleet.ctl(&["watch", "--json", "--until-done"]);
    assert!(
        output.status.success() && out(&output).starts_with(r#"{"status":"#),
        "{}",
        err(&output)
    );
}

#[test]
fn who_watches_hears_of_tasks_and_robots() {
    let fleet = Fleet::new("watch", 1);
    let mut command = fleet.command("fleetctl");
    let log = fleet.folder.join("news");
    let watch = command
        .args(["watch", "--json"])
        .stdin(Stdio::null())
        .stdout(fs::File::create(&log).unwrap());
    let watch = crate::processes::Process(watch.spawn().unwrap());
    let news = |what: &str| {
        let text = fs::read_to_string(&log).unwrap();
        text.contains(what).then_some(())
    };
    until("the state is told", || news(r#""what":"status""#));
    until("the robot is told of", || news(r#""what":"state""#));
    assert!(
        fleet
            .ctl_with(&["submit"], r#"{"id": "t", "stops": [{"x": 2, "y": 2}]}"#)
            .status
            .success()
    );
    for what in ["accepted", "awarded", "done"] {
        until(what, || news(&format!(r#""what":"{what}""#)));
    }
    watch.signal("TERM");
    assert_eq!(watch.end().0, Some(0));
}

#[test]
fn robots_leave_service_and_come_back() {
    let fleet = Fleet::new("service", 2);
    let output = fleet.ctl(&["drain", "robot-1", "--wait"]);
    assert!(
        output.status.success() && out(&output).contains("1 robots have nothing left"),
        "{}",
        err(&output)
    );
    let tasks = r#"{"id": "a", "stops": [{"x": 1, "y": 0}]} {"id": "b", "stops": [{"x": 1, "y": 0}]}"#;
    assert!(fleet.ctl_with(&["submit"], tasks).status.success());
    for task in ["a", "b"] {
        until("it is done", || (fleet.task(task).0 == "done").then_some(()));
        assert_eq!(fleet.task(task).1.as_deref(), Some("robot-2"));
    }
    let status = fleet.json(&["status"]);
    assert_eq!(status[0]["robots"][0]["drain"], "reassign", "{status}");
    assert!(fleet.ctl(&["drain", "robot-1", "--undo"]).status.success());
    assert_eq!(
        fleet.json(&["status"])[0]["robots"][0]["drain"],
        serde_json::Value::Null
    );
    assert_eq!(
        fleet.json(&["drain", "--all", "--how", "finish"])["robots"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let output = fleet.ctl(&["drain", "robot-9"]);
    assert!(
        output.status.code() == Some(1) && err(&output).contains("robots: names robot-9"),
        "{}",
        err(&output)
    );
}

#[test]
fn who_asks_nobody_is_told_so() {
    let endpoint = format!("tcp/127.0.0.1:{}", free_port());
    let output = program("fleetctl")
        .args(["status", "--timeout", "0.5", "--connect", &endpoint])
        .output()
        .unwrap();
    let silent = |output: &Output| {
        assert_eq!(output.status.code(), Some(3));
        let text = "no orchestrator answered within 0.5 s: is it running, does --connect name it?";
        assert!(err(output).contains(text), "{}", err(output));
    };
    silent(&output);
    let client = folder("client").join("client.toml");
    fs::write(
        &client,
        format!("link = {{ mode = 'client', connect = [{endpoint:?}] }}"),
    )
    .unwrap();
    let mut command = program("fleetctl");
    command
        .args(["status", "--timeout", "0.5", "--config"])
        .arg(&client);
    silent(&command.output().unwrap());
    let output = program("fleetctl").arg("status").output().unwrap();
    assert!(
        output.status.code() == Some(2) && err(&output).contains("--connect"),
        "{}",
        err(&output)
    );
}

#[test]
fn shells_can_complete() {
    for shell in ["bash", "zsh", "fish"] {
        let output = program("fleetctl").args(["completions", shell]).output().unwrap();
        assert!(
            output.status.success() && out(&output).contains("drain"),
            "{shell}"
        );
    }
}
