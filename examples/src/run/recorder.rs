//! Writes down what happens in a simulation, for the summary and the report.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fleet_core::ledger::Phase;
use fleet_core::message::KINDS;
use fleet_core::output::{Awarded, Reopened, StopReason};
use fleet_core::sim::{Doing, Happening, Invariants, Observer, Violation};
use fleet_core::{Bid, Decline, Event, Mode, NodeId, Point, Robot, RobotId, TaskId, Time, wire};

use crate::report::{AuctionStory, BidStory};
use crate::scenario::Scenario;

/// Length of the intervals in which messages are counted, in seconds.
pub(super) const INTERVAL: f64 = 10.0;

/// Bids of one auction that are kept; the others are counted.
const BIDS: usize = 12;

/// Watches a simulation and keeps what its summary and its report need.
///
/// Memory grows with robots, tasks and ways driven; with `stories`, also with bids.
pub struct Recorder {
    pub(super) robots: BTreeMap<RobotId, usize>,
    pub(super) tasks: BTreeMap<TaskId, usize>,
    pub(super) bodies: Vec<BodyLog>,
    pub(super) lives: Vec<Life>,
    pub(super) kinds: [Traffic; KINDS.len()],
    /// Messages sent, by kind, and lost, in each interval.
    pub(super) intervals: Vec<([u32; KINDS.len()], u32)>,
    pub(super) notes: Vec<(f64, Note)>,
    pub(super) awards: u64,
    pub(super) computing: Duration,
    promises: Invariants,
    stories: bool,
    entered: Option<Instant>,
}

/// Something that happened to the fleet as a whole.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Note {
    Broke(usize),
    Repaired(usize),
    Lost(usize),
    Back(usize),
    Mode { robot: usize, before: Mode, after: Mode },
    Partition { number: usize, begins: bool },
}

/// What one robot's body did.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyLog {
    /// Time, place: straight lines in between.
    pub(super) keyframes: Vec<[f64; 3]>,
    /// What it did from when on.
    pub(super) spans: Vec<(f64, Doing)>,
    pub(super) charge: Vec<[f64; 2]>,
    route: Vec<(Time, Point)>,
}

/// What became of one task.
#[derive(Clone, Debug, Default)]
pub(super) struct Life {
    pub(super) submitted: Option<f64>,
    pub(super) awarded: Option<f64>,
    /// When a robot first worked at it, since it was last open.
    pub(super) started: Option<f64>,
    pub(super) ended: Option<f64>,
    pub(super) phase: Option<Phase>,
    pub(super) robot: Option<usize>,
    pub(super) rejected: Option<String>,
    pub(super) log: Vec<(f64, Step)>,
    pub(super) auctions: Vec<AuctionStory>,
    /// How many robots gave which reason when nobody wanted it, last time; the most frequent reason first.
    pub(super) unsold: Vec<(Decline, usize)>,
}

/// One step in a task's life.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Together,
    Unsold(Vec<(Decline, usize)>),
    Awarded { robot: usize, cost: f64 },
    Began(usize),
    StopDone(u32),
    Reopened(Reopened),
    Stopped(usize, StopReason),
    Ended(Phase),
}

/// Messages of one kind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) sent: u64,
    pub(super) delivered: u64,
    pub(super) lost: u64,
    pub(super) bytes: u64,
}

impl Recorder {
    /// For a run of `scenario`; without `stories` it keeps no bids and no ways, only what the summary needs.
    pub fn new(scenario: &Scenario, stories: bool) -> Self {
        let robots = scenario.robots.iter().enumerate();
        let tasks = scenario.tasks.iter().enumerate();
        let fleet: Vec<Robot> = scenario.robots.iter().map(|named| named.robot.clone()).collect();
        Recorder {
            robots: robots.map(|(k, named)| (named.robot.id(), k)).collect(),
            tasks: tasks.map(|(k, timed)| (timed.task.id(), k)).collect(),
            bodies: vec![BodyLog::new(); scenario.robots.len()],
            lives: vec![Life::default(); scenario.tasks.len()],
            kinds: Default::default(),
            intervals: Vec::new(),
            notes: Vec::new(),
            awards: 0,
            computing: Duration::ZERO,
            // Of a network that may never be good, nobody can say when the fleet must be done.
            promises: Invariants::of(&scenario.deployment.config, &fleet, Time::NEVER),
            stories,
            entered: None,
        }
    }

    /// How many tasks have ended as done so far.
    pub fn done(&self) -> usize {
        self.lives
            .iter()
            .filter(|life| life.phase == Some(Phase::Done))
            .count()
    }

    /// The first promise about single tasks that was broken: that one robot at a time acts on it, under epochs that rise,
    /// and that it ends once.
    pub fn broken(&self) -> Option<&Violation> {
        self.promises.violation()
    }

    /// How many robots are at a task, or on their way to one.
    pub fn busy(&self) -> usize {
        let last = |body: &BodyLog| body.spans.last().is_some_and(|(_, doing)| at_work(doing));
        self.bodies.iter().filter(|body| last(body)).count()
    }

