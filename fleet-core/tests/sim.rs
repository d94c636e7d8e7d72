//! Fleets under faults drawn from seeds: what is promised is checked after everything that happens.
//!
//! A seed that fails is printed with the command that replays it. `FLEET_SEED=17` runs that seed alone,
//! `FLEET_SEEDS=5000` as many as it says; with `FLEET_TRACE=1` everything that happens is printed.

#[path = "sim/determinism.rs"]
mod determinism;
#[path = "sim/draw.rs"]
mod draw;
#[path = "sim/promises.rs"]
mod promises;
#[path = "sim/regressions.rs"]
mod regressions;
#[path = "sim/survival.rs"]
mod survival;
#[path = "sim/trace.rs"]
mod trace;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use fleet_core::sim::{Faults, Sim};

use draw::Draw;
use promises::Promises;
use trace::Trace;

/// Seeds of a usual test run.
const SEEDS: u64 = 200;

/// Runs one drawn fleet to its end, and checks every promise on the way.
fn run(draw: Draw) {
    let mut promises = Promises::new(&draw);
    let mut sim = Sim::new(draw.into_setup()).unwrap();
    for (until, faults) in [(promises::CALM, None), (promises::END, Some(Faults::default()))] {
        if let Some(faults) = faults {
            sim.set_faults(faults).unwrap();
        }
        while !sim.is_over() && sim.step(until, &mut Trace(&mut promises)) {
            promises.hold(sim.now());
        }
    }
    promises.finish(&sim);
}

/// What a seed breaks, if anything.
fn failure(seed: u64) -> Option<String> {
    let panic = catch_unwind(AssertUnwindSafe(|| run(Draw::new(seed)))).err()?;
    let words = panic.downcast_ref::<String>().cloned();
    Some(words.unwrap_or_else(|| "a panic without words".into()))
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn every_seed_keeps_the_promises() {
    if let Some(seed) = number("FLEET_SEED") {
        return run(Draw::new(seed));
    }
    let (next, seeds) = (AtomicU64::new(0), number("FLEET_SEEDS").unwrap_or(SEEDS));
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                break;
            }
            if let Some(words) = failure(seed) {
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
        "{} of {seeds} seeds failed; one again: FLEET_SEED={} cargo test -p fleet-core --test sim every_seed",
        failures.len(),
        failures[0].0,
    );
}
