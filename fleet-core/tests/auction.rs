//! The laws of auctions, against models that remember nothing but the bids.

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{NOW, Traits, objective, robot, spec, task};
use fleet_core::allocate::{Auction, Award, Plan, Problem, Rule, sequential_auction};
use fleet_core::schedule::{Insertion, Job, Schedule, Start};
use fleet_core::travel::{Euclidean, PlaceError, Travel};
use fleet_core::urgency::{Scheme, Urgency};
use fleet_core::{
    Ability, Cost, Decline, Objective, Place, Point, Robot, RobotId, RobotSpec, Stop, Task, TaskSpec,
};
use proptest::prelude::*;

/// An auction as its documentation tells it.
#[derive(Default)]
struct Model {
    rule: Rule,
    /// Urgency and bids of each lot that is open.
    lots: BTreeMap<usize, (Urgency, BTreeMap<usize, Cost>)>,
    opened: usize,
    passed_over: Vec<usize>,
}

impl Model {
    fn standing(&self, lot: usize) -> Option<(Cost, usize, Option<Cost>)> {
        let mut bids: Vec<_> = self.lots[&lot]
            .1
            .iter()
            .map(|(robot, cost)| (*cost, *robot))
            .collect();
        bids.sort();
        let (cost, robot) = *bids.first()?;
        Some((cost, robot, bids.get(1).map(|bid| bid.0)))
    }

    fn next(&mut self) -> Option<Award> {
        let open = self
            .lots
            .keys()
            .filter_map(|lot| Some((*lot, self.standing(*lot)?)));
        let mut open: Vec<_> = open
            .filter(|(_, (_, robot, _))| !self.passed_over.contains(robot))
            .collect();
        open.sort_by(
            |(a, (cost_a, robot_a, second_a)), (b, (cost_b, robot_b, second_b))| {
                let by_urgency = self.lots[b].0.cmp(&self.lots[a].0);
                let by_bid = (cost_a, robot_a).cmp(&(cost_b, robot_b));
                let regret = |cost: &Cost, second: &Option<Cost>| {
                    second.map_or(f64::INFINITY, |second| second.value() - cost.value())
                };
                let by_regret = regret(cost_b, second_b).total_cmp(&regret(cost_a, second_a));
                let by_rule = match self.rule {
                    Rule::LowestBid => by_bid,
                    Rule::Regret => by_regret.then(by_bid),
                };
                by_urgency.then(by_rule).then(a.cmp(b))
            },
        );
        let (lot, (cost, robot, second)) = *open.first()?;
        self.lots.remove(&lot);
        self.passed_over.push(robot);
        Some(Award {
            lot,
            robot,
            cost,
            second,
        })
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Open(u8),
    Bid {
        lot: usize,
        robot: usize,
        cost: Option<u8>,
    },
    Withdraw(usize),
    Renewed(usize),
    Next,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..3_u8).prop_map(Step::Open),
        12 => (any::<usize>(), 0..5_usize, prop::option::weighted(0.8, 0..12_u8))
            .prop_map(|(lot, robot, cost)| Step::Bid { lot, robot, cost }),
        1 => any::<usize>().prop_map(Step::Withdraw),
        3 => (0..7_usize).prop_map(Step::Renewed),
        3 => Just(Step::Next),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6_000) })]

    #[test]
    fn an_auction_is_its_model(
        regret in any::<bool>(),
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let rule = if regret { Rule::Regret } else { Rule::LowestBid };
        let mut auction = Auction::new(rule);
        let mut model = Model { rule, ..Model::default() };
        for step in steps {
            match step {
                Step::Open(urgency) => {
                    let urgency = Urgency::new(f64::from(urgency));
                    // The number of a lot that is gone may be used again, but never that of an open one.
                    let lot = auction.open(urgency);
                    prop_assert!(model.lots.insert(lot, (urgency, BTreeMap::new())).is_none());
                    prop_assert!(lot <= model.opened);
                    model.opened = model.opened.max(lot + 1);
                }
                Step::Withdraw(lot) => {
                    let lot = lot % (model.opened + 2);
                    auction.withdraw(lot);
                    model.lots.remove(&lot);
                }
                // Lots that are awarded or never were are bid for too: that changes nothing.
                Step::Bid { lot, robot, cost } => {
                    let lot = lot % (model.opened + 2);
                    let cost = cost.and_then(|cost| Cost::new(f64::from(cost) - 3.0));
                    let before = auction.clone();
                    auction.bid(lot, robot, cost);
                    prop_assert!(model.lots.contains_key(&lot) || auction == before);
                    let bids = model.lots.get_mut(&lot).map(|(_, bids)| bids);
                    match (bids, cost) {
                        (Some(bids), Some(cost)) => drop(bids.insert(robot, cost)),
                        (Some(bids), None) => drop(bids.remove(&robot)),
                        (None, _) => {}
                    }
                }
                Step::Renewed(robot) => {
                    auction.renewed(robot);
                    model.passed_over.retain(|other| *other != robot);
                }
                Step::Next => prop_assert_eq!(auction.next(), model.next()),
            }
            let mut open: Vec<_> = auction.open_lots().collect();
            open.sort_unstable();
            prop_assert!(open.iter().eq(model.lots.keys()));
        }
    }
}

