//! Known mistakes, put back to see that they are found.

use fleet_core::planted::Bug;

/// The mistake of this name.
pub(crate) fn parse(name: &str) -> Result<Bug, String> {
    let found = Bug::ALL.into_iter().find(|bug| bug.name() == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = Bug::ALL.into_iter().map(Bug::name).collect();
        format!("there is no such mistake: choose {}", names.join(", "))
    })
}

/// Whether this build can put mistakes back, or what to do.
pub(crate) fn available(bug: Bug) -> Result<(), String> {
    let how = format!(
        "cargo run --example soak --features planted -- --plant {}",
        bug.name()
    );
    if !cfg!(feature = "planted") {
        Err(format!("--plant: this build has no mistakes to put back: {how}"))
    } else if !cfg!(debug_assertions) {
        Err(format!(
            "--plant: a release build has no mistakes to put back: {how}"
        ))
    } else {
        Ok(())
    }
}

/// Puts it back on this thread.
#[cfg(all(feature = "planted", debug_assertions))]
pub(crate) fn plant(bug: Option<Bug>) {
    fleet_core::planted::plant(bug);
}

/// Refused before.
#[cfg(not(all(feature = "planted", debug_assertions)))]
pub(crate) fn plant(_bug: Option<Bug>) {}
