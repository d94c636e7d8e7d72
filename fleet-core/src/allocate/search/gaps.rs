//! What one more stop, or a pickup and its delivery, costs in each gap of a route.

use super::model::{Flat, Model, NONE, begin};
use super::route::{Route, TOLERANCE, View, leaving, pause, waiting};
use crate::load::Load;

/// A place for a task in a route: before the stops that have these indices now.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Gap {
    pub(super) first: u32,
    /// For the second stop of a pair; the number of stops before it does not count its own first stop.
    pub(super) second: u32,
    pub(super) price: f64,
    /// Whether the charge lasts as it is.
    pub(super) lasts: bool,
}

impl Gap {
    pub(super) const NONE: Gap = Gap {
        first: 0,
        second: 0,
        price: f64::INFINITY,
        lasts: true,
    };
}

/// A stop that is to go into a route, with all that is the same in each gap.
#[derive(Clone, Copy)]
pub(super) struct Guest<'a> {
    stop: u32,
    to: &'a [f64],
    from: &'a [f64],
    metres: f64,
    /// Seconds that it takes, and what they cost.
    own: f64,
    work: f64,
    open: f64,
    close: f64,
    windows: &'a [(f64, f64)],
    load: Load,
    peak: Load,
    dip: Load,
}

/// Where a delivery would be.
#[derive(Clone, Copy)]
struct Delivered {
    gap: usize,
    /// Metres more behind the pickup.
    metres: f64,
    arrive: f64,
    /// What the delay of the stops between costs.
    delay: f64,
    /// Metres more up to the pickup.
    before: f64,
    /// What is aboard before it.
    aboard: Load,
}

impl Delivered {
    fn aboard_fits(&self, guest: &Guest<'_>, capacity: &Load) -> bool {
        (self.aboard + guest.peak).fits(capacity) && Load::ZERO.fits(&(self.aboard + guest.dip))
    }
}

/// What comes of it if the rest of a route is later.
struct Delayed {
    /// What it costs more, and all of the makespan.
    cost: f64,
    /// When the route is over.
    finish: f64,
}

#[inline]
fn way_to(from: &[f64], place: u32) -> f64 {
    if place == NONE { 0.0 } else { from[place as usize] }
}

impl<'a> Guest<'a> {
    /// As it is for this robot, and for all of the same [way of working](Model::manner).
    pub(super) fn new(model: &'a Model, stops: &[Flat], stop: u32, robot: usize) -> Self {
        let (services, pace) = (model.services(robot), 1.0 / model.robots[robot].speed);
        let flat = &stops[stop as usize];
        let own = services[stop as usize] + flat.metres * pace;
        let close = flat.close.min(flat.finish - own) + TOLERANCE;
        Guest {
            stop,
            to: model.ways.to(flat.at),
            from: model.ways.from(flat.leave),
            metres: flat.metres,
            own,
            work: model.weights.work * services[stop as usize],
            open: flat.open,
            // What cannot end in time however early it begins fits nowhere.
            close: if close < flat.open {
                f64::NEG_INFINITY
            } else {
                close
            },
            windows: model.windows(flat),
            load: flat.load,
            peak: flat.peak,
            dip: flat.dip,
        }
    }

    /// When work on it begins for who is there at `arrive`.
    #[inline]
    fn begin(&self, arrive: f64) -> f64 {
        begin(self.open, self.windows, arrive)
    }
}

impl Route {
    /// What is aboard in a gap.
    #[inline]
    fn aboard(&self, model: &Model, robot: usize, gap: usize) -> Load {
        if model.mixed {
            self.load[gap]
        } else {
            model.robots[robot].aboard
        }
    }

