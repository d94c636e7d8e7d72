//! A fleet of processes on this machine, at work: what `demo` does.

mod certs;
mod children;
mod kills;
mod news;
mod report;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use fleet_zenoh::{FleetId, Tls, ZenohSettings};
use serde_json::{Value, json};

use crate::ask::{Client, Verb};
use crate::choices::Strategy;
use crate::settings::Common;
use crate::{answers, names, node, stop};
use children::{Children, ORCHESTRATORS};
use news::News;
use report::Report;

/// Time between two looks at how far it has come.
const LOOK: Duration = Duration::from_millis(500);
/// How long an answer is waited for.
const ANSWER: Duration = Duration::from_secs(15);
/// Who asks.
const CALLER: &str = "demo";

/// Three orchestrators and robots as processes on this machine, and tasks for them
#[derive(Parser, Clone, Debug)]
#[command(name = "demo", version)]
pub struct Args {
    /// What the fleet is like; the number of robots is its size.
    #[command(flatten)]
    pub common: Common,
    /// Tasks that are submitted at once
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub tasks: u32,
    /// Seconds of work at each stop
    #[arg(long, default_value_t = 0.2)]
    pub service: f64,
    /// Metres of a side of the square on which robots and tasks are
    #[arg(long, default_value_t = 30.0)]
    pub side: f64,
    /// Kill the orchestrator that leads so many times, and start it again
    #[arg(long, default_value_t = 0, value_name = "TIMES")]
    pub kill_leader: u32,
    /// Seconds after which it is given up
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    pub limit: u64,
    /// Keep the folder with settings, journals and logs here
    #[arg(long, value_name = "FOLDER")]
    pub keep: Option<PathBuf>,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Leave the fleet running when the tasks are done, until it is interrupted
    #[arg(long)]
    pub stay: bool,
    /// Over TLS, with certificates of an authority that is made for it, and rules of access
    #[arg(long)]
    pub tls: bool,
    /// All go by a router; with certificates robots that choose for themselves need one, and have it
    #[arg(long)]
    pub router: bool,
}

impl Args {
    /// Whether there is a router. Without certificates orchestrators pass on what robots say to each other; with them nobody is
    /// heard through another's link, but through a router's.
    fn has_router(&self) -> bool {
        self.router || self.tls && self.common.strategy.unwrap_or_default() != Strategy::Centralized
    }
}

/// Runs it.
///
/// # Errors
/// If it cannot begin, takes too long, or a promise did not hold.
pub fn run(args: &Args) -> Result<(), String> {
    let stop = stop::when_told(false)?;
    let robots = args.common.size.unwrap_or(50);
    if !(1..=500).contains(&robots) {
        return Err(format!("--size: must be from 1 to 500 robots, but is {robots}"));
    }
    for (flag, is) in [("--service", args.service), ("--side", args.side)] {
        if !(0.0..=3600.0).contains(&is) {
            return Err(format!("{flag}: must be from 0 to 3600, but is {is}"));
        }
    }
    let temporary = std::env::temp_dir().join(format!("fleet-demo-{}", std::process::id()));
    let folder = args.keep.clone().unwrap_or(temporary);
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let result = within(args, robots, &folder, &stop);
    match (&result, &args.keep) {
        (Ok(()), None) => drop(std::fs::remove_dir_all(&folder)),
        _ => eprintln!("settings, journals and logs are in {}", folder.display()),
    }
    result
}

fn within(args: &Args, robots: usize, folder: &Path, stop: &Arc<AtomicBool>) -> Result<(), String> {
    let fleet = args
        .common
        .fleet
        .clone()
        .unwrap_or_else(|| format!("demo-{}", std::process::id()));
    let began = Instant::now();
    let (settings, endpoints) = settings(args, robots, &fleet)?;
    let fleet: FleetId = fleet.parse().map_err(|error| format!("--fleet: {error}"))?;
    let mut children = Children::new(folder, &settings, &endpoints)?;
    let tls = match args.tls {
        true => Some(certs::issue(folder, &fleet, robots)?),
        false => None,
    };
    if args.has_router() {
        children.start_router(&fleet)?;
    }
    (0..ORCHESTRATORS).try_for_each(|k| children.start_orchestrator(k))?;
    (0..robots).try_for_each(|k| children.start_robot(k, work::home(k, robots, args.side)))?;
    let end = began + Duration::from_secs(args.limit);
    let given_up = || stop.load(Ordering::Relaxed) || Instant::now() >= end;
    let demo = Demo {
        args: args.clone(),
        robots,
        client: client(args, fleet, &endpoints, tls, &given_up)?,
        end,
        stop: stop.clone(),
    };
    let result = demo.work(&mut children, began);
    let stopping = Instant::now();
    let ended = children.end();
    let mut report = result?;
    report.ended = ended;
    report.stopping = stopping.elapsed();
    report.print(args.json);
    report.check()
}

struct Demo {
    args: Args,
    robots: usize,
    client: Client,
    end: Instant,
    stop: Arc<AtomicBool>,
}

