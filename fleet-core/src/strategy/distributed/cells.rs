//! Which robots choose together: cells of robots that hear each other, each around a leader.
//!
//! Who leads is settled among neighbours, as in clustering by the lowest id (Gerla & Tsai 1995, "Multicluster, mobile,
//! multimedia radio network"): of the robots without a cell that are nearest to each other the one with the lowest id
//! founds one, and the others ask the nearest leader who has room. A leader names its members, so that all of a cell
//! agree on who is in it. What was settled stays until it is much worse than what else could be had: a robot leaves for
//! a leader who is less than half as far away, and a cell joins another if both together leave a quarter of the room free.
//!
//! Nobody needs a leader: if it is lost, its robots go on with each other until they have found another.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::time::Duration;

use crate::context::Context;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::message::{self, Beacon};
use crate::objective::Cost;
use crate::place::Place;
use crate::time::Time;
use crate::travel::way;

/// So many signs a robot waits without a cell before it founds one, and for an answer of a leader.
const PATIENCE: u32 = 3;
/// Tasks that a leader leaves to other cells at a time.
pub(super) const PASSES: usize = 32;

/// A robot that is near.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Peer {
    place: Place,
    free: Duration,
    follows: Option<RobotId>,
}

/// The latest beacon of a leader.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Known {
    beacon: Beacon,
    at: Time,
    /// Whether all who are near know it.
    told: bool,
}

/// The robot on this node, as far as cells go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Body {
    pub(super) place: Place,
    pub(super) free: Duration,
    /// Metres a second.
    pub(super) speed: f64,
}

/// What one node knows of cells.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Cells {
    me: NodeId,
    boot: u32,
    /// Beacons sent.
    number: u32,
    peers: BTreeMap<NodeId, Peer>,
    known: BTreeMap<RobotId, Known>,
    /// Whose cell it is in, or wants to be in.
    follows: Option<RobotId>,
    /// How often in a row it was found to be in no cell, and to be alone in its own.
    outside: u32,
    alone: u32,
    /// With whom it chooses.
    circle: BTreeSet<NodeId>,
    /// Whether a cell is elsewhere than before, asks another price, or is there no more.
    moved: bool,
}

impl Cells {
    pub(super) fn new(me: NodeId, boot: u32) -> Self {
        Cells {
            me,
            boot,
            number: 0,
            peers: BTreeMap::new(),
            known: BTreeMap::new(),
            follows: None,
            outside: 0,
            alone: 0,
            circle: BTreeSet::new(),
            moved: false,
        }
    }

    /// Whether a node is in the same cell as this one, or is this one.
    pub(super) fn includes(&self, node: NodeId) -> bool {
        node == self.me || self.circle.contains(&node)
    }

    /// Who is in the same cell, but for this node.
    pub(super) const fn circle(&self) -> &BTreeSet<NodeId> {
        &self.circle
    }

    /// The leader of its cell, if it is in one.
    pub(super) fn leader(&self) -> Option<RobotId> {
        self.follows.filter(|leader| self.is_member(*leader))
    }

    pub(super) fn leads(&self) -> bool {
        self.follows == Some(self.me.robot())
    }

    /// Whether homes may be others than when this was last asked.
    pub(super) fn take_moved(&mut self) -> bool {
        core::mem::take(&mut self.moved)
    }

    fn is_member(&self, leader: RobotId) -> bool {
        let me = self.me.robot();
        let named = |known: &Known| known.beacon.members.contains(&me);
        leader == me || self.known.get(&leader).is_some_and(named)
    }

