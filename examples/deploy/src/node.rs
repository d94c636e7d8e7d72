//! What orchestrators and robots have in common: their journal, their clock, and how they end.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fleet_core::journal::{FileError, FileStorage, Journal, Recovered, Storage};
use fleet_core::{Invalid, Node, Time, UtcTime};
use fleet_zenoh::link::Metered;
use fleet_zenoh::{Handle, Runner, ZenohTransport};

/// A node at work.
pub type Running = Runner<Metered<ZenohTransport>, Disk>;

/// Time between two looks at the system's calendar.
const CALENDAR: Duration = Duration::from_secs(10);
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

/// A node that goes on where its journal ends, with the system's calendar at `now`.
///
/// # Errors
/// If it cannot be, or what it remembers is not its own.
pub fn restored(node: Result<Node, Invalid>, entries: Vec<Vec<u8>>, now: Time) -> Result<Node, String> {
    let node = node.map_err(|invalid| invalid.to_string())?;
    let mut node = node
        .with_memory(entries)
        .map_err(|error| format!("data: {error}"))?;
    node.set_utc(now, utc());
    Ok(node)
}

/// Sets a node's calendar by the system's, which may have been set, now and then.
#[derive(Debug)]
pub struct Calendar {
    set: Instant,
}

impl Default for Calendar {
    /// It has just been set.
    fn default() -> Self {
        Calendar { set: Instant::now() }
    }
}

impl Calendar {
    /// Sets it, if that is due. If the node has ended nobody minds.
    pub fn keep(&mut self, node: &Handle) {
        if self.set.elapsed() >= CALENDAR {
            self.set = Instant::now();
            let _ = node.post(|turn| turn.node.set_utc(turn.now, utc()));
        }
    }
}

/// Ends a node in good order.
///
/// # Errors
/// If it hangs, or had panicked.
pub fn end(runner: Running) -> Result<(), String> {
    runner.stop(END).map_err(|error| error.to_string())
}
