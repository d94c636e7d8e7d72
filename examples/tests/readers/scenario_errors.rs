use fleet_examples::readers::ReadError;

use crate::common::{assert_error, change, data, folder, open, write};

/// A scenario without mistakes; each test makes one, in a line that it marks.
const GOOD: &str = r#"
map = "island.map"
chargers = [[1, 1]]
[zones]
west = [[0, 0, 1, 3]]
walls = [[5, 0, 5, 1]]
[[robots]]
name = "ada"
count = 2
at = "west"
speed = 1.0
abilities = ["carry"]
capacity = [10.0]
battery = { capacity = 100.0, level = 1.0 }
[[task]]
name = "first"
stops = [[0, 0]]
release = 10.0
due = 50.0
deadline = 90.0
needs = ["carry"]
[[task]]
name = "second"
after = ["first"]
stops = [[0, 0], [1, 0]]
load = [5.0]
[[tasks]]
name = "pick"
count = 3
kind = "delivery"
from = "west"
arrivals = { uniform = 10.0 }
service = [1.0, 2.0]
[network]
loss = 0.5
[[partition]]
from = 1.0
until = 2.0
robots = ["ada-1"]
[[breakdown]]
robot = "ada-2"
at = 5.0
"#;

fn read(test: &str, text: &str) -> Result<(), ReadError> {
    let folder = folder(test);
    std::fs::copy(data("island.map"), folder.join("island.map")).unwrap();
    open(write(&folder, "bad.toml", text)).map(|_| ())
}

/// Replaces `from` by `to`, which must be refused in its line under `key`.
fn refused(from: &str, to: &str, key: &str, says: &str) {
    let text = change(GOOD, from, &format!("{to} # BAD"));
    let line = 1 + text.lines().position(|line| line.ends_with("# BAD")).unwrap();
    let test: String = key
        .chars()
        .chain(to.chars())
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    let error = read(&test, &text).expect_err(to);
    assert_error(&error, "bad.toml", line, Some(key), says);
}

#[test]
fn the_good_one_is_read() {
    read("good", GOOD).unwrap();
}

#[test]
fn numbers() {
    refused(
        "speed = 1.0",
        "speed = nan",
        "robots[0].speed",
        "finite number, but is NaN",
    );
    refused(
        "speed = 1.0",
        "speed = -1.5",
        "robots[0].speed",
        "must be greater than zero, but is -1.5",
    );
    refused("speed = 1.0", "speed = 1e300", "robots[0].speed", "must be from");
    refused(
        "speed = 1.0",
        "speed = [2, 1]",
        "robots[0].speed",
        "the least comes first",
    );
    refused(
        "speed = 1.0",
        "speed = \"fast\"",
        "robots[0].speed",
        "expected a number or [least, most]",
    );
    refused("count = 2", "count = -2", "robots[0].count", "invalid value");
    refused(
        "count = 2",
        "count = 1000000000",
        "robots[0].count",
        "must be at most 100000",
    );
    refused(
        "count = 3",
        "count = 1_000_000_000_000",
        "tasks[0].count",
        "must be at most 200000",
    );
    refused(
        "count = 3",
        "count = 99999999999999999999999",
        "tasks[0].count",
        "99999999999999999999999",
    );
    refused("due = 50.0", "due = inf", "task[0].due", "finite");
    refused("due = 50.0", "due = 1e18", "task[0].due", "must be from 0 to");
    refused(
        "capacity = [10.0]",
        "capacity = [-1.0]",
        "robots[0].capacity",
        "negative",
    );
    refused("load = [5.0]", "load = [nan]", "task[1].load", "finite");
    refused("loss = 0.5", "loss = 1.5", "network.loss", "from 0 to 1");
    refused(
        "loss = 0.5",
        "delay = [0.2, 0.1]",
        "network.delay",
        "the least comes first",
    );
    refused(
        "loss = 0.5",
        "topology = { range = 0.0 }",
        "network.topology.range",
        "must be greater than zero, but is 0",
    );
    refused(
        "loss = 0.5",
        "fading = { burst = 0 }",
        "network.fading.burst",
        "must be greater than zero, but is 0",
    );
    refused(
        "loss = 0.5",
        "fading = { coherence = nan }",
        "network.fading.coherence",
        "finite number, but is NaN",
    );
    let battery = "battery = { capacity = 0.0, level = 1.0 }";
    refused(
        "battery = { capacity = 100.0, level = 1.0 }",
        battery,
        "robots[0].battery.capacity",
        "greater than zero",
    );
    refused(
        "service = [1.0, 2.0]",
        "service = [1.0, 1e12]",
        "tasks[0].service",
        "from 0 to",
    );
    refused(
        "arrivals = { uniform = 10.0 }",
        "arrivals = { poisson = 0 }",
        "tasks[0].arrivals.poisson",
        "from",
    );
}

