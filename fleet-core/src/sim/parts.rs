//! The parts of a storm: which there are, the storm without some of them, and those that a failure needs.

use super::mishap::Wish;
use super::network::Faults;
use super::storm::Storm;
use super::trial::weather;

/// A kind of part.
struct Kind {
    name: &'static str,
    count: fn(&Storm) -> usize,
    remove: fn(&mut Storm, usize),
    describe: fn(&Storm, usize) -> String,
}

/// A kind whose parts are the items of a list of the storm.
macro_rules! listed {
    ($name:literal, $list:ident, $describe:expr) => {
        Kind {
            name: $name,
            count: |storm| storm.$list.len(),
            remove: |storm, k| {
                let _ = storm.$list.remove(k);
            },
            describe: |storm, k| $describe(&storm.$list[k]),
        }
    };
}

const KINDS: [Kind; 8] = [
    listed!("partition", partitions, |cut| format!("{cut:?}")),
    listed!("spike", spikes, |spike| format!("{spike:?}")),
    listed!("breakdown", breakdowns, |breakdown| format!("{breakdown:?}")),
    listed!("mishap", mishaps, |mishap| format!("{mishap:?}")),
    Kind {
        name: "command",
        count: |storm| orders(storm).count(),
        remove: unsay,
        describe: |storm, k| format!("{:?}", orders(storm).nth(k).map(|at| storm.commands[at])),
    },
    listed!("task", tasks, task),
    Kind {
        name: "network",
        count: |_| NETWORK,
        remove: mend,
        describe: network,
    },
    Kind {
        name: "clock",
        count: |storm| storm.clocks.len(),
        remove: |storm, k| {
            let node = storm.clocks.keys().nth(k).copied();
            node.map(|node| storm.clocks.remove(&node));
        },
        describe: |storm, k| format!("{:?}", storm.clocks.iter().nth(k)),
    },
];

/// The places of the commands that can be left out: not those that let go on what others have stopped, or a task
/// that waits for it, without which nothing could end.
fn orders(storm: &Storm) -> impl Iterator<Item = usize> + '_ {
    let relieves = |wish| {
        matches!(
            wish,
            Wish::Pause(_, false) | Wish::Drain(_, None) | Wish::Reopen(_)
        )
    };
    let commands = storm.commands.iter().enumerate();
    commands
        .filter(move |(_, command)| !relieves(command.what))
        .map(|(at, _)| at)
}

/// Leaves out a command, and the one that follows if it is only there to undo it.
fn unsay(storm: &mut Storm, k: usize) {
    let Some(at) = orders(storm).nth(k) else { return };
    let undone = match storm.commands.remove(at).what {
        Wish::Pause(task, true) => Wish::Pause(task, false),
        Wish::Drain(robot, Some(_)) => Wish::Drain(robot, None),
        _ => return,
    };
    if storm.commands.get(at).is_some_and(|next| next.what == undone) {
        storm.commands.remove(at);
    }
}

/// What a network can be bad at.
const NETWORK: usize = 4;

fn mend(storm: &mut Storm, what: usize) {
    let (good, faults) = (Faults::default(), &mut storm.faults);
    match what {
        0 => faults.loss = good.loss,
        1 => faults.duplicate = good.duplicate,
        2 => faults.reorder = good.reorder,
        _ => (faults.delay_min, faults.delay_max) = (good.delay_min, good.delay_max),
    }
}

fn network(storm: &Storm, what: usize) -> String {
    let faults = storm.faults;
    match what {
        0 => format!("loss {:.3}", faults.loss),
        1 => format!("duplicate {:.3}", faults.duplicate),
        2 => format!("reorder {:.3}", faults.reorder),
        _ => format!("delay {:?} to {:?}", faults.delay_min, faults.delay_max),
    }
}

