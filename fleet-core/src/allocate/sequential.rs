use alloc::vec;
use alloc::vec::Vec;

use super::auction::{Auction, Rule};
use super::problem::{Plan, Problem, Unserved};
use super::ways::{self, Bid, Change, cheapest};
use crate::bid::Decline;
use crate::objective::Cost;
use crate::schedule::{Errand, Gap, Job, Schedule};
use crate::travel::Travel;

/// The sequential single-item auction: the most urgent tasks first, and of those each in turn to the robot whose
/// schedule takes it at the lowest price (Lagoudakis et al. 2005, "Auction-based multi-robot routing").
///
/// A task that no robot can take when its turn comes is left out, even if a less urgent one (a pickup before a
/// lone delivery) would have made it possible: the next round takes it.
///
/// After an award only its winner bids again, so with `n` tasks over `m` robots it makes `m n` bids first and at
/// most `n^2 / 2` later, each O(visits of one robot). For MiniSum without deadlines the result costs at most
/// twice the optimum.
///
/// Where only ways count (no deadline, no price on time, no battery, one urgency), a later bid looks at the two gaps
/// that the award made, and memory is O(n + m). Elsewhere it is O(m n).
///
/// # Example
/// ```
/// use fleet_core::allocate::{Problem, Rule, sequential_auction};
/// use fleet_core::travel::Euclidean;
/// use fleet_core::urgency::Scheme;
/// use fleet_core::{Objective, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, UtcTime};
///
/// let robot = |k, x| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(x, 0.0))).unwrap();
/// let task = |k, x| Task::new(TaskSpec::new(TaskId::from_u128(k), vec![Stop::at(Place::at(x, 0.0))])).unwrap();
/// let problem = Problem::new(
///     vec![robot(1, 0.0), robot(2, 100.0)],
///     vec![task(1, 10.0), task(2, 20.0), task(3, 90.0)],
///     Objective::minisum(),
///     &Scheme::FixedClasses,
///     UtcTime::from_secs(0),
/// );
/// let plan = sequential_auction(&problem, Rule::LowestBid, &mut Euclidean);
/// assert_eq!(plan.terms(&problem).total(), 30.0);
/// assert!(plan.unserved.is_empty());
/// ```
pub fn sequential_auction<T: Travel + ?Sized>(problem: &Problem, rule: Rule, travel: &mut T) -> Plan {
    let mut plan = Plan {
        schedules: problem.empty_schedules(),
        unserved: Vec::new(),
    };
    let jobs = problem.jobs(travel);
    for tier in tiers(problem) {
        let left = auction_off(&tier, &jobs, problem, &mut plan.schedules, rule, travel);
        plan.unserved.extend(left.into_iter().map(|task| Unserved {
            task,
            reasons: reasons(task, &jobs, problem, &plan.schedules, travel),
        }));
    }
    plan
}

/// The tasks by urgency, the most urgent first.
fn tiers(problem: &Problem) -> Vec<Vec<usize>> {
    let urgency = |task: &usize| problem.standings()[*task].urgency;
    let mut order: Vec<usize> = (0..problem.tasks().len()).collect();
    order.sort_by_key(|task| core::cmp::Reverse(urgency(task)));
    order
        .chunk_by(|a, b| urgency(a) == urgency(b))
        .map(<[usize]>::to_vec)
        .collect()
}

/// Puts all it can of equally urgent tasks into the schedules, and returns the rest.
fn auction_off<T: Travel + ?Sized>(
    tier: &[usize],
    jobs: &[Option<Job>],
    problem: &Problem,
    schedules: &mut [Schedule],
    rule: Rule,
    travel: &mut T,
) -> Vec<usize> {
    let mut auction = Auction::new(rule);
    for task in tier {
        auction.open(problem.standings()[*task].urgency);
    }
    if let Some(lots) = ways::lots(tier, jobs, problem, schedules) {
        ways::auction_off(lots, &mut auction, jobs, problem, schedules, travel);
    } else {
        let errand = |task: &usize| {
            jobs[*task]
                .as_ref()
                .and_then(|job| Errand::of(job, problem.objective()))
        };
        let mut sale = Sale {
            jobs,
            problem,
            tier,
            errands: tier.iter().map(errand).collect(),
            asked: vec![Vec::new(); schedules.len()],
            gaps: schedules
                .iter()
                .map(|schedule| schedule.gaps().collect())
                .collect(),
        };
        for (robot, schedule) in schedules.iter().enumerate() {
            sale.bid(robot, schedule, None, &mut auction, travel);
        }
        while let Some(award) = auction.next() {
            let schedule = &mut schedules[award.robot];
            let mut change = None;
            if let Some(job) = &jobs[tier[award.lot]]
                && let Ok(insertion) = schedule.best_insertion(job, travel)
            {
                let gaps = &mut sale.gaps[award.robot];
                change = Change::make(award.robot, schedule, job, &insertion, gaps);
            }
            sale.bid(award.robot, schedule, change.as_ref(), &mut auction, travel);
        }
    }
    auction.open_lots().map(|lot| tier[lot]).collect()
}

/// An auction where not only ways count for all robots and lots.
struct Sale<'a> {
    jobs: &'a [Option<Job>],
    problem: &'a Problem,
    tier: &'a [usize],
    errands: Vec<Option<Errand>>,
    /// What each robot asked last for each lot where only ways counted.
    asked: Vec<Vec<Bid>>,
    /// Those of each robot.
    gaps: Vec<Vec<Gap>>,
}

impl Sale<'_> {
    /// `robot` bids for all that is still open: for the first time, or after a change.
    fn bid<T: Travel + ?Sized>(
        &mut self,
        robot: usize,
        schedule: &Schedule,
        change: Option<&Change>,
        auction: &mut Auction,
        travel: &mut T,
    ) {
        let (asked, gaps) = (&mut self.asked[robot], &self.gaps[robot]);
        for lot in auction.open_lots().collect::<Vec<_>>() {
            let task = self.tier[lot];
            if self.problem.unable(robot, task).is_some() {
                continue;
            }
            let errand = self.errands[lot].as_ref();
            let Some(errand) = errand.filter(|errand| schedule.takes_by_ways(errand)) else {
                let job = self.jobs[task].as_ref();
                let insertion = job.and_then(|job| schedule.best_insertion(job, travel).ok());
                let cost = insertion.and_then(|insertion| Cost::new(insertion.terms.total()));
                auction.bid(lot, robot, cost);
                continue;
            };
            asked.resize(self.tier.len(), Bid::NONE);
            let before = asked[lot];
            asked[lot] = match change {
                Some(change) => change.rebid(before, gaps, errand, travel),
                None => cheapest(robot as u32, gaps, errand, f64::INFINITY, travel),
            };
            if asked[lot].cost != before.cost {
                auction.bid(lot, robot, Cost::new(asked[lot].cost));
            }
        }
        auction.renewed(robot);
    }
}

pub(super) fn reasons<T: Travel + ?Sized>(
    task: usize,
    jobs: &[Option<Job>],
    problem: &Problem,
    schedules: &[Schedule],
    travel: &mut T,
) -> Vec<Decline> {
    let mut reason = |robot: usize, schedule: &Schedule| {
        let refusal = |job: &Job| schedule.best_insertion(job, travel).err();
        let unable = problem.unable(robot, task);
        unable
            .or_else(|| jobs[task].as_ref().and_then(refusal))
            .unwrap_or(Decline::Unreachable)
    };
    schedules
        .iter()
        .enumerate()
        .map(|(robot, schedule)| reason(robot, schedule))
        .collect()
}
