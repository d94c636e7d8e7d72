//! Processes that end with the test, whatever becomes of it.

use std::fmt::Display;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fleet_deploy::answers;
use serde_json::Value;

/// Nothing here takes longer, however busy the machine is.
pub(crate) const LONG: Duration = Duration::from_secs(120);

const PROGRAMS: [(&str, &str); 5] = [
    ("orchestrator", env!("CARGO_BIN_EXE_orchestrator")),
    ("robot", env!("CARGO_BIN_EXE_robot")),
    ("router", env!("CARGO_BIN_EXE_router")),
    ("fleetctl", env!("CARGO_BIN_EXE_fleetctl")),
    ("demo", env!("CARGO_BIN_EXE_demo")),
];

/// A program, without what the environment of the test says of fleets.
pub(crate) fn program(name: &str) -> Command {
    outside_of_fleets(Command::new(path(name)))
}

/// Where a program is.
pub(crate) fn path(name: &str) -> &'static str {
    let (_, path) = PROGRAMS.into_iter().find(|(known, _)| *known == name).unwrap();
    path
}

/// A command without what the environment of the test says of fleets.
pub(crate) fn outside_of_fleets(mut command: Command) -> Command {
    for (variable, _) in std::env::vars_os() {
        let text = variable.to_string_lossy();
        if text.starts_with("FLEET_") || text.starts_with("ROBOT_") || text.ends_with("_ID") {
            command.env_remove(&variable);
        }
    }
    command
}

/// An empty folder for this test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Waits until it is so.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    until_ok(what, || found().ok_or(""))
}

