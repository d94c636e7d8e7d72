//! JSON with the line of each task: one object, a list of objects, or objects one after the other.

use serde_json::{Deserializer, Value};

use super::{BadLine, Row};
use crate::Wrong;

pub(super) fn rows(text: &str) -> Vec<Result<Row, BadLine>> {
    let mut rows = Vec::new();
    let start = text.len() - text.trim_start().len();
    let is_list = text[start..].starts_with('[');
    let mut at = start + usize::from(is_list);
    let (mut line, mut counted) = (1, 0);
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        line += text[counted..at].matches('\n').count();
        counted = at;
        let bad = |message: String| {
            Err(BadLine {
                line,
                wrong: Wrong::new("", message),
            })
        };
        if is_list && (rest.starts_with(']') || rest.is_empty()) {
            let after = rest.get(1..).unwrap_or_default().trim();
            if rest.is_empty() || !after.is_empty() {
                rows.push(bad("the list must end with ']', and nothing after it".into()));
            }
            return rows;
        }
        if rest.is_empty() {
            return rows;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => rows.push(Ok(Row { line, value })),
            Some(Err(error)) => {
                let line = line + error.line().saturating_sub(1);
                let wrong = Wrong::new("", format_args!("is no JSON: {error}"));
                rows.push(Err(BadLine { line, wrong }));
                return rows; // where the next one would begin is not known
            }
            None => return rows,
        }
        at += values.byte_offset();
        if is_list {
            let gap = text[at..].len() - text[at..].trim_start().len();
            match text[at + gap..].chars().next() {
                Some(',') => at += gap + 1,
                Some(']') | None => {}
                Some(_) => {
                    rows.push(bad("must be followed by ',' or ']'".into()));
                    return rows;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, bool)> {
        let line = |row: &Result<Row, BadLine>| match row {
            Ok(row) => (row.line, true),
            Err(bad) => (bad.line, false),
        };
        rows(text).iter().map(line).collect()
    }

    #[test]
    fn each_task_has_its_line() {
        assert_eq!(lines("{}\n{}\n\n{}"), [(1, true), (2, true), (4, true)]);
        assert_eq!(lines(" [\n{},\n{\n}\n]\n"), [(2, true), (3, true)]);
        assert_eq!(lines("{\"a\": 1}"), [(1, true)]);
        assert_eq!(lines(" \n"), []);
        assert_eq!(lines("[]"), []);
    }

    #[test]
    fn what_is_no_json_is_named_by_its_line() {
        assert_eq!(lines("{}\n{\n x"), [(1, true), (3, false)]);
        assert_eq!(lines("[{},\n{}"), [(1, true), (2, true), (2, false)]);
        assert_eq!(lines("[{}\n{}]"), [(1, true), (1, false)]);
        assert_eq!(lines("[{}] 7"), [(1, true), (1, false)]);
    }
}
