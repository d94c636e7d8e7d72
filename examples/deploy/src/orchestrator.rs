//! An orchestrator: coordinator and witness.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fleet_core::Node;
use fleet_core::drive::Driver;
use fleet_core::travel::Euclidean;
use fleet_zenoh::audit::{Audit, Keep, Watch};
use fleet_zenoh::link::Metered;
use fleet_zenoh::{Presence, Runner, Seat, Tls, ZenohTransport, monotonic};

use crate::desk::{self, Identity, Scribe};
use crate::links::Neighbours;
use crate::node::Calendar;
use crate::reports::Reports;
use crate::settings::Settings;
use crate::{names, node};

/// Time between two looks at the flag.
const LOOK: Duration = Duration::from_millis(50);
/// How long the last lines of the audit may take to be written.
const WRITTEN: Duration = Duration::from_secs(2);

/// Runs until `stop`.
///
/// # Errors
/// If it cannot begin, or its node ends by itself.
pub fn run(settings: &Settings, stop: &AtomicBool) -> Result<(), String> {
    let (at, id) = settings.as_orchestrator()?;
    let name = names::node(id);
    let (journal, kept) = node::journal(&settings.data, &name)?;
    let (boot, entries) = (kept.boot, kept.entries.len());
    let clock = monotonic();
    let machine = Node::coordinator(settings.config.clone(), id, boot);
    let machine = node::restored(machine, kept.entries, clock())?;
    let session = settings.session_of_orchestrator(at, id)?;
    let path = settings.data.join(format!("{name}.audit.jsonl"));
    let audit = Audit::open(&path, Keep::default()).map_err(|error| format!("data: {error}"))?;
    let scribe = scribe(audit.clone(), session.tls.as_ref())?;
    let reports = Reports::start(settings, &name, "audit", &path, || true)?;
    let session = session.open_unless(|| stop.load(Ordering::Relaxed));
    let session = session.map_err(|error| format!("link: {error}"))?;
    let (fleet, witnesses) = (&settings.fleet, settings.config.witnesses.iter().copied());
    let neighbours = Neighbours::of(&session, fleet, id, witnesses)?.and_all(&session, fleet, id)?;
    let transport =
        ZenohTransport::join(&session, Seat::node(fleet.clone(), id)).map_err(|error| error.to_string())?;
    let transport = Metered::new(transport, neighbours.meter());
    let opening = desk::opening(scribe);
    let tray = opening.tray();
    let driver = Driver::with_journal(machine, transport, journal);
    let runner = Runner::spawn(driver, Euclidean, clock, move |event, turn| {
        tray.tell(&event, turn)
    });
    let runner = runner.map_err(|error| format!("no thread could be started: {error}"))?;
    let handle = runner.handle();
    let presence = Presence::hint(&session, fleet, handle.clone());
    let _presence = presence.map_err(|error| format!("link: {error}"))?;
    let (fleet, size) = (fleet.clone(), settings.size);
    let desk = opening.open(
        &session,
        Identity {
            fleet,
            id,
            size,
            boot,
            neighbours,
        },
        handle.clone(),
    )?;
    eprintln!("{name}: ready, life {boot}, {entries} entries in its journal");
    let mut calendar = Calendar::default();
    while !stop.load(Ordering::Relaxed) && !handle.is_stopped() {
        thread::sleep(LOOK);
        calendar.keep(&handle);
    }
    desk.close();
    let node = node::end(runner);
    if let Some(reports) = reports {
        // What is not written by then is in the next life's reports.
        let _ = audit.flush(WRITTEN);
        reports.end();
    }
    node?;
    if !stop.load(Ordering::Relaxed) {
        return Err("the node has ended by itself".to_owned());
    }
    eprintln!("{name}: stopped");
    Ok(())
}

/// What writes the audit; with certificates it also has what Zenoh refuses.
fn scribe(audit: Audit, tls: Option<&Tls>) -> Result<Scribe, String> {
    let access = tls.map(|tls| tls.access.clone());
    if let Some(access) = access.clone() {
        let watch = Watch::new(audit.clone(), access, node::utc);
        watch.install().map_err(|error| error.to_string())?;
    }
    Ok(Scribe::new(audit, access))
}
