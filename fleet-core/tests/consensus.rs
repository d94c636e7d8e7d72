//! Allocation by consensus: what it comes to, on any network that gets messages through, and on one that loses them.

#[path = "consensus/greedy.rs"]
mod greedy;
#[path = "consensus/hearsay.rs"]
mod hearsay;
#[path = "consensus/passing.rs"]
mod passing;
#[path = "consensus/team.rs"]
mod team;

use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::Scheme;
use fleet_core::{Objective, Robot, Task, TaskId, UtcTime};
use proptest::prelude::*;

use team::{Shape, Team};

/// Robots and tasks at places of a square of 100 m, now and then the same ones; some tasks more urgent than others.
fn instances() -> impl Strategy<Value = (Vec<Robot>, Vec<Task>)> {
    let place = || (0.0..100.0_f64, 0.0..100.0_f64);
    let robots = prop::collection::vec((place(), 0.5..2.0_f64), 1..7);
    let tasks = prop::collection::vec((place(), 0..3_usize, 0.0..30.0_f64), 0..14);
    (robots, tasks).prop_map(|(robots, tasks)| {
        let robots = (1..)
            .zip(robots)
            .map(|(k, (at, speed))| team::robot(k, at, speed));
        let tasks = (1..)
            .zip(tasks)
            .map(|(k, (at, priority, service))| team::task(k, at, priority, service));
        (robots.collect(), tasks.collect())
    })
}

/// The ids of those that are picked.
fn ids(tasks: &[Task], picks: &[bool]) -> Vec<TaskId> {
    let picked = tasks.iter().zip(picks).filter(|(_, pick)| **pick);
    picked.map(|(task, _)| task.id()).collect()
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Full),
        Just(Shape::Line),
        Just(Shape::Ring),
        Just(Shape::Star),
        any::<u64>().prop_map(Shape::Tree),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// Where prices only rise as a plan grows, and nothing is lost, all come to what one auctioneer would have come to.
    #[test]
    fn without_loss_it_is_the_sequential_auction((robots, tasks) in instances(), shape in shapes()) {
        let objective = Objective { haste: 0.0, ..Objective::minimax() };
        let mut team = Team::new(&robots, &tasks, objective, tasks.len().max(1), shape);
        let rounds = team.settle();
        prop_assert!(rounds <= tasks.len() * team.diameter(), "{rounds} rounds");
        let problem = Problem::new(robots, tasks, objective, &Scheme::FixedClasses, UtcTime::from_secs(0));
        let plan = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
        for (own, auctioned) in team.plans().zip(&plan.schedules) {
            // There tasks are numbered from 0, here by their ids.
            let numbers: Vec<u32> = auctioned.keys().map(|key| key + 1).collect();
            prop_assert_eq!(own.keys().collect::<Vec<_>>(), numbers);
            prop_assert_eq!(own.terms(), auctioned.terms());
        }
    }

    /// For any objective and any length of bundles it is the greedy result by prices that do not fall, and it takes no
    /// more rounds than there are pairs to agree on, times the width of the network.
    #[test]
    fn without_loss_it_is_the_greedy_result(
        (robots, tasks) in instances(),
        shape in shapes(),
        limit in 1..6_usize,
        objective in prop::sample::select(vec![
            Objective::minisum(), Objective::minimax(), Objective::miniave(), Objective::default(),
        ]),
        bound in prop::collection::vec(any::<bool>(), 14),
    ) {
        let mut team = Team::new(&robots, &tasks, objective, limit, shape);
        let bound = ids(&tasks, &bound);
        team.bind(&bound, true);
        let rounds = team.settle();
        let pairs = tasks.len().min(robots.len() * limit);
        prop_assert!(rounds <= pairs * team.diameter(), "{rounds} rounds");
        prop_assert_eq!(team.bundles(), greedy::bundles(&robots, &tasks, objective, limit, &bound));
    }

    /// Tasks come and go and robots join and leave in the midst of it: it still comes to the greedy result over what is
    /// there in the end.
    #[test]
    fn changes_on_the_way_do_not_matter(
        (robots, tasks) in instances(),
        shape in shapes(),
        late in prop::collection::vec(any::<bool>(), 14),
        cancelled in prop::collection::vec(any::<bool>(), 14),
        bound in prop::collection::vec(0..3_u8, 14),
        steps in 0..6_usize,
        loss in 0..9_u32,
        seed in any::<u64>(),
    ) {
        let (objective, limit) = (Objective::minisum(), 4);
        let picked = |picks: &[bool], wanted: bool| -> Vec<Task> {
            tasks.iter().zip(picks).filter(|(_, pick)| **pick == wanted).map(|(task, _)| task.clone()).collect()
        };
        let mut team = Team::new(&robots, &picked(&late, false), objective, limit, shape);
        team.lose(loss, seed);
        team.rounds(steps);
        let free: Vec<bool> = bound.iter().map(|kind| *kind == 0).collect();
        let bound: Vec<bool> = bound.iter().map(|kind| *kind > 1).collect();
        let (mut bound, free) = (ids(&tasks, &bound), ids(&tasks, &free));
        team.bind(&bound, true);
        team.bind(&free, true);
        team.rounds(1);
        team.open(&picked(&late, true));
        team.bind(&bound, true);
        team.rounds(steps);
        team.close(&picked(&cancelled, true));
        team.bind(&free, false);
        bound.retain(|task| !free.contains(task));
        team.settle();
        let left = picked(&cancelled, false);
        prop_assert_eq!(team.bundles(), greedy::bundles(&robots, &left, objective, limit, &bound));
    }
}