#[derive(Clone, Debug)]
struct Instance {
    robots: Vec<Robot>,
    tasks: Vec<Task>,
    objective: Objective,
    regret: bool,
}

fn crane() -> Ability {
    Ability::new("crane").unwrap()
}

fn instance() -> impl Strategy<Value = Instance> {
    let robots = prop::collection::vec((robot(), any::<bool>()), 1..5);
    let tasks = prop::collection::vec((task(Traits::ALL), 0..6_u8), 0..14);
    (robots, tasks, objective(), any::<bool>()).prop_map(|(robots, tasks, objective, regret)| Instance {
        robots: robots
            .into_iter()
            .map(|(robot, able)| able_to(robot, able))
            .collect(),
        tasks: tasks
            .into_iter()
            .map(|(task, needs)| needing(task, needs == 0))
            .collect(),
        objective,
        regret,
    })
}

/// An instance where only ways count but for some tasks, if any, on a grid, so that many prices are equal.
fn plain_instance(odd: bool) -> impl Strategy<Value = Instance> {
    let robots = prop::collection::vec(common::place(), 1..7);
    let rare = if odd { Traits::ALL } else { Traits::PLAIN };
    let one = prop_oneof![7 => task(Traits::PLAIN), 1 => task(rare)];
    let tasks = prop::collection::vec(one, 0..20);
    let travel = prop::sample::select(vec![0.0, 0.3, 1.0]);
    (robots, tasks, travel, any::<bool>()).prop_map(|(robots, tasks, travel, regret)| {
        let robot = |place: Place| Robot::new(RobotSpec::new(RobotId::from_u128(1), place)).unwrap();
        Instance {
            robots: robots.into_iter().map(robot).collect(),
            tasks: tasks.into_iter().map(|task| needing(task, false)).collect(),
            objective: Objective {
                travel,
                unserved: 200.0,
                ..Objective::minisum()
            },
            regret,
        }
    })
}

fn able_to(robot: Robot, able: bool) -> Robot {
    let mut spec = RobotSpec::from(robot);
    spec.abilities.extend(able.then(crane));
    Robot::new(spec).unwrap()
}

fn needing(mut task: TaskSpec, needs: bool) -> Task {
    task.needs.extend(needs.then(crane));
    Task::new(task).unwrap()
}

impl Instance {
    fn problem(&self) -> Problem {
        let (robots, tasks) = (self.robots.clone(), self.tasks.clone());
        Problem::new(robots, tasks, self.objective, &Scheme::FixedClasses, NOW)
    }

    fn rule(&self) -> Rule {
        if self.regret {
            Rule::Regret
        } else {
            Rule::LowestBid
        }
    }
}

