//! One storm after another, on several threads.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use fleet_core::planted::Bug;
use fleet_core::sim::trial::{self, Coverage};
use fleet_core::sim::{Observer, Scale, Storm};

use crate::plant;

/// What is broken by code that panics.
pub(crate) const PANIC: &str = "panic";

/// A promise that was broken.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    pub(crate) promise: &'static str,
    /// In simulated seconds, if it is known.
    pub(crate) at: Option<f64>,
    pub(crate) what: String,
}

/// What came of one seed.
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    pub(crate) broken: Option<Broken>,
    pub(crate) coverage: Coverage,
}

/// What is to be run.
#[derive(Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) scale: Scale,
    pub(crate) from: u64,
    pub(crate) count: u64,
    pub(crate) threads: usize,
    pub(crate) plant: Option<Bug>,
    pub(crate) leave_out: &'a [usize],
}

impl Plan<'_> {
    /// The storm of a seed, without what is to be left out.
    pub(crate) fn storm(&self, seed: u64) -> Storm {
        trial::without(&Storm::draw(seed, self.scale), self.leave_out)
    }

    /// Runs all seeds, and tells `each` what came of them, until it or `stop` says that it is enough. Every seed below
    /// one that was told is told too, sooner or later.
    pub(crate) fn run(&self, stop: &AtomicBool, mut each: impl FnMut(Outcome) -> bool) {
        let (next, enough) = (AtomicU64::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let (told, outcomes) = sync_channel(self.threads);
            for _ in 0..self.threads {
                let (told, next, enough) = (told.clone(), &next, &enough);
                scope.spawn(move || self.work(next, [stop, enough], &told));
            }
            drop(told);
            for outcome in outcomes {
                if !each(outcome) {
                    enough.store(true, Ordering::Relaxed);
                }
            }
        });
    }

    /// What one thread does.
    fn work(&self, next: &AtomicU64, ends: [&AtomicBool; 2], told: &SyncSender<Outcome>) {
        plant::plant(self.plant);
        while !ends.iter().any(|end| end.load(Ordering::Relaxed)) {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= self.count {
                return;
            }
            let seed = self.from + number;
            let (broken, coverage) = weather(&self.storm(seed), &mut ());
            let outcome = Outcome {
                seed,
                broken,
                coverage,
            };
            if told.send(outcome).is_err() {
                return;
            }
        }
    }
}

/// Runs one storm; a panic of the code under test is a broken promise too.
pub(crate) fn weather(storm: &Storm, observer: &mut dyn Observer) -> (Option<Broken>, Coverage) {
    let run = || trial::weather_with(storm, observer);
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(verdict) => {
            let broken = verdict.violation.map(|violation| Broken {
                promise: violation.promise,
                at: Some(violation.at.as_secs_f64()),
                what: violation.what,
            });
            (broken, verdict.coverage)
        }
        Err(_) => {
            let broken = Broken {
                promise: PANIC,
                at: None,
                what: WORDS.take(),
            };
            (Some(broken), Coverage::default())
        }
    }
}

std::thread_local! {
    /// Of the last panic of this thread, and where it was.
    static WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Panics are told with the seed that they are of, and not when they happen.
pub(crate) fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.to_string().replace('\n', " ");
        // A panic while this thread ends has no place to be kept in, and nobody to be told to.
        let _ = WORDS.try_with(|kept| kept.replace(words));
    }));
}
