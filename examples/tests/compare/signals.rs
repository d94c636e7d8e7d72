use std::fs;
use std::process::Command;

use crate::program::{Ended, folder, start, wait_for};

/// Sends a signal to a run without end as soon as it has begun.
fn interrupted(signal: &str) -> Ended {
    let folder = folder(signal);
    let arguments = ["--seeds", "1000", "--threads", "2", "--html", "page.html"];
    let running = start("compare", &folder, &arguments);
    wait_for("a first word", || {
        let said = fs::metadata(folder.with_extension("err")).ok()?;
        (said.len() > 0).then_some(())
    });
    let id = running.child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.expect("there is a `kill`").success());
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
