//! How the programs are told to stop.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A flag that becomes true on SIGINT, SIGTERM and SIGHUP; with `with_parent` also when the standard input ends, which it
/// does when the process that started this one is gone. A second signal ends the program at once, with 130.
///
/// # Errors
/// If the system lets nobody listen.
pub fn when_told(with_parent: bool) -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })
    .map_err(|error| format!("signals cannot be heard: {error}"))?;
    if with_parent {
        let seen = stop.clone();
        let watch = move || {
            let mut byte = [0];
            while matches!(std::io::stdin().read(&mut byte), Ok(read) if read > 0) {}
            seen.store(true, Ordering::Relaxed);
        };
        thread::Builder::new()
            .name("parent".to_owned())
            .spawn(watch)
            .map_err(|error| format!("no thread could be started: {error}"))?;
    }
    Ok(stop)
}
