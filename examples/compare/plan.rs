//! The plan of somebody who knows everything: as near to the best as can be had.

use fleet_core::UtcTime;
use fleet_core::allocate::search::Rounds;
use fleet_core::allocate::{Plan, Problem, Rule, improve, sequential_auction};
use fleet_core::schedule::Schedule;
use fleet_core::travel::Euclidean;

use crate::case::Case;
use crate::fleet::Fleet;

/// What a plan comes to if nothing goes wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Planned {
    pub(crate) metres: f64,
    pub(crate) flowtime: f64,
}

/// Two plans of one problem.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plans {
    /// Of one auction over all tasks.
    pub(crate) auction: Planned,
    /// Of the search that goes on from there.
    pub(crate) best: Planned,
}

impl Planned {
    fn of(plan: &Plan, tasks: usize) -> Self {
        let schedules = || plan.schedules.iter();
        let ends = schedules().flat_map(Schedule::visits);
        Planned {
            metres: schedules().map(Schedule::metres).sum(),
            flowtime: ends.map(|visit| visit.end.as_secs_f64()).sum::<f64>() / tasks as f64,
        }
    }
}

/// The plans for so many robots and a seed.
pub(crate) fn plans(fleet: &Fleet, robots: usize, seed: u64) -> Plans {
    let scenario = fleet.scenario(robots, seed);
    let config = fleet.config(&Case::lossless(robots));
    let tasks = scenario.tasks.len();
    let problem = Problem::new(
        scenario.robots.into_iter().map(|named| named.robot).collect(),
        scenario.tasks.into_iter().map(|timed| timed.task).collect(),
        config.objective,
        &config.scheme,
        UtcTime::from_secs(0),
    );
    let auction = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
    let mut rounds = Rounds(fleet.plan_rounds);
    let best = improve(&problem, &auction, 0.0, seed, &mut rounds, &mut Euclidean);
    Plans {
        auction: Planned::of(&auction, tasks),
        best: Planned::of(&best, tasks),
    }
}
