//! The set of witnesses changes while the fleet works.

use std::collections::BTreeMap;
use std::time::Duration;

use fleet_core::drive::Driver;
use fleet_core::ledger::Phase;
use fleet_core::transport::{MemoryNetwork, MemoryTransport};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Event, Node, NodeId, Place, Report, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time,
};

const TICK: Duration = Duration::from_millis(20);

fn witness(k: u128) -> NodeId {
    NodeId::from_u128(1_000 + k)
}

fn witnesses(ids: impl IntoIterator<Item = u128>) -> Vec<NodeId> {
    ids.into_iter().map(witness).collect()
}

/// A task of one stop without any service: its robot does it as soon as it may.
fn task(k: u128) -> Task {
    Task::new(TaskSpec::new(
        TaskId::from_u128(k),
        vec![Stop::at(Place::at(0.0, 0.0))],
    ))
    .unwrap()
}

struct Fleet {
    network: MemoryNetwork,
    nodes: BTreeMap<NodeId, Driver<MemoryTransport>>,
    now: Time,
    /// How often each task was begun.
    begun: BTreeMap<TaskId, u32>,
}

impl Fleet {
    fn new(config: &Config, robots: u128) -> Self {
        let mut fleet = Fleet {
            network: MemoryNetwork::new(),
            nodes: BTreeMap::new(),
            now: Time::from_secs(10),
            begun: BTreeMap::new(),
        };
        for id in &config.witnesses {
            fleet.start(Node::coordinator(config.clone(), *id, 1).unwrap());
        }
        for k in 1..=robots {
            let spec = RobotSpec::new(RobotId::from_u128(k), Place::at(0.0, 0.0));
            fleet.start(Node::robot(config.clone(), Robot::new(spec).unwrap(), 1).unwrap());
        }
        fleet
    }

    fn start(&mut self, node: Node) {
        let id = node.id();
        self.nodes.insert(id, Driver::new(node, self.network.join(id)));
    }

    fn stop(&mut self, id: NodeId) {
        self.nodes.remove(&id);
    }

    fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while self.now < end {
            self.now = self.now + TICK;
            for driver in self.nodes.values_mut() {
                driver.step(self.now, &mut Euclidean);
                while let Some(event) = driver.next_event() {
                    if let Event::Start { task, .. } = event {
                        *self.begun.entry(task.id()).or_default() += 1;
                        let node = driver.node_mut();
                        for report in [Report::Begun, Report::StopDone] {
                            node.report(self.now, task.id(), report, &mut Euclidean).unwrap();
                        }
                    }
                }
            }
        }
    }

    fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes.get_mut(&id).unwrap().node_mut()
    }

    fn submit(&mut self, to: NodeId, k: u128) {
        let now = self.now;
        self.node(to).submit(now, task(k), &mut Euclidean).unwrap();
    }

    /// Every node takes a step; `false` if one of them may not yet.
    fn step(&mut self, edition: u32, witnesses: &[NodeId], successors: &[NodeId]) -> Result<(), String> {
        let (now, mut result) = (self.now, Ok(()));
        for driver in self
            .nodes
            .values_mut()
            .filter(|driver| driver.node().config().edition < edition)
        {
            let node = driver.node_mut();
            let taken = node.change_witnesses(now, edition, witnesses.to_vec(), successors.to_vec());
            result = result.and(taken.map_err(|invalid| invalid.to_string()));
        }
        result
    }

    fn phase(&self, at: NodeId, k: u128) -> Option<Phase> {
        let record = self.nodes[&at].node().record(TaskId::from_u128(k))?;
        Some(record.state.phase.clone())
    }
}

#[test]
fn witnesses_are_replaced_while_the_fleet_works_and_nothing_is_lost_or_done_twice() {
    let (old, new) = (witnesses(1..=3), witnesses(3..=5));
    let mut config = Config::new(witness(1));
    config.witnesses.clone_from(&old);
    let mut fleet = Fleet::new(&config, 2);
    fleet.run(2);
    (1..=4).for_each(|k| fleet.submit(witness(1), k));
    fleet.run(3);

    // First step: decisions need a majority of both. The new ones ask the old ones for all they know.
    fleet.step(2, &old, &new).unwrap();
    config.edition = 2;
    config.successors.clone_from(&new);
    for k in [4, 5] {
        fleet.start(Node::coordinator(config.clone(), witness(k), 1).unwrap());
    }
    fleet.submit(witness(2), 5);
    let early = fleet.step(3, &new, &[]).unwrap_err();
    assert!(
        early.contains("successors") && early.contains("not all of them are ready"),
        "{early}"
    );
    fleet.run(7);
    (6..=8).for_each(|k| fleet.submit(witness(4), k));
    fleet.run(2);
    let now = fleet.now;
    for id in witnesses(1..=5) {
        assert!(fleet.node(id).can_complete_change(now), "{id:?}");
    }

    // Second step: the old ones are not needed any more.
    fleet.step(3, &new, &[]).unwrap();
    fleet.run(2);
    [1, 2].into_iter().for_each(|k| fleet.stop(witness(k)));
    fleet.submit(witness(5), 9);
    (1..=8).for_each(|k| fleet.submit(witness(4), k)); // whoever did not hear of the end asks again
    fleet.run(10);
    for k in 1..=9 {
        assert_eq!(fleet.begun.get(&TaskId::from_u128(k)), Some(&1), "task {k}");
        let phases: Vec<_> = new.iter().map(|id| fleet.phase(*id, k)).collect();
        let done = phases.iter().filter(|phase| **phase == Some(Phase::Done)).count();
        assert!(done >= 2, "task {k}: {phases:?}");
    }
    let now = fleet.now;
    assert!(fleet.node(witness(3)).leads(now));
}

#[test]
fn a_robot_that_missed_a_change_is_granted_nothing_until_it_has_caught_up() {
    let (old, new) = (witnesses(1..=3), witnesses(4..=6));
    let mut config = Config::new(witness(1));
    config.witnesses.clone_from(&old);
    let mut fleet = Fleet::new(&config, 1);
    fleet.run(2);
    let robot = RobotId::from_u128(1).node();
    let left_behind = fleet.nodes.remove(&robot).unwrap();
    fleet.step(2, &old, &new).unwrap();
    fleet.nodes.insert(robot, left_behind);
    config.edition = 2;
    config.successors.clone_from(&new);
    new.iter()
        .for_each(|id| fleet.start(Node::coordinator(config.clone(), *id, 1).unwrap()));
    fleet.run(3);
    fleet.submit(witness(1), 1);
    fleet.run(10);
    assert_eq!(fleet.begun.len(), 0);
    fleet.step(2, &old, &new).unwrap();
    fleet.run(10);
    assert_eq!(fleet.begun.len(), 1);
}

#[test]
fn steps_that_are_not_the_next_one_are_refused_by_their_field() {
    let config = Config::new(witness(1));
    let mut node = Node::coordinator(config, witness(1), 1).unwrap();
    let mut refused = |edition, present: &[u128], next: &[u128]| {
        let (present, next) = (
            witnesses(present.iter().copied()),
            witnesses(next.iter().copied()),
        );
        node.change_witnesses(Time::ZERO, edition, present, next)
            .unwrap_err()
            .field
    };
    assert_eq!(refused(3, &[1], &[2]), "edition");
    assert_eq!(refused(2, &[2], &[]), "witnesses");
    assert_eq!(refused(2, &[1], &[]), "witnesses");
    assert_eq!(refused(2, &[1], &[2, 2]), "successors");
}
