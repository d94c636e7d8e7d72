//! Routing problems as fleets that work.

use fleet_core::{Place, UtcTime};
use fleet_examples::readers::{self, Options};
use fleet_examples::scenario::Floor;

use crate::common::{change, folder, open, write};
use crate::problems;

#[test]
fn each_format_becomes_robots_and_tasks() {
    let folder = folder("routes");
    problems::write(&folder);
    let fleet = |name: &str| {
        let scenario = open(folder.join(name)).unwrap();
        assert_eq!(scenario.notes.len(), 1, "{:?}", scenario.notes);
        (scenario.robots.len(), scenario.tasks.len())
    };
    assert_eq!(fleet("mdvrp.txt"), (4, 4));
    assert_eq!(fleet("vrptw.txt"), (2, 2));
    assert_eq!(fleet("pdptw.txt"), (2, 2));
    assert_eq!(fleet("tasks/r1a1.txt"), (1, 2));
}

#[test]
fn windows_are_release_and_deadline_and_deliveries_are_errands() {
    let folder = folder("routes_times");
    problems::write(&folder);
    let windows = open(folder.join("vrptw.txt")).unwrap();
    let second = &windows.tasks[1].task;
    assert_eq!(second.release(), Some(UtcTime::from_secs(50)));
    // Work may begin until 60, and takes one.
    assert_eq!(second.deadline(), Some(UtcTime::from_secs(61)));

    let pairs = open(folder.join("pdptw.txt")).unwrap();
    let first = &pairs.tasks[0];
    assert_eq!((first.name.as_str(), first.task.stops().len()), ("task-1", 2));
    // West of the depot is where the floor begins.
    assert_eq!(first.task.stops()[0].place, Place::at(22.0, 0.0));
    assert_eq!(
        pairs.floor,
        Floor::Open {
            width: 22.0,
            height: 1.0
        }
    );
}

#[test]
fn some_of_the_robots_and_tasks() {
    let folder = folder("routes_some");
    problems::write(&folder);
    let options = |robots, tasks| Options {
        robots: Some(robots),
        tasks: Some(tasks),
        ..Options::default()
    };
    let scenario = readers::open(folder.join("mdvrp.txt"), &options(1, 3)).unwrap();
    assert_eq!((scenario.robots.len(), scenario.tasks.len()), (1, 3));
    let error = readers::open(folder.join("mdvrp.txt"), &options(0, 3)).unwrap_err();
    assert!(error.to_string().contains("the fleet is empty"), "{error}");
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    let folder = folder("routes_wrong");
    let broken = change(problems::MDVRP, "3 10 1 0 1 1 2 1 2", "3 10 one 0 1 1 2 1 2");
    let error = open(write(&folder, "broken.txt", broken))
        .unwrap_err()
        .to_string();
    assert!(error.contains("broken.txt:6: "), "{error}");
    let heavy = change(problems::MDVRP, "3 10 1 0 1 1 2 1 2", "3 10 1 0 5 1 2 1 2");
    let error = open(write(&folder, "heavy.txt", heavy)).unwrap_err().to_string();
    assert!(error.contains("tasks[2].load"), "{error}");
    let error = open(write(&folder, "table.txt", "1\n7\n"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("is a table of costs: `solve` reads it"), "{error}");
}
