//! Calendars that are wrong, and that are set while the fleet works. Leases go by the clocks that only run forward, and each node
//! by its own.
//!
//! It needs `libfaketime`; without it, or without namespaces, it says so and is left out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::chaos::{ORCHESTRATORS, fleet_of, orchestrator, robot};
use crate::processes::{folder, leave_out, until};

/// How far the clock of each robot is ahead, in seconds.
fn ahead(name: &str) -> f64 {
    match name {
        "robot-1" => 86_400.0,
        "robot-2" => -3_600.0,
        _ => 0.0,
    }
}

fn library() -> Option<PathBuf> {
    let libraries = fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path());
    let mut found = libraries.map(|folder| folder.join("faketime/libfaketime.so.1"));
    found.find(|path| path.exists())
}

/// From now on the program whose file this is has a clock that is ahead by so many seconds.
fn set(file: &Path, seconds: f64) {
    let new = file.with_extension("new");
    fs::write(&new, format!("{seconds:+.0}")).unwrap();
    fs::rename(new, file).unwrap();
}

#[test]
fn clocks_that_are_wrong_or_set_cost_no_task_and_give_none_to_two() {
    let Some(library) = library() else {
        leave_out(
            "FLEET_REQUIRE_FAKETIME",
            "no libfaketime: apt-get install faketime",
        );
        return;
    };
    let folder = folder("clocks-of");
    let file = |name: &str| folder.join(name);
    let fleet = fleet_of("clocks", ORCHESTRATORS, |member| {
        let file = file(&member.name);
        set(&file, ahead(&member.name));
        member.in_environment([
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ])
    });
    let Some(mut fleet) = fleet else { return };
    for (k, seconds) in [(1, 3_600.0), (2, -7_200.0), (1, -86_400.0)] {
        fleet.submit(20);
        let done = fleet.done();
        until("some work is done", || (fleet.done() > done).then_some(()));
        set(&file(&orchestrator(k)), seconds);
    }
    // One that begins anew has yet another idea of the time.
    fleet.kill(&orchestrator(1));
    set(&file(&orchestrator(1)), 0.0);
    fleet.start(&orchestrator(1));
    fleet.submit(10);
    fleet.ends_well_by(ahead);
    let first = fs::read_to_string(fleet.log(&robot(1))).unwrap();
    let now = fleet_deploy::node::utc().as_secs_f64();
    let at = first.split_once("\"at\":").unwrap().1.split_once(',').unwrap().0;
    assert!(
        at.parse::<f64>().unwrap() > now + 80_000.0,
        "its clock was not ahead"
    );
}
