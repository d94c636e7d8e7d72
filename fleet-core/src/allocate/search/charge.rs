//! Chargers: where in its route a robot charges, how much, and when a dock is free.
//!
//! A robot whose charge does not last for its route charges on the way. Routes are priced as if each charged where it does
//! now; after every change it is seen again where that is best, so that what is kept or refused is the whole of it.
//!
//! Where that is best follows from when docks are free, and that changes with the routes of others: what was found some
//! changes ago might not be found again. So a route that is not changed keeps its charges, also from plan to search.

use alloc::vec::Vec;

use super::route::{Route, TOLERANCE, View};

/// How often a charge is made longer for what is drawn while it waits for a dock.
const TRIES: usize = 4;

/// A place where robots charge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Charger {
    /// Where.
    pub place: u32,
    /// How many robots charge at a time.
    pub docks: u32,
    /// What a second there adds, beyond what the robot draws meanwhile: in watts, if charge is in joules.
    pub power: f64,
}

/// A charge on the way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Charge {
    /// Before which stop of the route, by index; as many as there are for after the last.
    pub before: u32,
    /// The charger, by number.
    pub charger: u32,
    /// When it begins and ends, in seconds.
    pub time: (f64, f64),
}

/// A charge, and what comes of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Detour {
    pub(super) charge: Charge,
    /// Metres and seconds more than without it.
    pub(super) metres: f64,
    pub(super) pause: f64,
}

/// Who is at each charger, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Docks(Vec<Vec<Booking>>);

#[derive(Clone, Copy, Debug)]
struct Booking {
    robot: u32,
    time: (f64, f64),
}

impl Docks {
    pub(super) fn new(chargers: usize) -> Self {
        Docks(alloc::vec![Vec::new(); chargers])
    }

    /// A robot charges then, and not as before.
    pub(super) fn book(&mut self, robot: u32, charges: impl Iterator<Item = Charge>) {
        for bookings in &mut self.0 {
            bookings.retain(|booking| booking.robot != robot);
        }
        for Charge { charger, time, .. } in charges {
            self.0[charger as usize].push(Booking { robot, time });
        }
    }

    fn others(&self, robot: u32, charger: usize) -> impl Iterator<Item = &Booking> {
        let bookings = self.0[charger].iter();
        bookings.filter(move |booking| booking.robot != robot)
    }

    /// Whether this robot finds one of so many docks free from one time to another. O(bookings squared).
    fn is_free(&self, robot: u32, charger: usize, docks: u32, time: (f64, f64)) -> bool {
        let others = || self.others(robot, charger);
        let taken =
            |moment: f64| others().filter(move |other| other.time.0 <= moment && moment < other.time.1);
        let within = |moment: &f64| time.0 <= *moment && *moment < time.1;
        let begins = others().map(|other| other.time.0).filter(within);
        core::iter::once(time.0)
            .chain(begins)
            .all(|moment| taken(moment).count() < docks as usize)
    }

    /// The earliest time from `at` on when this robot finds a dock free for so long. O(bookings cubed).
    fn free(&self, robot: u32, charger: usize, docks: u32, at: f64, long: f64) -> f64 {
        let fits = |from: f64| self.is_free(robot, charger, docks, (from, from + long));
        if fits(at) {
            return at;
        }
        let ends = self.others(robot, charger).map(|other| other.time.1);
        let free = ends.filter(|end| *end > at && fits(*end));
        free.fold(f64::INFINITY, f64::min)
    }
}

/// Where a robot is on its way, and with what charge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    free: f64,
    charge: f64,
    /// Metres so far, detours left out.
    metres: f64,
}

/// A walk along a route for which the charge does not last.
pub(super) struct Walk<'a> {
    pub(super) view: View<'a>,
    pub(super) docks: &'a Docks,
}

