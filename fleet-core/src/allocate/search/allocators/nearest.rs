//! The baseline: whoever is nearest takes the next task, after all that it has.

use alloc::vec::Vec;

use super::work::Work;
use super::{Allocator, Budget};
use crate::allocate::search::gaps::Gap;
use crate::allocate::search::recreate::offer;
use crate::allocate::search::{Model, Solution};
use crate::invalid::Invalid;

/// Again and again the task and the robot that are nearest to each other: the task goes to the end of the robot's route.
/// What comes of it is what most dispatchers do, and the measure of what all others are worth.
///
/// O(tasks squared) ways, as a rule: a robot looks at all tasks when it has got one, or when another one got its nearest.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct NearestRobot;

/// How far it is to a task, its number, and the end of the route.
type Near = Option<(f64, u32, Gap)>;

impl Allocator for NearestRobot {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let mut work = Work::new(model, plan)?;
        let mut rounds = 0;
        while give(&mut work, budget, &mut rounds) && work.put_teams() {}
        Ok(work.finish())
    }
}

/// Gives away what can be given. `false` when the budget is spent.
fn give(work: &mut Work<'_>, budget: &mut dyn Budget, rounds: &mut u64) -> bool {
    let mut open = work.open();
    let robots = 0..work.model.robots();
    let mut nearest: Vec<Near> = robots.map(|robot| find(work, robot, &open)).collect();
    while budget.spent(*rounds) < 1.0 {
        *rounds += 1;
        let found = nearest
            .iter()
            .enumerate()
            .filter_map(|(robot, near)| Some((robot, (*near)?)));
        let first = found.min_by(|a, b| a.1.0.total_cmp(&b.1.0).then(a.0.cmp(&b.0)));
        let Some((robot, (_, task, gap))) = first else {
            return true;
        };
        let touched = work.put(robot, task, gap);
        let opens = !work.model.links.behind(task).is_empty();
        if opens {
            open = work.open();
        } else {
            open.retain(|other| *other != task);
        }
        for (other, near) in nearest.iter_mut().enumerate() {
            let lost = near.is_some_and(|near| near.1 == task);
            if opens || lost || touched.contains(&(other as u32)) {
                *near = find(work, other, &open);
            }
        }
    }
    false
}

/// The task whose first stop is nearest to where this robot's route ends, and that it can do then.
fn find(work: &Work<'_>, robot: usize, open: &[u32]) -> Near {
    let model = work.model;
    let route = &work.state.routes[robot];
    let (from, end) = (route.last_place(model, robot), route.stops.len());
    let mut best: Near = None;
    for task in open {
        let first = model.tasks[*task as usize].first;
        let far = model.ways.length(from, model.stops[first as usize].at);
        if best.is_none_or(|best| far < best.0)
            && let Some(gap) = offer(&work.state, model, robot, *task, (end, end))
        {
            best = Some((far, *task, gap));
        }
    }
    best
}
