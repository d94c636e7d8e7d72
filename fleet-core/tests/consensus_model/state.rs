//! All that is at one moment, and what can happen next.

use fleet_core::allocate::consensus::{Consensus, Gossip};
use fleet_core::bundle::BundleNews;
use fleet_core::schedule::Job;
use fleet_core::travel::Euclidean;
use fleet_core::urgency::{PriorityScheme, Scheme};
use fleet_core::{NodeId, TaskId, Time, UtcTime};

use super::check::gives_up_what_it_lost;
use super::shared::Shared;
use super::world::{Bundles, Counts, Mistake, World};

/// News on their way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Frame {
    from: usize,
    to: usize,
    news: BundleNews,
}

/// Something that can happen. Robots and tasks by their places.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Act {
    /// A robot chooses, and tells what is new.
    Think(usize),
    Arrive(Shared<Frame>),
    /// It arrives, and will once more.
    Repeat(Shared<Frame>),
    Lose(Shared<Frame>),
    /// A neighbour that knows something else tells all that it knows.
    Compare {
        from: usize,
        to: usize,
    },
    /// A task is called off, as a robot is the first to hear.
    Cancel {
        robot: usize,
        task: usize,
    },
    /// Another robot hears it.
    HearCancelled(usize),
    /// A robot is granted what it chose.
    Own {
        robot: usize,
        task: usize,
    },
    Suspect {
        robot: usize,
        of: usize,
    },
    /// It was wrong.
    Trust(usize),
    Reborn(usize),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Member {
    pub(crate) consensus: Consensus,
    gossip: Gossip,
    /// The closed task is known to be so, or need not be.
    knows: bool,
    pub(crate) suspects: Option<usize>,
}

#[derive(Clone, PartialEq, Hash, Debug)]
pub(crate) struct State {
    pub(crate) members: Vec<Shared<Member>>,
    /// No two are the same.
    pub(crate) net: Vec<Shared<Frame>>,
    pub(crate) spent: Counts,
    /// Which task is closed, and whose it is.
    pub(crate) closed: Option<(usize, Option<usize>)>,
    /// Somebody has thought, and chooses what it knows to be lost.
    pub(crate) holds_on: bool,
}

impl Member {
    fn new(world: &World, robot: usize, boot: u32) -> Self {
        let nodes = |of: usize| world.near(of).map(|other| world.node(other)).collect::<Vec<_>>();
        let near: Vec<(NodeId, Vec<NodeId>)> = world
            .near(robot)
            .map(|other| (world.node(other), nodes(other)))
            .collect();
        let mut member = Member {
            consensus: Consensus::bidder(world.robots[robot].id(), boot, world.limit, world.plan(robot)),
            gossip: Gossip::new(),
            knows: true,
            suspects: None,
        };
        let near = near.iter().map(|(node, near)| (*node, &near[..]));
        member.gossip.set_near(near);
        member
    }

    fn open(&mut self, world: &World, task: usize) {
        let (task, utc) = (&world.tasks[task], UtcTime::from_secs(0));
        let standing = Scheme::FixedClasses.standing(task, utc, utc);
        let key = task.id().uuid().as_u128() as u32;
        let job = Job::new(key, task, &standing, &mut Euclidean);
        self.consensus.open(task.id(), standing.urgency, job);
    }

    fn think(&mut self, mistake: Option<Mistake>) -> Vec<BundleNews> {
        let chosen = |member: &Member| member.consensus.choices().map(|choice| choice.task).collect();
        let (before, chosen_before): (_, Vec<TaskId>) = (self.consensus.clone(), chosen(self));
        self.consensus.think(Time::ZERO, &mut Euclidean);
        let chosen_now: Vec<TaskId> = chosen(self);
        let lost = |task: &TaskId| before.is_open(*task) && !chosen_now.contains(task);
        if mistake == Some(Mistake::KeepsWhatItLost) && chosen_before.iter().any(lost) {
            self.consensus = before;
        }
        self.gossip.tell(&self.consensus)
    }

