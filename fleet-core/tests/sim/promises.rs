//! What is promised, checked while a fleet runs. The numbers are those of the book's chapter on guarantees.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleet_core::ledger::Phase;
use fleet_core::sim::{Doing, Happening, Observer, Sim};
use fleet_core::{Abilities, Assurance, Epoch, Event, NodeId, RobotId, Task, TaskId, Time, ability};

use crate::draw::{COORDINATOR, Draw, MISHAPS};

/// How long an idle robot and a task that it could do may both wait once all is calm: the end of the leases of
/// those who are lost, and a few rounds of offering.
const IDLE: Duration = Duration::from_secs(30);

/// From when nothing is broken or cut off any more, and the network is good.
pub(crate) const CALM: Time = Time::from_secs((MISHAPS * 1.5) as u64);

/// By when every task has ended: all of them one after the other, on the one robot that is left.
pub(crate) const END: Time = Time::from_secs(2535);

/// Frames that a fleet may send: each second and robot a heartbeat and its answer at the faster pace, which is four
/// times a second, and for each task and robot a few auctions with all their repetitions.
const FRAMES_A_SECOND: f64 = 8.0;
const FRAMES_A_TASK: f64 = 40.0;

pub(crate) struct Promises {
    robots: BTreeMap<RobotId, Body>,
    tasks: BTreeMap<TaskId, Known>,
    frames: u64,
}

struct Body {
    abilities: Abilities,
    battery: bool,
    doing: Doing,
    idle_since: Option<Time>,
}

struct Known {
    task: Arc<Task>,
    owned: Option<Epoch>,
    started: Option<Epoch>,
    ended: Option<Phase>,
    open_since: Option<Time>,
    at_work: BTreeSet<RobotId>,
}

impl Promises {
    pub(crate) fn new(draw: &Draw) -> Self {
        let body = |robot: &fleet_core::Robot| Body {
            abilities: robot.abilities().clone(),
            battery: robot.battery().is_some(),
            doing: Doing::Idle,
            idle_since: Some(Time::ZERO),
        };
        Promises {
            robots: draw
                .robots
                .iter()
                .map(|robot| (robot.id(), body(robot)))
                .collect(),
            tasks: BTreeMap::new(),
            frames: 0,
        }
    }

    /// Promises about the present: called after every happening.
    pub(crate) fn hold(&self, now: Time) {
        self.nobody_waits_in_vain(now);
        self.frames_are_bounded(now);
    }

    /// L5: an idle able robot and an open feasible task do not both last longer than a bound.
    fn nobody_waits_in_vain(&self, now: Time) {
        let since = |moment: Option<Time>| moment.map(|moment| moment.max(CALM));
        let long = |moment: Option<Time>| since(moment).is_some_and(|since| now.since(since) > IDLE);
        let waiting = |known: &&Known| long(known.open_since) && known.task.deadline().is_none();
        for known in self.tasks.values().filter(waiting) {
            let able = |body: &Body| ability::missing(known.task.needs(), &body.abilities).is_none();
            let idle = self
                .robots
                .iter()
                .find(|(_, body)| !body.battery && long(body.idle_since) && able(body));
            if let Some((robot, _)) = idle {
                panic!("{now:?}: {robot:?} and {:?} both wait", known.task.id());
            }
        }
    }

    /// L7: frames are bounded by robots, time and tasks.
    fn frames_are_bounded(&self, now: Time) {
        let (robots, tasks) = (self.robots.len() as f64, self.tasks.len() as f64);
        let bound = robots * (FRAMES_A_SECOND * (now.as_secs_f64() + 1.0) + FRAMES_A_TASK * tasks);
        assert!(
            self.frames as f64 <= bound,
            "{now:?}: {} frames, bound {bound}",
            self.frames
        );
    }

    /// L3: everything that was taken has ended.
    pub(crate) fn finish(&self, sim: &Sim) {
        let open: Vec<_> = sim
            .records()
            .filter(|record| !record.state.phase.is_terminal())
            .collect();
        assert!(open.is_empty(), "{:?}: never ended: {open:#?}", sim.now());
    }

