//! A robot: its machine of leases, and around it what its node does with the answers.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ledger::{Claimant, LeaseTerms};
use fleet_core::message::{Claim, Forfeit, News, Refusal};
use fleet_core::{Epoch, NodeId, Panel, TaskId, Time};

use super::net::Word;

/// Final news, and who has noted them.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Told {
    epoch: Epoch,
    news: News,
    noted: BTreeSet<NodeId>,
}

/// A task that a robot took.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Held {
    epoch: Epoch,
    /// It was awarded when the task had ended for good.
    in_vain: bool,
}

/// One robot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Body {
    pub(crate) id: NodeId,
    pub(crate) boot: u32,
    /// On its own clock, in microseconds.
    pub(crate) now: u64,
    claimant: Claimant,
    held: BTreeMap<TaskId, Held>,
    news: BTreeMap<TaskId, Told>,
    fence: BTreeMap<TaskId, Epoch>,
    /// The latest of its asks that each witness answered with yes or no, to all that it named.
    answers: BTreeMap<NodeId, u32>,
}

impl Body {
    pub(crate) fn new(id: NodeId, panel: &Panel, terms: LeaseTerms, now: u64) -> Self {
        Body {
            id,
            boot: 1,
            now,
            claimant: Claimant::new(panel.clone(), terms),
            held: BTreeMap::new(),
            news: BTreeMap::new(),
            fence: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }

    /// It begins a new life, and knows nothing of the former one.
    pub(crate) fn reboot(&mut self, panel: &Panel, terms: LeaseTerms) {
        *self = Body {
            boot: self.boot + 1,
            ..Body::new(self.id, panel, terms, self.now)
        };
    }

    fn time(&self) -> Time {
        Time::from_micros(self.now)
    }

    /// Under which epoch it acts on `task`, if it may.
    pub(crate) fn acts(&self, task: TaskId) -> Option<Epoch> {
        self.claimant.permit(task, self.time())
    }

    /// Whether it acts on a task that was awarded to it when it had ended for good.
    pub(crate) fn acts_in_vain(&self, task: TaskId) -> bool {
        self.acts(task).is_some() && self.held.get(&task).is_some_and(|held| held.in_vain)
    }

    pub(crate) fn holds(&self, task: TaskId) -> bool {
        self.held.contains_key(&task)
    }

    pub(crate) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// A coordinator awards it `task`.
    pub(crate) fn awarded(&mut self, task: TaskId, epoch: Epoch, in_vain: bool) {
        let said = |told: &Told| told.epoch >= epoch || told.news == News::Done;
        let fenced = self.fence.get(&task).is_some_and(|fence| *fence >= epoch);
        let held = self.held.get(&task).is_some_and(|held| held.epoch >= epoch);
        if self.news.get(&task).is_some_and(said) || fenced || held {
            return;
        }
        self.held.insert(task, Held { epoch, in_vain });
        self.claimant.claim(task, epoch);
    }

    /// A heartbeat.
    pub(crate) fn ask(&mut self) -> Word {
        let ask = self.claimant.ask(self.time());
        let claim = |(task, held): (&TaskId, &Held)| Claim {
            task: *task,
            epoch: held.epoch,
            leased: self.owns(*task),
            stops_done: None,
            there: false,
        };
        let news = |(task, told): (&TaskId, &Told)| (*task, told.epoch, told.news.clone());
        Word::Ask {
            boot: self.boot,
            ask,
            claims: self.held.iter().map(claim).collect(),
            news: self.news.iter().map(news).collect(),
        }
    }

    fn owns(&self, task: TaskId) -> bool {
        let lease = self.claimant.get(task);
        lease.is_some_and(|lease| lease.until().is_some())
    }

    /// It has done `task`.
    pub(crate) fn finish(&mut self, task: TaskId) -> Option<Word> {
        self.acts(task)?;
        self.end(task, News::Done)
    }

    /// It gives `task` back, or says that it never owned it.
    pub(crate) fn give_back(&mut self, task: TaskId) -> Option<Word> {
        if self.owns(task) {
            self.end(task, News::Forfeited(Forfeit::LeaseLost))
        } else {
            self.decline(task)
        }
    }

    fn end(&mut self, task: TaskId, news: News) -> Option<Word> {
        let epoch = self.drop(task)?;
        let told = Told {
            epoch,
            news: news.clone(),
            noted: BTreeSet::new(),
        };
        self.news.insert(task, told);
        Some(Word::Report(task, epoch, news))
    }

    fn decline(&mut self, task: TaskId) -> Option<Word> {
        let epoch = self.drop(task)?;
        Some(Word::Release(task, epoch))
    }

    fn drop(&mut self, task: TaskId) -> Option<Epoch> {
        let held = self.held.remove(&task)?;
        self.claimant.drop(task);
        let fence = self.fence.entry(task).or_insert(held.epoch);
        *fence = (*fence).max(held.epoch);
        Some(held.epoch)
    }

    /// A witness has answered: what the robot says to that, to all witnesses.
    pub(crate) fn heard(
        &mut self,
        from: NodeId,
        ask: u32,
        refused: &[(TaskId, Epoch, Refusal)],
    ) -> Vec<Word> {
        if refused.iter().all(|(.., refusal)| *refusal != Refusal::Later) {
            let answered = self.answers.entry(from).or_default();
            *answered = (*answered).max(ask);
        }
        let lost = self.claimant.answered(from, ask, refused, self.time());
        let mut words = Vec::new();
        for (task, refusal) in lost {
            if self.owns(task) || refusal == Refusal::Ended {
                self.drop(task);
            } else {
                words.extend(self.decline(task));
            }
        }
        words
    }

    /// Whether an answer of a witness to this ask says nothing new by now.
    pub(crate) fn is_past(&self, from: NodeId, boot: u32, ask: u32) -> bool {
        let answered = self.answers.get(&from).copied().unwrap_or(0);
        boot != self.boot || (ask <= answered && self.news.is_empty()) || self.is_idle()
    }

    /// Whether no answer matters.
    fn is_idle(&self) -> bool {
        self.news.is_empty() && self.held.is_empty()
    }

    /// A witness keeps final news: whether that makes a majority of them which keep that it is done.
    pub(crate) fn noted(&mut self, from: NodeId, task: TaskId, epoch: Epoch, majority: usize) -> bool {
        let Some(told) = self.news.get_mut(&task).filter(|told| told.epoch <= epoch) else {
            return false;
        };
        told.noted.insert(from);
        let kept = told.noted.len() >= majority;
        let done = told.news == News::Done;
        if kept {
            self.news.remove(&task);
        }
        kept && done
    }
}
