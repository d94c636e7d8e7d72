//! Any text is an error, or a problem that is refused for a number or solved as the checker wants it.
#![no_main]

use fleet_examples::instances::{Format, Instance};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(instance) = Instance::parse(text, Format::Vrptw, None) {
        fleet_fuzz::solve(&instance);
    }
});
