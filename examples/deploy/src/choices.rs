//! What can be chosen of a fleet, by the names that its settings use.

use std::time::Duration;

use clap::ValueEnum;
use fleet_core::Config;
use fleet_core::allocate::Rule;
use serde::Deserialize;

/// Who decides which robot does what.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// The orchestrator that leads auctions tasks to the robots.
    #[default]
    Centralized,
    /// The robots: each chooses for itself and tells the others.
    Distributed,
    /// The robots, in cells, with advice from the orchestrator that leads.
    Hybrid,
}

/// How awards are chosen from bids, where an orchestrator chooses.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    /// The lowest bid first.
    #[default]
    AuctionBased,
    /// First the task that loses most if its lowest bidder gets something else.
    AuctionRegret,
}

/// Which task goes first.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// The priority class, and one class more for every ten minutes waited: nothing starves.
    #[default]
    UrgencyBased,
    /// The priority class alone.
    FixedClasses,
    /// The earliest due time first.
    EarliestDue,
    /// The least slack (due time less service time) first.
    Slack,
}

impl Strategy {
    /// Sets it.
    pub fn apply(self, config: &mut Config) {
        config.strategy = match self {
            Strategy::Centralized => fleet_core::Strategy::Centralized,
            Strategy::Distributed => fleet_core::Strategy::Distributed,
            Strategy::Hybrid => fleet_core::Strategy::Hybrid,
        };
    }
}

impl Algorithm {
    /// Sets it.
    pub fn apply(self, config: &mut Config) {
        config.rule = match self {
            Algorithm::AuctionBased => Rule::LowestBid,
            Algorithm::AuctionRegret => Rule::Regret,
        };
    }
}

impl Scheme {
    /// Sets it.
    pub fn apply(self, config: &mut Config) {
        use fleet_core::urgency::Scheme as Core;
        config.scheme = match self {
            Scheme::UrgencyBased => Core::Ageing {
                patience: Duration::from_secs(600),
            },
            Scheme::FixedClasses => Core::FixedClasses,
            Scheme::EarliestDue => Core::EarliestDue,
            Scheme::Slack => Core::Slack,
        };
    }
}
