//! Allocation without anybody who decides: every robot chooses for itself, and all come to agree.
//!
//! Each robot keeps a [bundle](crate::bundle): the tasks that it would do, in the order in which it chose them, each at
//! the price of adding it to those before. It tells its neighbours, they pass it on, and a task that two robots chose is
//! that of the cheaper one; the other chooses anew from there on. This is the consensus-based bundle algorithm (Choi,
//! Brunet & How 2009, "Consensus-based decentralized auctions for robust task allocation") in an asynchronous form, with
//! two changes:
//!
//! - What travels are not tables of winners but bundles, each with one writer. So a late word can never be taken for a
//!   later one, whatever way it took.
//! - A bundle is at any time what its robot *would* choose, one after the other, given all it has heard. If a task
//!   comes, or is given up by another, the robot goes back to the first place where it would have chosen that one, and
//!   no further (Buckman, Choi & How 2019 reset a fixed part of the bundles).
//!
//! # What it comes to
//! On any connected network, once messages get through, all bundles together are the result of the sequential greedy
//! auction: of all robots and tasks the most urgent, then cheapest pair first, then the next, where no robot's prices
//! fall from one choice to the next equally urgent one (*bid warping*, Johnson, Choi & How 2012; where prices only rise
//! as a plan grows, as they do with [`Objective::minimax`](crate::Objective::minimax), it changes nothing). The pair that
//! is chosen first is cheaper than all that anybody will ever ask, so it stands as soon as its robot has chosen, and all
//! know after as many hops as the network is wide; then the same goes for the second pair. So in synchronous rounds all
//! is settled after `min(tasks, robots * limit) * diameter`.
//!
//! # Teams
//! Tasks of a team are [bound](Consensus::bind): a robot has at most one bound task, in its bundle or before it. That only
//! keeps it from later choices, so its prices do not fall for it, and the result is the greedy one among the pairs that
//! are left.
//!
//! # Cost
//! A robot prices a task once for each place in its bundle where that may matter: O(tasks * limit) prices at first,
//! and few later: it thinks again from the first place on that a bid may change which has come or gone. Where only ways
//! count, a bound is enough for most of them: what a gap costs at least follows from one of its two ways. It keeps
//! `limit + 1` plans, and 24 bytes for each of them and each task; and of all others their bundles.
//!
//! # Example
//! ```
//! use fleet_core::allocate::consensus::Consensus;
//! use fleet_core::schedule::{Job, Schedule, Start};
//! use fleet_core::travel::Euclidean;
//! use fleet_core::urgency::{PriorityScheme, Scheme};
//! use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time, UtcTime};
//!
//! let utc = UtcTime::from_secs(0);
//! let participant = |k: u128, x| {
//!     let robot = Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
//!     let plan = Schedule::new(&robot, Objective::minisum(), Start::new(robot.pose().place, utc));
//!     Consensus::bidder(robot.id(), 1, 5, plan)
//! };
//! let (mut left, mut right) = (participant(1, 0.0), participant(2, 100.0));
//! for (key, x) in [(1, 10.0), (2, 80.0)] {
//!     let task = Task::new(TaskSpec::new(TaskId::from_u128(key), vec![Stop::at(Place::at(x, 0.0))])).unwrap();
//!     let standing = Scheme::FixedClasses.standing(&task, utc, utc);
//!     for robot in [&mut left, &mut right] {
//!         let job = Job::new(key as u32, &task, &standing, &mut Euclidean);
//!         robot.open(task.id(), standing.urgency, job);
//!     }
//! }
//! left.think(Time::ZERO, &mut Euclidean);
//! right.think(Time::ZERO, &mut Euclidean);
//! assert_eq!((left.choices().count(), right.choices().count()), (2, 2));
//!
//! let (a, b) = (left.news(RobotId::from_u128(1), 0).unwrap(), right.news(RobotId::from_u128(2), 0).unwrap());
//! left.learn(&b);
//! right.learn(&a);
//! left.think(Time::ZERO, &mut Euclidean);
//! right.think(Time::ZERO, &mut Euclidean);
//! let task = |robot: &Consensus| robot.choices().map(|choice| choice.task).collect::<Vec<_>>();
//! assert_eq!((task(&left), task(&right)), (vec![TaskId::from_u128(1)], vec![TaskId::from_u128(2)]));
//! ```

