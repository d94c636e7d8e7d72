//! What can be chosen for a run, by the scenario file or the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use fleet_core::allocate::Rule;
use fleet_core::sim::{Arrivals, Breakdown, Direction, Fading, Faults, Partition, Setup, Sites, Topology};
use fleet_core::travel::{Euclidean, GridTravel, Travel};
use fleet_core::urgency::Scheme;
use fleet_core::{Config, Objective, Place, Time};
use serde::Serialize;

use crate::readers::ReadError;
use crate::scenario::{Floor, Reveal, Scenario, Setting, fading_name, topology_name};

/// Who decides which robot does what.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum)]
pub enum Strategy {
    /// One coordinator auctions tasks to the robots.
    #[default]
    Centralized,
    /// The robots: each chooses for itself and tells those who are near.
    Distributed,
    /// The robots, in cells, and as long as it is heard a coordinator that advises all of them.
    Hybrid,
}

impl From<Strategy> for fleet_core::Strategy {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Centralized => fleet_core::Strategy::Centralized,
            Strategy::Distributed => fleet_core::Strategy::Distributed,
            Strategy::Hybrid => fleet_core::Strategy::Hybrid,
        }
    }
}

/// How awards are chosen from bids.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum)]
pub enum Allocator {
    /// The lowest bid first.
    #[default]
    Auction,
    /// First the task that loses most if its lowest bidder gets something else.
    AuctionRegret,
}

/// How urgency follows from a task.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, ValueEnum)]
pub enum UrgencyChoice {
    /// The priority class, and one class more for every ten minutes waited: nothing starves.
    #[default]
    Ageing,
    /// The priority class alone.
    Classes,
    /// The earliest due time first.
    Due,
    /// The least slack (due time less service time) first.
    Slack,
}

/// A name that one of the choices has, shown as it is typed.
macro_rules! shown {
    ($($choice:ty),*) => {$(
        impl fmt::Display for $choice {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let value = self.to_possible_value();
                f.write_str(value.as_ref().map_or("", |value| value.get_name()))
            }
        }
    )*};
}
shown!(Strategy, Allocator, UrgencyChoice);

/// What a good plan is: the name of a preset, or weights as `travel=1,tardiness=2.5`.
#[derive(Clone, PartialEq, Debug)]
pub struct ObjectiveChoice {
    objective: Objective,
    text: String,
}

impl Default for ObjectiveChoice {
    fn default() -> Self {
        ObjectiveChoice {
            objective: Objective::balanced(),
            text: "balanced".into(),
        }
    }
}

impl fmt::Display for ObjectiveChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ObjectiveChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let preset = match text {
            "balanced" => Some(Objective::balanced()),
            "minisum" => Some(Objective::minisum()),
            "minimax" => Some(Objective::minimax()),
            "miniave" => Some(Objective::miniave()),
            "punctual" => Some(Objective::punctual()),
            _ => None,
        };
        let objective = match preset {
            Some(objective) => objective,
            None => weights(text)?,
        };
        objective.check().map_err(|invalid| invalid.to_string())?;
        Ok(ObjectiveChoice {
            objective,
            text: text.into(),
        })
    }
}

fn weights(text: &str) -> Result<Objective, String> {
    let mut objective = Objective {
        travel: 0.0,
        ..Objective::minisum()
    };
    for part in text.split(',') {
        let (name, weight) = part.split_once('=').ok_or_else(|| {
            format!("'{part}' is neither balanced, minisum, minimax, miniave or punctual, nor like travel=1,tardiness=2")
        })?;
        let weight = weight
            .trim()
            .parse()
            .map_err(|_| format!("'{weight}' is not a number"))?;
        set_weight(&mut objective, name.trim(), weight)?;
    }
    Ok(objective)
}

fn set_weight(objective: &mut Objective, name: &str, weight: f64) -> Result<(), String> {
    let field = match name {
        "travel" => &mut objective.travel,
        "flowtime" => &mut objective.flowtime,
        "makespan" => &mut objective.makespan,
        "tardiness" => &mut objective.tardiness,
        "energy" => &mut objective.energy,
        "unserved" => &mut objective.unserved,
        "interruption" => &mut objective.interruption,
        _ => {
            return Err(format!(
                "'{name}' is no term: there are travel, flowtime, makespan, tardiness, energy, \
                 unserved and interruption"
            ));
        }
    };
    *field = weight;
    Ok(())
}

