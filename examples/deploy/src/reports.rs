//! Reports: what a program adds to a file of lines is kept in a spool, and sent when it can be.
//!
//! Two threads do it, one that looks at the file and one that sends; the program itself never waits for either.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use fleet_zenoh::spool::{ForwardSettings, Forwarder, Name, ObjectSink, Spool, Tail};

use crate::settings::Settings;

/// How long one item may take, in either way.
const PUT: Duration = Duration::from_secs(30);
/// Time between two looks at how it goes.
const LOOK: Duration = Duration::from_secs(1);
/// How long a program that ends tries to send the last of it.
const LAST: Duration = Duration::from_secs(5);
/// How long it then waits for what is under way.
const END: Duration = Duration::from_secs(2);
/// How long all of that takes at most, whatever the disk does.
const ALL: Duration = Duration::from_secs(10);

/// Reports at work.
#[derive(Debug)]
pub struct Reports {
    /// Dropped when they are to end.
    end: Sender<()>,
    is_last: Arc<AtomicBool>,
    /// Told when all is done.
    done: Receiver<()>,
}

impl Reports {
    /// Reports the lines of `file`, under the name of the node and `label`; nothing if the settings say nothing of reports.
    /// While `may_send` says no they wait, but for the last, when the program ends.
    ///
    /// # Errors
    /// If there can be no spool, no sink or no thread.
    pub fn start(
        settings: &Settings,
        node: &str,
        label: &str,
        file: &Path,
        may_send: impl Fn() -> bool + Send + 'static,
    ) -> Result<Option<Self>, String> {
        let Some(reports) = &settings.reports else {
            return Ok(None);
        };
        let refused = |error: &dyn std::fmt::Display| format!("reports: {error}");
        let name = |text: &str| text.parse::<Name>().map_err(|error| refused(&error));
        let folder = settings.data.join(format!("{node}.reports"));
        let spool = Spool::open(&folder, reports.keep).map_err(|error| refused(&error))?;
        let tail = Tail::new(file, name(label)?, spool.last());
        let sink = ObjectSink::open(&reports.to, PUT).map_err(|error| refused(&error))?;
        let is_last = Arc::new(AtomicBool::new(false));
        let mut forward = ForwardSettings::new(&settings.fleet, &name(node)?);
        (forward.rate, forward.burst) = (reports.rate, reports.rate.into());
        let at_last = is_last.clone();
        forward.may_send = Some(Box::new(move || at_last.load(Ordering::Relaxed) || may_send()));
        let forwarder = Forwarder::start(spool, sink, forward).map_err(|error| refused(&error))?;
        let ((end, ended), (is_done, done)) = (channel(), channel());
        let clerk = Clerk {
            tail,
            forwarder,
            every: reports.every,
            unread: None,
            trouble: None,
        };
        let work = move || {
            clerk.work(&ended);
            // Nobody waits if the program could not begin.
            let _ = is_done.send(());
        };
        let thread = thread::Builder::new().name("fleet-reports".to_owned());
        thread.spawn(work).map_err(|error| refused(&error))?;
        Ok(Some(Reports { end, is_last, done }))
    }

    /// Reports what is left, tries for a few seconds to send it, and ends. What is not sent waits for the next life of the
    /// program.
    pub fn end(self) {
        let Reports { end, is_last, done } = self;
        is_last.store(true, Ordering::Relaxed);
        drop(end);
        match done.recv_timeout(ALL) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => {
                eprintln!("reports: the disk holds them up: they are left as they are")
            }
            Err(RecvTimeoutError::Disconnected) => eprintln!("reports: they had ended by themselves"),
        }
    }
}

/// What the thread has that looks at the file.
struct Clerk {
    tail: Tail,
    forwarder: Forwarder,
    every: Duration,
    /// Why the file was not read, or not kept, the last time.
    unread: Option<String>,
    /// What was said last to be wrong.
    trouble: Option<String>,
}

impl Clerk {
    fn work(mut self, ended: &Receiver<()>) {
        let mut due = Instant::now();
        loop {
            if due <= Instant::now() {
                self.report();
                due = Instant::now() + self.every;
            }
            let rest = due.saturating_duration_since(Instant::now()).min(LOOK);
            if ended.recv_timeout(rest) == Err(RecvTimeoutError::Disconnected) {
                break;
            }
            self.tell();
        }
        self.report();
        self.forwarder.flush(LAST);
        self.tell();
        let waiting = self.forwarder.counts().waiting;
        if waiting > 0 {
            eprintln!("reports: {waiting} wait for the next life");
        }
        if let Err(error) = self.forwarder.stop(END) {
            eprintln!("reports: {error}");
        }
    }

    fn report(&mut self) {
        let put = self.tail.put_into(&self.forwarder);
        self.unread = put.err().map(|error| error.to_string());
    }

    /// Says what is wrong when it begins, and when it is over.
    fn tell(&mut self) {
        let trouble = self.unread.clone().or(self.forwarder.counts().last_error);
        match (&self.trouble, &trouble) {
            (None, Some(trouble)) => eprintln!("reports: {trouble}: they wait"),
            (Some(_), None) => eprintln!("reports: they are sent again"),
            _ => {}
        }
        self.trouble = trouble;
    }
}
