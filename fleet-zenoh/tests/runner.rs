//! Nodes on threads of their own, over real sessions.

mod loopback;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_core::drive::Driver;
use fleet_core::journal::{FileStorage, Journal, MemoryStorage};
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Report, Robot, RobotId, RobotSpec};
use fleet_core::{Stop, Task, TaskId, TaskSpec};
use fleet_zenoh::{
    AskError, FleetId, PostError, Runner, Seat, StopError, Turn, ZenohSettings, ZenohTransport, monotonic,
};
use loopback::{LONG, connected, listening, new_fleet, until};
use tokio::runtime::{Builder, Runtime};
use zenoh::Session;

const CHIEF: NodeId = NodeId::from_u128(100);

fn task(k: u128) -> Task {
    let stop = Stop::at(Place::at(k as f64, 0.0));
    Task::new(TaskSpec::new(TaskId::from_u128(k), vec![stop])).unwrap()
}

fn config() -> Config {
    let mut config = Config::new(CHIEF);
    config.heartbeat = Duration::from_millis(200);
    config
}

/// The coordinator, and what it is told.
fn coordinator(session: &Session, fleet: &FleetId) -> (Runner<ZenohTransport>, Receiver<Event>) {
    let transport = ZenohTransport::join(session, Seat::node(fleet.clone(), CHIEF)).unwrap();
    let driver = Driver::new(Node::coordinator(config(), CHIEF, 1).unwrap(), transport);
    let (tell, told) = channel();
    let runner = Runner::spawn(driver, Euclidean, monotonic(), move |event, _| {
        // A test that has seen enough does not listen any more.
        let _ = tell.send(event);
    });
    (runner.unwrap(), told)
}

/// A coordinator that is alone with itself.
fn lone() -> (Runner<ZenohTransport>, Session) {
    let (session, _) = listening(&[]);
    (coordinator(&session, &new_fleet()).0, session)
}

/// Does in no time what its robot is told, and counts what it did.
fn body(event: Event, turn: &mut Turn<'_>, done: &Mutex<BTreeMap<TaskId, u32>>) {
    let Event::Start { task, .. } = event else { return };
    for report in [Report::Begun, Report::StopDone] {
        turn.node
            .report(turn.now, task.id(), report, turn.travel)
            .unwrap();
    }
    *done.lock().unwrap().entry(task.id()).or_default() += 1;
}

#[test]
fn a_coordinator_and_three_robots_finish_ten_tasks() {
    let ((center, endpoint), fleet) = (listening(&[]), new_fleet());
    let (chief, told) = coordinator(&center, &fleet);
    let done = Arc::new(Mutex::new(BTreeMap::new()));
    let robots: Vec<_> = (1..=3)
        .map(|k| {
            let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0))).unwrap();
            let session = connected(&endpoint);
            let seat = Seat::robot(fleet.clone(), robot.id());
            let transport = ZenohTransport::join(&session, seat).unwrap();
            let driver = Driver::new(Node::robot(config(), robot, 1).unwrap(), transport);
            let done = done.clone();
            let act = move |event, turn: &mut Turn<'_>| body(event, turn, &done);
            Runner::spawn(driver, Euclidean, monotonic(), act).unwrap()
        })
        .collect();
    for k in 1..=10 {
        let submitted = chief
            .handle()
            .ask(move |turn| turn.node.submit(turn.now, task(k), turn.travel));
        submitted.wait(LONG).unwrap().unwrap();
    }
    let mut ended = 0;
    while ended < 10 {
        if let Event::Task { phase, .. } = told.recv_timeout(LONG).expect("a task ends") {
            ended += usize::from(phase.is_terminal());
        }
    }
    let expected: BTreeMap<_, _> = (1..=10).map(|k| (TaskId::from_u128(k), 1)).collect();
    assert_eq!(*done.lock().unwrap(), expected);
    for runner in robots {
        runner.stop(LONG).unwrap();
    }
    let driver = chief.into_driver(LONG).unwrap();
    assert_eq!((driver.refused(), driver.node().dropped()), (0, 0));
    assert_eq!(driver.transport().counts().nameless, 0);
}

