use alloc::vec::Vec;

use crate::ability::missing;
use crate::bid::Decline;
use crate::objective::{Objective, Terms};
use crate::robot::Robot;
use crate::schedule::{Job, Schedule, Start};
use crate::standing::Standing;
use crate::task::Task;
use crate::time::UtcTime;
use crate::travel::Travel;
use crate::urgency::PriorityScheme;

/// Robots, tasks, and what a good plan is.
#[derive(Clone, Debug)]
pub struct Problem {
    robots: Vec<Robot>,
    tasks: Vec<Task>,
    standings: Vec<Standing>,
    objective: Objective,
    now: UtcTime,
}

impl Problem {
    /// All `tasks` are open at `now` to all `robots`, which are free where they stand.
    ///
    /// Predecessors are not looked at: whoever has tasks in an order offers a task when those before it are done.
    pub fn new(
        robots: Vec<Robot>,
        tasks: Vec<Task>,
        objective: Objective,
        scheme: &dyn PriorityScheme,
        now: UtcTime,
    ) -> Self {
        let standings: Vec<Standing> = tasks.iter().map(|task| scheme.standing(task, now, now)).collect();
        let least = standings
            .iter()
            .map(Standing::weight)
            .fold(f64::INFINITY, f64::min);
        let standings = standings
            .into_iter()
            .map(|standing| standing.beside(least))
            .collect();
        Problem {
            robots,
            tasks,
            standings,
            objective,
            now,
        }
    }

    /// The robots.
    pub fn robots(&self) -> &[Robot] {
        &self.robots
    }

    /// The tasks.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// What a good plan is.
    pub const fn objective(&self) -> &Objective {
        &self.objective
    }

    /// How each task stands against the others.
    pub fn standings(&self) -> &[Standing] {
        &self.standings
    }

    pub(crate) fn empty_schedules(&self) -> Vec<Schedule> {
        let start = |robot: &Robot| Start::new(robot.pose().place, self.now);
        self.robots
            .iter()
            .map(|robot| Schedule::new(robot, self.objective, start(robot)))
            .collect()
    }

    /// The tasks as jobs, numbered as they come; `None` where there is no way between the stops.
    pub(crate) fn jobs<T: Travel + ?Sized>(&self, travel: &mut T) -> Vec<Option<Job>> {
        let pairs = self.tasks.iter().zip(&self.standings).enumerate();
        pairs
            .map(|(k, (task, standing))| Job::new(k as u32, task, standing, travel))
            .collect()
    }

    /// Why `robot` cannot do `task` whatever its schedule.
    pub(crate) fn unable(&self, robot: usize, task: usize) -> Option<Decline> {
        missing(self.tasks[task].needs(), self.robots[robot].abilities())
            .cloned()
            .map(Decline::Needs)
    }
}

/// A task that no schedule holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Unserved {
    /// Its index in the problem.
    pub task: usize,
    /// For each robot, why not.
    pub reasons: Vec<Decline>,
}

/// What a solver found.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// One for each robot; tasks are numbered as in the problem.
    pub schedules: Vec<Schedule>,
    /// The tasks left out.
    pub unserved: Vec<Unserved>,
}

impl Plan {
    /// What it costs, by terms; `problem` is the one that it solves.
    pub fn terms(&self, problem: &Problem) -> Terms {
        let mut terms: Terms = self.schedules.iter().map(Schedule::terms).sum();
        let spans = self.schedules.iter().map(|schedule| schedule.terms().makespan);
        terms.makespan = spans.fold(0.0, f64::max);
        let missing =
            |unserved: &Unserved| problem.objective.unserved * problem.standings[unserved.task].weight();
        // A sum of nothing would be minus zero.
        terms.unserved = self
            .unserved
            .iter()
            .map(missing)
            .fold(0.0, |sum, price| sum + price);
        terms
    }
}
