//! Sequential auctions of ten tasks a robot: open routes on a square floor, least total travel.
//!
//! The fit at the end measures each size once more and prints how time grows with the number of tasks.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group};
use fleet_benches::{growth, median, problem};
use fleet_core::Objective;
use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::travel::Euclidean;

const SEED: u64 = 1;

fn fleet(robots: usize) -> Problem {
    problem(robots, 10 * robots, Objective::minisum(), SEED)
}

fn auctions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocation");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for (robots, rules) in [
        (10, &[Rule::LowestBid, Rule::Regret][..]),
        (50, &[Rule::LowestBid, Rule::Regret]),
        (200, &[Rule::LowestBid]),
        (1000, &[Rule::LowestBid]),
    ] {
        let problem = fleet(robots);
        for rule in rules {
            let id = BenchmarkId::new(format!("{rule:?}"), format!("{robots}x{}", 10 * robots));
            group.bench_function(id, |bencher| {
                bencher.iter(|| sequential_auction(black_box(&problem), *rule, &mut Euclidean));
            });
        }
    }
    group.finish();
}

fn fit() {
    let seconds = |(robots, runs): (usize, usize)| {
        let problem = fleet(robots);
        let seconds = median(runs, || {
            black_box(sequential_auction(
                black_box(&problem),
                Rule::LowestBid,
                &mut Euclidean,
            ));
        });
        println!(
            "{robots:5} robots, {:6} tasks: {:10.3} ms",
            10 * robots,
            seconds * 1e3
        );
        (10.0 * robots as f64, seconds)
    };
    let points: Vec<(f64, f64)> = [(50, 9), (100, 5), (200, 3), (500, 1), (1000, 1)]
        .into_iter()
        .map(seconds)
        .collect();
    println!("time grows with tasks^{:.2}", growth(&points));
}

criterion_group!(benches, auctions);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    fit();
}
