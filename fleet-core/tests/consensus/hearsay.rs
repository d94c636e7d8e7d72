//! Whatever others say: a participant chooses as one would who only knows how it stands in the end.

use fleet_core::allocate::consensus::Consensus;
use fleet_core::bundle::{BundleBid, BundleNews};
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{Cost, Objective, RobotId, Task, TaskId, Time, UtcTime};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::team;

const LIMIT: usize = 4;
const TASKS: u128 = 8;
const OWN: u128 = 2;

/// What a participant is told.
#[derive(Clone, Debug)]
enum Word {
    News(BundleNews),
    Open(u128),
    Close(u128),
    Limit(usize),
    Absent(u128, bool),
    Think,
}

fn task_id() -> impl Strategy<Value = TaskId> {
    // Of some it never hears otherwise.
    (1..TASKS + 3).prop_map(TaskId::from_u128)
}

fn news() -> impl Strategy<Value = BundleNews> {
    let bid = (task_id(), 0.0..60.0).prop_map(|(task, cost)| BundleBid {
        task,
        cost: Cost::new(cost).unwrap(),
    });
    let behind = (0..3_u32, vec(bid, 0..LIMIT + 1), any::<bool>());
    (
        1..5_u128,
        1..3_u32,
        1..20_u32,
        0..4_u32,
        option::weighted(0.2, vec(task_id(), 0..2)),
        behind,
    )
        .prop_map(
            |(robot, boot, version, base, claims, (keep, bids, cut))| BundleNews {
                robot: RobotId::from_u128(robot),
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

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        6 => news().prop_map(Word::News),
        1 => (1..=TASKS).prop_map(Word::Open),
        1 => (1..=TASKS).prop_map(Word::Close),
        1 => (0..=LIMIT).prop_map(Word::Limit),
        1 => (1..5_u128, any::<bool>()).prop_map(|(robot, absent)| Word::Absent(robot, absent)),
        4 => Just(Word::Think),
    ]
}

struct World {
    tasks: Vec<Task>,
    plan: Schedule,
}

impl World {
    fn new(at: (f64, f64), places: &[(f64, f64)], objective: Objective) -> World {
        let robot = team::robot(OWN, at, 1.0);
        let start = Start::new(robot.pose().place, UtcTime::from_secs(0));
        let task = |(k, at): (u128, &(f64, f64))| team::task(k, *at, (k % 2) as usize, 1.0);
        World {
            tasks: (1..).zip(places).map(task).collect(),
            plan: Schedule::new(&robot, objective, start),
        }
    }

    fn participant(&self) -> Consensus {
        Consensus::bidder(RobotId::from_u128(OWN), 1, LIMIT, self.plan.clone())
    }

    fn open(&self, consensus: &mut Consensus, key: u128) {
        let (task, utc) = (&self.tasks[key as usize - 1], UtcTime::from_secs(0));
        let standing = Scheme::FixedClasses.standing(task, utc, utc);
        let job = Job::new(key as u32, task, &standing, &mut Euclidean);
        consensus.open(task.id(), standing.urgency, job);
    }
}

fn choices(consensus: &Consensus) -> Vec<(TaskId, Cost)> {
    consensus
        .choices()
        .map(|choice| (choice.task, choice.cost))
        .collect()
}

#[test]
fn what_is_claimed_stays_so_until_another_claim_is_told() {
    let world = World::new((0.0, 0.0), &[(1.0, 0.0); TASKS as usize], Objective::minisum());
    let mut own = world.participant();
    world.open(&mut own, 1);
    for (version, claims) in [(1, Some(vec![TaskId::from_u128(1)])), (2, None)] {
        own.learn(&BundleNews {
            robot: RobotId::from_u128(3),
            boot: 1,
            version,
            base: 0,
            claims,
            keep: 0,
            bids: Vec::new(),
            cut: false,
        });
        own.think(Time::ZERO, &mut Euclidean);
        assert_eq!(choices(&own), []);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn only_how_it_stands_counts(
        at in (0.0..50.0, 0.0..50.0),
        places in vec((0.0..50.0, 0.0..50.0), TASKS as usize),
        objective in prop::sample::select(vec![Objective::minisum(), Objective::minimax(), Objective::default()]),
        words in vec(word(), 0..40),
    ) {
        let world = World::new(at, &places, objective);
        let mut long = world.participant();
        (1..=TASKS / 2).for_each(|key| world.open(&mut long, key));
        let (mut limit, mut absent) = (LIMIT, [false; 5]);
        for word in words {
            match word {
                Word::News(news) => drop(long.learn(&news)),
                Word::Open(key) => world.open(&mut long, key),
                Word::Close(key) => long.close(TaskId::from_u128(key)),
                Word::Limit(most) => {
                    limit = most;
                    long.set_limit(most);
                }
                Word::Absent(robot, is) if robot != OWN => {
                    absent[robot as usize] = is;
                    long.set_absent(RobotId::from_u128(robot), is);
                }
                Word::Absent(..) => {}
                Word::Think => drop(long.think(Time::ZERO, &mut Euclidean)),
            }
        }
        long.think(Time::ZERO, &mut Euclidean);

        let mut new = world.participant();
        new.set_limit(limit);
        let open = (1..=TASKS).filter(|key| long.is_open(TaskId::from_u128(*key)));
        open.for_each(|key| world.open(&mut new, key));
        for (robot, bundle) in long.bundles() {
            new.learn(&bundle.news(robot, 0));
        }
        for (robot, absent) in (0..).zip(absent).filter(|(_, absent)| *absent) {
            new.set_absent(RobotId::from_u128(robot), absent);
        }
        new.think(Time::ZERO, &mut Euclidean);
        prop_assert_eq!(choices(&long), choices(&new));
        prop_assert!(choices(&long).len() <= limit);
    }
}
