//! Programs on machines of their own, set up by files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fleet_deploy::{answers, log};
use serde_json::{Value, json};

use crate::namespaces::Network;
use crate::processes::{Process, err, folder, until, until_ok};

/// Seconds without an answer of a link that works: probes go once a second.
const SILENCE: f64 = 2.5;

/// A program, the machine that it is on, and its settings.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    program: &'static str,
    pub(crate) machine: usize,
    pub(crate) name: String,
    config: PathBuf,
    environment: Vec<(String, String)>,
}

impl Member {
    pub(crate) fn new(program: &'static str, machine: usize, name: &str, config: &Path) -> Self {
        Member {
            program,
            machine,
            name: name.to_owned(),
            config: config.to_owned(),
            environment: Vec::new(),
        }
    }

    /// With this in its environment.
    pub(crate) fn in_environment<'a>(mut self, more: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        let more = more.into_iter().map(|(name, value)| (name.to_owned(), value));
        self.environment.extend(more);
        self
    }
}

/// A fleet at work.
pub(crate) struct Site {
    pub(crate) folder: PathBuf,
    members: Vec<Member>,
    processes: Vec<Option<Process>>,
    /// Where people are, if not in the middle, and how they are set up.
    people: (Option<usize>, PathBuf),
    tasks: BTreeSet<String>,
    // It goes after those who live in it.
    pub(crate) network: Network,
}

impl Site {
    /// Starts all, and waits until they hear each other; people are in the middle, set up by the file `people`. `None` where
    /// no namespaces are made.
    pub(crate) fn new(name: &str, members: Vec<Member>, people: &Path) -> Option<Self> {
        Site::with(name, members, (None, people.to_owned()))
    }

