//! Taking robots out of service, and what people report and order besides tasks.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Coordinator, Timer};
use crate::context::Context;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::{Entry, Phase};
use crate::message::{Between, Drain, Heartbeat, Message};
use crate::output::Event;
use crate::record::Order;
use crate::strategy::Recalled;
use crate::task::Assurance;
use crate::transport::Class;

/// Doubles that are remembered, so that each is told once.
const DUPLICATES: usize = 4_096;

/// What people ordered of one robot.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Service {
    number: u64,
    drain: Option<Drain>,
    told: bool,
}

/// What people ordered of robots.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(super) struct Drains(BTreeMap<RobotId, Service>);

impl Drains {
    pub(super) fn replay(entries: &[Entry]) -> Self {
        let mut drains = Drains::default();
        for entry in entries {
            if let Entry::Drain { robot, drain, number } = entry {
                drains.set(*robot, *number, *drain);
            }
        }
        drains
    }

    pub(super) fn memory(&self) -> impl Iterator<Item = Entry> + '_ {
        self.0.iter().map(|(robot, service)| Entry::Drain {
            robot: *robot,
            drain: service.drain,
            number: service.number,
        })
    }

    /// The number of the last order on `robot`, and it.
    pub(super) fn of(&self, robot: RobotId) -> (u64, Option<Drain>) {
        let service = self.0.get(&robot);
        service.map_or((0, None), |service| (service.number, service.drain))
    }

    /// The later of two orders holds; of two with one number the stricter. Whether this one does.
    fn set(&mut self, robot: RobotId, number: u64, drain: Option<Drain>) -> bool {
        let later = (number, drain) > self.of(robot);
        if later {
            let told = false;
            self.0.insert(robot, Service { number, drain, told });
        }
        later
    }
}

impl Coordinator {
    pub(crate) fn drain_of(&self, robot: RobotId) -> Option<Drain> {
        self.drains.of(robot).1
    }

    pub(crate) fn drain(&mut self, robot: RobotId, drain: Option<Drain>, cx: &mut Context<'_>) {
        // Also if it is so already, as far as this node knows: others may have been ordered otherwise before.
        let number = Order::number_after(self.drains.of(robot).0, cx.now.utc);
        self.set_drain(robot, number, drain, cx);
        self.tell_drains(cx);
        self.catch_up(cx);
    }

    fn set_drain(&mut self, robot: RobotId, number: u64, drain: Option<Drain>, cx: &mut Context<'_>) {
        if !self.drains.set(robot, number, drain) {
            return;
        }
        cx.out.store(Entry::Drain { robot, drain, number });
        self.call_off_drained(robot);
    }

    /// If people want what `robot` has to be called off, whoever leads does so; again with each of its heartbeats, for
    /// another one may lead by now.
    pub(super) fn call_off_drained(&mut self, robot: RobotId) {
        if self.leading
            && self.drains.of(robot).1 == Some(Drain::Cancel)
            && let Some(member) = self.members.get(robot)
        {
            let tasks = member.holds.iter().map(|task| (*task, Phase::Cancelled, None));
            self.decisions.extend(tasks);
        }
    }

    /// Tells the other witnesses; again with every heartbeat, for they may begin anew.
    pub(super) fn tell_drains(&mut self, cx: &mut Context<'_>) {
        let drains = self.drains.0.iter();
        let drains: Vec<_> = drains
            .map(|(robot, service)| (*robot, service.number, service.drain))
            .collect();
        let others = self.witness.others();
        if drains.is_empty() || others.is_empty() {
            return;
        }
        for part in drains.chunks(cx.config.limits.batch) {
            let message = Message::Witness(cx.config.edition, Between::Drains(part.to_vec()));
            cx.out.send_each(&others, Class::State, message);
        }
        self.timers.retain(|timer| *timer != Timer::Drains);
        self.timers.set(cx.now.time + cx.config.heartbeat, Timer::Drains);
    }

    pub(super) fn learn_drains(
        &mut self,
        from: NodeId,
        drains: Vec<(RobotId, u64, Option<Drain>)>,
        cx: &mut Context<'_>,
    ) {
        if !cx.config.is_witness(from) {
            return;
        }
        for (robot, number, drain) in drains.into_iter().take(cx.config.limits.batch) {
            let room = self.drains.0.len() < cx.config.limits.robots;
            if room || self.drains.0.contains_key(&robot) {
                self.set_drain(robot, number, drain, cx);
            }
        }
    }

    /// A robot passes on what it was told that people ordered: whoever told it may be gone.
    pub(super) fn learn_orders(&mut self, from: RobotId, beat: &Heartbeat, cx: &mut Context<'_>) {
        let (number, drain) = beat.drain;
        if number > 0 {
            self.set_drain(from, number, drain, cx);
        }
        for (task, order) in beat.orders.iter().take(cx.config.limits.batch) {
            if beat.claims.iter().any(|claim| claim.task == *task) {
                self.witness.learn_order(*task, *order, cx.now.time);
            }
        }
    }

    /// Robots that choose for themselves pass on what people ordered, and who owns what, as witnesses said it. Those may all
    /// have forgotten since, and robots would obey for ever what no witness knows of, or leave a task to an owner that is
    /// gone, of which no person is told.
    pub(crate) fn be_reminded(&mut self, tasks: BTreeMap<TaskId, Recalled>, cx: &Context<'_>) {
        let now = cx.now.time;
        for (task, (order, owner)) in tasks {
            let Some(record) = self.record(task) else { continue };
            let owner = owner.filter(|(_, epoch)| record.state.epoch < *epoch);
            if order > record.order {
                self.witness.learn_order(task, order, now);
            }
            if let Some((robot, epoch)) = owner {
                self.witness.holds(robot, task, epoch, None, now);
            }
        }
    }

    /// Whether a robot that leaves service has nothing left.
    pub(super) fn see_drained(&mut self, robot: RobotId, beat: &Heartbeat, cx: &mut Context<'_>) {
        let leading = self.leading;
        let Some(service) = self.drains.0.get_mut(&robot) else {
            return;
        };
        if leading && service.drain.is_some() && !service.told && beat.claims.is_empty() {
            service.told = true;
            cx.out.event(Event::Drained(robot));
        }
    }

    /// Two robots worked at one task that allows it: that is worth telling, once for each.
    pub(super) fn see_duplicate(&mut self, robot: RobotId, task: TaskId, begun: bool, cx: &mut Context<'_>) {
        let Some(record) = self.record(task).filter(|_| begun) else {
            return;
        };
        let other = record.state.robot;
        let best_effort = record.task.assurance() == Assurance::BestEffort;
        let worked = matches!(record.state.phase, Phase::Running(_) | Phase::Done);
        if best_effort && worked && other.is_some_and(|other| other != robot) {
            // Those of tasks that are forgotten are of no use any more.
            if self.duplicates.len() >= DUPLICATES {
                let ledger = self.witness.ledger();
                self.duplicates.retain(|(task, _)| ledger.state(*task).is_some());
            }
            let new = self.duplicates.len() < DUPLICATES && self.duplicates.insert((task, robot));
            if new {
                cx.out.event(Event::Duplicated { task, robot, other });
            }
        }
    }
}
