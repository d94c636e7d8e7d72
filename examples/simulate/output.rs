//! What is printed.

use std::io::{self, Write};
use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, Table};
use fleet_examples::run::{Class, Summary};

use crate::args::Args;

/// Whether a report can be written to `path`, before an hour is spent on it.
pub(crate) fn check_writable(path: &Path) -> Result<(), String> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if path.is_dir() {
        return Err(format!(
            "--report {}: is a folder: name a file in it",
            path.display()
        ));
    }
    if folder.is_dir() {
        Ok(())
    } else {
        Err(format!(
            "--report {}: there is no folder {}",
            path.display(),
            folder.display()
        ))
    }
}

pub(crate) fn print(args: &Args, summary: &Summary) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let printed = if args.json {
        serde_json::to_writer_pretty(&mut out, summary)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
    } else if args.quiet {
        Ok(())
    } else {
        write!(out, "{}", tables(summary))
    };
    match printed {
        // Whoever reads our output may stop reading.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn tables(summary: &Summary) -> String {
    let (tasks, time) = (&summary.tasks, |seconds: f64| format!("{seconds:.1} s"));
    let mut table = plain();
    let robots = &summary.utilization;
    for (label, value) in [
        ("scenario", format!("{}, seed {}", summary.scenario, summary.seed)),
        (
            "simulated",
            format!(
                "{} with {} robots, in {:.2} s",
                time(summary.duration),
                summary.robots,
                summary.wall
            ),
        ),
        (
            "tasks done",
            format!("{} of {} submitted", tasks.done, tasks.submitted),
        ),
        (
            "failed / cancelled / unserved",
            format!("{} / {} / {}", tasks.failed, tasks.cancelled, tasks.unserved),
        ),
        ("opened again", tasks.reopened.to_string()),
        ("makespan", time(summary.makespan)),
        (
            "flowtime mean / p95",
            format!("{} / {}", time(summary.flowtime.mean), time(summary.flowtime.p95)),
        ),
        (
            "time to award p50 / p99",
            format!(
                "{:.3} s / {:.3} s",
                summary.time_to_award.p50, summary.time_to_award.p99
            ),
        ),
        ("travel", format!("{:.2} km", summary.travel / 1e3)),
        (
            "robots in use",
            format!(
                "{:.0} % ({:.0} to {:.0} %)",
                robots.mean * 100.0,
                robots.min * 100.0,
                robots.max * 100.0
            ),
        ),
        (
            "tasks a robot",
            format!(
                "{:.1} ({:.0} to {:.0})",
                summary.tasks_per_robot.mean, summary.tasks_per_robot.min, summary.tasks_per_robot.max
            ),
        ),
        (
            "messages / bytes a task",
            format!(
                "{:.1} / {:.0}",
                summary.messages.per_task, summary.messages.bytes_per_task
            ),
        ),
        (
            "messages sent / lost",
            format!("{} / {}", summary.messages.sent, summary.messages.lost),
        ),
        (
            "compute a decision",
            format!(
                "{:.0} µs over {} decisions",
                summary.compute.micros_per_decision, summary.compute.decisions
            ),
        ),
    ] {
        table.add_row([label, &value]);
    }
    format!("{table}\n{}\n", classes(&summary.classes))
}

fn classes(classes: &[Class]) -> Table {
    let mut table = plain();
    table.set_header(["urgency", "done", "late", "mean lateness", "most", "mean wait"]);
    for class in classes {
        let number = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
        table.add_row(vec![
            Cell::new(class.priority.name()),
            number(class.done.to_string()),
            number(class.late.to_string()),
            number(format!("{:.1} s", class.mean_lateness)),
            number(format!("{:.1} s", class.max_lateness)),
            number(format!("{:.1} s", class.mean_wait)),
        ]);
    }
    table
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table
}
