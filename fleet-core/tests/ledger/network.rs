//! What the network does, and what goes over it.

use std::time::Duration;

use fleet_core::message::Between;

use crate::fleet::millis;
use crate::robots::{Beat, Heard};

/// How bad the network is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    pub(crate) loss: f64,
    pub(crate) twice: f64,
    /// Frames are late by up to this, ...
    pub(crate) delay: Duration,
    /// ... and a few by up to this.
    pub(crate) straggle: Duration,
}

impl Weather {
    pub(crate) const FAIR: Weather = Weather {
        loss: 0.0,
        twice: 0.0,
        delay: millis(10),
        straggle: millis(10),
    };
    pub(crate) const FOUL: Weather = Weather {
        loss: 0.2,
        twice: 0.1,
        delay: millis(150),
        straggle: millis(3_000),
    };
}

/// What was sent since the last look.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(crate) struct Traffic {
    /// Regular signs of life.
    pub(crate) signs: usize,
    /// All else.
    pub(crate) messages: usize,
    /// Records in those messages, with or without content.
    pub(crate) records: usize,
}

impl Traffic {
    pub(crate) fn count(&mut self, message: &Between) {
        match message {
            Between::Digest(digest) if digest.number > 0 => {
                self.signs += 1;
                return;
            }
            Between::Records { records, .. } => self.records += records.len(),
            Between::Ended(ended) => self.records += ended.len(),
            Between::Memory { records, ended, .. } => self.records += records.len() + ended.len(),
            _ => {}
        }
        self.messages += 1;
    }
}

/// What is on its way: where to, and what.
#[derive(Clone)]
pub(crate) enum Mail {
    Between(usize, usize, Between),
    Beat(usize, Beat),
    Heard(usize, Heard),
}
