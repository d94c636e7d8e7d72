//! Participants in a network, one round after the other: all think, then each tells its neighbours.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use fleet_core::allocate::consensus::{Consensus, Gossip};
use fleet_core::bundle::Followed;
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{
    NodeId, Objective, Place, Priority, Robot, RobotId, RobotSpec, Stop, Task, TaskId, TaskSpec, Time,
    UtcTime,
};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// Who hears whom.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Full,
    Line,
    Ring,
    Star,
    Tree(u64),
}

pub(crate) fn robot(k: u128, (x, y): (f64, f64), speed: f64) -> Robot {
    let mut spec = RobotSpec::new(RobotId::from_u128(k), Place::at(x, y));
    spec.speed = speed;
    Robot::new(spec).unwrap()
}

pub(crate) fn task(k: u128, (x, y): (f64, f64), priority: usize, service: f64) -> Task {
    let stop = Stop::at(Place::at(x, y)).lasting(Duration::from_secs_f64(service));
    let mut spec = TaskSpec::new(TaskId::from_u128(k), vec![stop]);
    spec.priority = Priority::ALL[priority];
    Task::new(spec).unwrap()
}

struct Member {
    node: NodeId,
    consensus: Consensus,
    gossip: Gossip,
}

pub(crate) struct Team {
    members: Vec<Member>,
    links: Vec<BTreeSet<usize>>,
    /// Tenths of the words that are lost.
    loss: u32,
    random: Xoshiro256PlusPlus,
    /// Bids told, one to many counted once, and messages with them.
    pub(crate) bids: usize,
}

impl Team {
    pub(crate) fn new(
        robots: &[Robot],
        tasks: &[Task],
        objective: Objective,
        limit: usize,
        shape: Shape,
    ) -> Team {
        let links = links(robots.len(), shape);
        let member = |robot: &Robot| {
            let start = Start::new(robot.pose().place, UtcTime::from_secs(0));
            let plan = Schedule::new(robot, objective, start);
            Member {
                node: robot.id().node(),
                consensus: Consensus::bidder(robot.id(), 1, limit, plan),
                gossip: Gossip::new(),
            }
        };
        let mut members: Vec<Member> = robots.iter().map(member).collect();
        let nodes: Vec<NodeId> = members.iter().map(|member| member.node).collect();
        let near = |k: usize| links[k].iter().map(|other| nodes[*other]).collect::<Vec<_>>();
        let lists: Vec<Vec<NodeId>> = (0..nodes.len()).map(near).collect();
        for (k, member) in members.iter_mut().enumerate() {
            let near = links[k].iter().map(|other| (nodes[*other], &lists[*other][..]));
            member.gossip.set_near(near);
        }
        let mut team = Team {
            members,
            links,
            loss: 0,
            random: Xoshiro256PlusPlus::seed_from_u64(0),
            bids: 0,
        };
        team.open(tasks);
        team
    }

    /// From now on so many tenths of the words are lost.
    pub(crate) fn lose(&mut self, tenths: u32, seed: u64) {
        (self.loss, self.random) = (tenths, Xoshiro256PlusPlus::seed_from_u64(seed));
    }

    pub(crate) fn open(&mut self, tasks: &[Task]) {
        let utc = UtcTime::from_secs(0);
        for task in tasks {
            let standing = Scheme::FixedClasses.standing(task, utc, utc);
            for member in &mut self.members {
                let job = Job::new(task.id().uuid().as_u128() as u32, task, &standing, &mut Euclidean);
                member.consensus.open(task.id(), standing.urgency, job);
            }
        }
    }

    /// These are of teams: no robot bids for two of them.
    pub(crate) fn bind(&mut self, tasks: &[TaskId], bound: bool) {
        for member in &mut self.members {
            tasks.iter().for_each(|task| member.consensus.bind(*task, bound));
        }
    }

    pub(crate) fn close(&mut self, tasks: &[Task]) {
        for member in &mut self.members {
            tasks.iter().for_each(|task| member.consensus.close(task.id()));
        }
    }

