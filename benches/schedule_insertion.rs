//! The price of one more task for a robot that has many.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group};
use fleet_benches::{NOW, growth, median, robot, task};
use fleet_core::Objective;
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

const SIZES: [usize; 4] = [5, 20, 100, 500];

fn objectives() -> [(&'static str, Objective); 2] {
    [
        ("minisum", Objective::minisum()),
        ("balanced", Objective::balanced()),
    ]
}

fn job(key: u32, rng: &mut Xoshiro256PlusPlus) -> Job {
    let task = task(u128::from(key) + 1, rng);
    let standing = Scheme::FixedClasses.standing(&task, NOW, NOW);
    Job::new(key, &task, &standing, &mut Euclidean).expect("there is a way")
}

/// A plan of so many visits, each put in at its best place, and one more task.
fn plan(visits: usize, objective: Objective) -> (Schedule, Job) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let robot = robot(1, &mut rng);
    let mut plan = Schedule::new(&robot, objective, Start::new(robot.pose().place, NOW));
    for key in 0..visits as u32 {
        let job = job(key, &mut rng);
        let insertion = plan
            .best_insertion(&job, &mut Euclidean)
            .expect("nothing forbids it");
        plan.insert(&job, &insertion);
    }
    (plan, job(u32::MAX, &mut rng))
}

fn insertions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("schedule_insertion");
    for (name, objective) in objectives() {
        for visits in SIZES {
            let (plan, job) = plan(visits, objective);
            group.bench_function(BenchmarkId::new(name, visits), |bencher| {
                bencher.iter(|| black_box(&plan).best_insertion(black_box(&job), &mut Euclidean));
            });
        }
    }
    group.finish();
}

fn fit() {
    const CALLS: usize = 1000;
    for (name, objective) in objectives() {
        let mut points = Vec::new();
        for visits in SIZES {
            let (plan, job) = plan(visits, objective);
            let seconds = median(9, || {
                for _ in 0..CALLS {
                    let _ = black_box(black_box(&plan).best_insertion(black_box(&job), &mut Euclidean));
                }
            }) / CALLS as f64;
            let gap = seconds / (visits + 1) as f64;
            println!(
                "{name:9} {visits:4} visits: {:8.2} us, {:6.1} ns a gap",
                seconds * 1e6,
                gap * 1e9
            );
            points.push(((visits + 1) as f64, seconds));
        }
        println!("{name:9} time grows with gaps^{:.2}", growth(&points));
    }
}

criterion_group!(benches, insertions);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    fit();
}