    fn task(&mut self, task: TaskId) -> &mut Known {
        self.tasks.get_mut(&task).expect("a task that was submitted")
    }

    fn progressed(&mut self, now: Time, task: TaskId, epoch: Epoch, phase: &Phase) {
        let known = self.task(task);
        assert!(
            known.ended.is_none(),
            "{now:?}: {task:?} ended as {:?}, now {phase:?}",
            known.ended
        );
        known.open_since = (*phase == Phase::Open).then_some(now);
        match phase {
            Phase::Held => {
                let before = known.owned.replace(epoch);
                assert!(
                    before < Some(epoch),
                    "{now:?}: {task:?} owned under {before:?}, then {epoch:?}"
                );
            }
            phase if phase.is_terminal() => known.ended = Some(phase.clone()),
            _ => {}
        }
        if phase.is_terminal() {
            self.followers_may_begin(now);
        }
    }

    fn followers_may_begin(&mut self, now: Time) {
        let done: BTreeSet<TaskId> = self
            .tasks
            .iter()
            .filter(|(_, known)| known.ended == Some(Phase::Done))
            .map(|(task, _)| *task)
            .collect();
        for known in self.tasks.values_mut() {
            let free = known.ended.is_none() && known.owned.is_none() && known.open_since.is_none();
            if free && known.task.after().iter().all(|before| done.contains(before)) {
                known.open_since = Some(now);
            }
        }
    }

    fn body(&mut self, now: Time, robot: RobotId, doing: Doing) {
        let body = self.robots.get_mut(&robot).unwrap();
        body.doing = doing;
        body.idle_since = (doing == Doing::Idle).then_some(now);
        let at = match doing {
            Doing::Travelling(task) | Doing::Waiting(task) | Doing::Working(task) => Some(task),
            _ => None,
        };
        for (task, known) in &mut self.tasks {
            if at == Some(*task) {
                known.at_work.insert(robot);
            } else {
                known.at_work.remove(&robot);
            }
            // S1: at most one robot acts on an exclusive task.
            assert!(
                known.at_work.len() <= 1 || known.task.assurance() == Assurance::BestEffort,
                "{now:?}: {:?} are all at {task:?}",
                known.at_work
            );
        }
    }

    /// S2, as the site's equipment sees it: who begins later has the higher epoch.
    fn started(&mut self, now: Time, task: TaskId, epoch: Epoch) {
        let known = self.task(task);
        let exclusive = known.task.assurance() == Assurance::Exclusive;
        let before = known.started.replace(epoch);
        assert!(
            before <= Some(epoch) || !exclusive,
            "{now:?}: {task:?} started under {before:?}, then {epoch:?}"
        );
    }

    fn event(&mut self, now: Time, node: NodeId, event: &Event) {
        match event {
            Event::Task {
                task, epoch, phase, ..
            } => self.progressed(now, *task, *epoch, phase),
            Event::Start { task, epoch, .. } => self.started(now, task.id(), *epoch),
            Event::Awarded(_) => assert_eq!(node, COORDINATOR),
            _ => {}
        }
    }
}

impl Observer for Promises {
    fn observe(&mut self, now: Time, happening: &Happening<'_>) {
        match happening {
            Happening::Submitted(task) => {
                let known = Known {
                    task: Arc::clone(task),
                    owned: None,
                    started: None,
                    ended: None,
                    open_since: None,
                    at_work: BTreeSet::new(),
                };
                self.tasks.insert(task.id(), known);
                self.followers_may_begin(now);
            }
            Happening::Rejected { task, .. } => drop(self.tasks.remove(task)),
            Happening::Sent { .. } => self.frames += 1,
            Happening::Event { node, event } => self.event(now, *node, event),
            Happening::Body { robot, doing, .. } => self.body(now, *robot, *doing),
            _ => {}
        }
    }
}
