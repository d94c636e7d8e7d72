use std::time::Duration;

use fleet_core::sim::{Fading, Faults, Topology};

use crate::scenario::TOPOLOGIES;

/// Seconds, as `0.25`.
///
/// # Errors
/// What is wrong with `text`.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| format!("'{text}' is not a number of seconds"))?;
    Duration::try_from_secs_f64(seconds).map_err(|_| format!("'{text}' is no time: give seconds, 0 or more"))
}

/// Who hears whom: a name, or the range of radios in metres.
///
/// # Errors
/// What is wrong with `text`.
pub fn topology(text: &str) -> Result<Topology, String> {
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

/// How losses hang together, as `burst=1.5`.
///
/// # Errors
/// What is wrong with `text`.
pub fn fading(text: &str) -> Result<Fading, String> {
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