mod bidder;
mod gossip;
mod level;
mod lots;
mod standing;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use bidder::Bidder;
pub use gossip::Gossip;
use lots::Lots;
use standing::Standings;

use crate::bid::Bid;
use crate::bundle::{Bundle, BundleNews, Followed};
use crate::ids::{RobotId, TaskId, scramble};
use crate::objective::Cost;
use crate::schedule::{Job, Schedule};
use crate::standing::Urgency;
use crate::time::Time;
use crate::travel::Travel;

/// One task that a robot chose.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Choice {
    /// The task.
    pub task: TaskId,
    /// Its number in the [plan](Consensus::plan), that of its [`Job`].
    pub key: u32,
    /// What it asks for it.
    pub cost: Cost,
    /// What it costs, which may be less.
    pub bid: Bid,
    /// When it was chosen, at this price and place.
    pub at: Time,
}

/// What one participant knows of all bundles: a robot with one of its own, or somebody who passes on those of others.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Consensus {
    lots: Lots,
    seats: BTreeMap<RobotId, u32>,
    others: Vec<Other>,
    standings: Standings,
    own: Option<Bidder>,
    limit: usize,
    /// Whether more than the bids of others has changed since it last thought.
    stirred: bool,
    /// Lots that may be of no use any more.
    closed: Vec<u32>,
}

/// Another robot's bundle.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Other {
    robot: RobotId,
    bundle: Bundle,
    /// The numbers of the lots that it claims and bids for, as far as they count.
    claims: Vec<u32>,
    bids: Vec<u32>,
    absent: bool,
}

impl Consensus {
    /// Of somebody who has no bundle. Those of others have at most `limit` tasks, and are refused if they are longer.
    pub fn relay(limit: usize) -> Self {
        Consensus {
            lots: Lots::default(),
            seats: BTreeMap::new(),
            others: Vec::new(),
            standings: Standings::default(),
            own: None,
            limit,
            stirred: true,
            closed: Vec::new(),
        }
    }

    /// Of a robot in its life number `boot`, which bids for up to `limit` tasks on top of `plan`.
    pub fn bidder(robot: RobotId, boot: u32, limit: usize, plan: Schedule) -> Self {
        Consensus {
            own: Some(Bidder::new(robot, boot, limit, plan)),
            ..Consensus::relay(limit)
        }
    }

    /// `task` is open to bids, at this urgency, on which all must agree; `job` is `None` if this robot cannot do it.
    pub fn open(&mut self, task: TaskId, urgency: Urgency, job: Option<Job>) {
        let slot = self.lots.enter(task);
        if let Some(own) = &mut self.own {
            own.forget_price(slot);
        }
        let lot = self.lots.get_mut(slot);
        let others = lot.bids > 0 && lot.urgency != urgency;
        (lot.urgency, lot.open, self.stirred) = (urgency, true, true);
        self.lots.set_job(slot, job);
        if others {
            for (seat, other) in (0..).zip(&self.others) {
                if other.bids.contains(&slot) {
                    self.standings
                        .set((seat, other.robot), 0, &other.bundle, &other.bids, &self.lots);
                }
            }
        }
    }

    /// `task` is not open to bids any more.
    pub fn close(&mut self, task: TaskId) {
        if let Some(slot) = self.lots.slot(task) {
            (self.lots.get_mut(slot).open, self.stirred) = (false, true);
            self.lots.set_job(slot, None);
            self.closed.push(slot);
        }
    }

    /// `task`, which was opened, is of a team that is to begin together, or not any more: a robot bids for one such task at
    /// a time, of whatever team, so that each team comes to as many robots as it has tasks.
    pub fn bind(&mut self, task: TaskId, bound: bool) {
        if let Some(slot) = self.lots.slot(task) {
            let lot = self.lots.get_mut(slot);
            self.stirred |= core::mem::replace(&mut lot.bound, bound) != bound;
        }
    }

    /// Whether the robot has a task of a team already, on top of which it bids for no other.
    pub fn set_bound(&mut self, bound: bool) {
        if let Some(own) = &mut self.own {
            self.stirred |= core::mem::replace(&mut own.bound, bound) != bound;
        }
    }

