//! The bytes of one message of each kind. They are never changed, only added to: a node of an earlier release must
//! read what a later one writes.

use std::sync::Arc;
use std::time::Duration;

use fleet_core::bundle::{BundleBid, BundleNews};
use fleet_core::ledger::{Order, Phase, TaskRecord, TaskState};
use fleet_core::message::{
    Activity, Answer, Award, Beacon, Between, Cells, Claim, Compare, Digest, Drain, Fellows, Forfeit, Heard,
    Heartbeat, Lot, Message, News, Posting, Refusal, Scope, Sign,
};
use fleet_core::urgency::{Standing, Urgency};
use fleet_core::wire::{decode, encode};
use fleet_core::{
    Ability, BatterySpec, Bid, Cost, Decline, Epoch, Load, NodeId, Place, Pose, Regime, Robot, RobotId,
    RobotSpec, Stop, Strategy, Task, TaskId, TaskSpec, Terms, UtcTime,
};

pub(crate) const TASK: TaskId = TaskId::from_u128(0x0102);
pub(crate) const EPOCH: Epoch = Epoch {
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
    spec.team = vec![TaskId::from_u128(8)];
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
        (4, Answer::Decline(Decline::Team)),
    ]
}

fn messages() -> Vec<Message> {
    let heartbeat = Heartbeat {
        ask: 4,
        boot: 1,
        edition: 3,
        pose: here(),
        charge: Some(65_535),
        activity: Activity::Working,
        free: (here(), Duration::from_secs(9)),
        claims: vec![claim(true, Some(2)), claim(false, None)],
        news: vec![
            (TASK, EPOCH, News::Done),
            (TASK, EPOCH, News::Failed("no".into())),
            (TASK, EPOCH, News::Forfeited(Forfeit::Application)),
            (TASK, EPOCH, News::Forfeited(Forfeit::Team)),
        ],
        orders: vec![(TASK, order())],
        drain: (7, Some(Drain::Finish)),
        adrift: true,
    };
    let heard = Heard {
        boot: 1,
        ask: 4,
        refused: refusals(),
        noted: vec![(TASK, EPOCH)],
        orders: vec![(TASK, order())],
        drain: (2, Some(Drain::Reassign)),
        open_from: 17,
        known: true,
        leads: false,
        fellows: vec![(TASK, Fellows::Missing), (TASK, Fellows::There)],
    };
    let award = Award {
        lot: lot(),
        epoch: EPOCH,
        boot: 1,
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
            reason: Decline::NotGranted,
            known: Some(EPOCH),
            bids: bids(),
        },
        Message::Report {
            task,
            epoch,
            news: News::Progress(1),
        },
        Message::Noted { task, epoch },
        Message::Cancel { task, epoch },
        Message::Release(vec![(task, epoch)]),
        Message::Witness(3, between().remove(0)),
        Message::Sign(sign()),
        Message::Bundles(bundle_news()),
        Message::Tasks {
            tasks: postings(),
            scope: Some(scope()),
        },
        Message::Compare(compares().remove(0)),
        Message::Regime(Regime {
            number: 300,
            strategy: Strategy::Distributed,
        }),
        Message::Cells(cells()),
        Message::Advice {
            tasks: vec![task],
            idle: true,
        },
    ]
}

fn cells() -> Cells {
    let leader = RobotId::from_u128(5);
    Cells {
        robot: Some((Place::at(1.5, -2.0), Duration::from_secs(7))),
        follows: Some(leader),
        beacons: vec![Beacon {
            leader,
            boot: 2,
            number: 300,
            place: Place::Site(7),
            price: Cost::new(12.5).unwrap(),
            members: vec![RobotId::from_u128(6)],
            size: 1,
            passes: vec![TaskId::from_u128(7)],
        }],
    }
}

fn scope() -> Scope {
    Scope {
        depth: 1,
        prefix: 0xa << 60,
    }
}

fn sign() -> Sign {
    Sign {
        boot: 1,
        number: 300,
        digests: (0x0102_0304_0506_0708, 9),
        reach: 300,
        near: Some(vec![NodeId::from_u128(9), NodeId::from_u128(5)]),
        others: vec![(RobotId::from_u128(5), 2, 301)],
    }
}

fn bundle_news() -> Vec<BundleNews> {
    let bid = |task, cost| BundleBid {
        task,
        cost: Cost::new(cost).unwrap(),
    };
    let whole = BundleNews {
        robot: RobotId::from_u128(5),
        boot: 1,
        version: 300,
        base: 0,
        claims: Some(vec![TASK]),
        keep: 0,
        bids: vec![bid(TaskId::from_u128(7), 1.5), bid(TaskId::from_u128(8), -2.0)],
        cut: false,
    };
    let later = BundleNews {
        robot: RobotId::from_u128(6),
        base: 299,
        claims: None,
        keep: 3,
        bids: Vec::new(),
        cut: true,
        ..whole
    };
    vec![whole, later]
}

