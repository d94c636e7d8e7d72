//! What is printed.

use std::io::{self, Write};

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use fleet_examples::report::{Fact, SummaryGroup};
use fleet_examples::run::{Summary, clock, rows};

use crate::args::Args;

pub(crate) fn print(args: &Args, summary: &Summary) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let printed = if args.json {
        serde_json::to_writer_pretty(&mut out, summary)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
    } else if args.quiet {
        Ok(())
    } else {
        write!(out, "{}", text(summary))
    };
    match printed {
        // Whoever reads our output may stop reading.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn text(summary: &Summary) -> String {
    let settings = &summary.settings;
    let groups = rows(summary);
    let pattern = match settings.pattern.as_str() {
        "none" => String::new(),
        pattern => format!("{pattern} pattern\n"),
    };
    format!(
        "{}, seed {}: {} robots, {} simulated in {:.2} s\n{pattern}{} strategy, {} allocator, {} urgency, {} objective\n{}\n",
        summary.scenario,
        summary.seed,
        summary.robots,
        clock(summary.duration),
        summary.wall,
        settings.strategy,
        settings.allocator,
        settings.urgency,
        settings.objective,
        table(&groups).trim_fmt(),
    )
}

/// One row a group, with a line for each of its facts.
fn table(groups: &[SummaryGroup]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    for group in groups.iter().filter(|group| !group.rows.is_empty()) {
        let lines = |of: fn(&Fact) -> &str| group.rows.iter().map(of).collect::<Vec<_>>().join("\n");
        table.add_row([
            group.title.clone(),
            lines(|fact| &fact.label),
            lines(|fact| &fact.value),
        ]);
    }
    table
}
