//! The processes of the fleet.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use fleet_zenoh::FleetId;

use super::certs;
use crate::settings::Common;

/// Orchestrators of the fleet.
pub(super) const ORCHESTRATORS: usize = 3;
/// How long processes may take to end in good order.
const END: Duration = Duration::from_secs(60);
/// Variables that would overrule the settings, besides those that all programs have.
const OURS: [&str; 4] = ["ORCHESTRATOR_ID", "ROBOT_ID", "ROBOT_SPEED", "ROBOT_LOG"];

/// The name of an orchestrator.
pub(super) fn orchestrator(k: usize) -> String {
    format!("orchestrator-{}", k + 1)
}

/// Where the settings of all but the router are.
fn settings_in(folder: &Path) -> PathBuf {
    folder.join("fleet.toml")
}

/// The name of the router.
pub(super) const ROUTER: &str = "router-1";

/// The name of a robot.
pub(super) fn robot(k: usize) -> String {
    format!("robot-{}", k + 1)
}

/// Where so many programs can listen: ports that nobody uses just now.
pub(super) fn endpoints(protocol: &str, count: usize) -> Result<Vec<String>, String> {
    let free = || {
        TcpListener::bind("127.0.0.1:0").and_then(|listener| Ok((listener.local_addr()?.port(), listener)))
    };
    // All are held before any is let go, so that no two are the same.
    let ports: Result<Vec<_>, _> = (0..count).map(|_| free()).collect();
    let ports = ports.map_err(|error| format!("no port is free: {error}"))?;
    Ok(ports
        .iter()
        .map(|(port, _)| format!("{protocol}/127.0.0.1:{port}"))
        .collect())
}

/// The processes. Those that still run when it is dropped are killed.
pub(super) struct Children {
    folder: PathBuf,
    programs: PathBuf,
    /// Of the orchestrators, or of the router alone.
    endpoints: Vec<String>,
    router: Option<Child>,
    orchestrators: Vec<Child>,
    robots: Vec<Child>,
    /// Seconds of processor time of those that were killed.
    used: f64,
}

/// How the processes ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ended {
    /// With exit code 0.
    pub(super) well: usize,
    /// With another one.
    pub(super) badly: usize,
    /// Not within the time that they had.
    pub(super) killed: usize,
}

impl Children {
    pub(super) fn new(folder: &Path, settings: &str, endpoints: &[String]) -> Result<Self, String> {
        let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
        for part in ["data", "logs", "work"] {
            let path = folder.join(part);
            fs::create_dir_all(&path).map_err(|error| failed(&path, error))?;
        }
        let path = settings_in(folder);
        fs::write(&path, settings).map_err(|error| failed(&path, error))?;
        let own = std::env::current_exe().map_err(|error| format!("this program is not found: {error}"))?;
        Ok(Children {
            folder: folder.to_owned(),
            programs: own.parent().unwrap_or(Path::new(".")).to_owned(),
            endpoints: endpoints.to_vec(),
            router: None,
            orchestrators: Vec::new(),
            robots: Vec::new(),
            used: 0.0,
        })
    }

