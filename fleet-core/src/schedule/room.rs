//! Making room for a more urgent task.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::delay::seconds;
use super::job::Job;
use super::{Insertion, Schedule};
use crate::bid::{Bid, Decline};
use crate::objective::Terms;
use crate::time::UtcTime;
use crate::travel::Travel;

/// How a schedule would take one more task, and at what price.
#[derive(Clone, Debug)]
pub struct Quote {
    how: How,
    /// What the schedule costs more.
    pub terms: Terms,
    /// When the work on the task would begin.
    pub begin: UtcTime,
    /// When the task would be finished.
    pub end: UtcTime,
    /// Less urgent tasks, by number, that would have to go.
    pub displaced: Vec<u32>,
}

#[derive(Clone, Debug)]
enum How {
    Insert(Insertion),
    Replace(Box<Schedule>),
}

impl Quote {
    /// The price as it is sent to others.
    pub const fn bid(&self) -> Bid {
        Bid { terms: self.terms }
    }
}

impl From<Insertion> for Quote {
    fn from(insertion: Insertion) -> Self {
        Quote {
            terms: insertion.terms,
            begin: insertion.begin(),
            end: insertion.end(),
            displaced: Vec::new(),
            how: How::Insert(insertion),
        }
    }
}

impl Schedule {
    /// The price of `job`: its [best insertion](Self::best_insertion) or, if less urgent tasks stand in its way,
    /// what it costs to make room for it (O(visits squared), tried only then).
    ///
    /// # Errors
    /// Why there is no place for it.
    pub fn quote<T: Travel + ?Sized>(&self, job: &Job, travel: &mut T) -> Result<Quote, Decline> {
        match self.best_insertion(job, travel) {
            Ok(insertion) => Ok(insertion.into()),
            Err(reason) if self.could_yield(job, &reason) => self.make_room(job, travel).ok_or(reason),
            Err(reason) => Err(reason),
        }
    }

    /// The price of `job` if the work in hand is interrupted for it at `now`, and begun anew afterwards; `None` if
    /// that is of no use, or the objective does not allow it.
    pub fn quote_interrupting<T: Travel + ?Sized>(
        &self,
        job: &Job,
        now: UtcTime,
        travel: &mut T,
    ) -> Option<Quote> {
        let in_hand = self.visits.first().filter(|_| self.frozen > 0)?;
        if self.objective.interruption == 0.0 || job.urgency() <= in_hand.urgency {
            return None;
        }
        let mut trial = self.clone();
        trial.frozen = 0;
        trial.start.at = trial.start.at.max(now);
        trial.retime();
        let begun_anew = trial.terms() - self.terms();
        let quote = trial.quote(job, travel).ok()?;
        let (terms, begin, end) = (quote.terms, quote.begin, quote.end);
        let displaced = quote.displaced.clone();
        trial.accept(job, quote);
        if trial.visits.first()?.key != job.key() {
            return None;
        }
        let mut terms = terms + begun_anew;
        terms.interruption = self.objective.interruption;
        Some(Quote {
            how: How::Replace(Box::new(trial)),
            terms,
            begin,
            end,
            displaced,
        })
    }

    /// Takes `job` as `quote` says, which [`quote`](Self::quote) of this very schedule, unchanged since, gave.
    pub fn accept(&mut self, job: &Job, quote: Quote) {
        match quote.how {
            How::Insert(insertion) => self.insert(job, &insertion),
            How::Replace(schedule) => *self = *schedule,
        }
    }

    fn could_yield(&self, job: &Job, reason: &Decline) -> bool {
        let mendable = matches!(
            reason,
            Decline::Load | Decline::Battery | Decline::Deadline | Decline::MoreUrgent
        );
        mendable && self.first_below(job.urgency()).is_some()
    }

    /// Takes out all less urgent tasks, puts `job` in, and puts them back, the most urgent first.
    fn make_room<T: Travel + ?Sized>(&self, job: &Job, travel: &mut T) -> Option<Quote> {
        let mut trial = self.clone();
        let mut out = Vec::new();
        while let Some(k) = trial.first_below(job.urgency()) {
            let key = trial.visits[k].key;
            out.push(trial.remove(key, travel)?);
        }
        let insertion = trial.best_insertion(job, travel).ok()?;
        trial.insert(job, &insertion);
        out.sort_by_key(|other| core::cmp::Reverse(other.urgency()));
        let (mut displaced, mut price) = (Vec::new(), 0.0);
        for other in &out {
            match trial.best_insertion(other, travel) {
                Ok(place) => trial.insert(other, &place),
                Err(_) => {
                    displaced.push(other.key());
                    price += self.objective.unserved * other.weight();
                }
            }
        }
        let mut terms = trial.terms() - self.terms();
        terms.makespan = self.objective.makespan * seconds(trial.finish_micros().saturating_sub(job.since));
        terms.unserved = price;
        let begin = trial.visits().find(|visit| visit.key == job.key())?.begin;
        let end = trial.visits().filter(|visit| visit.key == job.key()).last()?.end;
        Some(Quote {
            how: How::Replace(Box::new(trial)),
            terms,
            begin,
            end,
            displaced,
        })
    }
}
