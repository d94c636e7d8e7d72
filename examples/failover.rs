//! Three replicas of the coordinator, with their journals on disk, of which any one may die at any moment.
//!
//! `cargo run --example failover`. The leader is killed in the middle of an auction; another one goes on; the first
//! comes back from its journal. Then all three are restarted one after the other, under load, and in the end all of
//! them at once. Network, clock and bodies are simulated here, and the hour is over in a moment.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fleet_core::drive::Driver;
use fleet_core::journal::{FileStorage, Journal, MemoryStorage};
use fleet_core::ledger::Phase;
use fleet_core::transport::{MemoryNetwork, MemoryTransport};
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Report, Robot, RobotId, RobotSpec};
use fleet_core::{Stop, Task, TaskId, TaskSpec, Time};

/// Time between two turns of every loop.
const TICK: Duration = Duration::from_millis(20);
const REPLICAS: [NodeId; 3] = [
    NodeId::from_u128(101),
    NodeId::from_u128(102),
    NodeId::from_u128(103),
];
const ROBOTS: u128 = 4;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Replica = Driver<MemoryTransport, FileStorage>;

/// A robot: its node, and what its body does until when.
struct Worker {
    driver: Driver<MemoryTransport, MemoryStorage>,
    work: Option<(Arc<Task>, Time)>,
}

struct Fleet {
    config: Config,
    folder: PathBuf,
    network: MemoryNetwork,
    replicas: BTreeMap<NodeId, Replica>,
    workers: Vec<Worker>,
    now: Time,
    submitted: u128,
    /// Tasks without an acknowledgement: they are submitted again, to whichever replica is there.
    waiting: BTreeMap<TaskId, Task>,
    /// How often each task was finished by a body.
    finished: BTreeMap<TaskId, u32>,
}

impl Fleet {
    fn new(folder: &Path) -> Result<Self> {
        let mut config = Config::new(REPLICAS[0]);
        config.witnesses = REPLICAS.to_vec();
        let network = MemoryNetwork::new();
        let worker = |k| -> Result<Worker> {
            let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0)))?;
            let transport = network.join(robot.id().node());
            let driver = Driver::new(Node::robot(config.clone(), robot, 1)?, transport);
            Ok(Worker { driver, work: None })
        };
        let mut fleet = Fleet {
            workers: (1..=ROBOTS).map(worker).collect::<Result<_>>()?,
            config,
            folder: folder.to_owned(),
            network,
            replicas: BTreeMap::new(),
            now: Time::from_secs(1),
            submitted: 0,
            waiting: BTreeMap::new(),
            finished: BTreeMap::new(),
        };
        REPLICAS.into_iter().try_for_each(|id| fleet.start(id))?;
        Ok(fleet)
    }

    /// Starts a replica with what its journal kept.
    fn start(&mut self, id: NodeId) -> Result<()> {
        let path = self.folder.join(format!("{id}.journal"));
        let (journal, kept) = Journal::open(FileStorage::open(path)?)?;
        let entries = kept.entries.len();
        let node = Node::coordinator(self.config.clone(), id, kept.boot)?.with_memory(kept.entries)?;
        println!(
            "{:?} {} starts its life {} with {entries} entries",
            self.now,
            name(id),
            kept.boot
        );
        let driver = Driver::with_journal(node, self.network.join(id), journal);
        self.replicas.insert(id, driver);
        Ok(())
    }

    /// A replica dies, without a word.
    fn kill(&mut self, id: NodeId) {
        println!("{:?} {} dies", self.now, name(id));
        self.replicas.remove(&id);
    }

    fn leader(&self) -> Option<NodeId> {
        let leads = |(_, replica): &(&NodeId, &Replica)| replica.node().leads(self.now);
        self.replicas.iter().find(leads).map(|(id, _)| *id)
    }

    /// A task somewhere on a line: five seconds of work.
    fn submit(&mut self) -> Result<()> {
        self.submitted += 1;
        let place = Place::at((self.submitted * 7 % 11) as f64, 0.0);
        let stop = Stop::at(place).lasting(Duration::from_secs(5));
        let task = Task::new(TaskSpec::new(TaskId::from_u128(self.submitted), vec![stop]))?;
        self.waiting.insert(task.id(), task);
        self.submit_waiting();
        Ok(())
    }

    fn submit_waiting(&mut self) {
        let Some(replica) = self.replicas.values_mut().next() else {
            return;
        };
        for task in self.waiting.values() {
            // Whatever this replica says, it is asked again until a majority has the task.
            let _ = replica.node_mut().submit(self.now, task.clone(), &mut Euclidean);
        }
    }

    /// Lets time pass until `until`, or for a minute at most.
    fn run(&mut self, until: impl Fn(&Fleet) -> bool) -> Result<()> {
        let end = self.now + Duration::from_secs(60);
        while !until(self) {
            if self.now > end {
                return Err("waited for a minute in vain".into());
            }
            self.now = self.now + TICK;
            if self.now.as_micros().is_multiple_of(1_000_000) {
                self.submit_waiting();
            }
            for replica in self.replicas.values_mut() {
                replica.step(self.now, &mut Euclidean);
                while let Some(event) = replica.next_event() {
                    if let Event::Accepted(task) = event {
                        self.waiting.remove(&task);
                    }
                }
            }
            for worker in &mut self.workers {
                worker.turn(self.now, &mut self.finished)?;
            }
        }
        Ok(())
    }

    fn seconds(&mut self, seconds: u64) -> Result<()> {
        let end = self.now + Duration::from_secs(seconds);
        self.run(|fleet| fleet.now >= end)
    }

    fn done(&self) -> usize {
        let done = |replica: &Replica| {
            replica
                .node()
                .records()
                .filter(|record| record.state.settled && record.state.phase == Phase::Done)
                .count()
        };
        self.replicas.values().map(done).min().unwrap_or(0)
    }
}