fn postings() -> Vec<Posting> {
    let known = Posting {
        task: TaskId::from_u128(7),
        content: None,
        state: states().remove(2),
        order: order(),
        ready: false,
        lapsed: EPOCH,
        begun: false,
    };
    let new = Posting {
        task: TASK,
        content: Some((Arc::new(lot().task), UtcTime::from_micros(-7))),
        ready: true,
        lapsed: Epoch::ZERO,
        begun: true,
        ..known.clone()
    };
    vec![new, known]
}

fn compares() -> Vec<Compare> {
    vec![
        Compare::Bundles(vec![
            (RobotId::from_u128(5), 1, 300),
            (RobotId::from_u128(6), 2, 0),
        ]),
        Compare::Tasks(vec![(scope(), 0x0102_0304_0506_0708)]),
        Compare::Content(vec![TASK, TaskId::from_u128(7)]),
        Compare::Near,
        Compare::Missed(vec![(RobotId::from_u128(6), 2, 300)]),
    ]
}

fn claim(leased: bool, stops_done: Option<u32>) -> Claim {
    Claim {
        task: TASK,
        epoch: EPOCH,
        leased,
        stops_done,
        there: !leased,
    }
}

fn refusals() -> Vec<(TaskId, Epoch, Refusal)> {
    let all = [
        Refusal::Later,
        Refusal::Unknown,
        Refusal::Ended,
        Refusal::Stale(EPOCH),
        Refusal::Taken(EPOCH),
    ];
    all.into_iter().map(|refusal| (TASK, EPOCH, refusal)).collect()
}

pub(crate) fn order() -> Order {
    Order {
        cancelled: false,
        number: 6,
        by: Some(NodeId::from_u128(9)),
        paused: true,
    }
}

pub(crate) fn states() -> Vec<TaskState> {
    let phases = [
        Phase::Submitted,
        Phase::Held,
        Phase::Running(300),
        Phase::Open,
        Phase::Failed("no".into()),
        Phase::Cancelled,
        Phase::Done,
    ];
    let state = |phase: Phase| TaskState {
        settled: phase.is_terminal(),
        epoch: EPOCH,
        robot: phase.is_owned().then_some(RobotId::from_u128(5)),
        phase,
        failures: 2,
    };
    phases.into_iter().map(state).collect()
}

pub(crate) fn record() -> TaskRecord {
    TaskRecord {
        task: Arc::new(lot().task),
        submitted: UtcTime::from_micros(-7),
        state: states().remove(2),
        order: order(),
    }
}

fn between() -> Vec<Between> {
    let scope = scope();
    let ended: Vec<_> = states().into_iter().map(|state| (TASK, state)).collect();
    let (task, epoch) = (TASK, EPOCH);
    let prepared = |promise| Between::Prepared { task, epoch, promise };
    vec![
        Between::Digest(Digest {
            boot: 1,
            number: 300,
            echo: (2, 299),
            ready: true,
            ended: (4, 0x1112_1314_1516_1718),
            sums: vec![(scope, 0x0102_0304_0506_0708)],
        }),
        Between::Records {
            records: vec![record()],
            scope: Some(scope),
            echo: true,
        },
        Between::Ask(vec![TASK, TaskId::from_u128(7)]),
        Between::Ended(ended.clone()),
        Between::Prepare {
            task,
            epoch,
            end: true,
        },
        prepared(Ok(None)),
        prepared(Ok(Some(states().remove(6)))),
        prepared(Err(Refusal::Stale(EPOCH))),
        Between::Drains(vec![
            (RobotId::from_u128(5), 7, None),
            (RobotId::from_u128(5), 8, Some(Drain::Finish)),
            (RobotId::from_u128(5), 9, Some(Drain::Cancel)),
        ]),
        Between::Recover {
            boot: 2,
            after: Some(TASK),
        },
        Between::Memory {
            boot: 2,
            after: None,
            records: vec![(record(), EPOCH)],
            ended: ended[4..5].to_vec(),
            more: true,
            ready: false,
        },
        Between::Since { boot: 2, from: 300 },
        Between::Settled {
            boot: 2,
            from: 299,
            tasks: vec![TASK, TaskId::from_u128(7)],
        },
    ]
}

/// The bytes that these digits mean.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each message and its bytes.
pub(crate) fn frames() -> Vec<(Message, Vec<u8>)> {
    let golden = GOLDEN.iter().map(|hex| bytes(hex));
    messages().into_iter().zip(golden).collect()
}

