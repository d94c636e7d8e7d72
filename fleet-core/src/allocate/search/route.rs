//! One robot's route: when it is where, and whether it keeps all rules.

use alloc::vec::Vec;

use super::charge::{Charge, Detour, Docks, Level, Walk};
use super::gaps::Gap;
use super::model::{Flat, Model, NONE, begin, last_arrival};
use crate::load::Load;

/// Windows are kept to this, in seconds, and lengths, in metres: sums are rounded.
pub(super) const TOLERANCE: f64 = 1e-7;

/// The longest legs: between two stops, and from the start or to the end.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Longest {
    pub(super) inner: f64,
    pub(super) outer: f64,
}

impl Longest {
    pub(super) fn max(self, other: Longest) -> Self {
        Longest {
            inner: self.inner.max(other.inner),
            outer: self.outer.max(other.outer),
        }
    }
}

/// All that is needed to price one more stop in a gap: half a cache line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    /// Where the gap begins: at the start, or where the stop before it ends.
    pub(super) leave: u32,
    /// Where it ends: at the next stop, or the end, or `NONE`.
    pub(super) at: u32,
    /// Metres across it.
    pub(super) leg: f64,
    /// When the robot is free at its beginning.
    pub(super) free: f64,
    /// The latest arrival at its end that keeps everything behind within its windows, but for a charge on the way.
    pub(super) latest: f64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Route {
    pub(super) stops: Vec<u32>,
    /// One more than stops.
    pub(super) spots: Vec<Spot>,
    /// What is aboard in each gap, if anything is ever put down; and the most that is in it or behind it.
    pub(super) load: Vec<Load>,
    pub(super) peak: Vec<Load>,
    /// The least, if anything is put down that its task did not pick up.
    pub(super) low: Vec<Load>,
    /// All that is loaded, and what was aboard at the start.
    pub(super) total: Load,
    pub(super) metres: f64,
    pub(super) longest: Longest,
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

/// What a route is looked at with: the stops as they are now, and whose route it is.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) model: &'a Model,
    pub(super) stops: &'a [Flat],
    pub(super) robot: usize,
    /// That a route is over before this counts as if it were over then.
    pub(super) level: f64,
}

/// A rule that a route breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Broken {
    /// The number of stops.
    Length,
    Load,
    /// A window, a deadline or the shift.
    Time,
    Charge,
}

/// Seconds that charges in this gap take.
#[inline]
pub(super) fn pause(charges: &[Detour], gap: usize) -> f64 {
    let there = charges.iter().find(|detour| detour.charge.before == gap as u32);
    there.map_or(0.0, |detour| detour.pause)
}

impl Route {
    /// Goes by `stops` from now on, as far as times, loads and charges are concerned. O(stops), and what the charges take.
    /// If it has to charge, the charges `given` are made as long as they do, and others if not.
    pub(super) fn retime(
        &mut self,
        model: &Model,
        stops: &[Flat],
        robot: usize,
        docks: &Docks,
        given: &[Charge],
    ) {
        self.charges.clear();
        self.time(model, stops, robot);
        if !model.has_chargers() || self.stops.is_empty() || self.lasts(model, robot, 0.0, self.finish) {
            return;
        }
        let view = View {
            model,
            stops,
            robot,
            level: 0.0,
        };
        let walk = Walk { view, docks };
        if !given.is_empty() {
            walk.follow(self, given);
        }
        if self.charges.is_empty() {
            let mut levels = core::mem::take(&mut self.levels);
            walk.plan(self, &mut levels);
            self.levels = levels;
        }
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
        self.longest = Longest {
            inner: self.spots[..n]
                .iter()
                .skip(1)
                .map(|spot| spot.leg)
                .fold(0.0, f64::max),
            outer: self.spots[0].leg.max(leg),
        };
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

    fn price(&self, model: &Model, robot: usize) -> f64 {
        if self.stops.is_empty() {
            return 0.0;
        }
        let spec = &model.robots[robot];
        model.rates[robot].of(self.metres, self.finish - spec.shift.0) + self.timed + spec.fixed
    }

    /// Whether the number of stops, all windows, the load and the charge are kept.
    pub(super) fn is_kept(&self, model: &Model, robot: usize) -> bool {
        self.broken(model, robot).is_none()
    }

    /// What is not kept.
    pub(super) fn broken(&self, model: &Model, robot: usize) -> Option<Broken> {
        if self.stops.is_empty() {
            return None;
        }
        let spec = &model.robots[robot];
        if self.stops.len() > spec.stops {
            return Some(Broken::Length);
        }
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
    pub(super) fn lasts(&self, model: &Model, robot: usize, metres: f64, finish: f64) -> bool {
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
        let View {
            model, stops, robot, ..
        } = view;
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
        (self.metres, self.longest) = (other.metres, other.longest);
        (self.timed, self.finish) = (other.timed, other.finish);
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
