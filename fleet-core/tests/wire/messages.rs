//! Any message that there can be.

use std::time::Duration;

use fleet_core::message::{
    Activity, Answer, Award, Claim, Drain, Fellows, Forfeit, Heard, Heartbeat, Lot, Message, News, Refusal,
};
use fleet_core::urgency::{Standing, Urgency};
use fleet_core::{
    Abilities, Ability, Assurance, BatterySpec, Bid, Cost, Decline, Epoch, Load, NodeId, Place, Pose,
    Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Terms, UtcTime,
};
use proptest::array::uniform7;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::between::{between, order};
use crate::near::near;

pub(crate) fn task_id() -> impl Strategy<Value = TaskId> {
    any::<u128>().prop_map(TaskId::from_u128)
}

pub(crate) fn epoch() -> impl Strategy<Value = Epoch> {
    (any::<u32>(), any::<u32>(), any::<u128>()).prop_map(|(count, boot, issuer)| Epoch {
        count,
        boot,
        issuer: NodeId::from_u128(issuer),
    })
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![
        (-1e9..=1e9, -1e9..=1e9).prop_map(|(x, y)| Place::at(x, y)),
        any::<u32>().prop_map(Place::Site),
    ]
}

fn pose() -> impl Strategy<Value = Pose> {
    (place(), -4.0..4.0).prop_map(|(place, heading)| Pose::new(place, heading))
}

pub(crate) fn utc() -> impl Strategy<Value = UtcTime> {
    (-1_000_000_000_000_i64..1_000_000_000_000).prop_map(UtcTime::from_micros)
}

fn ability() -> impl Strategy<Value = Ability> {
    "[a-z0-9._-]{1,12}".prop_map(|name| Ability::new(&name).unwrap())
}

fn abilities() -> impl Strategy<Value = Abilities> {
    vec(ability(), 0..3).prop_map(|all| all.into_iter().collect())
}

fn load() -> impl Strategy<Value = Load> {
    vec(-1_000_000_i32..1_000_000, 0..4).prop_map(|amounts| {
        let amounts: Vec<f64> = amounts.into_iter().map(f64::from).collect();
        Load::new(&amounts).unwrap()
    })
}

fn stop() -> impl Strategy<Value = Stop> {
    (place(), 0..2_000_000_000_u64, load()).prop_map(|(place, service, load)| Stop {
        place,
        service: Duration::from_micros(service),
        load,
    })
}

pub(crate) fn task() -> impl Strategy<Value = Task> {
    let what = (task_id(), vec(stop(), 1..4), abilities(), vec(any::<u8>(), 0..20));
    let when = (
        option::of(utc()),
        option::of(utc()),
        option::of(utc()),
        (vec(task_id(), 0..3), vec(task_id(), 0..3)),
    );
    (what, when, 0..4_usize, any::<bool>()).prop_filter_map(
        "contradicts itself",
        |(what, when, priority, best)| {
            let mut spec = TaskSpec::new(what.0, what.1);
            (spec.needs, spec.note) = (what.2, what.3);
            (spec.release, spec.due, spec.deadline, (spec.after, spec.team)) = when;
            spec.priority = Priority::ALL[priority];
            spec.assurance = if best {
                Assurance::BestEffort
            } else {
                Assurance::Exclusive
            };
            Task::new(spec).ok()
        },
    )
}

fn standing() -> impl Strategy<Value = Standing> {
    (any::<f64>(), any::<f64>(), utc())
        .prop_map(|(urgency, weight, since)| Standing::new(Urgency::new(urgency), weight, since))
}

fn lot() -> impl Strategy<Value = Lot> {
    (any::<u32>(), task(), standing()).prop_map(|(number, task, standing)| Lot {
        number,
        task,
        standing,
    })
}

fn robot() -> impl Strategy<Value = Robot> {
    let battery =
        (1.0..1e9, 0.0..=1.0, 0.0..=1.0, 0.0..1e3).prop_map(|(capacity, level, reserve, per_metre)| {
            BatterySpec {
                capacity,
                level,
                reserve,
                per_metre,
                per_second: 1.5,
            }
        });
    (
        any::<u128>(),
        pose(),
        1e-3..1e4,
        abilities(),
        vec(0..1_000_u32, 0..4),
        option::of(battery),
    )
        .prop_map(|(id, pose, speed, abilities, capacity, battery)| {
            let mut spec = RobotSpec::new(RobotId::from_u128(id), pose);
            (spec.speed, spec.abilities, spec.battery) = (speed, abilities, battery);
            spec.capacity = capacity.into_iter().map(f64::from).collect();
            Robot::new(spec).unwrap()
        })
}

pub(crate) fn amount() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), -1e12..1e12]
}

fn bid() -> impl Strategy<Value = Bid> {
    uniform7(amount()).prop_map(|terms| Bid {
        terms: Terms {
            travel: terms[0],
            flowtime: terms[1],
            makespan: terms[2],
            tardiness: terms[3],
            energy: terms[4],
            unserved: terms[5],
            interruption: terms[6],
        },
    })
}

fn decline() -> impl Strategy<Value = Decline> {
    let plain = [
        Decline::NotTaking,
        Decline::Full,
        Decline::Unreachable,
        Decline::Load,
        Decline::Battery,
        Decline::Charging,
        Decline::Deadline,
        Decline::MoreUrgent,
        Decline::TooCostly,
        Decline::Dearer,
        Decline::NotGranted,
        Decline::Team,
    ];
    prop_oneof![
        ability().prop_map(Decline::Needs),
        prop::sample::select(plain.to_vec())
    ]
}

