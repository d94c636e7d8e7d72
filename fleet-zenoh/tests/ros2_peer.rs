//! Messages as `rosbags` reads and writes them, a Python package that shares nothing with this crate.
//!
//! With `FLEET_REQUIRE_PYPI=1` it is a failure that the package is missing. `FLEET_PYTHON` names another interpreter than
//! `python3`.

use std::env;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use fleet_zenoh::ros2::message::*;
use serde_json::{Value, json};

/// Of the script, if the package is missing.
const MISSING: i32 = 3;

/// What the other implementation makes of each encoding; `None` if it is not there.
fn ask(lines: &str) -> Option<Vec<Value>> {
    let python = env::var("FLEET_PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ros2_peer.py");
    let child = Command::new(&python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let answer = child.ok().and_then(|mut child| {
        // If it has ended already, its exit code says why.
        let _ = child
            .stdin
            .take()
            .expect("it is piped")
            .write_all(lines.as_bytes());
        let output = child.wait_with_output().expect("it can be waited for");
        (output.status.code() != Some(MISSING)).then_some(output)
    });
    let Some(output) = answer else {
        let required = env::var("FLEET_REQUIRE_PYPI").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "`{python}` has no package `rosbags`: pip install -r fleet-zenoh/tests/requirements.txt"
        );
        eprintln!("left out: `{python}` has no package `rosbags`");
        return None;
    };
    assert!(output.status.success(), "the script failed");
    let text = String::from_utf8(output.stdout).unwrap();
    Some(
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line for the script, and what it should make of it.
fn case<M: Message>(message: &M, fields: Value) -> (String, Value) {
    let encoding = hex(&message.encode());
    let line = format!("{} {encoding}\n", M::TYPE);
    (
        line,
        json!({ "hash": M::HASH, "fields": fields, "again": encoding }),
    )
}

#[test]
fn another_implementation_reads_and_writes_the_same() {
    let stamp = Time {
        sec: -7,
        nanosec: 999_999_999,
    };
    let header = Header {
        stamp,
        frame_id: "map".into(),
    };
    let told = json!({ "stamp": { "sec": -7, "nanosec": 999_999_999 }, "frame_id": "map" });
    let value = KeyValue {
        key: "Größe".into(),
        value: String::new(),
    };
    let status = DiagnosticStatus {
        level: Level::Error,
        name: "fleet: r1".into(),
        message: "its battery is at its reserve".into(),
        hardware_id: "abc".into(),
        values: vec![value.clone(), value],
    };
    let pair = json!({ "key": "Größe", "value": "" });
    let goal_id = Uuid {
        uuid: std::array::from_fn(|k| 255 - k as u8),
    };
    let goal = GoalStatus {
        goal_info: GoalInfo {
            goal_id,
            stamp: Time::default(),
        },
        status: GoalState::Canceled,
    };
    let cases = [
        case(
            &StringMessage {
                data: "{\"id\": 1}".into(),
            },
            json!({ "data": "{\"id\": 1}" }),
        ),
        case(
            &DiagnosticArray {
                header: header.clone(),
                status: vec![status],
            },
            json!({ "header": told, "status": [{
                "level": 2, "name": "fleet: r1", "message": "its battery is at its reserve", "hardware_id": "abc",
                "values": [pair, pair],
            }] }),
        ),
        case(
            &BatteryState {
                header: header.clone(),
                voltage: f32::NAN,
                current: -0.5,
                percentage: 0.25,
                power_supply_status: 2,
                present: true,
                cell_voltage: vec![3.5, 4.5, 5.5],
                serial_number: "s".into(),
                ..BatteryState::default()
            },
            json!({
                "header": told, "voltage": "nan", "temperature": 0.0, "current": -0.5, "charge": 0.0, "capacity": 0.0,
                "design_capacity": 0.0, "percentage": 0.25, "power_supply_status": 2, "power_supply_health": 0,
                "power_supply_technology": 0, "present": true, "cell_voltage": [3.5, 4.5, 5.5], "cell_temperature": [],
                "location": "", "serial_number": "s",
            }),
        ),
        case(
            &PoseStamped {
                header,
                pose: Pose {
                    position: Point {
                        x: 1e-9,
                        y: -1e9,
                        z: 0.5,
                    },
                    orientation: Quaternion {
                        x: 0.0,
                        y: 0.0,
                        z: 0.6,
                        w: 0.8,
                    },
                },
            },
            json!({ "header": told, "pose": {
                "position": { "x": 1e-9, "y": -1e9, "z": 0.5 },
                "orientation": { "x": 0.0, "y": 0.0, "z": 0.6, "w": 0.8 },
            } }),
        ),
        case(
            &GoalStatusArray {
                status_list: vec![goal],
            },
            json!({ "status_list": [{
                "goal_info": {
                    "goal_id": { "uuid": (0..16).map(|k| 255 - k).collect::<Vec<u8>>() },
                    "stamp": { "sec": 0, "nanosec": 0 },
                },
                "status": 5,
            }] }),
        ),
    ];
    let lines: String = cases.iter().map(|(line, _)| line.as_str()).collect();
    let Some(answers) = ask(&lines) else { return };
    let expected: Vec<Value> = cases.into_iter().map(|(_, expected)| expected).collect();
    assert_eq!(answers, expected);
}
