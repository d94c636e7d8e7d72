//! What neighbours say, and what is answered.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::{Distributed, Heard};
use crate::bundle::{Bundle, BundleNews, Followed};
use crate::config::Limits;
use crate::context::Context;
use crate::ids::{NodeId, RobotId, TaskId};
use crate::ledger::{DEPTH, PARTS};
use crate::message::{Compare, Message, Posting, Scope, Sign};
use crate::transport::Class;

/// A part with so few tasks is told as a whole.
const FEW: u32 = 8;

/// `postings` in messages that keep to the limits of their length.
pub(super) fn batches(postings: impl Iterator<Item = Posting>, limits: &Limits) -> Vec<Vec<Posting>> {
    limits.batches(postings, |posting| {
        let content = posting.content.as_ref();
        160 + content.map_or(0, |(task, _)| task.size_bound())
    })
}

/// Which version of a bundle is known here: none, if it is only a part of one.
fn version(robot: RobotId, bundle: &Bundle) -> (RobotId, u32, u32) {
    let whole = bundle.is_whole().then(|| bundle.version());
    (robot, bundle.boot(), whole.unwrap_or_default())
}

impl Distributed {
    pub(crate) fn handle_message(&mut self, from: NodeId, message: Message, cx: &mut Context<'_>) {
        if !self.takes_part() {
            return;
        }
        match message {
            Message::Sign(sign) => self.sign(from, sign, cx),
            Message::Bundles(news) => self.bundles(from, &news, cx),
            Message::Tasks { tasks, scope } => self.tasks(from, &tasks, scope, cx),
            Message::Compare(compare) => self.compare(from, compare, cx),
            Message::Cells(said) => self.hear_of_cells(from, said, cx),
            Message::Advice { tasks, idle } => self.take_advice(from, tasks, idle, cx),
            _ => {}
        }
    }

    fn sign(&mut self, from: NodeId, mut sign: Sign, cx: &mut Context<'_>) {
        let (now, limit) = (cx.now.time, cx.config.limits.robots);
        if !self.near.note(from, sign.boot, sign.number, now, limit) {
            return;
        }
        for (robot, boot, number) in &sign.others {
            if robot.node() != self.me {
                self.near.note(robot.node(), *boot, *number, now, limit);
            }
        }
        if self.near.hear(from, &mut sign, now) {
            self.see_near();
            if self.near.is_unknown(from) {
                cx.out.send(from, Class::State, Message::Compare(Compare::Near));
            }
        }
        let (here, patience) = (self.digests(), cx.config.heartbeat * 4);
        let mut theirs = sign.digests;
        if !self.is_together_with(from) {
            theirs.0 = here.0;
        }
        let differs = self.near.differs(from, theirs, here, now, patience);
        if now >= self.next_question && (differs.0 || differs.1) {
            self.next_question = now + cx.config.retry;
            self.ask(from, differs, cx);
        }
    }

    /// Shows a neighbour what is known here, for it to tell what it knows besides.
    fn ask(&mut self, neighbour: NodeId, (bundles, tasks): (bool, bool), cx: &mut Context<'_>) {
        if bundles {
            let known = self.consensus.bundles();
            let known = known.map(|(robot, bundle)| version(robot, bundle));
            let compare = Compare::Bundles(known.collect());
            cx.out.send(neighbour, Class::Control, Message::Compare(compare));
        }
        if tasks {
            let compare = Compare::Tasks(alloc::vec![(Scope::ALL, self.board.sum(Scope::ALL))]);
            cx.out.send(neighbour, Class::Control, Message::Compare(compare));
        }
    }

    fn bundles(&mut self, from: NodeId, news: &[BundleNews], cx: &mut Context<'_>) {
        let mut missed = Vec::new();
        let mut changed = false;
        for news in news.iter().take(cx.config.limits.batch) {
            if !self.is_together_with(news.robot.node()) {
                continue;
            }
            let known = self.consensus.bundle(news.robot).is_some();
            if !known && self.consensus.bundles().count() >= cx.config.limits.robots {
                continue;
            }
            // Its robot will be absent one day, though no sign of it was ever heard.
            self.near.note(
                news.robot.node(),
                news.boot,
                0,
                cx.now.time,
                cx.config.limits.robots,
            );
            match self.gossip.learn(from, news, &mut self.consensus) {
                Followed::Changed { .. } => changed = true,
                Followed::Known => {}
                Followed::Gap => {
                    let known = self.consensus.bundle(news.robot);
                    missed.extend(known.map(|bundle| version(news.robot, bundle)));
                }
            }
        }
        if !missed.is_empty() {
            let compare = Message::Compare(Compare::Missed(missed));
            cx.out.send(from, Class::Control, compare);
        }
        if changed {
            self.stir(cx);
        }
    }

