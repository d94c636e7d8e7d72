//! Bundle algorithms by consensus (Choi, Brunet & How 2009) on the same robots and tasks, in rounds without loss: what
//! is sent, how long the whole team computes, and whether two robots end with the same task.
//!
//! `ados-swarm`, another implementation, runs beside with the feature `ados-swarm`; `-- --full` has it run the largest
//! size that it can, too.

use std::hint::black_box;
use std::time::Instant;

use fleet_benches::{NOW, growth, problem};
use fleet_core::allocate::consensus::{Consensus, Gossip};
use fleet_core::allocate::{Problem, Rule, sequential_auction};
use fleet_core::message::Message;
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::wire;
use fleet_core::{NodeId, Objective, Point, Time};

const SEED: u64 = 1;

/// Robots, tasks, the most tasks of one robot, and who hears whom.
type Size = (usize, usize, usize, Topology);

const SIZES: [Size; 7] = [
    (9, 40, 5, Topology::All),
    (9, 40, 5, Topology::Line),
    (10, 50, 5, Topology::Line),
    (20, 200, 10, Topology::All),
    (50, 500, 10, Topology::All),
    (100, 1000, 10, Topology::All),
    (200, 2000, 10, Topology::All),
];

/// Who hears whom.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Topology {
    /// Everybody hears everybody.
    All,
    /// A robot hears the one before it and the one after it.
    Line,
}

impl Topology {
    fn hears(self, a: usize, b: usize) -> bool {
        match self {
            Topology::All => a != b,
            Topology::Line => a.abs_diff(b) == 1,
        }
    }

    /// Rounds until what one says can be known to all.
    #[cfg(feature = "ados-swarm")]
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
    Outcome {
        routes: plan.schedules.iter().map(route).collect(),
        ..Outcome::default()
    }
}

fn route(plan: &Schedule) -> Vec<usize> {
    plan.keys().map(|task| task as usize).collect()
}

/// This engine: what a task adds to the ways of a robot is its bid. A message is a frame as robots send it.
fn ours(instance: &Instance) -> Outcome {
    let mut team = team(instance);
    let mut outcome = Outcome::default();
    for round in 1.. {
        let mut changed = false;
        for robot in &mut team {
            changed |= robot.consensus.think(Time::ZERO, &mut Euclidean);
        }
        if changed {
            outcome.rounds = round;
        }
        let mut said = Vec::new();
        for (from, robot) in team.iter_mut().enumerate() {
            let news = robot.gossip.tell(&robot.consensus);
            if !news.is_empty() {
                outcome.task_bids += news.iter().map(|news| news.bids.len()).sum::<usize>();
                said.push((from, robot.node, wire::encode(&Message::Bundles(news))));
            }
        }
        outcome.messages += said.len();
        outcome.bytes += said.iter().map(|(.., frame)| frame.len()).sum::<usize>();
        if said.is_empty() {
            break;
        }
        for (to, robot) in team.iter_mut().enumerate() {
            let near = said.iter().filter(|said| instance.topology.hears(to, said.0));
            for (_, from, frame) in near {
                let Ok(Message::Bundles(all)) = wire::decode(frame, frame.len()) else {
                    unreachable!("it was encoded");
                };
                for news in &all {
                    robot.gossip.learn(*from, news, &mut robot.consensus);
                }
            }
        }
    }
    let plans = team.iter().filter_map(|robot| robot.consensus.plan());
    outcome.routes = plans.map(route).collect();
    outcome
}

/// A robot of this engine.
struct Member {
    node: NodeId,
    consensus: Consensus,
    gossip: Gossip,
}

/// All of them, who know all tasks and who hears whom.
fn team(instance: &Instance) -> Vec<Member> {
    let problem = &instance.problem;
    let nodes: Vec<NodeId> = problem.robots().iter().map(|robot| robot.id().node()).collect();
    let near = |to: usize| (0..nodes.len()).filter(move |from| instance.topology.hears(to, *from));
    let lists: Vec<Vec<NodeId>> = (0..nodes.len())
        .map(|to| near(to).map(|from| nodes[from]).collect())
        .collect();
    let member = |(k, robot): (usize, &fleet_core::Robot)| {
        let plan = Schedule::new(robot, *problem.objective(), Start::new(robot.pose().place, NOW));
        let mut consensus = Consensus::bidder(robot.id(), 1, instance.bundle, plan);
        for (key, task) in (0..).zip(problem.tasks()) {
            let standing = Scheme::FixedClasses.standing(task, NOW, NOW);
            let job = Job::new(key, task, &standing, &mut Euclidean);
            consensus.open(task.id(), standing.urgency, job);
        }
        let mut gossip = Gossip::new();
        gossip.set_near(near(k).map(|other| (nodes[other], &lists[other][..])));
        Member {
            node: nodes[k],
            consensus,
            gossip,
        }
    };
    problem.robots().iter().enumerate().map(member).collect()
}

/// A name, what it makes of an instance, and how many robots it is asked for at most, without and with `--full`.
type Solver = (&'static str, fn(&Instance) -> Outcome, [usize; 2]);

/// All that are compared.
const SOLVERS: &[Solver] = &[
    ("sequential auction", centre, [usize::MAX; 2]),
    ("this engine", ours, [usize::MAX; 2]),
    // With 100 robots it takes a minute or more, and it has numbers for no more than 255.
    #[cfg(feature = "ados-swarm")]
    ("ados-swarm", ados::always, [50, 100]),
    #[cfg(feature = "ados-swarm")]
    ("ados-swarm, on change", ados::on_change, [50, 100]),
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
    for (who, ..) in SOLVERS {
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
        for (who, solve, _) in SOLVERS {
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

/// The task bids that are told, over some instances.
fn told() {
    const SEEDS: u64 = 20;
    println!("\ntask bids over {SEEDS} instances of 9x40, bundles of 5, mean and most:");
    for topology in [Topology::All, Topology::Line] {
        for (who, solve, _) in &SOLVERS[1..] {
            let bids = |seed| solve(&Instance::new((9, 40, 5, topology), seed)).task_bids;
            let bids: Vec<usize> = (1..=SEEDS).map(bids).collect();
            println!(
                "{who:24} {:>4} {:>7.0} {:>5}",
                format!("{topology:?}").to_lowercase(),
                bids.iter().sum::<usize>() as f64 / SEEDS as f64,
                bids.iter().max().expect("there are some")
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
    for size in SIZES {
        let instance = Instance::new(size, SEED);
        for (who, solve, _) in SOLVERS
            .iter()
            .filter(|solver| size.0 <= solver.2[usize::from(full)])
        {
            let row = Row::new(who, &instance, || solve(&instance));
            row.print();
            rows.push(row);
        }
    }
    fit(&rows);
    told();
    seeds();
}
