//! The settings of a node, and the bounds on what it keeps and does.

use alloc::vec::Vec;
use core::time::Duration;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::ability::Abilities;
use crate::allocate::Rule;
use crate::ids::NodeId;
use crate::invalid::{Invalid, Problem, in_range};
use crate::ledger::LeaseTerms;
use crate::objective::Objective;
use crate::place::Place;
use crate::urgency::Scheme;

/// What the nodes of one fleet agree on. Start from [`Config::new`] and change what differs.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The node that auctions tasks.
    pub coordinator: NodeId,
    /// What a good plan is.
    pub objective: Objective,
    /// Which task goes first.
    pub scheme: Scheme,
    /// Which of the equally urgent tasks is awarded next.
    pub rule: Rule,
    /// Time between two heartbeats of a robot.
    pub heartbeat: Duration,
    /// How long a robot may act without hearing from the coordinator.
    pub lease: LeaseTerms,
    /// How long before the end of its lease a robot begins to stop.
    pub stopping: Duration,
    /// How long tasks are gathered before they are announced together.
    pub gather: Duration,
    /// How long an auction waits at most for answers.
    pub auction: Duration,
    /// Time until an announcement, an award or a heartbeat that matters is repeated if there is no answer.
    pub retry: Duration,
    /// Time until a task that nobody bid for is announced again.
    pub reoffer: Duration,
    /// Attempts at a task before it is given up as failed.
    pub attempts: u32,
    /// Where robots can charge.
    pub chargers: Vec<Place>,
    /// Charge below which an idle robot goes to charge, from 0 to 1.
    pub charge_below: OrderedFloat<f64>,
    /// Charge at which it takes work again, from 0 to 1.
    pub charge_to: OrderedFloat<f64>,
    /// Abilities that tasks may need; none allows all.
    pub abilities: Option<Abilities>,
    /// The bounds.
    pub limits: Limits,
}

/// Bounds on what a node keeps, sends and does at a time.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Robots that one task is announced to, those that could be there first; with fewer robots, all.
    pub invited: usize,
    /// Tasks in one robot's plan.
    pub plan: usize,
    /// Tasks in one message.
    pub batch: usize,
    /// Tasks for sale that a robot keeps in mind.
    pub lots: usize,
    /// Tasks that a coordinator takes.
    pub tasks: usize,
    /// Robots that a coordinator takes.
    pub robots: usize,
    /// Bytes of a frame; longer ones are dropped.
    pub frame: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            invited: 64,
            plan: 32,
            batch: 64,
            lots: 4_096,
            tasks: 1_000_000,
            robots: 100_000,
            frame: 64 * 1024,
        }
    }
}

impl Config {
    /// The defaults, with this coordinator: heartbeats each second, leases of five, auctions of at most one.
    pub fn new(coordinator: NodeId) -> Self {
        Config {
            coordinator,
            objective: Objective::default(),
            scheme: Scheme::Ageing {
                patience: Duration::from_secs(600),
            },
            rule: Rule::default(),
            heartbeat: Duration::from_secs(1),
            lease: LeaseTerms::new(Duration::from_secs(5), 0.001).expect("in range"),
            stopping: Duration::from_millis(500),
            gather: Duration::from_millis(50),
            auction: Duration::from_secs(1),
            retry: Duration::from_millis(250),
            reoffer: Duration::from_secs(5),
            attempts: 3,
            chargers: Vec::new(),
            charge_below: OrderedFloat(0.25),
            charge_to: OrderedFloat(0.9),
            abilities: None,
            limits: Limits::default(),
        }
    }

    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// Names the first one that does not.
    pub fn check(&self) -> Result<(), Invalid> {
        self.objective
            .check()
            .map_err(|invalid| invalid.within("objective"))?;
        for (field, span) in [
            ("heartbeat", self.heartbeat),
            ("auction", self.auction),
            ("retry", self.retry),
            ("reoffer", self.reoffer),
        ] {
            if span.is_zero() {
                return Err(Invalid::new(field, Problem::NotPositive(0.0)));
            }
        }
        if self.lease.length() <= self.heartbeat + self.stopping {
            return Err(Invalid::new(
                "lease",
                Problem::Other("must be longer than heartbeat plus stopping"),
            ));
        }
        in_range("charge_below", self.charge_below.0, 0.0, 1.0)?;
        in_range("charge_to", self.charge_to.0, self.charge_below.0, 1.0)?;
        let limits = [
            ("limits.invited", self.limits.invited),
            ("limits.plan", self.limits.plan),
            ("limits.batch", self.limits.batch),
            ("limits.lots", self.limits.lots),
            ("limits.tasks", self.limits.tasks),
            ("limits.robots", self.limits.robots),
            ("limits.frame", self.limits.frame),
            ("attempts", self.attempts as usize),
        ];
        match limits.into_iter().find(|(_, limit)| *limit == 0) {
            Some((field, _)) => Err(Invalid::new(field, Problem::NotPositive(0.0))),
            None => Ok(()),
        }
    }
}
