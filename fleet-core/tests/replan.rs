//! A plan that is kept up while robots work: whatever happens, nothing is lost, doubled or taken from who has begun it.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::{NOW, Traits, objective, robot, task};
use fleet_core::allocate::search::Rounds;
use fleet_core::allocate::{Change, Replanner, Replanning};
use fleet_core::schedule::Start;
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    Load, Objective, Place, Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime,
};
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Debug)]
enum Event {
    Join(Robot),
    Leave(Index),
    Submit(TaskSpec, Option<Index>),
    Cancel(Index),
    Begin(Index),
    Complete(Index),
    Late(Index, u64),
    Slow(Index, f64),
    Room(Index, usize),
    Replan(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let robots = || any::<Index>();
    prop_oneof![
        2 => robot().prop_map(Event::Join),
        1 => robots().prop_map(Event::Leave),
        8 => (task(Traits::ALL), prop::option::weighted(0.2, any::<Index>())).prop_map(|(task, after)| Event::Submit(task, after)),
        1 => any::<Index>().prop_map(Event::Cancel),
        4 => robots().prop_map(Event::Begin),
        4 => robots().prop_map(Event::Complete),
        1 => (robots(), 0..60_u64).prop_map(|(robot, late)| Event::Late(robot, late)),
        1 => (robots(), 0.3..3.0).prop_map(|(robot, speed)| Event::Slow(robot, speed)),
        1 => (robots(), 0..4_usize).prop_map(|(robot, room)| Event::Room(robot, room)),
        6 => (0..100_u64).prop_map(Event::Replan),
    ]
}

/// A fleet, and what its words say of it.
struct World {
    fleet: Replanner,
    now: UtcTime,
    robots: Vec<RobotId>,
    tasks: BTreeSet<TaskId>,
    begun: BTreeMap<RobotId, TaskId>,
    room: BTreeMap<RobotId, usize>,
    next: u128,
}

impl World {
    fn holders(&self) -> BTreeMap<TaskId, RobotId> {
        let mut holders = BTreeMap::new();
        for (robot, schedule) in self.fleet.schedules() {
            for key in schedule.keys() {
                let task = self.fleet.task(key).unwrap().id();
                assert!(
                    holders.insert(task, robot.id()).is_none(),
                    "{task} is there twice"
                );
            }
        }
        holders
    }

    fn some(&self, index: Index) -> Option<RobotId> {
        (!self.robots.is_empty()).then(|| *index.get(&self.robots))
    }

    fn first(&self, robot: RobotId) -> Option<TaskId> {
        let (_, schedule) = self.fleet.schedules().find(|(other, _)| other.id() == robot)?;
        Some(self.fleet.task(schedule.keys().next()?)?.id())
    }

    fn happen(&mut self, event: Event) -> Result<(), TestCaseError> {
        self.now = self.now + Duration::from_secs(5);
        self.next += 1;
        match event {
            Event::Join(robot) => {
                let mut spec = RobotSpec::from(robot);
                spec.id = RobotId::from_u128(self.next);
                self.robots.push(spec.id);
                let robot = Robot::new(spec).unwrap();
                self.fleet.join(robot.clone(), self.now).unwrap();
                prop_assert!(self.fleet.join(robot, self.now).is_err());
            }
            Event::Leave(index) => {
                if let Some(robot) = self.some(index) {
                    prop_assert!(self.fleet.leave(robot));
                    self.robots.retain(|other| *other != robot);
                    self.begun.remove(&robot);
                }
            }
            Event::Submit(mut spec, after) => {
                spec.id = TaskId::from_u128(self.next);
                if let Some(after) = after.filter(|_| !self.tasks.is_empty()) {
                    let tasks: Vec<TaskId> = self.tasks.iter().copied().collect();
                    spec.after = vec![*after.get(&tasks)];
                }
                let task = Task::new(spec).unwrap();
                let standing = Scheme::FixedClasses.standing(&task, self.now, self.now);
                self.tasks.insert(task.id());
                self.fleet.submit(task.clone(), standing, &mut Euclidean).unwrap();
                prop_assert!(self.fleet.submit(task, standing, &mut Euclidean).is_err());
            }
            Event::Cancel(index) => {
                let tasks: Vec<TaskId> = self.tasks.iter().copied().collect();
                if !tasks.is_empty() {
                    let task = *index.get(&tasks);
                    prop_assert!(self.fleet.cancel(task, Load::ZERO, &mut Euclidean));
                    self.tasks.remove(&task);
                    self.begun.retain(|_, begun| *begun != task);
                }
            }
            Event::Begin(index) => {
                if let Some(robot) = self.some(index).filter(|robot| !self.begun.contains_key(robot)) {
                    let first = self.first(robot);
                    prop_assert_eq!(self.fleet.begin(robot), first.is_some());
                    first.map(|first| self.begun.insert(robot, first));
                }
            }
            Event::Complete(index) => {
                if let Some(robot) = self.some(index) {
                    let first = self.first(robot);
                    let done = self.fleet.complete(robot, self.now);
                    match done {
                        Some(done) => {
                            prop_assert_eq!(Some(done), first);
                            self.tasks.remove(&done);
                            self.begun.remove(&robot);
                        }
                        None => drop(first.map(|first| self.begun.insert(robot, first))),
                    }
                }
            }
            Event::Late(index, late) => {
                if let Some(robot) = self.some(index) {
                    let (_, schedule) = self
                        .fleet
                        .schedules()
                        .find(|(other, _)| other.id() == robot)
                        .unwrap();
                    let start = schedule.start();
                    let at = self.now + Duration::from_secs(late);
                    let later = Start { at, ..start };
                    prop_assert!(self.fleet.restart(robot, later, &mut Euclidean));
                }
            }
            Event::Slow(index, speed) => {
                if let Some(robot) = self.some(index) {
                    prop_assert!(self.fleet.set_speed(robot, speed));
                    prop_assert!(!self.fleet.set_speed(robot, f64::NAN));
                }
            }
            Event::Room(index, room) => {
                if let Some(robot) = self.some(index) {
                    prop_assert!(self.fleet.set_room(robot, room));
                    self.room.insert(robot, room);
                }
            }
            Event::Replan(rounds) => self.replan(rounds)?,
        }
        Ok(())
    }

