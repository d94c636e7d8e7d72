//! The topics of a fleet.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use fleet_core::RobotId;

use super::message::{BatteryState, DiagnosticArray, GoalStatusArray, PoseStamped};
use super::node::{Ros2Error, Ros2Node, Ros2Publisher};
use super::report::{FleetReport, RobotReport, header};

/// Statuses in one message: `/diagnostics` may be told in parts.
const PART: usize = 64;

/// Publishes what nodes know of their fleet: `/diagnostics`, `/fleet/task_states`, and for each robot
/// `/<robot>/battery_state`, `/<robot>/pose` and `/<robot>/task_states`.
///
/// The states of tasks are those of goals of actions, which ROS has a message for: ids are UUIDs there too, and tools know
/// it. A task that is submitted and not yet accepted is *unknown*, open and held ones are *accepted*, running ones
/// *executing*, and a done one has *succeeded*.
#[derive(Debug)]
pub struct Ros2Fleet {
    node: Ros2Node,
    diagnostics: Ros2Publisher<DiagnosticArray>,
    tasks: Ros2Publisher<GoalStatusArray>,
    robots: BTreeMap<RobotId, Topics>,
}

#[derive(Debug)]
struct Topics {
    battery: Option<Ros2Publisher<BatteryState>>,
    pose: Option<Ros2Publisher<PoseStamped>>,
    tasks: Ros2Publisher<GoalStatusArray>,
}

impl Ros2Fleet {
    /// Announces the topics of the fleet; those of a robot follow when it is first told of.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn new(node: Ros2Node) -> Result<Self, Ros2Error> {
        Ok(Ros2Fleet {
            diagnostics: node.publisher("/diagnostics")?,
            tasks: node.publisher("/fleet/task_states")?,
            robots: BTreeMap::new(),
            node,
        })
    }

    /// The node that publishes.
    pub const fn node(&self) -> &Ros2Node {
        &self.node
    }

    /// Publishes all of it. Robots that it does not tell of lose their topics.
    ///
    /// # Errors
    /// If the session is closed.
    pub fn publish(&mut self, report: &FleetReport) -> Result<(), Ros2Error> {
        for part in report.statuses.chunks(PART) {
            let array = DiagnosticArray {
                header: header(report.now, ""),
                status: part.to_vec(),
            };
            self.diagnostics.publish(&array, report.now)?;
        }
        self.tasks.publish(&report.tasks, report.now)?;
        let told: BTreeSet<RobotId> = report.robots.iter().map(|robot| robot.robot).collect();
        self.robots.retain(|robot, _| told.contains(robot));
        report
            .robots
            .iter()
            .try_for_each(|robot| self.tell(robot, report))
    }

    fn tell(&mut self, robot: &RobotReport, report: &FleetReport) -> Result<(), Ros2Error> {
        let name = self.node.settings().name_of(robot.robot);
        let topics = match self.robots.entry(robot.robot) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Topics {
                battery: None,
                pose: None,
                tasks: self.node.publisher(&format!("{name}/task_states"))?,
            }),
        };
        if let Some(battery) = &robot.battery {
            let topic = || self.node.publisher(&format!("{name}/battery_state"));
            at(&mut topics.battery, topic)?.publish(battery, report.now)?;
        }
        if let Some(pose) = &robot.pose {
            let topic = || self.node.publisher(&format!("{name}/pose"));
            at(&mut topics.pose, topic)?.publish(pose, report.now)?;
        }
        topics.tasks.publish(&robot.tasks, report.now)
    }
}

fn at<T>(slot: &mut Option<T>, make: impl FnOnce() -> Result<T, Ros2Error>) -> Result<&mut T, Ros2Error> {
    match slot {
        Some(there) => Ok(there),
        None => Ok(slot.insert(make()?)),
    }
}
