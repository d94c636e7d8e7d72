//! The problem of some robots and some tasks by themselves.

use alloc::vec::Vec;

use super::links::Links;
use super::model::{Flat, Model, NONE, Terms};

impl Model {
    /// The problem of these robots and tasks by themselves, in this order, with the times that `stops` have now. Tasks that
    /// have to do with others stay where they are, and nobody charges.
    ///
    /// O(stops squared), for the ways between them; nothing grows with what is not part of it.
    pub(super) fn part(&self, stops: &[Flat], robots: &[u32], tasks: &[u32]) -> Model {
        let places = self.places_of(robots, tasks);
        let place = |place: u32| places.binary_search(&place).map_or(NONE, |k| k as u32);
        let own = |(pace, robot): (usize, &u32)| {
            let mut robot = self.robots[*robot as usize].clone();
            (robot.start, robot.end) = (place(robot.start), robot.end.map(place));
            robot.pace = pace;
            robot
        };
        let of = |list: &[u32]| -> Vec<u32> { robots.iter().map(|robot| list[*robot as usize]).collect() };
        let kinds = of(&self.kind);
        let kind = |kind: &u32| kinds.iter().position(|other| other == kind).unwrap_or(0) as u32;
        let mut part = Model {
            ways: self.ways.part(&places),
            robots: robots.iter().enumerate().map(own).collect(),
            chargers: Vec::new(),
            rates: robots.iter().map(|robot| self.rates[*robot as usize]).collect(),
            kind: kinds.iter().map(kind).collect(),
            kinds: robots.len(),
            manner: of(&self.manner),
            stops: Vec::new(),
            windows: Vec::new(),
            links: Links::default(),
            able: Vec::new(),
            able_words: 0,
            service: Vec::new(),
            tasks: Vec::new(),
            near: Vec::new(),
            near_width: 0,
            ..*self
        };
        for task in tasks {
            let first = part.stops.len() as u32;
            let number = part.tasks.len() as u32;
            for stop in self.stops_of(*task) {
                let flat = &stops[stop as usize];
                let from = part.windows.len() as u32;
                part.windows.extend(self.windows(flat));
                part.stops.push(Flat {
                    at: place(flat.at),
                    leave: place(flat.leave),
                    task: number,
                    windows: (from, part.windows.len() as u32),
                    ..*flat
                });
            }
            part.tasks.push(self.terms_in_part(*task, first, robots));
        }
        for robot in robots {
            let services = self.services(*robot as usize);
            let stops = tasks.iter().flat_map(|task| self.stops_of(*task));
            part.service.extend(stops.map(|stop| services[stop as usize]));
        }
        self.tell_able_in(&mut part, robots, tasks);
        part.find_near();
        part
    }

    /// The stops of a task, one or two.
    pub(super) fn stops_of(&self, task: u32) -> impl Iterator<Item = u32> + use<> {
        let terms = &self.tasks[task as usize];
        [terms.first, terms.second]
            .into_iter()
            .filter(|stop| *stop != NONE)
    }

    /// All places of these robots and tasks, sorted.
    fn places_of(&self, robots: &[u32], tasks: &[u32]) -> Vec<u32> {
        let mut places = Vec::new();
        for robot in robots {
            let robot = &self.robots[*robot as usize];
            places.push(robot.start);
            places.extend(robot.end);
        }
        for stop in tasks.iter().flat_map(|task| self.stops_of(*task)) {
            let stop = &self.stops[stop as usize];
            places.extend([stop.at, stop.leave]);
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    fn terms_in_part(&self, task: u32, first: u32, robots: &[u32]) -> Terms {
        let terms = self.tasks[task as usize];
        // Who has it and is not part of this is a robot that there is not.
        let home = robots.iter().position(|robot| *robot == terms.home);
        let home = home.unwrap_or(robots.len()) as u32;
        Terms {
            first,
            second: if terms.second == NONE { NONE } else { first + 1 },
            home: if terms.home == NONE { NONE } else { home },
            fixed: terms.fixed || self.links.is_linked(task),
            ..terms
        }
    }

    fn tell_able_in(&self, part: &mut Model, robots: &[u32], tasks: &[u32]) {
        if self.able.is_empty() {
            return;
        }
        part.able_words = robots.len().div_ceil(64);
        part.able = alloc::vec![0; tasks.len() * part.able_words];
        for (task, bits) in tasks.iter().zip(part.able.chunks_mut(part.able_words.max(1))) {
            for (k, robot) in robots.iter().enumerate() {
                bits[k / 64] |= u64::from(self.is_able(*robot as usize, *task)) << (k % 64);
            }
        }
    }
}
