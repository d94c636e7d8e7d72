//! What the parts of a node are lent for one call: the moment, the settings, the ways, and where to put what they
//! want done.

use crate::config::Config;
use crate::output::Outbox;
use crate::standing::Standing;
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::travel::Travel;
use crate::urgency::PriorityScheme;

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

/// All of it.
pub(crate) struct Context<'a> {
    pub(crate) now: Moment,
    pub(crate) config: &'a Config,
    pub(crate) scheme: &'a dyn PriorityScheme,
    pub(crate) travel: &'a mut dyn Travel,
    pub(crate) out: &'a mut Outbox,
}

impl Context<'_> {
    /// How a task stands for all who choose for themselves: as when it was submitted, so that all come to the same.
    pub(crate) fn standing(&self, task: &Task, submitted: UtcTime) -> Standing {
        self.scheme.standing(task, submitted, submitted)
    }
}