/// Class by class, of the tasks that some robot can take, the cheapest (or most regretted) goes to its lowest bidder;
/// then everybody thinks
/// again. What is left of a class when no robot wants more of it is left out.
fn by_the_book(problem: &Problem, objective: Objective, rule: Rule) -> Vec<Schedule> {
    let start = |robot: &Robot| Start::new(robot.pose().place, NOW);
    let robots = problem.robots();
    let mut plans: Vec<_> = robots
        .iter()
        .map(|robot| Schedule::new(robot, objective, start(robot)))
        .collect();
    let jobs: Vec<Job> = problem
        .tasks()
        .iter()
        .zip(problem.standings())
        .enumerate()
        .map(|(k, (task, standing))| Job::new(k as u32, task, standing, &mut Euclidean).unwrap())
        .collect();
    let mut open: Vec<usize> = (0..jobs.len()).collect();
    loop {
        let urgency = open.iter().map(|task| jobs[*task].urgency()).max();
        let mut offers: Vec<(Urgency, f64, f64, usize, usize, Insertion)> = Vec::new();
        for &task in open.iter().filter(|task| Some(jobs[**task].urgency()) == urgency) {
            let able = |robot: &usize| {
                problem.tasks()[task]
                    .needs()
                    .is_subset(robots[*robot].abilities())
            };
            let mut bids: Vec<_> = (0..robots.len())
                .filter(able)
                .filter_map(|robot| {
                    Some((
                        robot,
                        plans[robot].best_insertion(&jobs[task], &mut Euclidean).ok()?,
                    ))
                })
                .collect();
            bids.sort_by(|a, b| {
                a.1.terms
                    .total()
                    .total_cmp(&b.1.terms.total())
                    .then(a.0.cmp(&b.0))
            });
            let Some((robot, insertion)) = bids.first().copied() else {
                continue;
            };
            let cost = insertion.terms.total();
            let regret = bids
                .get(1)
                .map_or(f64::INFINITY, |(_, second)| second.terms.total() - cost);
            let regret = if rule == Rule::Regret { regret } else { 0.0 };
            offers.push((jobs[task].urgency(), regret, cost, robot, task, insertion));
        }
        let best = offers.into_iter().min_by(|a, b| {
            b.0.cmp(&a.0)
                .then(b.1.total_cmp(&a.1))
                .then(a.2.total_cmp(&b.2))
                .then((a.3, a.4).cmp(&(b.3, b.4)))
        });
        let Some((_, _, _, robot, task, insertion)) = best else {
            open.retain(|task| Some(jobs[*task].urgency()) != urgency);
            if open.is_empty() {
                return plans;
            }
            continue;
        };
        plans[robot].insert(&jobs[task], &insertion);
        open.retain(|other| *other != task);
    }
}

fn is_complete(plan: &Plan, problem: &Problem) -> Result<(), TestCaseError> {
    let mut seen = vec![0; problem.tasks().len()];
    for (schedule, robot) in plan.schedules.iter().zip(problem.robots()) {
        for key in schedule.keys() {
            seen[key as usize] += 1;
            prop_assert!(problem.tasks()[key as usize].needs().is_subset(robot.abilities()));
        }
        prop_assert_eq!(schedule.missed().count(), 0);
    }
    for unserved in &plan.unserved {
        seen[unserved.task] += 1;
        prop_assert_eq!(unserved.reasons.len(), problem.robots().len());
        for (robot, reason) in problem.robots().iter().zip(&unserved.reasons) {
            let able = problem.tasks()[unserved.task]
                .needs()
                .is_subset(robot.abilities());
            prop_assert_eq!(matches!(reason, Decline::Needs(_)), !able);
        }
    }
    prop_assert!(seen.iter().all(|count| *count == 1), "{seen:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(3_000) })]

    /// Bidding again only for what an award changed gives what bidding again for everything gives; every task is
    /// in one schedule or left out for a reason; the same problem has the same plan.
    #[test]
    fn a_sequential_auction_goes_by_the_book(instance in prop_oneof![instance(), plain_instance(false), plain_instance(true)]) {
        let problem = instance.problem();
        let plan = sequential_auction(&problem, instance.rule(), &mut Euclidean);
        is_complete(&plan, &problem)?;
        prop_assert_eq!(&plan, &sequential_auction(&problem, instance.rule(), &mut Euclidean));
        let book = by_the_book(&problem, instance.objective, instance.rule());
        prop_assert_eq!(plan.schedules, book);
    }
}

/// Travel of the best plan: every order of the tasks, cut into runs for the robots in every way.
fn least_travel(robots: &[Place], tasks: &[Place]) -> f64 {
    fn search(at: &mut Vec<Place>, left: &[Place], spent: f64, best: &mut f64) {
        if spent >= *best {
            return;
        }
        if left.is_empty() {
            *best = spent;
        }
        for k in 0..left.len() {
            let mut rest = left.to_vec();
            let task = rest.remove(k);
            for robot in 0..at.len() {
                let from = std::mem::replace(&mut at[robot], task);
                let metres = Euclidean.distance(from, task).unwrap();
                search(at, &rest, spent + metres, best);
                at[robot] = from;
            }
        }
    }
    let mut best = f64::INFINITY;
    search(&mut robots.to_vec(), tasks, 0.0, &mut best);
    best
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn minisum_costs_at_most_twice_the_optimum(
        robots in prop::collection::vec(common::place(), 1..4),
        tasks in prop::collection::vec(common::place(), 1..6),
    ) {
        let robot = |(k, place): (usize, &Place)| {
            Robot::new(RobotSpec::new(RobotId::from_u128(k as u128 + 1), *place)).unwrap()
        };
        let task = |(k, place): (usize, &Place)| Task::new(spec(k as u32, vec![Stop::at(*place)])).unwrap();
        let problem = Problem::new(
            robots.iter().enumerate().map(robot).collect(),
            tasks.iter().enumerate().map(task).collect(),
            Objective::minisum(),
            &Scheme::FixedClasses,
            NOW,
        );
        let cost = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean).terms(&problem).total();
        let best = least_travel(&robots, &tasks);
        prop_assert!(cost <= 2.0 * best + 1e-6 && cost >= best - 1e-6, "{cost} {best}");
    }
}

