//! Ready-made settings: they always make sense, and leases last as long as is said.

use std::time::Duration;

use fleet_core::message::{Forfeit, KINDS};
use fleet_core::output::StopReason;
use fleet_core::pattern::{LinkBudget, Pattern};
use fleet_core::sim::{Arrivals, Faults, Happening, Observer, Setup, Sim};
use fleet_core::travel::Euclidean;
use fleet_core::{
    Config, Event, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time, wire,
};
use proptest::prelude::*;

fn robots(count: usize) -> Vec<RobotId> {
    (1..=count as u128).map(RobotId::from_u128).collect()
}

fn servers(count: usize) -> Vec<NodeId> {
    (1..=count as u128)
        .map(|k| NodeId::from_u128(1_000 + k))
        .collect()
}

/// All that can be built: a pattern, its robots and its servers.
fn fleets() -> impl Strategy<Value = (Pattern, usize, usize)> {
    prop_oneof![
        Just((Pattern::SingleRobot, 1, 0)),
        (1_usize..100).prop_map(|robots| (Pattern::RobotEdge, robots, 1)),
        (1_usize..100, 0_usize..3).prop_map(|(robots, k)| (Pattern::RobotCloud, robots, 1 + 2 * k)),
        (1_usize..100, 1_usize..3).prop_map(|(robots, k)| (Pattern::Fleet, robots, 1 + 2 * k)),
        (3_usize..100).prop_map(|robots| (Pattern::Fleet, robots, 0)),
    ]
}

fn links() -> impl Strategy<Value = LinkBudget> {
    let share = prop_oneof![Just(0.0), Just(0.5), 0.0..0.5];
    (0_u64..=10_000_000, share, 0_u64..=3_600_000, -12..=-1).prop_map(|(micros, loss, outage, risk)| {
        LinkBudget {
            round_trip: Duration::from_micros(micros),
            loss,
            outage: Duration::from_millis(outage),
            risk: 10.0_f64.powi(risk).clamp(1e-12, 0.1),
        }
    })
}

/// The chance that no majority of `n` witnesses answers an ask: all ways in which each answers or not.
fn unanswered(n: u32, loss: f64) -> f64 {
    let answers = (1.0 - loss) * (1.0 - loss);
    let ways = (0..1_u32 << n).filter(|way| way.count_ones() <= n / 2);
    ways.map(|way| {
        let count = way.count_ones() as i32;
        answers.powi(count) * (1.0 - answers).powi(n as i32 - count)
    })
    .sum()
}

/// How many asks a robot makes after one that was answered, whose answers arrive before it begins to stop.
fn asks_in_time(config: &Config, round_trip: Duration) -> u32 {
    let last = config.lease.length() - config.stopping - round_trip;
    let mut ask = config.heartbeat;
    let mut asks = 0;
    while ask < last {
        (ask, asks) = (ask + config.retry, asks + 1);
    }
    asks
}

