use fleet_examples::readers::{self, Options};

use crate::common::{data, folder, open, write};

fn refused(path: &str) -> String {
    open(data(path)).unwrap_err().to_string()
}

#[test]
fn what_is_no_file() {
    assert!(refused("none.toml").ends_with("none.toml: there is no such file: check the path"));
    assert!(refused("lorr").contains("lorr: is a directory: name a file"));
}

#[test]
fn what_is_another_kind_of_file() {
    assert!(refused("lorr/agents/yard.agents").contains("open the .json file that names it"));
    let folder = folder("kinds");
    let error = open(write(&folder, "notes.txt", "buy milk"))
        .unwrap_err()
        .to_string();
    assert!(error.ends_with("notes.txt: is none of the files that can be read: a scenario (.toml), a LoRR problem (.json), a map (.map) or a routing problem"), "{error}");
}

#[test]
fn without_an_extension_the_content_tells() {
    let text = std::fs::read(data("island.map")).unwrap();
    let scenario = open(write(&folder("content"), "island", text)).unwrap();
    assert_eq!(scenario.robots.len(), 20);
}

#[test]
fn a_scenario_says_itself_how_many_robots_it_has() {
    let options = Options {
        robots: Some(3),
        ..Options::default()
    };
    let error = readers::open(data("small.toml"), &options)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("small.toml: a scenario file says itself"),
        "{error}"
    );
}