#[test]
fn windows_that_close_before_they_open() {
    refused(
        "due = 50.0",
        "due = 5.0",
        "task[0].due",
        "must not be before the release time",
    );
    refused(
        "deadline = 90.0",
        "deadline = 5.0",
        "task[0].deadline",
        "must not be before the release time",
    );
    refused(
        "until = 2.0",
        "until = 1.0",
        "partition[0].until",
        "must be after `from`",
    );
    let deadline = "service = 2.0\ndeadline = [0.5, 0.6]";
    refused(
        "service = [1.0, 2.0]",
        deadline,
        "tasks[0].deadline",
        "release time plus the service times",
    );
    refused(
        "due = 50.0",
        "at = 60\ndue = 50",
        "task[0].due",
        "must not be before `at`",
    );
}

#[test]
fn places() {
    refused(
        "stops = [[0, 0]]",
        "stops = [[5, 0]]",
        "task[0].stops[0]",
        "is on an obstacle",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = [[0, 0], [8, 0]]",
        "task[0].stops[1]",
        "cannot be reached from stops[0]",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = [[8, 3]]",
        "task[0].stops",
        "cannot be reached by any robot",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = [[9, 0]]",
        "task[0].stops[0]",
        "outside the map of 9 columns and 4 rows",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = [{ x = nan, y = 1 }]",
        "task[0].stops[0]",
        "is not finite",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = [{ x = 1 }]",
        "task[0].stops[0]",
        "either x and y, or cell",
    );
    refused(
        "stops = [[0, 0]]",
        "stops = []",
        "task[0].stops",
        "must not be empty",
    );
    refused(
        "chargers = [[1, 1]]",
        "chargers = [[5, 1]]",
        "chargers[0]",
        "is on an obstacle",
    );
    refused(
        "at = \"west\"",
        "at = [[0, 0], [5, 0]]",
        "robots[0].at[1]",
        "is on an obstacle",
    );
    refused(
        "at = \"west\"",
        "at = [[0, 0]]",
        "robots[0].at",
        "lists 1 places for 2 robots",
    );
    refused(
        "at = \"west\"",
        "at = \"north\"",
        "robots[0].at",
        "there is no zone \"north\"",
    );
    refused(
        "from = \"west\"",
        "from = \"walls\"",
        "tasks[0].from",
        "no free cell",
    );
    refused(
        "west = [[0, 0, 1, 3]]",
        "west = [[0, 0, 1, 4]]",
        "zones.west[0]",
        "from 0 to 3",
    );
    refused(
        "west = [[0, 0, 1, 3]]",
        "west = [[0, 0, 0.5, 3]]",
        "zones.west[0]",
        "whole numbers",
    );
    refused(
        "west = [[0, 0, 1, 3]]",
        "west = [[1, 0, 0, 3]]",
        "zones.west[0]",
        "the lesser corner comes first",
    );
}

