//! Where reports go, and how fast.

use std::time::Duration;

use fleet_zenoh::spool::{Keep, PART, Target};
use serde::Deserialize;

use super::file::span;
use crate::Wrong;

/// More often nothing is looked at.
const SHORTEST: Duration = Duration::from_millis(100);

/// What a settings file says of reports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportsTable {
    /// A folder, or `s3://bucket/prefix`.
    pub to: String,
    /// Bytes a second.
    #[serde(default = "rate")]
    pub rate: u32,
    /// Bytes that wait at most.
    #[serde(default = "keep")]
    pub keep: u64,
    /// Seconds between two reports.
    #[serde(default = "every")]
    pub every: f64,
}

const fn rate() -> u32 {
    50_000
}

const fn keep() -> u64 {
    64 << 20
}

const fn every() -> f64 {
    60.0
}

/// Reports that are to be sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReportSettings {
    /// Where to.
    pub to: Target,
    /// Bytes a second.
    pub rate: u32,
    /// How much waits at most.
    pub keep: Keep,
    /// Time between two reports.
    pub every: Duration,
}

impl ReportsTable {
    /// As they are meant.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub(super) fn read(&self) -> Result<ReportSettings, Wrong> {
        let to: Target = self.to.parse().map_err(|error| Wrong::new("reports.to", error))?;
        if matches!(to, Target::S3 { .. }) && !cfg!(feature = "s3") {
            let message =
                "is S3, which this program was built without: build it with --features s3, or name a folder";
            return Err(Wrong::new("reports.to", message));
        }
        if self.rate == 0 {
            return Err(Wrong::new("reports.rate", "must be 1 byte a second or more"));
        }
        let mut keep = Keep::default();
        keep.bytes = self.keep;
        if keep.bytes < 2 * PART as u64 {
            let message = format!("must be {} bytes or more, but is {}", 2 * PART, self.keep);
            return Err(Wrong::new("reports.keep", message));
        }
        let every = span("reports.every", self.every)?;
        if every < SHORTEST {
            let message = format!("must be 0.1 seconds or more, but is {}", self.every);
            return Err(Wrong::new("reports.every", message));
        }
        Ok(ReportSettings {
            to,
            rate: self.rate,
            keep,
            every,
        })
    }
}
