//! What is varied, and which cases that makes.

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use fleet_core::sim::{Fading, Topology};
use fleet_core::{Config, NodeId};
use fleet_examples::run::Strategy;

use crate::case::Case;

/// One thing that is varied, or two together: a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Axis {
    /// The share of messages that are lost.
    Loss,
    /// Which are lost, at each share.
    Fading,
    /// Who hears whom.
    Topology,
    /// How many robots there are.
    Robots,
    /// How long a robot waits before it claims.
    Settle,
    /// How many tasks a robot chooses at a time.
    Bundle,
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}

impl Axis {
    /// What its table says, in words.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Axis::Loss => "Share of messages lost",
            Axis::Fading => "Losses that hang together",
            Axis::Topology => "Who hears whom",
            Axis::Robots => "Number of robots",
            Axis::Settle => "Wait before a claim",
            Axis::Bundle => "Tasks chosen at a time",
        }
    }
}

/// All values of everything that can be varied.
#[derive(Clone, Debug)]
pub(crate) struct Axes {
    pub(crate) strategies: Vec<Strategy>,
    pub(crate) losses: Vec<f64>,
    pub(crate) fadings: Vec<Fading>,
    pub(crate) topologies: Vec<Topology>,
    pub(crate) robots: Vec<usize>,
    pub(crate) settles: Vec<Duration>,
    pub(crate) bundles: Vec<usize>,
    /// The tables that are asked for, whatever they have in them.
    pub(crate) chosen: Option<Vec<Axis>>,
}

const BURST: Fading = Fading::GilbertElliott {
    burst: Duration::from_secs(1),
};
const FADES: Fading = Fading::Rayleigh {
    coherence: Duration::from_millis(500),
};

impl Axes {
    pub(crate) fn usual() -> Self {
        Axes {
            strategies: Vec::new(),
            losses: vec![0.0, 0.1, 0.3, 0.5, 0.9],
            fadings: vec![Fading::Independent, BURST, FADES],
            topologies: vec![
                Topology::Full,
                Topology::Line,
                Topology::Ring,
                Topology::Star,
                Topology::Radio { range: 30.0 },
            ],
            robots: vec![10, 20, 50, 100],
            settles: [0, 100, 300, 1000].map(Duration::from_millis).to_vec(),
            bundles: vec![usual_bundle()],
            chosen: None,
        }
    }

    pub(crate) fn quick() -> Self {
        Axes {
            losses: vec![0.0, 0.5],
            fadings: vec![Fading::Independent, BURST],
            topologies: vec![Topology::Full, Topology::Line],
            robots: vec![10, 20],
            settles: [0, 300].map(Duration::from_millis).to_vec(),
            ..Axes::usual()
        }
    }

    pub(crate) fn full() -> Self {
        Axes {
            robots: vec![10, 20, 50, 100, 200, 500],
            bundles: vec![1, 3, 10, 30],
            ..Axes::usual()
        }
    }

    /// The same, each value once.
    pub(crate) fn without_repeats(mut self) -> Self {
        once(&mut self.strategies);
        once(&mut self.losses);
        once(&mut self.fadings);
        once(&mut self.topologies);
        once(&mut self.robots);
        once(&mut self.settles);
        once(&mut self.bundles);
        self
    }

    pub(crate) fn least_robots(&self) -> usize {
        self.robots.iter().copied().min().unwrap_or(0)
    }

    /// The case that all others are around.
    pub(crate) fn base(&self, strategy: Strategy) -> Case {
        // Where no list has 50, its last is the nearest, as in the quick one.
        let robots = if self.robots.contains(&50) {
            50
        } else {
            self.robots.last().copied().unwrap_or(50)
        };
        Case {
            strategy,
            robots,
            loss: usual_or_first(&self.losses, 0.0),
            fading: usual_or_first(&self.fadings, Fading::Independent),
            topology: usual_or_first(&self.topologies, Topology::Full),
            settle: usual_or_first(&self.settles, usual_settle()),
            bundle: usual_or_first(&self.bundles, usual_bundle()),
        }
    }

    /// The tables to make.
    pub(crate) fn tables(&self) -> Vec<Axis> {
        if let Some(chosen) = &self.chosen {
            let mut chosen = chosen.clone();
            once(&mut chosen);
            return chosen;
        }
        let varied = |axis: &Axis| match axis {
            Axis::Loss => self.losses.len() > 1,
            Axis::Fading => self.fadings.len() > 1 && self.losses.iter().any(|loss| *loss > 0.0),
            Axis::Topology => self.topologies.len() > 1,
            Axis::Robots => self.robots.len() > 1,
            Axis::Settle => self.settles.len() > 1,
            Axis::Bundle => self.bundles.len() > 1,
        };
        Axis::value_variants().iter().copied().filter(varied).collect()
    }

    /// The cases of one table, in the order of its rows.
    pub(crate) fn cases(&self, axis: Axis) -> Vec<Case> {
        let strategies = self.strategies.iter();
        let bases: Vec<Case> = strategies.map(|strategy| self.base(*strategy)).collect();
        match axis {
            Axis::Loss => vary(&bases, &self.losses, |case, loss| case.loss = *loss),
            Axis::Fading => {
                let lossy: Vec<f64> = self.losses.iter().copied().filter(|loss| *loss > 0.0).collect();
                let fadings =
                    |cases: &[Case]| vary(cases, &self.fadings, |case, fading| case.fading = *fading);
                let losses = lossy.iter().map(|loss| with_loss(&bases, *loss));
                losses.flat_map(|cases| fadings(&cases)).collect()
            }
            Axis::Topology => vary(&bases, &self.topologies, |case, topology| {
                case.topology = topology.clone();
            }),
            Axis::Robots => vary(&bases, &self.robots, |case, robots| case.robots = *robots),
            Axis::Settle => {
                let settles =
                    |cases: &[Case]| vary(cases, &self.settles, |case, settle| case.settle = *settle);
                let base = bases.first().map_or(0.0, |base| base.loss);
                let half = self.losses.iter().copied().filter(|loss| *loss <= 0.5);
                let worst = half.fold(base, f64::max);
                let mut cases = settles(&bases);
                if worst > base {
                    cases.extend(settles(&with_loss(&bases, worst)));
                }
                cases
            }
            Axis::Bundle => vary(&bases, &self.bundles, |case, bundle| case.bundle = *bundle),
        }
    }
}

pub(crate) fn usual_settle() -> Duration {
    Config::new(NodeId::from_u128(1)).settle
}

pub(crate) fn usual_bundle() -> usize {
    Config::new(NodeId::from_u128(1)).limits.bundle
}

/// Each of `bases` with each of `values`, those of one value together.
fn vary<T>(bases: &[Case], values: &[T], set: impl Fn(&mut Case, &T)) -> Vec<Case> {
    let with = |(value, base): (&T, &Case)| {
        let mut case = base.clone();
        set(&mut case, value);
        case
    };
    let pairs = values
        .iter()
        .flat_map(|value| bases.iter().map(move |base| (value, base)));
    pairs.map(with).collect()
}

fn with_loss(bases: &[Case], loss: f64) -> Vec<Case> {
    vary(bases, &[loss], |case, loss| case.loss = *loss)
}

fn usual_or_first<T: Clone + PartialEq>(values: &[T], usual: T) -> T {
    match values.first() {
        Some(first) if !values.contains(&usual) => first.clone(),
        _ => usual,
    }
}

fn once<T: Clone + PartialEq>(values: &mut Vec<T>) {
    let mut seen = Vec::with_capacity(values.len());
    for value in values.drain(..) {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    *values = seen;
}
