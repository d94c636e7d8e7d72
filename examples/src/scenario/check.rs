use fleet_core::ability::missing;
use fleet_core::{Abilities, Load, Task};

use super::{NamedRobot, Regions, Wrong};

/// Robots that are alike as far as tasks care.
#[derive(PartialEq)]
struct Class<'r> {
    region: Option<usize>,
    abilities: &'r Abilities,
    capacity: Load,
}

fn classes<'r>(regions: &Regions<'_>, robots: &'r [NamedRobot]) -> Vec<Class<'r>> {
    let mut classes = Vec::new();
    for named in robots {
        let class = Class {
            region: regions.at(named.robot.pose().place).ok(),
            abilities: named.robot.abilities(),
            capacity: named.robot.capacity(),
        };
        if !classes.contains(&class) {
            classes.push(class);
        }
    }
    classes
}

/// Checks that every task has a robot that can do it, given time.
///
/// # Errors
/// The index of the first task that no robot can do, and the key of the task to blame.
pub(crate) fn check_tasks<'t>(
    regions: &Regions<'_>,
    robots: &[NamedRobot],
    tasks: impl Iterator<Item = &'t Task>,
) -> Result<(), (usize, Wrong)> {
    let classes = classes(regions, robots);
    for (k, task) in tasks.enumerate() {
        check_task(regions, &classes, task).map_err(|wrong| (k, wrong))?;
    }
    Ok(())
}

fn check_task(regions: &Regions<'_>, classes: &[Class<'_>], task: &Task) -> Result<(), Wrong> {
    let region = common_region(regions, task)?;
    let near = || classes.iter().filter(|class| class.region == Some(region));
    if near().next().is_none() {
        return Err(Wrong::new(
            "stops",
            "cannot be reached by any robot: obstacles are between",
        ));
    }
    check_needs(classes, task)?;
    let mut able = near().filter(|class| missing(task.needs(), class.abilities).is_none());
    let load = heaviest(task);
    match able.clone().next() {
        None => Err(Wrong::new(
            "needs",
            "no single robot that can get there has all of these",
        )),
        Some(_) if able.any(|class| load.fits(&class.capacity)) => Ok(()),
        Some(_) => Err(Wrong::new(
            "load",
            format_args!("{load:?} is more than any robot carries that can do this"),
        )),
    }
}

/// The region that all stops are in.
fn common_region(regions: &Regions<'_>, task: &Task) -> Result<usize, Wrong> {
    let mut common = None;
    for (k, stop) in task.stops().iter().enumerate() {
        let key = || format!("stops[{k}]");
        let region = regions
            .at(stop.place)
            .map_err(|problem| Wrong::new(key(), problem))?;
        if *common.get_or_insert(region) != region {
            return Err(Wrong::new(
                key(),
                "cannot be reached from stops[0]: obstacles are between",
            ));
        }
    }
    common.ok_or_else(|| Wrong::new("stops", "must not be empty"))
}

fn check_needs(classes: &[Class<'_>], task: &Task) -> Result<(), Wrong> {
    let had = |need| classes.iter().any(|class| class.abilities.contains(need));
    match task.needs().iter().find(|need| !had(need)) {
        Some(need) => Err(Wrong::new(
            "needs",
            format_args!("no robot has the ability {need:?}", need = need.as_str()),
        )),
        None => Ok(()),
    }
}

/// The most that is carried at once, in each dimension.
fn heaviest(task: &Task) -> Load {
    let (mut carried, mut most) = (Load::ZERO, Load::ZERO);
    for stop in task.stops() {
        carried = carried + stop.load;
        most = most.max(&carried);
    }
    most
}
