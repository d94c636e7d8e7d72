//! Robots: where they are and what they can do.

use alloc::vec::Vec;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::ability::Abilities;
use crate::ids::RobotId;
use crate::invalid::{Invalid, at_most, in_range, positive};
use crate::limits;
use crate::load::Load;
use crate::place::Pose;

/// A battery as it is written down: the plain fields of a [`Battery`].
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatterySpec {
    /// Energy when full, in joules.
    pub capacity: f64,
    /// Charge now, from 0 (empty) to 1 (full).
    #[serde(default = "full")]
    pub level: f64,
    /// Charge that no plan may touch, from 0 to 1: the way to a charger and a safe stop.
    #[serde(default)]
    pub reserve: f64,
    /// Energy to move one metre, in joules.
    #[serde(default)]
    pub per_metre: f64,
    /// Energy of each second switched on, moving or not, in joules (watts).
    #[serde(default)]
    pub per_second: f64,
}

fn full() -> f64 {
    1.0
}

/// A robot's battery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "BatterySpec", into = "BatterySpec")]
pub struct Battery {
    capacity: OrderedFloat<f64>,
    level: OrderedFloat<f64>,
    reserve: OrderedFloat<f64>,
    per_metre: OrderedFloat<f64>,
    per_second: OrderedFloat<f64>,
}

impl Battery {
    /// The battery that `spec` describes.
    ///
    /// # Errors
    /// Names the first field that is not finite or out of range.
    pub fn new(spec: BatterySpec) -> Result<Self, Invalid> {
        Ok(Battery {
            capacity: positive("capacity", spec.capacity, limits::ENERGY)?.into(),
            level: in_range("level", spec.level, 0.0, 1.0)?.into(),
            reserve: in_range("reserve", spec.reserve, 0.0, 1.0)?.into(),
            per_metre: in_range("per_metre", spec.per_metre, 0.0, limits::ENERGY)?.into(),
            per_second: in_range("per_second", spec.per_second, 0.0, limits::ENERGY)?.into(),
        })
    }

    /// Charge, from 0 to 1.
    pub fn level(&self) -> f64 {
        self.level.0
    }

    /// The same battery at another charge; values outside 0 to 1 are brought to the nearer end, NaN to 0.
    #[must_use]
    pub fn at_level(mut self, level: f64) -> Self {
        self.level = OrderedFloat(if level > 0.0 { level.min(1.0) } else { 0.0 });
        self
    }

    /// Energy that a plan may use, in joules: what is above the reserve.
    pub fn usable(&self) -> f64 {
        ((self.level.0 - self.reserve.0) * self.capacity.0).max(0.0)
    }

    /// All that is left, in joules, the reserve included.
    pub fn joules(&self) -> f64 {
        self.level.0 * self.capacity.0
    }

    /// Energy above the reserve when full, in joules.
    pub fn usable_when_full(&self) -> f64 {
        (1.0 - self.reserve.0) * self.capacity.0
    }

    /// Energy of `metres` moved within `seconds`, in joules.
    pub fn energy(&self, metres: f64, seconds: f64) -> f64 {
        metres * self.per_metre.0 + seconds * self.per_second.0
    }

    /// The charge left, from 0 to 1, after `joules` are used.
    pub fn level_after(&self, joules: f64) -> f64 {
        (self.level.0 - joules / self.capacity.0).clamp(0.0, 1.0)
    }
}

impl TryFrom<BatterySpec> for Battery {
    type Error = Invalid;

    fn try_from(spec: BatterySpec) -> Result<Self, Invalid> {
        Battery::new(spec)
    }
}

impl From<Battery> for BatterySpec {
    fn from(battery: Battery) -> BatterySpec {
        BatterySpec {
            capacity: battery.capacity.0,
            level: battery.level.0,
            reserve: battery.reserve.0,
            per_metre: battery.per_metre.0,
            per_second: battery.per_second.0,
        }
    }
}

