//! The keys of a scenario file, as they are written.

use std::collections::BTreeMap;

use fleet_core::Assurance;
use fleet_core::pattern::Pattern;
use serde::Deserialize;

use super::links::{FadingKeys, TopologyKeys};
use super::values::{At, Cut, Mix, Span, Spot, StopKeys};
use crate::scenario::TaskKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) seed: u64,
    pub(super) map: Option<String>,
    pub(super) cell_size: Option<f64>,
    pub(super) open_floor: Option<OpenFloor>,
    pub(super) duration: Option<f64>,
    pub(super) pool: Option<usize>,
    pub(super) pattern: Option<Pattern>,
    pub(super) servers: Option<usize>,
    pub(super) strategy: Option<String>,
    pub(super) allocator: Option<String>,
    pub(super) urgency: Option<String>,
    #[serde(default)]
    pub(super) objective: BTreeMap<String, f64>,
    #[serde(default)]
    pub(super) chargers: Vec<Spot>,
    #[serde(default)]
    pub(super) zones: BTreeMap<String, Vec<[f64; 4]>>,
    #[serde(default)]
    pub(super) robots: Vec<RobotsKeys>,
    #[serde(default)]
    pub(super) task: Vec<TaskKeys>,
    #[serde(default)]
    pub(super) tasks: Vec<GroupKeys>,
    pub(super) timing: Option<TimingKeys>,
    pub(super) network: Option<NetworkKeys>,
    #[serde(default)]
    pub(super) partition: Vec<PartitionKeys>,
    #[serde(default)]
    pub(super) breakdown: Vec<BreakdownKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenFloor {
    pub(super) width: f64,
    pub(super) height: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RobotsKeys {
    pub(super) name: Option<String>,
    pub(super) count: Option<usize>,
    #[serde(default)]
    pub(super) at: At,
    #[serde(default = "one")]
    pub(super) speed: Span,
    #[serde(default)]
    pub(super) abilities: Vec<String>,
    #[serde(default)]
    pub(super) capacity: Vec<f64>,
    pub(super) battery: Option<BatteryKeys>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BatteryKeys {
    pub(super) capacity: f64,
    #[serde(default = "one")]
    pub(super) level: Span,
    #[serde(default)]
    pub(super) reserve: f64,
    #[serde(default)]
    pub(super) per_metre: f64,
    #[serde(default)]
    pub(super) per_second: f64,
}

fn one() -> Span {
    Span(1.0, 1.0)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskKeys {
    pub(super) name: Option<String>,
    pub(super) stops: Vec<StopKeys>,
    pub(super) at: Option<f64>,
    #[serde(default)]
    pub(super) service: f64,
    pub(super) release: Option<f64>,
    pub(super) due: Option<f64>,
    pub(super) deadline: Option<f64>,
    #[serde(default)]
    pub(super) priority: fleet_core::Priority,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) load: Vec<f64>,
    #[serde(default)]
    pub(super) after: Vec<String>,
    #[serde(default)]
    pub(super) team: Vec<String>,
    #[serde(default)]
    pub(super) assurance: Assurance,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupKeys {
    pub(super) name: Option<String>,
    pub(super) count: usize,
    #[serde(default)]
    pub(super) kind: TaskKind,
    pub(super) stops: Option<Span>,
    pub(super) arrivals: Option<ArrivalsKeys>,
    #[serde(default)]
    pub(super) priority: Mix,
    pub(super) release: Option<Span>,
    pub(super) due: Option<Span>,
    pub(super) deadline: Option<Span>,
    pub(super) service: Option<Span>,
    #[serde(default)]
    pub(super) needs: Vec<String>,
    #[serde(default)]
    pub(super) load: Vec<f64>,
    #[serde(default)]
    pub(super) assurance: Assurance,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrivalsKeys {
    pub(super) start: Option<f64>,
    pub(super) uniform: Option<f64>,
    pub(super) poisson: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimingKeys {
    pub(super) heartbeat: Option<f64>,
    pub(super) lease: Option<f64>,
    pub(super) stopping: Option<f64>,
    pub(super) suspicion: Option<f64>,
    pub(super) degrade: Option<f64>,
    pub(super) restore: Option<f64>,
    pub(super) gather: Option<f64>,
    pub(super) auction: Option<f64>,
    pub(super) retry: Option<f64>,
    pub(super) reoffer: Option<f64>,
    pub(super) settle: Option<f64>,
    pub(super) commit: Option<f64>,
    pub(super) absence: Option<f64>,
    pub(super) team_found: Option<f64>,
    pub(super) team_there: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkKeys {
    #[serde(default)]
    pub(super) topology: TopologyKeys,
    #[serde(default)]
    pub(super) fading: FadingKeys,
    pub(super) delay: Option<Span>,
    pub(super) loss: Option<f64>,
    #[serde(default)]
    pub(super) duplicate: f64,
    #[serde(default)]
    pub(super) reorder: f64,
    pub(super) uplink: Option<LinkKeys>,
}

/// What a link is like.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkKeys {
    #[serde(default)]
    pub(super) fading: FadingKeys,
    pub(super) delay: Option<Span>,
    pub(super) loss: Option<f64>,
    #[serde(default)]
    pub(super) duplicate: f64,
    #[serde(default)]
    pub(super) reorder: f64,
}

impl NetworkKeys {
    /// Those of all links.
    pub(super) fn link(&self) -> LinkKeys {
        let NetworkKeys {
            fading,
            delay,
            loss,
            duplicate,
            reorder,
            ..
        } = *self;
        LinkKeys {
            fading,
            delay,
            loss,
            duplicate,
            reorder,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartitionKeys {
    pub(super) from: f64,
    pub(super) until: f64,
    pub(super) robots: Cut,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BreakdownKeys {
    pub(super) robot: String,
    pub(super) at: f64,
    pub(super) repair_after: Option<f64>,
}
