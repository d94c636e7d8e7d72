//! Chargers: where in its route a robot charges, how much, and when a dock is free.
//!
//! A robot whose charge does not last for its route charges on the way. Routes are priced as if each charged where it does
//! now; after every change it is seen again where that is best, so that what is kept or refused is the whole of it.

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

    /// The earliest time from `at` on when this robot finds a dock free for so long. O(bookings squared).
    fn free(&self, robot: u32, charger: usize, docks: u32, at: f64, long: f64) -> f64 {
        let others = || {
            let bookings = self.0[charger].iter();
            bookings.filter(|booking| booking.robot != robot)
        };
        let taken =
            |moment: f64| others().filter(move |other| other.time.0 <= moment && moment < other.time.1);
        let fits = |from: f64| {
            let within = |moment: &f64| from <= *moment && *moment < from + long;
            let mut moments = others().map(|other| other.time.0).filter(within);
            taken(from).count() < docks as usize
                && moments.all(|moment| taken(moment).count() < docks as usize)
        };
        if fits(at) {
            return at;
        }
        let ends = others().map(|other| other.time.1);
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
        let spec = &self.view.model.robots[self.view.robot];
        let mut level = Level {
            free: spec.shift.0,
            charge: spec.charge,
            metres: 0.0,
        };
        let (mut gap, mut since) = (0, 0);
        levels.clear();
        while gap <= route.stops.len() {
            levels.push(level);
            let arrive = level.free + route.leg(gap) / spec.speed;
            let ready = route.leaves(self.view, gap, arrive);
            if let Some(next) = self.go(level, route.across(self.view, gap), ready) {
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
            let charged = Level {
                free: end,
                charge: (need + waited - drawn).min(spec.full),
                metres: begun.metres + leg - way_out,
            };
            let ready = route.leaves(self.view, gap, end + way_out / spec.speed);
            let next = self.go(charged, way_out + route.across(self.view, gap) - leg, ready)?;
            let detour = Detour {
                charge: Charge {
                    before: gap as u32,
                    charger: charger as u32,
                    time: (begin, end),
                },
                metres: way_in + way_out - leg,
                pause: end + way_out / spec.speed - begun.free - leg / spec.speed,
            };
            return Some((detour, next));
        }
        None
    }
}
