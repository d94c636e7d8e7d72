//! Tasks drawn at random.

use std::time::Duration;

use fleet_core::{Abilities, Assurance, Load, Place, Point, Priority, Stop, TaskId, TaskSpec, UtcTime};
use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use serde::Deserialize;

use super::Area;
use super::draw::{between, exponential, weighted};

/// What a drawn task is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskKind {
    /// One stop.
    #[default]
    Visit,
    /// A stop that loads and one that unloads.
    Delivery,
    /// Several stops.
    Errands,
}

impl TaskKind {
    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            TaskKind::Visit => "visit",
            TaskKind::Delivery => "delivery",
            TaskKind::Errands => "errands",
        }
    }
}

/// When drawn tasks are submitted, in seconds from the start.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrivals {
    /// All at once.
    At(f64),
    /// Each at any time of a span.
    Uniform { start: f64, over: f64 },
    /// So many a second on average, each without regard to the others.
    Poisson { start: f64, rate: f64 },
}

impl Arrivals {
    fn draw(self, rng: &mut Xoshiro256PlusPlus, last: f64) -> f64 {
        match self {
            Arrivals::At(at) => at,
            Arrivals::Uniform { start, over } => between(rng, (start, start + over)),
            Arrivals::Poisson { start, rate } => last.max(start) + exponential(rng) / rate,
        }
    }
}

/// How tasks are drawn. Spans are least and most seconds.
#[derive(Clone, Debug)]
pub(crate) struct Generator {
    pub(crate) kind: TaskKind,
    /// Least and most stops of a sequence of errands.
    pub(crate) stops: (usize, usize),
    pub(crate) arrivals: Arrivals,
    /// Weights, least urgent first; not all zero.
    pub(crate) mix: [f64; 4],
    /// After the submission.
    pub(crate) release: (f64, f64),
    /// After the release time.
    pub(crate) due: Option<(f64, f64)>,
    /// After the release time.
    pub(crate) deadline: Option<(f64, f64)>,
    /// At each stop.
    pub(crate) service: (f64, f64),
    pub(crate) needs: Abilities,
    pub(crate) load: Load,
    pub(crate) assurance: Assurance,
    /// Where stops are.
    pub(crate) from: Area,
    /// Where the last of several stops is.
    pub(crate) to: Area,
}

impl Generator {
    /// Visits of normal priority at the start, anywhere in `area`.
    pub(crate) fn new(kind: TaskKind, area: Area) -> Self {
        Generator {
            kind,
            stops: (2, 4),
            arrivals: Arrivals::At(0.0),
            mix: [0.0, 1.0, 0.0, 0.0],
            release: (0.0, 0.0),
            due: None,
            deadline: None,
            service: (0.0, 0.0),
            needs: Abilities::new(),
            load: Load::ZERO,
            assurance: Assurance::default(),
            from: area.clone(),
            to: area,
        }
    }

    /// `count` tasks with the ids that `id` gives, and when each is submitted. The areas must not be empty.
    pub(crate) fn draw(
        &self,
        rng: &mut Xoshiro256PlusPlus,
        count: usize,
        mut id: impl FnMut(usize) -> TaskId,
    ) -> Vec<(Duration, TaskSpec)> {
        let mut last = 0.0;
        let mut one = |k| {
            last = self.arrivals.draw(rng, last);
            (Duration::from_secs_f64(last), self.task(rng, id(k), last))
        };
        (0..count).map(&mut one).collect()
    }

    fn task(&self, rng: &mut Xoshiro256PlusPlus, id: TaskId, at: f64) -> TaskSpec {
        let release = at + between(rng, self.release);
        let mut after = |span: Option<(f64, f64)>| Some(release + between(rng, span?));
        let (due, deadline) = (after(self.due), after(self.deadline));
        let priority = Priority::ALL[weighted(rng, self.mix.into_iter())];
        TaskSpec {
            release: UtcTime::from_secs_f64(release),
            due: due.and_then(UtcTime::from_secs_f64),
            deadline: deadline.and_then(UtcTime::from_secs_f64),
            priority,
            needs: self.needs.clone(),
            assurance: self.assurance,
            ..TaskSpec::new(id, self.draw_stops(rng))
        }
    }

    fn draw_stops(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<Stop> {
        let count = match self.kind {
            TaskKind::Visit => 1,
            TaskKind::Delivery => 2,
            TaskKind::Errands => rng.random_range(self.stops.0..=self.stops.1),
        };
        let mut stops: Vec<Stop> = (0..count)
            .map(|k| {
                let area = if k > 0 && k + 1 == count {
                    &self.to
                } else {
                    &self.from
                };
                self.stop(rng, area)
            })
            .collect();
        carry(&mut stops, self.load);
        stops
    }

    fn stop(&self, rng: &mut Xoshiro256PlusPlus, area: &Area) -> Stop {
        let point: Point = area.draw(rng);
        Stop::at(Place::Point(point)).lasting(Duration::from_secs_f64(between(rng, self.service)))
    }
}

/// `load` is taken up at the first of several stops and put down at the last.
pub(crate) fn carry(stops: &mut [Stop], load: Load) {
    if let [first, .., last] = stops {
        first.load = load;
        last.load = Load::ZERO - load;
    }
}
