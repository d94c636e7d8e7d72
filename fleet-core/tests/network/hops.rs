use fleet_core::sim::{Direction, Faults, Network, Partition, Topology};
use fleet_core::transport::Destination;
use fleet_core::{Point, Time};

use crate::{HOP, joined, network, node, steady, to};

/// How many hops a frame takes, if it arrives.
fn hops(network: &mut Network, now: Time, from: usize, end: usize) -> Option<u32> {
    let [first, second] = network.arrivals(now, from, end, to(end));
    assert_eq!(second, None);
    first.map(|at| (at.since(now).as_micros() / HOP.as_micros()) as u32)
}

fn cut_off(nodes: &[usize], direction: Direction) -> Partition {
    Partition {
        from: Time::from_secs(10),
        until: Time::from_secs(20),
        nodes: nodes.iter().map(|k| node(*k)).collect(),
        direction,
    }
}

fn split(topology: Topology, nodes: usize, cut: Partition) -> Network {
    joined(
        Network::new(steady(), topology, 1).with_partitions(vec![cut]),
        nodes,
    )
}

#[test]
fn on_a_line_everything_takes_as_many_hops_as_nodes_are_passed() {
    let mut line = network(Topology::Line, 5);
    for (from, end) in (0..5_usize).flat_map(|from| (0..5).map(move |end| (from, end))) {
        if from != end {
            let expected = from.abs_diff(end) as u32;
            assert_eq!(
                hops(&mut line, Time::ZERO, from, end),
                Some(expected),
                "{from} {end}"
            );
        }
    }
}

#[test]
fn all_robots_are_reached_by_passing_on() {
    let mut line = network(Topology::Line, 5);
    for end in 1..5 {
        let arrivals = line.arrivals(Time::ZERO, 0, end, Destination::Robots);
        assert_eq!(arrivals, [Some(Time::ZERO + HOP * end as u32), None]);
    }
}

#[test]
fn neighbours_are_what_the_topology_says() {
    let all = |topology: Topology, nodes| {
        let network = network(topology, nodes);
        (0..nodes).map(|k| network.neighbours(k)).collect::<Vec<_>>()
    };
    assert_eq!(all(Topology::Full, 3), [[1, 2], [0, 2], [0, 1]]);
    assert_eq!(all(Topology::Line, 3), [vec![1], vec![0, 2], vec![1]]);
    assert_eq!(all(Topology::Ring, 4), [[1, 3], [0, 2], [1, 3], [0, 2]]);
    assert_eq!(all(Topology::Star, 4), [vec![1, 2, 3], vec![0], vec![0], vec![0]]);
    let tree = [(node(0), node(1)), (node(3), node(1)), (node(1), node(0))];
    let tree = Topology::Links(tree.into());
    assert_eq!(all(tree, 4), [vec![1], vec![0, 3], vec![], vec![1]]);
    // Small ones are no special case.
    assert_eq!(all(Topology::Ring, 1), [[0; 0]]);
    assert_eq!(all(Topology::Ring, 2), [[1], [0]]);
}

#[test]
fn what_has_no_way_is_lost() {
    let links = Topology::Links([(node(0), node(1))].into());
    let mut pair = network(links, 3);
    assert_eq!(hops(&mut pair, Time::ZERO, 1, 0), Some(1));
    assert_eq!(hops(&mut pair, Time::ZERO, 0, 2), None);
    assert_eq!(hops(&mut pair, Time::ZERO, 2, 0), None);
}

#[test]
fn a_ring_that_is_cut_goes_round_the_other_way() {
    let mut ring = split(Topology::Ring, 5, cut_off(&[4], Direction::Both));
    let at = |second| Time::from_secs(second);
    assert_eq!(hops(&mut ring, at(9), 0, 3), Some(2));
    assert_eq!(hops(&mut ring, at(10), 0, 3), Some(3));
    assert_eq!(hops(&mut ring, at(10), 3, 0), Some(3));
    assert_eq!(hops(&mut ring, at(19), 0, 4), None, "it is cut off itself");
    assert_eq!(hops(&mut ring, at(20), 0, 3), Some(2));
}

#[test]
fn a_line_that_is_cut_has_no_other_way() {
    let mut line = split(Topology::Line, 5, cut_off(&[2], Direction::Both));
    assert_eq!(hops(&mut line, Time::from_secs(10), 0, 4), None);
    assert_eq!(hops(&mut line, Time::from_secs(10), 0, 1), Some(1));
    assert_eq!(hops(&mut line, Time::from_secs(20), 0, 4), Some(4));
}