    /// Whether `task` is open to bids.
    pub fn is_open(&self, task: TaskId) -> bool {
        self.lots.slot(task).is_some_and(|slot| self.lots.get(slot).open)
    }

    /// The robot's plan without its choices is another. What it chose stays, at the prices that it told, as far as it
    /// can still be done.
    pub fn rebase<T: Travel + ?Sized>(&mut self, plan: Schedule, travel: &mut T) {
        if let Some(own) = &mut self.own {
            own.rebase(plan, &self.lots, travel);
            self.stirred = true;
        }
    }

    /// The robot bids for at most so many tasks from now on.
    pub fn set_limit(&mut self, limit: usize) {
        if let Some(own) = &mut self.own {
            self.stirred |= own.set_limit(limit.min(self.limit));
        }
    }

    /// The robot claims or owns these, and does not bid for them.
    pub fn claim(&mut self, tasks: Vec<TaskId>) {
        if let Some(own) = &mut self.own {
            own.bundle.claim(tasks);
        }
    }

    /// The robot chooses anew what has to be, with all that it has heard. Whether its bundle is another then.
    pub fn think<T: Travel + ?Sized>(&mut self, now: Time, travel: &mut T) -> bool {
        let first = self.standings.refresh();
        let all = core::mem::take(&mut self.stirred);
        let changed = match (&mut self.own, first) {
            (Some(own), Some(first)) if !all => {
                let keep = own.settled(&first);
                own.think(keep, now, &self.lots, &self.standings, travel)
            }
            (Some(own), _) if all => own.think(0, now, &self.lots, &self.standings, travel),
            _ => false,
        };
        for slot in core::mem::take(&mut self.closed) {
            self.lots.tidy(slot);
        }
        changed
    }

