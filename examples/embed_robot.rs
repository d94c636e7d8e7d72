//! A robot's control loop, and a coordinator beside it, in one thread: what an application writes to take part.
//!
//! `cargo run --example embed_robot`. Network, clock and body are simulated here; on a robot they are real, and the loop stays as it is.

use std::sync::Arc;
use std::time::Duration;

use fleet_core::drive::Driver;
use fleet_core::transport::{MemoryNetwork, Transport};
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Pose, Report, Robot, RobotId, RobotSpec};
use fleet_core::{Invalid, Stop, Task, TaskId, TaskSpec, Time};

/// 0.1 s, in which the robot moves 0.1 m.
const TICK: Duration = Duration::from_millis(100);

/// Drives along the corridor to a stop and works there for as long as the task says.
#[derive(Default)]
struct Body {
    x: f64,
    task: Option<Arc<Task>>,
    stop: usize,
    /// When the work at this stop is finished, once it has begun.
    until: Option<Time>,
}

impl Body {
    /// One tick: moves or works, and says what there is to report.
    fn tick(&mut self, now: Time) -> Option<Report> {
        let stop = self.task.as_ref()?.stops()[self.stop];
        let left = stop.place.point()?.x() - self.x;
        if self.until.is_none() {
            self.x += left.clamp(-0.1, 0.1);
            self.until = (left.abs() < 0.1).then(|| now + stop.service);
            return self.until.map(|_| Report::Begun);
        }
        (self.until <= Some(now)).then(|| {
            (self.stop, self.until) = (self.stop + 1, None);
            Report::StopDone
        })
    }
}

/// One turn of the robot's control loop.
fn turn(robot: &mut Driver<impl Transport>, body: &mut Body, now: Time) -> Result<(), Invalid> {
    robot.node_mut().moved(Pose::new(Place::at(body.x, 0.0), 0.0))?;
    robot.step(now, &mut Euclidean);
    while let Some(event) = robot.next_event() {
        match event {
            Event::Start { task, stops_done, .. } => {
                println!("{now:?} robot: starts {}", task.id());
                (body.stop, body.until, body.task) = (stops_done as usize, None, Some(task));
            }
            Event::Stop { .. } => body.task = None,
            _ => {} // this robot has no battery to charge
        }
    }
    // Before each step that cannot be undone: may I still?
    let may = |task: &Arc<Task>| robot.node().permit(task.id(), now).is_some();
    let Some(task) = body.task.clone().filter(may) else {
        return Ok(());
    };
    if let Some(report) = body.tick(now) {
        println!("{now:?} robot: reports {report:?}");
        let told = robot.node_mut().report(now, task.id(), report, &mut Euclidean);
        if told.is_err() || body.stop == task.stops().len() {
            body.task = None;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (network, config) = (MemoryNetwork::new(), Config::new(NodeId::from_u128(100)));
    let me = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
    let chief = Node::coordinator(config.clone(), config.witnesses[0], 1)?;
    let mut chief = Driver::new(chief, network.join(config.witnesses[0]));
    let mut robot = Driver::new(Node::robot(config, me.clone(), 1)?, network.join(me.id().node()));
    for (id, from, to) in [(7, 3.0, 6.0), (8, 2.0, 0.0)] {
        let stops = [from, to].map(|x| Stop::at(Place::at(x, 0.0))).to_vec();
        let task = Task::new(TaskSpec::new(TaskId::from_u128(id), stops))?;
        chief.node_mut().submit(Time::ZERO, task, &mut Euclidean)?;
    }
    let (mut body, mut now, mut ended) = (Body::default(), Time::ZERO, 0);
    while ended < 2 && now < Time::from_secs(120) {
        chief.step(now, &mut Euclidean);
        turn(&mut robot, &mut body, now)?;
        while let Some(event) = chief.next_event() {
            if let Event::Task { task, phase, .. } = event {
                println!("{now:?} coordinator: {task} is {phase:?}");
                ended += usize::from(phase.is_terminal());
            }
        }
        now = now + TICK;
    }
    println!("{ended} of 2 tasks ended");
    Ok(())
}
