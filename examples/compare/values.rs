//! What can be written in the lists of the command line.

use std::time::Duration;

use fleet_core::sim::{Fading, Faults, Topology};
use fleet_examples::scenario::TOPOLOGIES;

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

pub(crate) fn fading(text: &str) -> Result<Fading, String> {
    let fading = match text.split_once('=') {
        None if text == "independent" => Fading::Independent,
        Some(("burst", burst)) => Fading::GilbertElliott {
            burst: seconds(burst)?,
        },
        Some(("coherence", coherence)) => Fading::Rayleigh {
            coherence: seconds(coherence)?,
        },
        _ => {
            return Err(format!(
                "'{text}' is neither independent, nor like burst=1.5 or coherence=0.5"
            ));
        }
    };
    let faults = Faults {
        fading,
        ..Faults::default()
    };
    faults.check().map_err(|invalid| invalid.to_string())?;
    Ok(fading)
}

pub(crate) fn topology(text: &str) -> Result<Topology, String> {
    if let Some((_, named)) = TOPOLOGIES.into_iter().find(|(name, _)| *name == text) {
        return Ok(named);
    }
    let range = text
        .parse()
        .map_err(|_| format!("'{text}' is neither full, line, ring or star, nor a range in metres"))?;
    let radio = Topology::Radio { range };
    radio.check(|_| true).map_err(|invalid| invalid.to_string())?;
    Ok(radio)
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

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("'{text}' is no time: give seconds, 0 or more"))
}
