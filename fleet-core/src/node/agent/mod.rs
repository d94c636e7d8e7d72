//! The robot's side: its schedule, its leases, its work in hand.

mod choose;
mod lease;
mod sale;
mod team;
mod work;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use work::{Report, ReportError};

use crate::bid::Decline;
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::{NodeId, TaskId};
use crate::invalid::Invalid;
use crate::ledger::Claimant;
use crate::load::Load;
use crate::message::{Drain, Forfeit, Message, News, Refusal};
use crate::output::{Event, StopReason};
use crate::panel::Panel;
use crate::place::Pose;
use crate::planted::{self, Bug};
use crate::record::Order;
use crate::robot::Robot;
use crate::schedule::{Planned, Schedule, Start};
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::transport::Class;
use sale::Offered;
use team::Team;
use work::Current;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Agent {
    robot: Robot,
    boot: u32,
    /// Tasks for sale, by coordinator and lot.
    lots: BTreeMap<(NodeId, u32), Offered>,
    /// Tasks that this robot took, and claims or owns.
    held: BTreeMap<TaskId, Held>,
    claimant: Claimant,
    /// Something was taken since the last heartbeat: it has to be claimed.
    claim_now: bool,
    /// The tasks of the schedule, by the numbers used there.
    keys: BTreeMap<u32, TaskId>,
    next_key: u32,
    schedule: Schedule,
    current: Option<Current>,
    /// Final news that no majority of witnesses has noted.
    news: BTreeMap<TaskId, Final>,
    /// Epochs refused or given back, and when, so that a late award of one is known.
    fence: BTreeMap<TaskId, (Epoch, Time)>,
    next_heartbeat: Time,
    /// Witnesses that know this robot.
    known: BTreeSet<NodeId>,
    taking: bool,
    /// The number of the last order on its service, and how it is to leave it.
    drain: (u64, Option<Drain>),
    charging: bool,
    /// Why tasks that it chose itself were refused to it.
    refusals: BTreeMap<TaskId, Refusal>,
    /// A task was declined for lack of charge while there was nothing else to do.
    hungry: bool,
    /// No coordinator that leads is heard.
    adrift: bool,
}

/// A task that this robot took.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Held {
    task: Arc<Task>,
    epoch: Epoch,
    key: u32,
    /// The coordinator that awarded it.
    from: NodeId,
    /// When it was taken.
    taken: Time,
    /// Stops finished; `None` before work has begun.
    stops_done: Option<u32>,
    /// What people ordered of it.
    order: Order,
    /// What is known of the others of its team, until work has begun.
    team: Option<Team>,
}

/// Final news, and who has answered to it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Final {
    epoch: Epoch,
    news: News,
    noted: BTreeSet<NodeId>,
    /// Witnesses that know no such task.
    unknown: BTreeSet<NodeId>,
}

impl Held {
    /// What the stops that are finished have left on the robot.
    fn aboard(&self) -> Load {
        let finished = self.stops_done.unwrap_or(0) as usize;
        let loads = self.task.stops().iter().take(finished).map(|stop| stop.load);
        loads.fold(Load::ZERO, |sum, load| sum + load)
    }
}

impl Agent {
    pub(crate) fn new(robot: Robot, boot: u32, config: &Config) -> Self {
        let start = Start::new(robot.pose().place, UtcTime::default());
        Agent {
            schedule: Schedule::new(&robot, config.objective, start),
            robot,
            boot,
            lots: BTreeMap::new(),
            held: BTreeMap::new(),
            claimant: Claimant::new(config.panel(), config.lease),
            claim_now: false,
            keys: BTreeMap::new(),
            next_key: 0,
            current: None,
            news: BTreeMap::new(),
            fence: BTreeMap::new(),
            next_heartbeat: Time::ZERO,
            known: BTreeSet::new(),
            taking: true,
            drain: (0, None),
            charging: false,
            refusals: BTreeMap::new(),
            hungry: false,
            adrift: false,
        }
    }

    pub(crate) const fn boot(&self) -> u32 {
        self.boot
    }

    pub(crate) const fn set_adrift(&mut self, adrift: bool) {
        self.adrift = adrift;
    }