impl Walk<'_> {
    /// Adds to `route`, which is timed without charges, those that it needs; none if there is no way. A charge is made where
    /// it costs least of all gaps since the last one, and only for as much as the rest of the route draws.
    ///
    /// O(stops x chargers) for each charge, and the bookings there.
    pub(super) fn plan(&self, route: &mut Route, levels: &mut Vec<Level>) {
        let mut level = self.begin();
        let (mut gap, mut since) = (0, 0);
        levels.clear();
        while gap <= route.stops.len() {
            levels.push(level);
            if let Some(next) = self.straight(route, gap, level) {
                level = next;
                gap += 1;
                continue;
            }
            let Some((detour, next)) = self.cheapest(route, levels, since) else {
                route.charges.clear();
                return;
            };
            route.charges.push(detour);
            level = next;
            gap = detour.charge.before as usize + 1;
            since = gap;
            levels.truncate(gap);
        }
    }

    /// Adds these charges to `route`, which is timed without charges, as they are; none if the charge does not last with
    /// them, or no dock is free then.
    pub(super) fn follow(&self, route: &mut Route, charges: &[Charge]) {
        let mut level = self.begin();
        let mut charges = charges.iter().peekable();
        for gap in 0..=route.stops.len() {
            let next = match charges.next_if(|charge| charge.before as usize == gap) {
                Some(charge) => self.given(route, *charge, level).map(|(detour, next)| {
                    route.charges.push(detour);
                    next
                }),
                None => self.straight(route, gap, level),
            };
            let Some(next) = next else {
                route.charges.clear();
                return;
            };
            level = next;
        }
        if charges.next().is_some() {
            route.charges.clear(); // out of order, or behind the end
        }
    }

    /// One of these charges, and what follows behind its gap.
    fn given(&self, route: &Route, charge: Charge, begun: Level) -> Option<(Detour, Level)> {
        let View { model, robot, .. } = self.view;
        let spec = &model.robots[robot];
        let Charger { place, docks, power } = model.chargers[charge.charger as usize];
        let ways = route.ways_by(model, charge.before as usize, place);
        let (begin, end) = charge.time;
        let there = self.go(begun, ways.0, begun.free + ways.0 / spec.speed)?;
        let in_time = there.free <= begin + TOLERANCE && begin <= end && end < f64::INFINITY;
        if !in_time
            || !self
                .docks
                .is_free(robot as u32, charge.charger as usize, docks, charge.time)
        {
            return None;
        }
        let plugged_in = self.go(there, 0.0, begin)?;
        let full = (plugged_in.charge + power * (end - begin)).min(spec.full);
        self.behind(route, charge, ways, begun, full)
    }

    /// The cheapest charge in the gaps from one to the last that was reached, the latest of those that cost the same, and
    /// what follows behind the gap.
    fn cheapest(&self, route: &Route, levels: &[Level], since: usize) -> Option<(Detour, Level)> {
        let View { model, robot, .. } = self.view;
        let rate = model.rates[robot];
        let mut best: Option<((f64, f64), (Detour, Level))> = None;
        for (gap, begun) in levels.iter().enumerate().skip(since) {
            for (number, charger) in model.chargers.iter().enumerate() {
                let known = best.map_or((f64::INFINITY, f64::INFINITY), |best| best.0);
                let ways = route.ways_by(model, gap, charger.place);
                if rate.metre * (ways.0 + ways.1 - route.leg(gap)) > known.0 {
                    continue;
                }
                if let Some((detour, next)) = self.detour(route, gap, number, ways, *begun) {
                    let key = (rate.of(detour.metres, detour.pause), detour.pause);
                    if key <= known {
                        best = Some((key, (detour, next)));
                    }
                }
            }
        }
        best.map(|(_, found)| found)
    }

    fn begin(&self) -> Level {
        let spec = &self.view.model.robots[self.view.robot];
        Level {
            free: spec.shift.0,
            charge: spec.charge,
            metres: 0.0,
        }
    }

    /// What follows behind this gap without a charge in it; `None` if the charge does not last.
    fn straight(&self, route: &Route, gap: usize, level: Level) -> Option<Level> {
        let spec = &self.view.model.robots[self.view.robot];
        let ready = route.leaves(self.view, gap, level.free + route.leg(gap) / spec.speed);
        self.go(level, route.across(self.view, gap), ready)
    }

    /// So many metres on, and ready at `free`; `None` if the charge does not last.
    fn go(&self, level: Level, metres: f64, free: f64) -> Option<Level> {
        let spec = &self.view.model.robots[self.view.robot];
        let charge = level.charge - spec.draw.of(metres, free - level.free);
        (charge >= -TOLERANCE).then_some(Level {
            free,
            charge,
            metres: level.metres + metres,
        })
    }

    /// A charge in this gap, and what follows behind the gap; `None` if it is out of reach or no use.
    fn detour(
        &self,
        route: &Route,
        gap: usize,
        charger: usize,
        (way_in, way_out): (f64, f64),
        begun: Level,
    ) -> Option<(Detour, Level)> {
        let View { model, robot, .. } = self.view;
        let spec = &model.robots[robot];
        let Charger { docks, power, .. } = model.chargers[charger];
        let leg = route.leg(gap);
        let there = self.go(begun, way_in, begun.free + way_in / spec.speed)?;
        // Whoever comes later waits less at what opens: at most this is drawn from here on.
        let metres = route.metres - begun.metres + way_out - leg;
        let seconds = route.left(self.view, gap) + way_out / spec.speed;
        let need = spec.draw.of(metres, seconds).min(spec.full);
        let mut waited = 0.0;
        for _ in 0..TRIES {
            let long = (need - there.charge + waited) / power;
            if long <= 0.0 {
                return None;
            }
            let begin = self.docks.free(robot as u32, charger, docks, there.free, long);
            let drawn = spec.draw.of(0.0, begin - there.free);
            if drawn > there.charge + TOLERANCE {
                return None;
            }
            if drawn > waited {
                waited = drawn;
                continue;
            }
            let end = begin + long;
            let charge = Charge {
                before: gap as u32,
                charger: charger as u32,
                time: (begin, end),
            };
            let full = (need + waited - drawn).min(spec.full);
            return self.behind(route, charge, (way_in, way_out), begun, full);
        }
        None
    }

    /// This charge, which ends with so much, and what follows behind its gap; `None` if that does not last for the rest of
    /// the gap.
    fn behind(
        &self,
        route: &Route,
        charge: Charge,
        (way_in, way_out): (f64, f64),
        begun: Level,
        full: f64,
    ) -> Option<(Detour, Level)> {
        let (gap, end) = (charge.before as usize, charge.time.1);
        let (leg, speed) = (route.leg(gap), self.view.model.robots[self.view.robot].speed);
        let charged = Level {
            free: end,
            charge: full,
            metres: begun.metres + leg - way_out,
        };
        let ready = route.leaves(self.view, gap, end + way_out / speed);
        let next = self.go(charged, way_out + route.across(self.view, gap) - leg, ready)?;
        let detour = Detour {
            charge,
            metres: way_in + way_out - leg,
            pause: end + way_out / speed - begun.free - leg / speed,
        };
        Some((detour, next))
    }
}
