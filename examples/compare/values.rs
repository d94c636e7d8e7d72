//! What can be written in the lists of the command line.

use std::time::Duration;

use fleet_examples::program::seconds;

/// Nobody waits longer before it claims a task, in seconds.
const SETTLE: f64 = 60.0;

pub(crate) fn loss(text: &str) -> Result<f64, String> {
    let loss: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    if (0.0..1.0).contains(&loss) {
        // So that -0 is 0.
        Ok(loss.abs())
    } else {
        Err(format!("{text} is not from 0 to below 1"))
    }
}

pub(crate) fn settle(text: &str) -> Result<Duration, String> {
    let settle = seconds(text)?;
    if settle.as_secs_f64() > SETTLE {
        return Err(format!("{text} is more than {SETTLE} seconds"));
    }
    Ok(settle)
}

/// A time of the simulation, after its beginning.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let duration = seconds(text)?;
    if duration.is_zero() || duration > Duration::from_secs(1_000_000) {
        return Err(format!("{text} is not from above 0 to 1000000 seconds"));
    }
    Ok(duration)
}
