//! One robot's route: when it is where, and what one more stop would cost in each gap.

use alloc::vec::Vec;

use super::charge::{Charge, Detour, Docks, Level, Walk};
use super::model::{Flat, Model, NONE, begin, last_arrival};
use crate::load::Load;

/// Windows are kept to this, in seconds, and lengths, in metres: sums are rounded.
pub(super) const TOLERANCE: f64 = 1e-7;

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

/// All that is needed to price one more stop in a gap: half a cache line.
#[derive(Clone, Copy, Debug)]
struct Spot {
    /// Where the gap begins: at the start, or where the stop before it ends.
    leave: u32,
    /// Where it ends: at the next stop, or the end, or `NONE`.
    at: u32,
    /// Metres across it.
    leg: f64,
    /// When the robot is free at its beginning.
    free: f64,
    /// The latest arrival at its end that keeps everything behind within its windows, but for a charge on the way.
    latest: f64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) stops: Vec<u32>,
    /// One more than stops.
    spots: Vec<Spot>,
    /// What is aboard in each gap, if anything is ever put down; and the most that is in it or behind it.
    load: Vec<Load>,
    peak: Vec<Load>,
    /// The least, if anything is put down that its task did not pick up.
    low: Vec<Load>,
    /// All that is loaded, and what was aboard at the start.
    total: Load,
    pub(super) metres: f64,
    /// What service, waiting and lateness cost.
    timed: f64,
    /// When it is over.
    pub(super) finish: f64,
    pub(super) cost: f64,
    /// Charges on the way.
    pub(super) charges: Vec<Detour>,
    levels: Vec<Level>,
    /// It may not be used.
    pub(super) closed: bool,
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

/// What a route is looked at with: the stops as they are now, and whose route it is.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) model: &'a Model,
    pub(super) stops: &'a [Flat],
    pub(super) robot: usize,
}

/// A rule that a route breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken {
    Load,
    /// A window, a deadline or the shift.
    Time,
    Charge,
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

