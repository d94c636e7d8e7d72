//! `compare`: this engine and other solvers on published problems, in one run.

mod peer;
mod problems;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use fleet_core::allocate::search::Solution;
use fleet_examples::instances::{Goal, check};
use peer::Peer;
use problems::{Family, Known, problems};

/// Runs this engine, and where they are installed PyVRP, VROOM and OR-Tools, on the same problems, one thread each, and
/// prints what each found against the best that is known.
///
/// Others are called through `python`: `pip install -r benches/compare/requirements.txt`. One that is not there is left
/// out, and said so. Every solution, also of others, is checked by its words.
#[derive(Parser, Debug)]
struct Args {
    /// The folder with the problems: mdvrp, vrptw, pdptw and taptc below it.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,

    /// Which problems.
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["mdvrp", "vrptw", "pdptw", "taptc", "open"])]
    families: Vec<Family>,

    /// Seconds for each problem, one row each.
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 5.0])]
    seconds: Vec<f64>,

    /// Other solvers: pyvrp, vroom-1 and vroom-5 (its exploration level), ortools.
    #[arg(long, value_delimiter = ',', default_values = ["pyvrp", "vroom-1", "vroom-5", "ortools"])]
    peers: Vec<String>,

    /// The Python that has them.
    #[arg(long, default_value = "python3")]
    python: String,

    /// Every how many-th problem of a family, to be faster.
    #[arg(long, default_value_t = 1)]
    every: usize,

    /// What chances are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match compare(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

/// What one solver did on one family.
#[derive(Default)]
struct Row {
    gaps: Vec<f64>,
    distance: f64,
    robots: i64,
    served: usize,
    wrong: usize,
    cpu: f64,
}

impl Row {
    fn add(&mut self, known: &Known, solution: &Solution, cpu: f64) {
        let checked = check(&known.instance, solution);
        self.cpu += cpu;
        self.served += checked.served;
        let whole = known.goal == Goal::Served || checked.served == known.instance.tasks.len();
        if !checked.feasible || !whole {
            self.wrong += 1;
            return;
        }
        self.distance += checked.distance;
        self.robots += checked.robots as i64 - known.robots.unwrap_or(checked.robots as i64);
        if let Some(best) = known.best {
            self.gaps.push(100.0 * (checked.distance / best - 1.0));
        }
    }
}

fn compare(args: &Args) -> Result<(), Error> {
    let mut peers: Vec<Peer> = Vec::new();
    for name in &args.peers {
        match Peer::start(&args.python, name) {
            Ok(peer) => peers.push(peer),
            Err(error) => println!("{name} is left out: {error}"),
        }
    }
    for family in &args.families {
        let known: Vec<Known> = problems(*family, &args.data)?
            .into_iter()
            .step_by(args.every)
            .collect();
        let mut rows: BTreeMap<(usize, String), Row> = BTreeMap::new();
        for known in &known {
            for (k, seconds) in args.seconds.iter().enumerate() {
                let began = Instant::now();
                let spent = |_| began.elapsed().as_secs_f64() / seconds;
                let (solution, _) = known.instance.solve(known.goal, args.seed, spent)?;
                let row = rows.entry((k, format!("this engine, {seconds} s"))).or_default();
                row.add(known, &solution, began.elapsed().as_secs_f64());
                for peer in &mut peers {
                    // Some take as long as they take.
                    if k > 0 && !peer.keeps_time() {
                        continue;
                    }
                    let name = match peer.keeps_time() {
                        true => format!("{}, {seconds} s", peer.name()),
                        false => peer.name().to_string(),
                    };
                    if let Some((solution, cpu)) = peer.solve(&known.instance, *seconds, args.seed)? {
                        let row = rows.entry((k, name)).or_default();
                        row.add(known, &solution, cpu);
                    }
                }
            }
        }
        println!("\n{family:?}, {} problems", known.len());
        println!(
            "{:24} {:>8} {:>8} {:>10} {:>7} {:>8} {:>7} {:>8}",
            "solver", "mean gap", "worst", "distance", "robots", "served", "wrong", "CPU s"
        );
        for ((_, name), row) in &rows {
            let mean = row.gaps.iter().sum::<f64>() / row.gaps.len().max(1) as f64;
            let worst = row.gaps.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let gap = |gap: f64| {
                if row.gaps.is_empty() {
                    "-".into()
                } else {
                    format!("{gap:.2} %")
                }
            };
            println!(
                "{name:24} {:>8} {:>8} {:>10.0} {:>+7} {:>8} {:>7} {:>8.2}",
                gap(mean),
                gap(worst),
                row.distance,
                row.robots,
                row.served,
                row.wrong,
                row.cpu / known.len() as f64
            );
        }
    }
    Ok(())
}
