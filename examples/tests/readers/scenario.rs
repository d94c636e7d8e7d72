use std::time::Duration;

use fleet_core::sim::{Fading, Topology};
use fleet_core::{Abilities, Ability, Assurance, Place, Point, Priority, UtcTime};
use fleet_examples::readers::{self, Options};
use fleet_examples::scenario::{Floor, Reveal, Scenario, TimedTask};

use crate::common::{data, folder, open, write};

fn small() -> Scenario {
    open(data("small.toml")).unwrap()
}

fn task<'s>(scenario: &'s Scenario, name: &str) -> &'s TimedTask {
    scenario.tasks.iter().find(|task| task.name == name).unwrap()
}

#[test]
fn keys_of_the_whole_run_arrive() {
    let scenario = small();
    assert_eq!((scenario.name.as_str(), scenario.seed), ("small", 7));
    assert_eq!(scenario.duration, Some(Duration::from_secs(600)));
    assert_eq!(scenario.chargers, [Point::new(0.5, 3.5)]);
    assert_eq!(scenario.reveal, Reveal::Timed);
    assert_eq!(scenario.settings.strategy.unwrap().value, "hybrid");
    let objective = scenario.settings.objective.iter();
    let objective: Vec<_> = objective
        .map(|(name, weight)| (name.value.as_str(), *weight))
        .collect();
    assert_eq!(objective, [("tardiness", 2.0), ("travel", 1.0)]);
}

#[test]
fn a_setting_knows_where_it_is_written() {
    let error = small()
        .settings
        .allocator
        .unwrap()
        .wrong("there is no such allocator");
    assert!(
        error
            .to_string()
            .ends_with("small.toml:6:13: allocator: there is no such allocator"),
        "{error}"
    );
}

#[test]
fn robots_are_read_one_by_one_and_in_groups() {
    let robots = small().robots;
    let names: Vec<_> = robots.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, ["ada", "bob-1", "bob-2", "robot-4"]);
    let ada = &robots[0].robot;
    assert_eq!(ada.speed(), 1.5);
    assert_eq!(ada.pose().place, Place::at(0.5, 3.5));
    assert_eq!(ada.battery().unwrap().level(), 0.5);
    assert!(robots[1].robot.battery().is_none());
    assert_ne!(robots[1].robot.pose(), robots[2].robot.pose());
    for bob in &robots[1..3] {
        assert!(bob.robot.pose().place.point().unwrap().x() < 2.0);
    }
}

#[test]
fn tasks_are_read_one_by_one() {
    let scenario = small();
    let door = task(&scenario, "door");
    assert_eq!(door.at, Duration::from_secs(5));
    assert_eq!(door.task.release(), Some(UtcTime::from_secs(10)));
    assert_eq!(door.task.due(), Some(UtcTime::from_secs(50)));
    assert_eq!(door.task.deadline(), Some(UtcTime::from_secs(90)));
    assert_eq!(door.task.priority(), Priority::Critical);
    assert_eq!(door.task.assurance(), Assurance::BestEffort);
    assert_eq!(
        *door.task.needs(),
        Abilities::from([Ability::new("door").unwrap()])
    );
    let load = &task(&scenario, "load").task;
    assert_eq!(load.after(), [door.task.id()]);
    assert_eq!(load.stops()[0].load.amounts(), [8.0]);
    assert_eq!(load.stops()[1].load.amounts(), [-8.0]);
    assert_eq!(load.stops()[0].service, Duration::from_secs(3));
    assert_eq!(load.stops()[1].service, Duration::from_secs(2));
    assert_eq!(load.stops()[1].place, Place::at(4.5, 0.5));
}

#[test]
fn tasks_are_drawn_within_what_the_group_says() {
    let scenario = small();
    let picks = scenario
        .tasks
        .iter()
        .filter(|task| task.name.starts_with("pick-"));
    let picks: Vec<_> = picks.collect();
    assert_eq!(picks.len(), 20);
    for TimedTask { at, task, .. } in picks {
        assert!((10.0..=110.0).contains(&at.as_secs_f64()));
        let [from, to] = [0, 1].map(|k| task.stops()[k].place.point().unwrap().x());
        assert!(from < 2.0 && to > 3.0, "{from} {to}");
        assert!(matches!(task.priority(), Priority::Low | Priority::High));
        let due = task.due().unwrap().since(task.release().unwrap()).as_secs_f64();
        assert!((59.9..=90.1).contains(&due), "{due}");
        assert_eq!(
            task.deadline(),
            Some(task.release().unwrap() + Duration::from_secs(600))
        );
    }
}

