//! One link, as its probes and its bytes show it.

use std::collections::VecDeque;
use std::time::Duration;

use fleet_core::{NodeId, Time};

use super::report::LinkReport;
use super::{LinkSettings, WINDOW};

/// Slots of time in which bytes are counted.
const SLOTS: usize = 10;
/// Length of one.
const SLOT: Duration = Duration::from_secs(1);
/// By how much a new difference moves the jitter (RFC 3550, section 6.4.1).
const GAIN: f64 = 1.0 / 16.0;

/// A probe, and what became of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Asked {
    number: u32,
    at: Time,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Waits,
    Answered(Duration),
    Lost,
}

impl Asked {
    fn is_late(&self, now: Time, settings: &LinkSettings) -> bool {
        self.fate == Fate::Waits && now.since(self.at) > settings.timeout
    }

    fn round_trip(&self) -> Option<Duration> {
        match self.fate {
            Fate::Answered(round_trip) => Some(round_trip),
            Fate::Waits | Fate::Lost => None,
        }
    }
}

/// The other end.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Peer {
    since: Time,
    next: Time,
    number: u32,
    /// The latest, oldest first.
    asked: VecDeque<Asked>,
    /// When the latest answer came.
    heard: Option<Time>,
    /// Longest times between two answers, with when they ended: each longer than all that follow.
    gaps: VecDeque<(Time, Duration)>,
    last: Option<Duration>,
    /// Seconds.
    jitter: f64,
    bytes: VecDeque<(u64, u64)>,
}

impl Peer {
    pub(super) fn new(now: Time) -> Self {
        Peer {
            since: now,
            next: now,
            number: 0,
            asked: VecDeque::new(),
            heard: None,
            gaps: VecDeque::new(),
            last: None,
            jitter: 0.0,
            bytes: VecDeque::new(),
        }
    }

    /// When the next probe is due.
    pub(super) const fn next(&self) -> Time {
        self.next
    }

    /// The number of a probe, if one is due.
    pub(super) fn ask(&mut self, now: Time, settings: &LinkSettings) -> Option<u32> {
        self.give_up(now, settings);
        if now < self.next {
            return None;
        }
        self.next = now + settings.interval;
        self.number = self.number.wrapping_add(1);
        if self.asked.len() == WINDOW {
            self.asked.pop_front();
        }
        self.asked.push_back(Asked {
            number: self.number,
            at: now,
            fate: Fate::Waits,
        });
        Some(self.number)
    }

    fn give_up(&mut self, now: Time, settings: &LinkSettings) {
        for asked in &mut self.asked {
            if asked.is_late(now, settings) {
                asked.fate = Fate::Lost;
            }
        }
    }

    /// An answer; `false` if nobody waits for it.
    pub(super) fn hear(&mut self, number: u32, now: Time, settings: &LinkSettings) -> bool {
        self.give_up(now, settings);
        let waits = |asked: &&mut Asked| asked.number == number && asked.fate == Fate::Waits;
        let Some(asked) = self.asked.iter_mut().find(waits) else {
            return false;
        };
        let round_trip = now.since(asked.at);
        asked.fate = Fate::Answered(round_trip);
        if let Some(last) = self.last.replace(round_trip) {
            let difference = round_trip.abs_diff(last).as_secs_f64();
            self.jitter += (difference - self.jitter) * GAIN;
        }
        let gap = now.since(self.heard.unwrap_or(self.since));
        self.gaps.retain(|(_, longer)| *longer > gap);
        self.gaps.push_back((now, gap));
        self.heard = Some(now);
        let oldest = self.asked.front().map_or(now, |asked| asked.at);
        self.gaps.retain(|(ended, _)| *ended >= oldest);
        true
    }

    /// So many bytes came from there.
    pub(super) fn saw(&mut self, bytes: usize, now: Time) {
        let slot = slot(now);
        match self.bytes.back_mut() {
            Some((last, sum)) if *last >= slot => *sum = sum.saturating_add(bytes as u64),
            _ => self.bytes.push_back((slot, bytes as u64)),
        }
        while self.bytes.len() > SLOTS {
            self.bytes.pop_front();
        }
    }

    pub(super) fn report(&self, node: NodeId, now: Time, settings: &LinkSettings) -> LinkReport {
        let lost = self
            .asked
            .iter()
            .filter(|asked| asked.fate == Fate::Lost || asked.is_late(now, settings));
        let lost = lost.count();
        let mut round_trips: Vec<Duration> = self.asked.iter().filter_map(Asked::round_trip).collect();
        round_trips.sort_unstable();
        let ended = lost + round_trips.len();
        let silence = now.since(self.heard.unwrap_or(self.since));
        let gap = self.gaps.front().map_or(Duration::ZERO, |(_, gap)| *gap);
        LinkReport {
            node,
            round_trip: round_trips.get(round_trips.len() / 2).copied(),
            longest: round_trips.last().copied(),
            jitter: Duration::from_secs_f64(self.jitter),
            loss: if ended == 0 {
                0.0
            } else {
                lost as f64 / ended as f64
            },
            probes: ended,
            silence,
            // Between two answers passes an interval in any case.
            outage: gap.max(silence).saturating_sub(settings.interval),
            bytes_per_second: self.rate(now),
        }
    }

    /// Over the whole slots of late that are over.
    fn rate(&self, now: Time) -> f64 {
        let current = slot(now);
        let begin = current.saturating_sub(SLOTS as u64 - 1).max(slot(self.since));
        let over = self
            .bytes
            .iter()
            .filter(|(slot, _)| (begin..current).contains(slot));
        let sum: u64 = over.map(|(_, bytes)| bytes).sum();
        match current - begin {
            0 => 0.0,
            slots => sum as f64 / (SLOT * slots as u32).as_secs_f64(),
        }
    }

    /// How much is kept.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.asked.len().max(self.gaps.len()).max(self.bytes.len())
    }
}

fn slot(now: Time) -> u64 {
    now.as_micros() / SLOT.as_micros() as u64
}