/// All choices of a run. What is `None` is as the scenario says or, if it says nothing, the default.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Choices {
    /// Who decides.
    pub strategy: Option<Strategy>,
    /// How awards are chosen.
    pub allocator: Option<Allocator>,
    /// How urgency follows from a task.
    pub urgency: Option<UrgencyChoice>,
    /// What a good plan is.
    pub objective: Option<ObjectiveChoice>,
    /// Who hears whom without the help of others.
    pub topology: Option<Topology>,
    /// Which frames are lost, of all.
    pub fading: Option<Fading>,
    /// Share of frames lost.
    pub loss: Option<f64>,
    /// Share of frames that arrive twice.
    pub duplicate: Option<f64>,
    /// Share of frames that later ones overtake.
    pub reorder: Option<f64>,
    /// Shortest and longest delay of a frame.
    pub delay: Option<(Duration, Duration)>,
    /// Bytes for distances on maps.
    pub cache_bytes: Option<usize>,
}

impl Choices {
    /// The same, with what the scenario chooses where nothing is chosen yet.
    ///
    /// # Errors
    /// If the scenario chooses something that there is not, and nothing else was chosen; says where.
    pub fn or_scenario(mut self, scenario: &Scenario) -> Result<Self, ReadError> {
        let settings = &scenario.settings;
        if self.strategy.is_none() {
            self.strategy = named(settings.strategy.as_ref())?;
        }
        if self.allocator.is_none() {
            self.allocator = named(settings.allocator.as_ref())?;
        }
        if self.urgency.is_none() {
            self.urgency = named(settings.urgency.as_ref())?;
        }
        if self.objective.is_none() && !settings.objective.is_empty() {
            let mut objective = Objective {
                travel: 0.0,
                ..Objective::minisum()
            };
            for (name, weight) in &settings.objective {
                set_weight(&mut objective, &name.value, *weight).map_err(|message| name.wrong(message))?;
            }
            let terms = settings
                .objective
                .iter()
                .map(|(name, weight)| format!("{}={weight}", name.value));
            self.objective = Some(ObjectiveChoice {
                objective,
                text: terms.collect::<Vec<_>>().join(","),
            });
        }
        Ok(self)
    }

    /// The simulation of `scenario` under these choices.
    pub fn setup(&self, scenario: &Scenario) -> Setup {
        let robots = scenario.robots.iter().map(|named| named.robot.clone()).collect();
        let tasks = scenario.tasks.iter().map(|timed| (timed.at, timed.task.clone()));
        let arrivals = match scenario.reveal {
            Reveal::Timed => Arrivals::Timed(tasks.collect()),
            Reveal::Pool { size } => Arrivals::Pool {
                open: size,
                tasks: tasks.map(|(_, task)| task).collect(),
            },
        };
        let mut setup = Setup::new(
            self.config(scenario),
            self.travel(&scenario.floor),
            robots,
            arrivals,
        );
        setup.topology = self.topology(scenario);
        setup.faults = self.faults(scenario);
        setup.sites = sites(scenario);
        setup.partitions = partitions(scenario);
        let breakdown = |event: &crate::scenario::Breakdown| Breakdown {
            robot: event.robot,
            at: Time::ZERO + event.at,
            repair: event.repair_after,
        };
        setup.breakdowns = scenario.breakdowns.iter().map(breakdown).collect();
        setup.seed = scenario.seed;
        setup
    }

    fn config(&self, scenario: &Scenario) -> Config {
        let mut config = scenario.deployment.config.clone();
        config.strategy = self.strategy.unwrap_or_default().into();
        config.objective = self.objective.clone().unwrap_or_default().objective;
        config.rule = match self.allocator.unwrap_or_default() {
            Allocator::Auction => Rule::LowestBid,
            Allocator::AuctionRegret => Rule::Regret,
        };
        config.scheme = match self.urgency.unwrap_or_default() {
            UrgencyChoice::Ageing => Scheme::Ageing {
                patience: Duration::from_secs(600),
            },
            UrgencyChoice::Classes => Scheme::FixedClasses,
            UrgencyChoice::Due => Scheme::EarliestDue,
            UrgencyChoice::Slack => Scheme::Slack,
        };
        let abilities = scenario.robots.iter().flat_map(|named| named.robot.abilities());
        config.abilities = Some(abilities.cloned().collect());
        config.chargers = scenario
            .chargers
            .iter()
            .map(|point| Place::Point(*point))
            .collect();
        config
    }