#[test]
fn a_journal_on_disk_is_there_for_the_next_life() {
    let ((session, _), fleet) = (listening(&[]), new_fleet());
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.journal", std::process::id()));
    let open = || {
        let (journal, kept) = Journal::open(FileStorage::open(&path).unwrap()).unwrap();
        let node = Node::coordinator(config(), CHIEF, kept.boot).unwrap();
        let node = node.with_memory(kept.entries).unwrap();
        let transport = ZenohTransport::join(&session, Seat::node(fleet.clone(), CHIEF)).unwrap();
        let driver = Driver::with_journal(node, transport, journal);
        Runner::spawn(driver, Euclidean, monotonic(), |_, _| ()).unwrap()
    };
    let runner = open();
    let post = |k| {
        runner
            .handle()
            .post(move |turn| drop(turn.node.submit(turn.now, task(k), turn.travel)))
    };
    (1..=5).try_for_each(post).unwrap();
    // What was commanded before the end is done.
    runner.stop(LONG).unwrap();
    let runner = open();
    let records = runner.handle().ask(|turn| turn.node.records().count());
    assert_eq!(records.wait(LONG), Ok(5));
    drop(runner);
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_stop_is_bounded_even_if_a_command_hangs() {
    let (runner, _session) = lone();
    let (handle, (release, hang)) = (runner.handle(), channel::<()>());
    let (began, begun) = channel();
    handle
        .post(move |_| {
            began.send(()).unwrap();
            let _ = hang.recv();
        })
        .unwrap();
    begun.recv_timeout(LONG).unwrap();
    // Meanwhile no more waits than may wait.
    let full = (0..100_000).find_map(|_| handle.post(|_| ()).err());
    assert_eq!(full, Some(PostError::Full));
    assert_eq!(handle.ask(|_| ()).wait(LONG), Err(AskError::Full));
    let short = Duration::from_millis(10);
    assert_eq!(runner.stop(short), Err(StopError::Busy(short)));
    assert!(handle.is_stopped());
    assert_eq!(handle.post(|_| ()), Err(PostError::Stopped));
    drop(release);
}

#[test]
fn who_asks_a_node_that_stops_is_told() {
    let (runner, _session) = lone();
    let (handle, (release, hang)) = (runner.handle(), channel::<()>());
    handle
        .post(move |_| {
            let _ = hang.recv();
        })
        .unwrap();
    let late = handle.ask(|_| ()).wait(Duration::from_millis(10));
    assert_eq!(late, Err(AskError::Late));
    handle.post(|_| panic!("on purpose")).unwrap();
    let never = handle.ask(|_| ());
    drop(release);
    assert_eq!(never.wait(LONG), Err(AskError::Stopped));
    until("it is stopped", || handle.is_stopped());
    assert_eq!(handle.ask(|_| ()).wait(LONG), Err(AskError::Stopped));
    assert_eq!(runner.stop(LONG), Err(StopError::Panicked("on purpose".into())));
}

#[test]
fn dropping_the_runner_stops_the_node_and_frees_its_seat() {
    let ((session, _), fleet) = (listening(&[]), new_fleet());
    let (runner, told) = coordinator(&session, &fleet);
    let mut other = ZenohTransport::join(&session, Seat::node(fleet, NodeId::from_u128(1))).unwrap();
    let chief = fleet_core::transport::Destination::Node(CHIEF);
    until("it is heard", || other.is_heard(chief));
    drop(runner);
    assert!(told.recv_timeout(LONG).is_err(), "the handler is gone");
    until("it is gone", || !other.is_heard(chief));
}

#[test]
fn an_event_handler_may_own_its_runner() {
    let (session, _) = listening(&[]);
    let config = Config::new(CHIEF);
    let transport = ZenohTransport::join(&session, Seat::node(new_fleet(), CHIEF)).unwrap();
    let driver = Driver::new(Node::coordinator(config, CHIEF, 1).unwrap(), transport);
    let slot: Arc<Mutex<Option<Runner<ZenohTransport, MemoryStorage>>>> = Arc::default();
    let own = slot.clone();
    let stop = move |event, _: &mut Turn<'_>| {
        if let Event::Accepted(_) = event {
            drop(own.lock().unwrap().take());
        }
    };
    let runner = Runner::spawn(driver, Euclidean, monotonic(), stop).unwrap();
    let handle = runner.handle();
    *slot.lock().unwrap() = Some(runner);
    handle
        .post(|turn| drop(turn.node.submit(turn.now, task(1), turn.travel)))
        .unwrap();
    until("it has stopped itself", || handle.is_stopped());
}

/// In the application's own runtime: one or several threads.
fn within(runtime: &Runtime) {
    let session = runtime.block_on(async {
        let session = ZenohSettings::default().open().unwrap();
        let (runner, _told) = coordinator(&session, &new_fleet());
        let handle = runner.handle();
        let submitted = handle
            .ask(|turn| turn.node.submit(turn.now, task(1), turn.travel))
            .await;
        assert_eq!(submitted, Ok(Ok(())));
        let records = handle.ask(|turn| turn.node.records().count()).await;
        assert_eq!(records, Ok(1));
        runner.stop(LONG).unwrap();
        assert_eq!(handle.ask(|_| ()).await, Err(AskError::Stopped));
        session
    });
    drop(session); // not within: Zenoh would panic
}

#[test]
fn it_runs_within_a_runtime_of_several_threads() {
    within(&Builder::new_multi_thread().worker_threads(2).build().unwrap());
}

#[test]
fn it_runs_within_a_runtime_of_one_thread() {
    within(&Builder::new_current_thread().build().unwrap());
}
