//! Where the witnesses are, and how long nodes wait.

use std::time::Duration;

use fleet_core::Invalid;
use fleet_core::pattern::{LinkBudget, Pattern};

use super::keys::{File, TimingKeys};
use super::values::{self, seconds};
use crate::scenario::deployment::{Timings, servers};
use crate::scenario::{Deployment, NamedRobot, Network, Wrong};

/// Witnesses that are no robots.
const SERVERS: usize = 5;

/// The timings of a pattern follow from the network as the file has it.
pub(super) fn read(file: &File, robots: &[NamedRobot], network: &Network) -> Result<Deployment, Wrong> {
    let mut deployment = match (file.pattern, file.servers) {
        (Some(pattern), servers) => from_pattern(pattern, servers, robots, network)?,
        (None, Some(_)) => return Err(Wrong::new("servers", "goes with a `pattern`: there is none")),
        (None, None) => Deployment::default(),
    };
    if let Some(keys) = &file.timing {
        let timings = keys.read().map_err(|wrong| wrong.within("timing"))?;
        let applied = timings.apply(&mut deployment.config);
        applied.map_err(|invalid| Wrong::from(invalid).within("timing"))?;
    }
    Ok(deployment)
}

fn from_pattern(
    pattern: Pattern,
    count: Option<usize>,
    robots: &[NamedRobot],
    network: &Network,
) -> Result<Deployment, Wrong> {
    let count = values::count("servers", count.unwrap_or(pattern.servers()), SERVERS)?;
    let (servers, robots) = (servers(count), robots.iter().map(|named| named.robot.id()));
    let robots: Vec<_> = robots.collect();
    let config = pattern.config(&robots, &servers, &budget(pattern, network));
    let config = config.map_err(|invalid| blamed(pattern, network, invalid))?;
    Ok(Deployment {
        pattern: Some(pattern),
        servers,
        config,
    })
}

/// What ownership has to do with: the uplink, if there is one.
fn budget(pattern: Pattern, network: &Network) -> LinkBudget {
    let (delay, loss) = match &network.uplink {
        Some(uplink) => (uplink.delay_max, uplink.loss),
        None => (network.max_delay, network.loss),
    };
    LinkBudget {
        round_trip: delay.saturating_mul(2),
        loss,
        ..pattern.link()
    }
}

/// What the pattern refuses, by the key that it came from.
fn blamed(pattern: Pattern, network: &Network, invalid: Invalid) -> Wrong {
    let table = match network.uplink {
        Some(_) => "network.uplink",
        None => "network",
    };
    let (key, what) = match invalid.field.as_str() {
        "link.round_trip" => (format!("{table}.delay"), "twice of it "),
        "link.loss" => (format!("{table}.loss"), ""),
        other => (other.to_owned(), ""),
    };
    Wrong::new(
        key,
        format_args!("{what}{} (the pattern is {pattern})", invalid.problem),
    )
}

impl TimingKeys {
    fn read(&self) -> Result<Timings, Wrong> {
        let span = |key: &str, value: Option<f64>| -> Result<Option<Duration>, Wrong> {
            value.map(|value| seconds(key, value)).transpose()
        };
        Ok(Timings {
            heartbeat: span("heartbeat", self.heartbeat)?,
            lease: span("lease", self.lease)?,
            stopping: span("stopping", self.stopping)?,
            suspicion: span("suspicion", self.suspicion)?,
            degrade: span("degrade", self.degrade)?,
            restore: span("restore", self.restore)?,
            gather: span("gather", self.gather)?,
            auction: span("auction", self.auction)?,
            retry: span("retry", self.retry)?,
            reoffer: span("reoffer", self.reoffer)?,
            settle: span("settle", self.settle)?,
            commit: span("commit", self.commit)?,
            absence: span("absence", self.absence)?,
            team_found: span("team_found", self.team_found)?,
            team_there: span("team_there", self.team_there)?,
        })
    }
}
