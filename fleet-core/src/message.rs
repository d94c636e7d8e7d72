//! What nodes say to each other.
//!
//! No message carries a moment of a node's own clock, and each is harmless if it is lost, repeated or late: what
//! matters is said again with the next heartbeat until the other side has taken note.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bid::{Bid, Decline};
use crate::bundle::BundleNews;
use crate::epoch::Epoch;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::objective::Cost;
use crate::place::{Place, Pose};
use crate::record::{Order, TaskRecord, TaskState};
use crate::regime::Regime;
use crate::robot::Robot;
use crate::standing::Standing;
use crate::task::Task;
use crate::time::UtcTime;

/// One task for sale, numbered by the coordinator that sells it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Lot {
    /// The number; each announcement of a task after an unsuccessful one has a new number.
    pub number: u32,
    /// The task.
    pub task: Task,
    /// How it stands against others.
    pub standing: Standing,
}

/// What a robot says to one lot.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Answer {
    /// It would do it at this price.
    Bid(Bid),
    /// It would not.
    Decline(Decline),
}

/// Why a robot gives back a task that it owned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Forfeit {
    /// Its lease ran out before it could be renewed.
    #[error("its lease ran out")]
    LeaseLost,
    /// A more urgent task took its place.
    #[error("a more urgent task took its place")]
    Displaced,
    /// The battery would not last.
    #[error("too little charge")]
    Battery,
    /// The plan fell behind, and its deadline cannot be kept.
    #[error("its deadline can no longer be kept")]
    Deadline,
    /// There is no way there any more.
    #[error("no way there")]
    Unreachable,
    /// The robot restarted, or lost it in another way, without a word.
    #[error("the robot lost it")]
    Forgotten,
    /// The application on the robot gave it back.
    #[error("given back by its robot")]
    Application,
    /// People want it to rest, and it had not been begun.
    #[error("it is to rest")]
    Paused,
    /// Its robot goes out of service.
    #[error("its robot goes out of service")]
    Drained,
    /// Its team did not come together in time.
    #[error("its team did not come together")]
    Team,
}

/// What a robot has to say of a task that it owns, or owned.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum News {
    /// Work at the first stop has begun.
    Started,
    /// This many stops are finished.
    Progress(u32),
    /// It gives the task back, not done.
    Forfeited(Forfeit),
    /// It tried and could not do it; in the application's words.
    Failed(String),
    /// All stops are finished.
    Done,
}

impl News {
    /// Whether it ends the robot's ownership, and so is repeated until noted.
    pub const fn is_final(&self) -> bool {
        matches!(self, News::Forfeited(_) | News::Failed(_) | News::Done)
    }
}

/// What a robot is doing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Activity {
    /// Nothing; it waits for work.
    Idle,
    /// On its way to a stop.
    Travelling,
    /// At work at a stop.
    Working,
    /// At a charger, or on its way there.
    Charging,
}

impl Activity {
    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Activity::Idle => "idle",
            Activity::Travelling => "travelling",
            Activity::Working => "working",
            Activity::Charging => "charging",
        }
    }
}

/// A robot's regular sign of life, and its ledger in short.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Counts this life's heartbeats; echoed by the answer, which renews the leases asked for here.
    pub ask: u32,
    /// Counts the robot's lives.
    pub boot: u32,
    /// The edition of its settings: only a witness of the same edition grants what it claims.
    pub edition: u32,
    /// Where it is.
    pub pose: Pose,
    /// Charge, from 0 to 1 in 65,535 steps, if it has a battery.
    pub charge: Option<u16>,
    /// What it is doing.
    pub activity: Activity,
    /// Where it will be when its plan is done, and in how long.
    pub free: (Pose, Duration),
    /// The tasks that it claims, or owns and goes on claiming.
    pub claims: Vec<Claim>,
    /// The final news that no majority of witnesses has noted yet.
    pub news: Vec<(TaskId, Epoch, News)>,
    /// What it was told that people ordered of tasks among those claimed: whoever told it may have told nobody else.
    pub orders: Vec<(TaskId, Order)>,
    /// What it was told that people ordered of itself.
    pub drain: (u64, Option<Drain>),
    /// Whether it hears no coordinator that leads, and wants advice of whoever hears it.
    pub adrift: bool,
}

