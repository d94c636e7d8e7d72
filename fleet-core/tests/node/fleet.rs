//! Witnesses and some robots, driven by hand through virtual time over a network that loses what a test says.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use fleet_core::ledger::{Phase, TaskState};
use fleet_core::message::Message;
use fleet_core::output::StopReason;
use fleet_core::transport::Destination;
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Epoch, Event, Node, NodeId, Output, Place, Report, Robot, RobotId, RobotSpec, Stop, Task, TaskId,
    TaskSpec, Time, wire,
};

use crate::witnesses::Hand;

/// The first witness, and often the only one.
pub(crate) const CHIEF: NodeId = NodeId::from_u128(1000);

/// A message on its way: from, to, what.
pub(crate) type Lose = Box<dyn FnMut(NodeId, NodeId, &Message) -> bool>;

pub(crate) struct Fleet {
    pub(crate) now: Time,
    pub(crate) config: Config,
    /// Those that are up: witnesses first, in the order of the settings.
    pub(crate) nodes: Vec<Node>,
    /// What each witness has written down, and in which life it is.
    pub(crate) journals: BTreeMap<NodeId, Vec<Vec<u8>>>,
    pub(crate) boots: BTreeMap<NodeId, u32>,
    /// In how many journals a task was at each word that it is accepted.
    pub(crate) accepted: Vec<(u128, usize)>,
    /// If robots do by themselves what they start: how long it takes them, what each is at until when, what was done.
    pub(crate) pace: Option<Duration>,
    pub(crate) hands: BTreeMap<NodeId, Hand>,
    pub(crate) done: Vec<(u128, u128)>,
    /// When each began to work at which task.
    pub(crate) begun: Vec<(Time, u128, u128)>,
    /// Tasks that never two robots may act on at a time: looked at after everything that happens.
    pub(crate) exclusive: Vec<u128>,
    pub(crate) queue: VecDeque<(NodeId, NodeId, Message)>,
    /// Whether a message gets lost.
    pub(crate) lose: Lose,
    /// Every message with its addressee, lost ones included: for saying them again much later.
    pub(crate) sent: Vec<(NodeId, NodeId, Message)>,
    /// What was said, since it was last cleared.
    pub(crate) said: Vec<(NodeId, Message)>,
    /// What applications were told, since it was last cleared.
    pub(crate) told: Vec<(Time, NodeId, Event)>,
}

pub(crate) fn task_id(k: u128) -> TaskId {
    TaskId::from_u128(k)
}

pub(crate) fn robot_id(k: u128) -> RobotId {
    RobotId::from_u128(k)
}

/// A robot at `x` metres on a line.
pub(crate) fn robot(k: u128, x: f64) -> RobotSpec {
    RobotSpec::new(robot_id(k), Place::at(x, 0.0))
}

/// A task at `x` metres on the line: ten seconds of work.
pub(crate) fn task(k: u128, x: f64) -> TaskSpec {
    let stop = Stop::at(Place::at(x, 0.0)).lasting(Duration::from_secs(10));
    TaskSpec::new(task_id(k), vec![stop])
}

impl Fleet {
    /// Robots that have reported, in their first life, and nothing to do. Time enough has passed for it to be all of them.
    pub(crate) fn of(robots: impl IntoIterator<Item = RobotSpec>) -> Self {
        Fleet::with(Config::new(CHIEF), robots)
    }

    pub(crate) fn with(config: Config, robots: impl IntoIterator<Item = RobotSpec>) -> Self {
        let witness = |id: &NodeId| Node::coordinator(config.clone(), *id, 1).unwrap();
        let mut fleet = Fleet {
            now: Time::from_secs(100),
            nodes: config.witnesses.iter().map(witness).collect(),
            journals: BTreeMap::new(),
            boots: config.witnesses.iter().map(|id| (*id, 1)).collect(),
            accepted: Vec::new(),
            pace: None,
            hands: BTreeMap::new(),
            done: Vec::new(),
            begun: Vec::new(),
            exclusive: Vec::new(),
            config,
            queue: VecDeque::new(),
            lose: Box::new(|_, _, _| false),
            sent: Vec::new(),
            said: Vec::new(),
            told: Vec::new(),
        };
        robots.into_iter().for_each(|spec| fleet.join(spec, 1));
        fleet.run(2.0);
        fleet.said.clear();
        fleet.told.clear();
        fleet
    }

