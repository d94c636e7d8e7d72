//! What Zenoh refuses, in the audit.
//!
//! Zenoh tells of it in its traces, and nowhere else. What they say is read here, so that this file goes with one version
//! of Zenoh: the tests refuse one of each kind and look for its line.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fleet_core::UtcTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::{Audit, Entry, beginning};
use crate::access::Access;

const ACCEPTING: &str = "zenoh_link_tls::unicast";
const EXPIRING: &str = "zenoh_link_commons::tls::expiration";
const CONNECTING: &str = "zenoh::net::runtime::orchestrator";
const RULES: &str = "zenoh::net::routing::interceptor::access_control";

/// What Zenoh asks its rules of a key in advance, in this order. That something of it would be refused is no attempt.
const IN_ADVANCE: [&str; 9] = [
    "Query (ingress)",
    "Reply (ingress)",
    "Put (ingress)",
    "Delete (ingress)",
    "Declare/Undeclare Subscriber (ingress)",
    "Declare/Undeclare Queryable (ingress)",
    "Declare/Undeclare Liveliness Token (ingress)",
    "Liveliness Query (ingress)",
    "Declare Liveliness Subscriber (ingress)",
];

/// The same is written once in this time.
const WINDOW: Duration = Duration::from_secs(60);
/// Different lines in that time; the others are counted.
const LINES: usize = 200;
/// Links of which it is known whose they are.
const LINKS: usize = 4_096;
/// Bytes that are read of a trace.
const LONGEST: usize = 2_048;

/// Writes into the audit which links Zenoh refuses, and what it refuses on those that it has let in. One for a
/// program: it sees all its sessions, from when it is [installed](Self::install) on.
///
/// | what | who | when |
/// |---|---|---|
/// | `link` | unknown | somebody connects without a certificate, or with one that has expired or is of another authority |
/// | `link` | common name | the certificate is not in the list: revoked, or issued later |
/// | `link` | endpoint | this node connects, and one of the two refuses the other's certificate |
/// | `link` | Zenoh's id | nothing is allowed on a link, whoever has made it |
/// | `link` | address | the certificate at the other end of a link expires |
/// | `put`, `query`, ... | common name | a message that this role, or this id, must not send; `why` has the key |
///
/// The same is written once a minute, and at most 200 lines; how many more there were is told later. Who it was is not known
/// where TLS itself refuses: Zenoh does not say from which address. What comes on a link on which nothing is allowed has
/// no line for each message.
pub struct Watch {
    audit: Audit,
    access: Access,
    clock: Box<dyn Fn() -> UtcTime + Send + Sync>,
    recent: Mutex<Recent>,
}

/// Why nothing is watched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The program has a subscriber of traces already.
    #[error("the program has a subscriber of traces: add `Watch::layer` to it")]
    Taken,
}

#[derive(Default)]
struct Recent {
    since: UtcTime,
    written: BTreeSet<(String, String, String)>,
    more: u64,
    /// Common names by Zenoh's ids.
    links: BTreeMap<String, String>,
}

thread_local! {
    /// Which of [`IN_ADVANCE`] is asked next on this thread.
    static NEXT: Cell<usize> = const { Cell::new(IN_ADVANCE.len()) };
}

impl Watch {
    /// For a node with this list. `clock` is the calendar of the program.
    pub fn new(audit: Audit, access: Access, clock: impl Fn() -> UtcTime + Send + Sync + 'static) -> Self {
        Watch {
            audit,
            access,
            clock: Box::new(clock),
            recent: Mutex::default(),
        }
    }

    /// Begins. Call it before a session is opened, in a program that has no subscriber of traces.
    ///
    /// # Errors
    /// If it has one.
    pub fn install(self) -> Result<(), WatchError> {
        let subscriber = tracing_subscriber::registry().with(self.layer());
        tracing::subscriber::set_global_default(subscriber).map_err(|_| WatchError::Taken)
    }

    /// As a layer of the program's own subscriber, with its own filter. A filter of the whole subscriber must let Zenoh's
    /// traces through.
    pub fn layer<S: Subscriber + for<'a> LookupSpan<'a>>(self) -> impl Layer<S> {
        let targets = Targets::new()
            .with_target(ACCEPTING, LevelFilter::DEBUG)
            .with_target(EXPIRING, LevelFilter::WARN)
            .with_target(CONNECTING, LevelFilter::TRACE)
            .with_target(RULES, LevelFilter::TRACE);
        Layer::<S>::with_filter(self, targets)
    }

    fn see(&self, target: &str, text: &str) {
        match target {
            ACCEPTING => self.see_accepting(text),
            CONNECTING => self.see_connecting(text),
            RULES => self.see_rules(text),
            _ => {
                if let Some((_, link)) = text.split_once("link ")
                    && let Some((link, why)) = link.split_once(" : ")
                {
                    self.refuse(link, "link", why);
                }
            }
        }
    }

