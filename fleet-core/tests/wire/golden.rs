//! The bytes of one message of each kind. They are never changed, only added to: a node of an earlier release must
//! read what a later one writes.

use std::time::Duration;

use fleet_core::message::{Activity, Answer, Award, Forfeit, Heard, Heartbeat, Lot, Message, News};
use fleet_core::urgency::{Standing, Urgency};
use fleet_core::wire::{decode, encode};
use fleet_core::{
    Ability, BatterySpec, Bid, Cost, Decline, Epoch, Load, NodeId, Place, Pose, Robot, RobotId, RobotSpec,
    Stop, Task, TaskId, TaskSpec, Terms, UtcTime,
};

const TASK: TaskId = TaskId::from_u128(0x0102);
const EPOCH: Epoch = Epoch {
    count: 3,
    boot: 2,
    issuer: NodeId::from_u128(9),
};

fn here() -> Pose {
    Pose::new(Place::at(1.5, -2.0), 0.5)
}

fn lot() -> Lot {
    let stops = vec![
        Stop::at(Place::at(1.0, 2.0)).lasting(Duration::from_millis(2_500)),
        Stop::at(Place::Site(300)).loading(Load::new(&[1.5]).unwrap()),
    ];
    let mut spec = TaskSpec::new(TASK, stops);
    spec.due = Some(UtcTime::from_secs(-1));
    spec.needs = [Ability::new("lift").unwrap()].into();
    spec.after = vec![TaskId::from_u128(7)];
    spec.note = vec![0xab];
    Lot {
        number: 300,
        task: Task::new(spec).unwrap(),
        standing: Standing::new(Urgency::new(4.0), 2.0, UtcTime::from_micros(5)),
    }
}

fn robot() -> Robot {
    let mut spec = RobotSpec::new(RobotId::from_u128(5), here());
    spec.abilities = [Ability::new("lift").unwrap()].into();
    spec.capacity = vec![20.0];
    spec.battery = Some(BatterySpec {
        capacity: 1e6,
        level: 0.5,
        reserve: 0.25,
        per_metre: 40.0,
        per_second: 2.0,
    });
    Robot::new(spec).unwrap()
}

fn bids() -> Vec<(u32, Answer)> {
    let terms = Terms {
        travel: 1.0,
        tardiness: 0.5,
        ..Terms::default()
    };
    vec![
        (1, Answer::Bid(Bid { terms })),
        (200, Answer::Decline(Decline::Needs(Ability::new("a").unwrap()))),
        (3, Answer::Decline(Decline::Dearer)),
    ]
}

fn messages() -> Vec<Message> {
    let heartbeat = Heartbeat {
        ask: 4,
        boot: 1,
        pose: here(),
        charge: Some(65_535),
        activity: Activity::Working,
        free: (here(), Duration::from_secs(9)),
        held: vec![(TASK, EPOCH, Some(2)), (TASK, EPOCH, None)],
        news: vec![
            (TASK, EPOCH, News::Done),
            (TASK, EPOCH, News::Failed("no".into())),
            (TASK, EPOCH, News::Forfeited(Forfeit::Application)),
        ],
    };
    let heard = Heard {
        boot: 1,
        ask: 4,
        revoked: vec![(TASK, EPOCH)],
        noted: vec![(TASK, EPOCH)],
        open_from: 17,
        known: true,
    };
    let award = Award {
        lot: lot(),
        epoch: EPOCH,
        boot: 1,
        ask: 4,
        limit: Cost::new(12.5),
        rebid: vec![301, 302],
    };
    let (task, epoch) = (TASK, EPOCH);
    vec![
        Message::Hello {
            boot: 1,
            robot: robot(),
        },
        Message::Heartbeat(heartbeat),
        Message::Heard(heard),
        Message::Announce(vec![lot()]),
        Message::Bids(bids()),
        Message::Award(award),
        Message::Accept {
            task,
            epoch,
            since: 5,
            bids: bids(),
        },
        Message::Refuse {
            task,
            epoch,
            reason: Decline::Charging,
            bids: bids(),
        },
        Message::Report {
            task,
            epoch,
            news: News::Progress(1),
        },
        Message::Noted { task, epoch },
        Message::Cancel { task, epoch },
    ]
}

/// Each message and its bytes.
pub(crate) fn frames() -> Vec<(Message, Vec<u8>)> {
    let bytes = GOLDEN.iter().map(|hex| {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect()
    });
    messages().into_iter().zip(bytes).collect()
}

#[test]
fn every_message_has_the_bytes_that_it_always_had() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(GOLDEN.len(), fleet_core::message::KINDS.len());
    for (message, bytes) in frames() {
        assert_eq!(hex(&encode(&message)), hex(&bytes), "{message:?}");
        assert_eq!(decode(&bytes, bytes.len()), Ok(message));
    }
}

/// Two hexadecimal digits a byte; the kinds in their order.
const GOLDEN: &[&str] = &[
    // hello
    "010001100000000000000000000000000000000500000000000000f83f00000000000000c0000000000000e03f0000000000 \
     00f03f01046c696674010000000000003440010000000080842e41000000000000e03f000000000000d03f00000000000044 \
     400000000000000040",
    // heartbeat
    "0101040100000000000000f83f00000000000000c0000000000000e03f01ffff030200000000000000f83f00000000000000 \
     c0000000000000e03f0900021000000000000000000000000000000102030210000000000000000000000000000000090102 \
     1000000000000000000000000000000102030210000000000000000000000000000000090003100000000000000000000000 \
     0000000102030210000000000000000000000000000000090410000000000000000000000000000001020302100000000000 \
     000000000000000000000903026e6f1000000000000000000000000000000102030210000000000000000000000000000000 \
     090206",
    // heard
    "0102010401100000000000000000000000000000010203021000000000000000000000000000000009011000000000000000 \
     000000000000000102030210000000000000000000000000000000091101",
    // announce
    "010301ac0210000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac02 \
     000001000000000000f83f0001ff887a000101046c6966740110000000000000000000000000000000070001ab0000000000 \
     00104000000000000000400a",
    // bids
    "01040301000902000000000000f03f000000000000e03fc8010100016103010a",
    // award
    "0105ac0210000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac0200 \
     0001000000000000f83f0001ff887a000101046c6966740110000000000000000000000000000000070001ab000000000000 \
     104000000000000000400a03021000000000000000000000000000000009010401000000000000294002ad02ae02",
    // accept
    "0106100000000000000000000000000000010203021000000000000000000000000000000009050301000902000000000000 \
     f03f000000000000e03fc8010100016103010a",
    // refuse
    "0107100000000000000000000000000000010203021000000000000000000000000000000009060301000902000000000000 \
     f03f000000000000e03fc8010100016103010a",
    // report
    "01081000000000000000000000000000000102030210000000000000000000000000000000090101",
    // noted
    "0109100000000000000000000000000000010203021000000000000000000000000000000009",
    // cancel
    "010a100000000000000000000000000000010203021000000000000000000000000000000009",
];
