//! Two robots at a time share out anew what they have.

use alloc::vec::Vec;

use super::neighbours::{disjoint, nearest_first, shares};
use super::{Allocator, Budget, BundleAuction};
use crate::allocate::search::state::{State, visits};
use crate::allocate::search::{Model, Search, Solution};
use crate::invalid::Invalid;

/// The bundle auction, and then pairs of neighbours that meet, round after round: the two solve the problem of their own two
/// routes by themselves, and keep what comes of it if it costs less (gossip: Franceschelli et al. 2013, "Gossip algorithms
/// for heterogeneous multi-vehicle routing problems", Nonlinear Analysis: Hybrid Systems 10; of the contracts of Sandholm
/// 1998, "Contract types for satisficing task allocation", a meeting finds those of two robots: one task, several, and swaps).
///
/// It is what robots could do that only talk to those beside them. A pair knows its own two routes and its share of the
/// tasks that nobody has: each of these is in the hands of the nearest pair in a round, so no two pairs take the same one. No
/// pair knows any other route. Only where the longest route counts does it have to hear when the last of the others is over.
/// What a pair keeps makes the whole cost less by as much, so the plan never gets worse.
///
/// In a round each robot meets one other at most, and who has nobody to meet improves its route alone. In a tournament it
/// meets each of its 16 nearest once, the nearest pairs first. The end comes when a tournament has brought nothing, or the
/// budget, which counts the rounds of the searches of all pairs, is spent. What no two neighbours can better by themselves is
/// not the optimum: that a third one would have to give something too is not found.
///
/// Messages: in a round two bundles for each pair, one there and one back, and for each task that nobody has one number for each pair,
/// how near it is. A tournament has 32 rounds or so, however many robots there are, and at most 16 meetings a robot.
/// Work: a meeting takes O(stops of the pair squared), and so many rounds of the [search](Search).
///
/// Tasks that wait for others or begin together with others stay where they are, at the times that are agreed. So do all
/// tasks of a robot that charges on the way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairwiseExchange {
    /// What chances are drawn from.
    pub seed: u64,
    /// Rounds of the search of each pair that meets.
    pub rounds: u64,
}

impl Default for PairwiseExchange {
    fn default() -> Self {
        PairwiseExchange { seed: 0, rounds: 512 }
    }
}

impl Allocator for PairwiseExchange {
    fn allocate(
        &self,
        model: &Model,
        plan: Option<&Solution>,
        budget: &mut dyn Budget,
    ) -> Result<Solution, Invalid> {
        let bundles = BundleAuction::default().allocate(model, plan, budget)?;
        let mut state = State::of(model, &bundles)?;
        if let Some(plan) = plan {
            let given = State::of(model, plan)?;
            if given.cost(model) < state.cost(model) {
                state = given;
            }
        }
        let mut fleet = Fleet {
            model,
            state,
            exchange: *self,
            meetings: 0,
            rounds: 0,
        };
        while fleet.tournament(budget) {}
        Ok(fleet.state.solution(model))
    }
}

/// Robots that meet.
struct Fleet<'a> {
    model: &'a Model,
    state: State,
    exchange: PairwiseExchange,
    meetings: u64,
    /// Those of all meetings.
    rounds: u64,
}

impl Fleet<'_> {
    /// Lets all neighbours meet once. Whether that brought anything, and there is budget for more.
    fn tournament(&mut self, budget: &mut dyn Budget) -> bool {
        let robots = 0..self.model.robots() as u32;
        let stays = |robot: &u32| self.state.routes[*robot as usize].charges.is_empty();
        let robots: Vec<u32> = robots.filter(stays).collect();
        let mut waiting = nearest_first(&self.state, self.model, &robots);
        let mut better = false;
        loop {
            let groups = disjoint(&mut waiting, &robots);
            let shares = shares(&self.state, self.model, &groups);
            for (group, share) in groups.iter().zip(shares) {
                if budget.spent(self.rounds) >= 1.0 {
                    return false;
                }
                better |= self.meet(group, share, budget);
            }
            if waiting.is_empty() {
                return better;
            }
        }
    }

    /// These robots share out what they have, and this share of what nobody has. Whether that is better than it was.
    fn meet(&mut self, robots: &[u32], share: Vec<u32>, budget: &mut dyn Budget) -> bool {
        let (state, model) = (&self.state, self.model);
        let routes = robots.iter().map(|robot| &state.routes[*robot as usize].stops);
        let mut routes: Vec<_> = routes.map(|stops| visits(model, stops)).collect();
        let mut tasks = share;
        tasks.extend(routes.iter().flatten().map(|visit| visit.0));
        tasks.sort_unstable();
        tasks.dedup();
        let number = |task: u32| tasks.partition_point(|other| *other < task) as u32;
        routes
            .iter_mut()
            .flatten()
            .for_each(|visit| visit.0 = number(visit.0));
        let part = model.part(&state.stops, robots, &tasks);
        let plan = Solution {
            routes,
            ..Solution::default()
        };
        let found = self.search(&part, &plan, budget);
        let first = |task: u32| model.tasks[tasks[task as usize] as usize].first;
        found.is_some_and(|found| {
            let stops =
                |route: &Vec<(u32, u32)>| route.iter().map(|visit| first(visit.0) + visit.1).collect();
            self.keep(robots, found.routes.iter().map(stops))
        })
    }

    /// The best that is found for a part of the problem. Nothing if its robots have to charge after all.
    fn search(&mut self, part: &Model, plan: &Solution, budget: &mut dyn Budget) -> Option<Solution> {
        let seed = self.exchange.seed.wrapping_add(self.meetings);
        self.meetings += 1;
        let mut search = Search::resume(part, seed, plan).ok()?;
        let (before, most) = (self.rounds, self.exchange.rounds.max(1) as f64);
        search.run(|rounds| {
            if budget.spent(before + rounds) >= 1.0 {
                return 1.0;
            }
            rounds as f64 / most
        });
        self.rounds += search.rounds();
        Some(search.best())
    }

    /// Gives robots these stops if all rules are kept, and all together cost less.
    fn keep(&mut self, robots: &[u32], routes: impl Iterator<Item = Vec<u32>>) -> bool {
        let (state, model) = (&mut self.state, self.model);
        let before = state.cost(model);
        state.mark(model);
        state.replace(model, robots, routes);
        let better = state.holds(model) && state.cost(model) < before - 1e-9;
        if !better {
            state.undo(model);
        }
        better
    }
}
