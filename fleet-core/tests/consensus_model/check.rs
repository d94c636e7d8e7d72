//! What must always hold.

use std::collections::BTreeSet;

use fleet_core::bundle::Bundle;
use fleet_core::{RobotId, TaskId};
use stateright::Property;

use super::state::State;
use super::world::World;

pub(crate) const ONCE: &str = "no bundle has a task twice";
pub(crate) const GIVES_UP: &str = "nobody holds on to what it knows to be lost";
pub(crate) const AGREES: &str = "all come to what one auctioneer would have come to";
pub(crate) const PROMISES: [&str; 3] = [ONCE, GIVES_UP, AGREES];
/// Not a promise: that it happens at all.
pub(crate) const OUTBID: &str = "somebody is outbid";

/// So many rounds of a calm network are enough: two choices, each two hops from those who compete, and a comparison after what
/// was lost before.
const ROUNDS: usize = 16;

pub(crate) fn properties() -> Vec<Property<World>> {
    vec![
        Property::always(ONCE, |_, state: &State| has_each_task_once(state)),
        Property::always(GIVES_UP, |_, state: &State| !state.holds_on),
        Property::always(AGREES, comes_to_agree),
        Property::sometimes(OUTBID, |_, state: &State| {
            let versions = state.members.iter().flat_map(|member| {
                let own = member.consensus.bundles().next();
                own.map(|(_, bundle)| (bundle.version(), bundle.bids().count()))
            });
            versions
                .into_iter()
                .any(|(version, bids)| version > 2 && bids == 0)
        }),
    ]
}

fn has_each_task_once(state: &State) -> bool {
    let bundles = state.members.iter().flat_map(|member| member.consensus.bundles());
    bundles.into_iter().all(|(_, bundle)| {
        let tasks: BTreeSet<TaskId> = bundle.bids().map(|bid| bid.task).collect();
        tasks.len() == bundle.bids().len()
    })
}

/// What comes first in another robot's bundle stands, unless there is a better bid still: whoever has heard of it, and has
/// thought, does not choose the task for more.
pub(crate) fn gives_up_what_it_lost(world: &World, state: &State, robot: usize) -> bool {
    let (own, me) = (&state.members[robot].consensus, world.robots[robot].id());
    let suspected = state.members[robot].suspects.map(|of| world.robots[of].id());
    let others: Vec<_> = own
        .bundles()
        .filter(|(other, _)| *other != me && Some(*other) != suspected)
        .collect();
    own.choices().enumerate().all(|(depth, choice)| {
        let rank = (choice.cost, depth, me);
        let better = |(other, bundle): &(RobotId, &Bundle)| {
            let first = bundle.bids().next().filter(|bid| bid.task == choice.task);
            first.is_some_and(|bid| (bid.cost, 0, *other) < rank)
        };
        !others.iter().any(better)
    })
}

/// Of so many states one is followed into the calm, where no mistake is planted: that takes longer than all else.
const SAMPLE: u64 = 8;

/// Once nothing goes wrong any more, all soon agree, and nothing is left to do.
fn comes_to_agree(world: &World, state: &State) -> bool {
    let key = state
        .members
        .iter()
        .fold(state.net.len() as u64, |key, member| key ^ member.key());
    if world.mistake.is_none() && key % SAMPLE > 0 {
        return true;
    }
    let mut state = state.clone();
    for _ in 0..ROUNDS {
        if !calm_round(world, &mut state) {
            return is_agreed(world, &state);
        }
    }
    false
}

/// All that can happen by itself happens, once. Whether anything did.
fn calm_round(world: &World, state: &mut State) -> bool {
    let mut acts = Vec::new();
    state.calm_acts(world, &mut acts);
    let before = state.clone();
    acts.iter().for_each(|act| state.act(world, act));
    *state != before
}

fn is_agreed(world: &World, state: &State) -> bool {
    let first = state.members[0].consensus.digest();
    let same = state
        .members
        .iter()
        .all(|member| member.consensus.digest() == first);
    let closed = state.closed.map(|(task, _)| task);
    same && state.net.is_empty() && state.bundles(world) == *world.outcome(closed)
}
