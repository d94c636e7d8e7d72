//! One frame is lost, whichever, and nothing else goes wrong.

use std::collections::BTreeSet;
use std::time::Duration;

use fleet_core::sim::{Arrivals, Happening, Observer, Setup, Sim};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Event, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time,
};

/// What came of one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Outcome {
    /// Frames that were sent, each receiver counted.
    pub(crate) frames: u64,
    /// How often a robot was told to start.
    pub(crate) starts: u32,
    /// When one was first.
    pub(crate) started: Time,
    /// Whether the task ended.
    pub(crate) ended: bool,
}

impl Observer for Outcome {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Sent { recipients, .. } => self.frames += u64::from(*recipients),
            Happening::Event {
                event: Event::Start { .. },
                ..
            } => {
                self.starts += 1;
                self.started = if self.starts == 1 { now } else { self.started };
            }
            _ => {}
        }
    }
}

fn config(witnesses: u128) -> Config {
    let mut config = Config::new(NodeId::from_u128(1_001));
    config.witnesses = (1..=witnesses).map(|k| NodeId::from_u128(1_000 + k)).collect();
    config
}

/// Two robots and a task of a few seconds, until it is long over for everybody. Without the frame number `lost`, if any.
fn run(witnesses: u128, lost: Option<u64>) -> Outcome {
    let place = |k: u128| Place::at(0.0, k as f64);
    let robot = |k| Robot::new(RobotSpec::new(RobotId::from_u128(k), place(k))).unwrap();
    let stop = Stop::at(Place::at(3.0, 0.0)).lasting(Duration::from_secs(2));
    let task = Task::new(TaskSpec::new(TaskId::from_u128(1), vec![stop])).unwrap();
    let mut setup = Setup::new(
        config(witnesses),
        Box::new(Euclidean),
        vec![robot(1), robot(2)],
        Arrivals::Timed(vec![(Duration::from_secs(1), task)]),
    );
    setup.lose = lost.into_iter().collect::<BTreeSet<u64>>();
    let mut sim = Sim::new(setup).unwrap();
    let mut outcome = Outcome::default();
    // It would be begun anew, if at all, when the lease has run out: so the end is not the end of the run.
    while sim.step(Time::from_secs(20), &mut outcome) {}
    outcome.ended = sim.is_over();
    outcome
}

/// A run without loss, and the runs without each of its frames.
pub(crate) fn sweep(witnesses: u128) -> (Outcome, Vec<Outcome>) {
    let whole = run(witnesses, None);
    let runs = (0..whole.frames).map(|frame| run(witnesses, Some(frame)));
    (whole, runs.collect())
}
