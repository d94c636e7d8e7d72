//! Small worlds, searched to their ends: every order of messages, lost, late and repeated, every clock within its
//! limits, every crash that the bounds allow.
//!
//! The machines are those that robots and witnesses run; what their nodes do around them is written again here, as
//! little as it takes. What is checked are the promises S1, S2 and S4, and that each mistake which can be put back is
//! found. With `FLEET_MODEL=full` the worlds are larger, and take minutes.

#[path = "model/check.rs"]
mod check;
#[path = "model/disk.rs"]
mod disk;
#[path = "model/net.rs"]
mod net;
#[path = "model/robot.rs"]
mod robot;
#[path = "model/seat.rs"]
mod seat;
#[path = "model/shared.rs"]
mod shared;
#[path = "model/state.rs"]
mod state;
#[path = "model/steps.rs"]
mod steps;
#[path = "model/world.rs"]
mod world;
#[path = "model/worlds.rs"]
mod worlds;

use fleet_core::planted::Bug;
use seat::Restart;
use stateright::{Checker, HasDiscoveries, Model};
use world::World;

/// The name of the one property that must hold.
const PROMISES: &str = "nothing is broken";

/// The worlds that must be unbroken.
const WORLDS: [fn(bool) -> World; 12] = [
    worlds::one_witness,
    worlds::any_clocks,
    worlds::majorities,
    worlds::two_tasks,
    worlds::journals,
    worlds::decisions,
    worlds::decisions_of_three,
    worlds::among_robots,
    worlds::amnesia,
    worlds::late_word,
    worlds::forgetting,
    worlds::careless,
];

/// The full worlds are larger than this together.
const STATES: usize = 4_000_000;

/// Searches a world to its end, or to the first promise that is broken: how many states there are, which promise, and how
/// it came to it. Unbroken worlds are searched depth first, which takes little memory; broken ones breadth first and by
/// one thread, which finds the shortest way in a number of states that is always the same.
fn search(world: World) -> (usize, Option<String>) {
    let (name, bug) = (world.name, world.bug.map_or("no mistake", Bug::name));
    let broken = world.bug.is_some();
    let builder = world.checker().finish_when(HasDiscoveries::AnyFailures);
    let checker: Box<dyn Checker<World>> = if broken {
        Box::new(builder.threads(1).spawn_bfs().join())
    } else {
        Box::new(builder.threads(2).spawn_dfs().join())
    };
    assert!(checker.is_done(), "{name} was not searched to its end");
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{name}, {bug}: {states} states, depth {depth}");
    let found = checker.discovery(PROMISES).map(|path| {
        let broken = path.last_state().broken.unwrap_or_default();
        let acts = path.into_actions();
        let acts = acts.iter().map(|act| format!("\n  {act:?}"));
        format!("{broken}{}", acts.collect::<String>())
    });
    if found.is_none() {
        for sight in checker.model().properties().iter().map(|property| property.name) {
            let seen = sight == PROMISES || checker.discovery(sight).is_some();
            assert!(seen, "{name} is too small: it never shows that {sight}");
        }
    }
    (states, found)
}

#[test]
fn small_worlds_are_unbroken() {
    let full = std::env::var("FLEET_MODEL").is_ok_and(|value| value == "full");
    let mut all = 0;
    for world in WORLDS {
        let (states, found) = search(world(full));
        if let Some(found) = found {
            panic!("{}: {found}", world(full).name);
        }
        all += states;
    }
    println!("{} worlds, {all} states", WORLDS.len());
    assert!(!full || all >= STATES, "{all} states are too few to say much");
}

/// The promise that a world breaks with this mistake, found within so many states.
fn broken(mut world: World, bug: Bug, states: usize) -> String {
    world.bug = Some(bug);
    let (needed, found) = search(world);
    let found = found.unwrap_or_else(|| panic!("{} is not found", bug.name()));
    assert!(needed <= states, "{} took {needed} states", bug.name());
    found.lines().next().unwrap_or_default().into()
}

/// Mistakes that let two robots act, in worlds that are unbroken without.
#[test]
fn mistakes_that_let_two_robots_act_are_found() {
    let mut hasty = worlds::journals(false);
    (hasty.restarts, hasty.sights) = (vec![Restart::Kept], Vec::new());
    let mut amnesia = worlds::amnesia(false);
    // It is told of tasks by signs of life, if it does not ask.
    (amnesia.signs, amnesia.counts.time) = (true, 0);
    let worlds = [
        (worlds::one_witness(false), Bug::LeaseFromReceipt, 18_000),
        (worlds::any_clocks(false), Bug::NoDriftMargin, 27_000),
        (worlds::one_witness(true), Bug::NoFencing, 25_000),
        (worlds::majorities(false), Bug::GrantWithoutMajority, 3_000),
        (worlds::careless(false), Bug::EpochReuse, 450),
        (hasty, Bug::AckBeforeSync, 23_000),
        (amnesia, Bug::NoRestartGrace, 33_000),
    ];
    for (world, bug, states) in worlds {
        assert_eq!(broken(world, bug, states), check::TWO_ROBOTS, "{bug:?}");
    }
}

#[test]
fn a_task_that_is_forgotten_too_early_comes_back() {
    let broken = broken(worlds::forgetting(false), Bug::ForgetTooEarly, 28_000);
    assert_eq!(broken, check::COMES_BACK);
}