    /// The best gap for a task of one stop that costs less than `best`; `skip` tells which gaps not to look at. O(gaps),
    /// and where time costs anything O(stops) for each gap that may be the best.
    #[inline]
    pub(super) fn single(
        &self,
        view: View<'_>,
        guest: &Guest<'_>,
        gaps: (usize, usize),
        best: &mut Gap,
        skip: &mut impl FnMut() -> bool,
    ) -> bool {
        let View { model, robot, .. } = view;
        let spec = &model.robots[robot];
        if !model.mixed && !(self.total + guest.load).fits(&spec.capacity) {
            return false; // wherever it is put
        }
        let pace = 1.0 / spec.speed;
        let mut fixed = guest.work + leaving(model, robot, guest.stop);
        if self.stops.is_empty() {
            fixed += spec.fixed;
        }
        let metre = model.rates[robot].metre;
        let mut found = false;
        let last = gaps.1.min(self.stops.len());
        for (gap, spot) in self.spots[..=last].iter().enumerate().skip(gaps.0) {
            if spot.free > guest.close {
                break;
            }
            let way_in = guest.to[spot.leave as usize];
            let way_out = way_to(guest.from, spot.at);
            let added = way_in + way_out + guest.metres - spot.leg;
            let mut price = metre * added + fixed;
            if price >= best.price {
                continue;
            }
            let begin = guest.begin(spot.free + way_in * pace);
            let end = begin + guest.own;
            if begin > guest.close
                || end + way_out * pace > spot.latest + TOLERANCE
                || (model.mixed && !self.bears(model, gap, guest, &spec.capacity))
            {
                continue;
            }
            let mut finish = spec.shift.0;
            if model.timed {
                price += waiting(model, guest.stop, end);
                if price >= best.price {
                    continue;
                }
                let delayed = self.delayed(view, gap, end + way_out * pace);
                price += delayed.cost;
                finish = delayed.finish;
            }
            let lasts = self.lasts(model, robot, added, finish);
            if price >= best.price || !(lasts || model.has_chargers()) {
                continue;
            }
            if skip() {
                continue;
            }
            (best.first, best.second) = (gap as u32, gap as u32);
            (best.price, best.lasts) = (price, lasts);
            found = true;
        }
        found
    }

    /// Whether a stop in this gap is never too much.
    #[inline]
    fn bears(&self, model: &Model, gap: usize, guest: &Guest<'_>, capacity: &Load) -> bool {
        let has = |least: Load| Load::ZERO.fits(&least);
        if model.draws && !(has(self.load[gap] + guest.dip) && has(self.low[gap] + guest.load)) {
            return false;
        }
        (self.peak[gap] + guest.load).fits(capacity) && (self.load[gap] + guest.peak).fits(capacity)
    }

    /// What comes of it if the robot arrives at the stop with this index, or at the end, at `arrive`.
    fn delayed(&self, view: View<'_>, from: usize, mut arrive: f64) -> Delayed {
        let View {
            model, stops, robot, ..
        } = view;
        let services = model.services(robot);
        let pace = 1.0 / model.robots[robot].speed;
        let mut cost = 0.0;
        arrive += pause(&self.charges, from);
        for k in from..self.stops.len() {
            let stop = self.stops[k];
            let flat = &stops[stop as usize];
            let own = services[stop as usize] + flat.metres * pace;
            let end = begin(flat.open, model.windows(flat), arrive) + own;
            let before = self.spots[k + 1].free;
            if end <= before {
                cost += model.weights.makespan * self.finish.max(view.level);
                let finish = self.finish;
                return Delayed { cost, finish };
            }
            cost += waiting(model, stop, end) - waiting(model, stop, before);
            arrive = end + self.spots[k + 1].leg * pace + pause(&self.charges, k + 1);
        }
        cost += model.rates[robot].second * (arrive - self.finish);
        cost += model.weights.makespan * arrive.max(view.level);
        Delayed { cost, finish: arrive }
    }

