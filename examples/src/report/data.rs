//! What a report shows: plain data, filled by whoever ran the fleet.
//!
//! Times are seconds since the run began, places metres with the y axis up. Robots and tasks are named by their index
//! in [`Report::robots`] and [`Report::tasks`], which keeps the file small. Numbers must be finite; they are written
//! with two decimals, three below ten.

use std::fmt::Display;

use fleet_core::Priority;
use serde::{Deserialize, Serialize};

/// Everything that one page shows.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The heading of the page.
    pub title: String,
    /// One line below it; may be empty.
    pub subtitle: String,
    /// How the run was made: seed, strategy, objective, command line.
    pub facts: Vec<Fact>,
    /// What came of it, in groups; the first rows of the first group are read first.
    pub summary: Vec<SummaryGroup>,
    /// The obstacles, if there are any.
    pub map: Option<MapPicture>,
    /// The part of the plane to show where there is no map. Empty: whatever holds all robots and tasks.
    pub bounds: Bounds,
    /// Where robots charge.
    pub chargers: Vec<[f64; 2]>,
    /// When the run ended.
    pub duration: f64,
    /// The names of the terms of a bid, in the order of [`BidStory::terms`].
    pub terms: Vec<String>,
    /// The robots.
    pub robots: Vec<RobotTrack>,
    /// The tasks.
    pub tasks: Vec<TaskStory>,
    /// How many tasks were in which state, over time.
    pub task_series: TaskSeries,
    /// How many messages were sent and lost, over time.
    pub message_series: MessageSeries,
    /// The messages of the whole run, by kind.
    pub message_table: Vec<MessageRow>,
    /// What happened to the fleet as a whole: failures, partitions, changes of strategy. In order of time.
    pub events: Vec<FleetEvent>,
}

impl Report {
    /// A report without content.
    pub fn new(title: impl Into<String>) -> Self {
        Report {
            title: title.into(),
            ..Report::default()
        }
    }
}

/// A label and its value, as a person reads them.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// Its value, with its unit.
    pub value: String,
}

impl Fact {
    /// A fact of anything that can be printed.
    pub fn new(label: impl Into<String>, value: impl Display) -> Self {
        Fact {
            label: label.into(),
            value: value.to_string(),
        }
    }
}

/// Results that belong together.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SummaryGroup {
    /// What they have in common.
    pub title: String,
    /// The results.
    pub rows: Vec<Fact>,
}

/// A grid map, as in a MovingAI `.map` file.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
pub struct MapPicture {
    /// How many cells a row has.
    pub columns: usize,
    /// One character a cell, the top row first: `.` is free, anything else an obstacle. The cell in column `c` of row
    /// `r` has its centre at `x = (c + 0.5) * cell`, `y = (rows.len() - r - 0.5) * cell`.
    pub rows: Vec<String>,
    /// The side of a cell in metres.
    pub cell: f64,
}

/// A rectangle of the plane.
#[derive(Clone, Copy, Default, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bounds {
    /// Its left edge.
    pub min_x: f64,
    /// Its lower edge.
    pub min_y: f64,
    /// Its right edge.
    pub max_x: f64,
    /// Its upper edge.
    pub max_y: f64,
}

/// What one robot did.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RobotTrack {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it can do.
    pub abilities: Vec<String>,
    /// Where it was: `[t, x, y]` in order of time, with straight motion in between.
    pub keyframes: Vec<[f64; 3]>,
    /// What state it was in, in order of time, without overlaps. Where there is a gap it was idle.
    pub states: Vec<StateSpan>,
    /// What it worked on, in order of time.
    pub bars: Vec<Bar>,
    /// How full its battery was: `[t, level]`, the level from 0 to 1. Empty if that was not modelled.
    pub battery: Vec<[f64; 2]>,
    /// How far it went.
    pub distance: f64,
    /// How many tasks it finished.
    pub done: usize,
}

/// The state of a robot for a while.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "(f64, f64, RobotState)", into = "(f64, f64, RobotState)")]
pub struct StateSpan {
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
    /// The state.
    pub kind: RobotState,
}

