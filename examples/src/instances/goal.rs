//! What solutions are judged by.

use fleet_core::allocate::search::{Solution, Task, Weights};

use super::check::Checked;

/// What a metre costs where only time counts: of two solutions that end as early, the shorter one leaves more room.
const TIE: f64 = 0.01;

/// What is to be as little as possible first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Goal {
    /// The length of all routes.
    Distance,
    /// The number of robots that are used, and then the length.
    Robots,
    /// The number of tasks left out, and then the length.
    Served,
    /// When the last robot is ready.
    Makespan,
    /// The seconds that tasks are late, each times the weight of its task. No file says when its tasks are due.
    #[value(skip)]
    Tardiness,
}

impl Goal {
    /// What is to be as little as possible, where as many tasks are done by as many robots.
    pub fn value(self, checked: &Checked) -> f64 {
        match self {
            Goal::Distance | Goal::Robots | Goal::Served => checked.distance,
            Goal::Makespan => checked.makespan,
            Goal::Tardiness => checked.tardiness,
        }
    }

    /// What one solution is better than another by: it leaves out fewer tasks, or else is better by the goal.
    pub fn rank(self, solution: &Solution) -> (usize, usize, f64) {
        let used = solution.routes.iter().filter(|route| !route.is_empty());
        let robots = if self == Goal::Robots { used.count() } else { 0 };
        (solution.absent.len(), robots, solution.cost)
    }

    pub(super) fn weights(self) -> Weights {
        let travel = Weights::TRAVEL;
        match self {
            Goal::Distance | Goal::Robots => travel,
            // Whoever is busy for less has more time for others.
            Goal::Served => Weights { work: 1.0, ..travel },
            Goal::Makespan => Weights {
                travel: TIE,
                makespan: 1.0,
                ..travel
            },
            // Each task says itself what its lateness costs.
            Goal::Tardiness => Weights {
                travel: TIE,
                ..travel
            },
        }
    }
}

/// When a task should have ended, and what each second after that counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Due {
    /// Seconds; infinite if it is never late.
    pub time: f64,
    /// Against other tasks.
    pub weight: f64,
}

impl Due {
    /// That of a task.
    pub const fn of(task: &Task) -> Self {
        Due {
            time: task.due,
            weight: task.lateness,
        }
    }

    /// Makes it that of a task.
    pub const fn set(self, task: &mut Task) {
        (task.due, task.lateness) = (self.time, self.weight);
    }

    /// What it counts that the task ends at `end`.
    pub fn late(self, end: f64) -> f64 {
        self.weight * (end - self.time).max(0.0)
    }
}