/// A robot as it is written down: the plain fields of a [`Robot`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RobotSpec {
    /// Its id.
    pub id: RobotId,
    /// Where it is.
    pub pose: Pose,
    /// Speed that plans reckon with, in metres a second.
    pub speed: f64,
    /// What it can do.
    #[serde(default)]
    pub abilities: Abilities,
    /// What it can carry, in each dimension.
    #[serde(default)]
    pub capacity: Vec<f64>,
    /// Its battery; without one it never has to charge.
    #[serde(default)]
    pub battery: Option<BatterySpec>,
}

impl RobotSpec {
    /// A robot of 1 m/s without abilities, load or battery.
    pub fn new(id: RobotId, pose: impl Into<Pose>) -> Self {
        RobotSpec {
            id,
            pose: pose.into(),
            speed: 1.0,
            abilities: Abilities::new(),
            capacity: Vec::new(),
            battery: None,
        }
    }
}

/// A robot that passed every check that can be made without knowing the fleet.
///
/// # Example
/// ```
/// use fleet_core::{Place, Robot, RobotId, RobotSpec};
///
/// let mut spec = RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0));
/// spec.speed = -1.0;
/// assert_eq!(Robot::new(spec.clone()).unwrap_err().to_string(), "speed: must be greater than zero, but is -1");
/// spec.speed = 1.5;
/// assert_eq!(Robot::new(spec)?.speed(), 1.5);
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "RobotSpec", into = "RobotSpec")]
pub struct Robot {
    id: RobotId,
    pose: Pose,
    speed: OrderedFloat<f64>,
    abilities: Abilities,
    capacity: Load,
    battery: Option<Battery>,
}

impl Robot {
    /// The robot that `spec` describes.
    ///
    /// # Errors
    /// Names the first field that is not finite, out of range or too large.
    pub fn new(spec: RobotSpec) -> Result<Self, Invalid> {
        at_most("abilities", spec.abilities.len(), limits::ABILITIES)?;
        Ok(Robot {
            id: spec.id,
            pose: spec.pose.check().map_err(|invalid| invalid.within("pose"))?,
            speed: positive("speed", spec.speed, limits::SPEED)?.into(),
            abilities: spec.abilities,
            capacity: Load::capacity(&spec.capacity)?,
            battery: match spec.battery {
                Some(battery) => Some(Battery::new(battery).map_err(|invalid| invalid.within("battery"))?),
                None => None,
            },
        })
    }

    /// Its id.
    pub const fn id(&self) -> RobotId {
        self.id
    }

    /// Where it is.
    pub const fn pose(&self) -> Pose {
        self.pose
    }

    /// Metres a second.
    pub const fn speed(&self) -> f64 {
        self.speed.0
    }

    /// What it can do.
    pub const fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    /// What it can carry, in each dimension.
    pub const fn capacity(&self) -> Load {
        self.capacity
    }

    /// Its battery, if it has one.
    pub const fn battery(&self) -> Option<&Battery> {
        self.battery.as_ref()
    }

    /// It is elsewhere now.
    ///
    /// # Errors
    /// If `pose` is not finite; the robot is unchanged then.
    pub fn moved(&mut self, pose: Pose) -> Result<(), Invalid> {
        self.pose = pose.check().map_err(|invalid| invalid.within("pose"))?;
        Ok(())
    }

    /// Its battery is at `level` now, from 0 to 1. Nothing happens without a battery.
    ///
    /// # Errors
    /// If `level` is not from 0 to 1; the robot is unchanged then.
    pub fn charged(&mut self, level: f64) -> Result<(), Invalid> {
        let level = in_range("battery.level", level, 0.0, 1.0)?;
        self.battery = self.battery.map(|battery| battery.at_level(level));
        Ok(())
    }
}

impl TryFrom<RobotSpec> for Robot {
    type Error = Invalid;

    fn try_from(spec: RobotSpec) -> Result<Self, Invalid> {
        Robot::new(spec)
    }
}

impl From<Robot> for RobotSpec {
    fn from(robot: Robot) -> RobotSpec {
        RobotSpec {
            id: robot.id,
            pose: robot.pose,
            speed: robot.speed.0,
            abilities: robot.abilities,
            capacity: robot.capacity.amounts(),
            battery: robot.battery.map(BatterySpec::from),
        }
    }
}