/// One task that a robot asks for, or owns and asks to keep.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The task.
    pub task: TaskId,
    /// The period of ownership that it asks for.
    pub epoch: Epoch,
    /// Whether a majority has granted it, so that it is the owner.
    pub leased: bool,
    /// How many stops it has finished; `None` if it has not begun.
    pub stops_done: Option<u32>,
    /// Whether it is at the first stop of this task of a team, and waits for the others.
    pub there: bool,
}

/// How the others of a team stand, for the robot of a task that has not begun. Later ones come nearer to a beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Fellows {
    /// Nobody has some of them.
    Missing,
    /// Each is another robot's.
    Coming,
    /// And each of these robots is at its place, or has begun.
    There,
}

/// Why a witness does not grant a claim.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, thiserror::Error,
)]
#[non_exhaustive]
pub enum Refusal {
    /// It is starting, and does not know yet what it granted in its former life. It says neither yes nor no.
    #[error("the witness is starting")]
    Later,
    /// It knows no such task.
    #[error("no such task")]
    Unknown,
    /// The task has ended.
    #[error("the task has ended")]
    Ended,
    /// It has granted, or promised not to go below, this epoch.
    #[error("there was a later epoch")]
    Stale(Epoch),
    /// Another robot may still act on it, under this epoch.
    #[error("another robot owns it")]
    Taken(Epoch),
}

/// The answer to a [`Heartbeat`]: the grants of one witness.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Heard {
    /// The robot's life that this answers: another life's heartbeats have other meanings.
    pub boot: u32,
    /// The heartbeat answered: what it claimed is granted, counted from when it was sent ...
    pub ask: u32,
    /// ... except for these.
    pub refused: Vec<(TaskId, Epoch, Refusal)>,
    /// Final news that this witness keeps.
    pub noted: Vec<(TaskId, Epoch)>,
    /// What people ordered of tasks among those claimed.
    pub orders: Vec<(TaskId, Order)>,
    /// What people ordered of the robot itself: the number of the order, and how it is to leave service, if so.
    pub drain: (u64, Option<Drain>),
    /// Lots with lower numbers are no longer for sale.
    pub open_from: u32,
    /// Whether the coordinator knows the robot; if not, it wants a [`Message::Hello`].
    pub known: bool,
    /// Whether it leads.
    pub leads: bool,
    /// Of tasks of teams that were claimed and have not begun: how the others of the team stand.
    pub fellows: Vec<(TaskId, Fellows)>,
}

/// The offer of a task to the robot that bid least.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Award {
    /// The lot, whole: the announcement may have been lost, or the robot have restarted.
    pub lot: Lot,
    /// The period of ownership that begins with it.
    pub epoch: Epoch,
    /// The robot's life that bid; a later one knows nothing of it.
    pub boot: u32,
    /// The next best bid: if the task costs the robot more than that by now, it refuses.
    pub limit: Option<Cost>,
    /// The other lots that are open to the robot, in ascending order, which it prices again whatever it answers;
    /// with more than it keeps in mind, the latest.
    pub rebid: Vec<u32>,
}

