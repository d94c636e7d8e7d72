//! Patterns, timings, uplinks and outages in scenario files.

use std::time::Duration;

use fleet_core::pattern::{LinkBudget, Pattern};
use fleet_core::sim::{Fading, Faults};
use fleet_examples::run::Choices;
use fleet_examples::scenario::{Deployment, Scenario};

use crate::common::{assert_error, folder, open, write};

/// The keys at the beginning of a file, and its tables after those of the floor and the robots.
fn text(robots: usize, keys: &str, tables: &str) -> String {
    let fixed = "[open_floor]\nwidth = 9.0\nheight = 4.0\n[[robots]]\nname = \"r\"\n";
    format!("{keys}\n{fixed}count = {robots}\n{tables}\n")
}

fn read(test: &str, robots: usize, keys: &str, tables: &str) -> Scenario {
    let path = write(&folder(test), "good.toml", text(robots, keys, tables));
    open(path).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(test: &str, robots: usize, keys: &str, tables: &str, line: usize, key: &str, says: &str) {
    let path = write(&folder(test), "bad.toml", text(robots, keys, tables));
    let error = open(path).expect_err(says);
    assert_error(&error, "bad.toml", line, Some(key), says);
}

#[test]
fn without_a_pattern_there_is_one_coordinator() {
    let scenario = read("no-pattern", 2, "", "");
    assert_eq!(scenario.deployment, Deployment::default());
    assert_eq!(scenario.deployment.servers.len(), 1);
    assert_eq!(scenario.network.uplink, None);
}

#[test]
fn a_pattern_brings_witnesses_links_and_timings() {
    let scenario = read("cloud", 4, "pattern = \"robot-cloud\"", "");
    let Deployment {
        servers,
        config,
        pattern,
    } = &scenario.deployment;
    assert_eq!(*pattern, Some(Pattern::RobotCloud));
    assert_eq!((servers.len(), &config.witnesses), (3, servers));
    let uplink = scenario.network.uplink.expect("an uplink");
    assert_eq!(uplink.delay_max * 2, LinkBudget::UPLINK.round_trip);
    assert_eq!(uplink.loss, LinkBudget::UPLINK.loss);
    assert_eq!(scenario.network.max_delay * 2, LinkBudget::SITE.round_trip);
    let robots: Vec<_> = scenario.robots.iter().map(|named| named.robot.id()).collect();
    let expected = Pattern::RobotCloud.config(&robots, servers, &LinkBudget::UPLINK);
    assert_eq!(expected.as_ref(), Ok(config));
}

#[test]
fn what_the_file_says_goes_before_the_pattern() {
    let tables = "[network]\ndelay = 0.01\n[network.uplink]\ndelay = [0.1, 0.3]\nloss = 0.2\nfading = { burst = 2 }\n[timing]\nlease = 60\nauction = 3";
    let scenario = read("cloud-own", 4, "pattern = \"robot-cloud\"\nservers = 1", tables);
    let uplink = scenario.network.uplink.expect("an uplink");
    let expected = Faults {
        delay_min: Duration::from_millis(100),
        delay_max: Duration::from_millis(300),
        loss: 0.2,
        fading: Fading::GilbertElliott {
            burst: Duration::from_secs(2),
        },
        ..Faults::default()
    };
    assert_eq!(uplink, expected);
    assert_eq!(scenario.network.max_delay, Duration::from_millis(10));
    assert_eq!(scenario.network.loss, LinkBudget::SITE.loss);
    let config = &scenario.deployment.config;
    assert_eq!(config.witnesses.len(), 1);
    // From the network of the file, and from the file itself.
    assert_eq!(config.retry, Duration::from_millis(900));
    assert_eq!(config.lease.length(), Duration::from_secs(60));
    assert_eq!(config.auction, Duration::from_secs(3));
}

#[test]
fn a_fleet_without_servers_has_witnesses_among_its_robots() {
    let scenario = read("fleet-robots", 5, "pattern = \"fleet\"\nservers = 0", "");
    let nodes = scenario.robots.iter().map(|named| named.robot.id().node());
    let first: Vec<_> = nodes.take(3).collect();
    assert_eq!(scenario.deployment.config.witnesses, first);
    assert_eq!(scenario.deployment.servers, []);
}

#[test]
fn an_uplink_needs_no_pattern() {
    let scenario = read("uplink", 2, "", "[network.uplink]\ndelay = 0.1");
    assert_eq!(scenario.network.max_delay, Duration::ZERO);
    let setup = Choices::default().setup(&scenario);
    let server = scenario.deployment.servers[0];
    let uplink = setup.sites.faults(setup.sites.site(server), 0).copied();
    assert_eq!(uplink, scenario.network.uplink);
    assert_eq!(setup.sites.site(scenario.robots[0].robot.id().node()), 0);
}

#[test]
fn an_outage_of_the_uplink_cuts_off_all_robots() {
    let outage = "[[partition]]\nfrom = 1.0\nuntil = 2.0\nrobots = \"all\"";
    let scenario = read("outage", 3, "", outage);
    assert_eq!(scenario.partitions[0].robots.len(), 3);
}

#[test]
fn mistakes_are_told_with_their_place() {
    let edge = "pattern = \"robot-edge\"";
    let cloud = "pattern = \"robot-cloud\"";
    refused("p-name", 2, "pattern = \"moon\"", "", 1, "pattern", "robot-cloud");
    refused(
        "p-alone",
        2,
        "servers = 3",
        "",
        1,
        "servers",
        "goes with a `pattern`",
    );
    refused(
        "p-two",
        2,
        "pattern = \"single-robot\"",
        "",
        5,
        "robots",
        "single-robot",
    );
    refused(
        "p-even",
        2,
        "pattern = \"robot-cloud\"\nservers = 2",
        "",
        2,
        "servers",
        "one, three or five",
    );
    refused(
        "p-many",
        2,
        "pattern = \"fleet\"\nservers = 9",
        "",
        2,
        "servers",
        "at most 5",
    );
    refused(
        "p-few",
        2,
        "pattern = \"fleet\"\nservers = 0",
        "",
        6,
        "robots",
        "three at least",
    );
    refused(
        "p-loss",
        2,
        edge,
        "[network]\nloss = 0.6",
        9,
        "network.loss",
        "(the pattern is robot-edge)",
    );
    refused(
        "p-delay",
        2,
        edge,
        "[network]\ndelay = 6",
        9,
        "network.delay",
        "twice of it must be from 0 to 10",
    );
    let uplink = |key: &str| format!("[network.uplink]\n{key}");
    refused(
        "u-far",
        2,
        cloud,
        &uplink("delay = 6"),
        9,
        "network.uplink.delay",
        "twice of it",
    );
    refused(
        "u-loss",
        2,
        "",
        &uplink("loss = 1.5"),
        9,
        "network.uplink.loss",
        "from 0 to 1",
    );
    refused(
        "u-key",
        2,
        "",
        &uplink("topology = \"ring\""),
        9,
        "network.uplink.topology",
        "unknown field",
    );
    refused(
        "u-fading",
        2,
        "",
        &uplink("fading = { burst = 0 }"),
        9,
        "network.uplink.fading.burst",
        "greater than zero",
    );
    refused(
        "t-key",
        2,
        "",
        "[timing]\npatience = 1",
        9,
        "timing.patience",
        "unknown field",
    );
    refused(
        "t-less",
        2,
        "",
        "[timing]\nlease = -1",
        9,
        "timing.lease",
        "must not be negative",
    );
    refused(
        "t-lease",
        2,
        "",
        "[timing]\nlease = 1.2",
        9,
        "timing.lease",
        "longer than heartbeat plus stopping",
    );
    refused(
        "t-zero",
        2,
        "",
        "[timing]\nretry = 0",
        9,
        "timing.retry",
        "greater than zero",
    );
    let cut = "[[partition]]\nfrom = 1.0\nuntil = 2.0\nrobots = \"some\"";
    refused("cut", 2, "", cut, 11, "partition[0].robots", "all");
}
