//! Any message of one witness to another, and any entry of its journal.

use std::sync::Arc;

use fleet_core::ledger::{Entry, Order, Phase, TaskRecord, TaskState};
use fleet_core::message::{Between, Digest, Scope};
use fleet_core::{NodeId, RobotId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::messages::{drain, epoch, refusal, task, task_id, utc};

pub(crate) fn node() -> impl Strategy<Value = NodeId> {
    any::<u128>().prop_map(NodeId::from_u128)
}

pub(crate) fn robot() -> impl Strategy<Value = RobotId> {
    any::<u128>().prop_map(RobotId::from_u128)
}

pub(crate) fn order() -> impl Strategy<Value = Order> {
    (any::<bool>(), any::<u64>(), option::of(node()), any::<bool>()).prop_map(
        |(cancelled, number, by, paused)| Order {
            cancelled,
            number,
            by,
            paused,
        },
    )
}

fn phase() -> impl Strategy<Value = Phase> {
    prop_oneof![
        Just(Phase::Submitted),
        Just(Phase::Held),
        any::<u32>().prop_map(Phase::Running),
        Just(Phase::Open),
        ".{0,20}".prop_map(Phase::Failed),
        Just(Phase::Cancelled),
        Just(Phase::Done),
    ]
}

pub(crate) fn state() -> impl Strategy<Value = TaskState> {
    (any::<bool>(), epoch(), phase(), any::<u32>(), option::of(robot())).prop_map(
        |(settled, epoch, phase, failures, robot)| TaskState {
            settled,
            epoch,
            phase,
            failures,
            robot,
        },
    )
}

fn record() -> impl Strategy<Value = TaskRecord> {
    (task(), utc(), state(), order()).prop_map(|(task, submitted, state, order)| TaskRecord {
        task: Arc::new(task),
        submitted,
        state,
        order,
    })
}

pub(crate) fn scope() -> impl Strategy<Value = Scope> {
    (any::<u8>(), any::<u64>()).prop_map(|(depth, prefix)| Scope { depth, prefix })
}

fn digest() -> impl Strategy<Value = Digest> {
    let echo = (any::<u32>(), any::<u32>());
    let sums = vec((scope(), any::<u64>()), 0..20);
    let ended = (any::<u32>(), any::<u64>());
    (any::<u32>(), any::<u32>(), echo, any::<bool>(), ended, sums).prop_map(
        |(boot, number, echo, ready, ended, sums)| Digest {
            boot,
            number,
            echo,
            ready,
            ended,
            sums,
        },
    )
}

fn records() -> impl Strategy<Value = Between> {
    (vec(record(), 0..3), option::of(scope()), any::<bool>())
        .prop_map(|(records, scope, echo)| Between::Records { records, scope, echo })
}

fn memory() -> impl Strategy<Value = Between> {
    let told = (vec((record(), epoch()), 0..3), vec((task_id(), state()), 0..3));
    let flags = (any::<bool>(), any::<bool>());
    (any::<u32>(), option::of(task_id()), told, flags).prop_map(
        |(boot, after, (records, ended), (more, ready))| Between::Memory {
            boot,
            after,
            records,
            ended,
            more,
            ready,
        },
    )
}

pub(crate) fn between() -> impl Strategy<Value = Between> {
    let promise = prop_oneof![option::of(state()).prop_map(Ok), refusal().prop_map(Err)];
    prop_oneof![
        digest().prop_map(Between::Digest),
        records(),
        vec(task_id(), 0..4).prop_map(Between::Ask),
        vec((task_id(), state()), 0..3).prop_map(Between::Ended),
        (task_id(), epoch(), any::<bool>()).prop_map(|(task, epoch, end)| Between::Prepare {
            task,
            epoch,
            end
        }),
        (task_id(), epoch(), promise).prop_map(|(task, epoch, promise)| Between::Prepared {
            task,
            epoch,
            promise
        }),
        vec((robot(), any::<u64>(), drain()), 0..4).prop_map(Between::Drains),
        (any::<u32>(), option::of(task_id())).prop_map(|(boot, after)| Between::Recover { boot, after }),
        memory(),
        (any::<u32>(), any::<u32>()).prop_map(|(boot, from)| Between::Since { boot, from }),
        (any::<u32>(), any::<u32>(), vec(task_id(), 0..4)).prop_map(|(boot, from, tasks)| Between::Settled {
            boot,
            from,
            tasks
        }),
    ]
}

pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        record().prop_map(Entry::Record),
        (task_id(), state(), order()).prop_map(|(task, state, order)| Entry::State { task, state, order }),
        (task_id(), epoch(), node(), any::<bool>()).prop_map(|(task, epoch, to, lease)| Entry::Promise {
            task,
            epoch,
            to,
            lease
        }),
        (task_id(), state()).prop_map(|(task, state)| Entry::Buried { task, state }),
        task_id().prop_map(Entry::Forgotten),
        (robot(), drain(), any::<u64>()).prop_map(|(robot, drain, number)| Entry::Drain {
            robot,
            drain,
            number
        }),
        Just(Entry::Lost),
        Just(Entry::Regained),
    ]
}