/// All that nodes say. Append-only: the number of a variant is part of the wire format.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Message {
    /// Robot: here I am.
    Hello {
        /// Counts the robot's lives.
        boot: u32,
        /// The robot.
        robot: Robot,
    },
    /// Robot: sign of life.
    Heartbeat(Heartbeat),
    /// Coordinator: answer to a heartbeat.
    Heard(Heard),
    /// Coordinator: tasks for sale.
    Announce(Vec<Lot>),
    /// Robot: answers to lots, by number.
    Bids(Vec<(u32, Answer)>),
    /// Coordinator: one task is yours.
    Award(Award),
    /// Robot: it is; and what the other lots cost now.
    Accept {
        /// The task.
        task: TaskId,
        /// The period of ownership.
        epoch: Epoch,
        /// The first heartbeat that will name the task.
        since: u32,
        /// Answers to the other lots.
        bids: Vec<(u32, Answer)>,
    },
    /// Robot: no, and never under this epoch.
    Refuse {
        /// The task.
        task: TaskId,
        /// The period of ownership that does not begin.
        epoch: Epoch,
        /// Why.
        reason: Decline,
        /// The highest epoch that it was told of, if that is why.
        known: Option<Epoch>,
        /// Answers to this and the other lots.
        bids: Vec<(u32, Answer)>,
    },
    /// Robot: news of a task.
    Report {
        /// The task.
        task: TaskId,
        /// The period of ownership.
        epoch: Epoch,
        /// The news.
        news: News,
    },
    /// Coordinator: final news noted.
    Noted {
        /// The task.
        task: TaskId,
        /// The period of ownership.
        epoch: Epoch,
    },
    /// Coordinator: stop this task, it was called off.
    Cancel {
        /// The task.
        task: TaskId,
        /// The period of ownership that ends.
        epoch: Epoch,
    },
    /// Robot: it no longer asks for these, which it never owned.
    Release(Vec<(TaskId, Epoch)>),
    /// Witness to witness, under this edition of the settings.
    Witness(u32, Between),
    /// To all who are near: I am here.
    Sign(Sign),
    /// To all who are near: what robots want to do.
    Bundles(Vec<BundleNews>),
    /// Tasks, and how they stand.
    Tasks {
        /// They.
        tasks: Vec<Posting>,
        /// All live ones of this part that the sender knows are among them, and it wants to be told of others.
        scope: Option<Scope>,
    },
    /// To one who is near: this is what I know; tell me what I lack.
    Compare(Compare),
    /// Who decides, by the latest order that the sender knows of.
    Regime(Regime),
    /// To all who are near: which cell I am in, and which cells there are.
    Cells(Cells),
    /// Coordinator: what you should do next, and leave the rest to others.
    Advice {
        /// These tasks, in this order; no more than a bundle.
        tasks: Vec<TaskId>,
        /// Whether some robot has nothing to do, though tasks are open: it is not to wait for long.
        idle: bool,
    },
}

/// In which cell a node is, and what it has heard of cells.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Cells {
    /// Where the sender is, if it is a robot, and in how long it will be free.
    pub robot: Option<(Place, Duration)>,
    /// The robot whose cell it is in, or wants to be in: its own id if it leads one.
    pub follows: Option<RobotId>,
    /// What leaders say of their cells that some who hear this may not have heard themselves.
    pub beacons: Vec<Beacon>,
}

/// What the leader of a cell says of it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Beacon {
    /// The leader, whose name is that of the cell.
    pub leader: RobotId,
    /// Counts the leader's lives.
    pub boot: u32,
    /// Counts the beacons of this life.
    pub number: u32,
    /// Where the cell is.
    pub place: Place,
    /// How many metres a task has to be nearer to this cell than to another one for it to be left to this one.
    pub price: Cost,
    /// Who is in it besides the leader; told only to those who hear the leader itself.
    pub members: Vec<RobotId>,
    /// How many those are.
    pub size: u32,
    /// Tasks that it leaves to others, whatever they ask.
    pub passes: Vec<TaskId>,
}

/// A sign of life to all who are near.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Sign {
    /// Counts the sender's lives.
    pub boot: u32,
    /// Counts this life's signs.
    pub number: u32,
    /// A sum over all bundles that it knows, and over all live tasks.
    pub digests: (u64, u64),
    /// A sum over all whom it hears, and itself.
    pub reach: u64,
    /// They, if they are others than before, or somebody has asked.
    pub near: Option<Vec<NodeId>>,
    /// The latest signs of robots that some who hear this may not hear themselves: robot, life and number.
    pub others: Vec<(RobotId, u32, u32)>,
}

/// A task, and how it stands, for those who want to do it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Posting {
    /// Its id.
    pub task: TaskId,
    /// What it is and when it was submitted; `None` if those to whom this is said know already.
    pub content: Option<(Arc<Task>, UtcTime)>,
    /// How it stands.
    pub state: TaskState,
    /// What people ordered.
    pub order: Order,
    /// Whether all that it waits for is done, and all of its team are known.
    pub ready: bool,
    /// Its owner under this epoch is lost, and it may be done twice.
    pub lapsed: Epoch,
    /// Its team has begun: from now on it is a task like any other.
    pub begun: bool,
}

