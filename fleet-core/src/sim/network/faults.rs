use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::invalid::{Invalid, Problem, in_range, positive};

/// Nothing of a network lasts longer than this, in seconds.
const LONGEST: f64 = 3600.0;

/// How bad links are: all of a network, or [some](super::Sites).
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// Shortest delay of a frame.
    pub delay_min: Duration,
    /// Longest delay of a frame; delays are spread evenly between the two.
    pub delay_max: Duration,
    /// Share of frames that are lost, from 0 to 1.
    pub loss: f64,
    /// Share of frames that arrive twice.
    pub duplicate: f64,
    /// Share of frames that are held back by up to ten longest delays, so that later ones overtake them.
    pub reorder: f64,
    /// Which frames are lost, of all.
    pub fading: Fading,
}

/// How losses on one link hang together in time. Their share is [`Faults::loss`] over long times, whichever it is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fading {
    /// Each frame is lost or not by itself.
    #[default]
    Independent,
    /// A link is good, when nothing is lost, or bad, when everything is (Gilbert 1960, Elliott 1963).
    GilbertElliott {
        /// How long bad times last on average; they and the good ones end without regard to how long they lasted.
        burst: Duration,
    },
    /// A link's gain is complex Gaussian, as where many echoes meet and none prevails. A frame is lost while its power
    /// is too low.
    Rayleigh {
        /// Time after which the correlation of the gain with what it was has fallen to 1/e.
        coherence: Duration,
    },
}

impl Default for Faults {
    /// A good wireless network: 2 to 10 ms, no faults.
    fn default() -> Self {
        Faults {
            delay_min: Duration::from_millis(2),
            delay_max: Duration::from_millis(10),
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            fading: Fading::Independent,
        }
    }
}

impl Faults {
    /// Whether the shares are shares, the delays in order, and times of fading above zero.
    ///
    /// # Errors
    /// Names the first field that makes no sense.
    pub fn check(&self) -> Result<(), Invalid> {
        in_range("loss", self.loss, 0.0, 1.0)?;
        in_range("duplicate", self.duplicate, 0.0, 1.0)?;
        in_range("reorder", self.reorder, 0.0, 1.0)?;
        in_range("delay_max", self.delay_max.as_secs_f64(), 0.0, LONGEST)?;
        if self.delay_max < self.delay_min {
            return Err(Invalid::new("delay_max", Problem::Before("least delay")));
        }
        match self.fading {
            Fading::Independent => Ok(()),
            Fading::GilbertElliott { burst } => span("fading.burst", burst),
            Fading::Rayleigh { coherence } => span("fading.coherence", coherence),
        }
    }
}

fn span(field: &str, span: Duration) -> Result<(), Invalid> {
    positive(field, span.as_secs_f64(), LONGEST).map(|_| ())
}
