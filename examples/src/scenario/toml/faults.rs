use std::time::Duration;

use fleet_core::RobotId;
use fleet_core::pattern::{LinkBudget, Pattern};
use fleet_core::sim::Faults;

use super::keys::{BreakdownKeys, LinkKeys, NetworkKeys, PartitionKeys};
use super::names::Names;
use super::values::{Cut, number, seconds, span};
use crate::scenario::{Breakdown, Network, Partition, Wrong};

/// A message is on its way for at most this many seconds.
const DELAY: f64 = 3600.0;

/// A pattern brings its own links, of which the keys change what they name.
pub(super) fn network(keys: Option<&NetworkKeys>, pattern: Option<Pattern>) -> Result<Network, Wrong> {
    let none = NetworkKeys::default();
    let keys = keys.unwrap_or(&none);
    let (near, far) = links(pattern);
    let near = link(&keys.link(), near).map_err(|wrong| wrong.within("network"))?;
    let uplink = match (keys.uplink, far) {
        (None, None) => None,
        (uplink, usual) => {
            let uplink = link(&uplink.unwrap_or_default(), usual.unwrap_or(perfect()));
            Some(uplink.map_err(|wrong| wrong.within("network.uplink"))?)
        }
    };
    Ok(Network {
        topology: keys.topology.read()?,
        fading: near.fading,
        min_delay: near.delay_min,
        max_delay: near.delay_max,
        loss: near.loss,
        duplicate: near.duplicate,
        reorder: near.reorder,
        uplink,
    })
}

fn perfect() -> Faults {
    Faults {
        delay_min: Duration::ZERO,
        delay_max: Duration::ZERO,
        ..Faults::default()
    }
}

/// The links at the site, and between it and its servers if these are elsewhere.
fn links(pattern: Option<Pattern>) -> (Faults, Option<Faults>) {
    match pattern {
        None | Some(Pattern::SingleRobot) => (perfect(), None),
        Some(Pattern::RobotEdge | Pattern::Fleet) => (as_bad_as(LinkBudget::SITE), None),
        Some(Pattern::RobotCloud) => (as_bad_as(LinkBudget::SITE), Some(as_bad_as(LinkBudget::UPLINK))),
    }
}

/// Each way takes from a fifth of half the round trip to all of it.
fn as_bad_as(link: LinkBudget) -> Faults {
    Faults {
        delay_min: link.round_trip / 10,
        delay_max: link.round_trip / 2,
        loss: link.loss,
        ..Faults::default()
    }
}

fn link(keys: &LinkKeys, usual: Faults) -> Result<Faults, Wrong> {
    let share = |key: &str, value| number(key, value, 0.0, 1.0);
    let (delay_min, delay_max) = match keys.delay {
        None => (usual.delay_min, usual.delay_max),
        Some(delay) => {
            let (least, most) = span("delay", delay, 0.0, DELAY)?;
            (seconds("delay", least)?, seconds("delay", most)?)
        }
    };
    Ok(Faults {
        fading: keys.fading.read()?,
        delay_min,
        delay_max,
        loss: keys.loss.map_or(Ok(usual.loss), |loss| share("loss", loss))?,
        duplicate: share("duplicate", keys.duplicate)?,
        reorder: share("reorder", keys.reorder)?,
    })
}

pub(super) fn partitions(all: &[PartitionKeys], names: &Names<'_>) -> Result<Vec<Partition>, Wrong> {
    let one =
        |(k, keys)| partition(keys, names).map_err(|wrong| wrong.within(format_args!("partition[{k}]")));
    all.iter().enumerate().map(one).collect()
}

fn partition(keys: &PartitionKeys, names: &Names<'_>) -> Result<Partition, Wrong> {
    let (from, until) = (seconds("from", keys.from)?, seconds("until", keys.until)?);
    if until <= from {
        return Err(Wrong::new("until", "must be after `from`"));
    }
    let robots = match &keys.robots {
        Cut::All => names.all(),
        Cut::Names(robots) => named(robots, names)?,
    };
    Ok(Partition { from, until, robots })
}

fn named(all: &[String], names: &Names<'_>) -> Result<Vec<RobotId>, Wrong> {
    if all.is_empty() {
        return Err(Wrong::new(
            "robots",
            "must not be empty: name the robots that are cut off",
        ));
    }
    let mut robots = Vec::new();
    for (k, name) in all.iter().enumerate() {
        let key = format!("robots[{k}]");
        let id = names.robot(&key, name)?;
        if robots.contains(&id) {
            return Err(Wrong::new(key, format_args!("names {name:?} twice")));
        }
        robots.push(id);
    }
    Ok(robots)
}

pub(super) fn breakdowns(all: &[BreakdownKeys], names: &Names<'_>) -> Result<Vec<Breakdown>, Wrong> {
    let one =
        |(k, keys)| breakdown(keys, names).map_err(|wrong| wrong.within(format_args!("breakdown[{k}]")));
    all.iter().enumerate().map(one).collect()
}

fn breakdown(keys: &BreakdownKeys, names: &Names<'_>) -> Result<Breakdown, Wrong> {
    let repair = keys.repair_after.map(|after| seconds("repair_after", after));
    Ok(Breakdown {
        robot: names.robot("robot", &keys.robot)?,
        at: seconds("at", keys.at)?,
        repair_after: repair.transpose()?,
    })
}
