//! What a robot answers when it is asked for the price of a task.

use serde::{Deserialize, Serialize};

use crate::ability::Ability;
use crate::objective::Terms;

/// The price of one task for one robot: what it adds to the cost of the robot's schedule.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
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
}