/// A map that forgot some of its lengths.
#[derive(Debug)]
struct Torn(f64);

fn torn(place: Place) -> bool {
    place
        .point()
        .is_some_and(|point| (point.x() as u32).is_multiple_of(3))
}

impl Travel for Torn {
    fn distance(&mut self, from: Place, to: Place) -> Option<f64> {
        let metres = Euclidean.distance(from, to)?;
        Some(if torn(to) { self.0 } else { metres })
    }

    fn check(&self, _place: Place) -> Result<(), PlaceError> {
        Ok(())
    }

    fn path(&mut self, _from: Place, _to: Place) -> Option<Vec<Point>> {
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn lengths_that_are_no_number_are_no_way(
        instance in instance(),
        odd in prop::sample::select(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, f64::MAX]),
    ) {
        let problem = instance.problem();
        let plan = sequential_auction(&problem, instance.rule(), &mut Torn(odd));
        is_complete(&plan, &problem)?;
        prop_assert!(plan.terms(&problem).total().is_finite());
        for key in plan.schedules.iter().flat_map(Schedule::keys) {
            prop_assert!(problem.tasks()[key as usize].stops().iter().all(|stop| !torn(stop.place)));
        }
    }
}

#[test]
fn the_reason_that_came_nearest_is_told() {
    let robot = Robot::new(RobotSpec::new(RobotId::from_u128(1), Place::at(0.0, 0.0))).unwrap();
    let mut far = spec(
        0,
        vec![Stop::at(Place::at(500.0, 0.0)).lasting(Duration::from_secs(5))],
    );
    far.deadline = Some(NOW + Duration::from_secs(10));
    let mut heavy = spec(1, vec![Stop::at(Place::at(1.0, 0.0))]);
    heavy.stops[0].load = fleet_core::Load::new(&[1.0]).unwrap();
    let mut special = spec(2, vec![Stop::at(Place::at(1.0, 0.0))]);
    special.needs.insert(crane());
    let tasks = [far, heavy, special]
        .map(|task| Task::new(task).unwrap())
        .to_vec();
    let problem = Problem::new(
        vec![robot],
        tasks,
        Objective::minisum(),
        &Scheme::FixedClasses,
        NOW,
    );
    let plan = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
    let reasons: Vec<_> = plan
        .unserved
        .into_iter()
        .map(|left| (left.task, left.reasons))
        .collect();
    let expected = [Decline::Deadline, Decline::Load, Decline::Needs(crane())];
    assert_eq!(
        reasons,
        expected
            .into_iter()
            .map(|reason| vec![reason])
            .enumerate()
            .collect::<Vec<_>>()
    );
}
