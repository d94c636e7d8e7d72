//! What is searched, and within which bounds.

use fleet_core::schedule::{Schedule, Start};
use fleet_core::{
    NodeId, Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime,
};
use stateright::{Model, Property};

use super::check;
use super::greedy;
use super::state::{Act, State};

/// Where the robots stand on a line, in metres. One is nearest to both tasks, one as near to the second as that, and for
/// the third both are far, and the second costs nothing more than the first.
const ROBOTS: [f64; 3] = [0.0, 2.0, 20.0];
const TASKS: [f64; 2] = [10.0, 11.0];
/// Other places: the first wants both tasks, and the next one beats its second bid before the last has heard of it.
const CLOSE: [f64; 3] = [9.0, 11.5, 20.0];

/// For each robot its tasks with their prices.
pub(crate) type Bundles = Vec<(RobotId, Vec<(TaskId, f64)>)>;

/// Who hears whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Full,
    Line,
}

/// How often what may happen, or has happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Counts {
    /// Frames that are lost.
    pub(crate) losses: u8,
    /// Frames that arrive twice.
    pub(crate) repeats: u8,
    /// Tasks that are called off, or owned.
    pub(crate) closings: u8,
    /// Robots that seem to be gone to another one, and then are not.
    pub(crate) suspicions: u8,
    /// Robots that begin anew.
    pub(crate) rebirths: u8,
}

/// What is done wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mistake {
    /// Whatever comes last counts, not what was written last.
    TakesOlder,
    /// A robot that hears of a better bid goes on as if it had not.
    KeepsWhatItLost,
    /// What is lost stays lost.
    NeverCompares,
}

pub(crate) struct World {
    pub(crate) shape: Shape,
    pub(crate) limit: usize,
    pub(crate) counts: Counts,
    /// Whether robots think as soon as something is new, or when they like.
    pub(crate) prompt: bool,
    pub(crate) mistake: Option<Mistake>,
    pub(crate) robots: Vec<Robot>,
    pub(crate) tasks: Vec<Task>,
    /// What one auctioneer would come to, if all tasks are open, or all but one.
    outcomes: Vec<Bundles>,
}

impl World {
    pub(crate) fn new(shape: Shape, limit: usize, counts: Counts) -> World {
        World::of(ROBOTS, shape, limit, counts)
    }

    /// On a line, where of a bundle only the first bid is passed on at first.
    pub(crate) fn in_parts(counts: Counts) -> World {
        World::of(CLOSE, Shape::Line, 2, counts)
    }

    fn of(robots: [f64; 3], shape: Shape, limit: usize, counts: Counts) -> World {
        let robot = |(k, x): (u128, f64)| RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0));
        let robots = (1..)
            .zip(robots)
            .map(|robot_at| Robot::new(robot(robot_at)).expect("a robot"));
        let robots: Vec<Robot> = robots.collect();
        let task = |(k, x): (u128, f64)| {
            let spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(x, 0.0))]);
            Task::new(spec).expect("a task with a stop")
        };
        let tasks: Vec<Task> = (1..).zip(TASKS).map(task).collect();
        let without = |gone: usize| {
            let left = tasks.iter().enumerate().filter(|(k, _)| *k != gone);
            let left: Vec<Task> = left.map(|(_, task)| task.clone()).collect();
            greedy::bundles(&robots, &left, Objective::minisum(), limit, &[])
        };
        World {
            outcomes: (0..=tasks.len()).map(without).collect(),
            shape,
            limit,
            counts,
            prompt: true,
            mistake: None,
            robots,
            tasks,
        }
    }

    pub(crate) fn name(&self) -> String {
        let Counts {
            losses,
            repeats,
            closings,
            suspicions,
            rebirths,
        } = self.counts;
        format!(
            "{:?}, bundles of {}, {losses} lost, {repeats} repeated, {closings} closed, {suspicions} suspected, {rebirths} reborn",
            self.shape, self.limit
        )
    }

    pub(crate) fn node(&self, robot: usize) -> NodeId {
        self.robots[robot].id().node()
    }

    /// Who hears this robot.
    pub(crate) fn near(&self, robot: usize) -> impl Iterator<Item = usize> + '_ {
        let hears = move |other: &usize| {
            let hops = other.abs_diff(robot);
            hops == 1 || hops > 1 && self.shape == Shape::Full
        };
        (0..self.robots.len()).filter(hears)
    }

    pub(crate) fn plan(&self, robot: usize) -> Schedule {
        let start = Start::new(self.robots[robot].pose().place, UtcTime::from_secs(0));
        Schedule::new(&self.robots[robot], Objective::minisum(), start)
    }

    /// What all are to come to, without a task that was closed.
    pub(crate) fn outcome(&self, closed: Option<usize>) -> &Bundles {
        &self.outcomes[closed.unwrap_or(self.tasks.len())]
    }
}

impl Model for World {
    type State = State;
    type Action = Act;

    fn init_states(&self) -> Vec<State> {
        vec![State::first(self)]
    }

    fn actions(&self, state: &State, acts: &mut Vec<Act>) {
        state.acts(self, acts);
    }

    fn next_state(&self, state: &State, act: Act) -> Option<State> {
        let mut next = state.clone();
        next.act(self, &act);
        (next != *state).then_some(next)
    }

    fn properties(&self) -> Vec<Property<World>> {
        check::properties()
    }
}
