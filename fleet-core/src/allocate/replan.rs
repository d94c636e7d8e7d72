//! A plan that is kept up while robots work.

mod room;
mod team;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

use ordered_float::OrderedFloat;

use super::auction::{Auction, Rule};
use super::improve::Cluster;
use super::search::Budget;
use crate::ability::missing;
use crate::bid::Decline;
use crate::ids::{RobotId, TaskId};
use crate::invalid::{Invalid, Problem};
use crate::load::Load;
use crate::objective::{Cost, Objective};
use crate::robot::Robot;
use crate::schedule::{Job, Schedule, Start};
use crate::standing::Standing;
use crate::task::Task;
use crate::time::UtcTime;
use crate::travel::{Travel, way};

/// Rounds of search on one group of robots, if there are more.
const ROUNDS: u64 = 1_000;

/// What a [`Replanner`] goes by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Replanning {
    /// What a good plan is.
    pub objective: Objective,
    /// What it costs to give a task to another robot, in the unit of the objective: no robot is replanned for less.
    pub stay: f64,
    /// So many tasks are searched together; of a larger fleet one group of robots that are near each other after the other.
    pub group: usize,
    /// What chances are drawn from.
    pub seed: u64,
}

impl Replanning {
    /// By this objective: a change of robot costs as much as two metres or seconds, groups have 200 tasks.
    pub const fn new(objective: Objective) -> Self {
        Replanning {
            objective,
            stay: 2.0,
            group: 200,
            seed: 0,
        }
    }
}

impl Eq for Replanning {}

impl Hash for Replanning {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.objective, OrderedFloat(self.stay), self.group, self.seed).hash(state);
    }
}

/// A task that has another robot than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// Which task.
    pub task: TaskId,
    /// Who had it; `None` if it was waiting.
    pub from: Option<RobotId>,
    /// Who has it now; `None` if it is waiting.
    pub to: Option<RobotId>,
}