#[test]
fn names() {
    refused(
        "name = \"second\"",
        "name = \"first\"",
        "task[1].name",
        "another task \"first\"",
    );
    let error = read("clash", &change(GOOD, "name = \"second\"", "name = \"pick-2\"")).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        28,
        Some("tasks[0].name"),
        "another task \"pick-2\"",
    );
    refused(
        "name = \"ada\"",
        "name = \"a b\"",
        "robots[0].name",
        "letters, digits",
    );
    refused(
        "after = [\"first\"]",
        "after = [\"third\"]",
        "task[1].after[0]",
        "there is no task \"third\"",
    );
    refused(
        "after = [\"first\"]",
        "after = [\"first\", \"first\"]",
        "task[1].after[1]",
        "twice",
    );
    refused(
        "after = [\"first\"]",
        "after = [\"second\"]",
        "task[1].after[0]",
        "names the task itself",
    );
    refused(
        "robots = [\"ada-1\"]",
        "robots = [\"bob\"]",
        "partition[0].robots[0]",
        "there is no robot \"bob\"",
    );
    refused(
        "robots = [\"ada-1\"]",
        "robots = []",
        "partition[0].robots",
        "must not be empty",
    );
    refused(
        "robot = \"ada-2\"",
        "robot = \"ada\"",
        "breakdown[0].robot",
        "there is no robot \"ada\"",
    );
    let twin = "at = \"west\"\n[[robots]]\ncount = 1\nname = \"ada-2\"";
    refused("at = \"west\"", twin, "robots[1].name", "another robot \"ada-2\"");
}

#[test]
fn teams_that_cannot_be() {
    let named = |names: &str| format!("needs = [\"carry\"]\nteam = [{names}]");
    let refused = |names: &str, key, says| refused("needs = [\"carry\"]", &named(names), key, says);
    refused("\"third\"", "task[0].team[0]", "there is no task \"third\"");
    refused("\"first\"", "task[0].team", "names the task itself");
    let many = "\"pick-1\", \"pick-2\", \"pick-3\"";
    refused(many, "task[0].team", "is of 4 tasks, and there are 2 robots");
    // The second comes after the first.
    let text = change(GOOD, "needs = [\"carry\"]", &named("\"second\""));
    let error = read("second-of-team", &text).unwrap_err();
    assert!(error.to_string().contains("must be done before"), "{error}");
    let text = change(GOOD, "needs = [\"carry\"]", &named("\"pick-1\""));
    let text = change(&text, "map = ", "pool = 2\nmap = ");
    let error = read("pooled-team", &change(&text, "arrivals = { uniform = 10.0 }", "")).unwrap_err();
    assert!(error.to_string().contains("a team is known at once"), "{error}");
}

#[test]
fn predecessors_in_a_circle() {
    let circle = "needs = [\"carry\"]\nafter = [\"second\"]";
    let says = "these wait for each other for ever: first after second after first";
    refused("needs = [\"carry\"]", circle, "task[0].after", says);
}

#[test]
fn work_that_no_robot_can_do() {
    refused(
        "needs = [\"carry\"]",
        "needs = [\"fly\"]",
        "task[0].needs",
        "no robot has the ability \"fly\"",
    );
    refused(
        "needs = [\"carry\"]",
        "needs = [\"Fly\"]",
        "task[0].needs[0]",
        "lower-case",
    );
    refused(
        "load = [5.0]",
        "load = [11.0]",
        "task[1].load",
        "more than any robot carries",
    );
    let other = "needs = [\"door\"]\n[[robots]]\nat = [[8, 0]]\nabilities = [\"door\"]";
    let text = change(GOOD, "needs = [\"carry\"]", other);
    let error = read("other-side", &text).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        21,
        Some("task[0].needs"),
        "no single robot that can get there",
    );
}

#[test]
fn keys_that_are_unknown_or_missing() {
    refused(
        "speed = 1.0",
        "sped = 1.0",
        "robots[0].sped",
        "unknown field `sped`",
    );
    refused("loss = 0.5", "lost = 0.5", "network.lost", "unknown field `lost`");
    refused(
        "map = \"island.map\"",
        "map = \"island.map\"\nmapp = 1",
        "mapp",
        "unknown field `mapp`",
    );
    refused(
        "kind = \"delivery\"",
        "kind = \"fetch\"",
        "tasks[0].kind",
        "unknown variant `fetch`",
    );
    refused(
        "name = \"ada\"",
        "name = \"ada\"\nname = \"eve\"",
        "name",
        "duplicate key",
    );
}

