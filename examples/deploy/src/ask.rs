//! What people ask orchestrators, and how.
//!
//! A question is a Zenoh query on `fleet/<fleet>/ask/<verb>/<caller>` with a JSON object; who asks is taken from the key.
//! Every orchestrator answers, with a JSON object: what was asked for, or
//! `{"error": {"field": ..., "message": ..., "again": ...}}`, where `again` says that it is worth asking again.

use std::fmt;
use std::time::{Duration, Instant};

use fleet_zenoh::FleetId;
use serde_json::{Value, json};
use zenoh::query::{ConsolidationMode, QueryTarget};
use zenoh::{Session, Wait};

use crate::{Wrong, answers};

/// Bytes of a question at most.
pub const QUESTION: usize = 1 << 20;
/// Tasks of one question at most.
pub const TASKS: usize = 1_000;
/// Time between two tries.
const PAUSE: Duration = Duration::from_millis(50);
/// How long the others are waited for once one has answered, where all are asked.
const OTHERS: Duration = Duration::from_millis(500);

/// What can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verb {
    /// Take these tasks; answered when a majority of the orchestrators has them.
    Submit,
    /// Call tasks off; answered when each has ended.
    Cancel,
    /// Take robots out of service, or back into it.
    Drain,
    /// What tasks are there?
    List,
    /// How is the fleet?
    Status,
    /// Why has a robot this task?
    Explain,
}

impl Verb {
    const ALL: [(Verb, &str); 6] = [
        (Verb::Submit, "submit"),
        (Verb::Cancel, "cancel"),
        (Verb::Drain, "drain"),
        (Verb::List, "list"),
        (Verb::Status, "status"),
        (Verb::Explain, "explain"),
    ];

    /// As keys name it.
    pub fn name(self) -> &'static str {
        Verb::ALL
            .iter()
            .find(|(verb, _)| *verb == self)
            .map_or("", |(_, name)| name)
    }

    /// What is asked, and by whom, under `key`.
    pub fn of(key: &str) -> Option<(Verb, &str)> {
        let mut parts = key.rsplitn(3, '/');
        let (caller, verb) = (parts.next()?, parts.next()?);
        let (verb, _) = Verb::ALL.into_iter().find(|(_, name)| *name == verb)?;
        crate::names::id(caller).ok()?;
        Some((verb, caller))
    }
}

/// The key of all questions to a fleet.
pub fn questions(fleet: &FleetId) -> String {
    format!("fleet/{fleet}/ask/*/*")
}

/// Why an orchestrator does not do what it was asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// What is wrong.
    pub wrong: Wrong,
    /// Whether it is worth asking again.
    pub again: bool,
}

impl Refusal {
    /// What it is asked for cannot be done now, and may be later.
    pub fn for_now(message: impl fmt::Display) -> Self {
        Refusal {
            wrong: Wrong::new("", message),
            again: true,
        }
    }

    /// As an answer has it.
    pub fn json(&self) -> Value {
        let Refusal { wrong, again } = self;
        json!({ "error": { "field": wrong.field, "message": wrong.message, "again": again } })
    }
}

impl From<Wrong> for Refusal {
    fn from(wrong: Wrong) -> Self {
        Refusal { wrong, again: false }
    }
}

/// Why a question has no good answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody answered.
    #[error("no orchestrator answered within {} s: is it running, does --connect name it?", .0.as_secs_f64())]
    Silence(Duration),
    /// Those who answered could not do it yet.
    #[error("{0} (asked again for {wait} s)", wait = .1.as_secs_f64())]
    NotYet(Wrong, Duration),
    /// It was refused.
    #[error("{0}")]
    Refused(Wrong),
    /// The session is closed.
    #[error("the question could not be sent: {0}")]
    Send(String),
}

/// Who asks, and for how long.
#[derive(Clone, Debug)]
pub struct Client {
    /// The session.
    pub session: Session,
    /// The fleet.
    pub fleet: FleetId,
    /// The caller's name.
    pub caller: String,
    /// How long an answer is waited for.
    pub within: Duration,
}

impl Client {
    /// The first good answer.
    ///
    /// # Errors
    /// If there is none in time, or it was refused.
    pub fn ask(&self, verb: Verb, question: &Value) -> Result<Value, AskError> {
        self.seek(verb, question, |_| true)
    }

