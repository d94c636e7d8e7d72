//! A network that loses, repeats, delays and reorders, as a seed decides, and whose nodes may have to pass on what
//! others send.

mod fading;
mod faults;
mod mesh;
mod partition;
mod sites;
mod topology;

use std::collections::BTreeSet;
use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use self::fading::{Air, Ends};
use self::mesh::{Mesh, Root};
use self::partition::Partitions;
use crate::ids::NodeId;
use crate::place::Point;
use crate::time::Time;
use crate::transport::Destination;

pub use self::faults::{Fading, Faults};
pub use self::partition::{Direction, Partition, Spike};
pub use self::sites::Sites;
pub use self::topology::Topology;

/// The fates of frames.
///
/// Nodes have numbers here, from 0, as they join. No time may be before that of an earlier call.
///
/// # Example
/// ```
/// use std::time::Duration;
///
/// use fleet_core::sim::{Faults, Network, Topology};
/// use fleet_core::transport::Destination;
/// use fleet_core::{NodeId, Time};
///
/// let hop = Duration::from_millis(5);
/// let faults = Faults { delay_min: hop, delay_max: hop, ..Faults::default() };
/// let mut network = Network::new(faults, Topology::Line, 1);
/// let nodes = [1, 2, 3].map(NodeId::from_u128);
/// nodes.iter().for_each(|node| network.join(*node));
/// network.look(Time::ZERO, &[None; 3]);
/// assert_eq!(network.neighbours(0), [1]);
/// let end = Destination::Node(nodes[2]);
/// assert_eq!(network.arrivals(Time::ZERO, 0, 2, end)[0], Some(Time::ZERO + hop * 2));
/// ```
#[derive(Debug)]
pub struct Network {
    faults: Faults,
    sites: Sites,
    mesh: Mesh,
    partitions: Partitions,
    spikes: Vec<Spike>,
    lose: BTreeSet<u64>,
    sent: u64,
    random: Xoshiro256PlusPlus,
    seed: u64,
    air: Air,
}

/// When the copies of a frame arrive: none, one or two of them.
type Copies = [Option<Time>; 2];

impl Network {
    /// Without nodes; with no other mishaps than these.
    pub fn new(faults: Faults, topology: Topology, seed: u64) -> Self {
        Network {
            faults,
            sites: Sites::default(),
            mesh: Mesh::new(topology),
            partitions: Partitions::default(),
            spikes: Vec::new(),
            lose: BTreeSet::new(),
            sent: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(seed),
            seed,
            air: Air::new(seed),
        }
    }

    /// The same, whose nodes are at these sites. Nobody checks here whether [that makes sense](Sites::check).
    #[must_use]
    pub fn with_sites(mut self, sites: Sites) -> Self {
        self.sites = sites;
        self
    }

    /// The same, split at these times.
    #[must_use]
    pub fn with_partitions(mut self, partitions: Vec<Partition>) -> Self {
        self.partitions = Partitions::new(partitions);
        self
    }

    /// The same, slow at these times.
    #[must_use]
    pub fn with_spikes(mut self, spikes: Vec<Spike>) -> Self {
        self.spikes = spikes;
        self
    }

    /// The same, that loses these frames besides, counted from 0, once for each receiver.
    #[must_use]
    pub fn with_lost(mut self, lose: BTreeSet<u64>) -> Self {
        self.lose = lose;
        self
    }

    /// One more node; all are there before the first frame is sent.
    pub fn join(&mut self, node: NodeId) {
        self.mesh.join(node);
    }

    /// A node is up or down from now on. One that is down passes nothing on.
    pub fn set_up(&mut self, node: usize, up: bool) {
        self.mesh.set_up(node, up);
    }

    /// The links are like this from now on, but for those that [sites](Sites::link) say other things of. Nobody checks here
    /// whether [the faults make sense](Faults::check).
    pub fn set_faults(&mut self, faults: Faults) {
        if faults.fading != self.faults.fading {
            self.air = Air::new(self.seed);
        }
        self.faults = faults;
    }

    /// The nodes hear each other like this from now on.
    pub fn set_topology(&mut self, topology: Topology) {
        self.mesh.set_topology(topology);
    }

