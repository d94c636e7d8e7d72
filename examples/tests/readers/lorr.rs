use std::path::PathBuf;
use std::time::Instant;

use fleet_core::Place;
use fleet_examples::readers::{self, Options, ReadError};
use fleet_examples::scenario::Reveal;

use crate::common::{assert_error, change, data, folder, open, write};

const JSON: &str = include_str!("../data/lorr/yard_3.json");
const AGENTS: &str = include_str!("../data/lorr/agents/yard.agents");
const TASKS: &str = include_str!("../data/lorr/tasks/yard.tasks");
const MAP: &str = include_str!("../data/lorr/maps/yard.map");

/// The yard with one file changed.
fn yard(test: &str, file: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = folder(test);
    write(&folder, "maps/yard.map", MAP);
    write(&folder, "agents/yard.agents", AGENTS);
    write(&folder, "tasks/yard.tasks", TASKS);
    write(&folder, "yard_3.json", JSON);
    write(&folder, file, bytes);
    folder.join("yard_3.json")
}

fn refused(test: &str, file: &str, bytes: impl AsRef<[u8]>) -> ReadError {
    open(yard(test, file, bytes)).unwrap_err()
}

#[test]
fn a_problem_is_read_as_it_is() {
    let scenario = open(data("lorr/yard_3.json")).unwrap();
    assert_eq!(scenario.name, "yard_3");
    assert_eq!(scenario.robots.len(), 3, "the first of the four in the file");
    assert_eq!(scenario.robots[0].robot.pose().place, Place::at(0.5, 4.5));
    assert_eq!(scenario.robots[2].robot.pose().place, Place::at(0.5, 0.5));
    assert_eq!(scenario.robots[2].robot.speed(), 1.0);
    assert_eq!(scenario.tasks.len(), 5);
    assert_eq!(scenario.tasks[2].task.stops().len(), 3);
    assert_eq!(scenario.tasks[2].task.stops()[0].place, Place::at(0.5, 1.5));
    assert_eq!(scenario.reveal, Reveal::Pool { size: 5 }, "1.5 times 3, rounded");
    assert!(
        scenario.notes[0].ends_with("yard_3.json: ignores delayConfig, version"),
        "{:?}",
        scenario.notes
    );
}

#[test]
fn fewer_can_be_asked_for() {
    let options = Options {
        robots: Some(1),
        tasks: Some(2),
        ..Options::default()
    };
    let scenario = readers::open(data("lorr/yard_3.json"), &options).unwrap();
    assert_eq!((scenario.robots.len(), scenario.tasks.len()), (1, 2));
    assert_eq!(scenario.reveal, Reveal::Pool { size: 2 });
    let none = Options {
        robots: Some(0),
        ..Options::default()
    };
    let error = readers::open(data("lorr/yard_3.json"), &none).unwrap_err();
    assert!(error.message.contains("the fleet is empty"), "{error}");
}

#[test]
fn windows_line_ends_are_fine() {
    open(yard("crlf", "tasks/yard.tasks", TASKS.replace('\n', "\r\n"))).unwrap();
}

#[test]
fn truncated_json() {
    let error = refused("cut", "yard_3.json", &JSON[..60]);
    assert_error(&error, "yard_3.json", 3, None, "EOF while parsing");
    assert_eq!(error.column, Some(26));
}

#[test]
fn json_of_the_wrong_shape() {
    let error = refused("type", "yard_3.json", change(JSON, "3,", "\"three\","));
    assert_error(
        &error,
        "yard_3.json",
        4,
        Some("teamSize"),
        "invalid type: string \"three\"",
    );
    let error = refused("negative", "yard_3.json", change(JSON, "3,", "-3,"));
    assert_error(
        &error,
        "yard_3.json",
        4,
        Some("teamSize"),
        "invalid value: integer `-3`",
    );
    let error = refused("missing", "yard_3.json", change(JSON, "\"teamSize\": 3,", ""));
    assert_error(
        &error,
        "yard_3.json",
        9,
        Some("teamSize"),
        "missing field `teamSize`",
    );
    let error = refused("reveal", "yard_3.json", change(JSON, "1.5", "-1"));
    assert_error(&error, "yard_3.json", 6, Some("numTasksReveal"), "more than zero");
}

#[test]
fn empty_fleet() {
    let error = refused("empty", "yard_3.json", change(JSON, "3,", "0,"));
    assert_error(&error, "yard_3.json", 4, Some("teamSize"), "the fleet is empty");
}

