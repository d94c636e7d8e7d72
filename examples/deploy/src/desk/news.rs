//! What orchestrators tell whoever listens: `fleet/<fleet>/news/task/<node>/*` and `fleet/<fleet>/news/robot/<node>/*`.
//!
//! The key ends with a wildcard so that Zenoh spells it out, as it does those of frames.
//! Only the one that leads tells. News may be lost; how things stand is what `list` and `status` say.

use std::collections::BTreeMap;
use std::time::Instant;

use fleet_core::output::Reopened;
use fleet_core::{Event, RobotId};
use serde_json::{Value, json};
use zenoh::Wait;

use super::views::{self, epoch, reason};
use super::{AUCTIONS, Auction, Clerk, ROBOTS};
use crate::{names, node};

pub(super) fn is_news(event: &Event) -> bool {
    matches!(
        event,
        Event::Accepted(_)
            | Event::Conflict(_)
            | Event::Lost { .. }
            | Event::Duplicated { .. }
            | Event::Drained(_)
            | Event::RobotJoined(_)
            | Event::RobotLost(_)
            | Event::Awarded(_)
            | Event::Unsold { .. }
            | Event::Task { .. }
    )
}

impl Clerk {
    pub(super) fn event(&mut self, event: &Event, at: f64) {
        self.remember(event);
        let Some((about, mut value)) = news(event) else {
            return;
        };
        (value["at"], value["from"]) = (at.into(), names::node(self.me.id).into());
        let publisher = match about {
            About::Task => &self.tasks,
            About::Robot => &self.robots,
        };
        let _ = publisher.put(value.to_string()).wait(); // news may be lost
    }

    fn remember(&mut self, event: &Event) {
        let task = match event {
            Event::Awarded(award) => award.task,
            Event::Unsold { task, .. } => *task,
            _ => return,
        };
        if self.auctions.len() >= AUCTIONS && !self.auctions.contains_key(&task) {
            self.auctions.pop_first();
        }
        let auction: &mut Auction = self.auctions.entry(task).or_default();
        match event {
            Event::Awarded(award) => {
                (auction.award, auction.declined) = (Some((**award).clone()), Vec::new())
            }
            Event::Unsold { declined, .. } => auction.declined.clone_from(declined),
            _ => {}
        }
    }

    /// Tells how robots are that are not as they were told of before; if anybody listens.
    pub(super) fn tell_of_robots(&mut self) {
        if Instant::now() < self.next_robots {
            return;
        }
        self.next_robots = Instant::now() + ROBOTS;
        if !self
            .robots
            .matching_status()
            .wait()
            .is_ok_and(|status| status.matching())
        {
            return self.told.clear();
        }
        let robots = self.ask(|turn| match turn.node.leads(turn.now) {
            true => {
                let ids = turn.node.members().map(|member| member.robot().id());
                ids.zip(views::robots(turn.node, &BTreeMap::new())).collect()
            }
            false => Vec::<(RobotId, Value)>::new(),
        });
        for (robot, mut value) in robots.unwrap_or_default() {
            if let Some(fields) = value.as_object_mut() {
                fields.remove("tasks"); // that is in the news of tasks
            }
            if self.told.get(&robot) != Some(&value) {
                self.told.insert(robot, value.clone());
                (value["what"], value["at"]) = ("state".into(), node::utc().as_secs_f64().into());
                let _ = self.robots.put(value.to_string()).wait(); // news may be lost
            }
        }
    }
}

enum About {
    Task,
    Robot,
}

fn news(event: &Event) -> Option<(About, Value)> {
    let task = |what: &str, task| json!({ "what": what, "task": names::task(task) });
    let robot = |what: &str, robot| {
        Some((
            About::Robot,
            json!({ "what": what, "robot": names::robot(robot) }),
        ))
    };
    let value = match event {
        Event::Accepted(id) => task("accepted", *id),
        Event::Conflict(id) => task("conflict", *id),
        Event::Lost { task: id, robot } => with(task("lost", *id), "robot", names::robot(*robot)),
        Event::Duplicated { task: id, robot, .. } => {
            with(task("duplicated", *id), "robot", names::robot(*robot))
        }
        Event::Awarded(award) => {
            let value = with(task("awarded", award.task), "robot", names::robot(award.robot));
            with(
                with(value, "cost", award.cost.value()),
                "epoch",
                epoch(award.epoch),
            )
        }
        Event::Unsold { task: id, .. } => task("unsold", *id),
        Event::Task {
            task: id,
            epoch: period,
            phase: now,
            robot,
            reopened,
        } => {
            let value = with(task(now.name(), *id), "robot", robot.map(names::robot));
            let why = reopened
                .as_ref()
                .map(reopening)
                .or(reason(now).map(str::to_owned));
            with(with(value, "reason", why), "epoch", epoch(*period))
        }
        Event::Drained(id) => return robot("drained", *id),
        Event::RobotJoined(id) => return robot("joined", *id),
        Event::RobotLost(id) => return robot("gone", *id),
        _ => return None,
    };
    Some((About::Task, value))
}

fn with(mut value: Value, field: &str, of: impl Into<Value>) -> Value {
    value[field] = of.into();
    value
}

fn reopening(why: &Reopened) -> String {
    match why {
        Reopened::Forfeited(why) => why.to_string(),
        Reopened::Failed(reason) => format!("its robot failed: {reason}"),
        Reopened::RobotLost => "its robot is gone".into(),
        Reopened::Unanswered => "its robot did not answer".into(),
        _ => "opened again".into(),
    }
}
