//! Random instances shared by the benchmarks.

use fleet_core::allocate::Problem;
use fleet_core::urgency::Scheme;
use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// When all plans begin.
pub const NOW: UtcTime = UtcTime::from_secs(0);

/// Metres along each side of the floor.
pub const SIDE: f64 = 1000.0;

/// A uniformly random place on the floor.
pub fn place(rng: &mut Xoshiro256PlusPlus) -> Place {
    Place::at(rng.random_range(0.0..SIDE), rng.random_range(0.0..SIDE))
}

/// A robot of 1 m/s, somewhere on the floor.
pub fn robot(id: u128, rng: &mut Xoshiro256PlusPlus) -> Robot {
    Robot::new(RobotSpec::new(RobotId::from_u128(id), place(rng))).expect("the fields are valid")
}

/// A visit somewhere on the floor, at any time.
pub fn task(id: u128, rng: &mut Xoshiro256PlusPlus) -> Task {
    let stops = vec![Stop::at(place(rng))];
    Task::new(TaskSpec::new(TaskId::from_u128(id), stops)).expect("the fields are valid")
}

/// So many robots and tasks, always the same for one seed.
pub fn problem(robots: usize, tasks: usize, objective: Objective, seed: u64) -> Problem {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let robots = (1..=robots as u128).map(|id| robot(id, &mut rng)).collect();
    let tasks = (1..=tasks as u128).map(|id| task(id, &mut rng)).collect();
    Problem::new(robots, tasks, objective, &Scheme::FixedClasses, NOW)
}

/// The exponent `b` of `seconds = a * size^b`, by least squares over the logarithms.
pub fn growth(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(size, secs)| (size.ln(), secs.ln())).collect();
    let count = logs.len() as f64;
    let mean_x = logs.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = logs.iter().map(|(_, y)| y).sum::<f64>() / count;
    let above: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let below: f64 = logs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
    above / below
}

/// The median time of `runs` calls, in seconds.
pub fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..runs).map(|_| time(&mut work)).collect();
    times.sort_by(f64::total_cmp);
    times[runs / 2]
}

fn time(work: &mut impl FnMut()) -> f64 {
    let start = std::time::Instant::now();
    work();
    start.elapsed().as_secs_f64()
}