/// Seconds that charges in this gap take.
#[inline]
fn pause(charges: &[Detour], gap: usize) -> f64 {
    let there = charges.iter().find(|detour| detour.charge.before == gap as u32);
    there.map_or(0.0, |detour| detour.pause)
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
    /// Goes by `stops` from now on, as far as times, loads and charges are concerned. O(stops), and what the charges take.
    pub(super) fn retime(&mut self, model: &Model, stops: &[Flat], robot: usize, docks: &Docks) {
        self.charges.clear();
        self.time(model, stops, robot);
        if !model.has_chargers() || self.stops.is_empty() || self.lasts(model, robot, 0.0, self.finish) {
            return;
        }
        let view = View { model, stops, robot };
        let mut levels = core::mem::take(&mut self.levels);
        Walk { view, docks }.plan(self, &mut levels);
        self.levels = levels;
        if !self.charges.is_empty() {
            self.time(model, stops, robot);
        }
    }

    /// Times, metres and loads with the charges that there are.
    fn time(&mut self, model: &Model, stops: &[Flat], robot: usize) {
        let spec = &model.robots[robot];
        let services = model.services(robot);
        let pace = 1.0 / spec.speed;
        let n = self.stops.len();
        let (mut leave, mut free) = (spec.start, spec.shift.0);
        (self.metres, self.timed, self.total) = (0.0, 0.0, spec.aboard);
        self.spots.clear();
        for (gap, number) in self.stops.iter().enumerate() {
            let stop = &stops[*number as usize];
            let leg = model.ways.length(leave, stop.at);
            self.spots.push(Spot {
                leave,
                at: stop.at,
                leg,
                free,
                latest: 0.0,
            });
            let service = services[*number as usize];
            let arrive = free + leg * pace + pause(&self.charges, gap);
            free = begin(stop.open, model.windows(stop), arrive) + service + stop.metres * pace;
            leave = stop.leave;
            self.metres += leg + stop.metres;
            self.timed += model.weights.work * service;
            self.total = self.total + stop.load;
            self.timed += leaving(model, robot, *number);
            if model.timed {
                self.timed += waiting(model, *number, free);
            }
        }
        let leg = match (spec.end, n) {
            (Some(end), 1..) => model.ways.length(leave, end),
            _ => 0.0,
        };
        self.spots.push(Spot {
            leave,
            at: spec.end.unwrap_or(NONE),
            leg,
            free,
            latest: spec.shift.1,
        });
        self.metres += leg + self.charges.iter().map(|detour| detour.metres).sum::<f64>();
        let pause = |gap| pause(&self.charges, gap);
        self.finish = free + leg * pace + pause(n);
        let mut behind = (spec.shift.1 - pause(n), leg);
        self.spots[n].latest = behind.0;
        for (gap, (spot, number)) in self.spots.iter_mut().zip(&self.stops).enumerate().rev() {
            let stop = &stops[*number as usize];
            let own = services[*number as usize] + stop.metres * pace;
            let latest = (behind.0 - behind.1 * pace - own).min(stop.finish - own);
            spot.latest = last_arrival(stop, model.windows(stop), latest) - pause(gap);
            behind = (spot.latest, spot.leg);
        }
        if model.mixed {
            self.weigh(model, spec.aboard);
        }
        self.cost = self.price(model, robot);
    }

    /// Where it is over but for the way to its end.
    pub(super) fn last_place(&self, model: &Model, robot: usize) -> u32 {
        self.spots
            .last()
            .map_or(model.robots[robot].start, |spot| spot.leave)
    }

    /// When work on the stop with this index begins, and when it ends.
    pub(super) fn times(&self, model: &Model, stops: &[Flat], robot: usize, index: usize) -> (f64, f64) {
        let (spot, stop) = (&self.spots[index], &stops[self.stops[index] as usize]);
        let arrive = spot.free + spot.leg / model.robots[robot].speed + pause(&self.charges, index);
        let begun = begin(stop.open, model.windows(stop), arrive);
        (begun, self.spots[index + 1].free)
    }

    fn weigh(&mut self, model: &Model, aboard: Load) {
        let mut load = aboard;
        self.load.clear();
        self.load.push(load);
        for stop in &self.stops {
            load = load + model.stops[*stop as usize].load;
            self.load.push(load);
        }
        self.peak.clone_from(&self.load);
        for k in (0..self.stops.len()).rev() {
            let within = self.load[k] + model.stops[self.stops[k] as usize].peak;
            self.peak[k] = self.peak[k].max(&within).max(&self.peak[k + 1]);
        }
        if model.draws {
            self.low.clone_from(&self.load);
            for k in (0..self.stops.len()).rev() {
                let within = self.load[k] + model.stops[self.stops[k] as usize].dip;
                self.low[k] = self.low[k].min(&within).min(&self.low[k + 1]);
            }
        }
    }

    /// What is aboard in a gap.
    #[inline]
    fn aboard(&self, model: &Model, robot: usize, gap: usize) -> Load {
        if model.mixed {
            self.load[gap]
        } else {
            model.robots[robot].aboard
        }
    }

    fn price(&self, model: &Model, robot: usize) -> f64 {
        if self.stops.is_empty() {
            return 0.0;
        }
        let spec = &model.robots[robot];
        model.rates[robot].of(self.metres, self.finish - spec.shift.0) + self.timed + spec.fixed
    }

    /// Whether all windows, the load and the charge are kept.
    pub(super) fn is_kept(&self, model: &Model, robot: usize) -> bool {
        self.broken(model, robot).is_none()
    }

    /// What is not kept.
    pub(super) fn broken(&self, model: &Model, robot: usize) -> Option<Broken> {
        if self.stops.is_empty() {
            return None;
        }
        let spec = &model.robots[robot];
        let light = match model.mixed {
            true => {
                let has_all = !model.draws || Load::ZERO.fits(&self.low[0]);
                self.peak[0].fits(&spec.capacity) && has_all
            }
            false => self.total.fits(&spec.capacity),
        };
        if !light {
            return Some(Broken::Load);
        }
        let first = &self.spots[0];
        if first.free + first.leg / spec.speed > first.latest + TOLERANCE {
            return Some(Broken::Time);
        }
        let lasts = !self.charges.is_empty() || self.lasts(model, robot, 0.0, self.finish);
        (!lasts).then_some(Broken::Charge)
    }

    /// Whether the battery lasts for so many metres more, to a later end.
    #[inline]
    fn lasts(&self, model: &Model, robot: usize, metres: f64, finish: f64) -> bool {
        let spec = &model.robots[robot];
        spec.charge == f64::INFINITY
            || spec.draw.of(self.metres + metres, finish - spec.shift.0) <= spec.charge + TOLERANCE
    }

    /// Metres across a gap and during the stop behind it.
    pub(super) fn across(&self, view: View<'_>, gap: usize) -> f64 {
        let stop = self.stops.get(gap).map(|stop| view.stops[*stop as usize].metres);
        self.spots[gap].leg + stop.unwrap_or(0.0)
    }

    /// When the stop behind a gap ends, or the route, if the robot arrives there at `arrive`.
    pub(super) fn leaves(&self, view: View<'_>, gap: usize, arrive: f64) -> f64 {
        let View { model, stops, robot } = view;
        let Some(number) = self.stops.get(gap) else {
            return arrive;
        };
        let stop = &stops[*number as usize];
        let own = model.services(robot)[*number as usize] + stop.metres / model.robots[robot].speed;
        begin(stop.open, model.windows(stop), arrive) + own
    }

    /// Seconds from the arrival behind a gap to the end, while there are no charges.
    pub(super) fn left(&self, view: View<'_>, gap: usize) -> f64 {
        let spot = &self.spots[gap];
        self.finish - spot.free - spot.leg / view.model.robots[view.robot].speed
    }

    /// Metres straight across a gap.
    pub(super) fn leg(&self, gap: usize) -> f64 {
        self.spots[gap].leg
    }

    /// Metres from where a gap begins to a place, and from there to where the gap ends, if anywhere.
    pub(super) fn ways_by(&self, model: &Model, gap: usize, place: u32) -> (f64, f64) {
        let spot = &self.spots[gap];
        let way_in = model.ways.length(spot.leave, place);
        let way_out = if spot.at == NONE {
            0.0
        } else {
            model.ways.length(place, spot.at)
        };
        (way_in, way_out)
    }

    /// The charges as others see them.
    pub(super) fn charges(&self) -> impl Iterator<Item = Charge> + '_ {
        self.charges.iter().map(|detour| detour.charge)
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
        let View { model, stops, robot } = view;
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
                cost += model.weights.makespan * self.finish;
                let finish = self.finish;
                return Delayed { cost, finish };
            }
            cost += waiting(model, stop, end) - waiting(model, stop, before);
            arrive = end + self.spots[k + 1].leg * pace + pause(&self.charges, k + 1);
        }
        cost += model.rates[robot].second * (arrive - self.finish) + model.weights.makespan * arrive;
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
        let View { model, stops, robot } = view;
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

    /// Puts the stops of a task where `gap` says; [`retime`](Self::retime) has to follow.
    pub(super) fn put(&mut self, task: u32, model: &Model, gap: Gap) {
        let terms = &model.tasks[task as usize];
        if terms.second != NONE {
            self.stops.insert(gap.second as usize, terms.second);
        }
        self.stops.insert(gap.first as usize, terms.first);
    }

    /// Becomes the same as `other`, in the memory that it has.
    pub(super) fn copy_from(&mut self, other: &Route) {
        self.stops.clone_from(&other.stops);
        self.spots.clone_from(&other.spots);
        self.load.clone_from(&other.load);
        self.peak.clone_from(&other.peak);
        self.low.clone_from(&other.low);
        self.charges.clone_from(&other.charges);
        (self.total, self.closed) = (other.total, other.closed);
        (self.metres, self.timed, self.finish) = (other.metres, other.timed, other.finish);
        self.cost = other.cost;
    }
}

/// What it costs that this stop ends at `end`: the last one of a task is its end.
#[inline]
pub(super) fn waiting(model: &Model, stop: u32, end: f64) -> f64 {
    let terms = &model.tasks[model.stops[stop as usize].task as usize];
    if terms.second != NONE && stop != terms.second {
        return 0.0;
    }
    terms.waiting * (end - terms.since) + terms.lateness * (end - terms.due).max(0.0)
}

/// What it costs that this robot has this stop, and not another one that has it: for the last one of a task.
#[inline]
pub(super) fn leaving(model: &Model, robot: usize, stop: u32) -> f64 {
    let task = model.stops[stop as usize].task;
    if model.tasks[task as usize].second == stop || model.tasks[task as usize].second == NONE {
        model.leaving(robot, task)
    } else {
        0.0
    }
}
