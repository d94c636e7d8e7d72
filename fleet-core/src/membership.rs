//! Who is there, as a coordinator sees it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use crate::config::Config;
use crate::ids::{RobotId, TaskId};
use crate::message::{Activity, Heartbeat};
use crate::place::Place;
use crate::robot::Robot;
use crate::time::Time;

/// One robot that has reported.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Member {
    robot: Robot,
    boot: u32,
    /// Its number among the bidders.
    pub(crate) seat: usize,
    /// Its latest heartbeat.
    pub(crate) ask: u32,
    heard: Time,
    /// Its link has ended, and it was not heard since.
    missed: bool,
    alive: bool,
    activity: Activity,
    free: (Place, Time),
    /// The tasks that it owns.
    pub(crate) holds: BTreeSet<TaskId>,
    /// The task that it was offered and has not answered.
    pub(crate) offered: Option<TaskId>,
    /// The lots that it was invited to and that are open.
    pub(crate) lots: BTreeSet<u32>,
}

impl Member {
    /// The robot, as it introduced itself, where it last was.
    pub const fn robot(&self) -> &Robot {
        &self.robot
    }

    /// Counts its lives.
    pub const fn boot(&self) -> u32 {
        self.boot
    }

    /// Whether its leases have not run out.
    pub const fn is_alive(&self) -> bool {
        self.alive
    }

    /// What it last said it was doing.
    pub const fn activity(&self) -> Activity {
        self.activity
    }

    /// When it last gave a sign of life.
    pub const fn heard(&self) -> Time {
        self.heard
    }

    /// Whether it is worth asking: alive, heard within three heartbeats, and not [missed](crate::Node::miss) since.
    pub fn is_responsive(&self, now: Time, config: &Config) -> bool {
        self.alive && !self.missed && now.since(self.heard) <= config.heartbeat * 3
    }

    /// Where it will be when its plan is done, and in how long.
    pub fn free(&self, now: Time) -> (Place, Duration) {
        (self.free.0, self.free.1.since(now))
    }
}

/// All robots that have reported, alive or not.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Members {
    members: BTreeMap<RobotId, Member>,
    seats: Vec<RobotId>,
}

/// What a sign of life changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrival {
    /// Nothing.
    Same,
    /// A robot that was not there, or was lost, is alive.
    Joined,
    /// A robot has forgotten its former life.
    Reborn,
}

impl Members {
    pub(crate) fn get(&self, robot: RobotId) -> Option<&Member> {
        self.members.get(&robot)
    }

    pub(crate) fn get_mut(&mut self, robot: RobotId) -> Option<&mut Member> {
        self.members.get_mut(&robot)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RobotId, &Member)> {
        self.members.iter().map(|(id, member)| (*id, member))
    }

    /// How many are [worth asking](Member::is_responsive).
    pub(crate) fn responsive(&self, now: Time, config: &Config) -> usize {
        let members = self.members.values();
        members.filter(|member| member.is_responsive(now, config)).count()
    }

    /// Whether no other robot is alive.
    pub(crate) fn is_alone(&self, robot: RobotId) -> bool {
        self.iter().all(|(id, member)| id == robot || !member.is_alive())
    }

    pub(crate) fn by_seat(&self, seat: usize) -> Option<RobotId> {
        self.seats.get(seat).copied()
    }

    /// A robot introduced itself. It joins with its next heartbeat: these words may be of a robot that is lost since.
    /// `None` if there are too many, or the words are older than what is known.
    pub(crate) fn hello(&mut self, robot: Robot, boot: u32, now: Time, limit: usize) -> Option<Arrival> {
        let id = robot.id();
        if let Some(member) = self.members.get_mut(&id) {
            if boot < member.boot {
                return None;
            }
            let reborn = boot > member.boot;
            (member.robot, member.boot, member.heard) = (robot, boot, now);
            if !reborn {
                return Some(Arrival::Same);
            }
            (member.ask, member.alive) = (0, false);
            return Some(Arrival::Reborn);
        }
        if self.members.len() >= limit {
            return None;
        }
        let seat = self.seats.len();
        self.seats.push(id);
        let place = robot.pose().place;
        let member = Member {
            robot,
            boot,
            seat,
            ask: 0,
            heard: now,
            missed: false,
            alive: false,
            activity: Activity::Idle,
            free: (place, now),
            holds: BTreeSet::new(),
            offered: None,
            lots: BTreeSet::new(),
        };
        self.members.insert(id, member);
        Some(Arrival::Same)
    }

    /// A sign of life. `None` if the robot is unknown, or this is older than the last one.
    pub(crate) fn heartbeat(&mut self, robot: RobotId, beat: &Heartbeat, now: Time) -> Option<Arrival> {
        let member = self.members.get_mut(&robot)?;
        if beat.boot != member.boot || beat.ask <= member.ask {
            return None;
        }
        (member.ask, member.heard, member.activity) = (beat.ask, now, beat.activity);
        member.missed = false;
        // A pose or charge that makes no sense is not taken over: the last good one stays.
        if let Ok(free) = beat.free.0.check() {
            member.free = (free.place, now + beat.free.1);
        }
        let _ = member.robot.moved(beat.pose);
        if let Some(charge) = beat.charge {
            let _ = member.robot.charged(f64::from(charge) / f64::from(u16::MAX));
        }
        let joined = !core::mem::replace(&mut member.alive, true);
        Some(if joined { Arrival::Joined } else { Arrival::Same })
    }

    /// The link to `robot` has ended. Its leases run on: when they end counts from when it was heard.
    pub(crate) fn miss(&mut self, robot: RobotId) {
        if let Some(member) = self.members.get_mut(&robot) {
            member.missed = true;
        }
    }

    /// No lease of `robot` can still run.
    pub(crate) fn lose(&mut self, robot: RobotId) {
        if let Some(member) = self.members.get_mut(&robot) {
            member.alive = false;
        }
    }
}
