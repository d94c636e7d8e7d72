//! Bad, but not hopeless: work gets done while half of all frames are lost, and after a total partition.

use std::collections::BTreeSet;
use std::time::Duration;

use fleet_core::ledger::Phase;
use fleet_core::output::StopReason;
use fleet_core::sim::{
    Arrivals, Breakdown, Direction, Fingerprint, Happening, Observer, Partition, Setup, Sim,
};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Assurance, Config, Event, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time,
};

const COORDINATOR: NodeId = NodeId::from_u128(1000);

fn robot(k: u128) -> Robot {
    Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(0.0, 0.0))).unwrap()
}

/// A task of half a minute: a way of ten metres, and twenty seconds of work.
fn task(k: u128) -> TaskSpec {
    let stop = Stop::at(Place::at(10.0, 0.0)).lasting(Duration::from_secs(20));
    TaskSpec::new(TaskId::from_u128(k), vec![stop])
}

fn fleet(robots: u128, tasks: Vec<TaskSpec>) -> Setup {
    let tasks = tasks
        .into_iter()
        .map(|spec| (Duration::ZERO, Task::new(spec).unwrap()));
    Setup::new(
        Config::new(COORDINATOR),
        Box::new(Euclidean),
        (1..=robots).map(robot).collect(),
        Arrivals::Timed(tasks.collect()),
    )
}

fn cut_off(robots: u128, from: u64, until: u64) -> Partition {
    let nodes: BTreeSet<_> = (1..=robots).map(|k| RobotId::from_u128(k).node()).collect();
    Partition {
        from: Time::from_secs(from),
        until: Time::from_secs(until),
        nodes,
        direction: Direction::Both,
    }
}

/// Counts what matters here.
#[derive(Default)]
struct Count {
    frames: u32,
    lost: Vec<Time>,
    done: Vec<Time>,
    stops: u32,
    started: u32,
}

impl Observer for Count {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Sent { .. } => self.frames += 1,
            Happening::Event { event, .. } => match event {
                Event::RobotLost(_) => self.lost.push(now),
                Event::Task {
                    phase: Phase::Done, ..
                } => self.done.push(now),
                Event::Stop {
                    why: StopReason::Lost(_),
                    ..
                } => self.stops += 1,
                Event::Start { .. } => self.started += 1,
                _ => {}
            },
            _ => {}
        }
    }
}

fn run(setup: Setup, until: u64) -> Count {
    let mut count = Count::default();
    let mut sim = Sim::new(setup).unwrap();
    sim.run(Time::from_secs(until), &mut count);
    count
}

#[test]
fn half_of_all_frames_lost_delays_the_work_and_does_not_stop_it() {
    for seed in 0..20 {
        let mut setup = fleet(3, (1..=9).map(task).collect());
        (setup.faults.loss, setup.seed) = (0.5, seed);
        // Without loss it takes some 90 s.
        let count = run(setup, 360);
        assert_eq!(count.done.len(), 9, "seed {seed}");
    }
}

#[test]
fn robots_with_equal_prices_agree_at_once() {
    for robots in [2, 5] {
        let count = run(fleet(robots, vec![task(1)]), 10);
        assert_eq!(count.started, 1);
        let heartbeats = 11 * 2 * robots as u32;
        assert!(
            count.frames <= heartbeats + 4 * robots as u32,
            "{} frames",
            count.frames
        );
    }
}

#[test]
fn exclusive_work_stops_in_a_total_partition_and_goes_on_when_it_heals() {
    let mut setup = fleet(2, Vec::new());
    // Both robots have joined by then, and each is at work.
    let mut other = task(2);
    other.stops[0].place = Place::at(-10.0, 0.0);
    let timed = |spec| (Duration::from_secs(1), Task::new(spec).unwrap());
    setup.arrivals = Arrivals::Timed(vec![timed(task(1)), timed(other)]);
    setup.partitions = vec![cut_off(2, 5, 60)];
    let count = run(setup, 200);
    assert_eq!((count.stops, count.lost.len()), (2, 2));
    assert_eq!(count.done.len(), 2);
    assert!(count.done.iter().all(|at| *at > Time::from_secs(60)));
}

#[test]
fn best_effort_work_goes_on_in_a_total_partition() {
    let mut spec = task(1);
    spec.assurance = Assurance::BestEffort;
    let mut setup = fleet(1, vec![spec]);
    setup.partitions = vec![cut_off(1, 5, 60)];
    let count = run(setup, 200);
    assert_eq!((count.stops, count.started), (0, 1));
    // It was done after half a minute; that is told as soon as the sides meet again.
    assert!(count.done[0] < Time::from_secs(62), "{:?}", count.done);
}

#[test]
fn the_tasks_of_a_robot_that_breaks_down_are_done_by_another_after_its_lease() {
    let mut setup = fleet(2, vec![task(1), task(2)]);
    setup.breakdowns = vec![Breakdown {
        robot: RobotId::from_u128(1),
        at: Time::from_secs(10),
        repair: None,
    }];
    let count = run(setup, 200);
    assert_eq!(count.done.len(), 2);
    let guard = Config::new(COORDINATOR).lease.guard();
    assert!(count.lost[0] <= Time::from_secs(10) + guard, "{:?}", count.lost);
}

#[test]
fn faults_are_part_of_the_trace() {
    let print = |loss: f64| {
        let mut setup = fleet(2, vec![task(1)]);
        setup.faults.loss = loss;
        let mut fingerprint = Fingerprint::new();
        Sim::new(setup)
            .unwrap()
            .run(Time::from_secs(60), &mut fingerprint);
        fingerprint
    };
    assert_ne!(print(0.0), print(0.3));
}
