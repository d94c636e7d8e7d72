//! Any bytes are an error or a message of ROS 2, and a message survives being written and read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ros2::message::{BatteryState, DiagnosticArray, GoalStatusArray, Message, PoseStamped, StringMessage};

/// The files themselves: the crate that has them would bring Zenoh, which takes minutes to build.
#[path = "../../fleet-zenoh/src/ros2"]
mod ros2 {
    pub mod cdr;
    pub mod message;
}

/// Compared as bytes, for some numbers are none, and differ from themselves.
fn check<M: Message>(bytes: &[u8]) {
    let Ok(message) = M::decode(bytes) else { return };
    let encoded = message.encode();
    let again = M::decode(&encoded).expect("a message that was written can be read");
    assert_eq!(again.encode(), encoded);
}

fuzz_target!(|bytes: &[u8]| {
    check::<StringMessage>(bytes);
    check::<DiagnosticArray>(bytes);
    check::<BatteryState>(bytes);
    check::<PoseStamped>(bytes);
    check::<GoalStatusArray>(bytes);
});