    /// A neighbour has said this; `heard_by_all` who are near to this node.
    pub(super) fn hear(
        &mut self,
        from: NodeId,
        said: message::Cells,
        heard_by_all: bool,
        now: Time,
        limit: usize,
    ) {
        match said.robot.filter(|(place, _)| place.check().is_ok()) {
            Some((place, free)) => {
                let follows = said.follows;
                self.peers.insert(from, Peer { place, free, follows });
            }
            None => {
                self.peers.remove(&from);
            }
        }
        for beacon in said.beacons.into_iter().take(limit) {
            let valid = beacon.leader.node() != self.me && beacon.place.check().is_ok();
            let room = self.known.len() < limit || self.known.contains_key(&beacon.leader);
            if valid && room {
                self.learn(from, beacon, heard_by_all, now);
            }
        }
    }

    fn learn(&mut self, from: NodeId, mut beacon: Beacon, told: bool, now: Time) {
        let leader = beacon.leader;
        let before = self.known.get(&leader);
        let age = |beacon: &Beacon| (beacon.boot, beacon.number);
        if before.is_some_and(|before| age(&before.beacon) >= age(&beacon)) {
            return;
        }
        // Only the leader itself names its members.
        if leader.node() != from {
            let members = before.map(|before| before.beacon.members.clone());
            beacon.members = members.unwrap_or_default();
        }
        beacon.passes.truncate(PASSES);
        let offer = |beacon: &Beacon| (beacon.place, beacon.price, beacon.passes.clone());
        self.moved |= before.is_none_or(|before| offer(&before.beacon) != offer(&beacon));
        let at = now;
        self.known.insert(leader, Known { beacon, at, told });
    }

    /// Time has passed: sees in which cell the robot is, with those who are near. Whether its circle is another.
    pub(super) fn step(&mut self, body: Option<Body>, near: &[NodeId], cx: &mut Context<'_>) -> bool {
        let now = cx.now.time;
        let before = self.known.len();
        self.known
            .retain(|leader, known| leader.node() == self.me || known.at + cx.config.absence > now);
        self.moved |= self.known.len() < before;
        self.peers.retain(|node, _| near.binary_search(node).is_ok());
        let Some(body) = body else { return self.leave() };
        self.follows = self.choose_leader(&body, cx);
        self.outside = match self.leader() {
            Some(_) => 0,
            None => self.outside.saturating_add(1),
        };
        match self.leads() {
            true => self.light(&body, cx),
            false => self.moved |= self.known.remove(&self.me.robot()).is_some(),
        }
        let circle = self.gather();
        self.alone = match self.leads() && circle.is_empty() {
            true => self.alone.saturating_add(1),
            false => 0,
        };
        core::mem::replace(&mut self.circle, circle) != self.circle
    }

    /// The robot does not choose. Whether it did.
    pub(super) fn leave(&mut self) -> bool {
        (self.follows, self.outside, self.alone) = (None, 0, 0);
        self.moved |= self.known.remove(&self.me.robot()).is_some();
        !core::mem::take(&mut self.circle).is_empty()
    }

    /// All that its leader names; until it is in another cell, those of its last one.
    fn gather(&self) -> BTreeSet<NodeId> {
        let Some(cell) = self.leader().and_then(|leader| self.known.get(&leader)) else {
            return self.circle.clone();
        };
        let members = cell.beacon.members.iter().chain([&cell.beacon.leader]);
        let nodes = members.map(|robot| robot.node());
        nodes.filter(|node| *node != self.me).collect()
    }

    /// Whether a near robot leads a cell, and how large that is.
    fn led_by(&self, leader: RobotId) -> Option<usize> {
        let leads = self.peers.get(&leader.node())?.follows == Some(leader);
        let known = self.known.get(&leader).filter(|_| leads)?;
        Some(known.beacon.size as usize + 1)
    }

