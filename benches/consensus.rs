//! Bundle algorithms by consensus (Choi, Brunet & How 2009) on the same robots and tasks, in rounds without loss: what
//! is sent, how long the whole team computes, and whether two robots end with the same task.
//!
//! `ados-swarm`, another implementation, runs beside with the feature `ados-swarm`; `-- --full` adds the largest size.

use std::hint::black_box;
use std::time::Instant;

use fleet_benches::{growth, problem};
use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::travel::Euclidean;
use fleet_core::{Objective, Point};

const SEED: u64 = 1;

/// Robots, tasks, the most tasks of one robot, and who hears whom.
type Size = (usize, usize, usize, Topology);

const SIZES: [Size; 4] = [
    (9, 40, 5, Topology::All),
    (20, 200, 10, Topology::All),
    (50, 500, 10, Topology::All),
    (10, 50, 5, Topology::Line),
];
/// Takes a minute or more.
const FULL: Size = (100, 1000, 10, Topology::All);

/// Who hears whom.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Topology {
    /// Everybody hears everybody.
    All,
    /// A robot hears the one before it and the one after it.
    Line,
}

#[cfg(feature = "ados-swarm")]
impl Topology {
    fn hears(self, a: usize, b: usize) -> bool {
        match self {
            Topology::All => a != b,
            Topology::Line => a.abs_diff(b) == 1,
        }
    }

    /// Rounds until what one says can be known to all.
    fn diameter(self, robots: usize) -> usize {
        match self {
            Topology::All => 1,
            Topology::Line => robots - 1,
        }
    }
}

struct Instance {
    problem: Problem,
    bundle: usize,
    topology: Topology,
}

impl Instance {
    fn new((robots, tasks, bundle, topology): Size, seed: u64) -> Self {
        Instance {
            problem: problem(robots, tasks, Objective::minisum(), seed),
            bundle,
            topology,
        }
    }

    fn robots(&self) -> Vec<Point> {
        let place = |robot: &fleet_core::Robot| robot.pose().place;
        self.problem
            .robots()
            .iter()
            .map(|robot| point(place(robot)))
            .collect()
    }

    fn tasks(&self) -> Vec<Point> {
        let place = |task: &fleet_core::Task| task.stops()[0].place;
        self.problem
            .tasks()
            .iter()
            .map(|task| point(place(task)))
            .collect()
    }
}

fn point(place: fleet_core::Place) -> Point {
    place.point().expect("all places are points")
}

/// What a team came to.
#[derive(Default)]
struct Outcome {
    /// Until the last in which a robot changed its mind.
    rounds: usize,
    /// Said once for all who hear it.
    messages: usize,
    /// Tasks that the messages tell of.
    task_bids: usize,
    bytes: usize,
    /// The tasks of each robot, in the order in which it does them.
    routes: Vec<Vec<usize>>,
}

impl Outcome {
    /// How many robots have each task.
    fn holders(&self, tasks: usize) -> Vec<usize> {
        let mut holders = vec![0; tasks];
        for task in self.routes.iter().flatten() {
            holders[*task] += 1;
        }
        holders
    }
}

/// One line of the table.
struct Row {
    who: &'static str,
    robots: usize,
    tasks: usize,
    bundle: usize,
    topology: Topology,
    rounds: usize,
    messages: usize,
    task_bids: usize,
    bytes: usize,
    /// Of CPU, for the whole team.
    seconds: f64,
    /// Tasks that somebody has.
    assigned: usize,
    /// Tasks that more than one robot has.
    doubles: usize,
    /// Metres of all routes.
    cost: f64,
}

impl Row {
    fn new(who: &'static str, instance: &Instance, run: impl FnMut() -> Outcome) -> Self {
        let (outcome, seconds) = timed(run);
        let (robots, tasks) = (instance.robots(), instance.tasks());
        let holders = outcome.holders(tasks.len());
        let metres = |(start, route): (&Point, &Vec<usize>)| {
            let way =
                |(metres, at): (f64, Point), task: &usize| (metres + at.distance(tasks[*task]), tasks[*task]);
            route.iter().fold((0.0, *start), way).0
        };
        Row {
            who,
            robots: robots.len(),
            tasks: tasks.len(),
            bundle: instance.bundle,
            topology: instance.topology,
            rounds: outcome.rounds,
            messages: outcome.messages,
            task_bids: outcome.task_bids,
            bytes: outcome.bytes,
            seconds,
            assigned: holders.iter().filter(|count| **count > 0).count(),
            doubles: holders.iter().filter(|count| **count > 1).count(),
            cost: robots.iter().zip(&outcome.routes).map(metres).sum(),
        }
    }

