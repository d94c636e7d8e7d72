//! Tasks that begin at the same moment, each with a robot of its own.

use alloc::vec::Vec;

use super::model::Model;
use super::recreate::{Blink, Orders, best, price};
use super::route::TOLERANCE;
use super::state::State;

/// How often a later moment is tried, if not all can be there at the one before.
const TRIES: usize = 6;

/// Puts all of a team into routes, each of it where it costs least, unless they are better left out.
///
/// The moment is the earliest at which the last of them can begin; those who would be there before wait. Finding it moves
/// others, so it is looked for a few times.
pub(super) fn place_team(
    state: &mut State,
    model: &Model,
    orders: &mut Orders,
    task: u32,
    generous: f64,
    blink: &mut Blink<'_>,
) -> bool {
    let team = model.links.team(task);
    if team[0] != task {
        // The first of them brings the others.
        return false;
    }
    let worth: f64 = team.iter().map(|task| model.tasks[*task as usize].prize).sum();
    let mut moment = f64::NEG_INFINITY;
    for _ in 0..TRIES {
        let Some(cost) = gather(state, model, orders, team, moment, blink) else {
            return false;
        };
        let begun = |task: &u32| state.times(model, *task).0;
        let last = team.iter().map(begun).fold(f64::NEG_INFINITY, f64::max);
        let first = team.iter().map(begun).fold(f64::INFINITY, f64::min);
        if cost < worth * generous && last - first <= TOLERANCE {
            team.iter().for_each(|task| state.make_appointments(model, *task));
            return true;
        }
        team.iter().for_each(|task| state.pull(model, *task));
        if cost >= worth * generous {
            return false;
        }
        moment = last;
    }
    false
}

/// Puts each of a team where it costs least at `moment` or later, by different robots. Returns what it costs; if one of them
/// has no place, none has.
fn gather(
    state: &mut State,
    model: &Model,
    orders: &mut Orders,
    team: &[u32],
    moment: f64,
    blink: &mut Blink<'_>,
) -> Option<f64> {
    let (mut cost, mut taken) = (0.0, Vec::with_capacity(team.len()));
    for (k, task) in team.iter().enumerate() {
        let ready = state.wait_for_others(model, *task, moment);
        let found = ready.then(|| best(state, model, orders, *task, &taken, blink));
        let Some((route, gap)) = found.flatten() else {
            team[..k].iter().for_each(|task| state.pull(model, *task));
            return None;
        };
        cost += price(state, model, route, gap);
        if !state.put(model, route, *task, gap) {
            team[..k].iter().for_each(|task| state.pull(model, *task));
            return None;
        }
        taken.push(route);
    }
    Some(cost)
}
