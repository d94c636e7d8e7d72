//! The robots and tasks of all runs of a seed, and what the runs have in common.

use std::time::Duration;

use fleet_core::pattern::LinkBudget;
use fleet_core::sim::{Fading, Faults, Setup};
use fleet_core::{Config, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec};
use fleet_examples::run::{Choices, ObjectiveChoice, UrgencyChoice};
use fleet_examples::scenario::{
    Deployment, Floor, NamedRobot, Network, Reveal, Scenario, Settings, TimedTask,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use crate::case::Case;

/// Side of the square of so many robots, in metres; its area grows with them.
const SIDE: f64 = 100.0;
const ON_SIDE: f64 = 50.0;
/// Shortest and longest visit, in milliseconds.
const SERVICE: (u64, u64) = (2_000, 8_000);
/// Time that nodes take between a question and its answer.
const STEP: Duration = Duration::from_millis(20);
/// The first of the witnesses that are no robots.
const APART: u128 = 0xc000_0000_0000_0000_0000_0000_0000_0001;

/// What is the same in all runs.
#[derive(Clone, Debug)]
pub(crate) struct Fleet {
    pub(crate) tasks_per_robot: usize,
    pub(crate) witnesses: usize,
    pub(crate) among_robots: bool,
    /// Whether all times follow from the losses.
    pub(crate) fit: bool,
    pub(crate) objective: ObjectiveChoice,
    pub(crate) urgency: UrgencyChoice,
    pub(crate) duration: Duration,
    /// Of the search for the plan.
    pub(crate) plan_rounds: u64,
}

impl Fleet {
    pub(crate) fn tasks(&self, robots: usize) -> usize {
        robots * self.tasks_per_robot
    }

    /// So many robots and their tasks, drawn from a seed.
    pub(crate) fn scenario(&self, robots: usize, seed: u64) -> Scenario {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let side = SIDE * (robots as f64 / ON_SIDE).sqrt();
        let mut place = || {
            let [x, y] = [(); 2].map(|()| side * random.random::<f64>());
            (Place::at(x, y), random.random_range(SERVICE.0..=SERVICE.1))
        };
        let robots = (1..=robots as u128).map(|id| {
            let robot = Robot::new(RobotSpec::new(RobotId::from_u128(id), place().0));
            NamedRobot {
                name: id.to_string(),
                robot: robot.expect("nothing of it is drawn but its place"),
            }
        });
        let robots: Vec<NamedRobot> = robots.collect();
        let tasks = (1..=self.tasks(robots.len()) as u128).map(|id| {
            let (place, service) = place();
            let stop = Stop::at(place).lasting(Duration::from_millis(service));
            let task = Task::new(TaskSpec::new(TaskId::from_u128(id), vec![stop]));
            TimedTask {
                at: Duration::ZERO,
                task: task.expect("it has one stop"),
                name: id.to_string(),
            }
        });
        Scenario {
            name: String::new(),
            floor: Floor::Open {
                width: side,
                height: side,
            },
            tasks: tasks.collect(),
            robots,
            chargers: Vec::new(),
            reveal: Reveal::Timed,
            duration: None,
            deployment: Deployment::default(),
            network: Network::default(),
            partitions: Vec::new(),
            breakdowns: Vec::new(),
            seed,
            settings: Settings::default(),
            notes: Vec::new(),
        }
    }

    /// The simulation of one case and seed.
    pub(crate) fn setup(&self, case: &Case, seed: u64) -> Setup {
        let delays = Faults::default();
        let choices = Choices {
            strategy: Some(case.strategy),
            urgency: Some(self.urgency),
            objective: Some(self.objective.clone()),
            topology: Some(case.topology.clone()),
            fading: Some(case.fading),
            loss: Some(case.loss),
            delay: Some((delays.delay_min, delays.delay_max)),
            ..Choices::default()
        };
        let mut setup = choices.setup(&self.scenario(case.robots, seed));
        setup.config.witnesses = self.witnesses(case.robots);
        setup.config.settle = case.settle;
        if self.fit {
            let fits = link(case, &delays).apply(&mut setup.config);
            fits.expect("its times and shares are in their ranges");
        }
        setup.config.limits.bundle = case.bundle;
        setup
    }

    /// Some of the robots, the same way apart from each other in their order; or other nodes.
    fn witnesses(&self, robots: usize) -> Vec<NodeId> {
        let numbers = 0..self.witnesses;
        if self.among_robots {
            let robot = |k: usize| (2 * k + 1) * robots / (2 * self.witnesses);
            numbers.map(|k| NodeId::from_u128(robot(k) as u128 + 1)).collect()
        } else {
            numbers.map(|k| NodeId::from_u128(APART + k as u128)).collect()
        }
    }

    /// The settings of a case, for those who plan by themselves.
    pub(crate) fn config(&self, case: &Case) -> Config {
        self.setup(case, 1).config
    }
}

/// What is known of the links of a case. Where losses hang together, five times as long as they do on average is the
/// longest that nothing gets through.
fn link(case: &Case, delays: &Faults) -> LinkBudget {
    let together = match case.fading {
        Fading::Independent => Duration::ZERO,
        Fading::GilbertElliott { burst } => burst,
        Fading::Rayleigh { coherence } => coherence,
    };
    LinkBudget {
        round_trip: delays.delay_max * 2 + STEP,
        loss: case.loss.min(0.5),
        outage: together * 5,
        ..LinkBudget::SITE
    }
}