#[test]
fn every_message_has_the_bytes_that_it_always_had() {
    assert_eq!(GOLDEN.len(), fleet_core::message::KINDS.len());
    for (message, bytes) in frames() {
        assert_eq!(hex(&encode(&message)), hex(&bytes), "{message:?}");
        assert_eq!(decode(&bytes, bytes.len()), Ok(message));
    }
}

#[test]
fn every_message_among_witnesses_has_the_bytes_that_it_always_had() {
    assert_eq!(BETWEEN.len(), between().len());
    for (message, golden) in between().into_iter().zip(BETWEEN) {
        let (message, golden) = (Message::Witness(3, message), bytes(golden));
        assert_eq!(hex(&encode(&message)), hex(&golden), "{message:?}");
        assert_eq!(decode(&golden, golden.len()), Ok(message));
    }
}

#[test]
fn every_comparison_has_the_bytes_that_it_always_had() {
    assert_eq!(COMPARE.len(), compares().len());
    for (message, golden) in compares().into_iter().zip(COMPARE) {
        let (message, golden) = (Message::Compare(message), bytes(golden));
        assert_eq!(hex(&encode(&message)), hex(&golden), "{message:?}");
        assert_eq!(decode(&golden, golden.len()), Ok(message));
    }
}

/// Two hexadecimal digits a byte; the kinds in their order.
const GOLDEN: &[&str] = &[
    // hello
    "010001100000000000000000000000000000000500000000000000f83f00000000000000c0000000000000e03f0000000000 \
     00f03f01046c696674010000000000003440010000000080842e41000000000000e03f000000000000d03f00000000000044 \
     400000000000000040",
    // heartbeat
    "010104010300000000000000f83f00000000000000c0000000000000e03f01ffff030200000000000000f83f000000000000 \
     00c0000000000000e03f09000210000000000000000000000000000001020302100000000000000000000000000000000901 \
     0102001000000000000000000000000000000102030210000000000000000000000000000000090000010410000000000000 \
     0000000000000000010203021000000000000000000000000000000009041000000000000000000000000000000102030210 \
     0000000000000000000000000000000903026e6f100000000000000000000000000000010203021000000000000000000000 \
     0000000000090206100000000000000000000000000000010203021000000000000000000000000000000009020901100000 \
     000000000000000000000000010200060110000000000000000000000000000000090107010001",
    // heard
    "0102010405100000000000000000000000000000010203021000000000000000000000000000000009001000000000000000 \
     0000000000000001020302100000000000000000000000000000000901100000000000000000000000000000010203021000 \
     0000000000000000000000000000090210000000000000000000000000000001020302100000000000000000000000000000 \
     0009030302100000000000000000000000000000000910000000000000000000000000000001020302100000000000000000 \
     0000000000000009040302100000000000000000000000000000000901100000000000000000000000000000010203021000 \
     0000000000000000000000000000090110000000000000000000000000000001020006011000000000000000000000000000 \
     0000090102010111010002100000000000000000000000000000010200100000000000000000000000000000010202",
    // announce
    "010301ac0210000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac02 \
     000001000000000000f83f0001ff887a000101046c6966740110000000000000000000000000000000070110000000000000 \
     0000000000000000000800000001ab000000000000104000000000000000400a",
    // bids
    "01040401000902000000000000f03f000000000000e03fc8010100016103010a04010c",
    // award
    "0105ac0210000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac0200 \
     0001000000000000f83f0001ff887a000101046c696674011000000000000000000000000000000007011000000000000000 \
     00000000000000000800000001ab000000000000104000000000000000400a03021000000000000000000000000000000009 \
     0101000000000000294002ad02ae02",
    // accept
    "0106100000000000000000000000000000010203021000000000000000000000000000000009050401000902000000000000 \
     f03f000000000000e03fc8010100016103010a04010c",
    // refuse
    "01071000000000000000000000000000000102030210000000000000000000000000000000090b0103021000000000000000 \
     0000000000000000090401000902000000000000f03f000000000000e03fc8010100016103010a04010c",
    // report
    "01081000000000000000000000000000000102030210000000000000000000000000000000090101",
    // noted
    "0109100000000000000000000000000000010203021000000000000000000000000000000009",
    // cancel
    "010a100000000000000000000000000000010203021000000000000000000000000000000009",
    // release
    "010b01100000000000000000000000000000010203021000000000000000000000000000000009",
    // witness
    "010c030001ac0202ab02010498aed8a8c1e284891101018080808080808080a001888e98a8c0e0808101",
    // sign
    "010d01ac02888e98a8c0e080810109ac020102100000000000000000000000000000000910000000000000000000000000000000 \
     0501100000000000000000000000000000000502ad02",
    // bundles
    "010e02100000000000000000000000000000000501ac02000101100000000000000000000000000000010200021000000000 \
     000000000000000000000007000000000000f83f100000000000000000000000000000000800000000000000c00010000000 \
     0000000000000000000000000601ac02ab0200030001",
    // tasks
    "010f0210000000000000000000000000000001020110000000000000000000000000000001020200000000000000f03f0000 \
     0000000000400280cab5ee010001ac02000001000000000000f83f0001ff887a000101046c69667401100000000000000000 \
     000000000000000701100000000000000000000000000000000800000001ab0d000302100000000000000000000000000000 \
     000902ac02020110000000000000000000000000000000050006011000000000000000000000000000000009010100001000 \
     0000000000000000000000000000000110000000000000000000000000000000070000030210000000000000000000000000 \
     0000000902ac0202011000000000000000000000000000000005000601100000000000000000000000000000000901000302 \
     10000000000000000000000000000000090001018080808080808080a001",
    // compare
    "01100002100000000000000000000000000000000501ac0210000000000000000000000000000000060200",
    // regime
    "0111ac0201",
    // cells
    "01120100000000000000f83f00000000000000c0070001100000000000000000000000000000000501100000000000000000 \
     000000000000000502ac02010700000000000029400110000000000000000000000000000000060101100000000000000000 \
     0000000000000007",
    // advice
    "011301100000000000000000000000000000010201",
];

