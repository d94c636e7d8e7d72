//! Small worlds, searched to their ends: every order of messages, lost, late and repeated, every clock within its
//! limits, every crash that the bounds allow.
//!
//! The machines are those that robots and witnesses run. What is checked are the promises S1, S2 and S4, and that each
//! mistake which can be put back is found. With `FLEET_MODEL=full` the worlds are larger, and take minutes.

#[path = "model/check.rs"]
mod check;
#[path = "model/disk.rs"]
mod disk;
#[path = "model/net.rs"]
mod net;
#[allow(dead_code, reason = "not all worlds use all that can happen")]
#[path = "model/robot.rs"]
mod robot;
#[allow(dead_code, reason = "not all worlds use all that can happen")]
#[path = "model/seat.rs"]
mod seat;
#[path = "model/shared.rs"]
mod shared;
#[allow(dead_code, reason = "not all worlds use all that can happen")]
#[path = "model/state.rs"]
mod state;
#[allow(dead_code, reason = "not all worlds use all that can happen")]
#[path = "model/steps.rs"]
mod steps;
#[allow(dead_code, reason = "not all worlds use all that can happen")]
#[path = "model/world.rs"]
mod world;

use fleet_core::planted::Bug;
use stateright::{Checker, HasDiscoveries, Model};
use world::{Counts, Sight, World};

/// Searches a world to its end, or to the first thing that is broken: what that is, and how it came to it.
fn search(world: World) -> Option<String> {
    let (name, bug) = (world.name, world.bug);
    let checker = world
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    println!(
        "{name}, {bug:?}: {} states, depth {}",
        checker.unique_state_count(),
        checker.max_depth()
    );
    let found = checker.discovery("nothing is broken").map(|path| {
        let broken = path.last_state().broken;
        let acts: Vec<String> = path
            .into_actions()
            .iter()
            .map(|act| format!("  {act:?}"))
            .collect();
        format!("{}\n{}", broken.unwrap_or("?"), acts.join("\n"))
    });
    if found.is_none() {
        for sight in checker.model().properties().iter().map(|property| property.name) {
            let seen = sight == "nothing is broken" || checker.discovery(sight).is_some();
            assert!(seen, "{name} is too small: it never shows that {sight}");
        }
    }
    found
}

fn expect_unbroken(world: World) {
    let name = world.name;
    if let Some(found) = search(world) {
        panic!("{name}: {found}");
    }
}

/// One witness, two robots, one task: awards, heartbeats, an end, giving back, one decision, one tick more than a lease.
fn one_witness() -> World {
    let counts = Counts {
        time: 3,
        awards: 2,
        asks: 2,
        rulings: 1,
        ..Counts::default()
    };
    World::of("one witness", 1, counts)
}

/// Three witnesses that are answered at once, of which two coordinate.
fn three_witnesses() -> World {
    let counts = Counts {
        time: 2,
        awards: 2,
        asks: 1,
        ..Counts::default()
    };
    let mut world = World::of("three witnesses", 3, counts);
    (world.prompt, world.leaders) = (true, 2);
    world
}

fn is_full() -> bool {
    std::env::var("FLEET_MODEL").is_ok_and(|value| value == "full")
}

#[test]
fn one_witness_keeps_its_promises() {
    let mut world = one_witness();
    world.sights = vec![Sight::SecondOwner];
    if is_full() {
        (world.counts.finishes, world.counts.returns) = (1, 1);
        world.sights.push(Sight::Done);
    }
    expect_unbroken(world);
}

#[test]
fn three_witnesses_keep_their_promises() {
    let mut world = three_witnesses();
    if is_full() {
        (world.counts.asks, world.counts.finishes, world.counts.rulings) = (2, 1, 1);
        world.leaders = 1;
        world.sights.push(Sight::Done);
    }
    expect_unbroken(world);
}

/// The promise that is broken if this mistake is made.
fn broken(mut world: World, bug: Bug) -> String {
    world.bug = Some(bug);
    let found = search(world).unwrap_or_else(|| panic!("{} is not found", bug.name()));
    found.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn mistakes_with_leases_are_found() {
    for bug in [Bug::LeaseFromReceipt, Bug::NoDriftMargin, Bug::NoFencing] {
        assert_eq!(
            broken(one_witness(), bug),
            "S1: two robots act on one task",
            "{bug:?}"
        );
    }
}

#[test]
fn a_lease_without_a_majority_is_found() {
    let broken = broken(three_witnesses(), Bug::GrantWithoutMajority);
    assert_eq!(broken, "S1: two robots act on one task");
}
