//! Taking tasks out: strings of stops that follow each other, in routes that are near each other.
//!
//! Adjacent string removal (Christiaens & Vanden Berghe 2020, "Slack induction by string removals for vehicle routing
//! problems").

use super::model::{Model, NONE};
use super::random::Random;
use super::state::State;

/// Stops that are taken out on average.
const REMOVED: f64 = 10.0;
/// The longest string.
const LONGEST: f64 = 10.0;
/// How often a string keeps some stops in its middle.
const SPLIT: f64 = 0.5;
/// How often it keeps one more of them.
const MORE_KEPT: f64 = 0.01;

/// Takes some tasks out of some routes.
pub(super) fn ruin(state: &mut State, model: &Model, random: &mut Random) {
    let used = state.routes.iter().filter(|route| !route.stops.is_empty());
    let (routes, stops) = used.fold((0, 0), |(routes, stops), route| {
        (routes + 1, stops + route.stops.len())
    });
    if routes == 0 {
        return;
    }
    if !model.links.is_empty() {
        state.along = random.below(2) == 0;
    }
    let average = stops as f64 / f64::from(routes);
    let longest = LONGEST.min(average);
    let most = 4.0 * REMOVED / (1.0 + longest) - 1.0;
    let mut strings = (random.unit() * most + 1.0) as usize;
    let seed = random.below(model.stops.len()) as u32;
    let near = model.near(seed);
    let mut ruined = [NONE; 64];
    let mut count = 0;
    for &stop in core::iter::once(&seed).chain(near) {
        if strings == 0 || count == ruined.len() {
            return;
        }
        let route = state.route_of[stop as usize];
        if route == NONE || ruined[..count].contains(&route) {
            continue;
        }
        ruined[count] = route;
        count += 1;
        strings -= 1;
        cut(state, model, random, route, stop, longest);
    }
}

/// Takes a string with `stop` in it out of its route.
fn cut(state: &mut State, model: &Model, random: &mut Random, route: u32, stop: u32, longest: f64) {
    let size = state.routes[route as usize].stops.len();
    let at = state.index_of[stop as usize] as usize;
    let most = longest.min(size as f64);
    let length = ((random.unit() * most) as usize + 1).min(size);
    let mut kept = 0;
    if length > 1 && length < size && random.unit() < SPLIT {
        kept = 1;
        while length + kept < size && random.unit() < MORE_KEPT {
            kept += 1;
        }
    }
    let whole = length + kept;
    let first = at.saturating_sub(whole - 1);
    let last = at.min(size - whole);
    let begin = first + random.below(last - first + 1);
    let hole = begin + 1 + random.below(length.max(2) - 1);
    state.take(model, route, begin..begin + whole, hole..hole + kept);
}
