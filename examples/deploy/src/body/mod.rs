//! What a robot's node moves. [`Simulated`] is one that needs no robot; a real one implements [`Body`].

mod simulated;

use std::time::Instant;

use fleet_core::{Place, Pose, Stop, Task};

pub use simulated::Simulated;

/// A robot's body. It does one thing at a time, and no call may take long.
pub trait Body: Send {
    /// Go to this place.
    fn drive(&mut self, to: Place, now: Instant);
    /// Do the work at this stop of `task`; the body is there.
    fn execute(&mut self, task: &Task, stop: &Stop, now: Instant);
    /// Charge up to this level, from 0 to 1; the body is at the charger.
    fn charge(&mut self, to: f64, now: Instant);
    /// Leave what it is at, safely, and stand still.
    fn halt(&mut self, now: Instant);
    /// How it gets on with what it was last told. Called often.
    fn look(&mut self, now: Instant) -> Doing;
    /// Where it is.
    fn pose(&self) -> Pose;
    /// The charge of its battery, from 0 to 1, if it has one.
    fn battery(&self) -> Option<f64>;
}

/// How a body gets on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doing {
    /// It is at it.
    Busy,
    /// It has finished, and stands still.
    Finished,
    /// It cannot do it, for this reason, and stands still.
    Failed(String),
}