#[test]
fn tasks_come_in_the_order_of_submission() {
    let tasks = small().tasks;
    assert!(tasks.is_sorted_by_key(|task| task.at));
    assert!(
        tasks
            .iter()
            .all(|task| task.task.release().unwrap() >= UtcTime::default())
    );
    assert_eq!(tasks.len(), 32);
}

#[test]
fn faults_name_robots() {
    let scenario = small();
    let [ada, bob_1, bob_2, fourth] = [0, 1, 2, 3].map(|k| scenario.robots[k].robot.id());
    assert_eq!(scenario.network.max_delay, Duration::from_millis(20));
    assert_eq!(scenario.network.reorder, 0.3);
    assert_eq!(scenario.partitions[0].robots, [ada, bob_2]);
    assert_eq!(scenario.breakdowns[0].robot, bob_1);
    assert_eq!(scenario.breakdowns[0].repair_after, Some(Duration::from_secs(30)));
    assert_eq!(
        (scenario.breakdowns[1].robot, scenario.breakdowns[1].repair_after),
        (fourth, None)
    );
}

#[test]
fn links_have_a_topology_and_fade() {
    let folder = folder("links");
    let read = |network: &str| {
        let text = format!("[open_floor]\nwidth = 9\nheight = 4\n[[robots]]\n[network]\n{network}\n");
        let scenario = open(write(&folder, "links.toml", &text)).unwrap();
        (scenario.network.topology, scenario.network.fading)
    };
    assert_eq!(read("loss = 0.1"), (Topology::Full, Fading::Independent));
    let names = [
        ("full", Topology::Full),
        ("line", Topology::Line),
        ("ring", Topology::Ring),
        ("star", Topology::Star),
    ];
    for (name, topology) in names {
        assert_eq!(read(&format!("topology = \"{name}\"")).0, topology);
    }
    let radio = read("topology = { range = 20 }\nfading = { burst = 1.5 }");
    let burst = Duration::from_millis(1_500);
    let expected = (Topology::Radio { range: 20.0 }, Fading::GilbertElliott { burst });
    assert_eq!(radio, expected);
    let coherence = Duration::from_millis(500);
    assert_eq!(
        read("fading = { coherence = 0.5 }").1,
        Fading::Rayleigh { coherence }
    );
    assert_eq!(read("fading = \"independent\"").1, Fading::Independent);
}

#[test]
fn the_seed_alone_decides() {
    let with = |seed| {
        readers::open(
            data("small.toml"),
            &Options {
                seed: Some(seed),
                ..Options::default()
            },
        )
        .unwrap()
    };
    assert_eq!(with(7), small());
    assert_eq!(with(8), with(8));
    assert_ne!(with(8).tasks, with(9).tasks);
}

#[test]
fn the_example_of_the_book_is_read() {
    let book = include_str!("../../../docs/src/scenario-file.md");
    let (_, example) = book.split_once("## An example\n\n```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let path = write(&folder("book"), "yard.toml", example);
    let scenario = open(path).unwrap();
    assert_eq!((scenario.robots.len(), scenario.tasks.len()), (4, 32));
    assert_eq!(
        scenario.floor,
        Floor::Open {
            width: 40.0,
            height: 20.0
        }
    );
}

#[test]
fn a_pool_keeps_the_order_of_the_file() {
    let text = "pool = 3\n[open_floor]\nwidth = 9\nheight = 9\n[[robots]]\n[[tasks]]\ncount = 8\n";
    let scenario = open(write(&folder("pool-order"), "pool.toml", text)).unwrap();
    assert_eq!(scenario.reveal, Reveal::Pool { size: 3 });
    assert!(scenario.tasks.is_sorted_by_key(|task| task.task.id()));
}

#[test]
fn all_of_a_team_name_each_other_if_one_names_them() {
    let scenario = fleet_examples::scenario::Bundled::LongLoads.read(None);
    let panels = ["panel-left", "panel-middle", "panel-right"].map(|name| &task(&scenario, name).task);
    for panel in panels {
        for other in panels.iter().filter(|other| other.id() != panel.id()) {
            assert!(panel.is_fellow_of(other), "{:?} and {:?}", panel.id(), other.id());
        }
    }
}
