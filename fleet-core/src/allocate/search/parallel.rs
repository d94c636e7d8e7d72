//! Several searches at once.

use alloc::vec::Vec;
use core::ops::Range;
use std::{panic, thread};

use super::model::wrong;
use crate::invalid::Invalid;

/// Calls `run` with each seed, each in a thread of its own, and returns what it gives for the seed for which it costs least; of
/// those that cost the same, for the first. `run` returns the cost, and with it what was found.
///
/// What a run gives depends on its seed alone, so by rounds the result is the same everywhere, on however many processors.
///
/// # Errors
/// The first error of any run; or if there is no seed at all.
///
/// # Example
/// ```
/// use fleet_core::allocate::search::{Allocator, Improve, Model, Robot, Rounds, Stop, Task, Ways, Weights, best_of};
///
/// let points = [(0.0, 0.0), (9.0, 0.0), (2.0, 0.0), (4.0, 1.0), (7.0, 0.0)];
/// let tasks = (2..5).map(|place| Task::new(vec![Stop::new(place)])).collect();
/// let model = Model::new(Ways::straight(&points), vec![Robot::new(0), Robot::new(1)], tasks, Weights::TRAVEL)?;
/// let plan = best_of(0..4, |seed| {
///     let search = Improve { seed, ..Improve::default() };
///     let plan = search.allocate(&model, None, &mut Rounds(1_000))?;
///     Ok((plan.cost, plan))
/// })?;
/// assert!(plan.absent.is_empty());
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
pub fn best_of<C, T, F>(seeds: Range<u64>, run: F) -> Result<T, Invalid>
where
    C: PartialOrd + Send,
    T: Send,
    F: Fn(u64) -> Result<(C, T), Invalid> + Sync,
{
    let run = &run;
    let found: Vec<Result<(C, T), Invalid>> = thread::scope(|scope| {
        let threads: Vec<_> = seeds.map(|seed| scope.spawn(move || run(seed))).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined
            .map(|joined| joined.unwrap_or_else(|panicked| panic::resume_unwind(panicked)))
            .collect()
    });
    let mut best: Option<(C, T)> = None;
    for found in found {
        let found = found?;
        if best.as_ref().is_none_or(|best| found.0 < best.0) {
            best = Some(found);
        }
    }
    best.map(|(_, found)| found)
        .ok_or_else(|| wrong("seeds", "must be at least one"))
}