/// What one knows, for another to tell it what it lacks.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Compare {
    /// The bundles that it knows: robot, life and version.
    Bundles(Vec<(RobotId, u32, u32)>),
    /// Sums over its live tasks in these parts.
    Tasks(Vec<(Scope, u64)>),
    /// It lacks the content of these.
    Content(Vec<TaskId>),
    /// It does not know whom the other hears.
    Near,
    /// It missed what came before the latest of these bundles: robot, life and version that it knows.
    Missed(Vec<(RobotId, u32, u32)>),
}

/// What witnesses say to each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Between {
    /// A sign of life, and a digest of the live tasks; or digests of parts of them.
    Digest(Digest),
    /// Records, to be joined.
    Records {
        /// They.
        records: Vec<TaskRecord>,
        /// All live ones of this part are among them.
        scope: Option<Scope>,
        /// Whether the sender wants to know how they stand with the other.
        echo: bool,
    },
    /// How do these tasks stand? I have to know, and do not.
    Ask(Vec<TaskId>),
    /// Tasks that have ended for good.
    Ended(Vec<(TaskId, TaskState)>),
    /// Promise nothing below this epoch any more, so that I may decide how the task goes on.
    Prepare {
        /// The task.
        task: TaskId,
        /// The epoch of the decision.
        epoch: Epoch,
        /// Even if a robot may still act on it: the decision is its end.
        end: bool,
    },
    /// The answer.
    Prepared {
        /// The task.
        task: TaskId,
        /// The epoch of the decision.
        epoch: Epoch,
        /// Promised, and the end that was taken before; or why not.
        promise: Result<Option<TaskState>, Refusal>,
    },
    /// What people want of robots: the number of the order, and how each is to leave service, if so.
    Drains(Vec<(RobotId, u64, Option<Drain>)>),
    /// I have lost my memory: what do you know of the tasks after this one?
    Recover {
        /// The asker's life.
        boot: u32,
        /// The last task that it was told of.
        after: Option<TaskId>,
    },
    /// The answer.
    Memory {
        /// The asker's life.
        boot: u32,
        /// The last task that it had been told of.
        after: Option<TaskId>,
        /// The next live ones, with the highest epoch promised.
        records: Vec<(TaskRecord, Epoch)>,
        /// The next that have ended.
        ended: Vec<(TaskId, TaskState)>,
        /// Whether there are more.
        more: bool,
        /// Whether the one who answers has its own memory.
        ready: bool,
    },
    /// Which tasks have ended with you, from this number of your life on?
    Since {
        /// The other's life.
        boot: u32,
        /// The number.
        from: u32,
    },
    /// These, in order.
    Settled {
        /// The sender's life.
        boot: u32,
        /// The number of the first.
        from: u32,
        /// They.
        tasks: Vec<TaskId>,
    },
}

/// A sign of life of a witness.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Digest {
    /// Counts its lives.
    pub boot: u32,
    /// Counts this life's signs; 0 if this is no sign of life but an answer.
    pub number: u32,
    /// The last sign of the other's that it got: life and number.
    pub echo: (u32, u32),
    /// Whether it has its memory, so that it grants, promises and leads.
    pub ready: bool,
    /// How many tasks have ended with it, in its life, and a sum over those that it remembers.
    pub ended: (u32, u64),
    /// Sums over the live tasks of these parts.
    pub sums: Vec<(Scope, u64)>,
}

/// A part of the tasks: those whose scrambled id begins with these bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Scope {
    /// How many bits, in fours.
    pub depth: u8,
    /// They, as the highest of a number whose others are zero.
    pub prefix: u64,
}

/// How a robot is taken out of service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drain {
    /// It finishes what it owns, and takes no more.
    Finish,
    /// It finishes what it has begun and gives back the rest.
    Reassign,
    /// What it owns is called off, and it takes no more.
    Cancel,
}

/// The names of the messages, in the order of the wire format.
pub const KINDS: [&str; 20] = [
    "hello",
    "heartbeat",
    "heard",
    "announce",
    "bids",
    "award",
    "accept",
    "refuse",
    "report",
    "noted",
    "cancel",
    "release",
    "witness",
    "sign",
    "bundles",
    "tasks",
    "compare",
    "regime",
    "cells",
    "advice",
];
