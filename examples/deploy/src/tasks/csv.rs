//! Tables: a first line with the names of the columns, and one task a line.

use serde_json::{Map, Value, json};

use super::{BadLine, Row};
use crate::Wrong;

/// Columns of the first stop, and of the second one with `to_` before them.
const STOP: [&str; 4] = ["x", "y", "site", "service"];
/// Columns with several values, parted by spaces or semicolons.
const LISTS: [&str; 3] = ["needs", "after", "team"];
const NUMBERS: [&str; 3] = ["release", "due", "deadline"];
const TEXTS: [&str; 6] = ["id", "priority", "assurance", "on_loss", "alone", "note"];
/// What is taken up at the first stop, and put down at the second.
const LOAD: &str = "load";

pub(super) fn rows(text: &str) -> Vec<Result<Row, BadLine>> {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let Some((first, head)) = lines.next() else {
        return Vec::new();
    };
    let bad = |line: usize, wrong| {
        Err(BadLine {
            line: line + 1,
            wrong,
        })
    };
    let columns = match cells(head.trim_start_matches('\u{feff}')).and_then(known) {
        Ok(columns) => columns,
        Err(wrong) => return vec![bad(first, wrong)],
    };
    let row = |(k, line)| match cells(line).and_then(|cells| value(&columns, &cells)) {
        Ok(value) => Ok(Row { line: k + 1, value }),
        Err(wrong) => bad(k, wrong),
    };
    lines.map(row).collect()
}

/// What is wrong, by its column.
pub(super) fn by_column(mut wrong: Wrong) -> Wrong {
    if let Some(field) = wrong.field.strip_prefix("stops[0].") {
        wrong.field = field.to_owned();
    } else if let Some(field) = wrong.field.strip_prefix("stops[1].") {
        wrong.field = format!("to_{field}");
    }
    wrong
}

/// The names of the columns, if they are known and none is there twice.
fn known(columns: Vec<String>) -> Result<Vec<String>, Wrong> {
    let to = |column: &str| {
        column
            .strip_prefix("to_")
            .is_some_and(|column| STOP.contains(&column))
    };
    let single = |column: &&str| {
        [&STOP[..], &LISTS, &NUMBERS, &TEXTS, &[LOAD]]
            .concat()
            .contains(column)
    };
    for (k, column) in columns.iter().enumerate() {
        if columns[..k].contains(column) {
            return Err(Wrong::new(column, "is there twice"));
        }
        if !to(column) && !single(&column.as_str()) {
            let known = [&TEXTS[..], &STOP, &[LOAD], &NUMBERS, &LISTS].concat().join(", ");
            let known = format_args!("is no column: there are {known}, and to_x, to_y, to_site, to_service")
                .to_string();
            return Err(Wrong::new(column, known));
        }
    }
    Ok(columns)
}

fn value(columns: &[String], cells: &[String]) -> Result<Value, Wrong> {
    if cells.len() != columns.len() {
        let message = format!(
            "has {} values, but the first line names {} columns",
            cells.len(),
            columns.len()
        );
        return Err(Wrong::new("", message));
    }
    let (mut task, mut from, mut to) = (Map::new(), Map::new(), Map::new());
    let mut load = None;
    for (column, cell) in columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
        let name = column.as_str();
        if let Some(field) = name.strip_prefix("to_") {
            to.insert(field.to_owned(), number(name, cell)?);
        } else if STOP.contains(&name) {
            from.insert(column.clone(), number(name, cell)?);
        } else if name == LOAD {
            load = Some(number(name, cell)?.as_f64().unwrap_or_default());
        } else if NUMBERS.contains(&name) {
            task.insert(column.clone(), number(name, cell)?);
        } else if LISTS.contains(&name) {
            let items = cell.split([' ', ';']).filter(|item| !item.is_empty());
            task.insert(column.clone(), items.collect());
        } else {
            task.insert(column.clone(), cell.as_str().into());
        }
    }
    if let Some(load) = load {
        from.insert(LOAD.into(), json!([load]));
        if !to.is_empty() {
            to.insert(LOAD.into(), json!([-load]));
        }
    }
    let stops = [from, to]
        .into_iter()
        .enumerate()
        .filter(|(k, stop)| *k == 0 || !stop.is_empty());
    task.insert(
        "stops".into(),
        stops.map(|(_, stop)| Value::Object(stop)).collect(),
    );
    Ok(Value::Object(task))
}

fn number(column: &str, cell: &str) -> Result<Value, Wrong> {
    let number: Option<f64> = cell.parse().ok().filter(|number: &f64| number.is_finite());
    let number =
        number.ok_or_else(|| Wrong::new(column, format_args!("must be a number, but is '{cell}'")))?;
    Ok(json!(number))
}

/// The values of a line, parted by commas; one in quotes may have commas in it, and quotes twice.
fn cells(line: &str) -> Result<Vec<String>, Wrong> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let last = cells.len() - 1;
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells[last].push('"');
            }
            '"' if quoted || cells[last].trim().is_empty() => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells[last].push(c),
        }
    }
    match quoted {
        true => Err(Wrong::new("", "a quote is not closed")),
        false => Ok(cells.iter().map(|cell| cell.trim().to_owned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Format, parse};
    use crate::names;

    fn refused(text: &str) -> Vec<String> {
        parse(text, Format::Csv)
            .1
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_table_is_read() {
        let text = "id,x,y,service,to_x,to_y,load,needs,note\n\na,1,2,3,4,5,2,lift;door,\"with, \"\"care\"\"\"\nb,0,0,,,,,,\n";
        let (tasks, bad) = parse(text, Format::Csv);
        assert_eq!(bad, []);
        let task = &tasks[0].1;
        assert_eq!((tasks[0].0, names::task(task.id())), (3, "a".to_owned()));
        assert_eq!((task.stops().len(), task.needs().len()), (2, 2));
        assert_eq!(task.note(), br#"with, "care""#);
        assert_eq!(tasks[1].1.stops().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_column() {
        assert!(refused("id,x,z\n")[0].starts_with("line 1: z: is no column"));
        assert!(refused("id,x,x\n")[0].starts_with("line 1: x: is there twice"));
        let lines = "id,x,y,to_x,to_y,priority\na,1,1,,,\nb,one,1,,,\nc,1,1,3,,\nd,1,1\ne,1,1,,,soon\n";
        let refused = refused(lines);
        let starts = [
            "line 3: x: must be a number, but is 'one'",
            "line 4: to_y: is missing",
            "line 5: has 3 values",
            "line 6: priority: ",
        ];
        assert_eq!(refused.len(), starts.len(), "{refused:?}");
        for (refusal, start) in refused.iter().zip(starts) {
            assert!(refusal.starts_with(start), "{refusal}");
        }
    }

    #[test]
    fn predecessors_come_first_and_circles_are_refused() {
        let (tasks, _) = parse("id,x,y,after\na,0,0,b\nb,0,0,\n", Format::Csv);
        let order: Vec<String> = tasks.iter().map(|(_, task)| names::task(task.id())).collect();
        assert_eq!(order, ["b", "a"]);
        assert!(refused("id,x,y,after\na,0,0,b\nb,0,0,a\n")[0].contains("after: "));
        assert_eq!(refused("id,x,y\na,0,0\na,0,0\n").len(), 1);
    }
}
