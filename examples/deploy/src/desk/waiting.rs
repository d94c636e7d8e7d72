//! Questions that are answered when a majority of the orchestrators has what was asked for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use fleet_core::{Task, TaskId, ledger::Phase};
use serde_json::{Value, json};
use zenoh::query::Query;

use super::{Clerk, LOOK, PATIENCE, Scribe, WAITING, busy};
use crate::ask::Refusal;
use crate::names;

/// What is waited for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Want {
    /// That this task is safe.
    Accepted(Arc<Task>),
    /// That the task has ended.
    Ended,
}

/// A question, and what it still waits for.
pub(super) struct Waiting {
    pub(super) query: Query,
    pub(super) left: BTreeMap<TaskId, Want>,
    /// The answer so far.
    pub(super) answer: Value,
    pub(super) until: Instant,
}

/// What has become of it.
enum Seen {
    NotYet,
    Done(&'static str),
    Refused(String),
}

impl Clerk {
    /// Keeps a question until `left` has happened.
    pub(super) fn wait(
        &mut self,
        query: &Query,
        left: BTreeMap<TaskId, Want>,
        answer: Value,
    ) -> Result<Option<Value>, Refusal> {
        if left.is_empty() {
            return Ok(Some(answer));
        }
        if self.waiting.len() >= WAITING {
            return Err(busy());
        }
        let (query, until) = (query.clone(), Instant::now() + PATIENCE);
        self.waiting.push(Waiting {
            query,
            left,
            answer,
            until,
        });
        Ok(None)
    }

    /// Looks whether what is waited for has happened.
    pub(super) fn look(&mut self) {
        if self.waiting.is_empty() || Instant::now() < self.next_look {
            return;
        }
        self.next_look = Instant::now() + LOOK;
        let wanted: Vec<(TaskId, Want)> = self
            .waiting
            .iter()
            .flat_map(|waiting| waiting.left.clone())
            .collect();
        let seen = self.ask(move |turn| {
            let look = |(task, want)| {
                let seen = see(turn.node, task, want);
                (task, seen)
            };
            wanted.into_iter().map(look).collect::<Vec<_>>()
        });
        let mut seen = seen.unwrap_or_default().into_iter();
        for waiting in &mut self.waiting {
            for _ in 0..waiting.left.len() {
                let Some((task, seen)) = seen.next() else { break };
                waiting.see(task, seen);
            }
        }
        let scribe = &self.scribe;
        self.waiting.retain(|waiting| !waiting.is_over(scribe));
    }
}

fn see(node: &fleet_core::Node, task: TaskId, want: Want) -> Seen {
    let record = node.record(task);
    match (want, record) {
        (Want::Accepted(content), Some(record)) if record.task != content => {
            Seen::Refused("is another task's already: take another id".into())
        }
        (Want::Accepted(_), Some(record)) if !record.state.is_accepted() => Seen::NotYet,
        (Want::Accepted(_), _) => Seen::Done("accepted"), // one that is forgotten had ended long ago
        (Want::Ended, Some(record)) if !record.state.settled => Seen::NotYet,
        (Want::Ended, Some(record)) => Seen::Done(record.state.phase.name()),
        (Want::Ended, None) => Seen::Done(Phase::Cancelled.name()),
    }
}

impl Waiting {
    fn see(&mut self, task: TaskId, seen: Seen) {
        let name = names::task(task);
        match seen {
            Seen::NotYet => return,
            Seen::Done(how) => {
                if let Some(list) = self.answer[how].as_array_mut() {
                    list.push(name.into());
                }
            }
            Seen::Refused(message) => push(
                &mut self.answer,
                "refused",
                json!({ "id": name, "field": "id", "message": message }),
            ),
        }
        self.left.remove(&task);
    }

    /// Answers if there is nothing left, or no time.
    fn is_over(&self, scribe: &Scribe) -> bool {
        if self.left.is_empty() {
            scribe.answer(&self.query, &self.answer);
        } else if Instant::now() >= self.until {
            let names: Vec<String> = self.left.keys().take(3).map(|task| names::task(*task)).collect();
            let message = format!(
                "{} tasks ({}, ...) still wait for a majority of the orchestrators after {} s: \
                 start those that are down, and ask again",
                self.left.len(),
                names.join(", "),
                PATIENCE.as_secs()
            );
            scribe.answered(&self.query, &self.answer);
            scribe.late(&self.query, self.left.keys().copied());
            scribe.answer(&self.query, &Refusal::for_now(message).json());
        } else {
            return false;
        }
        true
    }
}

/// Adds to a list of the answer.
pub(super) fn push(answer: &mut Value, field: &str, value: Value) {
    match answer[field].as_array_mut() {
        Some(list) => list.push(value),
        None => answer[field] = json!([value]),
    }
}
