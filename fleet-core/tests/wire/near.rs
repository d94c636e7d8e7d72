//! Any message to those who are near.

use std::sync::Arc;
use std::time::Duration;

use fleet_core::bundle::{BundleBid, BundleNews};
use fleet_core::message::{Beacon, Cells, Compare, Message, Posting, Sign};
use fleet_core::{Cost, Place, Regime, RobotId, Strategy as Decider};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::between::{node, order, robot, scope, state};
use crate::messages::{amount, epoch, task, task_id, utc};

fn life() -> impl Strategy<Value = (RobotId, u32, u32)> {
    (robot(), any::<u32>(), any::<u32>())
}

fn sign() -> impl Strategy<Value = Sign> {
    let near = option::of(vec(node(), 0..4));
    (
        any::<u32>(),
        any::<u32>(),
        any::<(u64, u64)>(),
        any::<u64>(),
        near,
        vec(life(), 0..3),
    )
        .prop_map(|(boot, number, digests, reach, near, others)| Sign {
            boot,
            number,
            digests,
            reach,
            near,
            others,
        })
}

fn regime() -> impl Strategy<Value = Regime> {
    let strategies = prop_oneof![
        Just(Decider::Centralized),
        Just(Decider::Distributed),
        Just(Decider::Hybrid)
    ];
    (any::<u64>(), strategies).prop_map(|(number, strategy)| Regime { number, strategy })
}

fn bid() -> impl Strategy<Value = BundleBid> {
    (task_id(), amount()).prop_map(|(task, cost)| BundleBid {
        task,
        cost: Cost::new(cost).unwrap(),
    })
}

fn bundle_news() -> impl Strategy<Value = BundleNews> {
    let claims = option::of(vec(task_id(), 0..4));
    let behind = (any::<u32>(), vec(bid(), 0..4), any::<bool>());
    (life(), any::<u32>(), claims, behind).prop_map(
        |((robot, boot, version), base, claims, (keep, bids, cut))| BundleNews {
            robot,
            boot,
            version,
            base,
            claims,
            keep,
            bids,
            cut,
        },
    )
}

fn posting() -> impl Strategy<Value = Posting> {
    let content = option::of((task().prop_map(Arc::new), utc()));
    let flags = (any::<bool>(), any::<bool>());
    (task_id(), content, (state(), order()), flags, epoch()).prop_map(
        |(task, content, (state, order), (ready, begun), lapsed)| Posting {
            task,
            content,
            state,
            order,
            ready,
            lapsed,
            begun,
        },
    )
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        any::<u32>().prop_map(Place::Site),
        (amount(), amount()).prop_map(|(x, y)| Place::at(x, y)),
    ]
}

fn beacon() -> impl Strategy<Value = Beacon> {
    let lists = (vec(robot(), 0..4), any::<u32>(), vec(task_id(), 0..4));
    (life(), place(), amount(), lists).prop_map(
        |((leader, boot, number), place, price, (members, size, passes))| Beacon {
            leader,
            boot,
            number,
            place,
            price: Cost::new(price).unwrap(),
            members,
            size,
            passes,
        },
    )
}

fn cells() -> impl Strategy<Value = Cells> {
    let body = option::of((
        place(),
        any::<u32>().prop_map(|span| Duration::from_millis(span.into())),
    ));
    (body, option::of(robot()), vec(beacon(), 0..3)).prop_map(|(robot, follows, beacons)| Cells {
        robot,
        follows,
        beacons,
    })
}

pub(crate) fn near() -> impl Strategy<Value = Message> {
    prop_oneof![
        sign().prop_map(Message::Sign),
        vec(bundle_news(), 0..3).prop_map(Message::Bundles),
        (vec(posting(), 0..3), option::of(scope()))
            .prop_map(|(tasks, scope)| Message::Tasks { tasks, scope }),
        vec(life(), 0..4).prop_map(|lives| Message::Compare(Compare::Bundles(lives))),
        vec((scope(), any::<u64>()), 0..4).prop_map(|sums| Message::Compare(Compare::Tasks(sums))),
        vec(task_id(), 0..4).prop_map(|tasks| Message::Compare(Compare::Content(tasks))),
        Just(Message::Compare(Compare::Near)),
        vec(life(), 0..4).prop_map(|lives| Message::Compare(Compare::Missed(lives))),
        regime().prop_map(Message::Regime),
        cells().prop_map(Message::Cells),
        (vec(task_id(), 0..4), any::<bool>()).prop_map(|(tasks, idle)| Message::Advice { tasks, idle }),
    ]
}
