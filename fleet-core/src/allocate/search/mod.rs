//! Routes for many robots at once, made better for as long as there is time: ruin and recreate.
//!
//! One mechanism: a task is put where it costs least. A round takes some tasks out, strings of stops in routes that are
//! near each other, and puts them back one after the other. What costs less is kept; what costs a little more is kept too
//! as long as it is hot (slack induction by string removals with simulated annealing: Christiaens & Vanden Berghe 2020,
//! "Slack induction by string removals for vehicle routing problems", Transportation Science 54).
//!
//! A [`Model`] is a problem in flat arrays, of places, robots and tasks by number. Robots begin at places of their own, and
//! end where they like or where they are told to; they have shifts, capacities in up to four dimensions, abilities and
//! speeds, and a charge that lasts for the route, or until they are at one of the [chargers](Charger), which have so many docks. A task is one stop, or a pickup and then a delivery with anything between. It has windows, a deadline, a prize
//! that it costs to leave it out, and a robot that it costs to take it away from; it may wait for other tasks, and begin
//! together with others, whichever robots do them. What counts is metres and seconds of each robot, service, the longest
//! route, and each task's waiting and lateness.
//!
//! Everything is drawn from the seed: a search of so many rounds gives the same result on every machine.
//!
//! A round puts about ten tasks back, each after looking at all gaps of all routes in a problem of up to 160 stops, and at
//! those beside its 40 nearest stops in a larger one. So a round costs about the same in all larger problems; what a problem
//! takes grows with the number of tasks times the rounds that each needs. Memory: 8 bytes for each two places, twice that if
//! ways there and back differ.
//!
//! # Example
//! ```
//! use fleet_core::allocate::search::{Model, Robot, Search, Stop, Task, Ways, Weights};
//!
//! // Two robots in two corners, and four tasks along the walls.
//! let points = [(0.0, 0.0), (10.0, 10.0), (0.0, 5.0), (0.0, 9.0), (10.0, 5.0), (10.0, 1.0)];
//! let robots = vec![Robot::new(0), Robot::new(1)];
//! let tasks = (2..6).map(|place| Task::new(vec![Stop::new(place)])).collect();
//! let model = Model::new(Ways::straight(&points), robots, tasks, Weights::TRAVEL)?;
//!
//! let mut search = Search::new(&model, 1);
//! search.run(|rounds| rounds as f64 / 1_000.0);
//! let best = search.best();
//! assert_eq!(best.cost, 18.0);
//! assert_eq!(best.routes[0], [(0, 0), (1, 0)]); // task and which of its stops
//! # Ok::<(), fleet_core::Invalid>(())
//! ```

mod allocators;
mod charge;
mod fewer;
mod gaps;
mod lenience;
mod links;
mod model;
#[cfg(feature = "parallel")]
mod parallel;
mod part;
mod random;
mod reasons;
mod recreate;
mod route;
mod ruin;
mod spec;
mod state;
mod team;
mod ways;

pub use allocators::{
    Allocator, Budget, BundleAuction, Exact, Improve, NearestRobot, OptimalAssignment, PairwiseExchange,
    Rounds, SequentialAuction,
};
pub use charge::{Charge, Charger};
pub use model::Model;
#[cfg(feature = "parallel")]
pub use parallel::best_of;
pub use reasons::Reason;
pub use spec::{Rate, Robot, Stop, Task, Weights};
pub use ways::Ways;

use alloc::vec::Vec;

use crate::invalid::Invalid;

use lenience::Lenience;
use random::Random;
use recreate::{Orders, recreate};
use ruin::ruin;
use state::{State, visits};

/// Temperatures at the beginning and at the end, in what an average leg costs.
const HOT: f64 = 1.0;
const COLD: f64 = 0.01;
/// Rounds between two looks at the budget.
const ROUNDS: u64 = 32;

/// A search for the best routes, which can be asked at any time for the best so far.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    model: &'a Model,
    state: State,
    orders: Orders,
    random: Random,
    current: f64,
    best: Best,
    rounds: u64,
    heat: (f64, f64),
    /// If tasks may be left out for a while.
    lenience: Option<Lenience>,
}

#[derive(Clone, Debug)]
struct Best {
    cost: f64,
    routes: Vec<Vec<u32>>,
    absent: Vec<u32>,
    charges: Vec<Vec<Charge>>,
}

/// How hot it is.
struct Temperatures {
    hot: f64,
    /// The logarithm of the cold over the hot.
    ratio: f64,
}

impl Temperatures {
    /// When this part of the budget is spent.
    fn at(&self, part: f64) -> f64 {
        self.hot * libm::exp(self.ratio * part)
    }
}

/// What a search found.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Solution {
    /// For each robot the stops of its route: task, and which of its stops.
    pub routes: Vec<Vec<(u32, u32)>>,
    /// The tasks left out.
    pub absent: Vec<u32>,
    /// For each robot where and when it charges; nothing if there are no chargers.
    pub charges: Vec<Vec<Charge>>,
    /// What it costs.
    pub cost: f64,
}

impl<'a> Search<'a> {
    /// Begins with the tasks put in one after the other. O(stops squared), for which stops are near each other.
    pub fn new(model: &'a Model, seed: u64) -> Self {
        Search::from(model, seed, State::new(model))
    }

