//! What a solution costs, and what is wrong with it, by its words: with nothing of the solver but the problem.

use fleet_core::allocate::search::{Solution, Task};

use super::Instance;

/// Sums are rounded.
const TOLERANCE: f64 = 1e-6;

/// What was found.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Checked {
    /// Length of all routes.
    pub distance: f64,
    /// When the last robot is ready, in seconds; of those that are used.
    pub makespan: f64,
    /// Seconds that tasks are late, each times the weight of its task.
    pub tardiness: f64,
    /// Robots that are used.
    pub robots: usize,
    /// Tasks that are done.
    pub served: usize,
    /// Whether nothing is wrong.
    pub feasible: bool,
    /// What is wrong.
    pub wrong: Vec<String>,
}

/// Walks along all routes.
pub fn check(instance: &Instance, solution: &Solution) -> Checked {
    let mut wrong = Vec::new();
    let mut times = vec![0; instance.tasks.len()];
    let mut all = Walked::default();
    if solution.routes.len() != instance.robots.len() {
        wrong.push(format!(
            "{} routes for {} robots",
            solution.routes.len(),
            instance.robots.len()
        ));
    }
    for (robot, route) in solution.routes.iter().enumerate().take(instance.robots.len()) {
        let walked = walk(instance, robot, route, &mut times, &mut wrong);
        all.metres += walked.metres;
        all.late += walked.late;
        all.end = all.end.max(walked.end);
    }
    let served = |task: &Task, times: u32| times as usize == task.stops.len();
    let mut done = 0;
    for (k, (task, times)) in instance.tasks.iter().zip(&times).enumerate() {
        let absent = solution.absent.contains(&(k as u32));
        if served(task, *times) && !absent {
            done += 1;
        } else if !(absent && *times == 0) {
            wrong.push(format!("task {} is visited {times} times", instance.ids[k]));
        }
    }
    Checked {
        distance: all.metres,
        makespan: all.end,
        tardiness: all.late,
        robots: solution.routes.iter().filter(|route| !route.is_empty()).count(),
        served: done,
        feasible: wrong.is_empty(),
        wrong,
    }
}

/// What one route comes to, or all of them.
#[derive(Clone, Copy, Default)]
struct Walked {
    metres: f64,
    /// When it is over; zero if there is nothing in it.
    end: f64,
    /// What counts as late.
    late: f64,
}

fn walk(
    instance: &Instance,
    robot: usize,
    route: &[(u32, u32)],
    times: &mut [u32],
    wrong: &mut Vec<String>,
) -> Walked {
    let spec = &instance.robots[robot];
    let point = |place: u32| instance.points[place as usize];
    let far = |a: u32, b: u32| (point(a).0 - point(b).0).hypot(point(a).1 - point(b).1);
    let (mut place, mut time, mut metres, mut late) = (spec.start, spec.shift.0, 0.0, 0.0);
    let mut aboard = fleet_core::Load::ZERO;
    let mut begun: Vec<u32> = Vec::new();
    for (task, which) in route {
        let known = instance.tasks.get(*task as usize);
        let Some((whole, stop)) = known.and_then(|task| Some((task, task.stops.get(*which as usize)?)))
        else {
            wrong.push(format!("robot {robot}: there is no stop {which} of task {task}"));
            continue;
        };
        let id = instance.ids[*task as usize];
        let leg = far(place, stop.place.0);
        time += leg / spec.speed;
        let next = stop.windows.iter().find(|window| time <= window.1 + TOLERANCE);
        match (next, stop.windows.last()) {
            (Some(window), _) => time = time.max(window.0),
            (None, Some(window)) => wrong.push(format!(
                "robot {robot}: task {id} begins at {time}, after {}",
                window.1
            )),
            (None, None) => {}
        }
        time += stop.service.get(spec.pace).unwrap_or(&stop.service[0]) + stop.metres / spec.speed;
        if time > stop.finish + TOLERANCE {
            wrong.push(format!(
                "robot {robot}: task {id} ends at {time}, after {}",
                stop.finish
            ));
        }
        if *which as usize + 1 == whole.stops.len() {
            late += whole.lateness * (time - whole.due).max(0.0);
        }
        metres += leg + stop.metres;
        place = stop.place.1;
        aboard = aboard + stop.load;
        if !aboard.fits(&spec.capacity) && !spec.capacity.eq(&fleet_core::Load::ZERO) {
            wrong.push(format!("robot {robot}: too much is aboard at task {id}"));
        }
        if *which == 0 {
            begun.push(*task);
        } else if !begun.contains(task) {
            wrong.push(format!(
                "robot {robot}: task {id} is delivered before it is picked up"
            ));
        }
        times[*task as usize] += 1;
    }
    if let (Some(end), false) = (spec.end, route.is_empty()) {
        metres += far(place, end);
        time += far(place, end) / spec.speed;
    }
    if time > spec.shift.1 + TOLERANCE && !route.is_empty() {
        wrong.push(format!(
            "robot {robot}: is back at {time}, after {}",
            spec.shift.1
        ));
    }
    let drawn = spec.draw.metre * metres + spec.draw.second * (time - spec.shift.0);
    if drawn > spec.charge + TOLERANCE && !route.is_empty() {
        wrong.push(format!(
            "robot {robot}: draws {drawn} from its battery, more than {}",
            spec.charge
        ));
    }
    let end = if route.is_empty() { 0.0 } else { time };
    Walked { metres, end, late }
}
