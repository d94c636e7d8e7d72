//! What the targets of readers of problems share.

use fleet_examples::instances::{Instance, check};

/// Larger problems are read, but not solved: an input is to take milliseconds.
const SMALL: usize = 40;
const ROUNDS: f64 = 64.0;

/// A problem that was read can be refused for a number that it has, or is solved as its checker wants it.
pub fn solve(instance: &Instance) {
    assert_eq!(instance.ids.len(), instance.tasks.len());
    if instance.robots.len().max(instance.points.len()) > SMALL {
        return;
    }
    let Ok((solution, _)) = instance.solve(instance.goal, 1, |rounds| rounds as f64 / ROUNDS) else {
        return;
    };
    let checked = check(instance, &solution);
    assert!(checked.feasible, "{:?}", checked.wrong);
}
