use std::time::Duration;

use fleet_core::Place;
use fleet_core::travel::GridMap;
use fleet_examples::readers::{self, Options};
use fleet_examples::scenario::Scenario;
use fleet_examples::warehouse::Layout;

const MAP: &str = include_str!("../../scenarios/warehouse.map");
const SCENARIO: &str = include_str!("../../scenarios/warehouse.toml");

#[test]
fn the_bundled_map_is_what_the_generator_draws() {
    let warehouse = Layout::default().draw().unwrap();
    assert_eq!(warehouse.map.to_text(), MAP);
    let (chargers, zones) = warehouse
        .to_toml()
        .split_once("\n\n")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    assert!(SCENARIO.contains(&chargers) && SCENARIO.contains(zones.trim()));
}

#[test]
fn the_bundled_scenario_is_the_file() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/warehouse.toml");
    let mut scenario = readers::open(path, &Options::default()).unwrap();
    let bundled = Scenario::bundled(1);
    scenario.settings = bundled.settings.clone();
    assert_eq!(scenario, bundled);
}

#[test]
fn the_bundled_scenario_is_feasible_and_busy_with_every_seed() {
    for seed in 0..20 {
        let scenario = Scenario::bundled(seed);
        assert_eq!((scenario.robots.len(), scenario.tasks.len()), (50, 500));
        let last = scenario.tasks.last().unwrap().at;
        assert!(
            last > Duration::from_secs(1700) && last <= Duration::from_secs(1800),
            "{last:?}"
        );
        assert!(scenario.tasks.iter().all(|task| task.task.deadline().is_none()));
        let low = scenario
            .robots
            .iter()
            .filter(|named| named.robot.battery().unwrap().level() < 0.3);
        assert!(low.count() > 0, "no robot has to charge");
    }
}

#[test]
fn every_layout_is_connected_and_has_its_bays_on_free_cells() {
    for (columns, rows, rack_length, rack_depth) in [(1, 1, 1, 1), (3, 2, 5, 2), (7, 20, 3, 1)] {
        let layout = Layout {
            columns,
            rows,
            rack_length,
            rack_depth,
            aisle: 1,
            cross_aisle: 1,
            ..Layout::default()
        };
        let warehouse = layout.draw().unwrap();
        assert_eq!(
            warehouse.map.components().count(),
            1,
            "{layout:?}\n{}",
            warehouse.map.to_text()
        );
        assert!(warehouse.chargers.iter().all(|bay| warehouse.map.is_free(*bay)));
        assert!(warehouse.zones.contains_key("packing"));
    }
}

#[test]
fn measures_without_sense_are_refused() {
    let refused = |layout: Layout| layout.draw().unwrap_err().to_string();
    assert_eq!(
        refused(Layout {
            aisle: 0,
            ..Layout::default()
        }),
        "aisle: must be from 1 to 1000, but is 0"
    );
    assert!(
        refused(Layout {
            rows: u32::MAX,
            ..Layout::default()
        })
        .starts_with("rows: ")
    );
}

#[test]
fn every_charger_can_be_reached_from_every_robot() {
    let scenario = Scenario::bundled(1);
    let map: &GridMap = scenario.floor.map().unwrap();
    let parts = map.components();
    let cell = |place: Place| map.cell_at(place).unwrap();
    for named in &scenario.robots {
        for charger in &scenario.chargers {
            assert!(parts.is_connected(cell(named.robot.pose().place), cell(Place::Point(*charger))));
        }
    }
}