#[test]
fn wrong_counts() {
    let error = refused("team", "yard_3.json", change(JSON, "3,", "5,"));
    assert_error(&error, "yard_3.json", 4, Some("teamSize"), "has only 4 agents");
    let error = refused("agents", "agents/yard.agents", change(AGENTS, "\n4\n", "\n5\n"));
    assert_error(
        &error,
        "yard.agents",
        2,
        Some("count"),
        "says 5, but 4 lines follow",
    );
    let error = refused("tasks", "tasks/yard.tasks", change(TASKS, "\n5\n", "\n4\n"));
    assert_error(
        &error,
        "yard.tasks",
        2,
        Some("count"),
        "says 4, but 5 lines follow",
    );
    let error = refused("word", "tasks/yard.tasks", change(TASKS, "\n5\n", "\nfive\n"));
    assert_error(
        &error,
        "yard.tasks",
        2,
        Some("count"),
        "must be a whole number, but is \"five\"",
    );
    let error = refused("nothing", "tasks/yard.tasks", "# nothing\n");
    assert_error(&error, "yard.tasks", 1, None, "the first line must be the count");
}

#[test]
fn a_count_of_a_billion_takes_no_memory() {
    let error = refused(
        "billion",
        "tasks/yard.tasks",
        change(TASKS, "\n5\n", "\n1000000000\n"),
    );
    assert_error(
        &error,
        "yard.tasks",
        2,
        Some("count"),
        "says 1000000000, but 5 lines follow",
    );
    let error = refused("team-billion", "yard_3.json", change(JSON, "3,", "1000000000,"));
    assert_error(&error, "yard_3.json", 4, Some("teamSize"), "has only 4 agents");
}

#[test]
fn places_where_no_robot_can_be() {
    let error = refused(
        "obstacle",
        "tasks/yard.tasks",
        change(TASKS, "24,3,30", "24,9,30"),
    );
    assert_error(
        &error,
        "yard.tasks",
        5,
        Some("stops[1]"),
        "location 9 (column 1, row 1) is on an obstacle",
    );
    let error = refused("outside", "tasks/yard.tasks", change(TASKS, "24,3,30", "40"));
    assert_error(
        &error,
        "yard.tasks",
        5,
        Some("stops[0]"),
        "location 40 is outside the map of 8 columns and 5 rows",
    );
    let error = refused("robot", "agents/yard.agents", change(AGENTS, "\n7\n", "\n9\n"));
    assert_error(&error, "yard.agents", 4, None, "is on an obstacle");
    let error = refused(
        "huge",
        "tasks/yard.tasks",
        change(TASKS, "24,3,30", "99999999999999999999999"),
    );
    assert_error(&error, "yard.tasks", 5, Some("stops[0]"), "is not a location");
    let error = refused("hole", "tasks/yard.tasks", change(TASKS, "24,3,30", "24,,30"));
    assert_error(
        &error,
        "yard.tasks",
        5,
        Some("stops[1]"),
        "\"\" is not a location",
    );
}

#[test]
fn a_task_out_of_reach() {
    let map = change(MAP, "........\nE.......", "@@@@@@@@\nE.......");
    let folder = yard("reach", "maps/yard.map", map);
    let error = open(&folder).unwrap_err();
    assert_error(
        &error,
        "yard.tasks",
        5,
        Some("stops[0]"),
        "location 24 (column 0, row 3) is on an obstacle",
    );
    write(folder.parent().unwrap(), "agents/yard.agents", "3\n0\n1\n2\n");
    write(folder.parent().unwrap(), "tasks/yard.tasks", "2\n1,2\n33\n");
    let error = open(&folder).unwrap_err();
    assert_error(
        &error,
        "yard.tasks",
        3,
        Some("stops"),
        "cannot be reached by any robot",
    );
}

#[test]
fn too_many_errands() {
    let errands = vec!["1"; 65].join(",");
    let error = refused("errands", "tasks/yard.tasks", change(TASKS, "24,3,30", &errands));
    assert_error(
        &error,
        "yard.tasks",
        5,
        Some("stops"),
        "has 65, more than the 64 allowed",
    );
}

#[test]
fn parts_that_are_missing_or_no_text() {
    let error = refused("part", "yard_3.json", change(JSON, "yard.tasks", "yard.task"));
    assert_error(
        &error,
        "yard_3.json",
        5,
        Some("taskFile"),
        "there is no such file",
    );
    let error = refused("bytes", "agents/yard.agents", b"1\n\xfe\n");
    assert_error(
        &error,
        "yard.agents",
        2,
        None,
        "is not UTF-8 text: byte 2 of the file, 0xfe",
    );
    let error = refused("json-bytes", "yard_3.json", b"{\n\n\"a\": \"\xfe\"}");
    assert_error(&error, "yard_3.json", 3, None, "byte 9");
}

#[test]
fn twenty_thousand_tasks_are_read_in_well_under_a_second() {
    let mut tasks = String::from("22500\n");
    for k in 0..22_500 {
        tasks.push_str(&format!("{},{},{}\n", k % 8, (k + 3) % 8, 24 + k % 8));
    }
    let path = yard("many", "tasks/yard.tasks", tasks);
    let start = Instant::now();
    assert_eq!(open(path).unwrap().tasks.len(), 22_500);
    assert!(start.elapsed().as_secs_f64() < 1.0, "{:?}", start.elapsed());
}