impl From<(f64, f64, RobotState)> for StateSpan {
    fn from((from, to, kind): (f64, f64, RobotState)) -> Self {
        StateSpan { from, to, kind }
    }
}

impl From<StateSpan> for (f64, f64, RobotState) {
    fn from(span: StateSpan) -> Self {
        (span.from, span.to, span.kind)
    }
}

/// What a robot is about.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RobotState {
    /// Without work.
    #[default]
    Idle,
    /// On its way to a stop of a task.
    Travel,
    /// Working at a stop.
    Work,
    /// On its way to a charger.
    ToCharger,
    /// At a charger.
    Charging,
    /// Out of order.
    Broken,
    /// In order, but out of reach of the rest of the fleet.
    CutOff,
}

/// A robot's time on one task: a bar of the Gantt chart.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "BarTuple", into = "BarTuple")]
pub struct Bar {
    /// The index of the task.
    pub task: usize,
    /// When it began.
    pub from: f64,
    /// When it ended.
    pub to: f64,
    /// What the robot did.
    pub kind: BarKind,
    /// How it ended.
    pub outcome: BarOutcome,
}

type BarTuple = (usize, f64, f64, BarKind, BarOutcome);

impl From<BarTuple> for Bar {
    fn from((task, from, to, kind, outcome): BarTuple) -> Self {
        Bar {
            task,
            from,
            to,
            kind,
            outcome,
        }
    }
}

impl From<Bar> for BarTuple {
    fn from(bar: Bar) -> Self {
        (bar.task, bar.from, bar.to, bar.kind, bar.outcome)
    }
}

/// What a robot did for a task.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarKind {
    /// It went to a stop.
    #[default]
    Travel,
    /// It worked at a stop.
    Work,
}

/// How a robot's time on a task ended.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BarOutcome {
    /// As planned.
    #[default]
    Done,
    /// The robot let go of the task, or the run ended.
    Stopped,
    /// The robot or the task failed.
    Failed,
}

/// What became of one task, and why.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskStory {
    /// Its id; the page's address takes it, as in `#task=12`, and else the index.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How much it matters.
    pub priority: Priority,
    /// What it asks of a robot.
    pub needs: Vec<String>,
    /// Where its stops are, in order.
    pub stops: Vec<[f64; 2]>,
    /// When it was submitted.
    pub submitted: Option<f64>,
    /// When work on it may begin.
    pub release: Option<f64>,
    /// When it should be finished.
    pub due: Option<f64>,
    /// When it must be finished.
    pub deadline: Option<f64>,
    /// When the robot that finished it, or last tried, set out.
    pub started: Option<f64>,
    /// When it ended, however it did.
    pub finished: Option<f64>,
    /// How it ended.
    pub outcome: TaskOutcome,
    /// Why, if it did not end well.
    pub reason: Option<String>,
    /// The index of the robot that had it last.
    pub robot: Option<usize>,
    /// By how many seconds it missed its due time; 0 if it did not.
    pub lateness: f64,
    /// What happened to it, in order of time.
    pub log: Vec<LogLine>,
    /// How it was awarded, each time that it was, in order of time.
    pub auctions: Vec<AuctionStory>,
}

/// How a task ended.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOutcome {
    /// Finished.
    Done,
    /// Given up, with a reason.
    Failed,
    /// Called off.
    Cancelled,
    /// Not ended when the run did.
    #[default]
    Unserved,
}

/// A line in the log of a task.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "(f64, String)", into = "(f64, String)")]
pub struct LogLine {
    /// When.
    pub t: f64,
    /// What.
    pub text: String,
}

impl From<(f64, String)> for LogLine {
    fn from((t, text): (f64, String)) -> Self {
        LogLine { t, text }
    }
}

impl From<LogLine> for (f64, String) {
    fn from(line: LogLine) -> Self {
        (line.t, line.text)
    }
}

