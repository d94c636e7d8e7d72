//! Groups of tasks that are drawn at random.

use fleet_core::ability::missing;
use fleet_core::{Abilities, Load, limits};

use super::SECONDS;
use super::floor::Zones;
use super::keys::{ArrivalsKeys, GroupKeys};
use super::values::{self, Span};
use crate::scenario::generate::{Arrivals, Generator};
use crate::scenario::{NamedRobot, TaskKind, Wrong};

/// How the tasks of this group are drawn.
pub(super) fn read(keys: &GroupKeys, zones: &Zones<'_>, robots: &[NamedRobot]) -> Result<Generator, Wrong> {
    let needs = values::abilities("needs", &keys.needs)?;
    let region = home(&needs, zones, robots);
    let several = keys.kind != TaskKind::Visit;
    if !several && keys.to.is_some() {
        return Err(Wrong::new("to", "a visit has one stop, which is in `from`"));
    }
    let from = keys.from.as_deref();
    let to = if several && keys.to.is_some() {
        ("to", keys.to.as_deref())
    } else {
        ("from", from)
    };
    Ok(Generator {
        kind: keys.kind,
        stops: stops(keys)?,
        arrivals: arrivals(keys.arrivals.as_ref())?,
        mix: mix(keys)?,
        release: time("release", keys.release)?.unwrap_or_default(),
        due: time("due", keys.due)?,
        deadline: time("deadline", keys.deadline)?,
        service: service(keys)?,
        load: load(keys)?,
        assurance: keys.assurance,
        from: zones.area("from", from, region)?,
        to: zones.area(to.0, to.1, region)?,
        needs,
    })
}

/// The region where most robots are that have what it needs; if none has, where most robots are.
fn home(needs: &Abilities, zones: &Zones<'_>, robots: &[NamedRobot]) -> usize {
    let mut votes = std::collections::BTreeMap::new();
    for named in robots {
        let able = missing(needs, named.robot.abilities()).is_none();
        if let Ok(region) = zones.regions.at(named.robot.pose().place) {
            let vote: &mut (usize, usize) = votes.entry(region).or_default();
            *vote = (vote.0 + usize::from(able), vote.1 + 1);
        }
    }
    let first = |best: Option<(usize, (usize, usize))>, (region, votes)| match best {
        Some((_, most)) if most >= votes => best,
        _ => Some((region, votes)),
    };
    let most = votes.into_iter().fold(None, first);
    most.map_or(zones.regions.largest(), |(region, _)| region)
}

fn stops(keys: &GroupKeys) -> Result<(usize, usize), Wrong> {
    let Some(Span(least, most)) = keys.stops else {
        return Ok((2, 4));
    };
    if keys.kind != TaskKind::Errands {
        let message = format!(
            "only errands choose their stops: leave it out for a {}",
            keys.kind.name()
        );
        return Err(Wrong::new("stops", message));
    }
    let (least, most) = values::span("stops", Span(least, most), 1.0, limits::STOPS as f64)?;
    if least.fract() != 0.0 || most.fract() != 0.0 {
        return Err(Wrong::new("stops", "must be whole numbers"));
    }
    Ok((least as usize, most as usize))
}

fn arrivals(keys: Option<&ArrivalsKeys>) -> Result<Arrivals, Wrong> {
    let Some(keys) = keys else {
        return Ok(Arrivals::At(0.0));
    };
    let start = values::number("arrivals.start", keys.start.unwrap_or(0.0), 0.0, SECONDS)?;
    match (keys.uniform, keys.poisson) {
        (None, None) => Ok(Arrivals::At(start)),
        (Some(over), None) => {
            let over = values::number("arrivals.uniform", over, 0.0, SECONDS)?;
            Ok(Arrivals::Uniform { start, over })
        }
        (None, Some(rate)) => {
            let rate = values::number("arrivals.poisson", rate, 1e-6, 1e6)?;
            Ok(Arrivals::Poisson { start, rate })
        }
        (Some(_), Some(_)) => Err(Wrong::new("arrivals", "give either `uniform` or `poisson`")),
    }
}

fn mix(keys: &GroupKeys) -> Result<[f64; 4], Wrong> {
    let mix = keys.priority.0;
    for weight in mix {
        values::number("priority", weight, 0.0, 1e9)?;
    }
    if mix == [0.0; 4] {
        return Err(Wrong::new(
            "priority",
            "give at least one class a weight above zero",
        ));
    }
    Ok(mix)
}

fn time(key: &str, span: Option<Span>) -> Result<Option<(f64, f64)>, Wrong> {
    span.map(|span| values::span(key, span, 0.0, SECONDS)).transpose()
}

fn service(keys: &GroupKeys) -> Result<(f64, f64), Wrong> {
    let most = limits::SERVICE.as_secs_f64();
    values::span("service", keys.service.unwrap_or_default(), 0.0, most)
}

fn load(keys: &GroupKeys) -> Result<Load, Wrong> {
    if !keys.load.is_empty() && keys.kind == TaskKind::Visit {
        return Err(Wrong::new(
            "load",
            "a visit carries nothing: use `kind = \"delivery\"`",
        ));
    }
    values::load("load", &keys.load)
}
