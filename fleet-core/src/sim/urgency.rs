//! L1, seen from outside: whether a robot sets out for a task that keeps a more urgent one waiting.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::world::Sim;
use crate::ids::{RobotId, TaskId};
use crate::place::Place;
use crate::robot::Robot;
use crate::schedule::Planned;
use crate::task::{Priority, Task};
use crate::time::UtcTime;
use crate::travel::{Euclidean, Travel};

/// Times are rounded, and a robot knows its place only so well.
const NEGLIGIBLE: Duration = Duration::from_millis(10);

impl Sim {
    /// Which of the `tasks` that `robot` has planned waits for `first`, which it sets out for, though it is of a higher
    /// class: its work ends later than it would if `first` were left out of the plan.
    ///
    /// What stands before `first` by now was put there after the robot had set out, at the same moment, and is left out:
    /// a robot sets out for nothing but what comes first, and is judged anew when it turns to something else.
    ///
    /// Robots with a battery are not judged: they do what they have the charge for. Nor are tasks with a due time: these
    /// may wait as long as they are in time. Ways are taken as straight.
    pub(super) fn made_to_wait(
        &self,
        robot: RobotId,
        first: &Task,
        tasks: &BTreeMap<TaskId, Arc<Task>>,
    ) -> Option<TaskId> {
        let node = self.nodes().find(|node| node.id() == robot.node())?;
        let body = node.body().filter(|body| body.battery().is_none())?;
        let plan = node.plan().skip_while(|(task, _)| *task != first.id());
        let plan: Vec<(TaskId, Planned)> = plan.collect();
        let now = UtcTime::from_micros(self.now().as_micros() as i64);
        let walk = |without: Option<TaskId>| {
            let visits = plan.iter().filter(move |(task, _)| Some(*task) != without);
            ends(body, visits, tasks, now)
        };
        let (with, without) = (walk(None), walk(Some(first.id())));
        let class = |task: &TaskId| tasks.get(task).map_or(Priority::Low, |task| task.priority());
        let has_due = |task: &TaskId| tasks.get(task).is_some_and(|task| task.due().is_some());
        let waits = |(task, end): &(&TaskId, &UtcTime)| {
            class(task) > first.priority()
                && !has_due(task)
                && without
                    .get(*task)
                    .is_some_and(|early| end.since(*early) > NEGLIGIBLE)
        };
        with.iter().find(waits).map(|(task, _)| *task)
    }
}

/// When each task of a plan ends, if the robot sets out now.
fn ends<'a>(
    body: &Robot,
    visits: impl Iterator<Item = &'a (TaskId, Planned)>,
    tasks: &BTreeMap<TaskId, Arc<Task>>,
    now: UtcTime,
) -> BTreeMap<TaskId, UtcTime> {
    let mut ends = BTreeMap::new();
    let (mut place, mut at) = (body.pose().place, now);
    for (task, visit) in visits {
        let release = tasks.get(task).and_then(|task| task.release());
        at = (at + ride(body, place, visit.place)).max(release.unwrap_or(at));
        at = at + visit.end.since(visit.begin);
        place = visit.place;
        ends.insert(*task, at);
    }
    ends
}

fn ride(body: &Robot, from: Place, to: Place) -> Duration {
    let metres = Euclidean.distance(from, to).unwrap_or(0.0);
    Duration::from_secs_f64(metres / body.speed())
}
