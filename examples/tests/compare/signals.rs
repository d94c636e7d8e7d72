use std::fs;

use crate::program::{Ended, folder, start};
use crate::signal::send;

/// Sends a signal to a run without end as soon as it has begun.
fn interrupted(signal: &str) -> Ended {
    let folder = folder(signal);
    let arguments = ["--seeds", "1000", "--threads", "2", "--html", "page.html"];
    let running = start("compare", &folder, &arguments);
    send(signal, &running, &folder.with_extension("err"));
    let ended = running.end();
    let page = fs::read_to_string(folder.join("page.html")).expect("it was written");
    assert!(page.contains("Interrupted"), "{page}");
    ended
}

#[test]
fn an_interrupt_and_a_request_to_end_end_it_in_good_order() {
    for signal in ["INT", "TERM"] {
        let ended = interrupted(signal);
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert!(ended.err.contains("interrupted: "), "{}", ended.err);
        assert!(!ended.err.contains("panicked"), "{}", ended.err);
    }
}
