//! The same by force: one who sees everything, and each time looks at all pairs.

use std::cmp::Reverse;

use fleet_core::schedule::{Insertion, Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme, Urgency};
use fleet_core::{Objective, Robot, RobotId, Task, TaskId, UtcTime};
use ordered_float::OrderedFloat;

/// The most urgent first, of those the cheapest; of equals what is earlier in its bundle, and then by id.
type Rank = (Reverse<Urgency>, OrderedFloat<f64>, usize, TaskId, RobotId);

/// For each robot its tasks with their prices, in the order in which they were given to it.
pub(crate) fn bundles(
    robots: &[Robot],
    tasks: &[Task],
    objective: Objective,
    limit: usize,
    bound: &[TaskId],
) -> Vec<(RobotId, Vec<(TaskId, f64)>)> {
    let utc = UtcTime::from_secs(0);
    let plan = |robot: &Robot| Schedule::new(robot, objective, Start::new(robot.pose().place, utc));
    let mut plans: Vec<Schedule> = robots.iter().map(plan).collect();
    let mut bundles: Vec<_> = robots.iter().map(|robot| (robot.id(), Vec::new())).collect();
    let mut last = vec![None; robots.len()];
    let mut open: Vec<&Task> = tasks.iter().collect();
    loop {
        let mut best: Option<(Rank, usize, Job, Insertion)> = None;
        for (k, plan) in plans.iter().enumerate() {
            let depth = bundles[k].1.len();
            let has_bound = bundles[k].1.iter().any(|(task, _)| bound.contains(task));
            let may = |task: &&&Task| depth < limit && !(has_bound && bound.contains(&task.id()));
            for task in open.iter().filter(may) {
                let standing = Scheme::FixedClasses.standing(task, utc, utc);
                let job =
                    Job::new(task.id().uuid().as_u128() as u32, task, &standing, &mut Euclidean).unwrap();
                let Ok(place) = plan.best_insertion(&job, &mut Euclidean) else {
                    continue;
                };
                let cost: f64 = match last[k] {
                    Some((urgency, _)) if urgency < standing.urgency => continue,
                    Some((urgency, cost)) if urgency == standing.urgency => cost,
                    _ => f64::NEG_INFINITY,
                };
                let cost = cost.max(place.terms.total());
                let rank = (
                    Reverse(standing.urgency),
                    cost.into(),
                    depth,
                    task.id(),
                    robots[k].id(),
                );
                if best.as_ref().is_none_or(|(than, ..)| rank < *than) {
                    best = Some((rank, k, job, place));
                }
            }
        }
        let Some(((Reverse(urgency), cost, _, task, _), k, job, place)) = best else {
            return bundles;
        };
        plans[k].insert(&job, &place);
        bundles[k].1.push((task, cost.0));
        last[k] = Some((urgency, cost.0));
        open.retain(|open| open.id() != task);
    }
}
