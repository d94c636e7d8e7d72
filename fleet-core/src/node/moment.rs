use crate::time::{Time, UtcTime};

/// One moment, on this node's clock and on the calendar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Moment {
    pub(crate) time: Time,
    pub(crate) utc: UtcTime,
}

/// What to add to this node's clock to get the calendar.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Calendar(i64);

impl Calendar {
    pub(crate) fn set(&mut self, now: Time, utc: UtcTime) {
        self.0 = utc.as_micros().saturating_sub(clamp(now));
    }

    pub(crate) fn at(self, time: Time) -> Moment {
        Moment {
            time,
            utc: UtcTime::from_micros(clamp(time).saturating_add(self.0)),
        }
    }
}

fn clamp(time: Time) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}
