//! What orchestrators and robots have in common: their journal, their clock, and how they end.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fleet_core::UtcTime;
use fleet_core::journal::{FileError, FileStorage, Journal, Recovered, Storage};
use fleet_zenoh::{Handle, Runner, ZenohTransport};

/// A node at work.
pub type Running = Runner<ZenohTransport, Disk>;

/// How long a node may take to end.
const END: Duration = Duration::from_secs(5);

/// A file, which says when it begins to fail, and when it works again: while it fails the node falls silent.
#[derive(Debug)]
pub struct Disk {
    storage: FileStorage,
    fails: bool,
}

impl Disk {
    fn tell<T>(&mut self, result: Result<T, FileError>) -> Result<T, FileError> {
        match &result {
            Err(error) if !self.fails => {
                eprintln!("error: data: {error}: this node is silent until it works again")
            }
            Ok(_) if self.fails => eprintln!("data: the journal is written again"),
            _ => {}
        }
        self.fails = result.is_err();
        result
    }
}

impl Storage for Disk {
    type Error = FileError;

    fn read(&mut self) -> Result<Vec<u8>, FileError> {
        self.storage.read()
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let result = self.storage.append(bytes);
        self.tell(result)
    }

    fn sync(&mut self) -> Result<(), FileError> {
        let result = self.storage.sync();
        self.tell(result)
    }

    fn replace(&mut self, content: &[u8]) -> Result<(), FileError> {
        let result = self.storage.replace(content);
        self.tell(result)
    }
}

/// The journal of the node called `name` in the folder `data`, which is made if it is not there.
///
/// # Errors
/// If it cannot be read or written, or another process has it.
pub fn journal(data: &Path, name: &str) -> Result<(Journal<Disk>, Recovered), String> {
    fs::create_dir_all(data).map_err(|error| format!("data: {}: {error}", data.display()))?;
    let storage =
        FileStorage::open(data.join(format!("{name}.journal"))).map_err(|error| format!("data: {error}"))?;
    Journal::open(Disk {
        storage,
        fails: false,
    })
    .map_err(|error| format!("data: the journal of {name}: {error}"))
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
