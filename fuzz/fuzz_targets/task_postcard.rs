//! Any bytes are an error or a valid task, and a task survives being taken apart, and being written and read.
#![no_main]

use fleet_core::Task;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(task) = postcard::from_bytes::<Task>(bytes) else {
        return;
    };
    assert_eq!(Task::new(task.clone().into_spec()).as_ref(), Ok(&task));
    let again = postcard::to_allocvec(&task).expect("a task can be written");
    assert_eq!(postcard::from_bytes::<Task>(&again).expect("and read"), task);
});
