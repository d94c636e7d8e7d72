//! A router: a Zenoh session that passes on what others send.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use zenoh::Wait;

use crate::settings::Settings;

/// Time between two looks at the flag.
const LOOK: Duration = Duration::from_millis(50);

/// Runs until `stop`.
///
/// # Errors
/// If it cannot begin, or its session does not close.
pub fn run(settings: &Settings, stop: &AtomicBool) -> Result<(), String> {
    let session = settings.session_of_router()?;
    let session = session.open_unless(|| stop.load(Ordering::Relaxed));
    let session = session.map_err(|error| format!("link: {error}"))?;
    eprintln!("router: ready at {}", settings.link.listen.join(", "));
    while !stop.load(Ordering::Relaxed) && !session.is_closed() {
        thread::sleep(LOOK);
    }
    session.close().wait().map_err(|error| error.to_string())?;
    eprintln!("router: stopped");
    Ok(())
}