    /// What the robot has chosen, in that order.
    pub fn choices(&self) -> impl Iterator<Item = Choice> + '_ {
        self.own.iter().flat_map(|own| &own.choices).map(|choice| Choice {
            task: choice.rank.task,
            key: choice.key,
            cost: choice.cost,
            bid: choice.bid,
            at: choice.at,
        })
    }

    /// The robot's plan with all that it has chosen.
    pub fn plan(&self) -> Option<&Schedule> {
        self.own.as_ref().map(Bidder::plan)
    }

    /// The bundle of `robot`, as far as it is known here.
    pub fn bundle(&self, robot: RobotId) -> Option<&Bundle> {
        match &self.own {
            Some(own) if own.robot() == robot => Some(&own.bundle),
            _ => self
                .seats
                .get(&robot)
                .map(|seat| &self.others[*seat as usize].bundle),
        }
    }

    /// All bundles that are known here, by robot, the own one included.
    pub fn bundles(&self) -> impl Iterator<Item = (RobotId, &Bundle)> {
        let own = self.own.iter().map(|own| (own.robot(), &own.bundle));
        let others = self
            .seats
            .iter()
            .map(|(robot, seat)| (*robot, &self.others[*seat as usize].bundle));
        own.chain(others)
    }

    /// Whether `robot` claims or owns `task`; `None` if nothing is heard of it.
    pub fn is_claimed_by(&self, task: TaskId, robot: RobotId) -> Option<bool> {
        let seat = self.seats.get(&robot);
        let absent = seat.is_some_and(|seat| self.others[*seat as usize].absent);
        let bundle = self
            .bundle(robot)
            .filter(|bundle| !absent && bundle.version() > 0)?;
        Some(bundle.claims().contains(&task))
    }

    /// Who bids for `task`, and how much, whether the bid stands or not. O(bids).
    pub fn bids_for(&self, task: TaskId) -> impl Iterator<Item = (RobotId, Cost)> + '_ {
        self.bundles().filter_map(move |(robot, bundle)| {
            let bid = bundle.bids().find(|bid| bid.task == task)?;
            Some((robot, bid.cost))
        })
    }

    /// The other robots that claim `task` or bid for it, as far as something is heard of them. O(bids).
    pub fn takers(&self, task: TaskId) -> impl Iterator<Item = RobotId> + '_ {
        let there = self.others.iter().filter(|other| !other.absent);
        let takes = move |bundle: &Bundle| {
            bundle.claims().contains(&task) || bundle.bids().any(|bid| bid.task == task)
        };
        there
            .filter(move |other| takes(&other.bundle))
            .map(|other| other.robot)
    }

    /// A number that is the same, as far as chance allows, for two participants that know the same of all bundles.
    pub fn digest(&self) -> u64 {
        let one = |(robot, bundle): (RobotId, &Bundle)| {
            let life = u64::from(bundle.boot()) << 32 | u64::from(bundle.version());
            let part = match bundle.is_whole() {
                true => 0,
                false => scramble(bundle.bids().len() as u64 + 1),
            };
            scramble(life ^ robot.scrambled() ^ part)
        };
        let told = self.bundles().filter(|(_, bundle)| bundle.version() > 0);
        told.map(one).fold(0, u64::wrapping_add)
    }

    /// Of each seat how many of its first bids stand, as far as is known here.
    fn standing(&self) -> Vec<u32> {
        let own = self.own.iter().flat_map(|own| &own.choices);
        let chosen = own.map(|choice| (&choice.rank, choice.slot));
        self.standings.standing(chosen, &self.lots)
    }

    /// What has changed in the bundle of `robot` since version `base`; everything for 0.
    pub fn news(&self, robot: RobotId, base: u32) -> Option<BundleNews> {
        self.bundle(robot).map(|bundle| bundle.news(robot, base))
    }

    /// Takes over what has changed in another robot's bundle.
    pub fn learn(&mut self, news: &BundleNews) -> Followed {
        if self.own.as_ref().is_some_and(|own| own.robot() == news.robot) {
            return Followed::Known;
        }
        let seat = self.seat(news.robot);
        let other = &mut self.others[seat as usize];
        let reborn = other.bundle.boot() != news.boot;
        let followed = other.bundle.follow(news, self.limit);
        if let (Followed::Changed { kept }, false) = (followed, other.absent) {
            let claims = reborn || news.claims.is_some();
            self.count(seat, if reborn { 0 } else { kept }, claims, true);
        }
        followed
    }

    fn seat(&mut self, robot: RobotId) -> u32 {
        if let Some(seat) = self.seats.get(&robot) {
            return *seat;
        }
        let other = Other {
            robot,
            bundle: Bundle::default(),
            claims: Vec::new(),
            bids: Vec::new(),
            absent: false,
        };
        let seat = self.others.len() as u32;
        self.others.push(other);
        self.seats.insert(robot, seat);
        seat
    }

    /// Of other robots only these matter from now on; what is known of the bundles of others is forgotten.
    pub fn retain(&mut self, keep: impl Fn(RobotId) -> bool) {
        for seat in 0..self.others.len() {
            let other = &mut self.others[seat];
            if other.bundle.version() > 0 && !keep(other.robot) {
                (other.bundle, other.absent) = (Bundle::default(), false);
                self.count(seat as u32, 0, true, true);
            }
        }
    }

    /// Nothing is heard of `robot` any more, or it is back: whether what it bids and claims counts.
    pub fn set_absent(&mut self, robot: RobotId, absent: bool) {
        let seat = self.seat(robot);
        let other = &mut self.others[seat as usize];
        if core::mem::replace(&mut other.absent, absent) != absent {
            self.count(seat, 0, true, !absent);
        }
    }

    /// Brings what counts of the bundle in this seat up to date, from the bid number `from` on, and its claims if they
    /// may have changed.
    fn count(&mut self, seat: u32, from: usize, claims: bool, counts: bool) {
        let (other, lots) = (&mut self.others[seat as usize], &mut self.lots);
        if claims {
            self.stirred = true;
            for slot in other.claims.drain(..) {
                lots.get_mut(slot).claims -= 1;
                self.closed.push(slot);
            }
            let claimed = other.bundle.claims().iter().filter(|_| counts);
            other.claims.extend(claimed.map(|task| lots.enter(*task)));
            other
                .claims
                .iter()
                .for_each(|slot| lots.get_mut(*slot).claims += 1);
        }
        for slot in other.bids.drain(from.min(other.bids.len())..) {
            lots.get_mut(slot).bids -= 1;
            self.closed.push(slot);
        }
        for bid in other.bundle.bids().skip(from).filter(|_| counts) {
            let slot = lots.enter(bid.task);
            lots.get_mut(slot).bids += 1;
            other.bids.push(slot);
        }
        self.standings
            .set((seat, other.robot), from, &other.bundle, &other.bids, lots);
    }
}
