//! What orchestrators and robots have in common: their journal, their clock, and how they end.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fleet_core::UtcTime;
use fleet_core::journal::{FileStorage, Journal, Recovered};
use fleet_zenoh::{Handle, Runner, ZenohTransport};

/// A node at work.
pub type Running = Runner<ZenohTransport, FileStorage>;

/// How long a node may take to end.
const END: Duration = Duration::from_secs(5);

/// The journal of the node called `name` in the folder `data`, which is made if it is not there.
///
/// # Errors
/// If it cannot be read or written, or another process has it.
pub fn journal(data: &Path, name: &str) -> Result<(Journal<FileStorage>, Recovered), String> {
    fs::create_dir_all(data).map_err(|error| format!("data: {}: {error}", data.display()))?;
    let storage =
        FileStorage::open(data.join(format!("{name}.journal"))).map_err(|error| format!("data: {error}"))?;
    Journal::open(storage).map_err(|error| format!("data: the journal of {name}: {error}"))
}

/// The system's calendar.
pub fn utc() -> UtcTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcTime::from_micros(i64::try_from(since.as_micros()).unwrap_or(0))
}

/// Sets the node's calendar by the system's, which may have been set. If the node has ended nobody minds.
pub fn set_calendar(node: &Handle) {
    let _ = node.post(|turn| turn.node.set_utc(turn.now, utc()));
}

/// Ends a node in good order.
///
/// # Errors
/// If it hangs, or had panicked.
pub fn end(runner: Running) -> Result<(), String> {
    runner.stop(END).map_err(|error| error.to_string())
}