    /// Since when nothing has moved, if all robots are idle or broken.
    pub fn still_since(&self) -> Option<Duration> {
        let mut since = 0.0_f64;
        for body in &self.bodies {
            match body.spans.last() {
                Some((from, Doing::Idle | Doing::Broken)) => since = since.max(*from),
                None => {}
                Some(_) => return None,
            }
        }
        Some(Duration::from_secs_f64(since))
    }

    fn life(&mut self, task: TaskId) -> Option<&mut Life> {
        self.tasks.get(&task).map(|k| &mut self.lives[*k])
    }

    fn sent(&mut self, now: f64, frame: &[u8], recipients: u32, lost: u32) {
        let Some(kind) = wire::kind(frame) else { return };
        let traffic = &mut self.kinds[kind];
        traffic.sent += 1;
        traffic.lost += u64::from(lost);
        traffic.bytes += frame.len() as u64 * u64::from(recipients);
        let interval = (now / INTERVAL) as usize;
        if self.intervals.len() <= interval {
            self.intervals.resize(interval + 1, ([0; KINDS.len()], 0));
        }
        self.intervals[interval].0[kind] += 1;
        self.intervals[interval].1 += lost;
    }

    fn event(&mut self, now: f64, node: NodeId, event: &Event) {
        let robot_of = |recorder: &Self, robot: &RobotId| recorder.robots.get(robot).copied();
        match event {
            Event::Awarded(awarded) => self.awarded(now, awarded),
            Event::Unsold { task, declined } => {
                let why = grouped(declined);
                if let Some(life) = self.life(*task).filter(|life| life.unsold != why) {
                    life.log.push((now, Step::Unsold(why.clone())));
                    life.unsold = why;
                }
            }
            Event::Task {
                task,
                phase,
                robot,
                reopened,
                ..
            } => {
                let robot = robot.and_then(|robot| robot_of(self, &robot));
                self.phase(now, *task, phase, robot, reopened.as_ref());
            }
            Event::Stop { task, why } => {
                if let (Some(robot), Some(life)) = (robot_of(self, &node.robot()), self.life(*task)) {
                    life.log.push((now, Step::Stopped(robot, why.clone())));
                }
            }
            Event::Together(task) => {
                if let Some(life) = self.life(*task) {
                    life.log.push((now, Step::Together));
                }
            }
            Event::RobotLost(robot) => {
                let note = robot_of(self, robot).map(Note::Lost);
                self.notes.extend(note.map(|note| (now, note)));
            }
            &Event::Mode { before, now: after } => {
                let note = |robot| Note::Mode { robot, before, after };
                let note = robot_of(self, &node.robot()).map(note);
                self.notes.extend(note.map(|note| (now, note)));
            }
            Event::RobotJoined(robot) if now > 0.0 => {
                let robot = robot_of(self, robot);
                let lost = |note: &(f64, Note)| robot.is_some_and(|robot| note.1 == Note::Lost(robot));
                if let Some(robot) = robot.filter(|_| self.notes.iter().any(lost)) {
                    self.notes.push((now, Note::Back(robot)));
                }
            }
            _ => {}
        }
    }

    fn awarded(&mut self, now: f64, awarded: &Awarded) {
        self.awards += 1;
        let robot = self.robots.get(&awarded.robot).copied();
        let story = self.stories.then(|| auction(&self.robots, now, awarded));
        let Some(life) = self.life(awarded.task) else {
            return;
        };
        life.awarded = life.awarded.or(Some(now));
        if let Some(robot) = robot {
            life.log.push((
                now,
                Step::Awarded {
                    robot,
                    cost: awarded.cost.value(),
                },
            ));
        }
        life.auctions.extend(story);
    }

    fn phase(
        &mut self,
        now: f64,
        task: TaskId,
        phase: &Phase,
        robot: Option<usize>,
        reopened: Option<&Reopened>,
    ) {
        let Some(life) = self.life(task) else { return };
        life.phase = Some(phase.clone());
        life.robot = robot;
        match (phase, robot) {
            (Phase::Running(0), Some(robot)) => {
                life.log.push((now, Step::Began(robot)));
            }
            (Phase::Running(stops), _) => life.log.push((now, Step::StopDone(*stops))),
            (phase, _) if phase.is_terminal() => {
                life.ended = Some(now);
                life.log.push((now, Step::Ended(phase.clone())));
            }
            _ => {}
        }
        if reopened.is_some() {
            life.started = None;
        }
        life.log
            .extend(reopened.map(|why| (now, Step::Reopened(why.clone()))));
    }