    /// The same with people on a machine.
    pub(crate) fn with(name: &str, members: Vec<Member>, people: (Option<usize>, PathBuf)) -> Option<Self> {
        let machines = members.iter().map(|member| member.machine).max().unwrap();
        let mut site = Site {
            network: Network::new(name, machines)?,
            folder: folder(name),
            processes: Vec::new(),
            people,
            tasks: BTreeSet::new(),
            members,
        };
        site.processes.resize_with(site.members.len(), || None);
        site.names().iter().for_each(|name| site.start(name));
        site.is_whole(Instant::now());
        Some(site)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| member.name.clone()).collect()
    }

    fn of<'a>(&'a self, program: &'static str) -> impl Iterator<Item = &'a Member> {
        self.members
            .iter()
            .filter(move |member| member.program == program)
    }

    fn place(&self, name: &str) -> usize {
        let mut members = self.members.iter();
        members.position(|member| member.name == name).unwrap()
    }

    pub(crate) fn machine(&self, name: &str) -> usize {
        self.members[self.place(name)].machine
    }

    /// Starts a program, with what it left behind.
    pub(crate) fn start(&mut self, name: &str) {
        let place = self.place(name);
        let member = &self.members[place];
        let mut command = self.network.on(member.machine, member.program);
        command.arg("--config").arg(&member.config);
        command.envs(member.environment.iter().cloned());
        command
            .arg("--data")
            .arg(self.folder.join(format!("data-{name}")));
        match member.program {
            "robot" => {
                command
                    .env("ROBOT_ID", name)
                    .env("ROBOT_LOG", self.log(name))
                    .env("ROBOT_SPEED", "20");
                command.args(["--at", &format!("{},0", member.machine)]);
            }
            "orchestrator" => drop(command.args(["--id", name])),
            _ => {}
        }
        let said = fs::File::create(self.folder.join(format!("{name}.err"))).unwrap();
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        self.processes[place] = Some(Process(quiet.spawn().unwrap()));
    }

    /// As `kill -9` does.
    pub(crate) fn kill(&mut self, name: &str) {
        let place = self.place(name);
        self.processes[place] = None;
    }

    /// What a robot writes down.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.jsonl"))
    }

    /// What people ask.
    pub(crate) fn ctl(&self, arguments: &[&str]) -> Command {
        let (machine, config) = &self.people;
        let mut command = match machine {
            Some(machine) => self.network.on(*machine, "fleetctl"),
            None => self.network.in_the_middle("fleetctl"),
        };
        command.arg("--config").arg(config);
        command.args(["--timeout", "30", "--json"]).args(arguments);
        command
    }

    /// What each orchestrator says of the fleet; nothing if people reach none.
    pub(crate) fn status(&self) -> Vec<Value> {
        let output = self.ctl(&["status"]).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Waits until all orchestrators answer, one of them leads, and each has heard all others and all robots since then; how
    /// long it took.
    #[track_caller]
    pub(crate) fn is_whole(&self, since: Instant) -> Duration {
        let (orchestrators, robots) = (self.of("orchestrator").count(), self.of("robot").count());
        until_ok("the fleet is whole", || {
            let silence = since.elapsed().as_secs_f64().min(SILENCE);
            let hears = |link: &Value| link["silence"].as_f64().is_some_and(|time| time < silence);
            let status = self.status();
            let leaders = status.iter().filter(|one| answers::leads(one)).count();
            let whole = status.iter().all(|one| {
                let links = one["links"].as_object().unwrap();
                let others = self.of("orchestrator").filter_map(|other| links.get(&other.name));
                let heard = answers::items(&one["robots"]).filter(|robot| hears(&robot["link"]));
                others.filter(|link| hears(link)).count() == orchestrators - 1
                    && heard.count() == robots
                    && answers::alive(one) == robots
            });
            let whole = whole && leaders == 1 && status.len() == orchestrators;
            whole.then_some(()).ok_or_else(|| Value::from(status))
        });
        since.elapsed()
    }

    /// Cuts the link of a program's machine for so long, while there is work; how long after the heal all was whole again.
    pub(crate) fn cut_and_heal(&mut self, name: &str, cut: Duration) -> Duration {
        let machine = self.machine(name);
        self.submit(30);
        self.network.cut(machine, true);
        thread::sleep(cut); // what is tested, not waited for
        self.network.cut(machine, false);
        let after = self.is_whole(Instant::now());
        println!("whole {after:?} after the link of {name} was healed");
        after
    }

    /// The orchestrator that leads.
    pub(crate) fn leader(&self) -> String {
        until("an orchestrator leads", || {
            let status = self.status();
            let leader = status.iter().find(|one| answers::leads(one))?;
            Some(leader["orchestrator"].as_str()?.to_owned())
        })
    }

    /// Submits so many tasks more, of some seconds of work for all robots together.
    pub(crate) fn submit(&mut self, tasks: usize) {
        let first = self.tasks.len();
        let ids: Vec<String> = (first..first + tasks).map(|k| format!("t{k}")).collect();
        let task = |(k, id): (usize, &String)| {
            let (x, y) = (((first + k) * 7 % 30) as f64, ((first + k) * 11 % 30) as f64);
            json!({ "id": id, "stops": [{ "x": x, "y": y, "service": 0.3 }] })
        };
        let list: Value = ids.iter().enumerate().map(task).collect();
        let file = self.folder.join("tasks.json");
        fs::write(&file, list.to_string()).unwrap();
        let output = self
            .ctl(&["submit", &file.display().to_string()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", err(&output));
        self.tasks.extend(ids);
    }

    /// Tasks that are done, as some orchestrator says.
    pub(crate) fn done(&self) -> usize {
        let status = self.status();
        let done = status.iter().filter_map(|one| one["tasks"]["done"].as_u64());
        done.max().unwrap_or_default() as usize
    }

    /// Waits until all is done; no two robots were at a task at a time, and each was finished by one.
    pub(crate) fn ends_well(&self) {
        self.ends_well_by(|_| 0.0);
    }

    /// The same, where the clock of a robot is ahead by so many seconds.
    pub(crate) fn ends_well_by(&self, ahead: impl Fn(&str) -> f64) {
        until("all is done", || (self.done() == self.tasks.len()).then_some(()));
        let logs: Vec<PathBuf> = self.of("robot").map(|robot| self.log(&robot.name)).collect();
        let mut lines = log::read(&logs).unwrap();
        lines.iter_mut().for_each(|line| line.at -= ahead(&line.robot));
        let verdict = log::judge(&lines);
        assert_eq!(verdict.overlaps, [""; 0]);
        let finished: BTreeSet<String> = verdict.finished.into_keys().collect();
        assert_eq!(finished, self.tasks);
    }
}