    fn print(&self) {
        println!(
            "{:24} {:>9} {:>6} {:>4} {:>6} {:>8} {:>9} {:>8.3} {:>9.4} {:>8} {:>7} {:>8.0}",
            self.who,
            format!("{}x{}", self.robots, self.tasks),
            self.bundle,
            format!("{:?}", self.topology).to_lowercase(),
            self.rounds,
            self.messages,
            self.task_bids,
            self.bytes as f64 / 1e6,
            self.seconds,
            self.assigned,
            self.doubles,
            self.cost
        );
    }
}

/// What `run` gives, and its seconds of CPU: the mean of enough runs, as some systems count by four milliseconds.
fn timed<T>(mut run: impl FnMut() -> T) -> (T, f64) {
    let clock = Instant::now();
    let now = || cpu().unwrap_or_else(|| clock.elapsed().as_secs_f64());
    let began = now();
    let mut runs = 0.0;
    loop {
        let result = black_box(run());
        runs += 1.0;
        let spent = now() - began;
        if spent > 0.2 {
            return (result, spent / runs);
        }
    }
}

/// Seconds of CPU of this thread, where the system tells.
fn cpu() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// The auction of one who knows all, for the cost: it says nothing, and a robot may have any number of tasks.
fn centre(instance: &Instance) -> Outcome {
    let plan = sequential_auction(&instance.problem, Rule::LowestBid, &mut Euclidean);
    let route =
        |schedule: &fleet_core::schedule::Schedule| schedule.keys().map(|task| task as usize).collect();
    Outcome {
        routes: plan.schedules.iter().map(route).collect(),
        ..Outcome::default()
    }
}