    fn travel(&self, floor: &Floor) -> Box<dyn Travel> {
        match floor.map() {
            Some(map) => {
                let travel = GridTravel::new(map.clone());
                Box::new(match self.cache_bytes {
                    Some(bytes) => travel.with_cache_bytes(bytes),
                    None => travel,
                })
            }
            None => Box::new(Euclidean),
        }
    }

    fn topology(&self, scenario: &Scenario) -> Topology {
        let chosen = self.topology.as_ref().unwrap_or(&scenario.network.topology);
        chosen.clone()
    }

    /// The network of the run.
    pub fn faults(&self, scenario: &Scenario) -> Faults {
        let network = &scenario.network;
        let (delay_min, delay_max) = self.delay.unwrap_or((network.min_delay, network.max_delay));
        Faults {
            delay_min,
            delay_max,
            loss: self.loss.unwrap_or(network.loss),
            duplicate: self.duplicate.unwrap_or(network.duplicate),
            reorder: self.reorder.unwrap_or(network.reorder),
            fading: self.fading.unwrap_or(network.fading),
        }
    }
}

/// How a run was made, as far as it can be chosen: what is written into its results.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Settings {
    /// The deployment pattern, or `none`.
    pub pattern: String,
    /// Who decided.
    pub strategy: String,
    /// How awards were chosen.
    pub allocator: String,
    /// How urgency followed from a task.
    pub urgency: String,
    /// What a good plan was.
    pub objective: String,
    /// Who heard whom without the help of others, as the command line has it.
    pub topology: String,
    /// Which messages were lost, as the command line has it.
    pub fading: String,
    /// Share of messages lost.
    pub loss: f64,
    /// Share of messages that arrived twice.
    pub duplicate: f64,
    /// Share of messages that could be overtaken.
    pub reorder: f64,
    /// Shortest delay of a message, in seconds.
    pub delay_min: f64,
    /// Longest delay of a message that was not held back, in seconds.
    pub delay_max: f64,
}

impl Choices {
    /// What a run of `scenario` under these choices is made with.
    pub fn settings(&self, scenario: &Scenario) -> Settings {
        let faults = self.faults(scenario);
        let pattern = scenario.deployment.pattern;
        Settings {
            pattern: pattern.map_or("none", |pattern| pattern.name()).into(),
            strategy: self.strategy.unwrap_or_default().to_string(),
            allocator: self.allocator.unwrap_or_default().to_string(),
            urgency: self.urgency.unwrap_or_default().to_string(),
            objective: self.objective.clone().unwrap_or_default().to_string(),
            topology: topology_name(&self.topology(scenario)),
            fading: fading_name(faults.fading),
            loss: faults.loss,
            duplicate: faults.duplicate,
            reorder: faults.reorder,
            delay_min: faults.delay_min.as_secs_f64(),
            delay_max: faults.delay_max.as_secs_f64(),
        }
    }
}

fn named<T: ValueEnum>(setting: Option<&Setting>) -> Result<Option<T>, ReadError> {
    let Some(setting) = setting else { return Ok(None) };
    T::from_str(&setting.value, false).map(Some).map_err(|_| {
        let names = T::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value);
        let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
        setting.wrong(format!(
            "there is no '{}': choose {}",
            setting.value,
            names.join(" or ")
        ))
    })
}

/// The robots are at one site; the servers are together at another one, with wires between them, if there is an uplink.
fn sites(scenario: &Scenario) -> Sites {
    let Some(uplink) = scenario.network.uplink else {
        return Sites::default();
    };
    let wired = Faults {
        delay_min: Duration::from_micros(500),
        delay_max: Duration::from_millis(1),
        ..Faults::default()
    };
    let links = Sites::default().link(0, 1, uplink).link(1, 1, wired);
    let servers = scenario.deployment.servers.iter();
    servers.fold(links, |sites, server| sites.put(*server, 1))
}

fn partitions(scenario: &Scenario) -> Vec<Partition> {
    let partition = |cut: &crate::scenario::Partition| Partition {
        from: Time::ZERO + cut.from,
        until: Time::ZERO + cut.until,
        nodes: cut.robots.iter().map(|robot| robot.node()).collect(),
        direction: Direction::Both,
    };
    scenario.partitions.iter().map(partition).collect()
}
