//! Tasks that ROS nodes ask for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleet_core::Task;

use super::message::{DiagnosticStatus, KeyValue, Level, StringMessage};
use super::node::{Ros2Error, Ros2Node, Ros2Subscription, Unreadable};

/// The topic of task requests.
pub const TASK_REQUESTS: &str = "/fleet/task_requests";

/// Refusals that are remembered.
const REFUSALS: usize = 8;
/// Characters of one.
const REASON: usize = 200;

/// Hears tasks that ROS nodes ask for, as `std_msgs/String` with the task in JSON: the fields of
/// [`TaskSpec`](fleet_core::TaskSpec).
///
/// Whoever can publish on the topic can ask: who that is, is a matter of Zenoh's access control. The same task again changes
/// nothing, as everywhere. Nobody is answered by a message; what was refused is told in [`status`](RequestLog::status).
#[derive(Debug)]
pub struct TaskRequests {
    log: RequestLog,
    _subscription: Ros2Subscription,
}

impl TaskRequests {
    /// Calls `on_task` with each valid task of `topic`, such as [`TASK_REQUESTS`]; if that says why it does not take it, the
    /// reason is told as that of any other refusal. It is called on Zenoh's threads and must not block: give the task to
    /// [`Handle::post`](crate::Handle::post), and what `submit` refuses then to [`RequestLog::refuse`].
    ///
    /// # Errors
    /// If ROS does not take the name of the topic, or the session is closed.
    pub fn hear(
        node: &Ros2Node,
        topic: &str,
        on_task: impl Fn(Task, &RequestLog) -> Result<(), String> + Send + Sync + 'static,
    ) -> Result<Self, Ros2Error> {
        let log = RequestLog::default();
        let own = log.clone();
        let subscription = node.subscribe(topic, move |message| {
            match task(message).and_then(|task| on_task(task, &own)) {
                Ok(()) => own.lock().taken += 1,
                Err(why) => own.refuse(&why),
            }
        })?;
        Ok(TaskRequests {
            log,
            _subscription: subscription,
        })
    }

    /// What became of the requests.
    pub const fn log(&self) -> &RequestLog {
        &self.log
    }
}

fn task(message: Result<StringMessage, Unreadable>) -> Result<Task, String> {
    let text = message.map_err(|wrong| format!("the message {wrong}"))?.data;
    serde_json::from_str(&text).map_err(|wrong| format!("the task is not valid: {wrong}"))
}

/// What became of requests: how many were taken, and why others were not. A copy tells of the same requests.
#[derive(Clone, Debug, Default)]
pub struct RequestLog(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    taken: u64,
    refused: u64,
    latest: VecDeque<String>,
}

impl RequestLog {
    /// Requests that were given to the application.
    pub fn taken(&self) -> u64 {
        self.lock().taken
    }

    /// Requests that were refused.
    pub fn refused(&self) -> u64 {
        self.lock().refused
    }

    /// One was refused; if it was given to the application before, that counts too.
    pub fn refuse(&self, why: &str) {
        let mut kept = self.lock();
        kept.refused += 1;
        if kept.latest.len() == REFUSALS {
            kept.latest.pop_front();
        }
        kept.latest.push_back(why.chars().take(REASON).collect());
    }

    /// For `/diagnostics`, under this name: a warning with the latest reasons as soon as one was refused.
    pub fn status(&self, name: &str) -> DiagnosticStatus {
        let kept = self.lock();
        let counts = [("taken", kept.taken), ("refused", kept.refused)];
        let counts = counts.map(|(key, count)| (key.to_owned(), count.to_string()));
        let first = kept.refused - kept.latest.len() as u64 + 1;
        let reasons = (first..)
            .zip(&kept.latest)
            .map(|(k, why)| (format!("refusal {k}"), why.clone()));
        DiagnosticStatus {
            level: if kept.refused > 0 { Level::Warn } else { Level::Ok },
            name: name.to_owned(),
            message: match kept.latest.back() {
                Some(why) => format!("{} refused, the last because {why}", kept.refused),
                None => "all requests were taken".to_owned(),
            },
            hardware_id: String::new(),
            values: counts
                .into_iter()
                .chain(reasons)
                .map(|(key, value)| KeyValue { key, value })
                .collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_refusals_are_told_and_no_more() {
        let log = RequestLog::default();
        assert_eq!(log.status("requests").level, Level::Ok);
        for k in 1..=20 {
            log.refuse(&format!("{k}{}", "x".repeat(1_000)));
        }
        let status = log.status("requests");
        assert_eq!((status.level, status.values.len()), (Level::Warn, 2 + REFUSALS));
        let last = status.values.last().unwrap();
        assert_eq!((last.key.as_str(), last.value.len()), ("refusal 20", REASON));
        assert_eq!(log.refused(), 20);
    }

    #[test]
    fn a_refusal_names_the_field() {
        let text = r#"{"id":"00000000-0000-0000-0000-000000000001","stops":[]}"#;
        let why = task(Ok(StringMessage { data: text.into() })).unwrap_err();
        assert!(why.contains("stops: must not be empty"), "{why}");
        let long = task(Err(Unreadable::TooLong(70_000))).unwrap_err();
        assert_eq!(long, "the message has 70000 bytes, more than 65536");
    }
}
