//! The orchestrator that leads is killed, and started again.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Demo;
use super::children::{self, Children, ORCHESTRATORS};
use super::news::News;
use crate::ask::Verb;
use crate::choices::Strategy;
use crate::{answers, node};

/// Tasks that come just after the kill, so that there is something to award.
const TASKS: u32 = 25;
/// How long the next award is waited for.
const AWARD: Duration = Duration::from_secs(30);

/// Kills it once; returns how long it took until another orchestrator awarded a task.
pub(super) fn kill(
    demo: &Demo,
    children: &mut Children,
    news: &News,
    tasks: &mut u32,
) -> Result<Duration, String> {
    let leader = |status: &Value| {
        let name = status["orchestrator"].as_str()?;
        (0..ORCHESTRATORS).find(|k| answers::leads(status) && children::orchestrator(*k) == name)
    };
    let leader = demo.until("an orchestrator leads", children, leader)?;
    let name = children::orchestrator(leader);
    let killed = node::utc().as_secs_f64();
    children.kill_orchestrator(leader)?;
    demo.submit(*tasks..*tasks + TASKS)?;
    *tasks += TASKS;
    // Where robots choose for themselves nobody awards: then it is the next claim that is heard of.
    let what = match demo.args.common.strategy.unwrap_or_default() {
        Strategy::Centralized => "awarded",
        Strategy::Distributed | Strategy::Hybrid => "held",
    };
    let end = Instant::now() + AWARD;
    let awarded = loop {
        if let Some(at) = news.after(what, killed, &name) {
            break at;
        }
        if Instant::now() >= end || demo.stop.load(Ordering::Relaxed) {
            return Err(format!(
                "nobody awarded a task within {} s after {name} was killed",
                AWARD.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(5));
    };
    children.start_orchestrator(leader)?;
    whole(demo)?;
    Ok(Duration::from_secs_f64((awarded - killed).max(0.0)))
}

/// Waits until all orchestrators answer and one leads.
fn whole(demo: &Demo) -> Result<(), String> {
    while Instant::now() < demo.end && !demo.stop.load(Ordering::Relaxed) {
        let statuses = demo.client.all(Verb::Status, &json!({})).unwrap_or_default();
        let leaders = statuses.iter().filter(|status| answers::leads(status)).count();
        if statuses.len() == ORCHESTRATORS && leaders == 1 {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Err("the orchestrator that was started again does not answer".to_owned())
}
