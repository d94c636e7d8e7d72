use std::collections::BTreeSet;

use fleet_core::{BatterySpec, Place, Point, Robot, RobotId, RobotSpec, limits};
use rand::rngs::Xoshiro256PlusPlus;

use super::floor::{Zones, place};
use super::keys::{BatteryKeys, RobotsKeys};
use super::values::{self, At, Spot};
use crate::scenario::draw::between;
use crate::scenario::{NamedRobot, Wrong, generator};

/// Robots of a scenario file.
const ROBOTS: usize = 100_000;

pub(super) fn read(groups: &[RobotsKeys], zones: &Zones<'_>, seed: u64) -> Result<Vec<NamedRobot>, Wrong> {
    let (mut robots, mut names) = (Vec::new(), BTreeSet::new());
    for (k, group) in groups.iter().enumerate() {
        let mut rng = generator(seed, 1 + k as u64);
        let key = format!("robots[{k}]");
        let group = read_group(group, zones, &mut rng, robots.len()).map_err(|wrong| wrong.within(&key))?;
        for named in group {
            if !names.insert(named.name.clone()) {
                let message = format!("there is another robot {:?}", named.name);
                return Err(Wrong::new(format!("{key}.name"), message));
            }
            robots.push(named);
        }
    }
    if robots.is_empty() {
        return Err(Wrong::new(
            "robots",
            "the fleet is empty: give at least one [[robots]]",
        ));
    }
    Ok(robots)
}

fn read_group(
    group: &RobotsKeys,
    zones: &Zones<'_>,
    rng: &mut Xoshiro256PlusPlus,
    before: usize,
) -> Result<Vec<NamedRobot>, Wrong> {
    let count = size(group)?;
    values::count("count", before + count, ROBOTS)?;
    let places = places(group, zones, rng, count)?;
    let one = |(k, point)| {
        Ok(NamedRobot {
            name: name(group, count, k, before)?,
            robot: robot(group, rng, RobotId::from_u128(1 + (before + k) as u128), point)?,
        })
    };
    places.into_iter().enumerate().map(one).collect()
}

/// How many robots the group has: as many as places are listed, unless it says so.
fn size(group: &RobotsKeys) -> Result<usize, Wrong> {
    match (&group.at, group.count) {
        (At::Spots(spots), Some(count)) if spots.len() != count => Err(Wrong::new(
            "at",
            format_args!("lists {} places for {count} robots", spots.len()),
        )),
        (At::Spots(spots), _) => Ok(spots.len()),
        (_, count) => Ok(count.unwrap_or(1)),
    }
}

fn places(
    group: &RobotsKeys,
    zones: &Zones<'_>,
    rng: &mut Xoshiro256PlusPlus,
    count: usize,
) -> Result<Vec<Point>, Wrong> {
    let zone = match &group.at {
        At::Spots(spots) => {
            let one = |(k, spot): (usize, &Spot)| place(zones.regions, &format!("at[{k}]"), *spot);
            return spots.iter().enumerate().map(one).collect();
        }
        At::Zone(zone) => Some(zone.as_str()),
        At::RandomFree => None,
    };
    let area = zones.area("at", zone, zones.regions.largest())?;
    let places = area.draw_apart(rng, count);
    places.ok_or_else(|| Wrong::new("at", format_args!("has fewer than {count} free cells")))
}

fn name(group: &RobotsKeys, count: usize, k: usize, before: usize) -> Result<String, Wrong> {
    let full = match &group.name {
        None => format!("robot-{}", before + k + 1),
        Some(name) if count == 1 => name.clone(),
        Some(name) => format!("{name}-{}", k + 1),
    };
    values::name("name", &full)
}

fn robot(group: &RobotsKeys, rng: &mut Xoshiro256PlusPlus, id: RobotId, at: Point) -> Result<Robot, Wrong> {
    let speed = values::span("speed", group.speed, f64::MIN, limits::SPEED)?;
    let battery = group
        .battery
        .as_ref()
        .map(|keys| battery(keys, rng))
        .transpose()?;
    let robot = Robot::new(RobotSpec {
        speed: between(rng, speed),
        abilities: values::abilities("abilities", &group.abilities)?,
        capacity: group.capacity.clone(),
        battery,
        ..RobotSpec::new(id, Place::Point(at))
    });
    robot.map_err(|invalid| Wrong::new(invalid.field.replace("load", "capacity"), invalid.problem))
}

fn battery(keys: &BatteryKeys, rng: &mut Xoshiro256PlusPlus) -> Result<BatterySpec, Wrong> {
    let level = values::span("battery.level", keys.level, 0.0, 1.0)?;
    Ok(BatterySpec {
        capacity: keys.capacity,
        level: between(rng, level),
        reserve: keys.reserve,
        per_metre: keys.per_metre,
        per_second: keys.per_second,
    })
}
