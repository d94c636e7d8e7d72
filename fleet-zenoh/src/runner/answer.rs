//! The answer to a question: a future that needs no runtime.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use crate::arrivals::this_thread;

/// What the node's thread will say. [Wait](Self::wait) for it, or `.await` it in any runtime.
#[derive(Debug)]
#[must_use = "the question is asked, but nobody hears the answer"]
pub struct Answer<R>(Arc<Slot<R>>);

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Too many commands wait already: it was not asked.
    #[error("too many commands wait already")]
    Full,
    /// The node stopped before it came to the question.
    #[error("the node has stopped")]
    Stopped,
    /// It did not answer in time. It may still do what was asked.
    #[error("the node did not answer in time")]
    Late,
}

#[derive(Debug)]
struct Slot<R>(Mutex<State<R>>);

#[derive(Debug)]
struct State<R> {
    result: Option<Result<R, AskError>>,
    waker: Option<Waker>,
}

/// The duty to answer. Dropped without an answer, it says that the node has stopped.
pub(super) struct Promise<R>(Arc<Slot<R>>);

pub(super) fn pair<R>() -> (Promise<R>, Answer<R>) {
    let slot = Arc::new(Slot::new(None));
    (Promise(slot.clone()), Answer(slot))
}

impl<R> Slot<R> {
    fn new(result: Option<Result<R, AskError>>) -> Self {
        Slot(Mutex::new(State { result, waker: None }))
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first result counts.
    fn set(&self, result: Result<R, AskError>) {
        let mut state = self.lock();
        state.result.get_or_insert(result);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<R> Promise<R> {
    pub(super) fn keep(self, answer: R) {
        self.0.set(Ok(answer));
    }
}

impl<R> Drop for Promise<R> {
    fn drop(&mut self) {
        self.0.set(Err(AskError::Stopped));
    }
}

impl<R> Answer<R> {
    pub(super) fn failed(error: AskError) -> Self {
        Answer(Arc::new(Slot::new(Some(Err(error)))))
    }

    /// Blocks the thread until the answer is there, for `within` at most.
    ///
    /// # Errors
    /// If it was not asked, the node stopped, or the time is over.
    pub fn wait(mut self, within: Duration) -> Result<R, AskError> {
        let end = Instant::now() + within;
        let waker = this_thread();
        loop {
            if let Poll::Ready(result) = Pin::new(&mut self).poll(&mut Context::from_waker(&waker)) {
                return result;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(AskError::Late);
            }
            thread::park_timeout(left);
        }
    }
}

impl<R> Future for Answer<R> {
    type Output = Result<R, AskError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.lock();
        match state.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
