use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::program::{Ended, folder, run};

const MAP: &str = "type octile\nheight 2\nwidth 3\nmap\n..@\n...\n";
const SCENARIO: &str = r#"map = "floor.map"
[[robots]]
name = "ada"
speed = 1.0
[[task]]
name = "first"
stops = [[0, 0]]
[[task]]
name = "second"
stops = [[1, 1]]
after = ["first"]
"#;

const PROBLEM: &str = r#"{
  "mapFile": "floor.map",
  "agentFile": "two.agents",
  "taskFile": "two.tasks",
  "teamSize": 2,
  "numTasksReveal": 1
}
"#;

/// A folder with a good scenario and a good problem in it.
fn good(test: &str) -> std::path::PathBuf {
    let folder = folder(&format!("refused-{test}"));
    for (name, text) in [
        ("floor.map", MAP),
        ("good.toml", SCENARIO),
        ("good.json", PROBLEM),
        ("two.agents", "2\n0\n1\n"),
        ("two.tasks", "2\n0,4\n5\n"),
    ] {
        fs::write(folder.join(name), text).expect("the scratch folder");
    }
    folder
}

/// One line on stderr with this beginning and this in it, exit code 1, nothing else printed, and no report.
fn refused(ended: &Ended, folder: &Path, begins: &str, says: &str) {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.out, "");
    assert_eq!(ended.err.matches('\n').count(), 1, "{}", ended.err);
    assert!(
        ended.err.starts_with(&format!("error: {begins}")),
        "{}instead of\nerror: {begins}",
        ended.err
    );
    assert!(ended.err.contains(says), "{}", ended.err);
    assert!(!folder.join("fleet-report.html").exists());
}

/// The file `name` with `bytes` in it is refused.
fn file(test: &str, open: &str, name: &str, bytes: impl AsRef<[u8]>, begins: &str, says: &str) {
    let folder = good(test);
    fs::write(folder.join(name), bytes).expect("the scratch folder");
    let began = Instant::now();
    refused(&run("simulate", &folder, &[open]), &folder, begins, says);
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

/// The good scenario with its only `from` replaced is refused.
fn scenario(test: &str, from: &str, to: &str, begins: &str, says: &str) {
    assert_eq!(SCENARIO.matches(from).count(), 1, "{from}");
    let text = SCENARIO.replace(from, to);
    file(test, "bad.toml", "bad.toml", text, begins, says);
}

#[test]
fn the_good_ones_run() {
    for (name, robots) in [
        ("good.toml", ""),
        ("good.json", "--robots=1"),
        ("floor.map", "--robots=2"),
    ] {
        let folder = good(&format!("none-{name}"));
        let arguments: Vec<&str> = [name, "--quiet", robots]
            .into_iter()
            .filter(|argument| !argument.is_empty())
            .collect();
        let ended = run("simulate", &folder, &arguments);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{name}");
    }
}

#[test]
fn truncated_json() {
    let half = &PROBLEM[..PROBLEM.len() / 2];
    file("json", "bad.json", "bad.json", half, "bad.json:4", "ends");
}

#[test]
fn counts_that_are_wrong() {
    let tasks = "3\n0,4\n5\n";
    file("count", "good.json", "two.tasks", tasks, "two.tasks:1", "3");
    let many = PROBLEM.replace("\"teamSize\": 2", "\"teamSize\": 9");
    file(
        "team",
        "bad.json",
        "bad.json",
        many,
        "bad.json:5:3: teamSize: ",
        "only 2",
    );
}

#[test]
fn a_task_on_an_obstacle() {
    scenario(
        "obstacle",
        "[[0, 0]]",
        "[[2, 0]]",
        "bad.toml:7:10: task[0].stops[0]: ",
        "obstacle",
    );
    file(
        "stone",
        "good.json",
        "two.tasks",
        "2\n0,2\n5\n",
        "two.tasks:2: stops[1]: ",
        "obstacle",
    );
}

#[test]
fn tasks_that_wait_for_each_other() {
    let to = "name = \"first\"\nafter = [\"second\"]";
    scenario("circle", "name = \"first\"", to, "bad.toml:", "first");
}

#[test]
fn not_a_number() {
    scenario(
        "nan",
        "speed = 1.0",
        "speed = nan",
        "bad.toml:4:9: robots[0].speed: ",
        "NaN",
    );
}

#[test]
fn a_negative_speed() {
    scenario(
        "negative",
        "speed = 1.0",
        "speed = -1.5",
        "bad.toml:4:9: robots[0].speed: ",
        "-1.5",
    );
}

#[test]
fn a_key_that_there_is_not() {
    scenario("key", "speed = 1.0", "sped = 1.0", "bad.toml:4:1: ", "sped");
}

#[test]
fn an_empty_fleet() {
    let none = "map = \"floor.map\"\n[[task]]\nstops = [[0, 0]]\n";
    file("fleet", "bad.toml", "bad.toml", none, "bad.toml", "robot");
    let none = PROBLEM.replace("\"teamSize\": 2", "\"teamSize\": 0");
    file(
        "team-0",
        "bad.json",
        "bad.json",
        none,
        "bad.json:5:3: teamSize: ",
        "empty",
    );
}

#[test]
fn a_count_of_a_thousand_million() {
    let tasks = "1000000000\n0,4\n5\n";
    file(
        "billion",
        "good.json",
        "two.tasks",
        tasks,
        "two.tasks:1",
        "1000000000",
    );
    scenario(
        "billion-robots",
        "speed = 1.0",
        "count = 1000000000",
        "bad.toml:4:9: robots[0].count: ",
        "at most",
    );
}

#[test]
fn bytes_that_are_no_text() {
    let bytes = [b"map = \"floor.map\"\n# \xff\xfe\n", SCENARIO.as_bytes()].concat();
    file("bytes", "bad.toml", "bad.toml", bytes, "bad.toml:2: ", "UTF-8");
}

#[test]
fn files_that_are_not_there_or_not_files() {
    let folder = good("paths");
    fs::create_dir(folder.join("folder")).expect("the scratch folder");
    fs::write(folder.join("notes.txt"), "hello\n").expect("the scratch folder");
    for (name, says) in [
        ("none.toml", "no such file"),
        ("folder", "is a directory"),
        ("notes.txt", "none of the files that can be read"),
        ("two.agents", "open the .json file"),
    ] {
        let ended = run("simulate", &folder, &[name]);
        refused(&ended, &folder, &format!("{name}: "), says);
    }
}

#[test]
fn results_that_cannot_be_written() {
    let folder = good("results");
    fs::create_dir(folder.join("folder")).expect("the scratch folder");
    for (option, path, says) in [
        ("--report", "none/r.html", "there is no folder none"),
        ("--report", "folder", "is a folder"),
        ("--trace", "none/trace", "there is no folder none"),
        ("--trace", "folder", "is a folder"),
    ] {
        let ended = run("simulate", &folder, &["good.toml", option, path]);
        refused(&ended, &folder, &format!("{option} {path}: "), says);
    }
}

/// A full disk is noticed, where a machine has a file that is always full.
#[test]
fn a_trace_that_does_not_fit() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let folder = good("full");
    let ended = run("simulate", &folder, &["--duration", "30", "--trace", "/dev/full"]);
    refused(&ended, &folder, "--trace /dev/full: ", "No space left");
}

