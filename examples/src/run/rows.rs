//! The summary in words: built once, shown on a terminal and in the report.

use super::summary::{Class, Spread, Summary};
use crate::report::{Fact, SummaryGroup, grouped};

/// The summary in groups of label and value, the most important first.
pub fn rows(summary: &Summary) -> Vec<SummaryGroup> {
    vec![
        tasks(summary),
        time(summary),
        late(&summary.classes),
        wait(&summary.classes),
        robots(summary),
        effort(summary),
    ]
}

/// How the run was made.
pub fn facts(summary: &Summary) -> Vec<Fact> {
    let settings = &summary.settings;
    vec![
        Fact::new("seed", summary.seed),
        Fact::new("pattern", &settings.pattern),
        Fact::new("strategy", &settings.strategy),
        Fact::new("allocator", &settings.allocator),
        Fact::new("urgency", &settings.urgency),
        Fact::new("objective", &settings.objective),
        Fact::new("messages lost", percent(settings.loss)),
        Fact::new("arriving twice", percent(settings.duplicate)),
        Fact::new("overtaken", percent(settings.reorder)),
        Fact::new(
            "delay",
            format!(
                "{} to {} ms",
                millis(settings.delay_min),
                millis(settings.delay_max)
            ),
        ),
        Fact::new("version", env!("CARGO_PKG_VERSION")),
    ]
}

/// A share as it was chosen, to a thousandth of a per cent.
fn percent(share: f64) -> String {
    format!("{} %", (share * 1e5).round() / 1e3)
}

fn millis(seconds: f64) -> f64 {
    (seconds * 1e6).round() / 1e3
}

/// Simulated seconds as hours, minutes and seconds.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

fn group(title: &str, rows: impl IntoIterator<Item = Fact>) -> SummaryGroup {
    SummaryGroup {
        title: title.into(),
        rows: rows.into_iter().collect(),
    }
}

fn tasks(summary: &Summary) -> SummaryGroup {
    let tasks = &summary.tasks;
    let still_to_come = tasks.total - tasks.submitted;
    let mut rows = vec![
        Fact::new("done", format!("{} of {}", tasks.done, tasks.submitted)),
        Fact::new("failed", tasks.failed),
        Fact::new("cancelled", tasks.cancelled),
        Fact::new("unserved", tasks.unserved),
        Fact::new("opened again", tasks.reopened),
    ];
    if still_to_come > 0 {
        rows.push(Fact::new("still to come", still_to_come));
    }
    let broken = summary.broken.as_deref().unwrap_or("none");
    rows.push(Fact::new("promises broken", broken));
    group("Tasks", rows)
}

fn time(summary: &Summary) -> SummaryGroup {
    let (flowtime, award) = (&summary.flowtime, &summary.time_to_award);
    group(
        "Time",
        [
            Fact::new("makespan", clock(summary.makespan)),
            Fact::new("flowtime, mean", format!("{:.1} s", flowtime.mean)),
            Fact::new("flowtime, p95", format!("{:.1} s", flowtime.p95)),
            Fact::new("until award, p50", format!("{:.2} s", award.p50)),
            Fact::new("until award, p99", format!("{:.2} s", award.p99)),
        ],
    )
}

/// The classes of which anything was done; those that were never asked for say nothing.
fn done(classes: &[Class]) -> impl Iterator<Item = &Class> {
    classes.iter().filter(|class| class.done > 0)
}

fn late(classes: &[Class]) -> SummaryGroup {
    let row = |class: &Class| {
        let Class { late, with_due, .. } = class;
        let text = match (late, with_due) {
            (_, 0) => "none has a due time".to_owned(),
            (0, due) => format!("0 of {due}"),
            (late, due) => format!(
                "{late} of {due}, mean {:.1} s, most {:.1} s",
                class.mean_lateness, class.max_lateness
            ),
        };
        Fact::new(class.priority.name(), text)
    };
    group("Late", done(classes).map(row))
}

fn wait(classes: &[Class]) -> SummaryGroup {
    let row = |class: &Class| Fact::new(class.priority.name(), format!("{:.1} s", class.mean_wait));
    group("Wait, mean", done(classes).map(row))
}

fn robots(summary: &Summary) -> SummaryGroup {
    let (used, each) = (&summary.utilization, &summary.tasks_per_robot);
    group(
        "Robots",
        [
            Fact::new("in use, mean", share(used.mean)),
            Fact::new("in use, range", between(used)),
            Fact::new("tasks each, mean", format!("{:.1}", each.mean)),
            Fact::new("tasks each, range", format!("{:.0} to {:.0}", each.min, each.max)),
            Fact::new("travel", format!("{:.2} km", summary.travel / 1e3)),
        ],
    )
}

fn effort(summary: &Summary) -> SummaryGroup {
    let (messages, compute) = (&summary.messages, &summary.compute);
    group(
        "Effort",
        [
            Fact::new("messages a task", format!("{:.1}", messages.per_task)),
            Fact::new("bytes a task", grouped(messages.bytes_per_task.round() as u64)),
            Fact::new("messages sent", grouped(messages.sent)),
            Fact::new("copies lost", grouped(messages.lost)),
            Fact::new(
                "computing an award",
                format!("{:.0} µs", compute.micros_per_decision),
            ),
        ],
    )
}

fn share(value: f64) -> String {
    format!("{:.0} %", value * 100.0)
}

fn between(spread: &Spread) -> String {
    format!("{} to {}", share(spread.min), share(spread.max))
}
