//! Who did what, when, and what was refused: a file of JSON lines.
//!
//! ```json
//! {"at":"2027-01-15T08:00:00.5Z","who":"operator.anna.7","what":"cancel","task":"00000000-0000-0000-0000-00000000002a","allowed":true,"why":"asked by fleetctl"}
//! ```
//!
//! A program [records](Audit::record) what it was asked and did; [`Watch`] records what Zenoh refuses.

mod watch;
mod writer;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fleet_core::{TaskId, UtcTime};

pub use watch::{Watch, WatchError};
use writer::Writer;

/// Entries that wait to be written; more are lost, and counted.
const QUEUE: usize = 1_024;
/// How long the last handle waits until all is written.
const END: Duration = Duration::from_secs(2);
/// Bytes of a text in an entry; what is longer is cut.
const TEXT: usize = 512;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// When, by the calendar of whoever writes it.
    pub at: UtcTime,
    /// Who: the common name of a certificate, an id, or an address.
    pub who: String,
    /// What was asked: `submit`, `cancel`, `drain`, or `link`.
    pub what: String,
    /// Which task it was about.
    pub task: Option<TaskId>,
    /// Whether it was done.
    pub is_allowed: bool,
    /// Why not, or what else there is to say.
    pub why: String,
}

impl Entry {
    /// That it was done.
    pub fn allowed(at: UtcTime, who: impl ToString, what: impl ToString) -> Self {
        Entry {
            at,
            who: who.to_string(),
            what: what.to_string(),
            task: None,
            is_allowed: true,
            why: String::new(),
        }
    }

    /// That it was not done, and why.
    pub fn refused(at: UtcTime, who: impl ToString, what: impl ToString, why: impl ToString) -> Self {
        Entry {
            is_allowed: false,
            why: why.to_string(),
            ..Entry::allowed(at, who, what)
        }
    }

    fn cut(mut self) -> Self {
        for text in [&mut self.who, &mut self.what, &mut self.why] {
            text.truncate(beginning(text, TEXT).len());
        }
        self
    }
}

/// How much is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Keep {
    /// Bytes of a file; the next line begins a new one. At least 4 KiB.
    pub bytes: u64,
    /// Files beside the one that is written: `<name>.1` is the latest of them. The oldest is deleted.
    pub files: u32,
}

impl Default for Keep {
    /// Four files of 16 MiB, and the one that is written.
    fn default() -> Self {
        Keep {
            bytes: 16 << 20,
            files: 4,
        }
    }
}

/// Why there is no audit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// Its file cannot be written.
    #[error("cannot write the audit {}: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The machine gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
    /// What waits was not written in time.
    #[error("the audit was not written within {0:?}")]
    Late(Duration),
}

enum Message {
    Entry(Entry),
    /// Answered when all before it is on disk.
    Flush(SyncSender<()>),
}

/// The audit of one program, which may have many handles. A thread of its own writes; nobody waits for it.
#[derive(Clone, Debug)]
pub struct Audit {
    end: Arc<End>,
}

#[derive(Debug)]
struct End {
    /// None when it is to end.
    messages: Option<SyncSender<Message>>,
    lost: Arc<AtomicU64>,
    /// Disconnected when the thread has ended.
    ended: Mutex<Receiver<()>>,
}

impl Audit {
    /// Appends to the file `path`, which is made if need be, for nobody else to read.
    ///
    /// # Errors
    /// If the file cannot be written, or the machine gives no thread.
    pub fn open(path: &Path, keep: Keep) -> Result<Self, AuditError> {
        let lost = Arc::new(AtomicU64::new(0));
        let mut writer = Writer::open(path, keep, lost.clone()).map_err(|source| AuditError::File {
            path: path.to_owned(),
            source,
        })?;
        let (messages, queue) = sync_channel(QUEUE);
        let (end, ended) = channel::<()>();
        let write = move || {
            for message in queue {
                match message {
                    Message::Entry(entry) => writer.write(&entry),
                    Message::Flush(done) => {
                        writer.sync();
                        // Who asked may have given up.
                        let _ = done.try_send(());
                    }
                }
            }
            writer.sync();
            drop(end);
        };
        let thread = thread::Builder::new().name("fleet-audit".to_owned());
        thread.spawn(write).map_err(AuditError::Thread)?;
        Ok(Audit {
            end: Arc::new(End {
                messages: Some(messages),
                lost,
                ended: Mutex::new(ended),
            }),
        })
    }

    /// Has it written. Never waits: if 1,024 entries wait already this one is lost, which a later line says.
    pub fn record(&self, entry: Entry) {
        let message = Message::Entry(entry.cut());
        let sent = self.end.messages.as_ref().map(|it| it.try_send(message));
        if !matches!(sent, Some(Ok(()))) {
            self.end.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Entries that were lost and of which no line tells yet: the queue was full, or the disk is.
    pub fn lost(&self) -> u64 {
        self.end.lost.load(Ordering::Relaxed)
    }

    /// Waits until all that was recorded before is on disk.
    ///
    /// # Errors
    /// If that takes longer than `within`.
    pub fn flush(&self, within: Duration) -> Result<(), AuditError> {
        let late = AuditError::Late(within);
        let (done, is_done) = sync_channel(1);
        let mut message = Message::Flush(done);
        let (step, mut left) = (Duration::from_millis(5), within);
        while let Some(messages) = &self.end.messages {
            match messages.try_send(message) {
                Ok(()) => return is_done.recv_timeout(left).map_err(|_| late),
                Err(TrySendError::Disconnected(_)) => break,
                Err(TrySendError::Full(back)) if left > step => {
                    message = back;
                    left -= step;
                    thread::sleep(step);
                }
                Err(TrySendError::Full(_)) => break,
            }
        }
        Err(late)
    }
}

impl Drop for End {
    /// What waits is written, unless the disk takes too long.
    fn drop(&mut self) {
        self.messages = None;
        if let Ok(ended) = self.ended.get_mut() {
            // It says nothing: the channel is closed, or the time is over.
            let _ = ended.recv_timeout(END);
        }
    }
}

/// As much of `text` as has so many bytes at most.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
