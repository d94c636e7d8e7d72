//! A simulated robot whose state ROS 2 shows, and to which ROS 2 gives tasks.
//!
//! `cargo run -p fleet-zenoh --example ros2_bridge -- --help`

use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fleet_core::drive::Driver;
use fleet_core::pattern::LinkBudget;
use fleet_core::travel::Euclidean;
use fleet_core::{
    BatterySpec, Config, Event, Invalid, Node, NodeId, Place, Point, Pose, Report, Robot, RobotId, RobotSpec,
};
use fleet_core::{Task, TaskId, Time, UtcTime};
use fleet_zenoh::link::{LinkSettings, Links, Metered};
use fleet_zenoh::ros2::{
    FleetReport, RequestLog, Ros2Fleet, Ros2Node, Ros2Settings, TASK_REQUESTS, TaskRequests, link_status,
};
use fleet_zenoh::{FleetId, Handle, Runner, Seat, Turn, ZenohSettings, ZenohTransport, monotonic};

const HELP: &str = "\
A simulated robot whose state ROS 2 shows, and to which ROS 2 gives tasks.

  --connect ENDPOINT   a Zenoh router, such as that of rmw_zenohd (tcp/127.0.0.1:7447)
  --listen ENDPOINT    where others can connect (nowhere)
  --domain NUMBER      ROS_DOMAIN_ID of nodes with rmw_zenoh (0)
  --bridge NAMESPACE   serve zenoh-bridge-ros2dds too, which has this namespace; `/` if it has none
  --watch NODE         the UUID of a node of the fleet `ros2-demo`, the link to which is measured
  --seconds NUMBER     end after that time (never)";

/// The robot, and its name in topics.
const ROBOT: RobotId = RobotId::from_u128(1);
const NAME: &str = "robot_1";
/// Metres a second.
const SPEED: f64 = 0.5;
const TICK: Duration = Duration::from_millis(100);
/// Of the topics.
const PERIOD: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(5);
const BATTERY: BatterySpec = BatterySpec {
    capacity: 100e3,
    level: 1.0,
    reserve: 0.1,
    per_metre: 100.0,
    per_second: 5.0,
};

struct Args {
    zenoh: ZenohSettings,
    ros2: Ros2Settings,
    watch: Vec<NodeId>,
    seconds: Option<u64>,
}

/// Nothing if help was asked for.
fn args() -> Result<Option<Args>, String> {
    let (mut zenoh, mut ros2) = (ZenohSettings::default(), Ros2Settings::default());
    let (mut watch, mut seconds) = (Vec::new(), None);
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        if name == "--help" {
            return Ok(None);
        }
        let value = given
            .next()
            .ok_or_else(|| format!("{name}: has no value; see --help"))?;
        let wrong = |_| format!("{name}: must be a whole number, but is `{value}`");
        match name.as_str() {
            "--domain" => ros2.domain = Some(value.parse().map_err(wrong)?),
            "--seconds" => seconds = Some(value.parse().map_err(wrong)?),
            "--bridge" => ros2.bridge = Some(value.trim_matches('/').to_owned()),
            "--watch" => watch.push(
                value
                    .parse()
                    .map_err(|_| format!("{name}: `{value}` is no UUID"))?,
            ),
            "--connect" => zenoh.connect.push(value),
            "--listen" => zenoh.listen.push(value),
            _ => return Err(format!("{name}: is not known; see --help")),
        }
    }
    if zenoh.connect.is_empty() && zenoh.listen.is_empty() {
        zenoh.connect.push("tcp/127.0.0.1:7447".into());
    }
    ros2.names.insert(ROBOT, NAME.into());
    Ok(Some(Args {
        zenoh,
        ros2,
        watch,
        seconds,
    }))
}