    /// The best pair of gaps for a pickup and its delivery that costs less than `best`. O(stops squared), less where
    /// windows or loads leave little room.
    pub(super) fn pair(
        &self,
        view: View<'_>,
        (p, d): &(Guest<'_>, Guest<'_>),
        from: usize,
        best: &mut Gap,
        skip: &mut impl FnMut() -> bool,
    ) -> bool {
        let View {
            model, stops, robot, ..
        } = view;
        let spec = &model.robots[robot];
        let services = model.services(robot);
        let pace = 1.0 / spec.speed;
        let across = p.from[model.stops[d.stop as usize].at as usize];
        let (metre, n) = (model.rates[robot].metre, self.stops.len());
        let mut fixed = p.work + d.work + leaving(model, robot, d.stop);
        if n == 0 {
            fixed += spec.fixed;
        }
        let mut found = false;
        for first in from..=n {
            let spot = &self.spots[first];
            if spot.free > p.close {
                break;
            }
            let way_in = p.to[spot.leave as usize];
            let begun = p.begin(spot.free + way_in * pace);
            let aboard = self.aboard(model, robot, first);
            if begun > p.close
                || !(aboard + p.peak).fits(&spec.capacity)
                || !Load::ZERO.fits(&(aboard + p.dip))
            {
                continue;
            }
            let picked = begun + p.own;
            let metres = way_in + p.metres - spot.leg;
            let mut last = |delivered: Delivered| {
                let price = fixed + metre * (delivered.metres + metres) + delivered.delay;
                let Some((price, lasts)) = self.delivery(view, d, delivered, price, best.price) else {
                    return;
                };
                if !skip() {
                    (best.first, best.second) = (first as u32, delivered.gap as u32);
                    (best.price, best.lasts) = (price, lasts);
                    found = true;
                }
            };
            // The delivery at once.
            last(Delivered {
                gap: first,
                metres: across + d.metres + way_to(d.from, spot.at),
                arrive: picked + across * pace,
                delay: 0.0,
                before: metres,
                aboard: aboard + p.load,
            });
            if first == n {
                break;
            }
            // The delivery further on, with the stops between later than they were.
            let step = p.from[spot.at as usize];
            let (mut arrive, mut delay) = (picked + step * pace, 0.0);
            for k in first..n {
                let stop = self.stops[k];
                let flat = &stops[stop as usize];
                if arrive > self.spots[k].latest + TOLERANCE
                    || !(self.aboard(model, robot, k) + p.load + flat.peak).fits(&spec.capacity)
                {
                    break;
                }
                let own = services[stop as usize] + flat.metres * pace;
                arrive += pause(&self.charges, k);
                let free = begin(flat.open, model.windows(flat), arrive) + own;
                if free > d.close {
                    break;
                }
                if model.timed {
                    delay += waiting(model, stop, free) - waiting(model, stop, self.spots[k + 1].free);
                }
                let gap = k + 1;
                let spot = &self.spots[gap];
                let way_in = d.to[spot.leave as usize];
                last(Delivered {
                    gap,
                    metres: step + way_in + d.metres + way_to(d.from, spot.at) - spot.leg,
                    arrive: free + way_in * pace,
                    delay,
                    before: metres,
                    aboard: self.aboard(model, robot, gap) + p.load,
                });
                arrive = free + spot.leg * pace;
            }
        }
        found
    }

    /// What a pair costs with its delivery there, if it can be and costs less than `best`; and whether the charge lasts.
    #[inline]
    fn delivery(
        &self,
        view: View<'_>,
        guest: &Guest<'_>,
        delivered: Delivered,
        mut price: f64,
        best: f64,
    ) -> Option<(f64, bool)> {
        let View { model, robot, .. } = view;
        let begun = guest.begin(delivered.arrive);
        let spec = &model.robots[robot];
        if price >= best || begun > guest.close || !delivered.aboard_fits(guest, &spec.capacity) {
            return None;
        }
        let end = begun + guest.own;
        let arrive = end + way_to(guest.from, self.spots[delivered.gap].at) / spec.speed;
        if arrive > self.spots[delivered.gap].latest + TOLERANCE {
            return None;
        }
        let mut finish = spec.shift.0;
        if model.timed {
            price += waiting(model, guest.stop, end);
            if price >= best {
                return None;
            }
            let delayed = self.delayed(view, delivered.gap, arrive);
            price += delayed.cost;
            finish = delayed.finish;
        }
        let lasts = self.lasts(model, robot, delivered.before + delivered.metres, finish);
        (price < best && (lasts || model.has_chargers())).then_some((price, lasts))
    }
}