/// A name, and what it makes of an instance.
type Solver = (&'static str, fn(&Instance) -> Outcome);

/// All that are compared.
const SOLVERS: &[Solver] = &[
    ("sequential auction", centre),
    // The bundle algorithm of this engine comes here.
    #[cfg(feature = "ados-swarm")]
    ("ados-swarm", ados::always),
    #[cfg(feature = "ados-swarm")]
    ("ados-swarm, on change", ados::on_change),
];

/// The crate `ados-swarm`. Its bid is fixed: what a task adds to the sum of 0.95 to the power of the seconds until each
/// task is done, at 8 m/s. A message is all bids and winners and when each robot was heard of, in its own bytes.
#[cfg(feature = "ados-swarm")]
mod ados {
    use ados_swarm::Ned;
    use ados_swarm::cbba::{BidVector, CbbaAgent, CbbaTask};
    use fleet_core::Point;

    use super::{Instance, Outcome};

    /// After so many it is stopped.
    const ROUNDS: u16 = 1000;

    /// Everybody speaks in every round, as in its own `converge_broadcast`.
    pub(super) fn always(instance: &Instance) -> Outcome {
        run(instance, |_, _| true)
    }

    /// A robot speaks if a bid or a winner has changed since it last did: its documentation says "event-driven only".
    pub(super) fn on_change(instance: &Instance) -> Outcome {
        run(instance, |last, now| last.y != now.y || last.z != now.z)
    }

    fn run(instance: &Instance, speaks: fn(&BidVector, &BidVector) -> bool) -> Outcome {
        let (places, topology) = (instance.robots(), instance.topology);
        let tasks: Vec<CbbaTask> = instance.tasks().into_iter().map(task).collect();
        let slots: Vec<u8> = (1..=u8::MAX).take(places.len()).collect();
        let mut robots: Vec<CbbaAgent> = slots
            .iter()
            .zip(&places)
            .map(|(slot, place)| CbbaAgent::new(*slot, ned(*place), tasks.len(), slots.len()))
            .map(|robot| robot.with_capacity(instance.bundle))
            .collect();
        let mut last: Vec<Option<BidVector>> = vec![None; robots.len()];
        let mut outcome = Outcome::default();
        let mut quiet = 0;
        for round in 1..=ROUNDS {
            let mut changed = false;
            for robot in &mut robots {
                changed |= robot.build_bundle(&tasks);
            }
            let mut said = Vec::new();
            for (from, robot) in robots.iter().enumerate() {
                let vector = robot.vector();
                if last[from].as_ref().is_some_and(|last| !speaks(last, vector)) {
                    continue;
                }
                let bytes = vector.encode();
                outcome.messages += 1;
                outcome.task_bids += tasks.len();
                outcome.bytes += bytes.len();
                said.push((from, bytes));
                last[from] = Some(vector.clone());
            }
            for (to, robot) in robots.iter_mut().enumerate() {
                for (from, bytes) in said.iter().filter(|(from, _)| topology.hears(to, *from)) {
                    let vector = BidVector::decode(bytes, tasks.len(), slots.len()).expect("it was encoded");
                    changed |= robot.receive(slots[*from], &vector, &slots, round);
                }
                changed |= robot.release_lost();
            }
            quiet += 1;
            if changed {
                quiet = 0;
                outcome.rounds = round.into();
            }
            if quiet == topology.diameter(robots.len()) {
                break;
            }
        }
        outcome.routes = robots.iter().map(|robot| robot.path().to_vec()).collect();
        outcome
    }

    fn task(place: Point) -> CbbaTask {
        CbbaTask::new("", ned(place), 1.0)
    }

    fn ned(place: Point) -> Ned {
        Ned::new(place.x(), place.y(), 0.0)
    }
}

fn fit(rows: &[Row]) {
    println!("\nfrom the same number of tasks a robot:");
    for (who, _) in SOLVERS {
        let like = |row: &&Row| row.who == *who && row.bundle == 10 && row.topology == Topology::All;
        let points = |measure: fn(&Row) -> f64| -> Vec<(f64, f64)> {
            rows.iter()
                .filter(like)
                .map(|row| (row.tasks as f64, measure(row)))
                .collect()
        };
        let seconds = growth(&points(|row| row.seconds));
        let bytes = points(|row| row.bytes as f64);
        if bytes.iter().any(|(_, bytes)| *bytes == 0.0) {
            println!("{who}: time grows with tasks^{seconds:.2}");
        } else {
            println!(
                "{who}: time grows with tasks^{seconds:.2}, bytes with tasks^{:.2}",
                growth(&bytes)
            );
        }
    }
}

/// How many of some instances end with a task at two robots.
fn seeds() {
    const SEEDS: u64 = 50;
    println!(
        "\nof {SEEDS} instances of 10x50, bundles of 5, so many end with a task at two robots, or at none:"
    );
    for topology in [Topology::All, Topology::Line] {
        for (who, solve) in SOLVERS {
            let holders = |seed| solve(&Instance::new((10, 50, 5, topology), seed)).holders(50);
            let (mut doubles, mut gaps) = (0, 0);
            for holders in (1..=SEEDS).map(holders) {
                doubles += u64::from(holders.iter().any(|count| *count > 1));
                gaps += u64::from(holders.contains(&0));
            }
            println!(
                "{who:24} {:>4} {doubles:>4} {gaps:>4}",
                format!("{topology:?}").to_lowercase()
            );
        }
    }
}

fn main() {
    let full = std::env::args().any(|argument| argument == "--full");
    println!(
        "{:24} {:>9} {:>6} {:>4} {:>6} {:>8} {:>9} {:>8} {:>9} {:>8} {:>7} {:>8}",
        "",
        "size",
        "bundle",
        "hears",
        "rounds",
        "messages",
        "task bids",
        "MB",
        "CPU s",
        "assigned",
        "doubles",
        "metres"
    );
    let mut rows = Vec::new();
    for size in SIZES.into_iter().chain(full.then_some(FULL)) {
        let instance = Instance::new(size, SEED);
        for (who, solve) in SOLVERS {
            let row = Row::new(who, &instance, || solve(&instance));
            row.print();
            rows.push(row);
        }
    }
    fit(&rows);
    seeds();
}
