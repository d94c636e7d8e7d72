//! What people want to know.

use std::collections::BTreeMap;

use fleet_core::ledger::{Phase, TaskRecord};
use fleet_core::output::Awarded;
use fleet_core::{Decline, Epoch, RobotId, TaskId, Terms};
use serde_json::{Value, json};

use super::Clerk;
use crate::ask::Refusal;
use crate::tasks::{self, Fields};
use crate::{Wrong, links, names};

/// Tasks in one answer.
const PAGE: usize = 1_000;
const PHASES: [&str; 7] = [
    "submitted",
    "open",
    "held",
    "running",
    "done",
    "failed",
    "cancelled",
];

impl Clerk {
    /// Tasks by id, a page at a time.
    pub(super) fn list(&self, value: &Value) -> Result<Value, Refusal> {
        let (wanted, after, limit) = filter(value)?;
        let page = self.ask(move |turn| {
            let fits = |record: &&TaskRecord| {
                after.is_none_or(|after| record.task.id() > after)
                    && (wanted.is_empty() || wanted.contains(&record.state.phase.name()))
            };
            turn.node
                .records()
                .filter(fits)
                .take(limit + 1)
                .cloned()
                .collect::<Vec<_>>()
        })?;
        let more = page.len() > limit;
        let tasks: Value = page.iter().take(limit).map(record).collect();
        Ok(json!({ "tasks": tasks, "more": more }))
    }

    /// The fleet in one answer.
    pub(super) fn status(&self) -> Result<Value, Refusal> {
        let (counts, mut robots, leads, strategy, dropped) = self.ask(|turn| {
            let mut counts: BTreeMap<&str, usize> = PHASES.iter().map(|phase| (*phase, 0)).collect();
            let mut owned = BTreeMap::<RobotId, usize>::new();
            for record in turn.node.records() {
                *counts.entry(record.state.phase.name()).or_default() += 1;
                if let Some(robot) = record.state.robot.filter(|_| record.state.phase.is_owned()) {
                    *owned.entry(robot).or_default() += 1;
                }
            }
            let robots: Vec<Value> = robots(turn.node, &owned);
            (
                counts,
                robots,
                turn.node.leads(turn.now),
                turn.node.regime().strategy,
                turn.node.dropped(),
            )
        })?;
        let links = self.me.neighbours.reports().into_iter();
        let mut links: BTreeMap<String, Value> = links
            .map(|link| (names::node(link.node), links::json(&link)))
            .collect();
        for robot in &mut robots {
            robot["link"] = robot["robot"].as_str().and_then(|name| links.remove(name)).into();
        }
        Ok(json!({
            "fleet": self.me.fleet.to_string(), "orchestrator": names::node(self.me.id), "boot": self.me.boot,
            "leads": leads, "strategy": strategy, "size": self.me.size, "tasks": counts, "robots": robots,
            "links": links,
            "frames_dropped": dropped, "news_dropped": self.lost.load(std::sync::atomic::Ordering::Relaxed),
        }))
    }

    /// What is known of how a task came to its robot.
    pub(super) fn explain(&self, value: &Value) -> Result<Value, Refusal> {
        let task = asked(value)?;
        let found = self.ask(move |turn| turn.node.record(task).cloned())?;
        let Some(found) = found else {
            let message = format!("{} is no task's that this orchestrator keeps", names::task(task));
            return Err(Wrong::new("id", message).into());
        };
        let mut answer = record(&found);
        let auction = self.auctions.get(&task);
        answer["award"] = auction
            .and_then(|auction| auction.award.as_ref())
            .map_or(Value::Null, award);
        let unsold = auction
            .map(|auction| &auction.declined)
            .filter(|declined| !declined.is_empty());
        answer["unsold"] = unsold.map_or(Value::Null, |list| list.iter().map(declined).collect());
        Ok(answer)
    }
}