#[test]
fn options_that_make_no_sense() {
    let folder = good("options");
    for (option, value, says) in [
        ("--objective", "speed", "'speed' is neither balanced"),
        ("--objective", "haste=1", "'haste' is no term"),
        ("--objective", "travel=-1", "travel: must not be negative"),
        ("--objective", "travel=nan", "travel: must be a finite number"),
        ("--delay", "0.1", "'0.1' is not like"),
        ("--delay", "0.2,0.1", "shorter than the shortest"),
        ("--topology", "tree", "'tree' is neither full"),
        ("--topology", "-20", "range: must be greater than zero"),
        ("--fading", "1.5", "'1.5' is neither independent"),
        ("--fading", "burst=0", "fading.burst: must be greater than zero"),
        ("--fading", "coherence=-1", "seconds, 0 or more"),
        ("--loss", "1.5", "1.5 is not from 0 to 1"),
        ("--loss", "nan", "not from 0 to 1"),
        ("--duration", "-1", "seconds, 0 or more"),
        ("--strategy", "magic", "centralized"),
        ("--seed", "x", "invalid digit"),
    ] {
        let ended = run("simulate", &folder, &[&format!("{option}={value}")]);
        assert_eq!((ended.code, ended.out.as_str()), (Some(2), ""), "{ended:?}");
        assert!(
            ended.err.contains(option) && ended.err.contains(says),
            "{}",
            ended.err
        );
    }
    let ended = run("simulate", &folder, &["--robots", "3"]);
    refused(&ended, &folder, "--robots and --tasks", "name a file");
    let ended = run("simulate", &folder, &["good.toml", "--tasks", "3"]);
    refused(&ended, &folder, "good.toml: ", "count");
}

#[test]
fn names_in_a_scenario_that_the_program_does_not_know() {
    for (key, place) in [
        ("strategy", "bad.toml:1:12: strategy: "),
        ("allocator", "bad.toml:1:13: allocator: "),
        ("urgency", "bad.toml:1:11: urgency: "),
    ] {
        let to = format!("{key} = \"magic\"\nmap = \"floor.map\"");
        scenario(
            key,
            "map = \"floor.map\"",
            &to,
            place,
            "there is no 'magic': choose ",
        );
    }
    let to = "[objective]\ntravel = 1.0\nhaste = 2.0\n[[robots]]";
    scenario(
        "term",
        "[[robots]]",
        to,
        "bad.toml:4:9: objective.haste: ",
        "'haste' is no term",
    );
}

#[test]
fn the_command_line_goes_before_the_scenario() {
    let folder = good("before");
    let settings = "seed = 3\nallocator = \"auction-regret\"\nurgency = \"magic\"\n";
    let text = format!(
        "{settings}{SCENARIO}[network]\nloss = 0.25\ntopology = \"ring\"\n[objective]\ntravel = 3.0\n"
    );
    fs::write(folder.join("own.toml"), text).expect("the scratch folder");
    let told = |arguments: &str| {
        let fixed = ["own.toml", "--json", "--no-report"];
        let arguments: Vec<&str> = fixed.into_iter().chain(arguments.split(' ')).collect();
        let ended = run("simulate", &folder, &arguments);
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
        serde_json::from_str::<serde_json::Value>(&ended.out).expect("JSON")
    };
    let own = told("--urgency due");
    assert_eq!(own["settings"]["urgency"], "due");
    assert_eq!(own["settings"]["allocator"], "auction-regret");
    assert_eq!(own["settings"]["objective"], "travel=3");
    assert_eq!(own["settings"]["topology"], "ring");
    assert_eq!(
        (&own["settings"]["loss"], &own["seed"]),
        (&0.25.into(), &3.into())
    );
    let options = "--urgency due --allocator auction --objective minimax --topology 20 --loss 0 --seed 4";
    let other = told(options);
    assert_eq!(other["settings"]["topology"], "20");
    assert_eq!(other["settings"]["allocator"], "auction");
    assert_eq!(other["settings"]["objective"], "minimax");
    assert_eq!(
        (&other["settings"]["loss"], &other["seed"]),
        (&0.0.into(), &4.into())
    );
}
