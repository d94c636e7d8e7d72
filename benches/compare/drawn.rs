//! Problems that are drawn from a seed: robots and tasks anywhere on a square kilometre, routes that end anywhere.

use fleet_core::allocate::search::{Robot, Stop, Task};
use fleet_examples::instances::{Format, Goal, Instance};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

const SIDE: f64 = 1000.0;
/// Seconds of work at each task, at most.
const LONGEST_WORK: f64 = 60.0;
/// Of the time in which all can be done, the part in which all is due: below one, so that some of it must be late.
const HURRY: f64 = 0.7;

/// Robots and tasks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size(pub(crate) u32, pub(crate) u32);

/// For the least distance; work takes no time.
pub(crate) fn open(size: Size, seed: u64) -> Instance {
    let points = points(size, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
    instance(Goal::Distance, size, seed, points)
}

/// For the earliest end of all work.
pub(crate) fn makespan(size: Size, seed: u64) -> Instance {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut instance = instance(Goal::Makespan, size, seed, points(size, &mut random));
    draw_work(&mut instance, &mut random);
    instance
}

/// For the least lateness of tasks that are due at different times, and count differently.
pub(crate) fn tardiness(size: Size, seed: u64) -> Instance {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut instance = instance(Goal::Tardiness, size, seed, points(size, &mut random));
    draw_work(&mut instance, &mut random);
    let last = HURRY * about_all(size);
    for task in &mut instance.tasks {
        task.due = task.stops[0].service[0] + random.random_range(0.0..last);
        task.lateness = f64::from(random.random_range(1..=5));
    }
    instance
}

fn points(size: Size, random: &mut Xoshiro256PlusPlus) -> Vec<(f64, f64)> {
    let mut point = || (random.random_range(0.0..SIDE), random.random_range(0.0..SIDE));
    (0..size.0 + size.1).map(|_| point()).collect()
}

fn instance(goal: Goal, Size(robots, tasks): Size, seed: u64, points: Vec<(f64, f64)>) -> Instance {
    Instance {
        name: format!("{robots}x{tasks}-{seed}"),
        format: Format::Mdvrp,
        points,
        robots: (0..robots).map(Robot::new).collect(),
        tasks: (robots..robots + tasks)
            .map(|place| Task::new(vec![Stop::new(place)]))
            .collect(),
        ids: (1..=tasks).collect(),
        goal,
    }
}

fn draw_work(instance: &mut Instance, random: &mut Xoshiro256PlusPlus) {
    for task in &mut instance.tasks {
        task.stops[0].service = vec![random.random_range(0.0..LONGEST_WORK)];
    }
}

/// About how many seconds all tasks take, at one metre a second: the length of the shortest way through so many points
/// (Beardwood, Halton & Hammersley 1959), and the work.
fn about_all(Size(robots, tasks): Size) -> f64 {
    let (robots, tasks) = (f64::from(robots), f64::from(tasks));
    (0.7124 * SIDE * tasks.sqrt() + 0.5 * LONGEST_WORK * tasks) / robots
}