#[test]
fn links_that_there_are_not() {
    refused(
        "loss = 0.5",
        "topology = \"tree\"",
        "network.topology",
        "unknown variant `tree`",
    );
    refused(
        "loss = 0.5",
        "topology = { reach = 5.0 }",
        "network.topology.reach",
        "unknown field `reach`",
    );
    refused(
        "loss = 0.5",
        "topology = 20.0",
        "network.topology",
        "expected full, line, ring, star or { range }",
    );
    refused(
        "loss = 0.5",
        "fading = { burst = 1.0, coherence = 1.0 }",
        "network.fading",
        "give either burst or coherence",
    );
    refused(
        "loss = 0.5",
        "fading = \"rayleigh\"",
        "network.fading",
        "unknown variant `rayleigh`",
    );
}

#[test]
fn a_missing_key_is_named() {
    let error = read("missing", &change(GOOD, "at = 5.0", "")).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        40,
        Some("breakdown[0].at"),
        "missing field `at`",
    );
}

#[test]
fn an_empty_fleet() {
    let error = read("fleet", "map = \"island.map\"\n").unwrap_err();
    assert_error(&error, "bad.toml", 1, Some("robots"), "the fleet is empty");
    let error = read("nobody", &change(GOOD, "count = 2", "count = 0")).unwrap_err();
    assert_error(&error, "bad.toml", 7, Some("robots"), "the fleet is empty");
}

#[test]
fn a_floor_is_needed_but_only_one() {
    let error = read("none", "[[robots]]\n").unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        1,
        Some("map"),
        "name a map file, or give an [open_floor]",
    );
    let open = "[open_floor]\nwidth = 1\nheight = 1\n[network]";
    let error = read("two", &change(GOOD, "[network]", open)).unwrap_err();
    assert_error(&error, "bad.toml", 34, Some("open_floor"), "leave one out");
    refused(
        "map = \"island.map\"",
        "map = \"sea.map\"",
        "map",
        "sea.map: there is no such file",
    );
}

#[test]
fn an_open_floor_has_no_cells() {
    let floor = "[open_floor]\nwidth = 9.5\nheight = 4\n[[robots]]\nat = [[0, 0]]\n";
    let error = read("cells", floor).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        5,
        Some("robots[0].at[0]"),
        "write { x = ..., y = ... }",
    );
    read("points", &floor.replace("[0, 0]", "{ x = 9.5, y = 0 }")).unwrap();
}

#[test]
fn a_pool_that_would_block_itself() {
    let text = change(GOOD, "needs = [\"carry\"]", "after = [\"pick-1\"]");
    let text = change(&text, "map = ", "pool = 2\nmap = ");
    let text = change(&text, "arrivals = { uniform = 10.0 }", "");
    let error = read("pool", &text).unwrap_err();
    assert_error(&error, "bad.toml", 22, Some("task[0].after"), "written before it");
}

#[test]
fn a_pool_beside_times() {
    let pooled = change(GOOD, "map = ", "pool = 2\nmap = ");
    let error = read("arrivals", &pooled).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        33,
        Some("tasks[0].arrivals"),
        "leave this or the pool out",
    );
    let error = read("at", &change(&pooled, "due = 50.0", "at = 1.0")).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        20,
        Some("task[0].at"),
        "leave this or the pool out",
    );
}

#[test]
fn broken_text() {
    let error = read("cut", "map = \"island").unwrap_err();
    assert_error(&error, "bad.toml", 1, None, "");
    let folder = folder("bytes");
    let error = open(write(&folder, "bad.toml", b"name = \"a\"\nmap = \"\xff\"\n")).unwrap_err();
    assert_error(
        &error,
        "bad.toml",
        2,
        None,
        "is not UTF-8 text: byte 18 of the file, 0xff",
    );
}

#[test]
fn a_broken_map_is_blamed_itself() {
    let folder = folder("map");
    write(
        &folder,
        "island.map",
        "type octile\nheight 2\nwidth 3\nmap\n...\n..\n",
    );
    let error = open(write(&folder, "bad.toml", GOOD)).unwrap_err();
    assert_error(&error, "island.map", 6, None, "has 2 cells");
}
