//! What is passed on: what stands, and the rest of a bundle once it does.

use fleet_core::allocate::consensus::{Consensus, Gossip};
use fleet_core::bundle::{Bundle, BundleBid, BundleNews};
use fleet_core::schedule::{Job, Schedule, Start};
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{Cost, NodeId, Objective, RobotId, TaskId, Time, UtcTime};
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

use super::team::{self, Shape, Team};

const FAR: RobotId = RobotId::from_u128(1);
const RELAY: RobotId = RobotId::from_u128(2);
const OTHER: RobotId = RobotId::from_u128(3);
const END: RobotId = RobotId::from_u128(4);

/// In the middle of a line, at 100 m of all tasks: `FAR` and `OTHER` tell it what it passes on to `END`.
struct Relay {
    consensus: Consensus,
    gossip: Gossip,
}

impl Relay {
    fn new() -> Self {
        let robot = team::robot(2, (100.0, 0.0), 1.0);
        let utc = UtcTime::from_secs(0);
        let plan = Schedule::new(&robot, Objective::minisum(), Start::new(robot.pose().place, utc));
        let mut consensus = Consensus::bidder(RELAY, 1, 4, plan);
        for key in 1..=4 {
            let task = team::task(key, (0.0, 0.0), 1, 0.0);
            let standing = Scheme::FixedClasses.standing(&task, utc, utc);
            let job = Job::new(key as u32, &task, &standing, &mut Euclidean);
            consensus.open(task.id(), standing.urgency, job);
        }
        let mut gossip = Gossip::new();
        let me = [RELAY.node()];
        gossip.set_near([FAR, OTHER, END].map(|robot| (robot.node(), &me[..])));
        let mut relay = Relay { consensus, gossip };
        relay.tell();
        relay
    }

    fn hear(&mut self, from: NodeId, news: &BundleNews) {
        self.gossip.learn(from, news, &mut self.consensus);
    }

    /// What it passes on of `FAR`.
    fn tell(&mut self) -> Option<BundleNews> {
        self.consensus.think(Time::ZERO, &mut Euclidean);
        let news = self.gossip.tell(&self.consensus);
        news.into_iter().find(|news| news.robot == FAR)
    }
}

fn task(key: u128) -> TaskId {
    TaskId::from_u128(key)
}

fn bid(key: u128, cost: f64) -> BundleBid {
    let (task, cost) = (task(key), Cost::new(cost).unwrap());
    BundleBid { task, cost }
}

fn tasks(news: &BundleNews) -> Vec<TaskId> {
    news.bids.iter().map(|bid| bid.task).collect()
}

#[test]
fn what_is_beaten_is_passed_on_when_it_stands_again() {
    let mut relay = Relay::new();
    let (mut far, mut other) = (Bundle::new(1), Bundle::new(1));
    other.rewrite(0, [bid(2, 1.0)]);
    far.rewrite(0, [bid(1, 3.0), bid(2, 4.0), bid(3, 5.0)]);
    relay.hear(OTHER.node(), &other.news(OTHER, 0));
    relay.hear(FAR.node(), &far.news(FAR, 0));

    // The second is beaten: with it all that follows will be chosen anew.
    let first = relay.tell().unwrap();
    assert_eq!((tasks(&first), first.cut), (vec![task(1)], true));
    assert_eq!(relay.tell(), None);
    let mut end = Bundle::default();
    end.follow(&first, 4);
    assert!(!end.is_whole());

    // The other one gives it up: it stands, and so does what follows.
    other.rewrite(0, []);
    relay.hear(OTHER.node(), &other.news(OTHER, 0));
    let rest = relay.tell().unwrap();
    assert_eq!(
        (tasks(&rest), rest.keep, rest.cut),
        (vec![task(2), task(3)], 1, false)
    );
    end.follow(&rest, 4);
    assert!(end.is_whole() && end.bids().eq(far.bids()));
    assert_eq!(relay.tell(), None);
}

#[test]
fn what_was_passed_on_and_is_given_up_is_taken_back_at_once() {
    let mut relay = Relay::new();
    let (mut far, mut other) = (Bundle::new(1), Bundle::new(1));
    far.rewrite(0, [bid(1, 3.0), bid(2, 4.0), bid(3, 5.0)]);
    relay.hear(FAR.node(), &far.news(FAR, 0));
    assert_eq!(relay.tell().unwrap().bids.len(), 3);

    // It is true still that this was bid, though it is beaten now.
    other.rewrite(0, [bid(1, 1.0)]);
    relay.hear(OTHER.node(), &other.news(OTHER, 0));
    assert_eq!(relay.tell(), None);

    // What comes in its place is beaten as well.
    far.rewrite(0, [bid(1, 2.0), bid(4, 4.0)]);
    relay.hear(FAR.node(), &far.news(FAR, 0));
    let back = relay.tell().unwrap();
    assert_eq!((back.keep, tasks(&back), back.cut), (0, vec![], true));

    // Nothing of the next version is to be told, so nothing is.
    far.rewrite(1, [bid(3, 4.0)]);
    relay.hear(FAR.node(), &far.news(FAR, 0));
    assert_eq!(relay.tell(), None);

    // At last it has heard of the other one.
    far.rewrite(0, [bid(2, 4.0)]);
    relay.hear(FAR.node(), &far.news(FAR, 0));
    let last = relay.tell().unwrap();
    assert_eq!(
        (last.base, last.keep, tasks(&last), last.cut),
        (3, 0, vec![task(2)], false)
    );
}

#[test]
fn along_a_line_few_bids_are_told() {
    const SEEDS: u64 = 20;
    let bids = |seed| {
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut place = || (random.random_range(0.0..1e3), random.random_range(0.0..1e3));
        let robots: Vec<_> = (1..=9).map(|key| team::robot(key, place(), 1.0)).collect();
        let tasks: Vec<_> = (1..=40).map(|key| team::task(key, place(), 1, 0.0)).collect();
        let mut team = Team::new(&robots, &tasks, Objective::minisum(), 5, Shape::Line);
        team.settle();
        team.bids
    };
    let told: usize = (1..=SEEDS).map(bids).sum();
    let mean = told as f64 / SEEDS as f64;
    // Each of 40 bids has to be told by seven or eight of the nine robots.
    assert!(mean <= 500.0, "{mean} on average");
}