    fn see_accepting(&self, text: &str) {
        if let Some(error) = text.strip_suffix(". Hint: increase the system open file limit.") {
            return self.refuse("unknown", "link", reason(error));
        }
        let Some(accepted) = text.strip_prefix("Accepted TLS connection on ") else {
            return;
        };
        let Some((addresses, name)) = accepted.split_once(". Common Name: ") else {
            return;
        };
        let name = name.trim_end_matches('.');
        if self.access.holder(name).is_none() {
            let from = addresses.split_once(": ").map_or(addresses, |(_, from)| from);
            let why = format!("its certificate is not in the list: revoked, or issued later; from {from}");
            self.refuse(name, "link", &why);
        }
    }

    fn see_connecting(&self, text: &str) {
        let Some(failed) = text.strip_prefix("Unable to connect to ") else {
            return;
        };
        // Nobody listens there: nothing was refused.
        if !["certificate", "alert", "TLS"].iter().any(|word| {
            // The name of the link is in every error.
            failed.replace("TLS link", "").contains(word)
        }) {
            return;
        }
        let named = failed.strip_prefix("configured peer ").unwrap_or(failed);
        let (who, why) = named.split_once("! ").unwrap_or(("unknown", named));
        let why = why.split(". Retry in").next().unwrap_or(why);
        self.refuse(who, "link", reason(why));
    }

    fn see_rules(&self, text: &str) {
        if text.starts_with("ACL (ingress): caching") {
            return NEXT.set(0);
        }
        if let Some((zid, _)) = text.split_once(" did not match any configured ACL subject") {
            return self.refuse(zid, "link", "no certificate of the list: nothing is allowed");
        }
        let is_refused = text.contains(" is unauthorized to ");
        let Some((who, asked)) = text
            .split_once(" is unauthorized to ")
            .or_else(|| text.split_once(" is authorized to "))
        else {
            return;
        };
        let Some((message, key)) = asked.split_once(" on ") else {
            return;
        };
        let (zid, subject) = who.split_once(" on ").unwrap_or((who, ""));
        let zid = zid.trim_start_matches("Using cached result: ");
        let name = self.name(zid, subject);
        if is_in_advance(message) || !is_refused {
            return;
        }
        if let Some(message) = message.strip_suffix(" (ingress)") {
            self.refuse(&name, &message.to_lowercase(), key);
        }
    }

    /// Whose link it is, as far as it is known.
    fn name(&self, zid: &str, subject: &str) -> String {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let common_name = subject
            .split_once("CertCommonName(")
            .and_then(|(_, rest)| rest.split_once(')'));
        if let Some((name, _)) = common_name {
            if recent.links.len() >= LINKS {
                recent.links.clear();
            }
            recent.links.insert(zid.to_owned(), name.to_owned());
        }
        recent.links.get(zid).map_or(zid, String::as_str).to_owned()
    }

    /// Writes a line, unless the same was written a moment ago, or too many were.
    fn refuse(&self, who: &str, what: &str, why: &str) {
        let now = (self.clock)();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since(recent.since) >= WINDOW || now < recent.since {
            recent.since = now;
            recent.written.clear();
            let more = std::mem::take(&mut recent.more);
            if more > 0 {
                let why = format!("{more} more refusals like those above");
                self.audit.record(Entry::refused(now, "", "audit", why));
            }
        }
        let line = (who.to_owned(), what.to_owned(), why.to_owned());
        if recent.written.len() < LINES && recent.written.insert(line) {
            self.audit.record(Entry::refused(now, who, what, why));
        } else {
            recent.more += 1;
        }
    }
}

/// An error without the times in it, by which the same would be new at every try, and without a line of Zenoh's source.
fn reason(error: &str) -> &str {
    let error = error.split(": verification time").next().unwrap_or(error);
    match error.rsplit_once(" at ") {
        Some((what, place)) if place.contains(".rs:") => what,
        _ => error,
    }
}

/// Whether this is one of the questions in advance, which then goes on with the next.
fn is_in_advance(message: &str) -> bool {
    let next = NEXT.get();
    // One is asked several times if the other end has several names.
    let at = [next, next.saturating_sub(1)]
        .into_iter()
        .find(|at| *at < IN_ADVANCE.len() && next < IN_ADVANCE.len() && IN_ADVANCE[*at] == message);
    NEXT.set(at.map_or(IN_ADVANCE.len(), |at| at + 1));
    at.is_some()
}

impl<S: Subscriber> Layer<S> for Watch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let target = event.metadata().target();
        let mut text = Text {
            text: String::new(),
            is_of_rules: target == RULES,
        };
        event.record(&mut text);
        if !text.text.is_empty() {
            self.see(target, &text.text);
        }
    }
}

/// The beginning of what a trace says; nothing if it says that a message was let through, which it does of each.
struct Text {
    text: String,
    is_of_rules: bool,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" && write!(self, "{value:?}").is_err() && self.is_of_rules {
            self.text.clear();
        }
    }
}

impl Write for Text {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.is_of_rules && NEXT.get() == IN_ADVANCE.len() && piece.starts_with(" is authorized") {
            return Err(fmt::Error);
        }
        let room = LONGEST - self.text.len();
        self.text.push_str(beginning(piece, room));
        Ok(())
    }
}
