//! Links that are slow and lose packets: what TCP makes of them.

use std::path::PathBuf;
use std::time::Duration;

use fleet_deploy::{answers, log};

use crate::processes::{Fleet, err, out, until};
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
    // A handshake takes three round trips, and has two leases for them.
    let mut fleet = Fleet::with("weather", 0, "link.lease = 3.0\n");
    let links = WEATHER.map(|weather| Relay::in_weather(&fleet.endpoint, weather));
    let robots = (1..).zip(&links);
    fleet.robots = robots
        .map(|(k, link)| fleet.start_robot_over(k, link.endpoint()))
        .collect();
    until("all robots are there", || {
        (fleet.alive() == WEATHER.len()).then_some(())
    });
    let mut csv = String::from("id,x,y,service\n");
    (0..TASKS).for_each(|k| csv += &format!("t{k},{},{},0.3\n", k * 7 % 30, k * 11 % 30));
    let output = fleet.ctl_with(&["submit", "--format", "csv", "-"], &csv);
    assert!(output.status.success(), "{}{}", out(&output), err(&output));
    let status = || fleet.json(&["status"])[0].clone();
    until("all is done", || {
        (status()["tasks"]["done"] == TASKS).then_some(())
    });
    let logs: Vec<PathBuf> = (1..=WEATHER.len()).map(|k| fleet.log(k)).collect();
    let verdict = log::judge(&log::read(&logs).unwrap());
    assert_eq!(verdict.overlaps, [""; 0]);
    assert_eq!(verdict.finished.len(), TASKS);
    // What the links are like is known.
    let robots = status()["robots"].clone();
    for (robot, weather) in answers::items(&robots).zip(WEATHER) {
        let round_trip = robot["link"]["round_trip"].as_f64().unwrap();
        assert!(round_trip >= 2.0 * weather.delay.as_secs_f64(), "{robot}");
    }
}
