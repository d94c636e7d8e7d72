//! What is printed in the end.

use std::io::{self, Write};

use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use crate::summary::{Failure, Smaller, Summary};

/// Failures that are printed; all that are kept are in the JSON.
const SHOWN: usize = 10;

pub(crate) fn print(json: bool, summary: &Summary) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let printed = if json {
        serde_json::to_writer_pretty(&mut out, summary)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out))
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
    let mut text = format!("{}\n", coverage(summary).trim_fmt());
    if !summary.never.is_empty() && summary.seeds > 0 {
        text += &format!("never happened: {}\n", summary.never.join("; "));
    }
    let lines = [
        ("seeds", seeds(summary)),
        (
            "time",
            format!("{:.1} s on {} threads", summary.wall, summary.threads),
        ),
        ("seeds a second", format!("{:.1}", summary.seeds_per_second)),
        ("broken promises", violations(summary)),
    ];
    for (name, value) in lines {
        text += &format!("{name:<16}{value}\n");
    }
    for failure in summary.failures.iter().take(SHOWN) {
        text += &format!("\n{}\n", told(failure));
    }
    if summary.failed > SHOWN as u64 {
        text += &format!("\nand {} more\n", summary.failed - SHOWN as u64);
    }
    summary
        .smaller
        .iter()
        .for_each(|smaller| text += &format!("\n{}", needs(smaller)));
    text
}

fn coverage(summary: &Summary) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(TableStyle::new().header_separator(line));
    table.set_header(["what happened", "times", "in seeds", ""]);
    for (name, count) in &summary.coverage {
        let mark = if count.seeds == 0 { "NEVER" } else { "" };
        table.add_row([
            (*name).to_owned(),
            count.times.to_string(),
            count.seeds.to_string(),
            mark.to_owned(),
        ]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn seeds(summary: &Summary) -> String {
    match summary.seeds {
        0 => "none".into(),
        1 => format!("1, number {}", summary.from),
        many => format!("{many} from {}", summary.from),
    }
}

fn violations(summary: &Summary) -> String {
    if summary.failed == 0 {
        return "none".into();
    }
    let named: Vec<String> = summary
        .violations
        .iter()
        .map(|(promise, seeds)| format!("{promise} in {seeds}"))
        .collect();
    format!("{} (of {} seeds that failed)", named.join(", "), summary.failed)
}

/// A failure, and the command that shows it again.
pub(crate) fn told(failure: &Failure) -> String {
    format!(
        "seed {} breaks {}{}: {}\n  {}",
        failure.seed,
        failure.promise,
        when(failure.at),
        failure.what,
        failure.replay
    )
}

fn needs(smaller: &Smaller) -> String {
    let mut text = format!(
        "seed {} made smaller breaks {}{}: {}\n  {}\n  parts that are left, of {}:\n",
        smaller.seed,
        smaller.promise,
        when(smaller.at),
        smaller.what,
        smaller.replay,
        smaller.left_out.len() + smaller.parts.len(),
    );
    for part in &smaller.parts {
        text += &format!("    {}\n", crate::trace::short(part));
    }
    text
}

fn when(at: Option<f64>) -> String {
    at.map_or(String::new(), |at| format!(" at {at:.3} s"))
}
