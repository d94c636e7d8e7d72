//! What a node knows of its fleet, as messages of ROS.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ledger::{Phase, TaskRecord};
use fleet_core::membership::Member;
use fleet_core::message::Activity;
use fleet_core::{Battery, Mode, Node, Pose, Robot, RobotId, TaskId, Time, UtcTime};

use super::message::{
    self, BatteryState, DiagnosticStatus, GoalInfo, GoalState, GoalStatus, GoalStatusArray,
};
use super::message::{Header, KeyValue, Level, PoseStamped, Quaternion, Uuid};
use super::node::Ros2Settings;

/// Robots in one report, at most.
const ROBOTS: usize = 1_000;
/// Tasks in one list, at most.
const TASKS: usize = 1_000;
/// Share of what plans may use of a battery, below which it is low.
const LOW: f64 = 0.2;
/// What `power_supply_status` of a battery may be.
const CHARGING: u8 = 1;
const DISCHARGING: u8 = 2;

/// What a node knows of its fleet at a moment.
///
/// A node on a robot tells of that robot, and a coordinator that leads of all robots and tasks. So there is one
/// publisher for each topic if either the coordinators publish, or the robots.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct FleetReport {
    /// When.
    pub now: UtcTime,
    /// How the node is, and each robot. An application adds what else it knows.
    pub statuses: Vec<DiagnosticStatus>,
    /// Each robot.
    pub robots: Vec<RobotReport>,
    /// All tasks that have not ended, and then those that have.
    pub tasks: GoalStatusArray,
}

/// What is known of one robot.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct RobotReport {
    /// Which.
    pub robot: RobotId,
    /// Its battery, if it has one.
    pub battery: Option<BatteryState>,
    /// Where it is, unless that is a numbered place, which has no coordinates.
    pub pose: Option<PoseStamped>,
    /// Its tasks.
    pub tasks: GoalStatusArray,
}

impl FleetReport {
    /// What `node` knows at `now`, which is `utc` in the calendar.
    pub fn of(node: &Node, now: Time, utc: UtcTime, settings: &Ros2Settings) -> Self {
        let records: Vec<&TaskRecord> = if node.leads(now) {
            node.records().collect()
        } else {
            Vec::new()
        };
        let mut seen: Vec<Seen<'_>> = Vec::new();
        if node.leads(now) {
            seen.extend(node.members().map(|member| Seen::member(member, node, now)));
        }
        if let Some(body) = node
            .body()
            .filter(|body| seen.iter().all(|other| other.robot.id() != body.id()))
        {
            seen.push(Seen::body(body, node));
        }
        let mut owned = by_owner(&records);
        let mut statuses = vec![node_status(node, now, &seen, &records, settings)];
        let mut robots = Vec::new();
        for seen in seen.iter().take(ROBOTS) {
            let robot = seen.robot.id();
            statuses.push(seen.status(settings));
            let tasks = owned.remove(&robot).unwrap_or_default();
            robots.push(RobotReport {
                robot,
                battery: seen
                    .robot
                    .battery()
                    .map(|battery| seen.battery_state(battery, utc)),
                pose: pose(seen.robot.pose(), utc, &settings.frame),
                tasks: if records.is_empty() {
                    planned(node, robot, now, utc)
                } else {
                    goals(tasks)
                },
            });
        }
        FleetReport {
            now: utc,
            statuses,
            robots,
            tasks: goals(records),
        }
    }
}

/// A robot, from the node that tells of it.
struct Seen<'a> {
    robot: &'a Robot,
    level: Level,
    message: String,
    charges: bool,
    values: Vec<KeyValue>,
}

impl<'a> Seen<'a> {
    fn member(member: &'a Member, node: &Node, now: Time) -> Self {
        let silence = now.since(member.heard()).as_secs_f64();
        let activity = member.activity().name();
        let drain = node.drain_of(member.robot().id());
        let (level, message) = if !member.is_alive() {
            (Level::Stale, "lost: its leases have run out".to_owned())
        } else if !member.is_responsive(now, node.config()) {
            (Level::Warn, format!("not heard for {silence:.1} s"))
        } else if drain.is_some() {
            (Level::Ok, format!("leaves service, {activity}"))
        } else {
            (Level::Ok, activity.to_owned())
        };
        Seen {
            robot: member.robot(),
            level,
            message,
            charges: member.activity() == Activity::Charging,
            values: vec![
                value("activity", activity),
                value("heard before [s]", format!("{silence:.3}")),
                value("life", member.boot()),
                value("in service", drain.is_none()),
            ],
        }
    }

    fn body(robot: &'a Robot, node: &Node) -> Self {
        let alone = node.mode() == Some(Mode::Alone);
        let (level, message) = match alone {
            true => (Level::Warn, "it hears nobody"),
            false => (Level::Ok, "in touch"),
        };
        Seen {
            robot,
            level,
            message: message.to_owned(),
            charges: false,
            values: Vec::new(),
        }
    }

    fn status(&self, settings: &Ros2Settings) -> DiagnosticStatus {
        let robot = self.robot;
        let (mut level, mut message) = (self.level, self.message.clone());
        let mut values = self.values.clone();
        if let Some(battery) = robot.battery() {
            values.push(value("battery", format!("{:.3}", battery.level())));
            if let Some((worse, why)) = charge(battery).filter(|(worse, _)| *worse > level) {
                (level, message) = (worse, why.to_owned());
            }
        }
        if let Some(point) = robot.pose().place.point() {
            values.push(value("x [m]", format!("{:.3}", point.x())));
            values.push(value("y [m]", format!("{:.3}", point.y())));
        }
        DiagnosticStatus {
            level,
            name: format!("fleet: {}", settings.name_of(robot.id())),
            message,
            hardware_id: robot.id().to_string(),
            values,
        }
    }

