//! All tables and plots in one page, which needs nothing else.

use std::fmt::Write;

use crate::column::{Column, EFFORT, RESULTS, TIMES};
use crate::plot::plot;
use crate::results::{PlanRow, Results, Settings, Table};

const STYLE: &str = "\
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #17202b; background: #f5f6f8; margin: 0 auto; max-width: 1200px; padding: 24px; }
h1 { font-size: 24px; } h2 { font-size: 19px; margin-top: 40px; }
p.common { color: #55606e; }
figure { margin: 0 0 12px; background: #fff; border: 1px solid #dce1e7; }
svg { display: block; width: 100%; height: auto; }
div.wide { overflow-x: auto; background: #fff; border: 1px solid #dce1e7; margin-bottom: 12px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; width: 100%; }
th, td { padding: 4px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid #eef1f4; }
th { background: #eef1f4; } th.word, td.word { text-align: left; }
th[title] { text-decoration: underline dotted; cursor: help; }
dt { font-weight: 600; float: left; clear: left; width: 150px; } dd { margin-left: 160px; }
";

pub(crate) fn page(results: &Results) -> String {
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Strategies side by side</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <h1>Strategies side by side</h1>\n<p>{}</p>\n",
        escaped(&about(&results.settings))
    );
    if results.interrupted {
        page += "<p><strong>Interrupted: only rows are there whose runs had ended.</strong></p>\n";
    }
    for table in results.tables.iter().filter(|table| !table.rows.is_empty()) {
        page += &section(table);
    }
    page += "<h2>Plans of one who knows all</h2>\n";
    let rows = results.plans.iter().map(|row| row.cells().to_vec()).collect();
    page += &tabled(&PlanRow::HEADS.map(|head| (head.to_owned(), None)), rows, 1);
    page += &legend();
    page + "</body>\n</html>\n"
}

fn about(settings: &Settings) -> String {
    let witnesses = match settings.among_robots {
        true => "of the robots are witnesses",
        false => "witnesses that are no robots",
    };
    format!(
        "{} tasks for each robot; {} {witnesses}; {} objective, {} urgency. Each row is the mean over {} of the seeds \
         from {}. A run ends after {} s if tasks are left.",
        settings.tasks_per_robot,
        settings.witnesses,
        settings.objective,
        settings.urgency,
        settings.seeds.len(),
        settings.seeds.first().copied().unwrap_or_default(),
        settings.duration,
    )
}

fn section(table: &Table) -> String {
    let mut text = format!(
        "<h2>{}</h2>\n<p class=\"common\">{}</p>\n",
        table.kind.title(),
        escaped(&table.common)
    );
    if let Some(picture) = plot(table) {
        text += &format!("<figure>\n{picture}</figure>\n");
    }
    for columns in [&[RESULTS] as &[&[Column]], &[EFFORT, TIMES]] {
        let (heads, rows) = table.cells(columns);
        let of_columns: Vec<&Column> = columns.iter().copied().flatten().collect();
        let words = heads.len() - of_columns.len();
        let says = |k: usize| k.checked_sub(words).map(|column| of_columns[column].says);
        let heads: Vec<_> = heads
            .into_iter()
            .enumerate()
            .map(|(k, head)| (head, says(k)))
            .collect();
        text += &tabled(&heads, rows, words);
    }
    text
}

/// A table whose first so many columns are words; heads with what they mean.
fn tabled(heads: &[(String, Option<&str>)], rows: Vec<Vec<String>>, words: usize) -> String {
    let mut text = String::from("<div class=\"wide\"><table>\n<tr>");
    let class = |column: usize| if column < words { " class=\"word\"" } else { "" };
    for (column, (head, says)) in heads.iter().enumerate() {
        let title = says.map_or(String::new(), |says| format!(" title=\"{}\"", escaped(says)));
        let _ = write!(text, "<th{}{title}>{}</th>", class(column), escaped(head));
    }
    text += "</tr>\n";
    for row in rows {
        text += "<tr>";
        for (column, cell) in row.iter().enumerate() {
            let _ = write!(text, "<td{}>{}</td>", class(column), escaped(cell));
        }
        text += "</tr>\n";
    }
    text + "</table></div>\n"
}

/// What the columns mean.
fn legend() -> String {
    let mut text = String::from("<h2>What the columns mean</h2>\n<dl>\n");
    for column in [RESULTS, EFFORT, TIMES].into_iter().flatten() {
        let (head, says) = (escaped(column.head), escaped(column.says));
        let _ = writeln!(text, "<dt>{head}</dt><dd>{says}</dd>");
    }
    text + "</dl>\n"
}

fn escaped(text: &str) -> String {
    let safe = text.replace('&', "&amp;").replace('<', "&lt;");
    safe.replace('>', "&gt;").replace('"', "&quot;")
}