fn main() -> ExitCode {
    let done = match args() {
        Ok(Some(args)) => run(args),
        Ok(None) => {
            println!("{HELP}");
            Ok(())
        }
        Err(why) => Err(why.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Box<dyn Error>> {
    let (session, name) = (args.zenoh.open()?, "ros2-demo".parse::<FleetId>()?);
    let fleet = Ros2Fleet::new(Ros2Node::open(&session, args.ros2)?)?;
    let links = Links::start(&session, name.clone(), ROBOT.node(), LinkSettings::default())?;
    if !args.watch.iter().all(|node| links.watch(*node)) {
        return Err("--watch: too many links".into());
    }
    let transport = ZenohTransport::join(&session, Seat::robot(name, ROBOT))?;
    let driver = Driver::new(node()?, Metered::new(transport, links.meter()));
    let body = Arc::new(Mutex::new(Body::default()));
    let own = body.clone();
    let runner = Runner::spawn(driver, Euclidean, monotonic(), move |event, _| {
        own.lock().expect("no thread panics").hear(event);
    })?;
    let requests = TaskRequests::hear(fleet.node(), TASK_REQUESTS, submit_to(runner.handle()))?;
    println!("publishes /diagnostics, /fleet/task_states and /{NAME}/..., hears {TASK_REQUESTS}");
    let end = args
        .seconds
        .map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut teller = Teller {
        handle: runner.handle(),
        fleet,
        requests,
        links,
        refused: 0,
    };
    let mut told = None::<Instant>;
    while end.is_none_or(|end| Instant::now() < end) {
        let body = body.clone();
        teller
            .handle
            .post(move |turn| body.lock().expect("no thread panics").tick(turn))?;
        if told.is_none_or(|told| told.elapsed() >= PERIOD) {
            told = Some(Instant::now());
            teller.tell()?;
        }
        thread::sleep(TICK);
    }
    runner.stop(PATIENCE)?;
    Ok(())
}

/// What becomes of a task that ROS asks for.
fn submit_to(handle: Handle) -> impl Fn(Task, &RequestLog) -> Result<(), String> {
    move |task, log| {
        println!("asked for {}, {} stops", task.id(), task.stops().len());
        let log = log.clone();
        let posted = handle.post(move |turn| {
            if let Err(why) = turn.node.submit(turn.now, task, turn.travel) {
                log.refuse(&why.to_string());
            }
        });
        posted.map_err(|why| why.to_string())
    }
}

/// Publishes what is known.
struct Teller {
    handle: Handle,
    fleet: Ros2Fleet,
    requests: TaskRequests,
    links: Links,
    /// Requests, as was said.
    refused: u64,
}

impl Teller {
    fn tell(&mut self) -> Result<(), Box<dyn Error>> {
        let settings = self.fleet.node().settings().clone();
        let report = self
            .handle
            .ask(move |turn| FleetReport::of(turn.node, turn.now, utc(), &settings));
        let mut report = report.wait(PATIENCE)?;
        for link in self.links.reports() {
            let name = format!("fleet: link to {}", link.node);
            report.statuses.push(link_status(&link, &LinkBudget::SITE, &name));
        }
        let status = self.requests.log().status("fleet: task requests");
        if self.requests.log().refused() > self.refused {
            self.refused = self.requests.log().refused();
            println!("{}", status.message);
        }
        report.statuses.push(status);
        self.fleet.publish(&report)?;
        Ok(())
    }
}

/// A robot that coordinates itself.
fn node() -> Result<Node, Invalid> {
    let mut spec = RobotSpec::new(ROBOT, Place::at(0.0, 0.0));
    (spec.speed, spec.battery) = (SPEED, Some(BATTERY));
    let mut node = Node::robot(Config::new(ROBOT.node()), Robot::new(spec)?, 1)?;
    node.set_utc(Time::ZERO, utc());
    Ok(node)
}

fn utc() -> UtcTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcTime::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Drives in straight lines, and works at each stop for as long as the task says.
#[derive(Default)]
struct Body {
    at: Point,
    metres: f64,
    ticks: u32,
    /// And which of its stops is next.
    task: Option<(Arc<Task>, usize)>,
    /// Ticks of work that are left at this stop, once it has begun.
    work: Option<u128>,
}

impl Body {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Start { task, stops_done, .. } => {
                println!("starts {}", task.id());
                (self.task, self.work) = (Some((task, stops_done as usize)), None);
            }
            Event::Stop { task, why } => {
                println!("stops {task}: {why:?}");
                self.task = None;
            }
            _ => {}
        }
    }

    fn tick(&mut self, turn: &mut Turn<'_>) {
        self.ticks += 1;
        if let Some((task, next)) = self.task.clone()
            && turn.node.permit(task.id(), turn.now).is_some()
        {
            self.go_on(&task, next, turn);
        }
        let used =
            self.metres * BATTERY.per_metre + f64::from(self.ticks) * TICK.as_secs_f64() * BATTERY.per_second;
        let level = (1.0 - used / BATTERY.capacity).max(0.0);
        let told = turn.node.moved(Pose::new(self.at.into(), 0.0));
        if let Err(why) = told.and_then(|()| turn.node.charged(turn.now, level, turn.travel)) {
            println!("{why}");
        }
    }

    /// Moves or works, and reports.
    fn go_on(&mut self, task: &Arc<Task>, next: usize, turn: &mut Turn<'_>) {
        let stop = task.stops()[next];
        match self.work {
            None => {
                if self.drive(stop.place) {
                    self.work = Some(stop.service.as_millis() / TICK.as_millis());
                    self.report(turn, task.id(), Report::Begun);
                }
            }
            Some(0) => {
                let last = next + 1 == task.stops().len();
                (self.task, self.work) = ((!last).then(|| (task.clone(), next + 1)), None);
                if last {
                    println!("has done {}", task.id());
                }
                self.report(turn, task.id(), Report::StopDone);
            }
            Some(left) => self.work = Some(left - 1),
        }
    }

    /// Whether it is there. Numbered places are nowhere here, and reached at once.
    fn drive(&mut self, to: Place) -> bool {
        let Some(to) = to.point() else { return true };
        let (left, step) = (self.at.distance(to), SPEED * TICK.as_secs_f64());
        if left <= step {
            (self.at, self.metres) = (to, self.metres + left);
            return true;
        }
        let between = |from: f64, to: f64| from + (to - from) * step / left;
        self.at = Point::new(between(self.at.x(), to.x()), between(self.at.y(), to.y()));
        self.metres += step;
        false
    }

    fn report(&mut self, turn: &mut Turn<'_>, task: TaskId, report: Report) {
        if let Err(why) = turn.node.report(turn.now, task, report, turn.travel) {
            println!("{task}: {why}");
            self.task = None;
        }
    }
}
