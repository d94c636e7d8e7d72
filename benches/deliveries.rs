//! Deliveries between the crossings of a grid, by robots that charge on the way: the sizes and the batteries of the planner
//! of Open-RMF (`rmf_task`), and what counts there, the time until each delivery is done.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group};
use fleet_benches::median;
use fleet_core::allocate::search::{
    Allocator, Charger, Exact, Improve, Model, NearestRobot, Rate, Robot, Rounds, SequentialAuction,
    Solution, Stop, Task, Ways, Weights,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Crossings along each side, and metres between them.
const GRID: u32 = 8;
const EDGE: f64 = 500.0;
const SPEED: f64 = 0.7;
/// 24 V times 40 Ah in joules, of which a fifth stays.
const BATTERY: f64 = 0.8 * 24.0 * 40.0 * 3600.0;
/// 70 kg with a friction of 0.22, and 20 W besides.
const DRAW: Rate = Rate {
    metre: 0.22 * 70.0 * 9.81,
    second: 20.0,
};
/// 24 V times 8.8 A.
const POWER: f64 = 24.0 * 8.8;

const SIZES: [(usize, usize); 4] = [(5, 10), (10, 50), (10, 100), (20, 100)];

/// So many robots, each with a charger where it begins, and deliveries from anywhere to anywhere else.
fn deliveries(robots: usize, tasks: usize) -> Model {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    let far = |a: u32, b: u32| {
        let steps = (a % GRID).abs_diff(b % GRID) + (a / GRID).abs_diff(b / GRID);
        EDGE * f64::from(steps)
    };
    let places = GRID * GRID;
    let all = (0..places).flat_map(|a| (0..places).map(move |b| far(a, b)));
    let ways = Ways::new(places as usize, all.collect()).expect("all are finite");
    let mut place = || random.random_range(0..places);
    let robot = |start: u32| Robot {
        speed: SPEED,
        draw: DRAW,
        charge: BATTERY,
        full: BATTERY,
        ..Robot::new(start)
    };
    let robots: Vec<Robot> = (0..robots).map(|_| robot(place())).collect();
    let chargers = robots.iter().map(|robot| Charger {
        place: robot.start,
        docks: 1,
        power: POWER,
    });
    let chargers = chargers.collect();
    let mut task = |_| {
        let (from, to) = (place(), place());
        let stop = Stop {
            place: (from, to),
            metres: far(from, to),
            ..Stop::new(from)
        };
        Task {
            waiting: 1.0,
            ..Task::new(vec![stop])
        }
    };
    let tasks = (0..tasks).map(&mut task).collect();
    // The last metre only decides between what is ready as early.
    let weights = Weights {
        travel: 1e-3,
        work: 0.0,
        makespan: 0.0,
    };
    let model = Model::new(ways, robots, tasks, weights).expect("all numbers are in range");
    model.with_chargers(chargers).expect("all chargers are at places")
}

fn plan(allocator: &dyn Allocator, model: &Model) -> Solution {
    let plan = allocator.allocate(model, None, &mut Rounds(10_000));
    plan.expect("it is within the limits of the allocator")
}

fn auctions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deliveries");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for (robots, tasks) in SIZES {
        let model = deliveries(robots, tasks);
        let id = BenchmarkId::new("auction", format!("{robots}x{tasks}"));
        let auction = SequentialAuction::default();
        group.bench_function(id, |bencher| bencher.iter(|| plan(&auction, black_box(&model))));
    }
    let model = deliveries(5, 10);
    group.bench_function("exact/5x10", |bencher| {
        bencher.iter(|| plan(&Exact, black_box(&model)));
    });
    group.finish();
}

fn table() {
    let size = |(robots, tasks): (usize, usize)| format!("{robots}x{tasks}");
    println!("\nmilliseconds, hours until the mean delivery is done, and charges");
    println!(
        "{:>22} {}",
        "",
        SIZES.map(|sizes| format!("{:>24}", size(sizes))).concat()
    );
    let allocators: [(&str, &dyn Allocator); 4] = [
        ("nearest robot", &NearestRobot),
        ("sequential auction", &SequentialAuction::default()),
        ("10,000 rounds of search", &Improve::default()),
        ("exact", &Exact),
    ];
    for (name, allocator) in allocators {
        let cells = SIZES.map(|(robots, tasks)| {
            let model = deliveries(robots, tasks);
            if allocator.allocate(&model, None, &mut Rounds(100)).is_err() {
                return format!("{:>24}", "-");
            }
            let seconds = median(5, || drop(plan(allocator, black_box(&model))));
            let plan = plan(allocator, &model);
            let (hours, charges) = (
                plan.cost / tasks as f64 / 3600.0,
                plan.charges.iter().flatten().count(),
            );
            assert!(plan.absent.is_empty(), "all can be delivered");
            format!("{:>10.2} {hours:>8.2} {charges:>4}", seconds * 1e3)
        });
        println!("{name:>24}{}", cells.concat());
    }
}

criterion_group!(benches, auctions);

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    if !std::env::args().any(|argument| argument == "--test") {
        table();
    }
}
