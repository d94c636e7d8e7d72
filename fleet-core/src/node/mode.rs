//! What a robot can still go by: a coordinator, advice, other robots, or nobody; and what this node does therefore.

use super::{Agent, Node, Parts};
use crate::config::Config;
use crate::context::Context;
use crate::ids::NodeId;
use crate::invalid::Invalid;
use crate::message::Message;
use crate::output::Event;
use crate::pattern::LinkBudget;
use crate::regime::{Mode, Strategy};
use crate::strategy::{Coordinator, Distributed, Robot as _};
use crate::time::Time;

/// Somebody who is there if heard again and again. It takes a longer silence to be gone than to be missed, and a while
/// without being missed to be back.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Contact {
    is_there: bool,
    /// Since when it is heard without having been missed, and when it was last; none before this node's first moment,
    /// at which all are thought to be there.
    heard: Option<(Time, Time)>,
}

impl Contact {
    const fn new() -> Self {
        Contact {
            is_there: true,
            heard: None,
        }
    }

    /// Since when it is heard, unless it is missed.
    fn heard_since(&self, now: Time, config: &Config) -> Option<Time> {
        let (since, last) = self.heard?;
        (last + config.suspicion > now).then_some(since)
    }

    fn hear(&mut self, now: Time, config: &Config) {
        let since = self.heard_since(now, config);
        self.heard = Some((since.unwrap_or(now), now));
    }

    fn look(&mut self, now: Time, config: &Config) {
        let (_, last) = *self.heard.get_or_insert((now, now));
        let since = self.heard_since(now, config);
        self.is_there = match self.is_there {
            true => last + config.suspicion + config.degrade > now,
            false => since.is_some_and(|since| since + config.restore <= now),
        };
    }
}

/// Of what a robot hears, and which mode that allows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Ladder {
    /// A witness that leads, any witness, and any other node.
    leader: Contact,
    witness: Contact,
    others: Contact,
    mode: Mode,
}

impl Ladder {
    pub(super) const fn new(strategy: Strategy) -> Self {
        Ladder {
            leader: Contact::new(),
            witness: Contact::new(),
            others: Contact::new(),
            mode: Mode::of(strategy),
        }
    }

    pub(super) const fn mode(&self) -> Mode {
        self.mode
    }

    /// The best mode that `strategy` and those who are there allow.
    fn best(&self, strategy: Strategy) -> Mode {
        match Mode::of(strategy) {
            Mode::Centralized if self.leader.is_there => Mode::Centralized,
            Mode::Centralized | Mode::Hybrid if self.witness.is_there => Mode::Hybrid,
            _ if self.others.is_there => Mode::Distributed,
            _ => Mode::Alone,
        }
    }

    /// Time has passed, or the strategy is another.
    fn look(&mut self, strategy: Strategy, now: Time, config: &Config) {
        if self.mode == Mode::Centralized {
            // Robots that are led do not talk to each other.
            self.others.hear(now, config);
        }
        for contact in [&mut self.leader, &mut self.witness, &mut self.others] {
            contact.look(now, config);
        }
        self.mode = self.best(strategy);
    }
}

impl Node {
    /// Robot: how it comes to its tasks for now; `None` of a node without one.
    pub fn mode(&self) -> Option<Mode> {
        self.agent.as_ref().map(|_| self.ladder.mode())
    }

    /// Robot: from now on it goes on without whom it does not hear after a time that suits `link`, as it was measured, and
    /// trusts after such a time whom it hears again: [`Config::degrade`] and [`Config::restore`] are what
    /// [`LinkBudget::apply`] makes of it, but no less than the settings have. All other settings stay: on leases, heartbeats
    /// and suspicion nodes agree.
    ///
    /// # Errors
    /// If the budget makes no sense; nothing is changed then.
    pub fn follow_link(&mut self, link: &LinkBudget) -> Result<(), Invalid> {
        let mut suited = self.config.clone();
        link.apply(&mut suited)?;
        let (degrade, restore) = self.patience;
        self.config.degrade = suited.degrade.max(degrade);
        self.config.restore = suited.restore.max(restore);
        Ok(())
    }
}

