use fleet_examples::readers::{self, Options};
use fleet_examples::scenario::TaskKind;

use crate::common::{assert_error, data, folder, open, write};

#[test]
fn robots_and_tasks_are_drawn_on_the_largest_part() {
    let options = Options {
        seed: Some(3),
        robots: Some(20),
        tasks: Some(50),
        kind: TaskKind::Delivery,
    };
    let scenario = readers::open(data("island.map"), &options).unwrap();
    assert_eq!((scenario.robots.len(), scenario.tasks.len()), (20, 50));
    let starts = scenario.robots.iter().map(|named| named.robot.pose().place);
    let stops = scenario
        .tasks
        .iter()
        .flat_map(|task| task.task.stops())
        .map(|stop| stop.place);
    assert!(starts.chain(stops).all(|place| place.point().unwrap().x() < 5.0));
    assert!(scenario.tasks.iter().all(|task| task.task.stops().len() == 2));
    assert_eq!(scenario, readers::open(data("island.map"), &options).unwrap());
}

#[test]
fn more_robots_than_cells() {
    let options = Options {
        robots: Some(21),
        ..Options::default()
    };
    let error = readers::open(data("island.map"), &options).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "island.map: the largest connected part of the map has fewer than 21 cells, one a robot"
        )
    );
}

#[test]
fn counts_without_sense() {
    let with = |robots, tasks| {
        let options = Options {
            robots: Some(robots),
            tasks: Some(tasks),
            ..Options::default()
        };
        readers::open(data("island.map"), &options).unwrap_err().message
    };
    assert!(with(0, 1).contains("the fleet is empty"));
    assert!(with(1, usize::MAX).contains("more than the 200000"));
}

#[test]
fn broken_maps() {
    let refused = |name: &str, bytes: &[u8], line, says| {
        let error = open(write(&folder(name), "bad.map", bytes)).unwrap_err();
        assert_error(&error, "bad.map", line, None, says);
    };
    refused("header", b"type octile\nheight x\n", 2, "height");
    refused(
        "rows",
        b"type octile\nheight 3\nwidth 2\nmap\n..\n..\n",
        7,
        "is the file cut off?",
    );
    refused(
        "billion-rows",
        b"type octile\nheight 200000000\nwidth 1\nmap\n",
        3,
        "are more than",
    );
    refused(
        "character",
        b"type octile\nheight 1\nwidth 2\nmap\n.x\n",
        5,
        "'x'",
    );
    refused(
        "no-text",
        b"type octile\nheight 1\nwidth 2\nmap\n.\xff\n",
        5,
        "is not UTF-8 text",
    );
}

#[test]
fn a_map_without_a_free_cell() {
    let error = open(write(
        &folder("full"),
        "bad.map",
        "type octile\nheight 1\nwidth 2\nmap\n@@\n",
    ))
    .unwrap_err();
    assert!(
        error.to_string().ends_with("bad.map: the map has no free cell"),
        "{error}"
    );
}
