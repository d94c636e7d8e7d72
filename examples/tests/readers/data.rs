//! Other people's files, if there are any.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::open;

/// Every file under `folder` with one of the extensions that can be opened.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "map") || is_problem(&path) {
            found.push(path);
        }
    }
}

/// Other benchmarks have `.json` files too.
fn is_problem(path: &Path) -> bool {
    let json = path.extension().is_some_and(|extension| extension == "json");
    json && fs::read_to_string(path).is_ok_and(|text| text.contains("\"mapFile\""))
}

#[test]
fn files_of_the_folder_in_fleet_data() {
    let Some(folder) = std::env::var_os("FLEET_DATA").filter(|folder| !folder.is_empty()) else {
        println!("left out: FLEET_DATA names no folder with LoRR problems and MovingAI maps");
        return;
    };
    let mut found = Vec::new();
    files(Path::new(&folder), &mut found);
    assert!(!found.is_empty(), "no .map and no LoRR .json in {folder:?}");
    for path in found {
        let scenario = open(&path).unwrap_or_else(|error| panic!("{error}"));
        println!(
            "{}: {} robots, {} tasks",
            scenario.name,
            scenario.robots.len(),
            scenario.tasks.len()
        );
    }
}
