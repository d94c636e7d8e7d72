//! What a node wants done.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::bid::{Bid, Decline};
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::{Entry, Phase};
use crate::message::{Forfeit, Message};
use crate::objective::Cost;
use crate::place::Place;
use crate::regime::Mode;
use crate::task::Task;
use crate::time::UtcTime;
use crate::transport::{Class, Destination, Outgoing};
use crate::wire;

/// One thing that a node wants done, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Output {
    /// Write this into the journal. It must be durable before the outputs that follow it are performed; if that
    /// fails they must not be, and the node must begin anew from the journal. A node without a journal loses its
    /// memory with each restart, and knows how to get it back from the other witnesses.
    Store(Entry),
    /// Send this frame.
    Send(Outgoing),
    /// Tell the application.
    Event(Event),
}

/// Something that the application should know, or do.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Event {
    /// Robot: go and do this task. Ask [`permit`](crate::Node::permit) before each irreversible step, and
    /// [`report`](crate::Node::report) what happens. A task that was stopped starts anew with the stop that it
    /// was at.
    Start {
        /// The task.
        task: Arc<Task>,
        /// The period of ownership: the site's equipment may check it.
        epoch: Epoch,
        /// How many of its stops are finished.
        stops_done: u32,
    },
    /// Robot: stop this task safely. Unless it is only for [`Later`](StopReason::Later) or to
    /// [rest](StopReason::Paused), put down what is carried for it: the plan counts on the room, and the task, if it is
    /// open again, begins anew at its first stop.
    Stop {
        /// The task.
        task: TaskId,
        /// Why.
        why: StopReason,
    },
    /// Robot: all robots of this team are there. Report that it [begins](crate::Report::Begun): when that was
    /// [refused](crate::ReportError::NotTogether), this is the moment to say it again.
    Together(TaskId),
    /// Robot: go there and charge.
    Charge {
        /// The charger.
        at: Place,
    },
    /// Robot: its task was taken away while it was alone, and it must not stay where it is. Go there and wait.
    Retreat {
        /// The nearest refuge.
        at: Place,
    },
    /// Robot: from now on it comes to its tasks in another way, because of what it hears or hears no more, or because the
    /// strategy of the fleet is another.
    Mode {
        /// How it came to them.
        before: Mode,
        /// How it does now.
        now: Mode,
    },
    /// Witness: a majority has this task in its journal: it will not be lost. This is the acknowledgement of
    /// [`submit`](crate::Node::submit), given by every witness that knows it.
    Accepted(TaskId),
    /// Witness: another task was submitted elsewhere under this id. At most one of the two is ever accepted.
    Conflict(TaskId),
    /// Coordinator: this task's robot fell silent, and the task is not to be given to another without being told to:
    /// it waits for its robot, or for [`reopen`](crate::Node::reopen).
    Lost {
        /// The task.
        task: TaskId,
        /// Its robot.
        robot: RobotId,
    },
    /// Witness: a robot worked at a [`BestEffort`](crate::Assurance::BestEffort) task that another robot worked at,
    /// or has done, too.
    Duplicated {
        /// The task.
        task: TaskId,
        /// The robot.
        robot: RobotId,
        /// The other one, if it is known.
        other: Option<RobotId>,
    },
    /// Coordinator: a robot that was [taken out of service](crate::Node::drain) has nothing left to do.
    Drained(RobotId),
    /// Coordinator: this robot reports to it, for the first time or after it was lost.
    RobotJoined(RobotId),
    /// Coordinator: this robot fell silent and its leases have run out; its tasks are open again.
    RobotLost(RobotId),
    /// Coordinator: a robot has accepted a task.
    Awarded(Box<Awarded>),
    /// Coordinator: nobody can take this task now; it is offered again later.
    Unsold {
        /// The task.
        task: TaskId,
        /// What each robot that was asked said.
        declined: Vec<(RobotId, Decline)>,
    },
    /// Coordinator: a task came further, was opened again, or ended.
    Task {
        /// The task.
        task: TaskId,
        /// Its period of ownership.
        epoch: Epoch,
        /// How far it has come.
        phase: Phase,
        /// Its owner, if any.
        robot: Option<RobotId>,
        /// Why it is open again, if it is.
        reopened: Option<Reopened>,
    },
}

