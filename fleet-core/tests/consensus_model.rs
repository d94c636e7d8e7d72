//! The consensus of three robots on two tasks, searched to its end: every order of messages, lost, late and repeated.
//!
//! From every state that is looked into all must come to agree on what one auctioneer would have come to, once the network
//! is calm, within a few rounds; and each mistake that can be planted is found. With `FLEET_MODEL=full` there are more
//! worlds, in which also tasks close, robots seem to be gone, and robots begin anew; they take long.

#[path = "consensus_model/check.rs"]
mod check;
#[path = "consensus/greedy.rs"]
mod greedy;
#[path = "model/shared.rs"]
mod shared;
#[path = "consensus_model/state.rs"]
mod state;
#[path = "consensus_model/world.rs"]
mod world;

use stateright::{Checker, HasDiscoveries, Model};
use world::{Counts, Mistake, Shape, World};

const NONE: Counts = Counts {
    losses: 0,
    repeats: 0,
    closings: 0,
    suspicions: 0,
    rebirths: 0,
};

/// Searches a world to its end, or to the first promise that is broken: how many states there are, and what was broken
/// and how it came to it. Broken ones are searched breadth first and by one thread, which finds the shortest way.
fn search(world: World) -> (usize, Option<String>) {
    let (name, mistake) = (world.name(), world.mistake);
    let builder = world.checker().finish_when(HasDiscoveries::AnyFailures);
    let checker: Box<dyn Checker<World>> = if mistake.is_some() {
        Box::new(builder.threads(1).spawn_bfs().join())
    } else {
        Box::new(builder.threads(2).spawn_dfs().join())
    };
    assert!(checker.is_done(), "{name} was not searched to its end");
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    let mistake = mistake.map_or("no mistake".into(), |mistake| format!("{mistake:?}"));
    println!("{name}, {mistake}: {states} states, depth {depth}");
    let found = check::PROMISES.into_iter().find_map(|promise| {
        let path = checker.discovery(promise)?;
        let acts = path.into_actions();
        let acts = acts.iter().map(|act| format!("\n  {act:?}"));
        Some(format!("{promise}{}", acts.collect::<String>()))
    });
    if found.is_none() {
        let seen = checker.discovery(check::OUTBID).is_some();
        assert!(seen, "{name} is too small: nobody is ever outbid");
    }
    (states, found)
}

/// The worlds that must be unbroken: each around something else that goes wrong.
fn worlds(full: bool) -> Vec<World> {
    let more = u8::from(full);
    let each = [
        Counts { losses: 1, ..NONE },
        Counts {
            repeats: 1 + more,
            ..NONE
        },
        Counts {
            closings: 1,
            losses: more,
            ..NONE
        },
        Counts {
            suspicions: 1,
            losses: more,
            ..NONE
        },
        Counts {
            rebirths: 1,
            losses: more,
            ..NONE
        },
    ];
    let all = [
        (Shape::Full, 1),
        (Shape::Line, 1),
        (Shape::Full, 2),
        (Shape::Line, 2),
    ];
    // The others take long.
    let all = all.into_iter().take(if full { 4 } else { 1 });
    let each = &each[..if full { 5 } else { 2 }];
    let worlds = all.flat_map(|(shape, limit)| {
        let world = move |counts: &Counts| World::new(shape, limit, *counts);
        each.iter().map(world)
    });
    // Where of a bundle only a part is passed on: more than a million states.
    worlds.chain(full.then(|| World::in_parts(NONE))).collect()
}

#[test]
fn all_come_to_agree_whatever_happens() {
    let full = std::env::var("FLEET_MODEL").is_ok_and(|value| value == "full");
    let mut all = 0;
    for world in worlds(full) {
        let name = world.name();
        let (states, found) = search(world);
        if let Some(found) = found {
            panic!("{name}: {found}");
        }
        all += states;
    }
    println!("{all} states");
}

/// The promise that is broken with a mistake in the machines, or in what is done with them.
fn broken(mistake: Mistake, counts: Counts, shape: Shape) -> String {
    let mut world = World::new(shape, 2, counts);
    world.mistake = Some(mistake);
    let (_, found) = search(world);
    let found = found.unwrap_or_else(|| panic!("{mistake:?} is not found"));
    found.lines().next().unwrap_or_default().into()
}

#[test]
fn a_reader_that_takes_an_older_version_is_found() {
    let found = broken(Mistake::TakesOlder, NONE, Shape::Full);
    assert_eq!(found, check::AGREES);
}

#[test]
fn a_robot_that_does_not_give_up_what_it_lost_is_found() {
    let found = broken(Mistake::KeepsWhatItLost, NONE, Shape::Full);
    assert_eq!(found, check::GIVES_UP);
}

#[test]
fn that_nobody_compares_is_found() {
    let counts = Counts { losses: 1, ..NONE };
    let found = broken(Mistake::NeverCompares, counts, Shape::Line);
    assert_eq!(found, check::AGREES);
}