    /// The first answer that is `best`; if there is none of them, any good one.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn seek(
        &self,
        verb: Verb,
        question: &Value,
        best: impl Fn(&Value) -> bool,
    ) -> Result<Value, AskError> {
        let mut good = None;
        let answer = self.gather(verb, question, |answer| {
            let found = best(&answer);
            if found || good.is_none() {
                good = Some(answer);
            }
            found
        });
        match good {
            Some(answer) => Ok(answer),
            None => Err(answer.err().unwrap_or(AskError::Silence(self.within))),
        }
    }

    /// How the fleet is, as the orchestrator that leads says; if none does, any.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn status(&self) -> Result<Value, AskError> {
        self.seek(Verb::Status, &json!({}), answers::leads)
    }

    /// All good answers that come within half a second of the first, one of each orchestrator that gives its name: over
    /// several routers a question arrives more than once.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn all(&self, verb: Verb, question: &Value) -> Result<Vec<Value>, AskError> {
        let mut answers = Vec::<Value>::new();
        let asked = self.gather(verb, question, |answer| {
            let name = &answer["orchestrator"];
            if name.is_null() || answers.iter().all(|other| other["orchestrator"] != *name) {
                answers.push(answer);
            }
            false
        });
        match answers.is_empty() {
            true => Err(asked.err().unwrap_or(AskError::Silence(self.within))),
            false => Ok(answers),
        }
    }

    /// Asks until there are good answers, and gives them to `take` until that has enough.
    fn gather(
        &self,
        verb: Verb,
        question: &Value,
        mut take: impl FnMut(Value) -> bool,
    ) -> Result<(), AskError> {
        let end = Instant::now() + self.within;
        let mut not_yet = None;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(match not_yet {
                    Some(wrong) => AskError::NotYet(wrong, self.within),
                    None => AskError::Silence(self.within),
                });
            }
            let mut refused = None;
            let mut good = 0;
            let mut until = end;
            let replies = self.send(verb, question, left)?;
            while let Ok(Some(reply)) = replies.recv_deadline(until) {
                let Ok(sample) = reply.result() else { continue };
                match judge(&sample.payload().to_bytes()) {
                    Ok(answer) => {
                        good += 1;
                        until = until.min(Instant::now() + OTHERS);
                        if take(answer) {
                            return Ok(());
                        }
                    }
                    Err(Refusal { wrong, again: true }) => not_yet = Some(wrong),
                    Err(Refusal { wrong, .. }) => refused = Some(wrong),
                }
            }
            match refused {
                _ if good > 0 => return Ok(()),
                Some(wrong) => return Err(AskError::Refused(wrong)),
                None => std::thread::sleep(PAUSE.min(left)),
            }
        }
    }

    fn send(
        &self,
        verb: Verb,
        question: &Value,
        within: Duration,
    ) -> Result<zenoh::handlers::FifoChannelHandler<zenoh::query::Reply>, AskError> {
        let key = format!("fleet/{}/ask/{}/{}", self.fleet, verb.name(), self.caller);
        self.session
            .get(key)
            .payload(question.to_string())
            .target(QueryTarget::All)
            .consolidation(ConsolidationMode::None)
            .timeout(within)
            .wait()
            .map_err(|error| AskError::Send(error.to_string()))
    }
}

/// The answer, or why there is none.
fn judge(bytes: &[u8]) -> Result<Value, Refusal> {
    let answer: Value = serde_json::from_slice(bytes)
        .map_err(|error| Wrong::new("", format_args!("the answer is no JSON: {error}")))?;
    let Some(error) = answer.get("error") else {
        return Ok(answer);
    };
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    let again = error["again"].as_bool().unwrap_or(false);
    let wrong = Wrong::new(text("field"), text("message"));
    Err(Refusal { wrong, again })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_what_is_read_from_the_key() {
        assert_eq!(
            Verb::of("fleet/f/ask/submit/alice"),
            Some((Verb::Submit, "alice"))
        );
        assert_eq!(Verb::of("fleet/f/ask/steal/alice"), None);
        assert_eq!(Verb::of("fleet/f/ask/submit/a b"), None);
        assert_eq!(Verb::of("submit"), None);
    }
}
