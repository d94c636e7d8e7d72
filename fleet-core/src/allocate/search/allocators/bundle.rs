//! The bundle auction: robots choose what they want, and the best bid for each task wins.

use alloc::vec;
use alloc::vec::Vec;

use super::work::Work;
use super::{Allocator, Budget};
use crate::allocate::search::gaps::Gap;
use crate::allocate::search::{Model, Solution};
use crate::invalid::Invalid;

/// Each robot fills a bundle with the tasks that are worth most to it, one after the other; of all who want a task the one
/// with the highest score keeps it, and who loses one gives back what it chose after it; until all agree (the consensus-based
/// bundle algorithm with everybody in one place: Choi, Brunet & How 2009, "Consensus-based decentralized auctions for robust
/// task allocation").
///
/// A score is the task's [prize](crate::allocate::search::Task::prize) less what the task costs more. Where no task makes
/// another one cheaper for the same robot (diminishing marginal gains), what comes of it is what the sequential auction gives
/// for the lowest price, worth at least half of the most that can be had (Fisher, Nemhauser & Wolsey 1978). Routes are not like that: a
/// task beside another one costs less. Then scores are held down to the one chosen before (Johnson et al. 2011), which keeps
/// the end certain, but not the half.
///
/// At most as many rounds as tasks; each robot that lost something looks at all tasks for each that it adds. Tasks that wait
/// for others come in a round of their own; teams after the rest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BundleAuction {
    /// The most tasks that a robot gets.
    pub most: usize,
}

impl Default for BundleAuction {
    fn default() -> Self {
        BundleAuction { most: usize::MAX }
    }
}

/// What one robot wants: tasks, and their scores, which never rise.
#[derive(Clone, Default)]
struct Bundle(Vec<(u32, f64)>);

impl Allocator for BundleAuction {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let mut work = Work::new(model, plan)?;
        let mut rounds = 0;
        let mut room = vec![self.most; model.robots()];
        loop {
            let open = work.open();
            let given = agree(&mut work, &open, &mut room, budget, &mut rounds);
            if budget.spent(rounds) >= 1.0 || !(given || work.put_teams()) {
                return Ok(work.finish());
            }
        }
    }
}

/// Bundles until all agree. Whether anything was given.
fn agree(
    work: &mut Work<'_>,
    open: &[u32],
    room: &mut [usize],
    budget: &mut dyn Budget,
    rounds: &mut u64,
) -> bool {
    let mut bundles = vec![Bundle::default(); work.model.robots()];
    // The highest score for each task, and whose it is.
    let mut winning = vec![(f64::NEG_INFINITY, u32::MAX); work.model.tasks()];
    loop {
        *rounds += 1;
        for (robot, bundle) in bundles.iter_mut().enumerate() {
            bundle.fill(work, robot, room[robot], open, &winning);
        }
        winning.fill((f64::NEG_INFINITY, u32::MAX));
        for (robot, bundle) in bundles.iter().enumerate() {
            for (task, score) in &bundle.0 {
                let best = &mut winning[*task as usize];
                if *score > best.0 {
                    *best = (*score, robot as u32);
                }
            }
        }
        let mut lost = false;
        for (robot, bundle) in bundles.iter_mut().enumerate() {
            lost |= bundle.give_back(work, robot, &mut winning);
        }
        if !lost || budget.spent(*rounds) >= 1.0 {
            break;
        }
    }
    for (room, bundle) in room.iter_mut().zip(&bundles) {
        *room -= bundle.0.len();
    }
    let given: Vec<u32> = bundles
        .iter()
        .flat_map(|bundle| &bundle.0)
        .map(|own| own.0)
        .collect();
    work.keep(&given);
    !given.is_empty()
}

impl Bundle {
    /// Adds what is worth most to a robot, and to nobody more, until its bundle is full.
    fn fill(&mut self, work: &mut Work<'_>, robot: usize, room: usize, open: &[u32], winning: &[(f64, u32)]) {
        while self.0.len() < room {
            let cap = self.0.last().map_or(f64::INFINITY, |last| last.1);
            let mut best: Option<(f64, u32, Gap)> = None;
            for task in open {
                if self.0.iter().any(|own| own.0 == *task) {
                    continue;
                }
                let Some(gap) = work.offer(robot, *task) else {
                    continue;
                };
                let score = (work.model.tasks[*task as usize].prize - work.price(robot, gap)).min(cap);
                let (high, holder) = winning[*task as usize];
                let wins = score > high || (score == high && (robot as u32) < holder);
                if wins && best.is_none_or(|(most, ..)| score > most) {
                    best = Some((score, *task, gap));
                }
            }
            let Some((score, task, gap)) = best else { return };
            work.want(robot, task, gap);
            self.0.push((task, score));
        }
    }
    /// Gives back the first task that another robot won, and all that was chosen after it. Whether there was one.
    fn give_back(&mut self, work: &mut Work<'_>, robot: usize, winning: &mut [(f64, u32)]) -> bool {
        let lost = |own: &(u32, f64)| winning[own.0 as usize].1 != robot as u32;
        let Some(first) = self.0.iter().position(lost) else {
            return false;
        };
        for (task, _) in self.0.drain(first..) {
            work.drop(robot, task);
            if winning[task as usize].1 == robot as u32 {
                winning[task as usize] = (f64::NEG_INFINITY, u32::MAX);
            }
        }
        true
    }
}