    fn body(
        &mut self,
        now: f64,
        robot: RobotId,
        place: Option<Point>,
        doing: Doing,
        charge: Option<u32>,
        route: &[(Time, Point)],
    ) {
        let Some(robot) = self.robots.get(&robot).copied() else {
            return;
        };
        let body = &mut self.bodies[robot];
        let broken = |span: Option<&(f64, Doing)>| span.is_some_and(|(_, doing)| *doing == Doing::Broken);
        match (broken(body.spans.last()), doing == Doing::Broken) {
            (false, true) => self.notes.push((now, Note::Broke(robot))),
            (true, false) => self.notes.push((now, Note::Repaired(robot))),
            _ => {}
        }
        body.spans.push((now, doing));
        body.charge
            .extend(charge.map(|charge| [now, f64::from(charge) / 1e6]));
        if let Doing::Working(task) = doing
            && let Some(k) = self.tasks.get(&task)
        {
            self.lives[*k].started.get_or_insert(now);
        }
        if !self.stories {
            return;
        }
        body.follow(now);
        body.keyframes
            .extend(place.map(|point| [now, point.x(), point.y()]));
        body.route = route.to_vec();
    }

    /// The run has ended at `now`: ways that are being driven are written down as far as they came.
    pub fn finish(&mut self, now: Time) {
        self.bodies
            .iter_mut()
            .for_each(|body| body.follow(now.as_secs_f64()));
    }
}

/// Whether a body is at a task, or on its way to one.
pub(super) fn at_work(doing: &Doing) -> bool {
    matches!(
        doing,
        Doing::Travelling(_) | Doing::Waiting(_) | Doing::Working(_)
    )
}

/// How many robots gave which reason, the most frequent first.
fn grouped(declined: &[(RobotId, Decline)]) -> Vec<(Decline, usize)> {
    let mut counts = BTreeMap::new();
    for (_, why) in declined {
        *counts.entry(why.clone()).or_insert(0) += 1;
    }
    let mut groups: Vec<(Decline, usize)> = counts.into_iter().collect();
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    groups
}

/// How a task came to its robot. The dearest bids are left out at once: thousands of robots make millions of them.
fn auction(robots: &BTreeMap<RobotId, usize>, closed: f64, awarded: &Awarded) -> AuctionStory {
    let robot = |id: &RobotId| robots.get(id).copied();
    let mut story = AuctionStory {
        opened: awarded.opened.as_secs_f64(),
        closed,
        epoch: awarded.epoch.count.to_string(),
        winner: robot(&awarded.robot),
        silent: awarded.silent.iter().filter_map(robot).collect(),
        ..AuctionStory::default()
    };
    let bid = |(id, bid): &(RobotId, Bid)| {
        Some(BidStory {
            robot: robot(id)?,
            cost: bid.cost(),
            terms: bid.terms.named().map(|(_, value)| value).to_vec(),
        })
    };
    story.bids = awarded.bids.iter().filter_map(bid).collect();
    story.keep_best(BIDS);
    for (id, why) in &awarded.declined {
        if let Some(robot) = robot(id) {
            story.decline(robot, &why.to_string());
        }
    }
    story
}

impl BodyLog {
    /// Idle until something is heard of it.
    fn new() -> Self {
        BodyLog {
            spans: vec![(0.0, Doing::Idle)],
            ..BodyLog::default()
        }
    }

    /// Writes down the way driven until `now`.
    fn follow(&mut self, now: f64) {
        let route = std::mem::take(&mut self.route);
        for (at, point) in route {
            if at.as_secs_f64() < now {
                self.keyframes.push([at.as_secs_f64(), point.x(), point.y()]);
            }
        }
    }
}

impl Observer for Recorder {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        self.promises.observe(now, happening);
        let now = now.as_secs_f64();
        match happening {
            Happening::Submitted(task) => {
                if let Some(life) = self.life(task.id()) {
                    life.submitted = Some(now);
                }
            }
            Happening::Rejected { task, error } => {
                if let Some(life) = self.life(*task) {
                    (life.rejected, life.ended) = (Some(error.clone()), Some(now));
                }
            }
            Happening::Sent {
                frame,
                recipients,
                lost,
                ..
            } => self.sent(now, frame, *recipients, *lost),
            Happening::Delivered { frame, .. } => {
                if let Some(kind) = wire::kind(frame) {
                    self.kinds[kind].delivered += 1;
                }
            }
            Happening::Event { node, event } => self.event(now, *node, event),
            Happening::Body {
                robot,
                pose,
                doing,
                charge,
                route,
            } => {
                self.body(now, *robot, pose.place.point(), *doing, *charge, route);
            }
            Happening::Partition { number, begins } => {
                self.notes.push((
                    now,
                    Note::Partition {
                        number: *number,
                        begins: *begins,
                    },
                ));
            }
            // Scenarios have none of these yet.
            Happening::Trouble { .. } | Happening::Ordered(_) => {}
        }
    }

    fn enter(&mut self, _node: NodeId) {
        self.entered = Some(Instant::now());
    }

    fn leave(&mut self, _node: NodeId) {
        self.computing += self
            .entered
            .take()
            .map_or(Duration::ZERO, |entered| entered.elapsed());
    }
}
