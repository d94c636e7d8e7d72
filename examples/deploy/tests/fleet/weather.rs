//! Links that are slow and lose packets: what TCP makes of them.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use fleet_deploy::{answers, log};
use serde_json::Value;

use crate::processes::{Process, err, folder, free_port, out, program, until};
use crate::relay::{Relay, Weather};

const TASKS: usize = 40;

/// Of each robot.
const WEATHER: [Weather; 4] = [
    Weather {
        delay: Duration::from_millis(100),
        one_lost_of: 0,
    },
    Weather {
        delay: Duration::from_millis(500),
        one_lost_of: 0,
    },
    Weather {
        delay: Duration::from_millis(20),
        one_lost_of: 5,
    },
    Weather {
        delay: Duration::from_millis(100),
        one_lost_of: 5,
    },
];

#[test]
fn robots_with_slow_and_lossy_links_do_all_and_never_two_one_task() {
    let folder = folder("weather");
    let endpoint = format!("tcp/127.0.0.1:{}", free_port());
    let file = folder.join("fleet.toml");
    // A handshake takes three round trips, and has two leases for them.
    let text = format!("fleet = 'weather'\nlink = {{ connect = [{endpoint:?}], lease = 3.0 }}\n");
    fs::write(&file, text).unwrap();
    let command = |name: &str| {
        let mut command = program(name);
        command.arg("--config").arg(&file);
        command
    };
    let start = |mut command: std::process::Command| {
        command.arg("--data").arg(folder.join("data"));
        let quiet = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Process(quiet.spawn().unwrap())
    };
    let mut orchestrator = command("orchestrator");
    orchestrator.args(["--id", "orchestrator-1", "--listen", &endpoint]);
    let _orchestrator = start(orchestrator);
    until("it listens", || {
        TcpStream::connect(&endpoint["tcp/".len()..]).ok()
    });
    let links: Vec<Relay> = WEATHER
        .iter()
        .map(|weather| Relay::in_weather(&endpoint, *weather))
        .collect();
    let logs: Vec<PathBuf> = (1..=WEATHER.len())
        .map(|k| folder.join(format!("robot-{k}.jsonl")))
        .collect();
    let _robots: Vec<Process> = links
        .iter()
        .zip(&logs)
        .enumerate()
        .map(|(k, (link, log))| {
            let mut robot = command("robot");
            robot.args(["--connect", link.endpoint()]);
            robot
                .env("ROBOT_ID", format!("robot-{}", 1 + k))
                .env("ROBOT_LOG", log)
                .env("ROBOT_SPEED", "20");
            start(robot)
        })
        .collect();
    let status = || -> Value {
        let output = command("fleetctl").args(["--json", "status"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(&output)))
    };
    until("all robots are there", || {
        (answers::alive(&status()[0]) == WEATHER.len()).then_some(())
    });
    let mut csv = String::from("id,x,y,service\n");
    (0..TASKS).for_each(|k| csv += &format!("t{k},{},{},0.3\n", k * 7 % 30, k * 11 % 30));
    let tasks = folder.join("tasks.csv");
    fs::write(&tasks, csv).unwrap();
    let output = command("fleetctl").arg("submit").arg(&tasks).output().unwrap();
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    until("all is done", || {
        (status()[0]["tasks"]["done"] == TASKS).then_some(())
    });
    let verdict = log::judge(&log::read(&logs).unwrap());
    assert_eq!(verdict.overlaps, [""; 0]);
    assert_eq!(verdict.finished.len(), TASKS);
    // What the links are like is known.
    let robots = status()[0]["robots"].clone();
    for (robot, weather) in answers::items(&robots).zip(WEATHER) {
        let round_trip = robot["link"]["round_trip"].as_f64().unwrap();
        assert!(round_trip >= 2.0 * weather.delay.as_secs_f64(), "{robot}");
    }
}