    pub(super) fn partitions(&self) -> &[Partition] {
        self.partitions.all()
    }

    /// Whether it has to be told where nodes are before the next frame is sent.
    pub fn is_due(&self, now: Time) -> bool {
        self.mesh.is_due(now)
    }

    /// Is told where all nodes are, in the order in which they joined.
    pub fn look(&mut self, now: Time, places: &[Option<Point>]) {
        self.mesh.look(now, places);
    }

    /// The direct neighbours of a node.
    pub fn neighbours(&self, node: usize) -> Vec<usize> {
        self.mesh.neighbours(node)
    }

    /// When a frame sent at `now` arrives at one of its receivers, another node: not at all, once, or twice. This is
    /// decided now for all of its way.
    pub fn arrivals(&mut self, now: Time, from: usize, to: usize, what: Destination) -> [Option<Time>; 2] {
        let number = self.sent;
        self.sent += 1;
        if self.partitions.advance(now) {
            self.mesh.forget();
        }
        let root = match what {
            // One tree for all receivers.
            Destination::Robots => Root::From,
            // Witnesses have low numbers: their trees serve what they say and what they are told.
            _ if from < to => Root::From,
            _ => Root::To,
        };
        let partitions = &self.partitions;
        let way = self.mesh.way(from, to, root, |from, to| partitions.cut(from, to));
        if way.is_empty() || self.lose.contains(&number) {
            return [None, None];
        }
        let hops = way.windows(2);
        hops.fold([Some(now), None], |copies, hop| {
            self.pass_on(now, copies, hop[0], hop[1])
        })
    }

    /// Each copy goes on by itself; of more than two that arrive, the first two count.
    fn pass_on(&mut self, now: Time, copies: Copies, from: usize, to: usize) -> Copies {
        match copies {
            [None, None] => copies,
            [Some(at), None] | [None, Some(at)] => self.hop(now, at, from, to),
            [Some(first), Some(second)] => {
                let (first, second) = (self.hop(now, first, from, to), self.hop(now, second, from, to));
                let mut all = [first[0], first[1], second[0], second[1]];
                all.sort_by_key(|at| at.unwrap_or(Time::NEVER));
                [all[0], all[1]]
            }
        }
    }

    /// When a frame that leaves one node at `at` arrives at its neighbour, on the network as it is now.
    fn hop(&mut self, now: Time, at: Time, from: usize, to: usize) -> Copies {
        let (from, to) = (self.mesh.node(from), self.mesh.node(to));
        let (here, there) = (self.sites.site(from), self.sites.site(to));
        let faults = self.sites.faults(here, there).copied().unwrap_or(self.faults);
        let ends = if here == there {
            Ends::nodes(from, to)
        } else {
            Ends::sites(here, there)
        };
        if self.loses(now, &faults, ends) {
            return [None, None];
        }
        let spikes = self
            .spikes
            .iter()
            .filter(|spike| spike.from <= now && now < spike.until);
        let extra: Duration = spikes.map(|spike| spike.extra).sum();
        let first = at + self.delay(&faults) + extra;
        let second = if self.happens(faults.duplicate) {
            Some(at + self.delay(&faults) + extra)
        } else {
            None
        };
        [Some(first), second]
    }

    fn loses(&mut self, now: Time, faults: &Faults, ends: Ends) -> bool {
        let loss = faults.loss;
        match faults.fading {
            Fading::Independent => self.happens(loss),
            Fading::GilbertElliott { burst } => self.air.link(ends).is_bad(now, burst, loss),
            Fading::Rayleigh { coherence } => {
                // Of a power that is 1 on average and exponentially distributed, `loss` is below this.
                let least = -libm::log1p(-loss);
                self.air.link(ends).power(now, coherence) < least
            }
        }
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random::<f64>() < share
    }

    fn delay(&mut self, faults: &Faults) -> Duration {
        let Faults {
            delay_min: min,
            delay_max: max,
            reorder,
            ..
        } = *faults;
        let spread = |random: &mut Xoshiro256PlusPlus, span: Duration| span.mul_f64(random.random::<f64>());
        let usual = min + spread(&mut self.random, max - min);
        if self.happens(reorder) {
            usual + spread(&mut self.random, max * 10)
        } else {
            usual
        }
    }
}
