//! The order that tasks put on each other with `after`.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};

use crate::ids::TaskId;

/// Why tasks cannot be put in an order.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PrecedenceError {
    /// Tasks that wait for each other: each for the next, the last for the first.
    #[error("tasks wait for each other for ever: {}; remove one of these from its task's `after`", circle(.0))]
    Cycle(Vec<TaskId>),
    /// A task waits for one that is not there.
    #[error(
        "task {task} comes after task {after}, which is not among the tasks; submit both, or remove it from `after`"
    )]
    Unknown {
        /// The task that waits.
        task: TaskId,
        /// The task for which it waits.
        after: TaskId,
    },
    /// Two tasks of one id.
    #[error("task {0} is given twice; give each task its own id")]
    Duplicate(TaskId),
}

fn circle(tasks: &[TaskId]) -> String {
    let names: Vec<String> = tasks.iter().chain(tasks.first()).map(TaskId::to_string).collect();
    names.join(" after ")
}

type Graph = DiGraph<TaskId, (), u32>;

/// An order in which every task comes after those it names.
///
/// Tasks keep the order in which they are given, but for those that must come earlier: they come directly
/// before the first task that waits for them.
///
/// Complexity: O((V + E) log V) for V tasks and E predecessors: ids are looked up in an ordered map, the rest
/// is O(V + E).
///
/// # Errors
/// If an id is given twice, a predecessor is not among the tasks, or tasks wait for each other in a circle.
///
/// # Example
/// ```
/// use fleet_core::{PrecedenceError, TaskId, precedence};
///
/// let [a, b, c] = [1, 2, 3].map(TaskId::from_u128);
/// assert_eq!(precedence::order([(a, &[c][..]), (b, &[]), (c, &[])]), Ok(vec![c, a, b]));
/// let circle = precedence::order([(a, &[b][..]), (b, &[c]), (c, &[a])]);
/// assert_eq!(circle, Err(PrecedenceError::Cycle(vec![a, b, c])));
/// ```
pub fn order<'a>(
    tasks: impl IntoIterator<Item = (TaskId, &'a [TaskId])>,
) -> Result<Vec<TaskId>, PrecedenceError> {
    let graph = graph(&tasks.into_iter().collect::<Vec<_>>())?;
    match toposort(&graph, None) {
        // Edges lead to what must come before.
        Ok(order) => Ok(order.iter().rev().map(|task| graph[*task]).collect()),
        Err(_) => Err(PrecedenceError::Cycle(cycle(&graph))),
    }
}

/// The tasks, in the order given, with an edge from each to every task that it waits for.
fn graph(tasks: &[(TaskId, &[TaskId])]) -> Result<Graph, PrecedenceError> {
    let mut graph = Graph::with_capacity(tasks.len(), 0);
    let mut nodes = BTreeMap::new();
    for (task, _) in tasks {
        if nodes.insert(*task, graph.add_node(*task)).is_some() {
            return Err(PrecedenceError::Duplicate(*task));
        }
    }
    for (task, after) in tasks {
        for before in *after {
            let unknown = || PrecedenceError::Unknown {
                task: *task,
                after: *before,
            };
            graph.add_edge(nodes[task], *nodes.get(before).ok_or_else(unknown)?, ());
        }
    }
    Ok(graph)
}

/// One cycle of a graph that has one, from the task of it that was given first.
fn cycle(graph: &Graph) -> Vec<TaskId> {
    let mut circle = walk(graph, &knot(graph));
    let first = (0..circle.len()).min_by_key(|k| circle[*k]).unwrap_or(0);
    circle.rotate_left(first);
    circle.iter().map(|task| graph[*task]).collect()
}

/// Tasks that all wait for each other: of several such sets, the one with the task that was given first.
fn knot(graph: &Graph) -> Vec<NodeIndex> {
    let cyclic = |knot: &Vec<NodeIndex>| knot.len() > 1 || graph.contains_edge(knot[0], knot[0]);
    let knots = kosaraju_scc(graph).into_iter().filter(cyclic);
    knots
        .min_by_key(|knot| knot.iter().min().copied())
        .unwrap_or_default()
}

/// From the first task of a knot always on to the first that it waits for there, until one comes again: then
/// all since that one are a cycle.
fn walk(graph: &Graph, knot: &[NodeIndex]) -> Vec<NodeIndex> {
    let mut inside = vec![false; graph.node_count()];
    knot.iter().for_each(|task| inside[task.index()] = true);
    let (mut walk, mut seen) = (Vec::new(), BTreeMap::new());
    let mut at = knot.iter().min().copied();
    while let Some(task) = at {
        if let Some(start) = seen.insert(task, walk.len()) {
            return walk.split_off(start);
        }
        walk.push(task);
        at = graph.neighbors(task).filter(|next| inside[next.index()]).min();
    }
    walk
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: u128) -> TaskId {
        TaskId::from_u128(id)
    }

    #[test]
    fn a_task_after_itself_is_a_cycle_of_one() {
        assert_eq!(
            order([(id(1), &[][..]), (id(2), &[id(2)])]),
            Err(PrecedenceError::Cycle(vec![id(2)]))
        );
    }

    #[test]
    fn errors_name_the_tasks() {
        let unknown = order([(id(1), &[id(7)][..])]).unwrap_err();
        assert_eq!(
            unknown,
            PrecedenceError::Unknown {
                task: id(1),
                after: id(7)
            }
        );
        assert_eq!(
            order([(id(1), &[][..]), (id(1), &[])]),
            Err(PrecedenceError::Duplicate(id(1)))
        );
        let text = PrecedenceError::Cycle(vec![id(1), id(2)]).to_string();
        assert!(
            text.contains(&alloc::format!("{} after {} after {}", id(1), id(2), id(1))),
            "{text}"
        );
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let count = 100_000;
        let before: Vec<[TaskId; 1]> = (0..count).map(|k| [id(k + 1)]).collect();
        let chain = |end| {
            let tasks = before.iter().zip(0..).map(|(before, k)| (id(k), &before[..]));
            order(tasks.chain([(id(count), end)]))
        };
        let expected: Vec<TaskId> = (0..=count).rev().map(id).collect();
        assert_eq!(chain(&[]), Ok(expected));
        let circle = chain(&[id(0)]).unwrap_err();
        assert!(matches!(circle, PrecedenceError::Cycle(tasks) if tasks.len() == count as usize + 1));
    }

    #[test]
    fn independent_tasks_keep_their_order() {
        let tasks = [5, 3, 9, 1].map(id);
        assert_eq!(order(tasks.map(|task| (task, &[][..]))), Ok(tasks.to_vec()));
    }
}
