//! The robot's side: its schedule, its leases, its work in hand.

mod lease;
mod sale;
mod work;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;

pub use work::{Report, ReportError};

use crate::bid::Decline;
use crate::config::Config;
use crate::context::Context;
use crate::epoch::Epoch;
use crate::ids::TaskId;
use crate::invalid::Invalid;
use crate::load::Load;
use crate::message::{Forfeit, Message, News};
use crate::output::{Event, StopReason};
use crate::place::Pose;
use crate::robot::Robot;
use crate::schedule::{Schedule, Start};
use crate::task::Task;
use crate::time::{Time, UtcTime};
use crate::transport::Class;
use sale::Offered;
use work::Current;

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Agent {
    robot: Robot,
    boot: u32,
    /// Tasks for sale, by lot.
    lots: BTreeMap<u32, Offered>,
    /// Tasks that this robot owns.
    held: BTreeMap<TaskId, Held>,
    /// The tasks of the schedule, by the numbers used there.
    keys: BTreeMap<u32, TaskId>,
    next_key: u32,
    schedule: Schedule,
    current: Option<Current>,
    /// Final news that the coordinator has not noted.
    news: BTreeMap<TaskId, (Epoch, News)>,
    /// Epochs refused or given back, and when, so that a late award of one is known.
    fence: BTreeMap<TaskId, (Epoch, Time)>,
    /// This life's heartbeats that a lease may still count from: number and time.
    asked: VecDeque<(u32, Time)>,
    next_heartbeat: Time,
    known: bool,
    taking: bool,
    charging: bool,
    /// A task was declined for lack of charge while there was nothing else to do.
    hungry: bool,
}

/// A task that this robot owns.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Held {
    task: Arc<Task>,
    epoch: Epoch,
    key: u32,
    /// The first heartbeat that names it.
    since: u32,
    lease_until: Time,
    /// Stops finished; `None` before work has begun.
    stops_done: Option<u32>,
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
            keys: BTreeMap::new(),
            next_key: 0,
            current: None,
            news: BTreeMap::new(),
            fence: BTreeMap::new(),
            asked: VecDeque::new(),
            next_heartbeat: Time::ZERO,
            known: false,
            taking: true,
            charging: false,
            hungry: false,
        }
    }

    pub(crate) fn robot(&self) -> &Robot {
        &self.robot
    }

    pub(crate) fn take_tasks(&mut self, take: bool) {
        self.taking = take;
    }

    pub(crate) fn moved(&mut self, pose: Pose) -> Result<(), Invalid> {
        self.robot.moved(pose)
    }

    pub(crate) fn handle_message(&mut self, message: Message, cx: &mut Context<'_>) {
        match message {
            Message::Heard(heard) => self.heard(heard, cx),
            Message::Announce(lots) => self.announced(lots, cx),
            Message::Award(award) => self.awarded(award, cx),
            Message::Noted { task, epoch } => self.noted(task, epoch),
            Message::Cancel { task, epoch } => {
                self.revoke(task, epoch, StopReason::Cancelled, cx);
            }
            _ => {}
        }
        self.steer(cx);
    }

    pub(crate) fn handle_timeout(&mut self, cx: &mut Context<'_>) {
        self.give_up_missed(cx);
        self.steer(cx);
        if cx.now.time >= self.next_heartbeat {
            self.beat(cx);
        }
    }

    pub(crate) fn next_timeout(&self, config: &Config) -> Time {
        self.next_expiry(config).min(self.next_heartbeat)
    }

    /// Tells the coordinator, and if it is final goes on telling until it is noted.
    fn tell(&mut self, task: TaskId, epoch: Epoch, news: News, cx: &mut Context<'_>) {
        if news.is_final() {
            self.news.insert(task, (epoch, news.clone()));
            self.fence(task, epoch, cx);
        }
        cx.out.send(
            cx.config.coordinator,
            Class::Control,
            Message::Report { task, epoch, news },
        );
    }

    /// Gives a task back.
    fn forfeit(&mut self, task: TaskId, why: Forfeit, cx: &mut Context<'_>) {
        if let Some(held) = self.drop_task(task, StopReason::Lost(why.clone()), cx) {
            self.tell(task, held.epoch, News::Forfeited(why), cx);
        }
    }

    /// Forgets a task that this robot owns, and stops its body if it is at it.
    fn drop_task(&mut self, task: TaskId, why: StopReason, cx: &mut Context<'_>) -> Option<Held> {
        let held = self.held.remove(&task)?;
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

    fn noted(&mut self, task: TaskId, epoch: Epoch) {
        if self.news.get(&task).is_some_and(|(told, _)| *told <= epoch) {
            self.news.remove(&task);
        }
    }

    /// Why it takes no task at all, if so.
    fn closed(&self, config: &Config) -> Option<Decline> {
        if !self.taking {
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