    fn battery_state(&self, battery: &Battery, utc: UtcTime) -> BatteryState {
        let unknown = f32::NAN;
        BatteryState {
            header: header(utc, ""),
            voltage: unknown,
            temperature: unknown,
            current: unknown,
            charge: unknown,
            capacity: unknown,
            design_capacity: unknown,
            percentage: battery.level() as f32,
            power_supply_status: if self.charges { CHARGING } else { DISCHARGING },
            present: true,
            ..BatteryState::default()
        }
    }
}

/// What is wrong with a charge.
fn charge(battery: &Battery) -> Option<(Level, &'static str)> {
    let (left, full) = (battery.usable(), battery.usable_when_full());
    if left <= 0.0 {
        return Some((Level::Error, "its battery is at its reserve"));
    }
    (left < LOW * full).then_some((Level::Warn, "its battery is low"))
}

fn node_status(
    node: &Node,
    now: Time,
    seen: &[Seen<'_>],
    records: &[&TaskRecord],
    settings: &Ros2Settings,
) -> DiagnosticStatus {
    let there = seen.iter().filter(|seen| seen.level < Level::Stale).count();
    let mut values = vec![
        value("leads", node.leads(now)),
        value("robots", there),
        value("robots lost", seen.len() - there),
        value("robots left out", seen.len().saturating_sub(ROBOTS)),
        value("frames dropped", node.dropped()),
    ];
    let mut phases: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        *phases.entry(record.state.phase.name()).or_default() += 1;
    }
    values.extend(
        phases
            .into_iter()
            .map(|(phase, count)| value(&format!("tasks {phase}"), count)),
    );
    let all_lost = !seen.is_empty() && there == 0;
    DiagnosticStatus {
        level: if all_lost { Level::Warn } else { Level::Ok },
        name: format!("fleet: {}", settings.node),
        message: if all_lost { "no robot is there" } else { "at work" }.to_owned(),
        hardware_id: node.id().to_string(),
        values,
    }
}

fn by_owner<'a>(records: &[&'a TaskRecord]) -> BTreeMap<RobotId, Vec<&'a TaskRecord>> {
    let mut owned: BTreeMap<RobotId, Vec<&TaskRecord>> = BTreeMap::new();
    for record in records {
        if let Some(robot) = record.state.robot {
            owned.entry(robot).or_default().push(record);
        }
    }
    owned
}

/// Those that have not ended first.
fn goals(mut records: Vec<&TaskRecord>) -> GoalStatusArray {
    records.sort_by_key(|record| record.state.phase.is_terminal());
    let goal = |record: &TaskRecord| {
        let state = match record.state.phase {
            Phase::Done => GoalState::Succeeded,
            Phase::Cancelled => GoalState::Canceled,
            Phase::Failed(_) => GoalState::Aborted,
            _ if record.order.cancelled => GoalState::Canceling,
            Phase::Running(_) => GoalState::Executing,
            Phase::Held | Phase::Open => GoalState::Accepted,
            Phase::Submitted => GoalState::Unknown,
        };
        status(record.task.id(), stamp(record.submitted), state)
    };
    let status_list = records.into_iter().take(TASKS).map(goal).collect();
    GoalStatusArray { status_list }
}

/// What a robot that is no coordinator has planned. When a task was submitted it does not know.
fn planned(node: &Node, robot: RobotId, now: Time, utc: UtcTime) -> GoalStatusArray {
    let own = node.body().is_some_and(|body| body.id() == robot);
    let mut seen = BTreeSet::new();
    let goal = |(task, visit): (TaskId, fleet_core::schedule::Planned)| {
        node.permit(task, now).filter(|_| seen.insert(task))?;
        let state = if visit.begin <= utc {
            GoalState::Executing
        } else {
            GoalState::Accepted
        };
        Some(status(task, message::Time::default(), state))
    };
    let plan = node.plan().filter(|_| own).filter_map(goal);
    GoalStatusArray {
        status_list: plan.take(TASKS).collect(),
    }
}

fn status(task: TaskId, stamp: message::Time, status: GoalState) -> GoalStatus {
    let uuid = task.uuid().into_bytes();
    GoalStatus {
        goal_info: GoalInfo {
            goal_id: Uuid { uuid },
            stamp,
        },
        status,
    }
}

fn pose(pose: Pose, utc: UtcTime, frame: &str) -> Option<PoseStamped> {
    let point = pose.place.point()?;
    let (sine, cosine) = (pose.heading() / 2.0).sin_cos();
    Some(PoseStamped {
        header: header(utc, frame),
        pose: message::Pose {
            position: message::Point {
                x: point.x(),
                y: point.y(),
                z: 0.0,
            },
            orientation: Quaternion {
                x: 0.0,
                y: 0.0,
                z: sine,
                w: cosine,
            },
        },
    })
}

pub(super) fn header(utc: UtcTime, frame: &str) -> Header {
    Header {
        stamp: stamp(utc),
        frame_id: frame.to_owned(),
    }
}

/// Rounded down; what is beyond 1901 or 2038 is brought to the nearer end.
fn stamp(utc: UtcTime) -> message::Time {
    let (secs, micros) = (
        utc.as_micros().div_euclid(1_000_000),
        utc.as_micros().rem_euclid(1_000_000),
    );
    message::Time {
        sec: secs.clamp(i32::MIN.into(), i32::MAX.into()) as i32,
        nanosec: micros as u32 * 1_000,
    }
}

pub(super) fn value(key: &str, value: impl ToString) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: value.to_string(),
    }
}

#[cfg(test)]
mod tests;