/// What one knows, the kinds in their order.
const COMPARE: &[&str] = &[
    // bundles
    "01100002100000000000000000000000000000000501ac0210000000000000000000000000000000060200",
    // tasks
    "01100101018080808080808080a001888e98a8c0e0808101",
    // content
    "0110020210000000000000000000000000000001021000000000000000000000000000000007",
    // near
    "011003",
    // missed
    "011004011000000000000000000000000000000006 02ac02",
];

/// What witnesses say to each other, the kinds in their order.
const BETWEEN: &[&str] = &[
    // digest
    "010c030001ac0202ab02010498aed8a8c1e284891101018080808080808080a001888e98a8c0e0808101",
    // records
    "010c03010110000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001ac02 \
     000001000000000000f83f0001ff887a000101046c6966740110000000000000000000000000000000070110000000000000 \
     0000000000000000000800000001ab0d000302100000000000000000000000000000000902ac020201100000000000000000 \
     000000000000000500060110000000000000000000000000000000090101018080808080808080a00101",
    // ask
    "010c03020210000000000000000000000000000001021000000000000000000000000000000007",
    // ended, in every phase
    "010c03030710000000000000000000000000000001020003021000000000000000000000000000000009000200100000000000 \
     0000000000000000000102000302100000000000000000000000000000000901020110000000000000000000000000000000 \
     051000000000000000000000000000000102000302100000000000000000000000000000000902ac02020110000000000000 \
     0000000000000000000510000000000000000000000000000001020003021000000000000000000000000000000009030200 \
     1000000000000000000000000000000102010302100000000000000000000000000000000904026e6f020010000000000000 \
     0000000000000000010201030210000000000000000000000000000000090502001000000000000000000000000000000102 \
     0103021000000000000000000000000000000009060200",
    // prepare
    "010c030410000000000000000000000000000001020302100000000000000000000000000000000901",
    // prepared, nothing taken
    "010c03051000000000000000000000000000000102030210000000000000000000000000000000090000",
    // prepared, an end taken
    "010c03051000000000000000000000000000000102030210000000000000000000000000000000090001010302100000000000 \
     0000000000000000000009060200",
    // not prepared
    "010c03051000000000000000000000000000000102030210000000000000000000000000000000090103030210000000000000 \
     00000000000000000009",
    // drains
    "010c03060310000000000000000000000000000000050700100000000000000000000000000000000508010010000000000000 \
     00000000000000000005090102",
    // recover
    "010c030702011000000000000000000000000000000102",
    // memory
    "010c030802000110000000000000000000000000000001020200000000000000f03f00000000000000400280cab5ee010001 \
     ac02000001000000000000f83f0001ff887a000101046c696674011000000000000000000000000000000007011000000000 \
     00000000000000000000000800000001ab0d000302100000000000000000000000000000000902ac02020110000000000000 \
     0000000000000000000500060110000000000000000000000000000000090103021000000000000000000000000000000009 \
     011000000000000000000000000000000102010302100000000000000000000000000000000904026e6f02000100",
    // since
    "010c030902ac02",
    // settled
    "010c030a02ab020210000000000000000000000000000001021000000000000000000000000000000007",
];
