//! What solutions are judged by, where only time counts.

use fleet_core::allocate::search::{Robot, Solution, Stop, Task};
use fleet_examples::instances::{Format, Goal, Instance, check};

/// A robot, and two tasks on one side of it that take 2 seconds each: the near one is due early, the far one late.
fn line() -> Instance {
    let task = |place, time, weight| {
        let mut stop = Stop::new(place);
        stop.service = vec![2.0];
        let mut task = Task::new(vec![stop]);
        (task.due, task.lateness) = (time, weight);
        task
    };
    Instance {
        name: "line".into(),
        format: Format::Mdvrp,
        points: vec![(0.0, 0.0), (3.0, 0.0), (10.0, 0.0)],
        robots: vec![Robot::new(0)],
        tasks: vec![task(1, 4.0, 3.0), task(2, 20.0, 5.0)],
        ids: vec![1, 2],
        goal: Goal::Tardiness,
    }
}

fn route(tasks: [u32; 2]) -> Solution {
    Solution {
        routes: vec![tasks.map(|task| (task, 0)).to_vec()],
        ..Solution::default()
    }
}

#[test]
fn lateness_counts_from_the_end_of_the_work_by_its_weight() {
    let near_first = check(&line(), &route([0, 1]));
    assert_eq!((near_first.makespan, near_first.tardiness), (14.0, 3.0)); // 5 s, due at 4 s
    let far_first = check(&line(), &route([1, 0]));
    assert_eq!((far_first.makespan, far_first.tardiness), (21.0, 51.0)); // 21 s, due at 4 s
}

#[test]
fn the_search_finds_what_the_goal_asks_for() {
    for (goal, value) in [
        (Goal::Distance, 10.0),
        (Goal::Makespan, 14.0),
        (Goal::Tardiness, 3.0),
    ] {
        let (found, _) = line().solve(goal, 1, |rounds| rounds as f64 / 64.0).unwrap();
        assert_eq!(goal.value(&check(&line(), &found)), value, "{goal:?}");
    }
}
