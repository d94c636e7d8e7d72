//! Who ordered what, and what came of it: a line in the audit for each task, or robot.
//!
//! Questions that only look have none, and neither has what was put off: it is asked again.

use fleet_core::TaskId;
use fleet_zenoh::Access;
use fleet_zenoh::audit::{Audit, Entry};
use serde_json::Value;
use zenoh::Wait;
use zenoh::query::Query;

use crate::ask::Verb;
use crate::{answers, names, node};

/// What writes it down.
#[derive(Clone, Debug)]
pub struct Scribe {
    audit: Audit,
    /// Who the callers are, if they have certificates.
    access: Option<Access>,
}

impl Scribe {
    /// Into `audit`.
    pub fn new(audit: Audit, access: Option<Access>) -> Self {
        Scribe { audit, access }
    }

    /// Answers a question, after what that means is written down. Whether anybody still waits for it is not known.
    pub(super) fn answer(&self, query: &Query, value: &Value) {
        self.answered(query, value);
        if let Err(error) = query.reply(query.key_expr().clone(), value.to_string()).wait() {
            eprintln!("an answer could not be sent: {error}");
        }
    }

    /// What was answered to an order.
    pub(super) fn answered(&self, query: &Query, answer: &Value) {
        let Some((verb, who)) = self.order(query) else {
            return;
        };
        let error = &answer["error"];
        if !error.is_null() {
            if error["again"] != true {
                self.refused(&who, verb, None, &why(error));
            }
            return;
        }
        for (list, why) in [
            ("accepted", None),
            ("cancelled", None),
            ("done", Some("was done before")),
            ("failed", Some("had failed before")),
        ] {
            for name in answers::texts(&answer[list]) {
                match why {
                    None => self.allowed(&who, verb, name, ""),
                    Some(why) => self.refused(&who, verb, Some(name), why),
                }
            }
        }
        for refusal in answers::items(&answer["refused"]) {
            self.refused(&who, verb, refusal["id"].as_str(), &why(refusal));
        }
        for robot in answers::texts(&answer["robots"]) {
            let how = answer["how"].as_str().unwrap_or("back into service");
            let mut entry = Entry::allowed(node::utc(), &who, verb);
            entry.why = format!("{robot}: {how}");
            self.audit.record(entry);
        }
    }

    /// That these tasks of an order were taken, and no majority has noted it in time.
    pub(super) fn late(&self, query: &Query, tasks: impl Iterator<Item = TaskId>) {
        let Some((verb, who)) = self.order(query) else {
            return;
        };
        for task in tasks {
            self.allowed(&who, verb, &names::task(task), "no majority has noted it yet");
        }
    }

    /// What the question orders, and whose it is; none if it only looks.
    fn order(&self, query: &Query) -> Option<(&'static str, String)> {
        let (verb, caller) = Verb::of(query.key_expr().as_str())?;
        let orders = matches!(verb, Verb::Submit | Verb::Cancel | Verb::Drain);
        orders.then(|| (verb.name(), self.who(caller)))
    }

    /// `<role>.<id>` of the list; an id has one role. Without certificates it is what the caller says.
    fn who(&self, caller: &str) -> String {
        let mut live = self.access.iter().flat_map(Access::live);
        match live.find(|holder| holder.id() == caller) {
            Some(holder) => format!("{}.{caller}", holder.role()),
            None => caller.to_owned(),
        }
    }

    fn allowed(&self, who: &str, verb: &str, task: &str, why: &str) {
        self.task(Entry::allowed(node::utc(), who, verb), Some(task), why);
    }

    fn refused(&self, who: &str, verb: &str, task: Option<&str>, why: &str) {
        self.task(Entry::refused(node::utc(), who, verb, ""), task, why);
    }

    /// Under its id, and by its name as well.
    fn task(&self, mut entry: Entry, task: Option<&str>, why: &str) {
        let id = task.and_then(|name| names::id(name).ok()).map(TaskId::from_u128);
        let name = task.filter(|name| id.is_none_or(|id| id.to_string() != **name));
        entry.task = id;
        let parts = [name.unwrap_or_default(), why];
        entry.why = parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(": ");
        self.audit.record(entry);
    }
}

fn why(refusal: &Value) -> String {
    let [field, message] = ["field", "message"].map(|field| refusal[field].as_str().unwrap_or_default());
    match field.is_empty() {
        true => message.to_owned(),
        false => format!("{field}: {message}"),
    }
}
