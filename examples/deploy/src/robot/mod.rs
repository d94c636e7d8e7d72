//! A robot: its node, and the body that the node moves.

mod uplink;
mod work;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use fleet_core::drive::Driver;
use fleet_core::travel::Euclidean;
use fleet_core::{Event, Node, NodeId, Report};
use fleet_zenoh::link::Metered;
use fleet_zenoh::{Runner, Seat, ZenohTransport, monotonic};

use crate::body::Body;
use crate::links::{Following, Neighbours};
use crate::log::Log;
use crate::node::Calendar;
use crate::reports::Reports;
use crate::settings::Settings;
use crate::{names, node};
use uplink::Uplink;
use work::Work;

/// Time between two looks at the body.
const LOOK: Duration = Duration::from_millis(50);
/// How long the witnesses are waited for, when all is given back, until they have noted it.
const NOTED: Duration = Duration::from_secs(5);

/// Runs until `stop`; then the robot takes no more tasks, gives back what it has not begun, finishes what it is at, and
/// leaves when the witnesses have noted that.
///
/// # Errors
/// If it cannot begin, its node ends by itself, or it had to leave with something that is not noted.
pub fn run<B: Body>(
    settings: &Settings,
    body: impl FnOnce(Instant) -> B,
    stop: &AtomicBool,
) -> Result<(), String> {
    let (robot, drain_within) = (settings.as_robot()?, settings.drain_within()?);
    let (id, name) = (robot.id(), names::robot(robot.id()));
    let (journal, kept) = node::journal(&settings.data, &name)?;
    let boot = kept.boot;
    let mut log = Log::open(settings.robot.log.as_deref(), id)?;
    let clock = monotonic();
    let machine = Node::robot(settings.config.clone(), robot, boot);
    let machine = node::restored(machine, kept.entries, clock())?;
    let session = settings.session_of_robot(id.node())?;
    let session = session.open_unless(|| stop.load(Ordering::Relaxed));
    let session = session.map_err(|error| format!("link: {error}"))?;
    let witnesses = settings.config.witnesses.iter().copied();
    let neighbours = Neighbours::of(&session, &settings.fleet, id.node(), witnesses)?;
    let reports = reports(settings, id.node(), &neighbours)?;
    let transport = ZenohTransport::join(&session, Seat::robot(settings.fleet.clone(), id))
        .map_err(|error| error.to_string())?;
    let transport = Metered::new(transport, neighbours.meter());
    // The node tells no more than a few things for each task that it takes, which are few.
    let (tell, told) = channel();
    let driver = Driver::with_journal(machine, transport, journal);
    let runner = Runner::spawn(driver, Euclidean, clock, move |event: Event, _| {
        drop(tell.send(event))
    });
    let runner = runner.map_err(|error| format!("no thread could be started: {error}"))?;
    log.process("up");
    eprintln!("{name}: ready, life {boot}");
    let mut work = Work::new(
        runner.handle(),
        body(Instant::now()),
        log,
        settings.config.charge_to.0,
    );
    let mut drain = Drain::default();
    let mut calendar = Calendar::default();
    let mut following = Following::new(neighbours);
    loop {
        match told.recv_timeout(LOOK) {
            Ok(event) => work.obey(event),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        work.go_on();
        calendar.keep(&runner.handle());
        following.keep(&runner.handle());
        if stop.load(Ordering::Relaxed) && drain.is_over(&name, &mut work, drain_within) {
            break;
        }
    }
    let (clear, ended) = (work.is_clear(), runner.handle().is_stopped());
    work.leave();
    let node = node::end(runner);
    if let Some(reports) = reports {
        reports.end();
    }
    node?;
    match (ended, clear) {
        (true, _) => Err("the node has ended by itself".to_owned()),
        (false, false) => Err(format!(
            "{name}: stopped, but the orchestrators have not noted all: they wait for its leases to run out"
        )),
        (false, true) => {
            eprintln!("{name}: drained and stopped");
            Ok(())
        }
    }
}

/// Reports of the execution log, if there are to be any. They wait while the links to the orchestrators are bad.
fn reports(settings: &Settings, node: NodeId, links: &Neighbours) -> Result<Option<Reports>, String> {
    if settings.reports.is_none() {
        return Ok(None);
    }
    let log = settings.robot.log.as_deref();
    let log = log.ok_or("robot.log: is missing, and reports are of it: give --log, or ROBOT_LOG")?;
    let uplink = Uplink::new(links.clone(), &settings.config);
    let name = names::node(node);
    Reports::start(settings, &name, "log", log, move || uplink.is_good())
}

/// Leaving in good order.
#[derive(Default)]
struct Drain {
    since: Option<Instant>,
    given_back: bool,
}

impl Drain {
    /// The next step of it.
    fn is_over<B: Body>(&mut self, name: &str, work: &mut Work<B>, within: Duration) -> bool {
        let first = self.since.is_none();
        let since = *self.since.get_or_insert_with(Instant::now);
        let given = work.give_back_what_waits();
        if first {
            let at_it = work.task().map_or("nothing".to_owned(), names::task);
            eprintln!("{name}: drains: gives back {given}, finishes {at_it}");
        }
        if since.elapsed() >= within && !self.given_back {
            self.given_back = true;
            work.report_current(Report::GiveBack);
        }
        work.is_clear() || since.elapsed() >= within + NOTED
    }
}