    fn learn(&mut self, world: &World, from: usize, news: &BundleNews) {
        let mut news = news.clone();
        if world.mistake == Some(Mistake::TakesOlder) {
            let known = self.consensus.bundle(news.robot);
            let known = known.map_or(0, |bundle| bundle.version());
            news.version = news.version.max(known + 1);
        }
        self.gossip.learn(world.node(from), &news, &mut self.consensus);
    }
}

impl State {
    /// Nobody has thought yet.
    pub(crate) fn first(world: &World) -> Self {
        let member = |robot| {
            let mut member = Member::new(world, robot, 1);
            (0..world.tasks.len()).for_each(|task| member.open(world, task));
            Shared::new(member)
        };
        State {
            members: (0..world.robots.len()).map(member).collect(),
            net: Vec::new(),
            spent: Counts::default(),
            closed: None,
            holds_on: false,
        }
    }

    /// What can happen, besides what changes nothing.
    pub(crate) fn acts(&self, world: &World, acts: &mut Vec<Act>) {
        let robots = || 0..self.members.len();
        self.calm_acts(world, acts);
        let (spent, counts) = (&self.spent, &world.counts);
        if spent.losses < counts.losses {
            acts.extend(self.net.iter().cloned().map(Act::Lose));
        }
        if spent.repeats < counts.repeats {
            acts.extend(self.net.iter().cloned().map(Act::Repeat));
        }
        if !self.net.is_empty() {
            return; // what else may happen waits for a moment between the frames, for the sake of the size
        }
        if spent.closings < counts.closings {
            let pairs = robots().flat_map(|robot| (0..world.tasks.len()).map(move |task| (robot, task)));
            for (robot, task) in pairs {
                acts.push(Act::Cancel { robot, task });
                let id = world.tasks[task].id();
                if self.members[robot]
                    .consensus
                    .choices()
                    .any(|choice| choice.task == id)
                {
                    acts.push(Act::Own { robot, task });
                }
            }
        }
        if spent.suspicions < counts.suspicions {
            let pairs = robots().flat_map(|robot| robots().map(move |of| (robot, of)));
            let others = pairs.filter(|(robot, of)| robot != of);
            acts.extend(others.map(|(robot, of)| Act::Suspect { robot, of }));
        }
        if spent.rebirths < counts.rebirths {
            acts.extend(robots().map(Act::Reborn));
        }
    }

    /// What happens by itself, where nothing goes wrong.
    pub(crate) fn calm_acts(&self, world: &World, acts: &mut Vec<Act>) {
        acts.extend((0..self.members.len()).map(Act::Think));
        acts.extend(self.net.iter().cloned().map(Act::Arrive));
        for (to, member) in self.members.iter().enumerate() {
            if !member.knows {
                acts.push(Act::HearCancelled(to));
            }
            if member.suspects.is_some() {
                acts.push(Act::Trust(to));
            }
            let differs = |from: &usize| self.members[*from].consensus.digest() != member.consensus.digest();
            // While there are news on the way, nobody minds that others know something else.
            if world.mistake != Some(Mistake::NeverCompares) && self.net.is_empty() {
                acts.extend(
                    world
                        .near(to)
                        .filter(differs)
                        .map(|from| Act::Compare { from, to }),
                );
            }
        }
    }