#[test]
fn a_node_that_is_mute_passes_nothing_on_but_hears() {
    let mut ring = split(Topology::Ring, 5, cut_off(&[4], Direction::Out));
    let now = Time::from_secs(10);
    assert_eq!(hops(&mut ring, now, 3, 4), Some(1));
    assert_eq!(hops(&mut ring, now, 4, 3), None);
    assert_eq!(hops(&mut ring, now, 3, 0), Some(3));
    assert_eq!(hops(&mut ring, now, 0, 3), Some(3));
    assert_eq!(hops(&mut ring, now, 2, 4), Some(2));
    let mut deaf = split(Topology::Ring, 5, cut_off(&[4], Direction::In));
    assert_eq!(hops(&mut deaf, now, 4, 2), Some(2));
    assert_eq!(hops(&mut deaf, now, 2, 4), None);
}

#[test]
fn a_node_that_is_down_passes_nothing_on() {
    let mut ring = network(Topology::Ring, 5);
    assert_eq!(hops(&mut ring, Time::ZERO, 0, 3), Some(2));
    ring.set_up(4, false);
    assert_eq!(hops(&mut ring, Time::ZERO, 0, 3), Some(3));
    assert_eq!(
        hops(&mut ring, Time::ZERO, 1, 4),
        Some(2),
        "it is not there to hear it"
    );
    ring.set_up(4, true);
    assert_eq!(hops(&mut ring, Time::ZERO, 0, 3), Some(2));
}

#[test]
fn what_is_for_those_near_is_not_passed_on() {
    let mut ring = split(Topology::Ring, 5, cut_off(&[4], Direction::Both));
    let near = |ring: &mut Network, second| {
        let now = Time::from_secs(second);
        ring.arrivals(now, 0, 4, Destination::Near)[0].map(|at| at.since(now))
    };
    assert_eq!(near(&mut ring, 0), Some(HOP));
    assert_eq!(near(&mut ring, 10), None);
}

#[test]
fn every_hop_may_lose_and_repeat() {
    let run = |faults: Faults| {
        let mut line = joined(Network::new(faults, Topology::Line, 3), 4);
        let all = (0..20_000).map(|_| line.arrivals(Time::ZERO, 0, 3, to(3)));
        all.collect::<Vec<_>>()
    };
    let share = |all: &[[Option<Time>; 2]], copy: usize| {
        all.iter().filter(|copies| copies[copy].is_some()).count() as f64 / all.len() as f64
    };
    let lossy = run(Faults {
        loss: 0.5,
        ..steady()
    });
    assert!((share(&lossy, 0) - 0.125).abs() < 0.01, "{}", share(&lossy, 0));
    let doubled = run(Faults {
        duplicate: 0.2,
        ..steady()
    });
    // One of three hops repeats it, or more than one.
    let expected = 1.0 - 0.8_f64.powi(3);
    assert_eq!(share(&doubled, 0), 1.0);
    assert!(
        (share(&doubled, 1) - expected).abs() < 0.01,
        "{}",
        share(&doubled, 1)
    );
}

#[test]
fn radios_reach_as_far_as_their_range_wherever_they_are() {
    let at = |x: f64| Some(Point::new(x, 0.0));
    let mut radio = network(Topology::Radio { range: 10.0 }, 4);
    radio.look(Time::ZERO, &[at(0.0), at(10.0), at(20.1), None]);
    assert_eq!(radio.neighbours(0), [1, 3]);
    assert_eq!(radio.neighbours(1), [0, 3]);
    assert_eq!(radio.neighbours(3), [0, 1, 2], "who is nowhere is near to all");
    assert_eq!(hops(&mut radio, Time::ZERO, 0, 2), Some(2));
    assert!(!radio.is_due(Time::from_micros(999_999)));
    assert!(radio.is_due(Time::from_secs(1)));
    radio.look(Time::from_secs(1), &[at(0.0), at(10.0), at(5.0), None]);
    assert_eq!(radio.neighbours(2), [0, 1, 3]);
    assert_eq!(hops(&mut radio, Time::from_secs(1), 0, 2), Some(1));
    assert!(!network(Topology::Ring, 4).is_due(Time::from_secs(1_000)));
}