/// The robots that have reported, with the number of tasks that each owns.
pub(super) fn robots(node: &fleet_core::Node, owned: &BTreeMap<RobotId, usize>) -> Vec<Value> {
    let robot = |member: &fleet_core::membership::Member| {
        let robot = member.robot();
        let mut value = json!({
            "robot": names::robot(robot.id()), "alive": member.is_alive(), "boot": member.boot(),
            "activity": member.activity().name(), "tasks": owned.get(&robot.id()).copied().unwrap_or_default(),
            "battery": robot.battery().map(fleet_core::Battery::level), "drain": node.drain_of(robot.id()),
        });
        if let Some(point) = robot.pose().place.point() {
            (value["x"], value["y"]) = (point.x().into(), point.y().into());
        }
        value
    };
    node.members().map(robot).collect()
}

/// Why a task failed, if it did.
pub(super) fn reason(phase: &Phase) -> Option<&str> {
    match phase {
        Phase::Failed(reason) => Some(reason),
        _ => None,
    }
}

/// An epoch as people see it.
pub(super) fn epoch(epoch: Epoch) -> Value {
    json!([epoch.count, epoch.boot, names::node(epoch.issuer)])
}

fn record(record: &TaskRecord) -> Value {
    let mut value = tasks::json(&record.task);
    value["phase"] = record.state.phase.name().into();
    value["reason"] = reason(&record.state.phase).into();
    value["robot"] = record.state.robot.map(names::robot).into();
    value["epoch"] = epoch(record.state.epoch);
    value["submitted"] = record.submitted.as_secs_f64().into();
    value["failures"] = record.state.failures.into();
    value["paused"] = record.order.paused.into();
    if let Phase::Running(stops) = record.state.phase {
        value["stops_done"] = stops.into();
    }
    value
}

fn award(award: &Awarded) -> Value {
    let bid = |(robot, bid): &(RobotId, fleet_core::Bid)| json!({ "robot": names::robot(*robot), "cost": bid.cost(), "terms": terms(&bid.terms) });
    json!({
        "robot": names::robot(award.robot), "epoch": epoch(award.epoch), "cost": award.cost.value(),
        "second": award.second.map(fleet_core::Cost::value), "opened": award.opened.as_secs_f64(),
        "bids": award.bids.iter().map(bid).collect::<Value>(),
        "declined": award.declined.iter().map(declined).collect::<Value>(),
        "silent": award.silent.iter().map(|robot| names::robot(*robot)).collect::<Value>(),
    })
}

fn terms(terms: &Terms) -> Value {
    let parts = terms.named().into_iter().filter(|(_, value)| *value != 0.0);
    Value::Object(
        parts
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
    )
}

fn declined((robot, decline): &(RobotId, Decline)) -> Value {
    json!({ "robot": names::robot(*robot), "reason": decline.to_string() })
}

type Filter = (Vec<&'static str>, Option<TaskId>, usize);

fn filter(value: &Value) -> Result<Filter, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&["phases", "after", "limit"])?;
    let mut wanted = Vec::new();
    for text in fields.texts("phases")? {
        let known = PHASES.into_iter().find(|known| *known == text);
        let unknown = || {
            Wrong::new(
                "phases",
                format_args!("'{text}' is none: there are {}", PHASES.join(", ")),
            )
        };
        wanted.push(known.ok_or_else(unknown)?);
    }
    let after = fields.text("after")?.map(names::id).transpose();
    let after = after
        .map_err(|error| Wrong::new("after", error))?
        .map(TaskId::from_u128);
    let limit = fields.number("limit")?.unwrap_or(PAGE as f64);
    if !(1.0..=PAGE as f64).contains(&limit) {
        return Err(Wrong::new(
            "limit",
            format_args!("must be from 1 to {PAGE}, but is {limit}"),
        ));
    }
    Ok((wanted, after, limit as usize))
}

fn asked(value: &Value) -> Result<TaskId, Wrong> {
    let fields = Fields::of(value)?;
    fields.only(&["id"])?;
    let text = fields.text("id")?.ok_or_else(|| Wrong::new("id", "is missing"))?;
    let id = names::id(text).map_err(|error| Wrong::new("id", error))?;
    Ok(TaskId::from_u128(id))
}
