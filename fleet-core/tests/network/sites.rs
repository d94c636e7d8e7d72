//! Links of different quality between nodes at different sites.

use std::time::Duration;

use fleet_core::sim::{
    Arrivals, Fading, Faults, Fingerprint, Network, Setup, SetupError, Sim, Sites, Topology,
};
use fleet_core::travel::Euclidean;
use fleet_core::{Config, NodeId, Place, Robot, RobotId, RobotSpec, Time};

use crate::{HOP, joined, node, steady, to};

const FAR: Duration = Duration::from_millis(200);

fn far() -> Faults {
    Faults {
        delay_min: FAR,
        delay_max: FAR,
        ..Faults::default()
    }
}

/// Four nodes, the first two at site 1.
fn sites() -> Sites {
    Sites::default().put(node(0), 1).put(node(1), 1)
}

fn network(sites: Sites, topology: Topology) -> Network {
    joined(Network::new(steady(), topology, 1).with_sites(sites), 4)
}

/// How long a frame takes, if it arrives.
fn takes(network: &mut Network, from: usize, end: usize) -> Option<Duration> {
    let arrives = network.arrivals(Time::ZERO, from, end, to(end))[0];
    arrives.map(|at| at.since(Time::ZERO))
}

#[test]
fn a_link_is_as_its_sites_say() {
    let mut network = network(sites().link(1, 0, far()), Topology::Full);
    for (from, end, expected) in [(0, 1, HOP), (2, 3, HOP), (0, 2, FAR), (3, 1, FAR)] {
        assert_eq!(takes(&mut network, from, end), Some(expected), "{from} to {end}");
    }
}

#[test]
fn links_inside_a_site_can_differ_too() {
    let mut network = network(sites().link(1, 1, far()), Topology::Full);
    for (from, end, expected) in [(0, 1, FAR), (2, 3, HOP), (0, 2, HOP)] {
        assert_eq!(takes(&mut network, from, end), Some(expected), "{from} to {end}");
    }
}

#[test]
fn each_hop_is_as_its_own_sites_say() {
    let mut network = network(sites().link(0, 1, far()), Topology::Line);
    assert_eq!(takes(&mut network, 0, 3), Some(HOP + FAR + HOP));
}

#[test]
fn what_is_said_of_sites_stays_when_the_rest_changes() {
    let lost = Faults { loss: 1.0, ..far() };
    let mut network = network(sites().link(0, 1, far()), Topology::Full);
    network.set_faults(lost);
    assert_eq!(takes(&mut network, 0, 1), None);
    assert_eq!(takes(&mut network, 0, 2), Some(FAR));
}

/// Which of twenty thousand frames on each way are lost, one every 50 ms.
fn lost(network: &mut Network, ways: &[(usize, usize)]) -> Vec<Vec<bool>> {
    let mut all = vec![Vec::new(); ways.len()];
    for k in 0..20_000 {
        let now = Time::from_micros(k * 50_000);
        for (lost, (from, end)) in all.iter_mut().zip(ways) {
            lost.push(network.arrivals(now, *from, *end, to(*end))[0].is_none());
        }
    }
    all
}

#[test]
fn a_line_between_sites_fades_for_all_who_share_it() {
    for fading in [
        Fading::GilbertElliott {
            burst: Duration::from_millis(500),
        },
        Fading::Rayleigh {
            coherence: Duration::from_millis(500),
        },
    ] {
        let fades = Faults {
            loss: 0.3,
            fading,
            ..far()
        };
        let sites = sites().link(0, 1, fades).link(0, 0, fades).link(1, 1, fades);
        let all = lost(
            &mut network(sites, Topology::Full),
            &[(2, 0), (3, 1), (0, 3), (2, 3), (0, 1)],
        );
        assert!(all[0] == all[1] && all[0] == all[2], "{fading:?}: one line");
        assert!(
            all[0] != all[3] && all[3] != all[4],
            "{fading:?}: links of two nodes"
        );
        let share = all[0].iter().filter(|lost| **lost).count();
        assert!((5_000..7_000).contains(&share), "{fading:?}: {share}");
    }
}

fn setup(sites: Sites) -> Setup {
    let robot = |k| Robot::new(RobotSpec::new(RobotId::from_u128(k), Place::at(k as f64, 0.0))).unwrap();
    let config = Config::new(NodeId::from_u128(1_000));
    let mut setup = Setup::new(
        config,
        Box::new(Euclidean),
        vec![robot(1), robot(2)],
        Arrivals::Timed(Vec::new()),
    );
    setup.faults.loss = 0.2;
    setup.sites = sites;
    setup
}

fn fingerprint(sites: Sites) -> Fingerprint {
    let (mut sim, mut fingerprint) = (Sim::new(setup(sites)).unwrap(), Fingerprint::new());
    while sim.step(Time::from_secs(20), &mut fingerprint) {}
    fingerprint
}

#[test]
fn sites_of_which_nothing_is_said_change_nothing() {
    let alone = fingerprint(Sites::default());
    let base = NodeId::from_u128(1_000);
    assert_eq!(fingerprint(Sites::default().put(base, 1)), alone);
    assert_eq!(fingerprint(Sites::default().link(2, 3, far())), alone);
    assert_ne!(
        fingerprint(Sites::default().put(base, 1).link(0, 1, far())),
        alone
    );
}

#[test]
fn sites_that_make_no_sense_are_refused_by_name() {
    let refused = |sites| match Sim::new(setup(sites)).err() {
        Some(SetupError::Config(invalid)) => invalid.to_string(),
        other => panic!("{other:?}"),
    };
    let stranger = refused(Sites::default().put(NodeId::from_u128(77), 1));
    assert!(stranger.starts_with("sites.at: names "), "{stranger}");
    let loss = refused(Sites::default().link(3, 1, Faults { loss: 2.0, ..far() }));
    assert_eq!(loss, "sites.links[1-3].loss: must be from 0 to 1, but is 2");
}
