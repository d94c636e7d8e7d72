//! `compare`: this engine and other solvers on the same problems, in one run.

mod contest;
mod drawn;
mod peer;
mod plot;
mod problems;
mod report;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use contest::Contest;
use fleet_examples::instances::Method;
use peer::Peer;
use problems::Family;

/// Runs this engine, and where they are installed PyVRP, VROOM and OR-Tools, on the same problems, one thread each, and
/// prints what each found against the best that is known, and against this engine.
///
/// Others are called through `python`: `pip install -r benches/compare/requirements.txt`. One that is not there is left
/// out, and said so. Every solution, also of others, is checked and measured by its words.
#[derive(Parser, Debug)]
struct Args {
    /// The folder with the published problems: mdvrp, vrptw, pdptw and taptc below it. Others are drawn.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Which problems.
    #[arg(long, value_enum, value_delimiter = ',', default_values = [
        "mdvrp", "vrptw", "pdptw", "taptc", "open", "makespan", "makespan-large", "tardiness", "tardiness-large",
    ])]
    families: Vec<Family>,

    /// Seconds for each problem, one row each.
    #[arg(long, value_delimiter = ',', default_values_t = [1.0, 5.0])]
    seconds: Vec<f64>,

    /// Allocators of this engine besides its search, with the same seconds.
    #[arg(long, value_enum, value_delimiter = ',')]
    allocators: Vec<Method>,

    /// Other solvers: pyvrp, vroom-1 and vroom-5 (its exploration level), ortools.
    #[arg(long, value_delimiter = ',', default_values = ["pyvrp", "vroom-1", "vroom-5", "ortools"])]
    peers: Vec<String>,

    /// The Python that has them.
    #[arg(long, default_value = "python3")]
    python: String,

    /// Every how many-th problem of a family, to be faster.
    #[arg(long, default_value_t = 1)]
    every: usize,

    /// Write what came of each family to this folder too: FAMILY.json, and FAMILY.svg, a plot over the seconds of CPU.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,

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

fn compare(args: &Args) -> Result<(), Error> {
    let mut peers: Vec<Peer> = Vec::new();
    for name in &args.peers {
        match Peer::start(&args.python, name) {
            Ok(peer) => peers.push(peer),
            Err(error) => println!("{name} is left out: {error}"),
        }
    }
    for family in &args.families {
        let contest = Contest::run(*family, args, &mut peers)?;
        println!("\n{family}, {} problems", contest.problems);
        if !contest.unable.is_empty() {
            let unable: Vec<&str> = contest.unable.iter().map(String::as_str).collect();
            println!("left out, as they cannot state these: {}", unable.join(", "));
        }
        table::print(family.goal(), &contest.budgets);
        if let Some(folder) = &args.out {
            report::write(folder, &contest, args)?;
        }
    }
    Ok(())
}
