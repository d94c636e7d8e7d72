//! The settings of a node, and the bounds on what it keeps and does.

use alloc::collections::BTreeSet;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use ordered_float::OrderedFloat;
use serde::{Deserialize, Serialize};

use crate::ability::Abilities;
use crate::allocate::Rule;
use crate::ids::NodeId;
use crate::invalid::{Invalid, Problem, at_most, in_range};
use crate::ledger::{LeaseTerms, Rules};
use crate::limits;
use crate::objective::Objective;
use crate::panel::Panel;
use crate::place::Place;
use crate::regime::Strategy;
use crate::urgency::Scheme;

/// What the nodes of one fleet agree on. Start from [`Config::new`] and change what differs.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The nodes that keep the ledger and grant leases: one coordinator, its three or five replicas, or some of the
    /// robots themselves. The first of them that is there leads.
    pub witnesses: Vec<NodeId>,
    /// The nodes that are to follow them; none, unless the set of witnesses is being changed.
    pub successors: Vec<NodeId>,
    /// Counts the changes of the set of witnesses. One authority gives out the numbers: two sets of one number must
    /// never be in use.
    pub edition: u32,
    /// Who decides who should do what, until that is [changed](crate::Node::set_strategy).
    pub strategy: Strategy,
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
    /// Silence after which a witness is thought to be gone, and the next one leads.
    pub suspicion: Duration,
    /// How long a robot waits for another coordinator, when it has not heard the one that leads for
    /// [`suspicion`](Self::suspicion), before it goes on [without](crate::Mode).
    pub degrade: Duration,
    /// How long it must hear one again, without such a silence, before it gives itself into its hands.
    pub restore: Duration,
    /// How long witnesses keep the content of a task that has ended.
    pub keep: Duration,
    /// How long they remember that a task has ended. Longer than any frame, and any repeated submission, can be
    /// late: after that a task of the same id would be a new one.
    pub remember: Duration,
    /// How long tasks are gathered before they are announced together.
    pub gather: Duration,
    /// How long an auction waits at most for answers.
    pub auction: Duration,
    /// Time until an announcement, an award or a heartbeat that matters is repeated if there is no answer.
    pub retry: Duration,
    /// Time until a task that nobody bid for is announced again.
    pub reoffer: Duration,
    /// Without a coordinator: how long a robot waits, after it chose a task, before it claims it. In that time another
    /// robot that would do it for less is heard of, if messages get through; what it chose it tells again with each sign of
    /// life meanwhile.
    pub settle: Duration,
    /// Without a coordinator: how long a robot leaves a task that it chose, and that is not among the next of its plan, to
    /// whoever may come to do it for less. Then it claims it.
    pub commit: Duration,
    /// Without a coordinator: how long nothing is heard of a robot, over any number of hops, before what it wants to do
    /// does not count any more.
    pub absence: Duration,
    /// How long the robot of a task of a team waits, from when it took it, until robots for all others of the team are
    /// found. Then it gives the task back, and the team is offered anew later.
    pub team_found: Duration,
    /// How long it waits at the first stop for the robots of the others, which may have to come from far and to finish
    /// what they are at, before it gives the task back.
    pub team_there: Duration,
    /// Attempts at a task before it is given up as failed.
    pub attempts: u32,
    /// Where robots wait that must not stay where they are when they are alone.
    pub refuges: Vec<Place>,
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
    /// Without a coordinator: tasks that a robot bids for at a time. In cells: those that a coordinator would have a robot do,
    /// with what it has.
    pub bundle: usize,
    /// Without a coordinator: so many of the next tasks of its plan a robot claims as soon as they are settled.
    pub ahead: usize,
    /// Robots in one cell.
    pub cell: usize,
    /// Rounds of search for a better plan that a coordinator of cells may take at a time.
    pub search: u64,
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
            bundle: 10,
            ahead: 2,
            cell: 16,
            search: 500,
            batch: 64,
            lots: 4_096,
            tasks: 1_000_000,
            robots: 100_000,
            frame: 64 * 1024,
        }
    }
}

impl Limits {
    /// `items` in messages of so many at most, and of as many bytes as a frame may have, if each takes up to `bytes`.
    pub(crate) fn batches<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        bytes: impl Fn(&T) -> usize,
    ) -> Vec<Vec<T>> {
        let (mut batches, mut length) = (Vec::<Vec<T>>::new(), 0);
        for item in items {
            let more = bytes(&item);
            match batches.last_mut() {
                Some(batch) if batch.len() < self.batch && length + more <= self.frame => {
                    batch.push(item);
                    length += more;
                }
                _ => {
                    batches.push(alloc::vec![item]);
                    length = more;
                }
            }
        }
        batches
    }
}