    /// A robot in its life `boot`, in the place of a former life of it.
    pub(crate) fn join(&mut self, spec: RobotSpec, boot: u32) {
        let node = Node::robot(self.config.clone(), Robot::new(spec).unwrap(), boot).unwrap();
        self.nodes.retain(|former| former.id() != node.id());
        self.nodes.push(node);
        self.settle();
    }

    /// Another coordinator without memory, in its life `boot`.
    pub(crate) fn replace_chief(&mut self, boot: u32) {
        self.nodes[0] = Node::coordinator(self.config.clone(), CHIEF, boot).unwrap();
    }

    pub(crate) fn leave(&mut self, k: u128) {
        self.nodes.retain(|node| node.id() != robot_id(k).node());
    }

    pub(crate) fn chief(&mut self) -> &mut Node {
        self.node(CHIEF)
    }

    pub(crate) fn robot(&mut self, k: u128) -> &mut Node {
        self.node(robot_id(k).node())
    }

    /// A node that is up.
    pub(crate) fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes.iter_mut().find(|node| node.id() == id).unwrap()
    }

    /// Loses nothing any more.
    pub(crate) fn heal(&mut self) {
        self.lose = Box::new(|_, _, _| false);
    }

    /// Loses all that robot `k` says and is told.
    pub(crate) fn cut_off(&mut self, k: u128) {
        let cut = robot_id(k).node();
        self.lose = Box::new(move |from, to, _| from == cut || to == cut);
    }

    /// Loses the next message of a kind.
    pub(crate) fn lose_one(&mut self, kind: &'static str) {
        let mut left = 1;
        self.lose = Box::new(move |_, _, message| {
            let hit = left > 0 && name(message) == kind;
            left -= i32::from(hit);
            hit
        });
    }

    /// Delivers everything, and what follows from it, at this moment.
    pub(crate) fn settle(&mut self) {
        while self.step() {}
    }

    /// Delivers one message; `false` if there is none.
    pub(crate) fn step(&mut self) -> bool {
        (0..self.nodes.len()).for_each(|k| self.collect(k));
        let Some((from, to, message)) = self.queue.pop_front() else {
            return false;
        };
        self.deliver(from, to, &message);
        true
    }

    /// Hands a message to a node, whoever may have said it when.
    pub(crate) fn deliver(&mut self, from: NodeId, to: NodeId, message: &Message) {
        self.deliver_frame(from, to, &wire::encode(message));
    }

    /// Hands bytes to a node, whatever they may be.
    pub(crate) fn deliver_frame(&mut self, from: NodeId, to: NodeId, frame: &[u8]) {
        let now = self.now;
        if let Some(k) = self.nodes.iter().position(|node| node.id() == to) {
            self.nodes[k].handle_frame(now, from, frame, &mut Euclidean);
            self.collect(k);
        }
    }

    pub(crate) fn collect(&mut self, k: usize) {
        let from = self.nodes[k].id();
        while let Some(output) = self.nodes[k].poll_output() {
            match output {
                Output::Store(entry) => self.journals.entry(from).or_default().push(entry.encode()),
                Output::Event(event) => {
                    self.note(from, &event);
                    self.told.push((self.now, from, event));
                }
                Output::Send(outgoing) => {
                    let message = wire::decode(&outgoing.frame, self.config.limits.frame).unwrap();
                    self.post(from, outgoing.to, &message);
                    self.said.push((from, message));
                }
                _ => {}
            }
        }
        self.check_actors();
    }

    fn post(&mut self, from: NodeId, to: Destination, message: &Message) {
        let robots = self.nodes.iter().filter(|node| node.body().is_some());
        let robots = robots.map(Node::id);
        let to: Vec<NodeId> = match to {
            Destination::Node(node) => vec![node],
            Destination::Near => {
                let others = self.nodes.iter().map(Node::id);
                others.filter(|node| *node != from).collect()
            }
            _ => robots.collect(),
        };
        for to in to {
            self.sent.push((from, to, message.clone()));
            if !(self.lose)(from, to, message) {
                self.queue.push_back((from, to, message.clone()));
            }
        }
    }

    /// Lets `seconds` pass.
    pub(crate) fn run(&mut self, seconds: f64) {
        let end = self.now + Duration::from_secs_f64(seconds);
        self.until(end, |_| false);
        self.now = end;
    }

    /// Lets time pass until `done`, for `seconds` at most; how many it took.
    #[track_caller]
    pub(crate) fn wait(&mut self, seconds: f64, done: impl Fn(&Fleet) -> bool) -> f64 {
        let (start, end) = (self.now, self.now + Duration::from_secs_f64(seconds));
        assert!(
            self.until(end, done),
            "not within {seconds} s; said: {:#?}",
            self.said
        );
        self.now.since(start).as_secs_f64()
    }

    fn until(&mut self, end: Time, done: impl Fn(&Fleet) -> bool) -> bool {
        self.settle();
        loop {
            if done(self) {
                return true;
            }
            if !self.pass_time(end) {
                return false;
            }
            self.settle();
        }
    }

    /// Lets the next timeout happen, if it is not after `end`, and delivers nothing of what follows.
    pub(crate) fn pass_time(&mut self, end: Time) -> bool {
        let next = self.nodes.iter().filter_map(Node::poll_timeout).min();
        let next = [next, self.next_hand()].into_iter().flatten().min();
        let Some(next) = next.filter(|next| *next <= end) else {
            return false;
        };
        self.now = self.now.max(next);
        for k in 0..self.nodes.len() {
            if self.nodes[k].poll_timeout().is_some_and(|at| at <= self.now) {
                self.nodes[k].handle_timeout(self.now, &mut Euclidean);
                self.collect(k);
            }
        }
        self.toil();
        true
    }

    pub(crate) fn submit(&mut self, spec: TaskSpec) {
        let (now, task) = (self.now, Task::new(spec).unwrap());
        self.chief().submit(now, task, &mut Euclidean).unwrap();
        self.settle();
    }

    pub(crate) fn cancel(&mut self, k: u128) -> bool {
        let now = self.now;
        let cancelled = self.chief().cancel(now, task_id(k), &mut Euclidean).unwrap();
        self.settle();
        cancelled
    }

    pub(crate) fn report(&mut self, robot: u128, task: u128, report: Report) {
        let now = self.now;
        self.robot(robot)
            .report(now, task_id(task), report, &mut Euclidean)
            .unwrap();
        self.settle();
    }

    /// The robot does a task of one stop, at once.
    pub(crate) fn work(&mut self, robot: u128, task: u128) {
        self.report(robot, task, Report::Begun);
        self.report(robot, task, Report::StopDone);
    }

    pub(crate) fn state(&self, k: u128) -> TaskState {
        self.nodes[0].record(task_id(k)).unwrap().state.clone()
    }

    pub(crate) fn phase(&self, k: u128) -> Phase {
        self.state(k).phase
    }

    /// The robot that has accepted a task.
    pub(crate) fn owner(&self, k: u128) -> Option<u128> {
        let state = self.state(k);
        let owned = matches!(state.phase, Phase::Held | Phase::Running(_));
        state.robot.filter(|_| owned).map(|robot| robot.uuid().as_u128())
    }

    pub(crate) fn is_owned(&self, k: u128) -> bool {
        self.owner(k).is_some()
    }

    pub(crate) fn permit(&mut self, robot: u128, task: u128) -> Option<Epoch> {
        let now = self.now;
        self.robot(robot).permit(task_id(task), now)
    }

    /// How often a kind of message was said.
    pub(crate) fn count(&self, kind: &str) -> usize {
        self.said
            .iter()
            .filter(|(_, message)| name(message) == kind)
            .count()
    }

    /// Who said a kind of message.
    pub(crate) fn sayers(&self, kind: &str) -> Vec<u128> {
        let said = self.said.iter().filter(|(_, message)| name(message) == kind);
        said.map(|(from, _)| from.robot().uuid().as_u128()).collect()
    }

    /// What the application on a robot was told to do, in short.
    pub(crate) fn orders(&self, k: u128) -> Vec<Order> {
        let to = robot_id(k).node();
        let order = |(_, node, event): &(Time, NodeId, Event)| match event {
            Event::Start { task, .. } if *node == to => Some(Order::Start(number(task.id()))),
            Event::Stop { task, why } if *node == to => Some(Order::Stop(number(*task), why.clone())),
            Event::Charge { .. } if *node == to => Some(Order::Charge),
            _ => None,
        };
        self.told.iter().filter_map(order).collect()
    }

    /// The coordinator's events that `pick` picks.
    pub(crate) fn news<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        let chief = self.told.iter().filter(|(_, node, _)| *node == CHIEF);
        chief.filter_map(|(_, _, event)| pick(event)).collect()
    }
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Order {
    Start(u128),
    Stop(u128, StopReason),
    Charge,
}

pub(crate) fn number(task: TaskId) -> u128 {
    task.uuid().as_u128()
}

pub(crate) fn name(message: &Message) -> &'static str {
    let kind = wire::kind(&wire::encode(message)).unwrap();
    fleet_core::message::KINDS[kind]
}
