//! `compare`: the strategies side by side, on the same robots and tasks and on worse and worse networks.

mod args;
mod axes;
mod case;
mod column;
mod fleet;
mod html;
mod output;
mod plan;
mod plot;
mod progress;
mod results;
mod run;
mod values;
mod work;

use std::fs;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use args::Args;
use case::Case;
use fleet_examples::program::stop_on_signal;
use progress::Progress;
use results::Results;
use work::Work;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::get();
    match compare(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}

fn compare(args: &Args) -> Result<ExitCode, Error> {
    let stop = stop_on_signal()?;
    let (axes, fleet, seeds) = (args.axes(), args.fleet(), args.seeds());
    let rows: Vec<Case> = axes
        .tables()
        .into_iter()
        .flat_map(|axis| axes.cases(axis))
        .collect();
    let work = Work::new(&fleet, &rows, &seeds);
    let threads = args.threads().min(work.len());
    eprintln!("{} runs and plans on {threads} threads", work.len());
    let progress = Progress::new(std::io::stderr().is_terminal(), work.len());
    let found = work.run(threads, &stop, |done| progress.done(done));
    progress.finish();
    let interrupted = stop.load(Ordering::Relaxed);
    let results = Results::new(&fleet, &axes, &seeds, &found, interrupted);
    if !args.quiet {
        output::print(&results)?;
    }
    write(args, &results)?;
    if interrupted {
        eprintln!("interrupted: only rows are there whose runs had ended");
        return Ok(ExitCode::from(130));
    }
    Ok(ExitCode::SUCCESS)
}

/// The files that are asked for.
fn write(args: &Args, results: &Results) -> Result<(), Error> {
    let named = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    if let Some(path) = &args.json {
        output::write_json(path, results).map_err(|error| named(path, error))?;
    }
    if let Some(path) = &args.html {
        fs::write(path, html::page(results)).map_err(|error| named(path, error))?;
    }
    if let Some(folder) = &args.svg {
        for table in &results.tables {
            let path = folder.join(format!("compare-{}.svg", table.axis));
            if let Some(picture) = plot::plot(table) {
                fs::write(&path, picture).map_err(|error| named(&path, error))?;
            }
        }
    }
    Ok(())
}
