//! An hour of steady work, while something is done to the fleet that must not be noticed in what it gets done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fleet_core::ledger::Phase;
use fleet_core::sim::{
    Command, Doing, Faults, Happening, Invariants, Mishap, Observer, Scale, Sim, Storm, Topology, Trouble,
    Wish,
};
use fleet_core::{
    Config, Event, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Strategy, Task, TaskId, TaskSpec, Time,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

const HOUR: u64 = 3_600;
/// How long a task takes once its robot is there.
const WORK: Duration = Duration::from_secs(20);

/// Robots and tasks all over a square of 60 m, a task every so many seconds of the hour; nothing goes wrong.
fn storm(seed: u64, robots: u32, every: u64, witnesses: Vec<NodeId>, strategy: Strategy) -> Storm {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut place = || Place::at(random.random_range(0.0..60.0), random.random_range(0.0..60.0));
    let robot = |k| Robot::new(RobotSpec::new(RobotId::from_u128(k), place())).unwrap();
    let robots: Vec<Robot> = (1..=u128::from(robots)).map(robot).collect();
    let task = |k: u64| {
        let stop = Stop::at(place()).lasting(WORK);
        let task = Task::new(TaskSpec::new(TaskId::from_u128(k.into()), vec![stop]));
        (Duration::from_secs(k * every), task.unwrap())
    };
    let tasks: Vec<_> = (1..HOUR / every).map(task).collect();
    let mut config = Config::new(witnesses[0]);
    (config.witnesses, config.strategy) = (witnesses, strategy);
    Storm {
        seed,
        scale: Scale {
            robots: robots.len() as u32,
            witnesses: config.witnesses.len() as u32,
            tasks: tasks.len() as u32,
            among_robots: config.is_witness(robots[0].id().node()),
            strategy,
            teams: 0,
        },
        config,
        robots,
        tasks,
        faults: Faults::default(),
        topology: Topology::Full,
        partitions: Vec::new(),
        spikes: Vec::new(),
        breakdowns: Vec::new(),
        mishaps: Vec::new(),
        commands: Vec::new(),
        clocks: BTreeMap::new(),
    }
}

/// What bodies have done, and what witnesses said of it.
struct Work {
    promises: Invariants,
    /// Where each robot is at work, and since when.
    at: BTreeMap<RobotId, (TaskId, Time)>,
    /// How often each task was done to its end.
    finished: BTreeMap<TaskId, u32>,
    done: BTreeSet<TaskId>,
    claimed: u32,
    awards: u32,
}

impl Work {
    fn new(storm: &Storm) -> Self {
        Work {
            promises: Invariants::new(storm),
            at: BTreeMap::new(),
            finished: BTreeMap::new(),
            done: BTreeSet::new(),
            claimed: 0,
            awards: 0,
        }
    }

    fn body(&mut self, now: Time, robot: RobotId, doing: Doing) {
        if let Some((task, since)) = self.at.remove(&robot) {
            let whole = now.since(since) >= WORK;
            *self.finished.entry(task).or_default() += u32::from(whole);
        }
        if let Doing::Working(task) = doing {
            self.at.insert(robot, (task, now));
        }
    }
}

impl Observer for Work {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Body { robot, doing, .. } => self.body(now, *robot, *doing),
            Happening::Event { node, event } => match event {
                Event::Task {
                    task,
                    phase: Phase::Done,
                    ..
                } => drop(self.done.insert(*task)),
                Event::Awarded(awarded) if awarded.robot.node() == *node => self.claimed += 1,
                Event::Awarded(_) => self.awards += 1,
                _ => {}
            },
            _ => {}
        }
        self.promises.observe(now, happening);
    }
}

/// Until `end`, or until all is done. Every promise is checked after everything that happens.
fn run(storm: &Storm, end: Time, what: &str) -> (Sim, Work) {
    let (mut sim, mut work) = (Sim::new(storm.setup()).unwrap(), Work::new(storm));
    while !sim.is_over() && sim.step(end, &mut work) {
        work.promises.look(&sim);
        if let Some(violation) = work.promises.violation() {
            panic!("{what}, seed {}: {violation}", storm.seed);
        }
    }
    (sim, work)
}

#[test]
fn nothing_is_lost_or_done_twice_while_the_strategy_changes_every_half_minute() {
    let seed = 1;
    let witnesses = (0..3).map(|k| NodeId::from_u128(1_000 + k)).collect();
    let mut storm = storm(seed, 20, 6, witnesses, Strategy::Distributed);
    storm.faults.loss = 0.1;
    let strategies = [Strategy::Centralized, Strategy::Distributed, Strategy::Hybrid];
    let switch = |k: u64| Command {
        at: Time::from_secs(30 * k),
        what: Wish::Strategy(strategies[k as usize % 3]),
    };
    storm.commands = (1..HOUR / 30).map(switch).collect();
    let (sim, mut work) = run(&storm, Time::from_secs(HOUR + 600), "switching");
    work.promises.finish(&sim);
    assert_eq!(work.promises.violation(), None);
    let all: BTreeSet<TaskId> = storm.tasks.iter().map(|(_, task)| task.id()).collect();
    assert_eq!(work.done, all);
    let twice: Vec<_> = work.finished.iter().filter(|(_, times)| **times != 1).collect();
    println!(
        "{} tasks over at {:?}: {} chosen by robots, {} sold",
        all.len(),
        sim.now(),
        work.claimed,
        work.awards,
    );
    assert_eq!(twice, []);
    assert_eq!(work.finished.len(), all.len());
    let least = all.len() as u32 / 4;
    assert!(
        work.claimed > least && work.awards > least,
        "only one of them was in use"
    );
}

/// Tasks done within the hour by six robots, of which three are the witnesses; the one that leads dies at `killed`.
fn done(seed: u64, strategy: Strategy, killed: Option<Time>) -> usize {
    let witnesses: Vec<NodeId> = (1..=3).map(|k| RobotId::from_u128(k).node()).collect();
    let leader = witnesses[0];
    let mut storm = storm(seed, 6, 20, witnesses, strategy);
    let crash = |at| Mishap {
        node: leader,
        at,
        what: Trouble::Crash {
            restart: None,
            memory: false,
        },
    };
    storm.mishaps = killed.map(crash).into_iter().collect();
    let (sim, work) = run(&storm, Time::from_secs(HOUR), "leader killed");
    let leads = sim.nodes().find(|node| node.leads(sim.clock_of(node.id())));
    let leads = leads.map(|node| node.id());
    assert_eq!(leads == Some(leader), killed.is_none(), "{leads:?} leads");
    work.done.len()
}

/// With a robot less there are still twice the hands that it takes: what may be missing is what the death of the leader
/// itself costs.
#[test]
fn an_hour_brings_as_much_though_the_leader_is_killed() {
    for strategy in [Strategy::Distributed, Strategy::Hybrid, Strategy::Centralized] {
        for seed in 0..3 {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x1ead);
            let killed = Time::from_micros(random.random_range(60_000_000..HOUR * 1_000_000 * 9 / 10));
            let (whole, without) = (done(seed, strategy, None), done(seed, strategy, Some(killed)));
            println!(
                "{strategy:?}, seed {seed}: {whole} tasks in an hour, {without} if the leader dies at {killed:?}"
            );
            let percent = whole.abs_diff(without) as f64 * 100.0 / whole as f64;
            assert!(percent < 2.0, "{strategy:?}, seed {seed}: {percent} %");
        }
    }
}