fn task((at, task): &(std::time::Duration, crate::Task)) -> String {
    let (id, priority, stops) = (task.id(), task.priority(), task.stops().len());
    format!(
        "{id:?} at {at:?}, {priority:?}, {stops} stops, after {:?}, team {:?}",
        task.after(),
        task.team()
    )
}

/// The parts of a storm, with their kinds, numbered as [`without`] takes them.
pub fn parts(storm: &Storm) -> Vec<String> {
    let described = |kind: &'static Kind| {
        let numbers = 0..(kind.count)(storm);
        numbers.map(move |k| format!("{} {k}: {}", kind.name, (kind.describe)(storm, k)))
    };
    KINDS.iter().flat_map(described).collect()
}

/// The storm without these parts, by their numbers in [`parts`]. Numbers that it does not have change nothing.
pub fn without(storm: &Storm, parts: &[usize]) -> Storm {
    let mut less = storm.clone();
    let mut first = KINDS.iter().map(|kind| (kind.count)(storm)).sum::<usize>();
    for kind in KINDS.iter().rev() {
        let many = (kind.count)(storm);
        first -= many;
        let mut here: Vec<usize> = parts
            .iter()
            .filter_map(|part| part.checked_sub(first))
            .filter(|k| *k < many)
            .collect();
        here.sort_unstable();
        here.dedup();
        here.into_iter().rev().for_each(|k| (kind.remove)(&mut less, k));
    }
    less
}

/// Leaves out of a storm that breaks a promise all that it can do without and still break the same one. Returns
/// the numbers of what was left out; `progress` is told after each attempt how many these are, of how many parts.
pub fn shrink(storm: &Storm, promise: &str, progress: impl FnMut(usize, usize)) -> Vec<usize> {
    let breaks = |less: &Storm| {
        weather(less)
            .violation
            .is_some_and(|broken| broken.promise == promise)
    };
    shrink_where(storm, breaks, progress)
}

/// The same for whatever else is wrong with a storm, as `fails` says.
pub fn shrink_where(
    storm: &Storm,
    mut fails: impl FnMut(&Storm) -> bool,
    mut progress: impl FnMut(usize, usize),
) -> Vec<usize> {
    let all = parts(storm).len();
    let mut out: Vec<usize> = Vec::new();
    // Halves first, then quarters, and so on: most of a storm is beside the point. Single parts until none can go.
    let mut size = all.div_ceil(2).max(1);
    loop {
        let before = out.len();
        for from in (0..all).step_by(size) {
            let more: Vec<usize> = (from..(from + size).min(all))
                .filter(|part| !out.contains(part))
                .collect();
            if more.is_empty() {
                continue;
            }
            let tried: Vec<usize> = out.iter().copied().chain(more).collect();
            if fails(&without(storm, &tried)) {
                out = tried;
            }
            progress(out.len(), all);
        }
        if size == 1 && out.len() == before {
            out.sort_unstable();
            return out;
        }
        size = size.div_ceil(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Scale;

    #[test]
    fn what_is_left_is_what_the_failure_needs() {
        let storm = Storm::draw(3, Scale::SMALL);
        let needs = |less: &Storm| less.tasks.iter().any(|(_, task)| *task == storm.tasks[7].1);
        let out = shrink_where(&storm, |less| needs(less) && less.faults.loss > 0.0, |_, _| ());
        let names = parts(&storm);
        let left: Vec<&str> = (0..names.len())
            .filter(|part| !out.contains(part))
            .map(|part| names[part].split_once(':').expect("a name").0)
            .collect();
        assert_eq!(left, ["task 7", "network 0"]);
        let less = without(&storm, &out);
        assert_eq!(
            (less.tasks.len(), less.clocks.len(), less.mishaps.len()),
            (1, 0, 0)
        );
    }

    #[test]
    fn parts_that_there_are_not_change_nothing() {
        let storm = Storm::draw(3, Scale::SMALL);
        let same = without(&storm, &[usize::MAX, 1_000_000]);
        assert_eq!(parts(&same), parts(&storm));
    }
}