    pub(crate) fn robot(&self) -> &Robot {
        &self.robot
    }

    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    pub(crate) fn plan(&self) -> impl Iterator<Item = (TaskId, Planned)> + '_ {
        let task = |visit: Planned| Some((*self.keys.get(&visit.key)?, visit));
        self.schedule.visits().filter_map(task)
    }

    pub(crate) fn change_panel(&mut self, panel: Panel) {
        self.claimant.change_panel(panel);
        self.next_heartbeat = Time::ZERO; // the sooner all of them are asked, the better
    }

    pub(crate) fn take_tasks(&mut self, take: bool) {
        self.taking = take;
    }

    pub(crate) fn is_clear(&self) -> bool {
        self.held.is_empty() && self.news.is_empty()
    }

    pub(crate) fn moved(&mut self, pose: Pose) -> Result<(), Invalid> {
        self.robot.moved(pose)
    }

    pub(crate) fn handle_message(&mut self, from: NodeId, message: Message, cx: &mut Context<'_>) {
        match message {
            Message::Heard(heard) => self.heard(from, heard, cx),
            Message::Announce(lots) => self.announced(from, lots, cx),
            Message::Award(award) => self.awarded(from, award, cx),
            Message::Noted { task, epoch } => self.noted(from, task, epoch),
            Message::Cancel { task, epoch } => {
                self.revoke(task, epoch, StopReason::Cancelled, cx);
            }
            _ => {}
        }
        self.steer(cx);
        if self.claim_now {
            self.beat(cx);
        }
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.give_up_missed(cx);
        self.give_up_claims(cx);
        self.give_up_teams(cx);
        self.steer(cx);
        if cx.now.time >= self.next_heartbeat || self.claim_now {
            self.beat(cx);
        }
    }

    pub(crate) fn next_timeout(&self, config: &Config) -> Time {
        self.next_expiry(config).min(self.next_heartbeat)
    }

    /// Tells the witnesses, and if it is final goes on telling until a majority has noted it.
    fn tell(&mut self, task: TaskId, epoch: Epoch, news: News, cx: &mut Context<'_>) {
        if news.is_final() {
            if !planted::is(Bug::DoneOnce) {
                let (noted, unknown) = (BTreeSet::new(), BTreeSet::new());
                let news = news.clone();
                self.news.insert(
                    task,
                    Final {
                        epoch,
                        news,
                        noted,
                        unknown,
                    },
                );
            }
            self.fence(task, epoch, cx);
        }
        cx.out.send_each(
            self.claimant.panel().all(),
            Class::Control,
            Message::Report { task, epoch, news },
        );
    }

    /// Gives a task back.
    fn forfeit(&mut self, task: TaskId, why: Forfeit, cx: &mut Context<'_>) {
        let owned = self.owns(task) || self.may_act(task, cx.now.time);
        if let Some(held) = self.drop_task(task, StopReason::Lost(why.clone()), cx) {
            if owned {
                self.tell(task, held.epoch, News::Forfeited(why), cx);
            } else {
                self.decline(&held, None, cx);
            }
        }
    }

    /// Whether a majority has granted it, once at least.
    fn owns(&self, task: TaskId) -> bool {
        self.claimant
            .get(task)
            .is_some_and(|lease| lease.until().is_some())
    }

    /// Takes back that it would do a task which it never came to own.
    fn decline(&mut self, held: &Held, known: Option<Epoch>, cx: &mut Context<'_>) {
        let (task, epoch) = (held.task.id(), held.epoch);
        self.fence(task, epoch, cx);
        let release = Message::Release(alloc::vec![(task, epoch)]);
        cx.out
            .send_each(self.claimant.panel().all(), Class::Control, release);
        let refuse = Message::Refuse {
            task,
            epoch,
            reason: Decline::NotGranted,
            known,
            bids: Vec::new(),
        };
        cx.out.send(held.from, Class::Control, refuse);
    }

    /// Forgets a task that this robot owns, and stops its body if it is at it.
    fn drop_task(&mut self, task: TaskId, why: StopReason, cx: &mut Context<'_>) -> Option<Held> {
        let held = self.held.remove(&task)?;
        self.claimant.drop(task);
        self.keys.remove(&held.key);
        if self.current.as_ref().is_some_and(|current| current.task == task) {
            self.current = None;
            cx.out.event(Event::Stop { task, why });
        }
        self.replan(cx);
        self.schedule.abandon(held.key, held.aboard(), cx.travel);
        Some(held)
    }

    /// The ownership of a task under `epoch` has ended from outside, or will not begin.
    fn revoke(&mut self, task: TaskId, epoch: Epoch, why: StopReason, cx: &mut Context<'_>) {
        if self.held.get(&task).is_some_and(|held| held.epoch <= epoch) {
            self.drop_task(task, why, cx);
        }
        self.fence(task, epoch, cx);
    }

    /// Never takes the task under `epoch` or an earlier one, however late an award of it may come.
    fn fence(&mut self, task: TaskId, epoch: Epoch, cx: &Context<'_>) {
        let (now, limit) = (cx.now.time, cx.config.limits.lots);
        let fence = self.fence.entry(task).or_insert((epoch, now));
        *fence = (fence.0.max(epoch), now);
        while self.fence.len() > limit {
            let oldest = self.fence.iter().min_by_key(|(_, (_, at))| *at);
            let Some(oldest) = oldest.map(|(task, _)| *task) else {
                return;
            };
            self.fence.remove(&oldest);
        }
    }

    /// An award of a task that was fenced long ago counts from a heartbeat that is forgotten by now.
    fn forget_fences(&mut self, now: Time, config: &Config) {
        let guard = config.lease.guard();
        self.fence.retain(|_, (_, at)| *at + guard + guard > now);
    }

    fn is_fenced(&self, task: TaskId, epoch: Epoch) -> bool {
        self.fence.get(&task).is_some_and(|(fenced, _)| *fenced >= epoch)
    }

    fn noted(&mut self, from: NodeId, task: TaskId, epoch: Epoch) {
        let Some(told) = self.news.get_mut(&task).filter(|told| told.epoch <= epoch) else {
            return;
        };
        told.noted.insert(from);
        if self
            .claimant
            .panel()
            .is_majority(|node| told.noted.contains(&node))
        {
            self.news.remove(&task);
        }
    }

    /// A witness knows no task that there is final news of. If most do not, nobody is to be told.
    fn unknown(&mut self, from: NodeId, task: TaskId) {
        let Some(told) = self.news.get_mut(&task) else {
            return;
        };
        told.unknown.insert(from);
        if self
            .claimant
            .panel()
            .is_majority(|node| told.unknown.contains(&node))
        {
            self.news.remove(&task);
        }
    }

    /// Why it takes no task at all, if so.
    fn closed(&self, config: &Config) -> Option<Decline> {
        if !self.taking || self.drain.1.is_some() {
            Some(Decline::NotTaking)
        } else if self.charging {
            Some(Decline::Charging)
        } else if self.held.len() >= config.limits.plan {
            Some(Decline::Full)
        } else {
            None
        }
    }
}
