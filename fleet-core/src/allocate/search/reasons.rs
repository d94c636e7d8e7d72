//! Why tasks were left out.

use alloc::vec::Vec;
use core::fmt;

use super::Solution;
use super::gaps::Gap;
use super::model::Model;
use super::recreate::{offer, price};
use super::route::{Broken, Route};
use super::state::State;
use crate::invalid::Invalid;

/// Why a robot does not do a task that was left out. Later ones come nearer to doing it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reason {
    /// The task is for other robots.
    NotAllowed,
    /// It lacks an ability.
    Unable,
    /// It has more stops than the robot's route may have.
    Stops,
    /// It cannot carry that much, or does not have what is to be put down.
    Load,
    /// It cannot be there within a window, by the deadline, or within its shift, even with nothing else to do.
    Late,
    /// Its charge does not last, even with nothing else to do.
    Charge,
    /// What the task waits for or begins with is left out, or no moment was found for all of the team.
    Waiting,
    /// It could, if it had less else to do.
    Busy,
    /// It costs more than to leave the task out.
    Dear,
    /// It can: whoever planned did not get to it.
    Open,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::NotAllowed => "is not allowed to",
            Reason::Unable => "is not able to",
            Reason::Stops => "has no room for its stops",
            Reason::Load => "cannot carry it",
            Reason::Late => "would be too late",
            Reason::Charge => "has too little charge",
            Reason::Waiting => "would wait for what is left out",
            Reason::Busy => "has too much else to do",
            Reason::Dear => "would cost more than it is worth",
            Reason::Open => "could do it",
        })
    }
}

impl Model {
    /// For each task that a plan leaves out why no robot does it: the task, and a reason for each robot.
    ///
    /// O(stops) for each task and robot.
    ///
    /// # Errors
    /// If the plan breaks a rule: names the robot.
    pub fn reasons(&self, plan: &Solution) -> Result<Vec<(u32, Vec<Reason>)>, Invalid> {
        let mut state = State::of(self, plan)?;
        state.mark(self);
        let absent = state.absent.clone();
        let reasons = |task: u32| {
            let waiting =
                !(self.links.team(task).is_empty() && state.wait_for_others(self, task, f64::NEG_INFINITY));
            let robots = 0..self.robots.len();
            let why = robots.map(|robot| self.reason(&state, robot, task, waiting));
            (task, why.collect())
        };
        Ok(absent.into_iter().map(reasons).collect())
    }

    fn reason(&self, state: &State, robot: usize, task: u32, waiting: bool) -> Reason {
        if !self.is_able(robot, task) {
            let has = self.tasks[task as usize].needs & !self.robots[robot].abilities == 0;
            return if has { Reason::NotAllowed } else { Reason::Unable };
        }
        let mut alone = Route::default();
        alone.put(task, self, Gap::NONE);
        alone.retime(self, &self.stops, robot, &state.docks, &[]);
        match alone.broken(self, robot) {
            Some(Broken::Length) => return Reason::Stops,
            Some(Broken::Load) => return Reason::Load,
            Some(Broken::Time) => return Reason::Late,
            Some(Broken::Charge) => return Reason::Charge,
            None if waiting => return Reason::Waiting,
            None => {}
        }
        match offer(state, self, robot, task, (0, usize::MAX)) {
            None => Reason::Busy,
            Some(gap) if price(state, self, robot as u32, gap) >= self.tasks[task as usize].prize => {
                Reason::Dear
            }
            Some(_) => Reason::Open,
        }
    }
}