    /// Begins with a plan that there is already, such as the [best](Search::best) of another search. Tasks that it neither
    /// visits nor leaves out are put in. Robots charge where and when the plan says, if their charge lasts with that;
    /// else as the search sees fit.
    ///
    /// # Errors
    /// If the plan breaks a rule: names the robot.
    pub fn resume(model: &'a Model, seed: u64, plan: &Solution) -> Result<Self, Invalid> {
        Ok(Search::from(model, seed, State::of(model, plan)?))
    }

    fn from(model: &'a Model, seed: u64, mut state: State) -> Self {
        let mut orders = Orders::new(model);
        let mut random = Random::new(seed);
        state.mark(model);
        state.removed = state.absent.len();
        let before = state.cost(model);
        recreate(&mut state, model, &mut orders, &mut random);
        if !state.holds(model) || state.cost(model) > before {
            state.undo(model); // what was left out is better left out
        }
        let current = state.cost(model);
        let mut search = Search {
            model,
            best: Best {
                cost: current,
                routes: alloc::vec![Vec::new(); model.robots.len()],
                absent: Vec::new(),
                charges: Vec::new(),
            },
            state,
            orders,
            random,
            current,
            rounds: 0,
            heat: (HOT, COLD),
            lenience: None,
        };
        search.keep(current);
        search
    }

    /// With other temperatures at the beginning and the end, in what an average leg costs (1 and 0.01 are the defaults).
    /// The hotter, the more is tried, and the longer it takes to become good.
    #[must_use]
    pub const fn with_heat(mut self, hot: f64, cold: f64) -> Self {
        self.heat = (hot, cold);
        self
    }

    /// On the way to a better plan tasks may be left out, however dear that is. For where there is hardly room for all.
    #[must_use]
    pub fn with_lenience(mut self) -> Self {
        self.lenience = Some(Lenience::new(self.leg()));
        self
    }

    /// What there is now, which costs so much, is the best.
    fn keep(&mut self, cost: f64) {
        self.best.cost = cost;
        for (kept, route) in self.best.routes.iter_mut().zip(&self.state.routes) {
            kept.clone_from(&route.stops);
        }
        self.best.absent.clone_from(&self.state.absent);
        if self.model.has_chargers() {
            self.best.charges = self.state.charges(self.model);
        }
    }

    /// Goes on until `spent`, which tells from the number of rounds so far what part of the budget is spent, reaches 1.
    /// It is asked every 32 rounds; what it says also sets the temperature, so the last rounds are the cold ones.
    ///
    /// By rounds, `|rounds| rounds as f64 / 10_000.0`, the result is the same everywhere; by a clock it is not.
    pub fn run(&mut self, mut spent: impl FnMut(u64) -> f64) {
        let heat = self.temperatures();
        self.current = self.counted(self.state.cost(self.model));
        loop {
            let part = spent(self.rounds);
            if part >= 1.0 {
                return;
            }
            let temperature = heat.at(part);
            let mut whole = 0;
            for _ in 0..ROUNDS {
                self.round(temperature);
                whole += u64::from(self.state.absent.len() <= self.best.absent.len());
            }
            if let Some(lenience) = &mut self.lenience {
                lenience.adjust(whole);
                self.current = self.counted(self.state.cost(self.model));
            }
        }
    }

    /// What a leg costs on average.
    fn leg(&self) -> f64 {
        let legs = self.state.legs().max(1) as f64;
        self.state.ways(self.model).max(1e-9) / legs
    }

    /// What a plan that costs so much counts.
    fn counted(&self, cost: f64) -> f64 {
        let relief = |lenience: &Lenience| lenience.relief(self.model, &self.state.absent);
        cost - self.lenience.as_ref().map_or(0.0, relief)
    }

    /// As they are for the routes that there are now.
    fn temperatures(&self) -> Temperatures {
        let leg = self.leg();
        let (hot, cold) = (self.heat.0 * leg, self.heat.1 * leg);
        let ratio = libm::log(cold.max(f64::MIN_POSITIVE) / hot.max(f64::MIN_POSITIVE));
        Temperatures { hot, ratio }
    }

    fn round(&mut self, temperature: f64) {
        if !self.change() {
            return;
        }
        let cost = self.state.cost(self.model);
        let counted = self.counted(cost);
        if counted < self.current + temperature * self.random.exponential() {
            self.current = counted;
            if cost < self.best.cost - 1e-9 {
                self.keep(cost);
            }
        } else {
            self.state.undo(self.model);
        }
    }

    /// Takes some tasks out and puts them back; `false`, and nothing is changed, if that breaks a rule.
    fn change(&mut self) -> bool {
        self.rounds += 1;
        let (state, model) = (&mut self.state, self.model);
        state.mark(model);
        ruin(state, model, &mut self.random);
        recreate(state, model, &mut self.orders, &mut self.random);
        let holds = state.holds(model);
        if !holds {
            state.undo(model);
        }
        holds
    }

    /// Rounds so far.
    pub const fn rounds(&self) -> u64 {
        self.rounds
    }

    /// The best so far.
    pub fn best(&self) -> Solution {
        let routes = self.best.routes.iter();
        Solution {
            routes: routes.map(|stops| visits(self.model, stops)).collect(),
            absent: self.best.absent.clone(),
            charges: self.best.charges.clone(),
            cost: self.best.cost,
        }
    }
}