    fn compare(&mut self, from: NodeId, compare: Compare, cx: &mut Context<'_>) {
        match compare {
            Compare::Bundles(known) => {
                let named: BTreeSet<RobotId> = known.iter().map(|(robot, ..)| *robot).collect();
                let all = self.consensus.bundles().map(|(robot, _)| robot);
                let unknown = all.filter(|robot| !named.contains(robot));
                let unknown: Vec<_> = unknown.map(|robot| (robot, 0, 0)).collect();
                self.tell_what_is_missed(from, known.into_iter().chain(unknown), cx);
            }
            Compare::Missed(known) => self.tell_what_is_missed(from, known.into_iter(), cx),
            Compare::Tasks(sums) => self.look_into(from, &sums, cx),
            Compare::Near => self.named = None,
            Compare::Content(tasks) => {
                let known =
                    |task: &TaskId| self.board.get(*task).is_some_and(|post| post.content().is_some());
                let tasks = tasks.into_iter().take(cx.config.limits.batch);
                let tasks: Vec<TaskId> = tasks.filter(known).collect();
                self.send_tasks(from, &tasks, None, cx);
            }
        }
    }

    fn tell_what_is_missed(
        &mut self,
        to: NodeId,
        known: impl Iterator<Item = (RobotId, u32, u32)>,
        cx: &mut Context<'_>,
    ) {
        let news = known.filter_map(|(robot, boot, version)| {
            let bundle = self.consensus.bundle(robot)?;
            let newer = (bundle.boot(), bundle.version()) > (boot, version);
            let base = if bundle.boot() == boot { version } else { 0 };
            newer.then(|| bundle.news(robot, base))
        });
        let news: Vec<BundleNews> = news.take(cx.config.limits.robots).collect();
        for part in news.chunks(cx.config.limits.batch) {
            cx.out.send(to, Class::Control, Message::Bundles(part.to_vec()));
        }
    }

    fn tasks(&mut self, from: NodeId, tasks: &[Posting], scope: Option<Scope>, cx: &mut Context<'_>) {
        let (now, limit) = (cx.now.time, cx.config.limits.tasks);
        let relayed = self.is_heard_by_all(from);
        let mut outdated = Vec::new();
        for posting in tasks.iter().take(cx.config.limits.batch) {
            match self.board.join(posting, now, limit) {
                Heard::New => {
                    self.to_look_at.insert(posting.task);
                    if !relayed || scope.is_some() {
                        *self.to_tell.entry(posting.task).or_default() |= posting.content.is_some();
                    }
                    self.recall(posting.task);
                    self.stir(cx);
                }
                Heard::Ended => outdated.push(posting.task),
                Heard::Known => {}
            }
        }
        let nameless = self.board.nameless(tasks.iter().map(|posting| posting.task));
        if !nameless.is_empty() {
            let compare = Message::Compare(Compare::Content(nameless));
            cx.out.send(from, Class::Control, compare);
        }
        if let Some(scope) = scope.filter(|scope| scope.is_valid()) {
            let named: BTreeSet<TaskId> = tasks.iter().map(|posting| posting.task).collect();
            outdated.extend(self.board.live(scope).filter(|task| !named.contains(task)));
            let knows_less = |posting: &&Posting| {
                let mine = self.board.posting(posting.task, true);
                mine.is_some_and(|mine| mine != **posting)
            };
            outdated.extend(tasks.iter().filter(knows_less).map(|posting| posting.task));
        }
        outdated.sort_unstable();
        outdated.dedup();
        self.send_tasks(from, &outdated, None, cx);
    }

    /// Tells, or asks closer, where the sums differ.
    fn look_into(&mut self, from: NodeId, sums: &[(Scope, u64)], cx: &mut Context<'_>) {
        let mut parts = Vec::new();
        for (scope, sum) in sums.iter().take(cx.config.limits.batch.max(PARTS)) {
            if !scope.is_valid() || self.board.sum(*scope) == *sum {
                continue;
            }
            if self.board.count(*scope) <= FEW || scope.depth == DEPTH {
                let tasks: Vec<TaskId> = self.board.live(*scope).collect();
                self.send_tasks(from, &tasks, Some(*scope), cx);
            } else {
                parts.extend(scope.parts().map(|part| (part, self.board.sum(part))));
            }
        }
        if !parts.is_empty() {
            let compare = Message::Compare(Compare::Tasks(parts));
            cx.out.send(from, Class::Control, compare);
        }
    }

    /// Sends tasks with all that is known of them; if they are all of a part, that is said where one message says all.
    fn send_tasks(&mut self, to: NodeId, tasks: &[TaskId], scope: Option<Scope>, cx: &mut Context<'_>) {
        let postings = tasks.iter().filter_map(|task| self.board.posting(*task, true));
        let mut parts = batches(postings, &cx.config.limits);
        if parts.is_empty() && scope.is_some() {
            parts.push(Vec::new());
        }
        let scope = scope.filter(|_| parts.len() == 1);
        for tasks in parts {
            cx.out.send(to, Class::Control, Message::Tasks { tasks, scope });
        }
    }
}
