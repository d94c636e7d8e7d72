//! Reports of what robots did, and of what people ordered.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

use crate::processes::{Fleet, Process, err, folder, until};

/// Items in a folder, from the first to the last.
fn items(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut items: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    items.retain(|path| path.extension().is_some_and(|end| end == "gz"));
    items.sort();
    items
}

/// What is in all of them, one after the other.
fn unpacked(folder: &Path) -> String {
    let mut text = String::new();
    for item in items(folder) {
        let file = File::open(item).unwrap();
        GzDecoder::new(file).read_to_string(&mut text).unwrap();
    }
    text
}

fn task(fleet: &Fleet, id: &str) {
    let task = format!(r#"{{"id": "{id}", "stops": [{{"x": 2, "y": 2}}]}}"#);
    assert!(fleet.ctl_with(&["submit"], &task).status.success());
    until("it is done", || (fleet.task(id).0 == "done").then_some(()));
}

fn stopped(process: Process) {
    process.signal("TERM");
    let (code, said) = process.end();
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_a_robot_did_and_people_ordered_arrives_once_the_uplink_is_there() {
    let mount = folder("uplink").join("mount");
    fs::write(&mount, "there is no such disk").unwrap();
    let settings = format!("[reports]\nto = {:?}\nevery = 0.1\n", mount.join("site"));
    let mut fleet = Fleet::with("reports", 1, &settings);
    let spool = fleet.folder.join("data/robot-1.reports");
    task(&fleet, "a");
    until("something waits", || (!items(&spool).is_empty()).then_some(()));

    // A robot that is killed goes on where its reports ended.
    let killed = fleet.robots.remove(0);
    killed.signal("KILL");
    assert_eq!(killed.end().0, None);
    fleet.robots.push(fleet.start_robot(1));
    task(&fleet, "b");
    fs::remove_file(&mount).unwrap();
    stopped(fleet.robots.remove(0));
    let log = fs::read_to_string(fleet.folder.join("robot-1.jsonl")).unwrap();
    assert_eq!(log.matches(r#""what":"end""#).count(), 2, "{log}");
    assert!(log.contains(r#""what":"down""#), "{log}");
    let arrived = mount.join("site/reports");
    assert_eq!(unpacked(&arrived.join("robot-1")), log);
    assert_eq!(items(&spool), [""; 0].map(PathBuf::from));

    stopped(fleet.orchestrator.take().unwrap());
    let audit = fs::read_to_string(fleet.folder.join("data/orchestrator-1.audit.jsonl")).unwrap();
    assert_eq!(audit.matches(r#""what":"submit""#).count(), 2, "{audit}");
    assert_eq!(unpacked(&arrived.join("orchestrator-1")), audit);
}

#[test]
fn a_robot_without_a_log_has_nothing_to_report() {
    let settings = format!("[reports]\nto = {:?}\n", folder("nowhere"));
    let mut fleet = Fleet::with("no-log", 0, &settings);
    let mut robot = fleet.command("robot");
    let output = robot.env("ROBOT_ID", "robot-1").output().unwrap();
    let said = err(&output);
    assert!(
        output.status.code() == Some(1) && said.contains("robot.log: "),
        "{said}"
    );
    stopped(fleet.orchestrator.take().unwrap());
}
