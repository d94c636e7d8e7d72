//! Any text is an error or a valid robot, and a robot survives being taken apart, and being written and read.
#![no_main]

use fleet_core::{Robot, RobotSpec};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(robot) = serde_json::from_slice::<Robot>(text) else {
        return;
    };
    assert_eq!(Robot::new(RobotSpec::from(robot.clone())).as_ref(), Ok(&robot));
    let json = serde_json::to_vec(&robot).expect("a robot can be written");
    assert_eq!(serde_json::from_slice::<Robot>(&json).expect("and read"), robot);
});
