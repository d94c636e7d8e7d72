//! A loop ready made: one node over one transport.

use alloc::collections::VecDeque;

use crate::node::Node;
use crate::output::{Event, Output};
use crate::time::Time;
use crate::transport::Transport;
use crate::travel::Travel;

/// Frames handled in one [`step`](Driver::step) at most, so that a flood does not keep the application waiting.
const FRAMES: usize = 1_024;

/// Drives a [`Node`] over a [`Transport`].
///
/// The application calls [`step`](Self::step) whenever it likes (in its control loop, at the latest at
/// [`wake`](Self::wake)) and does what the events say.
///
/// # Example
/// A coordinator and a robot in one thread, over the in-memory network:
/// ```
/// use fleet_core::drive::Driver;
/// use fleet_core::transport::MemoryNetwork;
/// use fleet_core::travel::Euclidean;
/// use fleet_core::{Config, Event, Node, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId};
/// use fleet_core::{TaskSpec, Time};
///
/// let (network, config) = (MemoryNetwork::new(), Config::new(NodeId::from_u128(100)));
/// let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0)))?;
/// let mut chief = Driver::new(Node::coordinator(config.clone(), config.witnesses[0], 1)?, network.join(config.witnesses[0]));
/// let mut body = Driver::new(Node::robot(config, robot.clone(), 1)?, network.join(robot.id().node()));
///
/// let shelf = TaskSpec::new(TaskId::from_u128(7), vec![Stop::at(Place::at(3.0, 0.0))]);
/// chief.node_mut().submit(Time::ZERO, Task::new(shelf)?, &mut Euclidean).unwrap();
///
/// let started = (0..100).find_map(|tick| {
///     let now = Time::from_micros(tick * 100_000);
///     chief.step(now, &mut Euclidean);
///     body.step(now, &mut Euclidean);
///     while let Some(event) = body.next_event() {
///         if let Event::Start { task, .. } = event {
///             return Some(task.id());
///         }
///     }
///     None
/// });
/// assert_eq!(started, Some(TaskId::from_u128(7)));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Debug)]
pub struct Driver<T: Transport> {
    node: Node,
    transport: T,
    events: VecDeque<Event>,
    refused: u64,
}

impl<T: Transport> Driver<T> {
    /// Of `node`, over `transport`.
    pub fn new(node: Node, transport: T) -> Self {
        Driver {
            node,
            transport,
            events: VecDeque::new(),
            refused: 0,
        }
    }

    /// Handles the frames that have arrived and the time that has passed, and sends what the node wants sent.
    pub fn step(&mut self, now: Time, travel: &mut dyn Travel) {
        self.flush();
        for _ in 0..FRAMES {
            let Some(incoming) = self.transport.recv() else {
                break;
            };
            self.node
                .handle_frame(now, incoming.from, &incoming.frame, travel);
            self.flush();
        }
        if self.node.poll_timeout().is_some_and(|timeout| timeout <= now) {
            self.node.handle_timeout(now, travel);
            self.flush();
        }
    }

    /// When to call [`step`](Self::step) at the latest, if no frame arrives before.
    pub fn wake(&self) -> Option<Time> {
        self.node.poll_timeout()
    }

    /// What the application should know or do next.
    pub fn next_event(&mut self) -> Option<Event> {
        self.flush();
        self.events.pop_front()
    }

    /// The node, to look at.
    pub const fn node(&self) -> &Node {
        &self.node
    }

    /// The node, to give it commands. What it wants sent then goes out with the next call.
    pub const fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    /// Frames that the transport did not take. The node repeats what matters.
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    fn flush(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send(outgoing) => self.refused += u64::from(self.transport.send(outgoing).is_err()),
                Output::Event(event) => self.events.push_back(event),
                Output::Store(_) => {}
            }
        }
    }
}
