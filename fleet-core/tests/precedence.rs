//! The order of tasks, against all orders there are.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::{PrecedenceError, TaskId, precedence};
use proptest::prelude::*;

type Tasks = Vec<(TaskId, Vec<TaskId>)>;

/// Up to eight tasks with ids in any order, each after some of the others: half of the time there is a circle.
fn tasks() -> impl Strategy<Value = Tasks> {
    let ids: Vec<u128> = (1..9).collect();
    (Just(ids).prop_shuffle(), 0..=8_usize).prop_flat_map(|(ids, count)| {
        let after = proptest::collection::vec(any::<prop::sample::Index>(), 0..3);
        proptest::collection::vec(after, count).prop_map(move |after| {
            let task = |k: usize| TaskId::from_u128(ids[k]);
            let named =
                |after: Vec<prop::sample::Index>| after.iter().map(|k| task(k.index(count))).collect();
            after
                .into_iter()
                .enumerate()
                .map(|(k, after)| (task(k), named(after)))
                .collect()
        })
    })
}

fn order(tasks: &Tasks) -> Result<Vec<TaskId>, PrecedenceError> {
    precedence::order(tasks.iter().map(|(task, after)| (*task, &after[..])))
}

/// Whether any order exists: takes away tasks that wait for nothing until none is left or all wait.
fn is_possible(tasks: &Tasks) -> bool {
    let mut left: BTreeSet<TaskId> = tasks.iter().map(|(task, _)| *task).collect();
    for _ in tasks {
        let free = tasks
            .iter()
            .find(|(task, after)| left.contains(task) && after.iter().all(|before| !left.contains(before)));
        free.map(|(task, _)| left.remove(task));
    }
    left.is_empty()
}

/// The order that the documentation promises, by plain recursion: each task in turn, after what it waits for.
fn take(tasks: &Tasks, task: TaskId, taken: &mut Vec<TaskId>) {
    if taken.contains(&task) {
        return;
    }
    let (_, after) = tasks.iter().find(|(other, _)| *other == task).unwrap();
    after.iter().for_each(|before| take(tasks, *before, taken));
    taken.push(task);
}

proptest! {
    #[test]
    fn the_order_is_right_or_the_circle_is_real(tasks in tasks()) {
        let after: BTreeMap<_, _> = tasks.iter().cloned().collect();
        match order(&tasks) {
            Ok(order) => {
                prop_assert!(is_possible(&tasks));
                let mut expected = Vec::new();
                tasks.iter().for_each(|(task, _)| take(&tasks, *task, &mut expected));
                prop_assert_eq!(order, expected);
            }
            Err(PrecedenceError::Cycle(circle)) => {
                prop_assert!(!is_possible(&tasks));
                prop_assert_eq!(circle.iter().collect::<BTreeSet<_>>().len(), circle.len());
                for (task, next) in circle.iter().zip(circle.iter().cycle().skip(1)) {
                    prop_assert!(after[task].contains(next), "{:?}", circle);
                }
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }

    #[test]
    fn the_first_unknown_predecessor_is_named(mut tasks in tasks(), place in any::<prop::sample::Index>()) {
        prop_assume!(!tasks.is_empty());
        let unknown = TaskId::from_u128(99);
        let place = place.index(tasks.len());
        tasks[place].1.push(unknown);
        let task = tasks[place].0;
        prop_assert_eq!(order(&tasks), Err(PrecedenceError::Unknown { task, after: unknown }));
    }
}
