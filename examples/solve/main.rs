//! `solve`: published problems, solved and checked.

mod answer;
mod args;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use answer::Answer;
use args::Args;
use clap::Parser;
use fleet_core::Invalid;
use fleet_core::allocate::assignment;
use fleet_core::allocate::search::best_of;
use fleet_examples::instances::{Format, Instance, Table, check};
use fleet_examples::program::stop_on_signal;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let args = Args::parse();
    let stop = match stop_on_signal() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(1);
        }
    };
    let mut answers = Vec::new();
    let mut wrong = false;
    for file in &args.files {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        match solve(file, &args, &stop) {
            Ok(answer) => {
                wrong |= !answer.is_right();
                answers.push(answer);
            }
            Err(error) => {
                eprintln!("error: {error}");
                wrong = true;
            }
        }
    }
    if !args.json && !answers.is_empty() {
        println!("{}", answer::table(&answers));
    }
    if stop.load(Ordering::Relaxed) {
        eprintln!("interrupted: what is printed is the best that was found until then");
        return ExitCode::from(130);
    }
    ExitCode::from(u8::from(wrong))
}

fn solve(file: &Path, args: &Args, stop: &AtomicBool) -> Result<Answer, Error> {
    let format = args.format.map_or_else(|| Format::of(file), Ok)?;
    let answer = match format {
        Format::Assign => assign(&Table::read(file)?)?,
        format => route(&Instance::read(file, format)?, args, stop).map_err(|error| within(file, &error))?,
    };
    for what in answer.wrong() {
        eprintln!("error: {}", within(file, &what));
    }
    if args.json {
        println!("{}", serde_json::to_string(&answer)?);
    }
    if let Some(folder) = &args.out {
        let path = folder.join(format!("{}.json", answer.name()));
        let text = serde_json::to_string_pretty(&answer)?;
        fs::create_dir_all(folder).map_err(|error| within(folder, &error))?;
        fs::write(&path, text).map_err(|error| within(&path, &error))?;
    }
    Ok(answer)
}

fn within(file: &Path, what: &dyn std::fmt::Display) -> String {
    format!("{}: {what}", file.display())
}

fn assign(table: &Table) -> Result<Answer, Error> {
    let began = Instant::now();
    let found = assignment(table.size, table.size, &table.costs)?;
    Ok(Answer::assigned(table, &found, began.elapsed().as_secs_f64()))
}

fn route(instance: &Instance, args: &Args, stop: &AtomicBool) -> Result<Answer, Invalid> {
    let goal = args.goal.unwrap_or(instance.goal);
    if !args.json {
        let (robots, tasks) = (instance.robots.len(), instance.tasks.len());
        eprintln!("{}: {robots} robots, {tasks} tasks", instance.name);
    }
    let began = Instant::now();
    let spent = |rounds| {
        let spent = match args.rounds {
            Some(most) if rounds >= most => 1.0,
            Some(most) => rounds as f64 / most as f64,
            None if args.seconds == 0.0 => 1.0,
            None => began.elapsed().as_secs_f64() / args.seconds,
        };
        if stop.load(Ordering::Relaxed) { 1.0 } else { spent }
    };
    let seeds = args.seed..args.seed.saturating_add(args.runs);
    let (solution, rounds) = best_of(seeds, |seed| {
        let found = instance.allocate(goal, args.allocator, seed, spent)?;
        Ok((goal.rank(&found.0), found))
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let checked = check(instance, &solution);
    Answer::routed(instance, goal, &solution, checked, (seconds, rounds))
}
