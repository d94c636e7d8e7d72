//! What solutions are judged by.

use fleet_core::allocate::search::{Solution, Weights};

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
