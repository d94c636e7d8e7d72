//! Any text is an error or a valid task, and a task survives being taken apart, and being written and read.
#![no_main]

use fleet_core::Task;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(task) = serde_json::from_slice::<Task>(text) else {
        return;
    };
    assert_eq!(Task::new(task.clone().into_spec()).as_ref(), Ok(&task));
    let json = serde_json::to_vec(&task).expect("a task can be written");
    assert_eq!(serde_json::from_slice::<Task>(&json).expect("and read"), task);
});
