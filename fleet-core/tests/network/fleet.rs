//! Fleets on networks that have a shape.

use std::time::Duration;

use fleet_core::sim::{Arrivals, Fading, Fingerprint, Happening, Observer, Setup, Sim, Topology};
use fleet_core::transport::Destination;
use fleet_core::travel::Euclidean;
use fleet_core::{Config, NodeId, Place, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time};

const BASE: NodeId = NodeId::from_u128(1_000);

/// Robots at these places of the x axis, and tasks at those.
fn setup(robots: &[f64], tasks: &[f64]) -> Setup {
    let robot = |(k, x): (usize, &f64)| {
        let spec = RobotSpec::new(RobotId::from_u128(1 + k as u128), Place::at(*x, 0.0));
        Robot::new(spec).unwrap()
    };
    let task = |(k, x): (usize, &f64)| {
        let stop = Stop::at(Place::at(*x, 0.0)).lasting(Duration::from_secs(5));
        let spec = TaskSpec::new(TaskId::from_u128(1 + k as u128), vec![stop]);
        (Duration::from_secs(2), Task::new(spec).unwrap())
    };
    Setup::new(
        Config::new(BASE),
        Box::new(Euclidean),
        robots.iter().enumerate().map(robot).collect(),
        Arrivals::Timed(tasks.iter().enumerate().map(task).collect()),
    )
}

/// What the first robot told the base since this was emptied: how often, and how often in vain.
#[derive(Default)]
struct Told(u32, u32);

impl Observer for Told {
    fn observe(&mut self, _: Time, happening: &Happening<'_>) {
        if let Happening::Sent { from, to, lost, .. } = happening
            && (*from, *to) == (RobotId::from_u128(1).node(), Destination::Node(BASE))
        {
            (self.0, self.1) = (self.0 + 1, self.1 + lost);
        }
    }
}

/// The metres from the base between which the first robot, which drives away from it, is heard no more.
fn silence(setup: Setup) -> (f64, f64) {
    let mut sim = Sim::new(setup).unwrap();
    let (mut heard, mut unheard) = (0.0, f64::INFINITY);
    loop {
        let mut told = Told::default();
        let goes_on = sim.step(Time::from_secs(200), &mut told);
        let metres = sim.robots().next().unwrap().metres;
        if told.1 > 0 {
            unheard = metres.min(unheard);
        } else if told.0 > 0 {
            heard = metres;
        }
        if !goes_on || unheard < metres {
            return (heard, unheard);
        }
    }
}

#[test]
fn who_drives_out_of_reach_is_heard_as_far_as_others_pass_it_on() {
    let mut alone = setup(&[0.0], &[100.0]);
    alone.topology = Topology::Radio { range: 30.0 };
    alone.places = [(BASE, Place::at(0.0, 0.0))].into();
    // At 1 m/s, with a look each second, and something said each second or so.
    let (heard, unheard) = silence(alone);
    assert!(
        heard > 28.0 && unheard < 33.0 && heard < unheard,
        "{heard} {unheard}"
    );

    let mut helped = setup(&[0.0], &[100.0]);
    let others = [1_001, 1_002].map(NodeId::from_u128);
    helped.config.witnesses.extend(others);
    helped.topology = Topology::Radio { range: 30.0 };
    let places = [(BASE, 0.0), (others[0], 0.0), (others[1], 25.0)];
    helped.places = places.map(|(node, x)| (node, Place::at(x, 0.0))).into();
    let (heard, unheard) = silence(helped);
    assert!(
        heard > 53.0 && unheard < 58.0 && heard < unheard,
        "{heard} {unheard}"
    );
}

#[test]
fn a_base_that_is_nowhere_is_heard_by_all() {
    let mut setup = setup(&[0.0, 500.0], &[100.0, 400.0]);
    setup.topology = Topology::Radio { range: 1.0 };
    assert!(Sim::new(setup).unwrap().run(Time::from_secs(300), &mut ()));
}

#[test]
fn a_fleet_works_on_every_topology() {
    let places: Vec<f64> = (0..6).map(|k| 10.0 * f64::from(k)).collect();
    let tasks: Vec<f64> = (0..12).map(|k| 5.0 * f64::from(k)).collect();
    for topology in [
        Topology::Line,
        Topology::Ring,
        Topology::Star,
        Topology::Radio { range: 15.0 },
    ] {
        let mut setup = setup(&places, &tasks);
        setup.topology = topology.clone();
        setup.faults.loss = 0.02;
        setup.faults.fading = Fading::GilbertElliott {
            burst: Duration::from_millis(300),
        };
        let mut sim = Sim::new(setup).unwrap();
        assert!(sim.run(Time::from_secs(600), &mut ()), "{topology:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = |topology: &Topology, seed| {
        let mut setup = setup(&[0.0, 12.0, 24.0, 36.0], &[5.0, 15.0, 50.0, 70.0]);
        (setup.topology, setup.seed) = (topology.clone(), seed);
        setup.places = [(BASE, Place::at(0.0, 0.0))].into();
        setup.faults.loss = 0.1;
        setup.faults.fading = Fading::Rayleigh {
            coherence: Duration::from_millis(500),
        };
        let mut fingerprint = Fingerprint::new();
        Sim::new(setup)
            .unwrap()
            .run(Time::from_secs(120), &mut fingerprint);
        fingerprint.value()
    };
    for topology in [Topology::Ring, Topology::Radio { range: 20.0 }] {
        assert_eq!(run(&topology, 1), run(&topology, 1), "{topology:?}");
        assert_ne!(run(&topology, 1), run(&topology, 2), "{topology:?}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_by_its_name() {
    let refused = |change: fn(&mut Setup)| {
        let mut setup = setup(&[0.0], &[]);
        change(&mut setup);
        Sim::new(setup).err().expect("it is refused").to_string()
    };
    let (robot, stranger) = (RobotId::from_u128(1).node(), NodeId::from_u128(77));
    assert_eq!(
        refused(|setup| setup.topology = Topology::Radio { range: 0.0 }),
        "topology.range: must be greater than zero, but is 0"
    );
    fn links(a: NodeId, b: NodeId) -> Topology {
        Topology::Links([(a, b)].into())
    }
    assert_eq!(
        refused(|setup| setup.topology = links(BASE, NodeId::from_u128(77))),
        format!("topology.links[0]: names {stranger}, which nothing in this fleet has")
    );
    assert_eq!(
        refused(|setup| setup.topology = links(BASE, BASE)),
        "topology.links[0]: must be of two different nodes"
    );
    assert_eq!(
        refused(|setup| setup.places = [(RobotId::from_u128(1).node(), Place::at(0.0, 0.0))].into()),
        format!("places[{robot}]: must not be given: a robot is where its body is")
    );
    assert_eq!(
        refused(|setup| setup.places = [(NodeId::from_u128(77), Place::at(0.0, 0.0))].into()),
        format!("places: names {stranger}, which nothing in this fleet has")
    );
    assert_eq!(
        refused(|setup| setup.places = [(BASE, Place::at(f64::NAN, 0.0))].into()),
        format!("places[{BASE}].x: must be a finite number, but is NaN")
    );
}