/// Why a robot must stop a task.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum StopReason {
    /// Something else comes first; this task will start again later.
    Later,
    /// It was called off.
    Cancelled,
    /// People want it to rest; this robot keeps it, and it starts again when they say so.
    Paused,
    /// It is not, or no longer, this robot's task.
    Lost(Forfeit),
    /// Another robot owns it now.
    Revoked,
}

/// Why a task that had an owner is open again.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Reopened {
    /// The robot gave it back.
    Forfeited(Forfeit),
    /// The robot tried and failed, in its application's words.
    Failed(String),
    /// The robot fell silent.
    RobotLost,
    /// The robot that it was offered to never answered.
    Unanswered,
}

/// How a task came to its robot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Awarded {
    /// The task.
    pub task: TaskId,
    /// The period of ownership that begins.
    pub epoch: Epoch,
    /// The robot.
    pub robot: RobotId,
    /// Its price.
    pub cost: Cost,
    /// The next best price.
    pub second: Option<Cost>,
    /// When the auction was opened, on the calendar.
    pub opened: UtcTime,
    /// All bids, as last heard.
    pub bids: Vec<(RobotId, Bid)>,
    /// Who did not bid, and why.
    pub declined: Vec<(RobotId, Decline)>,
    /// Who was asked and did not answer in time.
    pub silent: Vec<RobotId>,
}

/// Where the parts of a node put what they want done.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Outbox {
    me: NodeId,
    outputs: VecDeque<Output>,
    /// Messages to this very node.
    own: VecDeque<Message>,
}

impl Outbox {
    pub(crate) fn new(me: NodeId) -> Self {
        Outbox {
            me,
            outputs: VecDeque::new(),
            own: VecDeque::new(),
        }
    }

    pub(crate) fn send(&mut self, to: NodeId, class: Class, message: Message) {
        if to == self.me {
            self.own.push_back(message);
        } else {
            self.push(Destination::Node(to), class, &message);
        }
    }

    pub(crate) fn broadcast(&mut self, class: Class, message: Message) {
        self.push(Destination::Robots, class, &message);
        self.own.push_back(message);
    }

    /// To all robots but this one.
    pub(crate) fn robots(&mut self, class: Class, message: &Message) {
        self.push(Destination::Robots, class, message);
    }

    /// To all who are near.
    pub(crate) fn near(&mut self, class: Class, message: &Message) {
        self.push(Destination::Near, class, message);
    }

    /// To each of `nodes`.
    pub(crate) fn send_each(&mut self, nodes: &[NodeId], class: Class, message: Message) {
        let frame: Arc<[u8]> = wire::encode(&message).into();
        for node in nodes.iter().filter(|node| **node != self.me) {
            let (to, frame) = (Destination::Node(*node), frame.clone());
            self.outputs
                .push_back(Output::Send(Outgoing { to, class, frame }));
        }
        if nodes.contains(&self.me) {
            self.own.push_back(message);
        }
    }

    pub(crate) fn store(&mut self, entry: Entry) {
        self.outputs.push_back(Output::Store(entry));
    }

    fn push(&mut self, to: Destination, class: Class, message: &Message) {
        let frame = wire::encode(message).into();
        self.outputs
            .push_back(Output::Send(Outgoing { to, class, frame }));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(crate) fn next(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub(crate) fn has_no_own(&self) -> bool {
        self.own.is_empty()
    }

    pub(crate) fn next_own(&mut self) -> Option<Message> {
        self.own.pop_front()
    }
}
