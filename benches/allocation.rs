//! Sequential auctions of ten tasks a robot: open routes on a square floor, least total travel.
//!
//! The fit at the end measures each size once more, in a process of its own, and prints how time and memory grow with
//! the number of tasks.

use std::hint::black_box;
use std::process::Command;
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

/// What one size came to, in a process of its own: peaks of memory never go down again.
struct Point {
    tasks: f64,
    seconds: f64,
    /// Peak of the process, and what of it came with the auction; in bytes, where the system tells.
    memory: Option<(f64, f64)>,
}

/// A size and how often it is solved, as the arguments of the process that does it.
const ALONE: &str = "--alone";

/// Solves one size so often and prints what it came to, for [`point`] to read.
fn alone(robots: usize, runs: usize) {
    let problem = fleet(robots);
    let solve = || {
        black_box(sequential_auction(
            black_box(&problem),
            Rule::LowestBid,
            &mut Euclidean,
        ));
    };
    let before = status("VmRSS:");
    solve();
    let peak = status("VmHWM:");
    println!("{}", median(runs, solve));
    if let (Some(before), Some(peak)) = (before, peak) {
        println!("{peak} {}", peak - before);
    }
}

/// A line of `/proc/self/status`, in bytes.
fn status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    Some(1024.0 * line.split_whitespace().nth(1)?.parse::<f64>().ok()?)
}

fn point((robots, runs): (usize, usize)) -> Point {
    let program = std::env::current_exe().expect("a program knows where it is");
    let output = Command::new(program)
        .args([ALONE.to_owned(), robots.to_string(), runs.to_string()])
        .output()
        .expect("a program can be started again");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let point = Point {
        tasks: 10.0 * robots as f64,
        seconds: *numbers.first().expect("the size was measured"),
        memory: numbers.get(1).copied().zip(numbers.get(2).copied()),
    };
    let memory = point.memory.map_or("memory not known".to_owned(), |(peak, own)| {
        format!("{:8.1} MiB, {:8.1} of it for the auction", mib(peak), mib(own))
    });
    println!(
        "{robots:5} robots, {:6} tasks: {:10.3} ms, {memory}",
        10 * robots,
        point.seconds * 1e3
    );
    point
}

fn mib(bytes: f64) -> f64 {
    bytes / f64::from(1 << 20)
}

fn fit() {
    let points: Vec<Point> = [(50, 49), (100, 19), (200, 9), (500, 5), (1000, 3)]
        .into_iter()
        .map(point)
        .collect();
    let seconds: Vec<_> = points.iter().map(|point| (point.tasks, point.seconds)).collect();
    println!("time grows with tasks^{:.2}", growth(&seconds));
    let memory = |point: &Point| point.memory.map(|(_, own)| (point.tasks, own));
    match points.iter().map(memory).collect::<Option<Vec<_>>>() {
        Some(memory) => println!("memory of the auction grows with tasks^{:.2}", growth(&memory)),
        None => println!("growth of memory: not known"),
    }
}

criterion_group!(benches, auctions);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, robots, runs] = &arguments[..]
        && mode == ALONE
    {
        let count = |number: &str| number.parse().expect("a number");
        return alone(count(robots), count(runs));
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    fit();
}