proptest! {
    #[test]
    fn every_sensible_link_makes_sensible_settings((pattern, fleet, others) in fleets(), link in links()) {
        let config = pattern.config(&robots(fleet), &servers(others), &link).unwrap();
        prop_assert_eq!(config.check(), Ok(()));
        let expected = if others > 0 { others } else { fleet.min(3) };
        prop_assert_eq!(config.witnesses.len(), expected);
        // Nothing is repeated before its answer can be there, and nothing is offered while it is offered.
        prop_assert!(config.retry > link.round_trip);
        prop_assert!(config.auction > link.round_trip && config.reoffer > config.auction);
        prop_assert!(config.settle < config.commit);
    }

    #[test]
    fn a_lease_ends_no_more_often_than_stated((pattern, fleet, others) in fleets(), link in links()) {
        let config = pattern.config(&robots(fleet), &servers(others), &link).unwrap();
        let asks = asks_in_time(&config, link.round_trip);
        prop_assert!(asks >= 1);
        let lost = unanswered(config.witnesses.len() as u32, link.loss).powi(asks as i32);
        prop_assert!(lost <= link.risk * (1.0 + 1e-9), "{} of {}", lost, link.risk);
    }

    #[test]
    fn an_outage_costs_no_lease((pattern, fleet, others) in fleets(), link in links()) {
        let config = pattern.config(&robots(fleet), &servers(others), &link).unwrap();
        // The worst moment: the next ask after an answered one is the first that is lost, with all its answers.
        let gone = config.heartbeat;
        let back = gone + link.outage;
        let mut ask = config.heartbeat;
        while ask < back {
            ask += config.retry;
        }
        prop_assert!(ask + link.round_trip < config.lease.length() - config.stopping);
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_its_name() {
    let link = LinkBudget::SITE;
    let says = |pattern: Pattern, fleet, others, link: &LinkBudget| {
        let refused = pattern.config(&robots(fleet), &servers(others), link);
        refused.unwrap_err().to_string()
    };
    for (pattern, fleet, others, begins) in [
        (Pattern::SingleRobot, 0, 0, "robots: must be one"),
        (Pattern::SingleRobot, 2, 0, "robots: must be one"),
        (Pattern::SingleRobot, 1, 1, "servers: must be none"),
        (Pattern::RobotEdge, 4, 0, "servers: must be one"),
        (Pattern::RobotEdge, 4, 2, "servers: must be one"),
        (Pattern::RobotCloud, 4, 0, "servers: must be one, three or five"),
        (Pattern::RobotCloud, 4, 4, "servers: must be one, three or five"),
        (Pattern::Fleet, 2, 0, "robots: must be three at least"),
        (Pattern::Fleet, 9, 1, "servers: must be three or five"),
    ] {
        let said = says(pattern, fleet, others, &link);
        assert!(said.starts_with(begins), "{pattern}: {said}");
    }
    let twice = [NodeId::from_u128(7); 3];
    let refused = Pattern::Fleet.config(&robots(3), &twice, &link).unwrap_err();
    assert_eq!(refused.field, "witnesses");
    let hour = Duration::from_secs(3_601);
    for (bad, field) in [
        (
            LinkBudget {
                round_trip: hour,
                ..link
            },
            "link.round_trip",
        ),
        (LinkBudget { loss: 0.6, ..link }, "link.loss"),
        (
            LinkBudget {
                loss: f64::NAN,
                ..link
            },
            "link.loss",
        ),
        (LinkBudget { loss: -0.1, ..link }, "link.loss"),
        (LinkBudget { outage: hour, ..link }, "link.outage"),
        (LinkBudget { risk: 0.0, ..link }, "link.risk"),
        (LinkBudget { risk: 1e-30, ..link }, "link.risk"),
        (LinkBudget { risk: 1.0, ..link }, "link.risk"),
    ] {
        let said = says(Pattern::RobotEdge, 4, 1, &bad);
        assert!(said.starts_with(field), "{said}");
    }
}

#[test]
fn each_has_the_servers_and_the_link_that_it_says() {
    for pattern in Pattern::ALL {
        let fleet = if pattern == Pattern::SingleRobot { 1 } else { 8 };
        let config = pattern.config(&robots(fleet), &servers(pattern.servers()), &pattern.link());
        assert_eq!(config.map(|config| config.check()), Ok(Ok(())), "{pattern}");
        let written = serde_json::to_string(&pattern).unwrap();
        assert_eq!(written, format!("\"{pattern}\""));
        assert_eq!(serde_json::from_str::<Pattern>(&written).unwrap(), pattern);
    }
}

/// How often a robot asked, and how often it lost its lease.
#[derive(Default)]
struct Leases {
    asks: u32,
    lost: u32,
}

impl Observer for Leases {
    fn observe(&mut self, _: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Sent { frame, .. }
                if wire::kind(frame).is_some_and(|kind| KINDS[kind] == "heartbeat") =>
            {
                self.asks += 1;
            }
            Happening::Event {
                event: Event::Stop { why, .. },
                ..
            } => self.lost += u32::from(*why == StopReason::Lost(Forfeit::LeaseLost)),
            _ => {}
        }
    }
}

/// The nodes themselves, over a link as it was stated: a robot at one task without end, for hours.
#[test]
fn leases_of_a_robot_at_work_end_as_rarely_as_was_stated() {
    let link = LinkBudget {
        round_trip: Duration::from_millis(100),
        loss: 0.3,
        outage: Duration::ZERO,
        risk: 0.05,
    };
    let hours = 20;
    let config = Pattern::RobotEdge.config(&robots(1), &servers(1), &link).unwrap();
    let heartbeat = config.heartbeat;
    let robot = Robot::new(RobotSpec::new(robots(1)[0], Place::at(0.0, 0.0))).unwrap();
    let stop = Stop::at(Place::at(1.0, 0.0)).lasting(Duration::from_secs(hours * 3600));
    let task = Task::new(TaskSpec::new(TaskId::from_u128(1), vec![stop])).unwrap();
    let arrivals = Arrivals::Timed(vec![(Duration::ZERO, task)]);
    let mut setup = Setup::new(config, Box::new(Euclidean), vec![robot], arrivals);
    setup.faults = Faults {
        delay_min: link.round_trip / 2,
        delay_max: link.round_trip / 2,
        loss: link.loss,
        ..Faults::default()
    };
    let mut leases = Leases::default();
    Sim::new(setup)
        .unwrap()
        .run(Time::from_secs(hours * 3600), &mut leases);
    // No lease is renewed more often than at each heartbeat.
    let renewals = (hours * 3600) as f64 / heartbeat.as_secs_f64();
    let expected = renewals * link.risk;
    println!(
        "{} leases lost, at most {expected:.0} stated; {} asks",
        leases.lost, leases.asks
    );
    assert!(f64::from(leases.lost) < expected + 4.0 * expected.sqrt());
    assert!(leases.lost > 100, "the test has something to count");
}