    fn spawn(&self, program: &str, name: &str, arguments: &[String]) -> Result<Child, String> {
        let path = self.programs.join(program);
        let log = self.folder.join("logs").join(name);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(&path);
        let common = Common::augment_args(clap::Command::new("common"));
        let read = common.get_arguments().filter_map(clap::Arg::get_env);
        for variable in read.chain(OURS.map(OsStr::new)) {
            command.env_remove(variable);
        }
        command.arg("--data").arg(self.folder.join("data"));
        command.arg("--with-parent").args(arguments);
        let certs = certs::of(&self.folder, name);
        if certs.exists() {
            command.arg("--certs").arg(certs);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        // An interrupt from the terminal is for this program, which then tells the others.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().map_err(|error| {
            format!(
                "{}: {error}: build it with cargo build -p fleet-deploy",
                path.display()
            )
        })
    }

    /// The same for an orchestrator or a robot, which is set up by the file.
    fn spawn_member(&self, program: &str, name: &str, more: Vec<String>) -> Result<Child, String> {
        let settings = settings_in(&self.folder).display().to_string();
        let own = ["--config", &settings, "--id", name].map(str::to_owned);
        self.spawn(program, name, &[own.to_vec(), more].concat())
    }

    /// Starts the router of `fleet`, by which all go from then on.
    pub(super) fn start_router(&mut self, fleet: &FleetId) -> Result<(), String> {
        let (fleet, listen) = (fleet.to_string(), &self.endpoints[0]);
        let arguments = ["--fleet", &fleet, "--listen", listen].map(str::to_owned);
        self.router = Some(self.spawn("router", ROUTER, &arguments)?);
        Ok(())
    }

    /// Starts it, or starts it again.
    pub(super) fn start_orchestrator(&mut self, k: usize) -> Result<(), String> {
        let listen = match self.router {
            Some(_) => Vec::new(),
            None => vec!["--listen".to_owned(), self.endpoints[k].clone()],
        };
        let child = self.spawn_member("orchestrator", &orchestrator(k), listen)?;
        match self.orchestrators.get_mut(k) {
            Some(place) => *place = child,
            None => self.orchestrators.push(child),
        }
        Ok(())
    }

    pub(super) fn start_robot(&mut self, k: usize, (x, y): (f64, f64)) -> Result<(), String> {
        let log = self.folder.join("work").join(format!("{}.jsonl", robot(k)));
        let arguments = vec![
            "--at".to_owned(),
            format!("{x},{y}"),
            "--log".to_owned(),
            log.display().to_string(),
        ];
        let child = self.spawn_member("robot", &robot(k), arguments)?;
        self.robots.push(child);
        Ok(())
    }

    /// Kills an orchestrator, as `kill -9` does.
    pub(super) fn kill_orchestrator(&mut self, k: usize) -> Result<(), String> {
        self.used += cpu_of(&self.orchestrators[k]);
        let child = &mut self.orchestrators[k];
        let killed = child.kill().and_then(|()| child.wait());
        killed
            .map(drop)
            .map_err(|error| format!("{} cannot be killed: {error}", orchestrator(k)))
    }

    /// That none has ended by itself.
    pub(super) fn check(&mut self) -> Result<(), String> {
        let orchestrators = self
            .orchestrators
            .iter_mut()
            .enumerate()
            .map(|(k, child)| (orchestrator(k), child));
        let robots = self
            .robots
            .iter_mut()
            .enumerate()
            .map(|(k, child)| (robot(k), child));
        let router = self.router.iter_mut().map(|child| (ROUTER.to_owned(), child));
        for (name, child) in orchestrators.chain(robots).chain(router) {
            if let Ok(Some(status)) = child.try_wait() {
                let log = fs::read_to_string(self.folder.join("logs").join(&name)).unwrap_or_default();
                return Err(format!(
                    "{name} has ended by itself, {status}: {}",
                    log.lines().last().unwrap_or_default()
                ));
            }
        }
        Ok(())
    }

    /// The execution logs of the robots.
    pub(super) fn logs(&self) -> Vec<PathBuf> {
        let log = |k| self.folder.join("work").join(format!("{}.jsonl", robot(k)));
        (0..self.robots.len()).map(log).collect()
    }

    /// Seconds of processor time that all of them have used, where the system says it.
    pub(super) fn cpu(&self) -> f64 {
        self.used
            + self
                .orchestrators
                .iter()
                .chain(&self.robots)
                .chain(&self.router)
                .map(cpu_of)
                .sum::<f64>()
    }

    /// Tells all to end, robots first and the router last, and waits for it.
    pub(super) fn end(&mut self) -> Ended {
        let mut ended = Ended::default();
        let mut router: Vec<Child> = self.router.take().into_iter().collect();
        for children in [&mut self.robots, &mut self.orchestrators, &mut router] {
            terminate(children);
            let end = Instant::now() + END;
            for child in children.iter_mut() {
                match wait(child, end) {
                    Some(status) if status.success() => ended.well += 1,
                    Some(_) => ended.badly += 1,
                    None => {
                        let _ = child.kill(); // it may have ended just now
                        let _ = child.wait();
                        ended.killed += 1;
                    }
                }
            }
            children.clear();
        }
        ended
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        for child in self
            .orchestrators
            .iter_mut()
            .chain(&mut self.robots)
            .chain(&mut self.router)
        {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends them `SIGTERM`. Where that cannot be sent, the end of their standard input says the same.
fn terminate(children: &mut [Child]) {
    let pids = children.iter().map(|child| child.id().to_string());
    let sent = Command::new("kill")
        .arg("-TERM")
        .args(pids)
        .stderr(Stdio::null())
        .status();
    if !sent.is_ok_and(|status| status.success()) {
        children.iter_mut().for_each(|child| drop(child.stdin.take()));
    }
}

fn wait(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(20)),
            _ => return None,
        }
    }
}

/// Seconds of processor time, by Linux's table of processes; zero elsewhere.
fn cpu_of(child: &Child) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    // After the name, which may have blanks in it, the 12th and 13th field: hundredths of a second.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    ticks as f64 / 100.0
}
