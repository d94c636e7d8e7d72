//! Processes that are told to end, and that begin again.

use std::fs;

use crate::processes::{Fleet, until};

#[test]
fn a_robot_that_is_told_to_stop_finishes_what_it_is_at_and_gives_back_the_rest() {
    let mut fleet = Fleet::new("drains", 2);
    assert!(fleet.ctl(&["drain", "robot-2"]).status.success());
    let task = |k: u32| format!(r#"{{"id": "t{k}", "stops": [{{"x": 1, "y": {k}, "service": 1}}]}}"#);
    let tasks: String = (0..4).map(task).collect();
    assert!(fleet.ctl_with(&["submit"], &tasks).status.success());
    let log = fleet.folder.join("robot-1.jsonl");
    let wrote = |what: &str| {
        fs::read_to_string(&log)
            .unwrap_or_default()
            .contains(what)
            .then_some(())
    };
    until("it works", || wrote(r#""what":"begin""#));
    until("it has all", || {
        let list = fleet.json(&["list", "--phase", "held,running"]);
        (list.as_array().unwrap().len() >= 3).then_some(())
    });
    let robot = fleet.robots.remove(0);
    robot.signal("TERM");
    let (code, said) = robot.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("robot-1: drains: gives back ") && said.contains("robot-1: drained and stopped"),
        "{said}"
    );
    assert!(!said.contains("gives back 0"), "{said}");
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        text.contains(r#""what":"end""#) && !text.contains(r#""what":"stop""#),
        "{text}"
    );
    // What it gave back is open at once, and the other one does it.
    assert!(fleet.ctl(&["drain", "robot-2", "--undo"]).status.success());
    for k in 0..4 {
        until("it is done", || {
            (fleet.task(&format!("t{k}")).0 == "done").then_some(())
        });
    }
}

#[test]
fn an_orchestrator_goes_on_where_it_was_killed() {
    let mut fleet = Fleet::new("resumes", 1);
    assert!(
        fleet
            .ctl_with(
                &["submit"],
                r#"{"id": "late", "stops": [{"x": 1, "y": 1}], "release": 4e9}"#
            )
            .status
            .success()
    );
    let killed = fleet.orchestrator.take().unwrap();
    killed.signal("KILL");
    assert_eq!(killed.end().0, None);
    fleet.start_orchestrator();
    let status = fleet.json(&["status"]);
    assert_eq!(status[0]["boot"], 2, "{status}");
    assert_eq!(fleet.json(&["list"])[0]["id"], "late");
    let orchestrator = fleet.orchestrator.take().unwrap();
    orchestrator.signal("TERM");
    let (code, said) = orchestrator.end();
    assert!(
        code == Some(0) && said.contains("orchestrator-1: stopped"),
        "{code:?} {said}"
    );
}
