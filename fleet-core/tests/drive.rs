//! A node with a journal: nothing is said before it is durable, and a node whose journal fails falls silent.

use fleet_core::drive::{Driver, JournalFailure};
use fleet_core::journal::{Journal, MemoryStorage};
use fleet_core::transport::{MemoryNetwork, MemoryTransport};
use fleet_core::travel::Euclidean;
use fleet_core::{Config, Event, Node, NodeId, Place, Stop, Task, TaskId, TaskSpec, Time};

const WITNESSES: [NodeId; 3] = [NodeId::from_u128(1), NodeId::from_u128(2), NodeId::from_u128(3)];

type Witness = Driver<MemoryTransport, MemoryStorage>;

fn config() -> Config {
    let mut config = Config::new(WITNESSES[0]);
    config.witnesses = WITNESSES.to_vec();
    config
}

fn open(id: NodeId, storage: MemoryStorage, network: &MemoryNetwork) -> Witness {
    let (journal, kept) = Journal::open(storage).unwrap();
    let node = Node::coordinator(config(), id, kept.boot).unwrap();
    let node = node.with_memory(kept.entries).unwrap();
    Driver::with_journal(node, network.join(id), journal)
}

fn task(k: u128) -> Task {
    let stop = Stop::at(Place::at(1.0, 0.0));
    Task::new(TaskSpec::new(TaskId::from_u128(k), vec![stop])).unwrap()
}

fn at(tick: u64) -> Time {
    Time::from_micros(tick * 50_000)
}

fn run(witnesses: &mut [Witness], ticks: std::ops::Range<u64>) {
    for tick in ticks {
        witnesses
            .iter_mut()
            .for_each(|witness| witness.step(at(tick), &mut Euclidean));
    }
}

fn accepted(witness: &mut Witness) -> Vec<TaskId> {
    let mut accepted = Vec::new();
    while let Some(event) = witness.next_event() {
        if let Event::Accepted(task) = event {
            accepted.push(task);
        }
    }
    accepted
}

#[test]
fn a_task_is_acknowledged_when_a_majority_has_it_on_disk_and_survives_a_restart_of_all() {
    let network = MemoryNetwork::new();
    let mut witnesses: Vec<Witness> = WITNESSES
        .map(|id| open(id, MemoryStorage::new(), &network))
        .into();
    run(&mut witnesses, 0..5);
    witnesses[0]
        .node_mut()
        .submit(at(5), task(7), &mut Euclidean)
        .unwrap();
    assert_eq!(accepted(&mut witnesses[0]), [], "it alone is no majority");
    run(&mut witnesses, 5..8);
    assert_eq!(accepted(&mut witnesses[0]), [TaskId::from_u128(7)]);

    // The power fails; what is not durable is gone.
    let network = MemoryNetwork::new();
    let reopen = |witness: Witness| {
        let id = witness.node().id();
        let mut storage = witness.into_journal().unwrap().into_storage();
        storage.crash(0);
        open(id, storage, &network)
    };
    let witnesses: Vec<Witness> = witnesses.into_iter().map(reopen).collect();
    let known = |witness: &&Witness| witness.node().record(TaskId::from_u128(7)).is_some();
    assert!(witnesses.iter().filter(known).count() >= 2);
}

#[test]
fn a_node_whose_journal_fails_says_nothing_until_it_can_write_again() {
    let network = MemoryNetwork::new();
    let mut witnesses: Vec<Witness> = WITNESSES
        .map(|id| open(id, MemoryStorage::new(), &network))
        .into();
    run(&mut witnesses, 0..5);
    for witness in &mut witnesses[..2] {
        let storage = witness.journal_mut().unwrap().storage_mut();
        storage.set_capacity(Some(storage.written().len()));
    }
    witnesses[0]
        .node_mut()
        .submit(at(5), task(7), &mut Euclidean)
        .unwrap();
    run(&mut witnesses, 5..100);
    assert_eq!(accepted(&mut witnesses[0]), [], "it could not write it down");
    let failure = witnesses[0].journal_failure();
    assert!(
        matches!(
            failure,
            Some(JournalFailure::Sync(_) | JournalFailure::Compact(_))
        ),
        "{failure:?}"
    );
    assert!(witnesses[0].silenced() > 0);
    assert!(
        witnesses[2].node().record(TaskId::from_u128(7)).is_none(),
        "nobody heard of it"
    );

    for witness in &mut witnesses[..2] {
        witness.journal_mut().unwrap().storage_mut().set_capacity(None);
    }
    run(&mut witnesses, 100..200);
    assert!(witnesses[0].journal_failure().is_none());
    assert_eq!(accepted(&mut witnesses[0]), [TaskId::from_u128(7)]);
    assert!(witnesses[0].node().leads(at(200)));
}
