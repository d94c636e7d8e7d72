//! Who decides who should do what, since which order, and what of it a robot can still go by.

use serde::{Deserialize, Serialize};

/// Who decides who should do what. Who *may* is the same for all: leases from a majority of the witnesses.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The coordinator: it announces tasks, robots bid, the lowest bid wins.
    #[default]
    Centralized,
    /// The robots, by [consensus](crate::allocate::consensus): each chooses for itself and tells those who are near.
    Distributed,
    /// The robots, in cells: each chooses for itself and tells those of its cell, cells leave tasks to each other at a
    /// price, and as long as a coordinator is heard it says who should do what in all of them.
    Hybrid,
}

impl Strategy {
    /// Whether it is the robots that choose.
    pub(crate) fn robots_choose(self) -> bool {
        self != Strategy::Centralized
    }
}

/// A strategy, and the number of the order that chose it. Of two the one with the higher number holds, of equal numbers
/// the greater strategy; so all nodes come to the same one, whatever they hear first.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Regime {
    /// 0 as long as the settings' own is in use; otherwise as that of an [order](crate::ledger::Order::number_after).
    pub number: u64,
    /// Which.
    pub strategy: Strategy,
}

/// How a robot comes to its tasks for now: by the [strategy](Strategy) of its fleet, or by what is left of it where nodes
/// cannot be heard. The better, the smaller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A coordinator that leads is heard, and sells it tasks.
    Centralized,
    /// It chooses with the robots of its cell, and a witness is heard that can advise them.
    Hybrid,
    /// It chooses with the robots that it hears.
    Distributed,
    /// It hears nobody.
    Alone,
}

impl Mode {
    /// The best that `strategy` allows.
    pub(crate) const fn of(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Centralized => Mode::Centralized,
            Strategy::Distributed => Mode::Distributed,
            Strategy::Hybrid => Mode::Hybrid,
        }
    }
}
