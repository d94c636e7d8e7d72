//! Fleets under faults drawn from seeds: what is promised is checked after everything that happens.
//!
//! A seed that fails is printed with the command that replays it. `FLEET_SEED=17` runs that seed alone,
//! `FLEET_SEEDS=5000` as many as it says; with `FLEET_TRACE=1` everything that happens is printed. The program `soak`
//! does the same with a summary of what happened, and makes a storm that fails smaller.

#[path = "sim/determinism.rs"]
mod determinism;
#[path = "sim/one_frame.rs"]
mod one_frame;
#[path = "sim/regressions.rs"]
mod regressions;
#[path = "sim/single_loss.rs"]
mod single_loss;
#[path = "sim/steady.rs"]
mod steady;
#[path = "sim/survival.rs"]
mod survival;
#[path = "sim/timing.rs"]
mod timing;
#[path = "sim/trace.rs"]
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fleet_core::Strategy;
use fleet_core::sim::trial::weather_with;
use fleet_core::sim::{Scale, Storm};

use trace::Trace;

/// Seeds of a usual test run, for each scale.
const SEEDS: [(Scale, u64); 8] = [
    (Scale::SMALL, 150),
    (
        Scale {
            witnesses: 1,
            ..Scale::SMALL
        },
        100,
    ),
    (
        Scale {
            witnesses: 5,
            among_robots: true,
            ..Scale::SMALL
        },
        50,
    ),
    (
        Scale {
            strategy: Strategy::Distributed,
            ..Scale::SMALL
        },
        60,
    ),
    (
        Scale {
            witnesses: 5,
            among_robots: true,
            strategy: Strategy::Distributed,
            ..Scale::SMALL
        },
        60,
    ),
    (
        Scale {
            teams: 6,
            ..Scale::SMALL
        },
        60,
    ),
    (
        Scale {
            teams: 6,
            strategy: Strategy::Distributed,
            ..Scale::SMALL
        },
        40,
    ),
    (
        Scale {
            teams: 6,
            witnesses: 5,
            among_robots: true,
            strategy: Strategy::Hybrid,
            ..Scale::SMALL
        },
        40,
    ),
];

/// Runs one storm to its end, and checks every promise on the way.
fn run(scale: Scale, seed: u64) {
    let verdict = weather_with(&Storm::draw(seed, scale), &mut Trace);
    if let Some(violation) = verdict.violation {
        panic!("{violation}");
    }
}

/// What a seed breaks, if anything.
fn failure(scale: Scale, seed: u64) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| run(scale, seed))).err()?;
    let words = panic.downcast_ref::<String>().cloned();
    Some(words.unwrap_or_else(|| "a panic without words".into()))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

fn every_seed(scale: Scale, seeds: u64) {
    if let Some(seed) = number("FLEET_SEED") {
        return run(scale, seed);
    }
    let (next, seeds) = (AtomicU64::new(0), number("FLEET_SEEDS").unwrap_or(seeds));
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            if let Some(words) = failure(scale, seed) {
                failures.lock().unwrap().push((seed, words));
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let failures = failures.into_inner().unwrap();
    failures
        .iter()
        .for_each(|(seed, words)| eprintln!("FLEET_SEED={seed}: {words}"));
    assert!(
        failures.is_empty(),
        "{} of {seeds} seeds failed at {scale:?}; one again: FLEET_SEED={} cargo test -p fleet-core --test sim",
        failures.len(),
        failures[0].0,
    );
}

#[test]
fn three_witnesses_keep_the_promises() {
    every_seed(SEEDS[0].0, SEEDS[0].1);
}

#[test]
fn a_single_witness_keeps_the_promises() {
    every_seed(SEEDS[1].0, SEEDS[1].1);
}

#[test]
fn robots_that_are_witnesses_keep_the_promises() {
    every_seed(SEEDS[2].0, SEEDS[2].1);
}

#[test]
fn teams_that_a_coordinator_awards_keep_the_promises() {
    every_seed(SEEDS[5].0, SEEDS[5].1);
}

#[test]
fn teams_of_robots_that_choose_for_themselves_keep_the_promises() {
    every_seed(SEEDS[6].0, SEEDS[6].1);
}

#[test]
fn teams_of_robots_that_choose_in_cells_keep_the_promises() {
    every_seed(SEEDS[7].0, SEEDS[7].1);
}

#[test]
fn robots_that_choose_for_themselves_keep_the_promises() {
    every_seed(SEEDS[3].0, SEEDS[3].1);
}

#[test]
fn robots_that_choose_for_themselves_and_are_the_witnesses_keep_the_promises() {
    every_seed(SEEDS[4].0, SEEDS[4].1);
}
