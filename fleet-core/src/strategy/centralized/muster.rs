//! Awarding all tasks of a team together, to as many robots, or none.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::Coordinator;
use super::market::price;
use crate::allocate::{Award as Winner, assignment};
use crate::context::Context;
use crate::ids::{RobotId, TaskId};
use crate::objective::Cost;
use crate::standing::Urgency;

/// The lots of a team, and the robot that is to have each.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Muster {
    /// That of its most urgent task.
    pub(super) urgency: Urgency,
    /// Lot, robot and price.
    winners: Vec<(u32, RobotId, Cost)>,
}

impl Coordinator {
    /// The waiting for answers to a lot is over.
    pub(super) fn enter(&mut self, lot: u32) {
        let task = self.market.sale(lot).map(|sale| sale.task);
        match task.is_some_and(|task| self.is_bound(task)) {
            true => self.market.bind(lot),
            false => self.market.enter(lot),
        }
    }

    /// The teams that can be awarded, the most urgent last. Those that cannot, for want of robots or because one of their
    /// tasks is not for sale, are taken off the market.
    pub(super) fn musters(&mut self, cx: &mut Context<'_>) -> Vec<Muster> {
        for seat in core::mem::take(&mut self.market.reserved) {
            self.market.renewed(seat);
        }
        let mut teams = BTreeMap::<TaskId, Vec<u32>>::new();
        for lot in self.market.bound.clone() {
            let task = self.market.sale(lot).map(|sale| sale.task);
            let lead = task.filter(|task| self.is_bound(*task));
            match lead.and_then(|task| self.record(task)?.task.lead()) {
                Some(lead) => teams.entry(lead).or_default().push(lot),
                None => self.market.enter(lot),
            }
        }
        let mut musters = Vec::new();
        for lots in teams.into_values() {
            match self.muster(&lots) {
                Some(Some(muster)) => musters.push(muster),
                Some(None) => self.disband(&lots, cx),
                None => {} // others of the team are still being bid for
            }
        }
        musters.sort_by_key(|muster| {
            (
                muster.urgency,
                muster.winners.first().map(|(lot, ..)| core::cmp::Reverse(*lot)),
            )
        });
        musters
    }

    /// The cheapest way to give these lots of one team to as many robots; `Some(None)` if there is none, and `None` if it
    /// is not known yet.
    fn muster(&self, lots: &[u32]) -> Option<Option<Muster>> {
        let sales = || lots.iter().filter_map(|lot| self.market.sale(*lot));
        let task = sales().next()?.task;
        let mut taken = BTreeSet::new();
        for fellow in self.team_of(task) {
            let Some(entry) = self.tasks.get(&fellow) else {
                return Some(None);
            };
            let robot = entry.owner.map(|(robot, _)| robot);
            let robot = robot.or(entry.offer.map(|offer| offer.robot));
            let robot = robot.or(entry.taker.map(|taker| taker.robot));
            match (robot, entry.lot) {
                (Some(robot), _) => drop(taken.insert(robot)),
                (None, Some(lot)) if lots.contains(&lot) => {}
                (None, None) if !self.market.gathered.contains_key(&fellow) => return Some(None),
                (None, _) => return None,
            }
        }
        Some(self.cheapest(lots, &taken))
    }

    fn cheapest(&self, lots: &[u32], taken: &BTreeSet<RobotId>) -> Option<Muster> {
        let sales = || lots.iter().filter_map(|lot| self.market.sale(*lot));
        let bidders = sales().flat_map(|sale| sale.answers.keys().copied());
        let robots: BTreeSet<RobotId> = bidders.filter(|robot| !taken.contains(robot)).collect();
        let robots: Vec<RobotId> = robots.into_iter().collect();
        let cost = |lot: u32, robot: RobotId| {
            let (_, answer) = self.market.sale(lot)?.answers.get(&robot)?;
            price(answer)
        };
        let cells = lots
            .iter()
            .flat_map(|lot| robots.iter().map(move |robot| cost(*lot, *robot)));
        let costs: Vec<f64> = cells
            .map(|cost| cost.map_or(f64::INFINITY, Cost::value))
            .collect();
        let columns = assignment(lots.len(), robots.len(), &costs).ok()?.columns;
        let winner = |(lot, column): (&u32, &Option<usize>)| {
            let robot = robots[(*column)?];
            Some((*lot, robot, cost(*lot, robot)?))
        };
        let winners: Option<Vec<_>> = lots.iter().zip(&columns).map(winner).collect();
        Some(Muster {
            urgency: sales().map(|sale| sale.standing.urgency).max()?,
            winners: winners?,
        })
    }

    /// Offers all lots of a team, if all its robots can be offered something now. Otherwise those that can wait for the
    /// others: what is less urgent does not come between.
    pub(super) fn award_team(&mut self, team: &Muster, cx: &mut Context<'_>) {
        let seat = |(_, robot, _): &(u32, RobotId, Cost)| self.members.get(*robot).map(|member| member.seat);
        let seats: Vec<usize> = team.winners.iter().filter_map(seat).collect();
        let (busy, free): (Vec<usize>, Vec<usize>) =
            seats.iter().partition(|seat| self.market.is_passed_over(**seat));
        for seat in &free {
            self.market.pass_over(*seat);
        }
        if !busy.is_empty() || free.len() < team.winners.len() {
            return self.market.reserved.extend(free);
        }
        for ((lot, _, cost), seat) in team.winners.iter().zip(seats) {
            self.market.bound.remove(lot);
            // Not the lowest bid for this one, perhaps: it has no limit.
            let winner = Winner {
                lot: 0,
                robot: seat,
                cost: *cost,
                second: None,
            };
            self.offer_to(*lot, winner, cx);
        }
    }

    /// Nobody can be had for some of a team: it is offered again later.
    fn disband(&mut self, lots: &[u32], cx: &mut Context<'_>) {
        for lot in lots {
            let Some(sale) = self.market.sale(*lot) else {
                continue;
            };
            let (task, declined) = (sale.task, self.declined(sale));
            self.withdraw(*lot);
            self.unsold(task, declined, cx);
        }
    }
}