    fn choose_leader(&self, body: &Body, cx: &mut Context<'_>) -> Option<RobotId> {
        let (me, limit) = (self.me.robot(), cx.config.limits.cell);
        match self.follows {
            Some(leader) if leader == me => self.better_cell(body, cx).or(Some(me)),
            Some(leader) if self.led_by(leader).is_some() && self.has_patience(leader) => {
                let far = metres(body.place, self.known[&leader].beacon.place, cx);
                let (way, other) = self.nearest(body, limit, cx)?;
                if way < far / 2.0 {
                    Some(other)
                } else {
                    Some(leader)
                }
            }
            _ => {
                let (first, company) = self.rivals(body, cx);
                match self.nearest(body, limit, cx) {
                    // Those who are much nearer and have no cell either will soon have one.
                    Some((far, leader)) if company >= far / 2.0 || self.outside >= 3 * PATIENCE => {
                        Some(leader)
                    }
                    _ if first && self.outside >= PATIENCE => Some(me),
                    _ => None,
                }
            }
        }
    }

    fn has_patience(&self, leader: RobotId) -> bool {
        self.is_member(leader) || self.outside < 2 * PATIENCE
    }

    /// The nearest leader who has room, and how far away its cell is; also the own one.
    fn nearest(&self, body: &Body, limit: usize, cx: &mut Context<'_>) -> Option<(f64, RobotId)> {
        let me = self.me.robot();
        let mut nearest: Option<(f64, RobotId)> = None;
        for leader in self.known.keys().filter(|leader| **leader != me) {
            let own = self.follows == Some(*leader) && self.is_member(*leader);
            if !self.led_by(*leader).is_some_and(|size| own || size < limit) {
                continue;
            }
            let far = metres(body.place, self.known[leader].beacon.place, cx);
            if nearest.is_none_or(|(least, _)| far < least) {
                nearest = Some((far, *leader));
            }
        }
        nearest
    }

    /// A cell that this leader's should be one with. Who leads nobody joins whoever has room.
    fn better_cell(&self, body: &Body, cx: &mut Context<'_>) -> Option<RobotId> {
        let (me, limit) = (self.me.robot(), cx.config.limits.cell);
        let own = self.circle.len() + 1;
        if own == 1 && self.alone < 3 * PATIENCE {
            return None;
        }
        let most = match own {
            1 => limit,
            _ => limit - limit / 4,
        };
        let (_, other) = self.nearest(body, most.saturating_sub(own) + 1, cx)?;
        let size = self.led_by(other)?;
        (other < me || (own == 1 && size > 1)).then_some(other)
    }

    /// Whether of the robots without a cell that are nearest to this one none has a lower id, and how far away the nearest
    /// of them is.
    fn rivals(&self, body: &Body, cx: &mut Context<'_>) -> (bool, f64) {
        let mut rivals: Vec<(f64, NodeId)> = Vec::new();
        for (node, peer) in self.peers.iter().filter(|(_, peer)| peer.follows.is_none()) {
            let far = metres(body.place, peer.place, cx);
            rivals.push((far, *node));
        }
        rivals.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut nearest = rivals.iter().take(cx.config.limits.cell.saturating_sub(1));
        let company = rivals.first().map_or(f64::INFINITY, |(far, _)| *far);
        (nearest.all(|(_, node)| self.me < *node), company)
    }

    /// Says anew how this robot's own cell is.
    fn light(&mut self, body: &Body, cx: &mut Context<'_>) {
        let (me, now) = (self.me.robot(), cx.now.time);
        let before = self.known.remove(&me).map(|known| known.beacon);
        self.number += 1;
        let place = before.as_ref().map_or(body.place, |before| before.place);
        let members = self.admit(before.as_ref(), place, cx);
        let (price, passes) = match before {
            Some(before) => (before.price, before.passes),
            None => (Cost::ZERO, Vec::new()),
        };
        let free = self
            .peers
            .iter()
            .filter(|(node, _)| members.contains(&node.robot()));
        let free = free.map(|(_, peer)| peer.free).chain([body.free]);
        let now_asked = mean(free) * body.speed;
        // A price that changes little stays: homes that change cost more than they are worth.
        let stays = (now_asked - price.value()).abs() <= (price.value() / 10.0).max(body.speed);
        let asked = Cost::new(now_asked).filter(|_| !stays);
        self.moved |= asked.is_some();
        let beacon = Beacon {
            leader: me,
            boot: self.boot,
            number: self.number,
            place,
            price: asked.unwrap_or(price),
            size: members.len() as u32,
            members,
            passes,
        };
        let (at, told) = (now, false);
        self.known.insert(me, Known { beacon, at, told });
    }

