//! One way to run a fleet.

use std::time::Duration;

use fleet_core::sim::{Fading, Topology};
use fleet_examples::run::Strategy;
use fleet_examples::scenario::{fading_name, topology_name};
use serde::{Serialize, Serializer};

use crate::axes::{Axis, usual_bundle, usual_settle};

/// All that may differ between two rows.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub(crate) struct Case {
    #[serde(serialize_with = "shown")]
    pub(crate) strategy: Strategy,
    pub(crate) robots: usize,
    pub(crate) loss: f64,
    #[serde(serialize_with = "by_fading")]
    pub(crate) fading: Fading,
    #[serde(serialize_with = "by_topology")]
    pub(crate) topology: Topology,
    /// Seconds in files.
    #[serde(serialize_with = "seconds")]
    pub(crate) settle: Duration,
    pub(crate) bundle: usize,
}

impl Case {
    /// The coordinator's on a network without faults: what others are compared with.
    pub(crate) fn lossless(robots: usize) -> Self {
        Case {
            strategy: Strategy::Centralized,
            robots,
            loss: 0.0,
            fading: Fading::Independent,
            topology: Topology::Full,
            settle: usual_settle(),
            bundle: usual_bundle(),
        }
    }

    /// A case that has the same runs: what has no effect is as it usually is.
    pub(crate) fn same_as(&self) -> Self {
        let mut case = self.clone();
        if case.loss == 0.0 {
            case.fading = Fading::Independent;
        }
        // Where a coordinator decides alone, no robot chooses.
        if case.strategy == Strategy::Centralized {
            (case.settle, case.bundle) = (usual_settle(), usual_bundle());
        }
        case
    }

    /// The columns that tell the rows of one table apart, besides the strategy.
    pub(crate) fn varied(&self, axis: Axis) -> Vec<(&'static str, String)> {
        let loss = || ("loss", self.loss.to_string());
        match axis {
            Axis::Loss => vec![loss()],
            Axis::Fading => vec![loss(), ("fading", fading_name(self.fading))],
            Axis::Topology => vec![("topology", topology_name(&self.topology))],
            Axis::Robots => vec![("robots", self.robots.to_string())],
            Axis::Settle => vec![loss(), ("settle", self.settle.as_secs_f64().to_string())],
            Axis::Bundle => vec![("bundle", self.bundle.to_string())],
        }
    }

    /// What all rows of one table have in common.
    pub(crate) fn common(&self, axis: Axis) -> String {
        let all = [
            ("robots", format!("{} robots", self.robots)),
            ("topology", topology_name(&self.topology)),
            ("fading", fading_name(self.fading)),
            ("loss", format!("loss {}", self.loss)),
            ("settle", format!("settle {} s", self.settle.as_secs_f64())),
            ("bundle", format!("bundles of {}", self.bundle)),
        ];
        let varied = self.varied(axis);
        let differs = |name: &str| varied.iter().any(|(varied, _)| *varied == name);
        let common = all.into_iter().filter(|(name, _)| !differs(name));
        common.map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    }
}

fn shown<S: Serializer>(value: &Strategy, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

fn by_fading<S: Serializer>(fading: &Fading, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&fading_name(*fading))
}

fn by_topology<S: Serializer>(topology: &Topology, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&topology_name(topology))
}

fn seconds<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(span.as_secs_f64())
}