/// Robots and tasks as they come and go, and the plan for them.
///
/// What happened is told as it happens: tasks come, are begun, are over early or late, are cancelled; robots come, leave, are
/// elsewhere than planned, are slower. [`replan`](Self::replan) then gives tasks to robots: first what waits is auctioned,
/// which keeps [L1](crate::schedule) and lets less urgent tasks make room; then the plan is searched for better ones for as
/// long as the budget allows. Work that has begun stays where it is, and what is
/// of a team with its robot: the search does not move it.
///
/// A decision costs O(waiting tasks x visits of all robots) for the auction, and a number of rounds of search, each as dear as
/// in a fleet of `group` tasks, however large the fleet is.
///
/// # Example
/// ```
/// use fleet_core::allocate::search::Rounds;
/// use fleet_core::allocate::{Replanner, Replanning};
/// use fleet_core::travel::Euclidean;
/// use fleet_core::urgency::{PriorityScheme, Scheme};
/// use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};
///
/// let now = UtcTime::from_secs(0);
/// let mut fleet = Replanner::new(Replanning::new(Objective::minisum()));
/// let robot = |k, x| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
/// fleet.join(robot(1, 0.0), now)?;
/// fleet.join(robot(2, 50.0), now)?;
///
/// let task = Task::new(TaskSpec::new(TaskId::from_u128(7), vec![Stop::at(Place::at(40.0, 0.0))]))?;
/// let standing = Scheme::FixedClasses.standing(&task, now, now);
/// fleet.submit(task, standing, &mut Euclidean)?;
/// let changes = fleet.replan(now, &mut Rounds(100), &mut Euclidean);
/// assert_eq!(changes[0].to, Some(RobotId::from_u128(2)));
/// # Ok::<(), fleet_core::Invalid>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Replanner {
    settings: Replanning,
    seats: Vec<Seat>,
    /// By the number that schedules know them by.
    tasks: BTreeMap<u32, Entry>,
    numbers: BTreeMap<TaskId, u32>,
    next: u32,
    /// Tasks that no schedule has.
    waiting: BTreeSet<u32>,
    /// Whose turn it is to be in the middle of the group that is searched.
    turn: usize,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Seat {
    robot: Robot,
    schedule: Schedule,
    /// Whether the schedule is another one than when it was searched last.
    changed: bool,
    /// Whether the robot has a task of a team, besides its schedule, that has not begun.
    waits: bool,
    /// How many tasks that have not begun its schedule may have.
    room: usize,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Entry {
    task: Task,
    job: Job,
    /// Tasks that are to be done before.
    after: Vec<TaskId>,
    /// Whether it is of a team that has not begun.
    bound: bool,
}

impl Replanner {
    /// Without robots and tasks.
    pub const fn new(settings: Replanning) -> Self {
        Replanner {
            settings,
            seats: Vec::new(),
            tasks: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next: 0,
            waiting: BTreeSet::new(),
            turn: 0,
        }
    }

    fn seat(&mut self, robot: RobotId) -> Option<&mut Seat> {
        self.seats.iter_mut().find(|seat| seat.robot.id() == robot)
    }

    /// To change its schedule.
    fn seat_to_change(&mut self, robot: RobotId) -> Option<&mut Seat> {
        let seat = self.seat(robot)?;
        seat.changed = true;
        Some(seat)
    }

    /// A robot joins, free where it is from `now` on.
    ///
    /// # Errors
    /// If it is there already.
    pub fn join(&mut self, robot: Robot, now: UtcTime) -> Result<(), Invalid> {
        if self.seats.iter().any(|seat| seat.robot.id() == robot.id()) {
            return Err(Invalid::new(
                "robot.id",
                Problem::Duplicate(alloc::format!("{}", robot.id())),
            ));
        }
        let start = Start::new(robot.pose().place, now);
        let schedule = Schedule::new(&robot, self.settings.objective, start);
        self.seats.push(Seat {
            robot,
            schedule,
            changed: true,
            waits: false,
            room: usize::MAX,
        });
        Ok(())
    }

    /// A robot leaves; all that it had waits for another one, also what it had begun. `false` if it was not there.
    pub fn leave(&mut self, robot: RobotId) -> bool {
        let Some(place) = self.seats.iter().position(|seat| seat.robot.id() == robot) else {
            return false;
        };
        let seat = self.seats.remove(place);
        self.waiting.extend(seat.schedule.keys());
        true
    }

    /// A robot is elsewhere, later or earlier than planned, or carries something else. `false` if it is not there, or there is
    /// no way from there to its first task.
    pub fn restart<T: Travel + ?Sized>(&mut self, robot: RobotId, start: Start, travel: &mut T) -> bool {
        self.seat_to_change(robot)
            .is_some_and(|seat| seat.schedule.restart(start, travel))
    }

    /// A robot is slower or faster, in metres a second. `false` if it is not there, or `speed` is not above zero.
    pub fn set_speed(&mut self, robot: RobotId, speed: f64) -> bool {
        let valid = speed > 0.0 && speed.is_finite();
        self.seat_to_change(robot)
            .filter(|_| valid)
            .map(|seat| seat.schedule.set_speed(speed))
            .is_some()
    }

    /// A robot is able to do something else, is slower or faster, or its battery is at another charge. `false` if it is not
    /// there.
    pub fn update(&mut self, robot: Robot) -> bool {
        let Some(seat) = self.seat(robot.id()) else {
            return false;
        };
        if seat.robot.speed() != robot.speed() {
            seat.schedule.set_speed(robot.speed());
        }
        seat.schedule.set_battery(robot.battery().copied());
        seat.changed |= seat.robot != robot;
        seat.robot = robot;
        true
    }

    /// The robot has begun its first task. `false` if it is not there or has none.
    pub fn begin(&mut self, robot: RobotId) -> bool {
        let Some(seat) = self
            .seat_to_change(robot)
            .filter(|seat| !seat.schedule.is_empty())
        else {
            return false;
        };
        seat.schedule.begin();
        let first = seat.schedule.keys().next();
        self.release(first);
        true
    }

    /// The robot's first visit is over at `at`. Returns the task that is done with it, if it was its last.
    pub fn complete(&mut self, robot: RobotId, at: UtcTime) -> Option<TaskId> {
        let seat = self.seat_to_change(robot)?;
        let first = seat.schedule.visits().next()?;
        seat.schedule.complete(at);
        first.last.then(|| self.forget(first.key)).flatten()
    }

    /// A task comes. It is offered when all that it names in [`after`](Task::after) is done: leave out what is done already.
    /// Tasks of one [team](Task::team) are given to as many robots, or all wait, until one of them has begun: bring all
    /// that nobody has before the next [`replan`](Self::replan).
    ///
    /// # Errors
    /// If there is a task of its id, or no way between its stops.
    pub fn submit<T: Travel + ?Sized>(
        &mut self,
        task: Task,
        standing: Standing,
        travel: &mut T,
    ) -> Result<(), Invalid> {
        if self.numbers.contains_key(&task.id()) {
            return Err(Invalid::new(
                "task.id",
                Problem::Duplicate(alloc::format!("{}", task.id())),
            ));
        }
        let number = self.next;
        let Some(job) = Job::new(number, &task, &standing, travel) else {
            return Err(Invalid::new(
                "task.stops",
                Problem::Other("must have ways between them"),
            ));
        };
        self.next += 1;
        self.numbers.insert(task.id(), number);
        let after = task.after().to_vec();
        let bound = !task.team().is_empty();
        let entry = Entry {
            task,
            job,
            after,
            bound,
        };
        self.tasks.insert(number, entry);
        self.waiting.insert(number);
        Ok(())
    }

    /// A task is not wanted any more, whether it has begun or not; what the robot has `aboard` for it is put down. `false` if
    /// there is none of that id.
    pub fn cancel<T: Travel + ?Sized>(&mut self, task: TaskId, aboard: Load, travel: &mut T) -> bool {
        let Some(number) = self.numbers.get(&task).copied() else {
            return false;
        };
        for seat in &mut self.seats {
            seat.changed |= seat.schedule.abandon(number, aboard, travel);
        }
        self.forget(number).is_some()
    }

    /// A task is over; what comes after it may begin.
    fn forget(&mut self, number: u32) -> Option<TaskId> {
        let entry = self.tasks.remove(&number)?;
        let id = entry.task.id();
        self.numbers.remove(&id);
        self.waiting.remove(&number);
        self.done(id);
        Some(id)
    }

    /// A task that others may wait for is over, whether it was known here or not.
    pub fn done(&mut self, task: TaskId) {
        for other in self.tasks.values_mut() {
            other.after.retain(|before| *before != task);
        }
    }

    /// All tasks.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.tasks.values().map(|entry| &entry.task)
    }

    /// The robots and their schedules, in the order in which they joined.
    pub fn schedules(&self) -> impl Iterator<Item = (&Robot, &Schedule)> {
        self.seats.iter().map(|seat| (&seat.robot, &seat.schedule))
    }

    /// The task that schedules know by this number.
    pub fn task(&self, key: u32) -> Option<&Task> {
        self.tasks.get(&key).map(|entry| &entry.task)
    }

    /// The tasks that no robot has.
    pub fn waiting(&self) -> impl Iterator<Item = &Task> {
        self.waiting.iter().filter_map(|key| self.task(*key))
    }

    /// For each robot why it does not take this task as things are; `None` for one that would, or has it. Nothing for a task
    /// that is not known.
    pub fn reasons<T: Travel + ?Sized>(
        &self,
        task: TaskId,
        travel: &mut T,
    ) -> Vec<(RobotId, Option<Decline>)> {
        let entry = self.numbers.get(&task).and_then(|number| self.tasks.get(number));
        let Some(entry) = entry else { return Vec::new() };
        let reason = |seat: &Seat| {
            let has = seat.schedule.keys().any(|key| key == entry.job.key());
            let decline = unable(seat, entry).or_else(|| seat.schedule.quote(&entry.job, travel).err());
            (seat.robot.id(), decline.filter(|_| !has))
        };
        self.seats.iter().map(reason).collect()
    }

    /// Gives tasks to robots, until the budget is spent; the auction is always held. Returns what is another robot's now.
    pub fn replan<T: Travel + ?Sized>(
        &mut self,
        now: UtcTime,
        budget: &mut dyn Budget,
        travel: &mut T,
    ) -> Vec<Change> {
        let before = self.holders();
        self.let_go(now, travel);
        self.make_room(travel);
        self.muster(travel);
        self.auction_off(travel);
        self.search(budget, travel);
        self.disband(travel);
        let after = self.holders();
        let keys: BTreeSet<u32> = before.keys().chain(after.keys()).copied().collect();
        let change = |key: u32| {
            let (from, to) = (before.get(&key).copied(), after.get(&key).copied());
            let task = self.task(key)?.id();
            (from != to).then_some(Change { task, from, to })
        };
        keys.into_iter().filter_map(change).collect()
    }

    fn holders(&self) -> BTreeMap<u32, RobotId> {
        let of_seat = |seat: &Seat| {
            let robot = seat.robot.id();
            seat.schedule
                .keys()
                .map(move |key| (key, robot))
                .collect::<Vec<_>>()
        };
        self.seats.iter().flat_map(of_seat).collect()
    }

    /// Robots that have nothing to do are free now; what will miss its deadline where it is, and what is in the way of
    /// something more urgent, is offered anew.
    fn let_go<T: Travel + ?Sized>(&mut self, now: UtcTime, travel: &mut T) {
        for seat in &mut self.seats {
            let start = seat.schedule.start();
            if seat.schedule.is_empty() && start.at < now {
                seat.schedule.restart(Start { at: now, ..start }, travel);
            }
            let missed: Vec<u32> = seat.schedule.missed().collect();
            for key in missed {
                if seat.schedule.remove(key, travel).is_some() {
                    self.waiting.insert(key);
                    seat.changed = true;
                }
            }
            while seat.schedule.first_is_in_the_way(travel) {
                let Some(key) = seat.schedule.keys().next() else {
                    break;
                };
                if seat.schedule.remove(key, travel).is_none() {
                    break;
                }
                self.waiting.insert(key);
                seat.changed = true;
            }
        }
    }

    /// What waits for nothing and nobody else.
    fn open(&self) -> Vec<u32> {
        let open = |key: &u32| {
            let entry = self.tasks.get(key);
            entry.is_some_and(|entry| entry.after.is_empty() && !entry.bound)
        };
        self.waiting.iter().copied().filter(open).collect()
    }

    /// A sequential auction of all that is open.
    fn auction_off<T: Travel + ?Sized>(&mut self, travel: &mut T) {
        let mut auction = Auction::new(Rule::LowestBid);
        let mut lots: BTreeMap<usize, u32> = BTreeMap::new();
        for key in self.open() {
            lots.insert(auction.open(self.tasks[&key].job.urgency()), key);
        }
        for robot in 0..self.seats.len() {
            self.bid(robot, &mut auction, &lots, travel);
        }
        while let Some(award) = auction.next() {
            let Some(key) = lots.remove(&award.lot) else { break };
            let (seat, entry) = (&mut self.seats[award.robot], &self.tasks[&key]);
            let mut displaced = Vec::new();
            if let Ok(quote) = seat.schedule.quote(&entry.job, travel) {
                displaced.clone_from(&quote.displaced);
                seat.schedule.accept(&entry.job, quote);
                seat.changed = true;
                self.waiting.remove(&key);
            }
            self.waiting.extend(&displaced);
            let mut again = BTreeMap::new();
            for key in displaced {
                again.insert(auction.open(self.tasks[&key].job.urgency()), key);
            }
            lots.extend(&again);
            self.bid(award.robot, &mut auction, &lots, travel);
            for robot in (0..self.seats.len()).filter(|robot| *robot != award.robot && !again.is_empty()) {
                self.bid(robot, &mut auction, &again, travel);
            }
        }
    }

    fn bid<T: Travel + ?Sized>(
        &self,
        robot: usize,
        auction: &mut Auction,
        lots: &BTreeMap<usize, u32>,
        travel: &mut T,
    ) {
        let seat = &self.seats[robot];
        let has_room = seat.schedule.not_begun() < seat.room;
        for (lot, key) in lots {
            let entry = &self.tasks[key];
            let quote = match unable(seat, entry) {
                None if has_room => seat.schedule.quote(&entry.job, travel).ok(),
                _ => None,
            };
            auction.bid(
                *lot,
                robot,
                quote.and_then(|quote| Cost::new(quote.terms.total())),
            );
        }
        auction.renewed(robot);
    }

    /// Searches one group of robots after the other, those first that were changed.
    fn search<T: Travel + ?Sized>(&mut self, budget: &mut dyn Budget, travel: &mut T) {
        let whole = self.seats.iter().map(|seat| seat.schedule.len()).sum::<usize>() <= self.settings.group;
        let most = if whole { u64::MAX } else { ROUNDS };
        let (mut rounds, mut searched) = (0, 0);
        while budget.spent(rounds) < 1.0 && searched < self.seats.len() {
            let group = self.group(travel);
            searched += group.len();
            let before = rounds;
            let mut spent = |own: u64| {
                rounds = before + own;
                budget
                    .spent(rounds)
                    .max(if whole { 0.0 } else { own as f64 / most as f64 })
            };
            let found = self.search_group(&group, &mut spent, travel);
            for (place, robot) in group.iter().enumerate() {
                let seat = &mut self.seats[*robot];
                seat.changed = false;
                if let Some(schedules) = &found {
                    seat.schedule = schedules[place].clone();
                }
            }
            let routed = self.seats.iter().flat_map(|seat| seat.schedule.keys());
            let routed: BTreeSet<u32> = routed.collect();
            self.waiting = self
                .tasks
                .keys()
                .copied()
                .filter(|key| !routed.contains(key))
                .collect();
            rounds = rounds.max(before + 1);
        }
    }

    fn search_group<T: Travel + ?Sized>(
        &self,
        group: &[usize],
        spent: &mut dyn FnMut(u64) -> f64,
        travel: &mut T,
    ) -> Option<Vec<Schedule>> {
        let able = |place: usize, key: u32| {
            let (seat, entry) = (&self.seats[group[place]], &self.tasks[&key]);
            // What is of a team stays where it is: the others of it are elsewhere.
            let stays = !entry.bound || seat.schedule.keys().any(|own| own == key);
            stays && unable(seat, entry).is_none()
        };
        let waiting = self.open().into_iter().take(self.settings.group);
        let cluster = Cluster {
            schedules: group.iter().map(|robot| &self.seats[*robot].schedule).collect(),
            waiting: waiting.map(|key| self.tasks[&key].job.clone()).collect(),
            able: &able,
            room: &|place| {
                let seat = &self.seats[group[place]];
                seat.room.max(seat.schedule.not_begun()) // teams may have made it more
            },
            objective: &self.settings.objective,
            stay: self.settings.stay,
            seed: self.settings.seed,
            warm: true,
        };
        let mut budget = |rounds: u64| spent(rounds);
        cluster.improve(&mut budget, travel)
    }

    /// A robot that was changed, or whose turn it is, and those nearest to it, with as many tasks as a group has.
    fn group<T: Travel + ?Sized>(&mut self, travel: &mut T) -> Vec<usize> {
        let count = self.seats.len();
        let turns = (0..count).map(|k| (self.turn + k) % count);
        let middle = turns
            .clone()
            .find(|robot| self.seats[*robot].changed)
            .unwrap_or(self.turn % count);
        self.turn = (middle + 1) % count;
        let from = self.seats[middle].schedule.start().place;
        let mut near: Vec<(f64, usize)> = Vec::with_capacity(count);
        for (robot, seat) in self.seats.iter().enumerate() {
            let far = way(travel, from, seat.schedule.start().place).unwrap_or(f64::INFINITY);
            near.push((if robot == middle { -1.0 } else { far }, robot));
        }
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut tasks = 0;
        let mut group = Vec::new();
        for (_, robot) in near {
            tasks += self.seats[robot].schedule.len();
            if tasks > self.settings.group && group.len() > 1 {
                break;
            }
            group.push(robot);
        }
        group
    }
}

fn unable(seat: &Seat, entry: &Entry) -> Option<Decline> {
    missing(entry.task.needs(), seat.robot.abilities())
        .cloned()
        .map(Decline::Needs)
}
