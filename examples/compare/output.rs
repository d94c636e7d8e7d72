//! What is printed and written in the end.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use comfy_table::{CellAlignment, LineStyle, Table as Printed, TableStyle};

use crate::column::{Column, EFFORT, RESULTS, TIMES};
use crate::results::{PlanRow, Results, Table};

pub(crate) fn print(results: &Results) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match write!(out, "{}", text(results)) {
        // Whoever reads our output may stop reading.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

pub(crate) fn write_json(path: &Path, results: &Results) -> io::Result<()> {
    let mut json = serde_json::to_vec_pretty(results)?;
    json.push(b'\n');
    fs::write(path, json)
}

fn text(results: &Results) -> String {
    let tables = results.tables.iter().filter(|table| !table.rows.is_empty());
    let told = |table: &Table| {
        let parts = [&[RESULTS] as &[&[Column]], &[EFFORT, TIMES]].map(|columns| {
            let (heads, rows) = table.cells(columns);
            let words = heads.iter().position(|head| head == "strategy");
            printed(heads, rows, words.map_or(0, |words| words + 1)).trim_fmt()
        });
        format!(
            "{}: {}\n\n{}\n",
            table.kind.title(),
            table.common,
            parts.join("\n\n")
        )
    };
    let heads = PlanRow::HEADS.map(str::to_owned).to_vec();
    let plans = results.plans.iter().map(|row| row.cells().to_vec());
    let plans = printed(heads, plans.collect(), 1).trim_fmt();
    let plans = format!("Plans of one who knows all, to compare with\n\n{plans}\n");
    tables.map(told).chain([plans]).collect::<Vec<_>>().join("\n")
}

/// A table whose columns from `numbers` on are numbers.
fn printed(heads: Vec<String>, rows: Vec<Vec<String>>, numbers: usize) -> Printed {
    let mut printed = Printed::new();
    let line = LineStyle::none().fill('─').junction('─');
    printed.load_style(TableStyle::new().header_separator(line));
    let numbers = numbers..heads.len();
    printed.set_header(heads);
    for row in rows {
        printed.add_row(row);
    }
    for column in numbers {
        if let Some(column) = printed.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    printed
}