impl Parts<'_> {
    /// Something was heard.
    pub(super) fn hear(&mut self, from: NodeId, message: &Message, cx: &Context<'_>) {
        let Some(agent) = self.agent else { return };
        let now = cx.now.time;
        if from != self.id {
            self.ladder.others.hear(now, cx.config);
        }
        if let Message::Heard(heard) = message
            && cx.config.is_witness(from)
            && heard.boot == agent.boot()
        {
            self.ladder.witness.hear(now, cx.config);
            if heard.leads {
                self.ladder.leader.hear(now, cx.config);
            }
        }
    }

    /// Sees what the robot can go by.
    fn see_mode(&mut self, cx: &mut Context<'_>) {
        let strategy = self.regime.strategy;
        let Some(agent) = self.agent else { return };
        let before = self.ladder.mode();
        self.ladder.look(strategy, cx.now.time, cx.config);
        let now = self.ladder.mode();
        if before != now {
            cx.out.event(Event::Mode { before, now });
        }
        agent.set_adrift(strategy != Strategy::Distributed && !self.ladder.leader.is_there);
    }

    /// Where robots choose for themselves, all of them or those that hear no coordinator: tells what this witness knows,
    /// and does what is due.
    pub(super) fn choose(&mut self, cx: &mut Context<'_>) {
        self.see_mode(cx);
        let strategy = self.regime.strategy;
        let chooses = match self.agent {
            Some(_) => self.ladder.mode() != Mode::Centralized,
            None => strategy.robots_choose(),
        };
        let called = self.coordinator.as_ref().is_some_and(Coordinator::is_called);
        if self.distributed.is_none() && (chooses || called) {
            let plan = self.agent.as_ref().map(Agent::schedule);
            *self.distributed = Some(Distributed::new(self.id, self.boot, plan, strategy, cx.config));
        }
        if !chooses {
            self.agent.as_mut().map(Agent::take_refusals);
        }
        let Some(distributed) = self.distributed else {
            return;
        };
        distributed.follow(strategy, chooses, called, cx);
        // Who sells is heard again: it will sell to this robot too.
        let leader = self.ladder.leader.heard_since(cx.now.time, cx.config);
        distributed.hold_back(!strategy.robots_choose() && leader.is_some(), cx);
        if let Some(coordinator) = self.coordinator {
            if coordinator.begin_to_post(distributed.takes_part()) {
                // What ended meanwhile was told to nobody.
                coordinator.post_ended(distributed.live());
            }
            for posting in coordinator.take_postings() {
                distributed.post(&posting, cx);
            }
        }
        // On every node, lest they pile up where there is no witness.
        let recalled = distributed.take_recalled();
        if let Some(coordinator) = self.coordinator {
            coordinator.be_reminded(recalled, cx);
        }
        let robot = self.agent.as_mut().filter(|_| chooses).map(|agent| agent as _);
        distributed.act(robot, cx);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::ids::RobotId;
    use crate::place::Place;
    use crate::robot::{Robot, RobotSpec};
    use crate::travel::Euclidean;

    #[test]
    fn a_robot_waits_for_as_long_as_its_link_asks_for() {
        let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0))).unwrap();
        let config = Config::new(NodeId::from_u128(100));
        let mut node = Node::robot(config.clone(), robot, 1).unwrap();
        let worse = LinkBudget {
            loss: 0.4,
            ..LinkBudget::UPLINK
        };
        node.follow_link(&worse).unwrap();
        let followed = node.config().clone();
        assert!(followed.degrade > config.degrade * 3, "{:?}", followed.degrade);
        assert_eq!(
            (followed.suspicion, followed.lease),
            (config.suspicion, config.lease)
        );
        let mut mode_at = |time: Duration| {
            node.handle_timeout(Time::ZERO + time, &mut Euclidean);
            node.mode()
        };
        let patience = config.suspicion + followed.degrade;
        assert_eq!(mode_at(Duration::ZERO), Some(Mode::Centralized));
        assert_eq!(
            mode_at(patience - Duration::from_millis(1)),
            Some(Mode::Centralized)
        );
        assert_ne!(mode_at(patience), Some(Mode::Centralized));
        node.follow_link(&LinkBudget::LOCAL).unwrap();
        let least = |settings: &Config| (settings.degrade, settings.restore);
        assert!(
            least(node.config()) >= least(&config),
            "{:?}",
            node.config().degrade
        );
        node.follow_link(&worse).unwrap();
        let senseless = LinkBudget { loss: 0.6, ..worse };
        assert!(node.follow_link(&senseless).is_err());
        assert_eq!(*node.config(), followed);
    }
}
