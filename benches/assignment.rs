//! One column for each row, at random costs; and how the time grows with the rows.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group};
use fleet_benches::{growth, median};
use fleet_core::allocate::assignment;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

fn costs(rows: usize, columns: usize) -> Vec<f64> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    (0..rows * columns)
        .map(|_| random.random_range(0.0..1000.0))
        .collect()
}

fn assignments(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("assignment");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (rows, columns) in [(50, 50), (50, 500), (500, 500), (1000, 5000)] {
        let costs = costs(rows, columns);
        let id = BenchmarkId::from_parameter(format!("{rows}x{columns}"));
        group.bench_function(id, |bencher| {
            bencher.iter(|| assignment(rows, columns, black_box(&costs)));
        });
    }
    group.finish();
}

fn fit() {
    let points: Vec<(f64, f64)> = [(100, 21), (200, 11), (400, 7), (800, 5), (1600, 3)]
        .into_iter()
        .map(|(rows, runs)| {
            let costs = costs(rows, rows);
            let seconds = median(runs, || {
                let _ = black_box(assignment(rows, rows, black_box(&costs)));
            });
            println!("{rows:5} rows: {:10.3} ms", seconds * 1e3);
            (rows as f64, seconds)
        })
        .collect();
    println!("time grows with rows^{:.2}", growth(&points));
}

criterion_group!(benches, assignments);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        fit();
    }
}