impl Demo {
    fn work(&self, children: &mut Children, began: Instant) -> Result<Report, String> {
        let mut report = Report::default();
        report.robots = self.robots;
        let there = |status: &Value| answers::alive(status) == self.robots && answers::leads(status);
        self.until("all robots are there", children, |status| {
            there(status).then_some(())
        })?;
        report.starting = began.elapsed();
        eprintln!(
            "{ORCHESTRATORS} orchestrators and {} robots are there after {:.1} s",
            self.robots,
            report.starting.as_secs_f64()
        );
        let news = News::listen(&self.client)?;
        let submitted = node::utc().as_secs_f64();
        let work_began = Instant::now();
        self.submit(0..self.args.tasks)?;
        report.accepting = work_began.elapsed();
        let mut tasks = self.args.tasks;
        for kill in 0..self.args.kill_leader {
            let pause = kills::kill(self, children, &news, &mut tasks)?;
            eprintln!(
                "kill {}: the next award came after {:.2} s",
                kill + 1,
                pause.as_secs_f64()
            );
            report.kills.push(pause);
        }
        let expected = u64::from(tasks);
        let mut told = String::new();
        self.until("all tasks have ended", children, |status| {
            let count = |phase: &str| status["tasks"][phase].as_u64().unwrap_or(0);
            let ended = count("done") + count("failed") + count("cancelled");
            let line = format!("{ended} of {expected} tasks have ended, {} run", count("running"));
            if line != told {
                eprintln!("{line}");
                told = line;
            }
            (ended == expected).then_some(())
        })?;
        report.working = work_began.elapsed();
        report.cpu = children.cpu();
        let records = crate::ctl::list(&self.client, &[]).map_err(|failure| failure.to_string())?;
        while self.args.stay && !self.stop.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
        }
        report.judge(tasks, &records, &news.all(), submitted, &children.logs())?;
        Ok(report)
    }

    /// Submits the tasks of these numbers, in as few questions as will do.
    fn submit(&self, numbers: std::ops::Range<u32>) -> Result<(), String> {
        let numbers: Vec<u32> = numbers.collect();
        for part in numbers.chunks(crate::ask::TASKS) {
            let tasks: Value = part
                .iter()
                .map(|k| work::task(*k, self.args.side, self.args.service))
                .collect();
            let answer = self
                .client
                .ask(Verb::Submit, &json!({ "tasks": tasks }))
                .map_err(|error| error.to_string())?;
            if answer["accepted"].as_array().map_or(0, Vec::len) != part.len() {
                return Err(format!("not all were accepted: {}", answer["refused"]));
            }
        }
        Ok(())
    }

    /// Asks how the fleet is, until `found` has what it looks for in what the one that leads says.
    fn until<T>(
        &self,
        what: &str,
        children: &mut Children,
        mut found: impl FnMut(&Value) -> Option<T>,
    ) -> Result<T, String> {
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err("interrupted".to_owned());
            }
            children.check()?;
            let status = self.client.status();
            if let Ok(status) = &status
                && let Some(found) = found(status)
            {
                return Ok(found);
            }
            if Instant::now() >= self.end {
                let status =
                    status.map_or_else(|error| error.to_string(), |status| status["tasks"].to_string());
                return Err(format!(
                    "given up after {} s, waiting until {what}: {status}",
                    self.args.limit
                ));
            }
            thread::sleep(LOOK);
        }
    }
}

fn client(
    args: &Args,
    fleet: FleetId,
    endpoints: &[String],
    tls: Option<Tls>,
    given_up: &dyn Fn() -> bool,
) -> Result<Client, String> {
    let mut settings = ZenohSettings::default();
    if args.has_router() {
        settings.mode = fleet_zenoh::Mode::Client;
    }
    settings.connect = endpoints.to_vec();
    settings.tls = tls;
    let session = settings
        .open_unless(given_up)
        .map_err(|error| error.to_string())?;
    Ok(Client {
        session,
        fleet,
        caller: CALLER.into(),
        within: ANSWER,
    })
}

/// The settings that all of them share, and where the orchestrators listen.
fn settings(args: &Args, robots: usize, fleet: &str) -> Result<(String, Vec<String>), String> {
    let listening = if args.has_router() { 1 } else { ORCHESTRATORS };
    let endpoints = children::endpoints(if args.tls { "tls" } else { "tcp" }, listening)?;
    let common = &args.common;
    let mut text = format!("fleet = {fleet:?}\nsize = {robots}\n");
    for (key, choice) in [
        (
            "strategy",
            common.strategy.and_then(|choice| choice.to_possible_value()),
        ),
        (
            "algorithm",
            common.algorithm.and_then(|choice| choice.to_possible_value()),
        ),
        (
            "priority",
            common.priority.and_then(|choice| choice.to_possible_value()),
        ),
    ] {
        if let Some(choice) = choice {
            text += &format!("{key} = {:?}\n", choice.get_name());
        }
    }
    let orchestrators: Vec<String> = (0..ORCHESTRATORS).map(children::orchestrator).collect();
    let mode = if args.has_router() {
        "mode = 'client'\n"
    } else {
        ""
    };
    text += &format!(
        "orchestrators = {orchestrators:?}\n\n[link]\n{mode}connect = {endpoints:?}\n\n[robot]\nspeed = 4.0\n"
    );
    names::id(fleet).map_err(|error| format!("--fleet: {error}"))?;
    Ok((text, endpoints))
}