impl Worker {
    fn turn(&mut self, now: Time, finished: &mut BTreeMap<TaskId, u32>) -> Result<()> {
        self.driver.step(now, &mut Euclidean);
        while let Some(event) = self.driver.next_event() {
            match event {
                Event::Start { task, .. } => {
                    let until = now + task.service();
                    self.driver
                        .node_mut()
                        .report(now, task.id(), Report::Begun, &mut Euclidean)?;
                    self.work = Some((task, until));
                }
                Event::Stop { .. } => self.work = None,
                _ => {}
            }
        }
        if let Some((task, _)) = self.work.take_if(|(_, until)| *until <= now) {
            self.driver
                .node_mut()
                .report(now, task.id(), Report::StopDone, &mut Euclidean)?;
            *finished.entry(task.id()).or_default() += 1;
        }
        Ok(())
    }
}

fn name(id: NodeId) -> String {
    format!("replica {}", id.uuid().as_u128() - 100)
}

fn play(folder: &Path) -> Result<()> {
    let mut fleet = Fleet::new(folder)?;
    fleet.seconds(2)?;
    (0..6).try_for_each(|_| fleet.submit())?;
    fleet.seconds(1)?;

    let first = fleet.leader().ok_or("nobody leads")?;
    println!("{:?} {} leads", fleet.now, name(first));
    (0..6).try_for_each(|_| fleet.submit())?;
    fleet.run(|fleet| fleet.waiting.is_empty())?;
    println!(
        "{:?} a majority has the tasks, and {} sells them",
        fleet.now,
        name(first)
    );
    fleet.kill(first);
    let died = fleet.now;
    fleet.run(|fleet| fleet.leader().is_some())?;
    let second = fleet.leader().ok_or("nobody leads")?;
    println!(
        "{:?} {} leads, {:.1} s later",
        fleet.now,
        name(second),
        fleet.now.since(died).as_secs_f64()
    );
    fleet.seconds(10)?;
    fleet.start(first)?;
    fleet.run(|fleet| fleet.leader() == Some(first))?;
    println!("{:?} {} leads again", fleet.now, name(first));

    println!("{:?} a rolling restart, under load", fleet.now);
    for id in REPLICAS {
        (0..4).try_for_each(|_| fleet.submit())?;
        fleet.seconds(1)?;
        fleet.kill(id);
        fleet.seconds(4)?;
        fleet.start(id)?;
        fleet.seconds(4)?;
    }
    println!("{:?} the power fails, for all of them", fleet.now);
    REPLICAS.into_iter().for_each(|id| fleet.kill(id));
    fleet.seconds(1)?;
    REPLICAS.into_iter().try_for_each(|id| fleet.start(id))?;
    let all = fleet.submitted as usize;
    fleet.run(|fleet| fleet.done() == all)?;
    let twice = fleet.finished.values().filter(|times| **times > 1).count();
    println!(
        "{:?} {} of {all} tasks are done, says each replica; {twice} were done twice",
        fleet.now,
        fleet.done()
    );
    Ok(())
}

fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("fleet-failover-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let played = play(&folder);
    std::fs::remove_dir_all(&folder)?;
    played
}