    fn replan(&mut self, rounds: u64) -> Result<(), TestCaseError> {
        let (before, mut again) = (self.holders(), self.fleet.clone());
        let changes = self.fleet.replan(self.now, &mut Rounds(rounds), &mut Euclidean);
        prop_assert_eq!(
            &changes,
            &again.replan(self.now, &mut Rounds(rounds), &mut Euclidean)
        );
        let after = self.holders();
        let mut told: Vec<(TaskId, Option<RobotId>, Option<RobotId>)> = changes
            .iter()
            .map(|Change { task, from, to }| (*task, *from, *to))
            .collect();
        told.sort();
        let other = |task: &&TaskId| before.get(task) != after.get(task);
        let seen: Vec<_> = self
            .tasks
            .iter()
            .filter(other)
            .map(|task| (*task, before.get(task).copied(), after.get(task).copied()))
            .collect();
        prop_assert_eq!(told, seen);
        for (robot, schedule) in self.fleet.schedules() {
            let begun = self.begun.get(&robot.id()).copied();
            if let Some(room) = self.room.get(&robot.id()) {
                let tasks: BTreeSet<u32> = schedule.keys().collect();
                prop_assert!(tasks.len() - usize::from(begun.is_some()) <= *room);
            }
            for key in schedule.missed() {
                // Only what has begun is kept though it will be late.
                prop_assert_eq!(self.fleet.task(key).map(Task::id), begun);
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let holders = self.holders();
        let waiting: BTreeSet<TaskId> = self.fleet.waiting().map(Task::id).collect();
        prop_assert_eq!(holders.len() + waiting.len(), self.tasks.len());
        prop_assert!(
            self.tasks
                .iter()
                .all(|task| holders.contains_key(task) != waiting.contains(task))
        );
        for (robot, begun) in &self.begun {
            prop_assert_eq!(self.first(*robot), Some(*begun), "what has begun comes first");
        }
        for task in holders.keys() {
            let key = self
                .fleet
                .schedules()
                .flat_map(|(_, schedule)| schedule.keys())
                .find(|key| self.fleet.task(*key).map(Task::id) == Some(*task));
            let after = self.fleet.task(key.unwrap()).unwrap().after();
            prop_assert!(
                after.iter().all(|before| !self.tasks.contains(before)),
                "{task} is too early"
            );
        }
        Ok(())
    }
}

fn world(objective: Objective, group: usize) -> World {
    World {
        fleet: Replanner::new(Replanning {
            group,
            ..Replanning::new(objective)
        }),
        now: NOW,
        robots: Vec::new(),
        tasks: BTreeSet::new(),
        begun: BTreeMap::new(),
        room: BTreeMap::new(),
        next: 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn whatever_happens_nothing_is_lost(
        events in prop::collection::vec(event(), 1..60),
        objective in objective(),
        group in prop::sample::select(vec![3_usize, 200]),
    ) {
        let mut world = world(objective, group);
        for event in events {
            world.happen(event)?;
            world.check()?;
        }
    }
}

fn visit(key: u128, x: f64) -> Task {
    Task::new(TaskSpec::new(
        TaskId::from_u128(key),
        vec![Stop::at(Place::at(x, 0.0))],
    ))
    .unwrap()
}

/// A robot that is held up loses what another one does sooner now; nothing else changes hands.
#[test]
fn who_is_late_loses_work_and_who_left_loses_all() {
    let mut fleet = Replanner::new(Replanning::new(Objective::miniave()));
    for (k, x) in [(1, 0.0), (2, 100.0)] {
        let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
        fleet.join(robot, NOW).unwrap();
    }
    for (key, x) in [(1, 30.0), (2, 45.0), (3, 90.0)] {
        let standing = Scheme::FixedClasses.standing(&visit(key, x), NOW, NOW);
        fleet.submit(visit(key, x), standing, &mut Euclidean).unwrap();
    }
    let robots = |changes: Vec<Change>| -> Vec<_> {
        changes
            .iter()
            .map(|change| {
                (
                    change.task.uuid().as_u128(),
                    change.to.map(|robot| robot.uuid().as_u128()),
                )
            })
            .collect()
    };
    let given = robots(fleet.replan(NOW, &mut Rounds(500), &mut Euclidean));
    assert_eq!(given, [(1, Some(1)), (2, Some(1)), (3, Some(2))]);
    let held_up = Start::new(Place::at(0.0, 0.0), NOW + Duration::from_secs(60));
    assert!(fleet.restart(RobotId::from_u128(1), held_up, &mut Euclidean));
    let given = robots(fleet.replan(NOW, &mut Rounds(500), &mut Euclidean));
    assert_eq!(given, [(1, Some(2)), (2, Some(2))]);
    assert!(fleet.leave(RobotId::from_u128(2)));
    let given = robots(fleet.replan(NOW, &mut Rounds(500), &mut Euclidean));
    assert_eq!(given, [(1, Some(1)), (2, Some(1)), (3, Some(1))]);
}

/// Who has tasks 1, 2, and so on of this many, which come in the order of `priorities`.
fn owners_as_they_come(fleet: &mut Replanner, priorities: &[Priority]) -> Vec<Option<RobotId>> {
    for (k, priority) in (1..).zip(priorities) {
        let mut spec = TaskSpec::from(visit(k, k as f64));
        spec.priority = *priority;
        let task = Task::new(spec).unwrap();
        let standing = Scheme::FixedClasses.standing(&task, NOW, NOW);
        fleet.submit(task, standing, &mut Euclidean).unwrap();
        fleet.replan(NOW, &mut Rounds(200), &mut Euclidean);
    }
    owners(fleet, priorities.len() as u128)
}

#[test]
fn what_is_more_than_a_robot_has_room_for_waits_or_goes_to_another() {
    let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
    let (near, far) = (at(1, 0.0), at(2, 1_000.0));
    fleet.join(near.clone(), NOW).unwrap();
    assert!(fleet.set_room(near.id(), 2));
    assert!(!fleet.set_room(far.id(), 2));
    let normal = [Priority::Normal; 3];
    let mine = Some(near.id());
    assert_eq!(owners_as_they_come(&mut fleet, &normal), [mine, mine, None]);
    fleet.join(far.clone(), NOW).unwrap();
    let has: Vec<_> = owners(&mut fleet, 3).into_iter().flatten().collect();
    assert_eq!(has.len(), 3, "however far away the other is");
    assert!(fleet.set_room(near.id(), usize::MAX));
    assert_eq!(owners(&mut fleet, 3), [mine; 3]);
    assert!(fleet.set_room(near.id(), 0));
    assert_eq!(owners(&mut fleet, 3), [Some(far.id()); 3]);
}

#[test]
fn what_is_more_urgent_takes_the_room_of_what_is_less() {
    let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
    let robot = at(1, 0.0);
    fleet.join(robot.clone(), NOW).unwrap();
    fleet.set_room(robot.id(), 2);
    let priorities = [Priority::Low, Priority::Normal, Priority::High, Priority::Low];
    let mine = Some(robot.id());
    assert_eq!(
        owners_as_they_come(&mut fleet, &priorities),
        [None, mine, mine, None]
    );
}

fn at(k: u128, x: f64) -> Robot {
    Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap()
}

/// Task `k` at `x` metres, of this team.
fn fellow(k: u128, x: f64, team: std::ops::RangeInclusive<u128>) -> Task {
    let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(x, 0.0))]);
    spec.team = team.filter(|other| *other != k).map(TaskId::from_u128).collect();
    Task::new(spec).unwrap()
}

/// Who has tasks 1, 2, and so on.
fn owners(fleet: &mut Replanner, tasks: u128) -> Vec<Option<RobotId>> {
    fleet.replan(NOW, &mut Rounds(200), &mut Euclidean);
    let has = |k: u128, schedule: &fleet_core::schedule::Schedule| {
        let mut keys = schedule.keys();
        keys.any(|key| fleet.task(key).unwrap().id() == TaskId::from_u128(k))
    };
    let owner = |k| {
        let mut all = fleet.schedules();
        all.find(|(_, schedule)| has(k, schedule))
            .map(|(robot, _)| robot.id())
    };
    (1..=tasks).map(owner).collect()
}

#[test]
fn a_team_is_given_to_as_many_robots_or_waits() {
    let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
    let submit = |fleet: &mut Replanner, task: Task| {
        let standing = Scheme::FixedClasses.standing(&task, NOW, NOW);
        fleet.submit(task, standing, &mut Euclidean).unwrap();
    };
    fleet.join(at(1, 0.0), NOW).unwrap();
    fleet.join(at(2, 100.0), NOW).unwrap();
    for k in 1..=3 {
        submit(&mut fleet, fellow(k, k as f64, 1..=3));
    }
    submit(&mut fleet, fellow(4, 4.0, 4..=4));
    assert_eq!(
        owners(&mut fleet, 4),
        [None, None, None, Some(RobotId::from_u128(1))]
    );

    fleet.join(at(3, 50.0), NOW).unwrap();
    let all = owners(&mut fleet, 4);
    let robots: BTreeSet<RobotId> = all[..3].iter().flatten().copied().collect();
    assert_eq!(robots.len(), 3, "{all:?}");

    assert!(fleet.set_waiting(RobotId::from_u128(3), true));
    assert!(fleet.leave(RobotId::from_u128(2)));
    assert_eq!(owners(&mut fleet, 3), [None; 3]);

    // What has begun is like any other.
    fleet.begun(TaskId::from_u128(2));
    assert!(owners(&mut fleet, 3).iter().all(Option::is_some));
}

proptest! {
    /// Whatever comes and goes: of a team all is given, each to another robot, or nothing, and no robot waits for two.
    #[test]
    fn a_team_is_all_given_or_none(
        robots in prop::collection::vec(0.0..100.0_f64, 1..6),
        tasks in prop::collection::vec((0.0..100.0_f64, 0..4_u128), 1..12),
        gone in prop::collection::vec(any::<Index>(), 0..3),
    ) {
        let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
        for (k, x) in (1..).zip(&robots) {
            fleet.join(at(k, *x), NOW).unwrap();
        }
        // Those of one number are a team; those of 0 have none.
        let team = |number: u128| {
            let all = (1..).zip(&tasks).filter(move |(_, (_, of))| *of == number && number > 0);
            all.map(|(k, _)| TaskId::from_u128(k)).take(8).collect::<Vec<TaskId>>()
        };
        for (k, (x, number)) in (1..).zip(&tasks) {
            let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(*x, 0.0))]);
            spec.team = team(*number);
            if !spec.team.contains(&spec.id) {
                spec.team.clear();
            }
            spec.team.retain(|other| *other != spec.id);
            let task = Task::new(spec).unwrap();
            let standing = Scheme::FixedClasses.standing(&task, NOW, NOW);
            fleet.submit(task, standing, &mut Euclidean).unwrap();
        }
        let mut left: Vec<u128> = (1..=robots.len() as u128).collect();
        for index in std::iter::once(None).chain(gone.into_iter().map(Some)) {
            if let Some(index) = index.filter(|_| !left.is_empty()) {
                let robot = left.remove(index.index(left.len()));
                fleet.leave(RobotId::from_u128(robot));
            }
            let owners = owners(&mut fleet, tasks.len() as u128);
            let of = |team: &[TaskId]| -> Vec<Option<RobotId>> {
                team.iter().map(|task| owners[task.uuid().as_u128() as usize - 1]).collect()
            };
            let mut bound = Vec::new();
            for number in 1..4 {
                let team = team(number);
                let have = of(&team);
                let all = have.iter().all(Option::is_some);
                prop_assert!(team.len() < 2 || all || have.iter().all(Option::is_none), "{have:?}");
                bound.extend(have.into_iter().flatten().filter(|_| team.len() > 1));
            }
            let robots: BTreeSet<RobotId> = bound.iter().copied().collect();
            prop_assert_eq!(robots.len(), bound.len());
        }
    }
}
