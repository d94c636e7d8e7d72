//! Signals to programs under way.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{Running, wait_for};

/// Sends a signal, by its name without `SIG`, as soon as there is something in `file`.
pub(crate) fn send(signal: &str, running: &Running, file: &Path) {
    wait_for(&file.display().to_string(), || {
        let written = fs::metadata(file).ok()?;
        (written.len() > 0).then_some(())
    });
    let id = running.child.id().to_string();
    let sent = Command::new("kill").args(["-s", signal, &id]).status();
    assert!(sent.expect("there is a `kill`").success());
}
