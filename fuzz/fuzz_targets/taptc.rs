//! Any text is an error, or a problem that is refused for a number or solved as the checker wants it.
//!
//! The robots come first, and after a line that begins with `%` the tasks.
#![no_main]

use fleet_examples::instances::{Format, Instance, Team};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (team, tasks) = text.split_once("\n%").unwrap_or((text, text));
    let Ok(team) = Team::parse(team) else {
        return;
    };
    if let Ok(instance) = Instance::parse(tasks, Format::Taptc, Some(&team)) {
        fleet_fuzz::solve(&instance);
    }
});
