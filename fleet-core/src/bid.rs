//! What a robot answers when it is asked for the price of a task.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ability::Ability;
use crate::objective::Terms;

/// The price of one task for one robot: what it adds to the cost of the robot's schedule.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Sparse", into = "Sparse")]
pub struct Bid {
    /// The price, by the terms of the objective.
    pub terms: Terms,
}

impl Bid {
    /// The price.
    pub fn cost(&self) -> f64 {
        self.terms.total()
    }
}

/// A bid as it travels: most terms of most objectives are zero.
#[derive(Serialize, Deserialize)]
struct Sparse {
    /// Bit `k` says that term `k` is among the values.
    present: u8,
    values: Vec<f64>,
}

impl From<Bid> for Sparse {
    fn from(bid: Bid) -> Sparse {
        let mut sparse = Sparse {
            present: 0,
            values: Vec::new(),
        };
        for (k, (_, value)) in bid.terms.named().into_iter().enumerate() {
            if value != 0.0 {
                sparse.present |= 1 << k;
                sparse.values.push(value);
            }
        }
        sparse
    }
}

impl TryFrom<Sparse> for Bid {
    type Error = &'static str;

    fn try_from(sparse: Sparse) -> Result<Bid, &'static str> {
        let mut values = sparse.values.iter();
        let mut term = |k: u8| {
            if sparse.present >> k & 1 == 1 {
                values.next().copied()
            } else {
                Some(0.0)
            }
        };
        let mut next = |k| {
            term(k)
                .filter(|value| value.is_finite())
                .ok_or("a bid's terms must be finite")
        };
        let terms = Terms {
            travel: next(0)?,
            flowtime: next(1)?,
            makespan: next(2)?,
            tardiness: next(3)?,
            energy: next(4)?,
            unserved: next(5)?,
            interruption: next(6)?,
        };
        let bid = Bid { terms };
        if values.next().is_none() && bid.cost().is_finite() {
            Ok(bid)
        } else {
            Err("a bid has too many terms")
        }
    }
}

impl Eq for Bid {}

impl core::hash::Hash for Bid {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        for (_, value) in self.terms.named() {
            ordered_float::OrderedFloat(value).hash(state);
        }
    }
}

/// Why a robot does not bid for a task, or refuses an award. Later ones come nearer to a bid.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Decline {
    /// It lacks an ability.
    #[error("cannot {0}")]
    Needs(Ability),
    /// It takes no new work: it is being drained, or told so by its application.
    #[error("takes no new work")]
    NotTaking,
    /// Its plan is as long as its settings allow.
    #[error("has a full plan")]
    Full,
    /// There is no way there.
    #[error("has no way there")]
    Unreachable,
    /// It cannot carry that much.
    #[error("cannot carry that much")]
    Load,
    /// Its battery would fall below the reserve.
    #[error("has too little charge")]
    Battery,
    /// It is charging, or on its way to a charger.
    #[error("is charging")]
    Charging,
    /// The task, or another one it has, would miss its deadline.
    #[error("cannot keep all deadlines")]
    Deadline,
    /// Only by making a more urgent task late.
    #[error("would make a more urgent task late")]
    MoreUrgent,
    /// It would cost more than leaving the task undone.
    #[error("costs more than leaving it undone")]
    TooCostly,
    /// The price rose since it was quoted: the award is refused, and new bids come with the refusal.
    #[error("has become dearer since the bid")]
    Dearer,
    /// No majority of witnesses granted it.
    #[error("got no majority of grants")]
    NotGranted,
    /// It has a task of this or another team, which has not begun.
    #[error("waits for another team, or is in this one already")]
    Team,
}