    /// Those who want to be in this robot's cell, as far as there is room: who is in it already, then the nearest.
    fn admit(&self, before: Option<&Beacon>, place: Place, cx: &mut Context<'_>) -> Vec<RobotId> {
        let me = self.me.robot();
        let mut members: Vec<(bool, f64, RobotId)> = Vec::new();
        for (node, peer) in self.peers.iter().filter(|(_, peer)| peer.follows == Some(me)) {
            let new = before.is_none_or(|before| !before.members.contains(&node.robot()));
            let far = metres(place, peer.place, cx);
            members.push((new, far, node.robot()));
        }
        members.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        let members = members.iter().take(cx.config.limits.cell.saturating_sub(1));
        members.map(|(.., robot)| *robot).collect()
    }

    /// Whether this leader leaves a task to other cells.
    pub(super) fn passes(&self, task: TaskId) -> bool {
        let own = self.known.get(&self.me.robot());
        own.is_some_and(|own| own.beacon.passes.contains(&task))
    }

    /// Leader: leaves these to other cells.
    pub(super) fn pass(&mut self, tasks: Vec<TaskId>) {
        if let Some(own) = self.known.get_mut(&self.me.robot()) {
            self.moved |= own.beacon.passes != tasks;
            own.beacon.passes = tasks;
        }
    }

    /// Whether there are beacons that some who are near may not have heard.
    pub(super) fn has_untold(&self) -> bool {
        self.known.values().any(|known| !known.told)
    }

    /// What to say to all who are near.
    pub(super) fn say(&mut self, body: Option<Body>) -> message::Cells {
        let me = self.me.robot();
        let mut beacons = Vec::new();
        for known in self.known.values_mut() {
            if core::mem::replace(&mut known.told, true) {
                continue;
            }
            let mut beacon = known.beacon.clone();
            if beacon.leader != me {
                beacon.members.clear();
            }
            beacons.push(beacon);
        }
        message::Cells {
            robot: body.map(|body| (body.place, body.free)),
            follows: self.follows,
            beacons,
        }
    }

    /// Whose cell a task is left to that begins at `first`: of the one that is nearest, at the price that each asks, of
    /// all but those who pass it on. O(cells).
    ///
    /// Each cell knows best what it asks itself. So whatever else is heard late or not at all, a task is never left to
    /// others by all cells for longer than prices take to be heard of.
    pub(super) fn home(&self, task: TaskId, first: Place, cx: &mut Context<'_>) -> Option<RobotId> {
        let mut home: Option<(f64, RobotId)> = None;
        for (leader, known) in &self.known {
            let beacon = &known.beacon;
            if beacon.passes.contains(&task) {
                continue;
            }
            let Some(far) = way(cx.travel, beacon.place, first) else {
                continue;
            };
            let asked = far + beacon.price.value();
            if home.is_none_or(|(least, _)| asked < least) {
                home = Some((asked, *leader));
            }
        }
        home.map(|(_, leader)| leader)
    }
}

/// How far it is, infinite if there is no way.
fn metres(from: Place, to: Place, cx: &mut Context<'_>) -> f64 {
    way(cx.travel, from, to).unwrap_or(f64::INFINITY)
}

fn mean(spans: impl Iterator<Item = Duration>) -> f64 {
    let (count, sum) = spans.fold((0u32, 0.0), |(count, sum), span| {
        (count + 1, sum + span.as_secs_f64())
    });
    sum / f64::from(count.max(1))
}
