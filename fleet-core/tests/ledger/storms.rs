//! Everything at once: robots claim, hold and finish, decisions race with them, witnesses restart with and without
//! memory, the network splits. The harness looks at every step for a second owner and a second end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fleet_core::ledger::Phase;
use fleet_core::planted::{Bug, plant};

use crate::fleet::{Fleet, Weather, id, millis, rules, secs, task};

const TASKS: usize = 4;
const ROBOTS: usize = 3;

/// How many of the tasks were done, cancelled and failed.
fn storm(seed: u64) -> [usize; 3] {
    let mut fleet = Fleet::new(rules([3, 3, 5, 1][seed as usize % 4]), seed);
    fleet.add_robots(ROBOTS);
    (0..TASKS).for_each(|k| fleet.submit(0, task(k)));
    fleet.run(secs(1));
    fleet.weather = Weather::FOUL;
    for _ in 0..80 {
        happen(&mut fleet);
        if fleet.chance(0.5) {
            (0..ROBOTS).for_each(|r| fleet.beat(r));
        }
        let span = millis(fleet.pick(150) as u64);
        fleet.run(span);
    }
    calm(&mut fleet, seed);
    let ended = |end: &dyn Fn(&Phase) -> bool| {
        (0..TASKS)
            .filter(|k| fleet.end_of(id(*k)).is_some_and(end))
            .count()
    };
    [
        ended(&|end| *end == Phase::Done),
        ended(&|end| *end == Phase::Cancelled),
        ended(&|end| matches!(end, Phase::Failed(_))),
    ]
}

/// One of the things that may happen.
fn happen(fleet: &mut Fleet) {
    let n = fleet.seats.len();
    let (k, r, task) = (fleet.pick(n), fleet.pick(ROBOTS), id(fleet.pick(TASKS)));
    match fleet.pick(25) {
        0..8 => fleet.award(k, task, r),
        8..12 => drop(fleet.finish(r, task)),
        12..14 => drop(fleet.rule(k, task, Phase::Open).then_some(())),
        14 => drop(fleet.rule(k, task, Phase::Cancelled).then_some(())),
        15 => drop(fleet.rule(k, task, Phase::Failed("late".into())).then_some(())),
        16 | 17 => fleet.side[k] = 1 - fleet.side[k],
        18 => fleet.crash(k),
        19 => fleet.restart(k, true),
        20 => fleet.compact(k),
        21 => fleet.reboot(r),
        22 => lose_memory(fleet, k),
        23 => fleet.robots[r].silent = fleet.now + secs(3),
        _ => fleet.side.fill(0),
    }
}

/// Fewer than a majority may be without memory at a time.
fn lose_memory(fleet: &mut Fleet, k: usize) {
    let ready = |seat: &crate::fleet::Seat| seat.witness.as_ref().is_some_and(|witness| witness.is_ready());
    let n = fleet.seats.len();
    if n > 1 && fleet.seats.iter().all(ready) {
        fleet.restart(k, false);
    }
}

/// Faults stop; whatever is open is called off. All must come to the same end.
fn calm(fleet: &mut Fleet, seed: u64) {
    fleet.heal();
    for _ in 0..20 {
        (0..ROBOTS).for_each(|r| fleet.beat(r));
        fleet.run(millis(500));
    }
    for k in 0..TASKS {
        fleet.rule(0, id(k), Phase::Cancelled);
    }
    fleet.run(secs(20));
    for k in 0..fleet.seats.len() {
        for task in 0..TASKS {
            let state = fleet.state(k, id(task)).expect("known everywhere");
            assert!(state.settled, "seed {seed}: task {task} at {k}: {state:?}");
        }
    }
}

#[test]
fn one_owner_and_one_end_in_all_weather() {
    let mut ends = [0; 3];
    for seed in 0..600 {
        let some = storm(seed);
        (0..3).for_each(|k| ends[k] += some[k]);
    }
    assert!(ends.iter().all(|count| *count > 200), "hardly a storm: {ends:?}");
}

/// The checks find known mistakes.
#[test]
fn planted_bugs_are_found() {
    let bugs = [
        Bug::GrantWithoutMajority,
        Bug::NoRestartGrace,
        Bug::NoFencing,
        Bug::LeaseFromReceipt,
    ];
    for bug in bugs {
        plant(Some(bug));
        let found = (0..1_000).any(|seed| catch_unwind(AssertUnwindSafe(|| storm(seed))).is_err());
        plant(None);
        assert!(found, "{} went unseen", bug.name());
    }
}
