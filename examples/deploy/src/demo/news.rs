//! The news that the demo hears.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;
use zenoh::Wait;
use zenoh::pubsub::Subscriber;

use crate::ask::Client;

/// One piece of news of a task.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Item {
    pub(super) what: String,
    pub(super) task: String,
    pub(super) from: String,
    pub(super) at: f64,
}

/// All news of tasks since it began to listen; as many as there are tasks, some times over.
pub(super) struct News {
    heard: Arc<Mutex<Vec<Item>>>,
    _subscriber: Subscriber<()>,
}

impl News {
    pub(super) fn listen(client: &Client) -> Result<Self, String> {
        let heard: Arc<Mutex<Vec<Item>>> = Arc::default();
        let keep = heard.clone();
        let subscriber = client
            .session
            .declare_subscriber(format!("fleet/{}/news/task/**", client.fleet))
            .callback(move |sample| {
                if let Ok(item) = serde_json::from_slice(&sample.payload().to_bytes()) {
                    keep.lock().unwrap_or_else(PoisonError::into_inner).push(item);
                }
            })
            .wait()
            .map_err(|error| format!("news cannot be heard: {error}"))?;
        Ok(News {
            heard,
            _subscriber: subscriber,
        })
    }

    pub(super) fn all(&self) -> Vec<Item> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When somebody other than `gone` first told `what` of a task after `since`.
    pub(super) fn after(&self, what: &str, since: f64, gone: &str) -> Option<f64> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let award = |item: &&Item| item.what == what && item.at > since && item.from != gone;
        heard
            .iter()
            .filter(award)
            .map(|item| item.at)
            .min_by(f64::total_cmp)
    }
}