    /// All think and tell. Whether anything was told.
    pub(crate) fn round(&mut self) -> bool {
        for member in &mut self.members {
            member.consensus.think(Time::ZERO, &mut Euclidean);
        }
        let told: Vec<_> = self
            .members
            .iter_mut()
            .map(|member| member.gossip.tell(&member.consensus))
            .collect();
        for (k, news) in told.iter().enumerate() {
            let from = self.members[k].node;
            self.bids += news.iter().map(|news| news.bids.len()).sum::<usize>();
            for other in self.links[k].clone() {
                if !news.is_empty() && self.random.random_range(0..10) >= self.loss {
                    for news in news {
                        self.hear(other, from, news);
                    }
                }
            }
        }
        let learned = self.loss > 0 && self.compare();
        learned || told.iter().any(|news| !news.is_empty())
    }

    pub(crate) fn rounds(&mut self, count: usize) {
        for _ in 0..count {
            self.round();
        }
    }

    fn hear(&mut self, at: usize, from: NodeId, news: &fleet_core::bundle::BundleNews) {
        let Member {
            consensus, gossip, ..
        } = &mut self.members[at];
        gossip.learn(from, news, consensus);
    }

    /// Each shows each neighbour what it knows, if it is not lost, and tells it what it lacks. Whether any two differ.
    fn compare(&mut self) -> bool {
        let mut differ = false;
        for (k, links) in self.links.clone().into_iter().enumerate() {
            for other in links {
                let same = self.members[k].consensus.digest() == self.members[other].consensus.digest();
                differ |= !same;
                if same || self.random.random_range(0..10) < self.loss {
                    continue;
                }
                let consensus = &self.members[k].consensus;
                let news: Vec<_> = consensus
                    .bundles()
                    .filter(|(_, bundle)| bundle.version() > 0)
                    .map(|(robot, bundle)| bundle.news(robot, 0))
                    .collect();
                let from = self.members[k].node;
                for news in &news {
                    let followed = self.members[other].consensus.learn(news);
                    assert_ne!(followed, Followed::Gap, "what is whole can be followed");
                    self.hear(other, from, news);
                }
            }
        }
        differ
    }

    fn agree(&self) -> bool {
        let first = self.members[0].consensus.digest();
        self.members
            .iter()
            .all(|member| member.consensus.digest() == first)
    }

    /// Rounds until nothing is told any more; returns how many it were before the last that changed a bundle.
    pub(crate) fn settle(&mut self) -> usize {
        let (mut rounds, mut last, mut before) = (0, 0, self.bundles());
        while self.round() {
            let after = self.bundles();
            if after != before {
                (last, before) = (rounds, after);
            }
            rounds += 1;
            assert!(rounds < 100_000, "it never settles");
        }
        assert!(self.agree(), "they know different things");
        last
    }

    pub(crate) fn diameter(&self) -> usize {
        let widest = |from: usize| {
            let (mut hops, mut next) = (BTreeMap::from([(from, 0)]), VecDeque::from([from]));
            while let Some(at) = next.pop_front() {
                for other in &self.links[at] {
                    if !hops.contains_key(other) {
                        hops.insert(*other, hops[&at] + 1);
                        next.push_back(*other);
                    }
                }
            }
            assert_eq!(hops.len(), self.links.len(), "not connected");
            hops.into_values().max().unwrap_or(0)
        };
        (0..self.links.len()).map(widest).max().unwrap_or(0).max(1)
    }

    pub(crate) fn plans(&self) -> impl Iterator<Item = &Schedule> {
        self.members.iter().filter_map(|member| member.consensus.plan())
    }

    pub(crate) fn bundles(&self) -> Vec<(RobotId, Vec<(TaskId, f64)>)> {
        let own = |member: &Member| {
            let choices = member.consensus.choices();
            let robot = member.node.robot();
            (
                robot,
                choices.map(|choice| (choice.task, choice.cost.value())).collect(),
            )
        };
        self.members.iter().map(own).collect()
    }
}

fn links(count: usize, shape: Shape) -> Vec<BTreeSet<usize>> {
    let pairs: Vec<(usize, usize)> = match shape {
        Shape::Full => (0..count).flat_map(|a| (0..a).map(move |b| (a, b))).collect(),
        Shape::Line => (1..count).map(|k| (k - 1, k)).collect(),
        Shape::Ring => (0..count).map(|k| (k, (k + 1) % count)).collect(),
        Shape::Star => (1..count).map(|k| (0, k)).collect(),
        Shape::Tree(seed) => {
            let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
            (1..count).map(|k| (random.random_range(0..k), k)).collect()
        }
    };
    let mut links = vec![BTreeSet::new(); count];
    for (a, b) in pairs.into_iter().filter(|(a, b)| a != b) {
        links[a].insert(b);
        links[b].insert(a);
    }
    links
}