/// The same, which says why it was not so at last.
#[track_caller]
pub(crate) fn until_ok<T, E: Display>(what: &str, mut found: impl FnMut() -> Result<T, E>) -> T {
    let end = Instant::now() + LONG;
    loop {
        let why = match found() {
            Ok(found) => return found,
            Err(why) => why,
        };
        assert!(Instant::now() < end, "waited in vain until {what} {why}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A process that is killed when the test is over.
pub(crate) struct Process(pub(crate) Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    /// As `kill` does.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(self.0.id().to_string())
            .status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end; its exit code and what it said on the standard error.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = until("a process ends", || self.0.try_wait().unwrap());
        let mut said = String::new();
        if let Some(mut stderr) = self.0.stderr.take() {
            stderr.read_to_string(&mut said).unwrap();
        }
        (status.code(), said)
    }
}

/// One orchestrator and some robots.
pub(crate) struct Fleet {
    pub(crate) folder: PathBuf,
    pub(crate) orchestrator: Option<Process>,
    pub(crate) robots: Vec<Process>,
    pub(crate) endpoint: String,
    is_secured: bool,
}

impl Fleet {
    pub(crate) fn new(name: &str, robots: usize) -> Self {
        Fleet::with(name, robots, "")
    }

    /// With `more` at the end of its settings file.
    pub(crate) fn with(name: &str, robots: usize, more: &str) -> Self {
        Fleet::begin(name, robots, &folder(name), "tcp", more)
    }

    /// With certificates for all; `fleetctl` has that of the operator anna, unless it is told to take bob's, who observes.
    pub(crate) fn secured(name: &str, robots: usize) -> Self {
        let folder = folder(name);
        let certs = |arguments: &[&str]| {
            let mut command = program("fleetctl");
            command.args(["certs", "--fleet", name, "--authority"]);
            let output = command
                .arg(folder.join("authority"))
                .args(arguments)
                .output()
                .unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        };
        certs(&["init"]);
        let robots_named: Vec<String> = (1..=robots).map(|k| format!("robot-{k}")).collect();
        let nodes = robots_named.iter().map(|name| ("robot", name.as_str(), ""));
        let others = [
            ("orchestrator", "orchestrator-1", "--host=127.0.0.1"),
            ("operator", "anna", ""),
            ("observer", "bob", ""),
        ];
        let all: Vec<_> = nodes.chain(others).collect();
        let into = |name: &str| folder.join("certs").join(name);
        for (role, name, host) in &all {
            let path = into(name).display().to_string();
            let mut arguments = vec!["issue", role, name, "--into", &path];
            arguments.extend(Some(*host).filter(|host| !host.is_empty()));
            certs(&arguments);
        }
        for (_, name, _) in &all {
            fs::copy(
                folder.join("authority/access.json"),
                into(name).join("access.json"),
            )
            .unwrap();
        }
        Fleet::begin(name, robots, &folder, "tls", "")
    }

    fn begin(name: &str, robots: usize, folder: &Path, protocol: &str, more: &str) -> Self {
        for _ in 0..20 {
            let endpoint = format!("{protocol}/127.0.0.1:{}", free_port());
            let text = format!("fleet = {name:?}\nlink.connect = [{endpoint:?}]\nrobot.speed = 50.0\n{more}");
            fs::write(folder.join("fleet.toml"), text).unwrap();
            let mut fleet = Fleet {
                folder: folder.to_owned(),
                orchestrator: None,
                robots: Vec::new(),
                endpoint,
                is_secured: protocol == "tls",
            };
            fleet.start_orchestrator();
            // Somebody else may have taken the port in between.
            if fleet.is_up() {
                fleet.robots = (1..=robots).map(|k| fleet.start_robot(k)).collect();
                until("the robots are there", || (fleet.alive() == robots).then_some(()));
                return fleet;
            }
        }
        panic!("no port is free");
    }

    pub(crate) fn start_orchestrator(&mut self) {
        let process = self
            .command_of("orchestrator", "orchestrator-1")
            .args(["--id", "orchestrator-1", "--listen", &self.endpoint])
            .spawn();
        self.orchestrator = Some(Process(process.unwrap()));
    }

    fn is_up(&mut self) -> bool {
        until("it listens, or has ended", || {
            let child = &mut self.orchestrator.as_mut().unwrap().0;
            match child.try_wait().unwrap() {
                Some(_) => Some(false),
                None => TcpStream::connect(&self.endpoint["tcp/".len()..])
                    .ok()
                    .map(|_| true),
            }
        })
    }

    pub(crate) fn start_robot(&self, k: usize) -> Process {
        self.start_robot_over(k, &self.endpoint)
    }

    /// What a robot writes down.
    pub(crate) fn log(&self, k: usize) -> PathBuf {
        self.folder.join(format!("robot-{k}.jsonl"))
    }

    /// A robot that is linked with what listens at this endpoint.
    pub(crate) fn start_robot_over(&self, k: usize, endpoint: &str) -> Process {
        let mut command = self.command_of("robot", &format!("robot-{k}"));
        // By the environment, as a container is told.
        command
            .env("ROBOT_ID", format!("robot-{k}"))
            .env("ROBOT_LOG", self.log(k));
        command.args(["--connect", endpoint]);
        Process(command.args(["--at", &format!("{k},0")]).spawn().unwrap())
    }

    /// A program with this fleet's settings; with certificates it has anna's.
    pub(crate) fn command(&self, name: &str) -> Command {
        self.command_of(name, "anna")
    }

    /// Where the certificate of `holder` is.
    pub(crate) fn certs(&self, holder: &str) -> String {
        self.folder.join("certs").join(holder).display().to_string()
    }

    fn command_of(&self, name: &str, holder: &str) -> Command {
        let mut command = program(name);
        if self.is_secured {
            command.env("FLEET_CERTS", self.certs(holder));
        }
        command.arg("--config").arg(self.folder.join("fleet.toml"));
        if name != "fleetctl" {
            command
                .arg("--data")
                .arg(self.folder.join("data"))
                .stdin(Stdio::null());
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What `fleetctl` does with these arguments.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Output {
        self.command("fleetctl")
            .args(["--timeout", "20"])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// The same with something on its standard input.
    pub(crate) fn ctl_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command("fleetctl");
        fed(command.args(["--timeout", "20"]).args(arguments), input)
    }

    /// The JSON that it prints.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.ctl(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn alive(&self) -> usize {
        answers::alive(&self.json(&["status"])[0])
    }

    /// The phase and the robot of a task.
    pub(crate) fn task(&self, id: &str) -> (String, Option<String>) {
        let answer = self.json(&["explain", id]);
        (
            answer["phase"].as_str().unwrap().to_owned(),
            answer["robot"].as_str().map(str::to_owned),
        )
    }
}

/// What a command makes of this on its standard input.
pub(crate) fn fed(command: &mut Command, input: &str) -> Output {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// A test is left out for this reason, which is said; it is a failure if the environment has `required=1`.
pub(crate) fn leave_out(required: &str, why: &str) {
    let is_required = std::env::var(required).is_ok_and(|value| value == "1");
    assert!(!is_required, "{why}");
    eprintln!("left out: {why}");
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