impl Config {
    /// The defaults, with this coordinator as the only witness: heartbeats each second, leases of five, auctions of
    /// at most one.
    pub fn new(coordinator: NodeId) -> Self {
        Config {
            witnesses: alloc::vec![coordinator],
            successors: Vec::new(),
            edition: 1,
            strategy: Strategy::Centralized,
            objective: Objective::default(),
            scheme: Scheme::Ageing {
                patience: Duration::from_secs(600),
            },
            rule: Rule::default(),
            heartbeat: Duration::from_secs(1),
            lease: LeaseTerms::new(Duration::from_secs(5), 0.001).expect("in range"),
            stopping: Duration::from_millis(500),
            suspicion: Duration::from_secs(3),
            degrade: Duration::from_secs(3),
            restore: Duration::from_secs(10),
            keep: Duration::from_secs(3600),
            remember: Duration::from_secs(24 * 3600),
            gather: Duration::from_millis(50),
            auction: Duration::from_secs(1),
            retry: Duration::from_millis(250),
            reoffer: Duration::from_secs(5),
            settle: Duration::from_millis(300),
            commit: Duration::from_secs(5),
            absence: Duration::from_secs(10),
            team_found: Duration::from_secs(30),
            team_there: Duration::from_secs(600),
            attempts: 3,
            refuges: Vec::new(),
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
            ("team_found", self.team_found),
            ("team_there", self.team_there),
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
        self.check_witnesses()?;
        in_range("charge_below", self.charge_below.0, 0.0, 1.0)?;
        in_range("charge_to", self.charge_to.0, self.charge_below.0, 1.0)?;
        let limits = [
            ("limits.invited", self.limits.invited),
            ("limits.plan", self.limits.plan),
            ("limits.bundle", self.limits.bundle),
            ("limits.ahead", self.limits.ahead),
            ("limits.cell", self.limits.cell),
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

    fn check_witnesses(&self) -> Result<(), Invalid> {
        if self.witnesses.is_empty() {
            return Err(Invalid::new("witnesses", Problem::Empty));
        }
        for (field, set) in [("witnesses", &self.witnesses), ("successors", &self.successors)] {
            at_most(field, set.len(), limits::WITNESSES)?;
            let mut seen = BTreeSet::new();
            if let Some(twice) = set.iter().find(|witness| !seen.insert(**witness)) {
                return Err(Invalid::new(field, Problem::Duplicate(twice.to_string())));
            }
        }
        if self.suspicion <= self.heartbeat {
            return Err(Invalid::new(
                "suspicion",
                Problem::Other("must be longer than heartbeat"),
            ));
        }
        if self.absence <= self.heartbeat {
            let problem = Problem::Other("must be longer than heartbeat");
            return Err(Invalid::new("absence", problem));
        }
        if self.remember < self.keep {
            return Err(Invalid::new("remember", Problem::Before("end of keep")));
        }
        Ok(())
    }

    /// The witnesses, and which of them are a majority.
    pub fn panel(&self) -> Panel {
        Panel::new(self.edition, &self.witnesses, &self.successors)
    }

    /// Takes the next step of a change of the set of witnesses.
    pub(crate) fn follow(
        &mut self,
        edition: u32,
        witnesses: Vec<NodeId>,
        successors: Vec<NodeId>,
    ) -> Result<(), Invalid> {
        if Some(edition) != self.edition.checked_add(1) {
            return Err(Invalid::new("edition", Problem::Other("must be the next one")));
        }
        let begins = self.successors.is_empty() && witnesses == self.witnesses && !successors.is_empty();
        let completes = !self.successors.is_empty() && witnesses == self.successors && successors.is_empty();
        if !begins && !completes {
            let problem = Problem::Other("must stay while successors are named, then be the successors");
            return Err(Invalid::new("witnesses", problem));
        }
        (self.edition, self.witnesses, self.successors) = (edition, witnesses, successors);
        Ok(())
    }

    /// Whether `node` is a witness, or is becoming one.
    pub fn is_witness(&self, node: NodeId) -> bool {
        self.witnesses.contains(&node) || self.successors.contains(&node)
    }

    /// Whether there is one witness and no other.
    pub(crate) fn has_one_witness(&self) -> bool {
        self.witnesses.len() == 1 && self.successors.is_empty()
    }

    /// What of it the ledger's machines go by.
    pub fn rules(&self) -> Rules {
        Rules {
            panel: self.panel(),
            lease: self.lease,
            heartbeat: self.heartbeat,
            suspicion: self.suspicion,
            retry: self.retry,
            keep: self.keep,
            remember: self.remember,
            tasks: self.limits.tasks,
            batch: self.limits.batch,
        }
    }
}