/// One decision about who should do a task.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct AuctionStory {
    /// When the question was asked.
    pub opened: f64,
    /// When it was decided.
    pub closed: f64,
    /// The epoch that the winner was to own the task under, as it is written for people.
    pub epoch: String,
    /// The index of the robot that won, if one did.
    pub winner: Option<usize>,
    /// What more there is to say, for example why the cheapest bid did not win.
    pub note: Option<String>,
    /// What the robots bid, in any order.
    pub bids: Vec<BidStory>,
    /// How many bids were left out, all of them dearer than those that are here, but for the winner.
    pub left_out: usize,
    /// Who could not do it, and why.
    pub declined: Vec<Declined>,
    /// The indices of the robots that were asked and did not answer.
    pub silent: Vec<usize>,
}

impl AuctionStory {
    /// Notes that `robot` declined for `reason`.
    pub fn decline(&mut self, robot: usize, reason: &str) {
        match self.declined.iter_mut().find(|group| group.reason == reason) {
            Some(group) => group.robots.push(robot),
            None => self.declined.push(Declined {
                reason: reason.to_owned(),
                robots: vec![robot],
            }),
        }
    }

    /// Keeps the `count` cheapest bids and that of the winner, and counts the others as left out.
    pub fn keep_best(&mut self, count: usize) {
        let before = self.bids.len();
        self.bids
            .sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.robot.cmp(&b.robot)));
        let (winner, mut rank) = (self.winner, 0..);
        self.bids
            .retain(|bid| rank.next().is_some_and(|rank: usize| rank < count) || Some(bid.robot) == winner);
        self.left_out += before - self.bids.len();
    }
}

/// One robot's bid.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "(usize, f64, Vec<f64>)", into = "(usize, f64, Vec<f64>)")]
pub struct BidStory {
    /// The index of the robot.
    pub robot: usize,
    /// What the task would add to the cost of its schedule.
    pub cost: f64,
    /// What that is made of, in the order of [`Report::terms`].
    pub terms: Vec<f64>,
}

impl From<(usize, f64, Vec<f64>)> for BidStory {
    fn from((robot, cost, terms): (usize, f64, Vec<f64>)) -> Self {
        BidStory { robot, cost, terms }
    }
}

impl From<BidStory> for (usize, f64, Vec<f64>) {
    fn from(bid: BidStory) -> Self {
        (bid.robot, bid.cost, bid.terms)
    }
}

/// The robots that declined for one reason.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Declined {
    /// Why.
    pub reason: String,
    /// Their indices.
    pub robots: Vec<usize>,
}

/// How many tasks were in which state. All lists are as long as `t`.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskSeries {
    /// When they were counted, in order.
    pub t: Vec<f64>,
    /// Submitted, and nobody works on them.
    pub open: Vec<f64>,
    /// A robot is on its way or works.
    pub running: Vec<f64>,
    /// Finished until then.
    pub done: Vec<f64>,
    /// Failed or cancelled until then.
    pub failed: Vec<f64>,
}

/// How many messages were sent in each interval. All lists are as long as `t`.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct MessageSeries {
    /// When the intervals began, in order.
    pub t: Vec<f64>,
    /// The messages sent, by kind or class; at most eight are told apart by colour.
    pub kinds: Vec<MessageCount>,
    /// Those of them that were lost.
    pub lost: Vec<f64>,
}

/// The messages of one kind or class over time.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
pub struct MessageCount {
    /// Its name.
    pub name: String,
    /// How many were sent in each interval.
    pub count: Vec<f64>,
}

/// The messages of one kind over the whole run.
#[derive(Clone, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MessageRow {
    /// Its name.
    pub kind: String,
    /// How many were sent.
    pub sent: u64,
    /// How many arrived; more than were sent, if the network repeats them or they went to many.
    pub delivered: u64,
    /// How many were lost.
    pub lost: u64,
    /// The bytes sent.
    pub bytes: u64,
}

/// Something that happened to the fleet.
#[derive(Clone, Default, PartialEq, Debug, Serialize, Deserialize)]
pub struct FleetEvent {
    /// When.
    pub t: f64,
    /// What it means.
    pub kind: FleetEventKind,
    /// What.
    pub text: String,
}

/// What an event means for the fleet.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetEventKind {
    /// Worth knowing.
    #[default]
    Note,
    /// Something failed.
    Fault,
    /// Something works again.
    Recovery,
}