    pub(crate) fn act(&mut self, world: &World, act: &Act) {
        match act {
            Act::Think(robot) => self.think(world, *robot),
            Act::Arrive(frame) => {
                self.take(frame);
                self.arrive(world, frame);
            }
            Act::Repeat(frame) => {
                self.spent.repeats += 1;
                self.arrive(world, frame);
            }
            Act::Lose(frame) => {
                self.spent.losses += 1;
                self.take(frame);
            }
            Act::Compare { from, to } => {
                let known = &self.members[*from].consensus;
                let known = known.bundles().filter(|(_, bundle)| bundle.version() > 0);
                let news: Vec<BundleNews> = known.map(|(robot, bundle)| bundle.news(robot, 0)).collect();
                self.members[*to].change(|member| {
                    news.iter().for_each(|news| member.learn(world, *from, news));
                });
                self.think_now(world, *to);
            }
            Act::Cancel { robot, task } => {
                self.spent.closings += 1;
                self.closed = Some((*task, None));
                for (place, member) in self.members.iter_mut().enumerate() {
                    member.change(|member| member.knows = place == *robot);
                }
                let id = world.tasks[*task].id();
                self.members[*robot].change(|member| member.consensus.close(id));
                self.think_now(world, *robot);
            }
            Act::HearCancelled(robot) => {
                let closed = self.closed.map(|(task, _)| world.tasks[task].id());
                self.members[*robot].change(|member| {
                    closed.into_iter().for_each(|task| member.consensus.close(task));
                    member.knows = true;
                });
                self.think_now(world, *robot);
            }
            Act::Own { robot, task } => {
                self.spent.closings += 1;
                self.closed = Some((*task, Some(*robot)));
                let id = world.tasks[*task].id();
                self.members[*robot].change(|member| {
                    member.consensus.close(id);
                    member.consensus.claim(vec![id]);
                });
                self.think_now(world, *robot);
            }
            Act::Suspect { robot, of } => {
                self.spent.suspicions += 1;
                self.suspect(world, *robot, Some(*of));
            }
            Act::Trust(robot) => self.suspect(world, *robot, None),
            Act::Reborn(robot) => {
                self.spent.rebirths += 1;
                let mut member = Member::new(world, *robot, 2);
                let closed = self.closed.map(|(task, _)| task);
                let open = (0..world.tasks.len()).filter(|task| Some(*task) != closed);
                open.for_each(|task| member.open(world, task));
                self.members[*robot] = Shared::new(member);
                self.think_now(world, *robot);
            }
        }
    }

    fn think(&mut self, world: &World, robot: usize) {
        let news = self.members[robot].change(|member| member.think(world.mistake));
        for news in news {
            world.near(robot).for_each(|to| {
                let (from, news) = (robot, news.clone());
                self.send(Frame { from, to, news });
            });
        }
        self.holds_on |= !gives_up_what_it_lost(world, self, robot);
    }

    /// Where robots are prompt, they think as soon as something is new.
    fn think_now(&mut self, world: &World, robot: usize) {
        if world.prompt {
            self.think(world, robot);
        }
    }

    fn suspect(&mut self, world: &World, robot: usize, of: Option<usize>) {
        self.members[robot].change(|member| {
            if let Some(before) = core::mem::replace(&mut member.suspects, of) {
                member.consensus.set_absent(world.robots[before].id(), false);
            }
            if let Some(of) = of {
                member.consensus.set_absent(world.robots[of].id(), true);
            }
        });
        self.think_now(world, robot);
    }

    fn arrive(&mut self, world: &World, frame: &Frame) {
        self.members[frame.to].change(|member| member.learn(world, frame.from, &frame.news));
        self.think_now(world, frame.to);
    }

    fn send(&mut self, frame: Frame) {
        let frame = Shared::new(frame);
        let place = self.net.partition_point(|other| other.key() < frame.key());
        if self.net.get(place) != Some(&frame) {
            self.net.insert(place, frame);
        }
    }

    fn take(&mut self, frame: &Shared<Frame>) {
        self.net.retain(|other| other != frame);
    }

    /// What all have chosen.
    pub(crate) fn bundles(&self, world: &World) -> Bundles {
        let members = world.robots.iter().zip(&self.members);
        let bundle = |member: &Member| {
            let choices = member.consensus.choices();
            choices.map(|choice| (choice.task, choice.cost.value())).collect()
        };
        members
            .map(|(robot, member)| (robot.id(), bundle(member)))
            .collect()
    }
}
