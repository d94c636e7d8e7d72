//! A task comes while a fleet works: how long the decision takes, and how well budgets are kept.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group};
use fleet_benches::{NOW, growth, median, robot, task};
use fleet_core::Objective;
use fleet_core::allocate::search::Rounds;
use fleet_core::allocate::{Replanner, Replanning};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

const SIZES: [usize; 3] = [50, 200, 1000];

/// So many robots with ten tasks each, and one more task that waits.
fn fleet(robots: usize) -> Replanner {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
    for id in 1..=robots as u128 {
        fleet.join(robot(id, &mut rng), NOW).expect("ids are different");
    }
    let mut submit = |fleet: &mut Replanner, id: u128| {
        let task = task(id, &mut rng);
        let standing = Scheme::FixedClasses.standing(&task, NOW, NOW);
        fleet
            .submit(task, standing, &mut Euclidean)
            .expect("ids are different");
    };
    for id in 1..=10 * robots as u128 {
        submit(&mut fleet, id);
    }
    fleet.replan(NOW, &mut Rounds(0), &mut Euclidean);
    submit(&mut fleet, 10 * robots as u128 + 1);
    fleet
}

fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replan");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for robots in SIZES {
        let fleet = fleet(robots);
        for rounds in [0, 1_000] {
            let id = BenchmarkId::new(format!("{rounds} rounds"), robots);
            group.bench_function(id, |bencher| {
                bencher.iter_batched(
                    || fleet.clone(),
                    |mut fleet| black_box(fleet.replan(NOW, &mut Rounds(rounds), &mut Euclidean)),
                    criterion::BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

/// Decisions by the clock: the longest of some, for each budget.
fn budgets() {
    println!("\nthe longest of ten decisions, for a budget of");
    println!("{:>8} {:>9} {:>9} {:>9}", "robots", "20 ms", "50 ms", "200 ms");
    for robots in SIZES {
        let fleet = fleet(robots);
        let longest = |millis: u64| {
            let budget = Duration::from_millis(millis);
            let decide = |_| {
                let mut fleet = fleet.clone();
                let began = Instant::now();
                let mut spent = |_| began.elapsed().as_secs_f64() / budget.as_secs_f64();
                black_box(fleet.replan(NOW, &mut spent, &mut Euclidean));
                began.elapsed().as_secs_f64() * 1e3
            };
            (0..10).map(decide).fold(0.0, f64::max)
        };
        println!(
            "{robots:>8} {:>6.1} ms {:>6.1} ms {:>6.1} ms",
            longest(20),
            longest(50),
            longest(200)
        );
    }
}

fn fit() {
    let points = SIZES.map(|robots| {
        let fleet = fleet(robots);
        let mut copies: Vec<Replanner> = vec![fleet; 21];
        let seconds = median(21, || {
            if let Some(mut fleet) = copies.pop() {
                black_box(fleet.replan(NOW, &mut Rounds(0), &mut Euclidean));
            }
        });
        (robots as f64, seconds)
    });
    println!("the auction of one task grows with robots^{:.2}", growth(&points));
}

criterion_group!(benches, decisions);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        budgets();
        fit();
    }
}
