use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use zenoh::Wait;
use zenoh::handlers::RingChannel;

use super::{Failure, show};
use crate::ask::{Client, Verb};
use crate::out::outln;
use crate::{answers, stop};

/// News that wait to be shown; older ones go.
const ROOM: usize = 16_384;
const LOOK: Duration = Duration::from_millis(100);
/// Time between two looks at how many tasks are left.
const COUNT: Duration = Duration::from_secs(1);

/// How the fleet is, then what happens, until it is interrupted or there is nothing left to do.
pub(super) fn watch(client: &Client, until_done: bool, json: bool) -> Result<(), Failure> {
    let stop = stop::when_told(false).map_err(Failure::Input)?;
    let key = format!("fleet/{}/news/**", client.fleet);
    let news = client
        .session
        .declare_subscriber(key)
        .with(RingChannel::new(ROOM))
        .wait();
    let news = news.map_err(|error| Failure::Silence(format!("news cannot be heard: {error}")))?;
    let mut status = client.all(Verb::Status, &json!({}))?;
    match json {
        true => outln!("{}", json!({ "what": "status", "status": status })),
        false => show::status(&status, false)?,
    }
    let mut counted = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        if until_done && counted.elapsed() >= COUNT {
            status = client.all(Verb::Status, &json!({}))?;
            counted = Instant::now();
        }
        let left = until_done && left(&status) > 0;
        let heard = news.recv_timeout(LOOK).ok().flatten();
        if let Some(value) =
            heard.and_then(|sample| serde_json::from_slice::<Value>(&sample.payload().to_bytes()).ok())
        {
            tell(&value, json);
        } else if until_done && !left {
            return Ok(());
        }
    }
    Ok(())
}

/// Tasks that have not ended.
fn left(status: &[Value]) -> u64 {
    let best = answers::best(status);
    let count = |phase: &&str| best.map_or(0, |best| best["tasks"][*phase].as_u64().unwrap_or(0));
    ["submitted", "open", "held", "running"].iter().map(count).sum()
}

fn tell(news: &Value, json: bool) {
    if json {
        return outln!("{news}");
    }
    let at = news["at"].as_f64().unwrap_or_default();
    let time = at.rem_euclid(86_400.0);
    let (hours, minutes, seconds) = ((time / 3600.0) as u32, (time / 60.0) as u32 % 60, time % 60.0);
    let mut line = format!("{hours:02}:{minutes:02}:{seconds:06.3}");
    for field in ["task", "robot", "what", "activity", "x", "y", "cost", "reason"] {
        if !news[field].is_null() && news[field] != "state" {
            line += &match field {
                "x" | "y" | "cost" | "reason" => format!(" {field} {}", show::plain(&news[field])),
                _ => format!(" {}", show::plain(&news[field])),
            };
        }
    }
    outln!("{line}");
}
