use super::keys::{BreakdownKeys, NetworkKeys, PartitionKeys};
use super::names::Names;
use super::values::{number, seconds, span};
use crate::scenario::{Breakdown, Network, Partition, Wrong};

/// A message is on its way for at most this many seconds.
const DELAY: f64 = 3600.0;

pub(super) fn network(keys: Option<&NetworkKeys>) -> Result<Network, Wrong> {
    let Some(keys) = keys else {
        return Ok(Network::default());
    };
    let share = |key: &str, value| number(key, value, 0.0, 1.0);
    let (least, most) = span("network.delay", keys.delay.unwrap_or_default(), 0.0, DELAY)?;
    Ok(Network {
        topology: keys.topology.read()?,
        fading: keys.fading.read()?,
        min_delay: seconds("network.delay", least)?,
        max_delay: seconds("network.delay", most)?,
        loss: share("network.loss", keys.loss)?,
        duplicate: share("network.duplicate", keys.duplicate)?,
        reorder: share("network.reorder", keys.reorder)?,
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
    if keys.robots.is_empty() {
        return Err(Wrong::new(
            "robots",
            "must not be empty: name the robots that are cut off",
        ));
    }
    let mut robots = Vec::new();
    for (k, name) in keys.robots.iter().enumerate() {
        let key = format!("robots[{k}]");
        let id = names.robot(&key, name)?;
        if robots.contains(&id) {
            return Err(Wrong::new(key, format_args!("names {name:?} twice")));
        }
        robots.push(id);
    }
    Ok(Partition { from, until, robots })
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