fn bids() -> impl Strategy<Value = Vec<(u32, Answer)>> {
    let answer = prop_oneof![bid().prop_map(Answer::Bid), decline().prop_map(Answer::Decline)];
    vec((any::<u32>(), answer), 0..4)
}

fn forfeit() -> impl Strategy<Value = Forfeit> {
    prop::sample::select(vec![
        Forfeit::LeaseLost,
        Forfeit::Displaced,
        Forfeit::Battery,
        Forfeit::Deadline,
        Forfeit::Unreachable,
        Forfeit::Forgotten,
        Forfeit::Application,
        Forfeit::Paused,
        Forfeit::Drained,
        Forfeit::Team,
    ])
}

pub(crate) fn news() -> impl Strategy<Value = News> {
    prop_oneof![
        Just(News::Started),
        any::<u32>().prop_map(News::Progress),
        forfeit().prop_map(News::Forfeited),
        ".{0,20}".prop_map(News::Failed),
        Just(News::Done),
    ]
}

fn heartbeat() -> impl Strategy<Value = Heartbeat> {
    let activity = prop::sample::select(vec![
        Activity::Idle,
        Activity::Travelling,
        Activity::Working,
        Activity::Charging,
    ]);
    let state = (pose(), option::of(any::<u16>()), activity, pose(), any::<u64>());
    let told = (
        any::<(u32, u32, u32)>(),
        state,
        vec(claim(), 0..3),
        vec((task_id(), epoch(), news()), 0..3),
        (
            vec((task_id(), order()), 0..3),
            (any::<u64>(), drain()),
            any::<bool>(),
        ),
    );
    told.prop_map(
        |(
            (ask, boot, edition),
            (pose, charge, activity, free, after),
            claims,
            news,
            (orders, drain, adrift),
        )| {
            Heartbeat {
                ask,
                boot,
                edition,
                pose,
                charge,
                activity,
                free: (free, Duration::from_micros(after)),
                claims,
                news,
                orders,
                drain,
                adrift,
            }
        },
    )
}

fn claim() -> impl Strategy<Value = Claim> {
    let how = (any::<bool>(), option::of(any::<u32>()), any::<bool>());
    (task_id(), epoch(), how).prop_map(|(task, epoch, (leased, stops_done, there))| Claim {
        task,
        epoch,
        leased,
        stops_done,
        there,
    })
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    prop_oneof![
        Just(Refusal::Later),
        Just(Refusal::Unknown),
        Just(Refusal::Ended),
        epoch().prop_map(Refusal::Stale),
        epoch().prop_map(Refusal::Taken),
    ]
}

pub(crate) fn drain() -> impl Strategy<Value = Option<Drain>> {
    prop::sample::select(vec![
        None,
        Some(Drain::Finish),
        Some(Drain::Reassign),
        Some(Drain::Cancel),
    ])
}

fn heard() -> impl Strategy<Value = Heard> {
    let told = (
        vec((task_id(), epoch(), refusal()), 0..3),
        vec((task_id(), epoch()), 0..3),
        vec((task_id(), order()), 0..3),
        (any::<u64>(), drain()),
    );
    let word = prop::sample::select(vec![Fellows::Missing, Fellows::Coming, Fellows::There]);
    let rest = (any::<(bool, bool)>(), vec((task_id(), word), 0..3));
    (any::<u32>(), any::<u32>(), told, any::<u32>(), rest).prop_map(
        |(boot, ask, (refused, noted, orders, drain), open_from, ((known, leads), fellows))| Heard {
            boot,
            ask,
            refused,
            noted,
            orders,
            drain,
            open_from,
            known,
            leads,
            fellows,
        },
    )
}

fn award() -> impl Strategy<Value = Award> {
    let limit = option::of((-1e12..1e12).prop_map(|cost| Cost::new(cost).unwrap()));
    (lot(), epoch(), any::<u32>(), limit, vec(any::<u32>(), 0..4)).prop_map(
        |(lot, epoch, boot, limit, rebid)| Award {
            lot,
            epoch,
            boot,
            limit,
            rebid,
        },
    )
}

fn refuse() -> impl Strategy<Value = Message> {
    (task_id(), epoch(), decline(), option::of(epoch()), bids()).prop_map(
        |(task, epoch, reason, known, bids)| Message::Refuse {
            task,
            epoch,
            reason,
            known,
            bids,
        },
    )
}

pub(crate) fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        (any::<u32>(), robot()).prop_map(|(boot, robot)| Message::Hello { boot, robot }),
        heartbeat().prop_map(Message::Heartbeat),
        heard().prop_map(Message::Heard),
        vec(lot(), 0..3).prop_map(Message::Announce),
        bids().prop_map(Message::Bids),
        award().prop_map(Message::Award),
        (task_id(), epoch(), any::<u32>(), bids()).prop_map(|(task, epoch, since, bids)| Message::Accept {
            task,
            epoch,
            since,
            bids
        }),
        refuse(),
        (task_id(), epoch(), news()).prop_map(|(task, epoch, news)| Message::Report { task, epoch, news }),
        (task_id(), epoch()).prop_map(|(task, epoch)| Message::Noted { task, epoch }),
        (task_id(), epoch()).prop_map(|(task, epoch)| Message::Cancel { task, epoch }),
        vec((task_id(), epoch()), 0..4).prop_map(Message::Release),
        (any::<u32>(), between()).prop_map(|(edition, between)| Message::Witness(edition, between)),
        near(),
    ]
}
