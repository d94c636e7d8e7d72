//! What the programs have in common: how they are told to stop, and what can be written on their command lines.

mod values;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use values::{fading, seconds, topology};

/// A flag that becomes true on SIGINT, SIGTERM and SIGHUP. A second signal does not wait for the end of what takes long:
/// it ends the program at once, with 130.
///
/// # Errors
/// If the system lets nobody listen.
pub fn stop_on_signal() -> Result<Arc<AtomicBool>, ctrlc::Error> {
    let stop = Arc::new(AtomicBool::new(false));
    let seen = stop.clone();
    ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;
    Ok(stop)
}

/// Whether a file can be written to `path`, which `option` names, before an hour is spent on it.
///
/// # Errors
/// Why not, in words that name both.
pub fn check_writable(option: &str, path: &Path) -> Result<(), String> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let refuse = |why: String| Err(format!("{option} {}: {why}", path.display()));
    if path.as_os_str().is_empty() {
        refuse("names no file".into())
    } else if path.is_dir() {
        refuse("is a folder: name a file in it".into())
    } else if !folder.is_dir() {
        refuse(format!("there is no folder {}", folder.display()))
    } else {
        Ok(())
    }
}
